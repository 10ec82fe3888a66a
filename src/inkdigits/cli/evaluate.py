"""`inkdigits evaluate`: measure a bundle on the data sets, as users would use it."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from inkdigits.cli.console import EXIT_OK, UsageError, single_line
from inkdigits.cli.outputs import plan_plot
from inkdigits.cli.progress import Progress
from inkdigits.cli.reading_options import add_line_model_option, line_model_of
from inkdigits.evaluation.contact_sheet import save_sheet
from inkdigits.evaluation.measuring import Result
from inkdigits.evaluation.report import Subject, environment, save, table, to_dict
from inkdigits.evaluation.suites import SUITES, TEST_SUITES, trust_answers, trust_result
from inkdigits.evaluation.table import aligned
from inkdigits.evaluation.trust import measured_trust
from inkdigits.recognition.bundle import DEFAULT, WEIGHTS, find_bundle
from inkdigits.recognition.classifier import Classifier
from inkdigits.recognition.contract import Contract
from inkdigits.recognition.contract_file import write_contract
from inkdigits.recognition.models import SHIPPED_MODELS
from inkdigits.recognition.reader import Reader
from inkdigits.recognition.trust import Trust, percent

DESCRIPTION = """\
Measure a model. With --data, a bundle of any classes on any data set: figures, plots and a
report to read. Without, a model of digits on the suites, reading them as users would."""

EPILOG = """\
suites:
{suites}

Without --suite every suite runs but MNIST's test set: look at that once a release.
The data sets lie in the folder that the environment variable INKDIGITS_DATA names.

