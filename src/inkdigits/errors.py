"""Every error that inkdigits raises on purpose, but `ValueError` for arguments that cannot be.

```
InkdigitsError
├── ImageError             an image that cannot be read
│   ├── UnreadableImage      broken, truncated, or not there
│   ├── ImageTooLarge        past a limit on bytes, pixels, frames or parts
│   ├── UnsupportedFormat    a format or an array that is not accepted
│   └── NotOnPage            a page, region or form that was asked for is not there
├── ModelError             a model that cannot be used
│   ├── ModelNotFound        no bundle of that name or at that path
│   ├── CorruptModel         weights that do not match their contract
│   └── IncompatibleModel    a contract that this version cannot honour
├── DataError              a data set that is missing, broken or malformed
├── FieldError             what a number may be, said wrongly or so that no number can
├── TemplateError          a description of a form that is missing, broken or contradictory
├── RecipeError            a recipe or a network that cannot be trained
└── MissingExtra           an optional part that is not installed
```

The message of each is one line that names the cause and what to do about it. Single calls raise
them; commands and batches report them file by file and go on.
"""


class InkdigitsError(Exception):
    """The root of all errors in this module."""


class ImageError(InkdigitsError):
    """An image that cannot be read."""


class UnreadableImage(ImageError):
    """A file that is broken, truncated, empty or not there."""


class ImageTooLarge(ImageError):
    """An image past a limit on bytes, pixels or frames, or in too many parts to decode in time."""


class UnsupportedFormat(ImageError):
    """A file format, an array shape or a dtype that is not accepted."""


class NotOnPage(ImageError):
    """What was asked for is not there: a page of a document, a region of a page, a form on it."""


class ModelError(InkdigitsError):
    """A model that cannot be used."""


class ModelNotFound(ModelError):
    """No bundle of that name in the package, and none at that path."""


class CorruptModel(ModelError):
    """A bundle whose weights do not match what its contract says of them."""


class IncompatibleModel(ModelError):
    """A bundle whose contract this version of inkdigits cannot honour."""


class DataError(InkdigitsError):
    """A data set that is missing, broken or malformed."""


class FieldError(InkdigitsError):
    """A field that cannot be: malformed, contradictory, or too complex to search under."""


class TemplateError(InkdigitsError):
    """A description of a form that is missing, broken or contradictory."""


class RecipeError(InkdigitsError):
    """A recipe or a network that cannot be trained: unknown, contradictory, or a broken file."""


class MissingExtra(InkdigitsError):
    """A part of inkdigits that is not installed; the message names the install command."""

    def __init__(self, extra: str, needed_for: str) -> None:
        super().__init__(
            f"{needed_for} needs the extra [{extra}]: run  pip install 'inkdigits[{extra}]'"
        )
        self.extra = extra
