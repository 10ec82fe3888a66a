"""From what the user typed to the list of images: files, folders, globs and standard input."""

from __future__ import annotations

import re
from collections.abc import Sequence
from glob import glob, has_magic
from pathlib import Path

from inkdigits.cli.console import UsageError

STANDARD_INPUT = "-"

# Only which files of a folder are tried; what a file is, its content decides.
IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".pdf"}
)


def natural_key(path: str) -> list[str | int]:
    """Sorts `page2` before `page10`: runs of digits count as numbers."""
    parts = re.split(r"([0-9]+)", path)
    return [int(part) if i % 2 else part.casefold() for i, part in enumerate(parts)]


def expand(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The images that `arguments` name, in order, and a complaint for each that names none.

    - `"-"` is standard input.
    - A folder stands for the images directly in it, by suffix, without hidden files.
    - A pattern (`*`, `?`, `[…]`, `**` for any depth) stands for the files that match it, unless a
      file of just that name exists.
    - Anything else is taken as a file, whether or not it is there.

    The files of a folder or a pattern come in natural order. Raises `UsageError` if standard input
    is named twice.
    """
    if list(arguments).count(STANDARD_INPUT) > 1:
        raise UsageError("standard input can be read only once: name - once")
    images: list[str] = []
    complaints: list[str] = []
    for argument in arguments:
        if not argument:
            complaints.append("'': an empty name; name an image")
            continue
        try:
            found = _expand_one(argument)
        except OSError as error:
            complaints.append(f"{argument}: {error.strerror}")
            continue
        if not found:
            kind = "no image in this folder" if _is_folder(argument) else "no file matches"
            complaints.append(f"{argument}: {kind}")
        images += found
    return images, complaints


def _expand_one(argument: str) -> list[str]:
    if argument == STANDARD_INPUT:
        return [argument]
    if _is_folder(argument):
        paths = [str(path) for path in Path(argument).iterdir() if _looks_like_image(path)]
    elif has_magic(argument) and not Path(argument).exists():
        matches = glob(argument, recursive=True)
        paths = [path for path in matches if not _is_folder(path)]
    else:
        return [argument]
    # A file found by the name "-" is that file.
    return [
        f"./{path}" if path == STANDARD_INPUT else path for path in sorted(paths, key=natural_key)
    ]


def _is_folder(name: str) -> bool:
    return Path(name).is_dir()


def _looks_like_image(path: Path) -> bool:
    hidden = path.name.startswith(".")
    return not hidden and path.suffix.lower() in IMAGE_SUFFIXES and not path.is_dir()
