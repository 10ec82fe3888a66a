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
        RecipeError,
        UnreadableImage,
        UnsupportedFormat,
    )
    from .imaging.decode import Limits
    from .reading import Box, Digit, Number, Reading
    from .recognition.classifier import Classifier, Prediction
    from .recognition.field import Field
    from .recognition.reader import Reader

__version__ = "0.1.0"

__all__ = [
    "Box",
    "Classifier",
    "CorruptModel",
    "DataError",
    "Digit",
    "Field",
    "FieldError",
    "ImageError",
    "ImageTooLarge",
    "IncompatibleModel",
    "InkdigitsError",
    "Limits",
    "MissingExtra",
    "ModelError",
    "ModelNotFound",
    "Number",
    "Prediction",
    "Reader",
    "Reading",
    "RecipeError",
    "UnreadableImage",
    "UnsupportedFormat",
    "__version__",
]

_HOME_OF = {
    "Box": "reading",
    "Classifier": "recognition.classifier",
    "Digit": "reading",
    "Field": "recognition.field",
    "Limits": "imaging.decode",
    "Number": "reading",
    "Prediction": "recognition.classifier",
    "Reader": "recognition.reader",
    "Reading": "reading",
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
