"""`inkdigits data`: list the named data sets, fetch them, and look at any data set."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from inkdigits.cli.console import EXIT_INTERRUPTED, EXIT_OK, UsageError, complain
from inkdigits.cli.data_options import StepDisplay, add_form_options, form_of

if TYPE_CHECKING:
    from inkdigits.data.augmentation import Augmentation
    from inkdigits.data.catalogue import DataSet, Part
    from inkdigits.data.image_folder import ImageForm
    from inkdigits.data.sets import LabelledArrays

DESCRIPTION = """\
List the data sets that can be trained on by name, fetch them, and look at any data set:
one of these names, or the path of your own data."""

EPILOG = """\
A name is looked for in the folder INKDIGITS_DATA, then in the cache (INKDIGITS_CACHE, or
~/.cache/inkdigits), and else downloaded. Your own data is a folder of class folders, IDX
files, an .npz or a CSV of pixels.

examples:
  inkdigits data list
  inkdigits data get kmnist
  inkdigits data show fashion-mnist --out clothes.png
  inkdigits data show my-photos/ --size 32 --colour
  inkdigits data show mnist --augment compact        what augmentation makes of the images
  inkdigits data show --synthetic --seed 7           lines as the line model learns from them
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the commands and their options."""
    parser.description = DESCRIPTION
    parser.epilog = EPILOG
    verbs = parser.add_subparsers(metavar="list|get|show", required=True)
    listing = verbs.add_parser("list", help="the data sets by name, and where they are")
    listing.set_defaults(verb=_list)
    get = verbs.add_parser("get", help="fetch data sets into the cache, unless they are there")
    get.add_argument("names", nargs="+", metavar="NAME", help="as `inkdigits data list` says")
    get.set_defaults(verb=_get)
    show = verbs.add_parser("show", help="say what is in a data set and draw a sheet of it")
    show.add_argument(
        "source", nargs="?", metavar="NAME|PATH", help="a name, or the path of your own data"
    )
    show.add_argument(
        "--synthetic", action="store_true",
        help="instead of a set, draw lines of writing as the recipe line composes them, with what "
        "is written in each",
    )  # fmt: skip
    show.add_argument("--part", choices=("train", "test"), default="train")
    show.add_argument(
        "--augment", metavar="RECIPE", help="draw what the recipe's augmentation makes of it"
    )
    show.add_argument(
        "--out", type=Path, metavar="FILE",
        help="write the sheet there (default: NAME.png, or lines.png)",
    )  # fmt: skip
    show.add_argument("--seed", type=int, default=0, metavar="N", help="other images, or lines")
    show.add_argument(
        "--count", type=_count, default=10, metavar="N",
        help="images a row, or rows of lines (default: %(default)s)",
    )  # fmt: skip
    add_form_options(show)
    show.set_defaults(verb=_show)


def run(args: argparse.Namespace) -> int:
    """Do what the verb says."""
    status: int = args.verb(args)
    return status


def _list(_: argparse.Namespace) -> int:
    from inkdigits.data.catalogue import CATALOGUE

    for known in CATALOGUE.values():
        counts = " + ".join(f"{files.count:,}" for files in known.parts.values())
        print(f"{known.name:<15}{len(known.classes):>3} classes  {counts:>16}  {_where(known)}")
        print(f"    {known.summary}; licence: {known.licence}")
    return EXIT_OK


def _where(known: DataSet) -> str:
    from inkdigits.data.load import place_of

    places = {part: place_of(known, part) for part in known.parts}
    found = sorted({str(place) for place in places.values() if place})
    missing = [part for part, place in places.items() if not place]
    if not found:
        return "not here yet"
    lacks = f" (without {', '.join(missing)})" if missing else ""
    return f"in {', '.join(found)}{lacks}"


def _get(args: argparse.Namespace) -> int:
    from inkdigits.data.catalogue import CATALOGUE

    for name in args.names:
        if name not in CATALOGUE:
            raise UsageError(f"no data set is called {name!r}: choose of {', '.join(CATALOGUE)}")
    try:
        for name in args.names:
            for part in CATALOGUE[name].parts:
                arrays = _load(name, part, None)
                print(f"{name}: {part} part, {len(arrays):,} images, sha256 {arrays.sha256[:12]}")
            print(f"{name}: {_where(CATALOGUE[name])}")
            _warn(name)
    except KeyboardInterrupt:
        complain("interrupted; the same command goes on where it was")
        return EXIT_INTERRUPTED
    return EXIT_OK


def _show(args: argparse.Namespace) -> int:
    if args.seed < 0:
        raise UsageError(f"--seed {args.seed}: is below 0: use a whole number from 0")
    if args.synthetic:
        return _show_lines(args)
    if args.source is None:
        raise UsageError("the following arguments are required: NAME|PATH, or --synthetic")
    from inkdigits.data.sheet import augmentation_rows, class_rows, save_sheet

    how = _augmentation_of(args.augment) if args.augment else None
    arrays = _load(args.source, args.part, form_of(args))
    print("\n".join(_facts(arrays)))
    _warn(args.source)
    title = f"{arrays.name}, {arrays.split} part: {len(arrays):,} images"
    if how is None:
        rows = class_rows(arrays, args.count, args.seed)
    else:
        title = f"{arrays.name}, augmented as the recipe {args.augment} does; left, as it was"
        rows = augmentation_rows(arrays, how, args.count, args.seed)
    out = args.out or Path(f"{arrays.name}{'-augmented' if how else ''}.png")
    save_sheet(out, title, rows)
    print(f"wrote {out}")
    return EXIT_OK


def _show_lines(args: argparse.Namespace) -> int:
    from inkdigits.data.cheques import NAME, cheques_are_here
    from inkdigits.data.line_sheet import line_sections, save_lines
    from inkdigits.data.mixture import REAL_SETS

    if args.source is not None or args.augment or args.part != "train":
        raise UsageError("--synthetic shows no data set: leave out its name, --augment and --part")
    for name in REAL_SETS:
        _load(name, "train", None)  # which says how far a download is
    with_real = cheques_are_here()
    if not with_real:
        complain(f"{NAME} is not here: composed lines only, no real strips")
    out = args.out or Path("lines.png")
    save_lines(
        out,
        f"lines as the line model learns from them, seed {args.seed}; (word) is ink but no digit",
        line_sections(args.count, args.seed, with_real),
    )
    print(f"wrote {out}")
    return EXIT_OK


def _augmentation_of(recipe: str) -> Augmentation:
    from inkdigits.training.recipes import find_recipe

    how = find_recipe(recipe).augmentation
    if not how.each():
        raise UsageError(f"the recipe {recipe} does not augment: choose another")
    return how


def _load(source: str, part: Part, form: ImageForm | None) -> LabelledArrays:
    from inkdigits.data.load import AS_IT_IS, load_set

    display = StepDisplay(sys.stderr)
    try:
        return load_set(source, part, form or AS_IT_IS, display)
    finally:
        display.hide()


def _warn(source: str) -> None:
    from inkdigits.data.load import warning_of

    if warning := warning_of(source):
        complain(f"warning: {warning}")


def _facts(arrays: LabelledArrays) -> list[str]:
    """What is in the set: size, classes with how many images each has, and its hash."""
    counts = Counter(arrays.labels.tolist())
    height, width, *colours = arrays.images.shape[1:]
    classes = ", ".join(f"{name} {counts[label]:,}" for label, name in enumerate(arrays.classes))
    colour = "RGB" if colours else "grey"
    part = f"{arrays.name}, {arrays.split} part: {len(arrays):,} images"
    return [
        f"{part} of {height}x{width}, {colour}: {arrays.meaning}",
        f"{len(arrays.classes)} classes: {classes}",
        f"sha256 {arrays.sha256}",
    ]


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 100):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 100")
    return int(text)
