"""Where annotated pages are written, and writing them whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from inkdigits.atomic import replacing
from inkdigits.cli.console import UsageError
from inkdigits.cli.inputs import STANDARD_INPUT

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class OutputError(Exception):
    """A file that could not be written; the message names it and the cause."""


def plan_outputs(out: str, images: Sequence[str]) -> list[Path]:
    """The PNG to write for each of `images`, all different and none of them an image that is read.

    `out` is a file if it ends in `.png`, and a folder if it is one, ends with a separator or has no
    suffix. A file takes one image; a folder gets `<stem>.png` for each, `<stem>-2.png` for the
    second of the same stem. Raises `UsageError` where that does not work out.
    """
    if not out:
        raise UsageError("--annotate: an empty name: name a PNG or a folder")
    if _is_folder(out):
        outputs = _distinct_names(Path(out), images)
    elif not out.lower().endswith(".png"):
        raise UsageError(f"--annotate {out}: only PNG is written: end the name in .png")
    elif len(images) > 1:
        raise UsageError(f"--annotate {out}: {len(images)} images need a folder: write {out[:-4]}/")
    else:
        outputs = [Path(out)] * len(images)
    _refuse_inputs("--annotate", outputs, images)
    return outputs


def plan_plot(out: str, images: Sequence[str]) -> Path:
    """The one PNG of all `images`; `UsageError` if it is no PNG, or an image that is read."""
    if not out.lower().endswith(".png"):
        raise UsageError(f"--plot {out}: only PNG is written: end the name in .png")
    _refuse_inputs("--plot", [Path(out)], images)
    return Path(out)


def write_png(path: Path, pixels: NDArray[np.uint8]) -> None:
    """Write `pixels` (uint8, (H, W, 3), RGB) to `path`, or leave it as it was.

    Raises `OutputError` if it cannot be written.
    """
    from PIL import Image

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            Image.fromarray(pixels).save(file, format="PNG", compress_level=3)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error


def _is_folder(out: str) -> bool:
    separators = tuple(filter(None, (os.sep, os.altsep)))
    return Path(out).is_dir() or out.endswith(separators) or not Path(out).suffix


def _distinct_names(folder: Path, images: Sequence[str]) -> list[Path]:
    taken: set[str] = set()
    names = []
    for image in images:
        stem = "stdin" if image == STANDARD_INPUT else Path(image).stem
        name, count = stem, 1
        while name.casefold() in taken:  # some file systems do not tell A from a
            count += 1
            name = f"{stem}-{count}"
        taken.add(name.casefold())
        names.append(folder / f"{name}.png")
    return names


def _refuse_inputs(option: str, outputs: Sequence[Path], images: Sequence[str]) -> None:
    inputs = {_identity(image) for image in images if image != STANDARD_INPUT} - {None}
    for output in outputs:
        if _identity(output) in inputs:
            raise UsageError(f"{option} {output}: is an image to read: name another place")


def _identity(path: str | Path) -> tuple[int, int] | None:
    """What two names of one file have in common; `None` if there is no such file."""
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
