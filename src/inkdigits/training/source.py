"""Python files of users, with a network or a recipe in them: run, with errors that name the line.

Such a file is the user's own program and is trusted as such; nothing runs one but a path that the
user gives, and no bundle contains any.
"""

from __future__ import annotations

import hashlib
import sys
import traceback
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from inkdigits.errors import InkdigitsError, RecipeError


def is_source(name: str) -> bool:
    """Whether a recipe or a network is given by a Python file instead of a name."""
    return name.endswith(".py")


def load_source(path: Path) -> ModuleType:
    """Run a Python file as a module; `RecipeError` says what is wrong with it, and in which line.

    Modules beside it can be imported, as if it were started by itself.
    """
    if not path.is_file():
        raise RecipeError(f"{path}: no such file")
    path = path.resolve()
    # Its content is in the name: a file that was changed is another module, the same one is not.
    name = f"inkdigits_source_{digest(path)[:16]}"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise RecipeError(f"{path}: not a Python file")
    module = module_from_spec(spec)
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise explained(error, path) from error
    finally:
        sys.path.remove(str(path.parent))
    return module


def explained(error: Exception, path: Path) -> RecipeError:
    """An error in a user's file as one line that names its line there."""
    line = error.lineno if isinstance(error, SyntaxError) else None
    if line is None:
        of_file = [
            frame.lineno
            for frame in traceback.extract_tb(error.__traceback__)
            if Path(frame.filename) == path.resolve()
        ]
        line = of_file[-1] if of_file else None
    place = str(path) if line is None else f"{path}, line {line}"
    said = error.msg if isinstance(error, SyntaxError) else str(error).strip().partition("\n")[0]
    kind = "" if isinstance(error, InkdigitsError) else f"{type(error).__name__}: "
    return RecipeError(f"{place}: {kind}{said}")


def digest(path: Path) -> str:
    """The SHA-256 of a file's content, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