examples:
  inkdigits evaluate runs/lenet/bundle --data fashion-mnist --part test
  inkdigits evaluate runs/lenet/bundle --data my-folder/ --out report/
  inkdigits evaluate                                the shipped model on all suites
  inkdigits evaluate --suite wild-digits --errors sheets/
  inkdigits evaluate runs/compact/bundle --all --out results/
  inkdigits evaluate runs/compact/bundle --promise  what --min-accuracy may ask of it
  inkdigits evaluate --suite trust --plot curve.png
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    summaries = {name: (suite.__doc__ or name).splitlines()[0] for name, suite in SUITES.items()}
    listed = "\n".join(f"  {name:<21}{summary}" for name, summary in summaries.items())
    parser.description = DESCRIPTION
    parser.epilog = EPILOG.format(suites=listed)
    parser.add_argument(
        "bundle", nargs="?", default=DEFAULT, metavar="BUNDLE",
        help="name or folder of the model (default: %(default)s)",
    )  # fmt: skip
    add_line_model_option(parser, "of suites, the shipped one beside the shipped model, else none")
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument(
        "--suite", action="append", choices=tuple(SUITES), metavar="NAME",
        help="measure this suite only; may be given again (default: all but the test set)",
    )  # fmt: skip
    chosen.add_argument("--all", action="store_true", help="every suite, the test set too")
    chosen.add_argument(
        "--promise", action="store_true",
        help="run the suite `trust`, and write into the bundle what accuracy it can promise",
    )  # fmt: skip
    chosen.add_argument(
        "--data", metavar="NAME|PATH",
        help="a data set: a name that `inkdigits data list` gives, a folder of class folders, IDX "
        "files, an .npz or a .csv",
    )  # fmt: skip
    parser.add_argument(
        "--part", choices=("train", "test"),
        help="with --data: which part of it; a test set only if it is asked for (default: train)",
    )  # fmt: skip
    parser.add_argument(
        "--out", type=Path, metavar="DIR",
        help="write there: with --data the report (default: reports/<model>-<data>-<part>), else "
        "<model>.json and <model>.md, keeping other results of the same weights (default: results)",
    )  # fmt: skip
    parser.add_argument(
        "--errors", type=Path, metavar="DIR",
        help="of suites: write a picture of the misread images of each suite there",
    )  # fmt: skip
    parser.add_argument(
        "--plot", metavar="OUT.png",
        help="of the suite `trust`: draw the share wrong against the share accepted",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Measure, print the table, and write what was asked for."""
    if args.data is not None:
        return _run_on_data(args)
    if args.part is not None:
        raise UsageError("--part is a part of --data: name the data")
    out = args.out or Path("results")
    names = ["trust"] if args.promise else chosen_suites(args.suite, every=args.all)
    plot = _planned_plot(args.plot, names)
    # Another model is measured for itself: what the shipped line model adds is not its own.
    usual = SHIPPED_MODELS.lines if args.bundle == SHIPPED_MODELS.digits else None
    reader = Reader(args.bundle, line_model=line_model_of(args, usual))
    contract = reader.bundle.contract
    size = (find_bundle(args.bundle) / WEIGHTS).stat().st_size
    line_model = "none" if reader.lines is None else _named(reader.lines.contract)
    subject = Subject(contract.name, contract.version, contract.sha256, size, line_model)
    results = []
    with Progress(len(names), sys.stderr, quiet_up_to=1) as progress:
        for name in names:
            results.append(_promise(reader, args.bundle) if args.promise else SUITES[name](reader))
            # At once, so that a later suite that fails or is interrupted takes nothing along.
            path = save(out, subject, results[-1:], order=SUITES)
            progress.advance()
    print(f"{_named(contract)}, {subject.bytes:,} bytes; line model: {line_model}")
    print(", ".join(f"{key} {value}" for key, value in environment().items()), end="\n\n")
    print(table({result.suite: to_dict(result) for result in results}))
    if args.errors:
        _save_sheets(results, args.errors)
    if plot:
        from inkdigits.evaluation.plots import risk

        risk(next(result.curves for result in results if result.suite == "trust"), plot)
    print(f"\nwrote {path} and {path.with_suffix('.md')}")
    return EXIT_OK


def _run_on_data(args: argparse.Namespace) -> int:
    """Any bundle on any data set: the figures on the terminal, everything in a folder."""
    if args.plot:
        raise UsageError("--plot is for the suite `trust`: the report of --data has its own")
    if args.line_model is not None:
        raise UsageError("--line-model is for suites: --data measures one model")
    if args.errors:
        raise UsageError("--errors is for suites: with --data the report shows the mistakes")
    from inkdigits.cli.measuring import measure
    from inkdigits.evaluation.report_folder import write_report
    from inkdigits.evaluation.table import figures_table

    classifier = Classifier(args.bundle)
    contract = classifier.bundle.contract
    arrays, probabilities = measure(classifier, args.data, args.part or "train")
    name = f"{contract.name}-{arrays.name}-{arrays.split}"
    out: Path = args.out or Path("reports") / name
    title = f"{contract.title} on {arrays.name} ({arrays.split})"
    facts = {"model": _named(contract)}
    figures = write_report(out, title, arrays, probabilities, facts=facts)
    print(single_line(f"{title}, sha256 {contract.sha256[:12]}"), end="\n\n")
    print(figures_table(figures, [single_line(one) for one in figures.classes]))
    print(f"\nwrote {out / 'report.html'} and what it shows")
    return EXIT_OK


def _named(contract: Contract) -> str:
    return f"{contract.title}, sha256 {contract.sha256[:12]}"


def _planned_plot(out: str | None, names: list[str]) -> Path | None:
    if out is None:
        return None
    if "trust" not in names:
        raise UsageError("--plot draws the suite `trust`: name it too")
    return plan_plot(out, [])


def _promise(reader: Reader, bundle: str) -> Result:
    """Measure the suite `trust`, and keep in the bundle what it shows."""
    contract = reader.bundle.contract
    answers = trust_answers(reader)
    found = measured_trust(answers)
    if contract.trust is not None:  # how confidence is calibrated is not measured here
        found = replace(found, slope=contract.trust.slope, offset=contract.trust.offset)
    write_contract(find_bundle(bundle), replace(contract, trust=found))
    print(promises_table(found), end="\n\n")
    return trust_result(answers)


def promises_table(trust: Trust) -> str:
    """What can be promised, and of how many numbers that was seen."""
    of = sum(trust.numbers.values())
    rows = [
        (
            *(percent(one.accuracy), f"{one.confidence:.4f}", f"{one.accepted:,}"),
            *(f"{100 * one.accepted / of:.2f}", str(one.wrong)),
        )
        for one in trust.promises
    ]
    header = ("accuracy", "from confidence", f"accepted of {of:,}", "%", "wrong")
    return aligned([header, *rows], left=())


def chosen_suites(named: list[str] | None, every: bool) -> list[str]:
    """The suites to run, each once, in the order of the report."""
    wanted = set(SUITES) if every else set(named or SUITES.keys() - TEST_SUITES)
    return [name for name in SUITES if name in wanted]


def _save_sheets(results: list[Result], folder: Path) -> None:
    for result in results:
        if result.misread:
            save_sheet(result.misread, folder / f"{result.suite}.png")
