"""`python -m benchmarks [NAME…]`: run benchmarks, print a table, write `results/speed.json`."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from benchmarks.timing import Figure
from inkdigits.atomic import replacing
from inkdigits.evaluation.report import environment
from inkdigits.recognition.bundle import DEFAULT

BENCHMARKS = (
    *("classify", "strip", "startup", "photo", "service"),
    *("page", "batch", "install", "training"),
)
SLOW = ("page", "batch", "install", "training")
RESULT = Path(__file__).parents[1] / "results" / "speed.json"


def main() -> int:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"of {', '.join(BENCHMARKS)} (default: all but {', '.join(SLOW)})",
    )
    parser.add_argument("--bundle", default=DEFAULT, help="name or folder of the model")
    parser.add_argument("--out", type=Path, default=RESULT, help="where to write the figures")
    args = parser.parse_args()
    if unknown := set(args.names) - set(BENCHMARKS):
        parser.error(f"no benchmark of that name: {', '.join(sorted(unknown))}")
    names = args.names or [name for name in BENCHMARKS if name not in SLOW]
    figures: list[Figure] = []
    for name in names:
        figures += import_module(f"benchmarks.{name}").measure(args.bundle)
    print(table(figures))
    save(figures, args.out)
    return 0


def table(figures: list[Figure]) -> str:
    """The figures in aligned columns."""
    rows = [("what", "inkdigits", "peer", "ratio", "peer is")]
    for figure in figures:
        peer = "-" if figure.peer is None else _amount(figure.peer, figure.unit)
        ratio = "-" if figure.ratio is None else f"{figure.ratio:.3g}"
        rows.append((figure.name, _amount(figure.ours, figure.unit), peer, ratio, figure.note))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join(lines)


def _amount(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"


def save(figures: list[Figure], path: Path) -> None:
    """Write the figures as JSON; those of other benchmarks that are there already stay."""
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    measured_in = environment()
    for figure in figures:
        kept[figure.name] = {**asdict(figure), "ratio": figure.ratio, "environment": measured_in}
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        file.write((json.dumps(kept, indent=1) + "\n").encode())


if __name__ == "__main__":
    raise SystemExit(main())
