"""inkdigits reads handwritten numbers from images.

```python
from inkdigits import Reader

print(Reader().read("photo.jpg").text)
```

The public names are imported when they are first used, so importing the package itself costs
next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import (
        CorruptModel,
        DataError,
        FieldError,
        ImageError,
        ImageTooLarge,
        IncompatibleModel,
        InkdigitsError,
        MissingExtra,
        ModelError,
        ModelNotFound,
        NotOnPage,
        RecipeError,
        TemplateError,
        UnreadableImage,
        UnsupportedFormat,
    )
    from .imaging.limits import Limits
    from .reading import Box, Digit, Number, Reading
    from .recognition.classifier import Classifier, Prediction
    from .recognition.field import Field
    from .recognition.form import FormReading
    from .recognition.reader import Reader
    from .recognition.template import Template, load_template

__version__ = "0.2.0"

__all__ = [
    "Box",
    "BoxRow",
    "Classifier",
    "CorruptModel",
    "DataError",
    "Digit",
    "Field",
    "FieldError",
    "FormReading",
    "ImageError",
    "ImageTooLarge",
    "IncompatibleModel",
    "InkdigitsError",
    "Limits",
    "MissingExtra",
    "ModelError",
    "ModelNotFound",
    "NotOnPage",
    "Number",
    "Prediction",
    "Reader",
    "Reading",
    "RecipeError",
    "Template",
    "TemplateError",
    "UnreadableImage",
    "UnsupportedFormat",
    "__version__",
    "load_template",
]

_HOME_OF = {
    "Box": "reading",
    "BoxRow": "reading",
    "Classifier": "recognition.classifier",
    "Digit": "reading",
    "Field": "recognition.field",
    "FormReading": "recognition.form",
    "Limits": "imaging.limits",
    "Number": "reading",
    "Prediction": "recognition.classifier",
    "Reader": "recognition.reader",
    "Reading": "reading",
    "Template": "recognition.template",
    "load_template": "recognition.template",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use (PEP 562); all that is not listed is an error."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME_OF.get(name, 'errors')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
