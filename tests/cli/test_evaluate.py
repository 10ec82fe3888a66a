"""`inkdigits evaluate`: which suites or data run, what is printed and written, how it fails."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from inkdigits.cli import evaluate
from inkdigits.cli.main import main
from inkdigits.errors import DataError
from inkdigits.evaluation.measuring import DigitReader, Misreading, Result, Sample
from inkdigits.evaluation.metrics import Share
from inkdigits.evaluation.suites import SUITES
from inkdigits.evaluation.trust import Answers, measured_trust
from inkdigits.recognition.contract import PICTURE
from inkdigits.recognition.contract_file import read_contract
from inkdigits.recognition.reader import Reader
from inkdigits.recognition.trust import Trust
from tests.recognition.conftest import tiny_graph, write_bundle

WRONG = Misreading(Sample("a.png", "7", np.zeros((9, 9), np.uint8)), "1", "1", 0.6, "")


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The names of the suites that ran; each misreads one image of two."""
    names: list[str] = []

    def suite(name: str) -> Callable[[DigitReader], Result]:
        def measure(_: DigitReader) -> Result:
            names.append(name)
            return Result(name, 2, exact=Share(1, 2), misread=(WRONG,))

        return measure

    contract = SimpleNamespace(name="tiny", version="3", sha256="ef" * 32, title="tiny 3")

    def reader(_: str, line_model: str | None) -> SimpleNamespace:
        line = SimpleNamespace(title=f"{line_model} 2", sha256="ab" * 32)
        lines = None if line_model is None else SimpleNamespace(contract=line)
        return SimpleNamespace(bundle=SimpleNamespace(contract=contract), lines=lines)

    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "model.onnx").write_bytes(bytes(1_000))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(evaluate, "SUITES", {name: suite(name) for name in SUITES})
    monkeypatch.setattr(evaluate, "Reader", reader)
    return names


def test_the_test_set_runs_only_when_asked_for(ran: list[str], tmp_path: Path) -> None:
    assert main(["evaluate", "bundle", "--out", str(tmp_path)]) == 0
    assert "wild-digits" in ran
    assert "mnist" not in ran
    ran.clear()
    assert main(["evaluate", "bundle", "--out", str(tmp_path), "--suite", "mnist"]) == 0
    assert ran == ["mnist"]
    ran.clear()
    assert main(["evaluate", "bundle", "--out", str(tmp_path), "--all"]) == 0
    assert ran == list(SUITES)


def test_suites_run_once_in_the_order_of_the_report(ran: list[str], tmp_path: Path) -> None:
    named = ["--suite", "usps", "--suite", "wild-pages", "--suite", "usps"]
    assert main(["evaluate", "bundle", *named, "--out", str(tmp_path)]) == 0
    assert ran == ["wild-pages", "usps"]


def test_figures_are_printed_and_written(
    ran: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, errors = tmp_path / "results", tmp_path / "sheets"
    assert (
        main(["evaluate", "bundle", "--suite", "usps", "--out", str(out), "--errors", str(errors)])
        == 0
    )
    printed = capsys.readouterr().out
    assert "tiny 3" in printed
    assert "50.00 [" in printed
    report = json.loads((out / "tiny.json").read_text(encoding="utf-8"))
    assert report["model"] == {"name": "tiny", "version": "3", "sha256": "ef" * 32, "bytes": 1_000}
    assert list(report["suites"]) == ["usps"]
    assert (out / "tiny.md").exists()
    assert [path.name for path in errors.iterdir()] == ["usps.png"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["compact"], "line 2, sha256 abababababab"),
        (["bundle"], "none"),
        (["bundle", "--line-model", "mine"], "mine 2, sha256 abababababab"),
        (["compact", "--line-model", "none"], "none"),
    ],
)
def test_the_shipped_line_model_reads_beside_the_shipped_model_alone(
    ran: list[str], tmp_path: Path, given: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", *given, "--suite", "usps", "--out", str(tmp_path / "out")]) == 0
    assert ran == ["usps"]
    assert f"line model: {told}\n" in capsys.readouterr().out
    report = json.loads((tmp_path / "out" / "tiny.json").read_text(encoding="utf-8"))
    assert report["suites"]["usps"]["environment"]["line model"] == told


def test_a_line_model_is_no_matter_of_other_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--data", "usps", "--line-model", "none"]) == 2
    assert "--line-model is for suites" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [["--suite", "emnist"], ["--suite", "usps", "--all"]])
def test_wrong_usage(ran: list[str], wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "bundle", *wrong]) == 2
    assert ran == []
    assert capsys.readouterr().err.count("\n") == 1


def test_a_promise_is_measured_and_kept_in_the_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """400 numbers, the ten least sure of them wrong; how confidence is calibrated stays."""
    right = np.arange(400) < 390
    answers = [Answers("hand", np.linspace(1, 0.6, 400), right)] * 2
    monkeypatch.setattr(evaluate, "trust_answers", lambda _: answers)
    old = Trust((), {}, slope=1.5, offset=0.25)
    folder = write_bundle(tmp_path / "bundle", tiny_graph(), trust=old.to_dict())
    before = read_contract(folder)
    command = ["evaluate", str(folder), "--promise", "--out", str(tmp_path / "results")]
    assert main(command) == 0
    after = read_contract(folder)
    assert after.trust is not None
    assert replace(after, trust=old) == before
    assert (after.trust.slope, after.trust.offset) == (1.5, 0.25)
    assert after.trust.promises == measured_trust(answers).promises
    assert Reader(folder, min_accuracy=0.98).promise is not None
    printed = capsys.readouterr().out
    assert "accuracy" in printed
    assert "98 %" in printed
    report = json.loads((tmp_path / "results" / "tiny.json").read_text(encoding="utf-8"))
    assert list(report["suites"]) == ["trust"]
    assert report["suites"]["trust"]["curves"]
    written = (folder / "model.json").read_bytes()
    assert main(command) == 0
    assert (folder / "model.json").read_bytes() == written


def test_a_promise_is_a_measurement_of_its_own(ran: list[str]) -> None:
    assert main(["evaluate", "bundle", "--promise", "--all"]) == 2
    assert main(["evaluate", "bundle", "--promise", "--data", "mnist"]) == 2
    assert ran == []


def test_the_curve_is_drawn(
    ran: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    curves = {"one": ((0.9, 0.0), (1.0, 0.01))}
    measured = Result("trust", 2, guessed=Share(1, 2), curves=curves)
    monkeypatch.setattr(evaluate, "SUITES", {"trust": lambda _: measured})
    plot = tmp_path / "curve.png"
    assert main(["evaluate", "bundle", "--suite", "trust", "--plot", str(plot)]) == 0
    assert plot.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "wrong", [["--suite", "usps", "--plot", "x.png"], ["--suite", "trust", "--plot", "x.jpg"],
              ["--data", "mnist", "--plot", "x.png"]],
)  # fmt: skip
def test_a_plot_is_a_png_of_the_suite_that_has_one(
    ran: list[str], wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "bundle", *wrong]) == 2
    assert ran == []
    assert "--plot" in capsys.readouterr().err


def test_missing_data_is_one_line(
    ran: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def missing(_: DigitReader) -> Result:
        raise DataError("INKDIGITS_DATA is not set")

    monkeypatch.setattr(evaluate, "SUITES", {"usps": missing})
    assert main(["evaluate", "bundle", "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "inkdigits: INKDIGITS_DATA is not set\n"


def test_a_suite_that_fails_leaves_the_figures_of_those_before(
    ran: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sound(_: DigitReader) -> Result:
        return Result("digilets", 2, exact=Share(1, 2))

    def missing(_: DigitReader) -> Result:
        raise DataError("usps is not there")

    suites = {"digilets": sound, "usps": missing}
    monkeypatch.setattr(evaluate, "SUITES", suites)
    assert main(["evaluate", "bundle", "--out", str(tmp_path)]) == 1
    report = json.loads((tmp_path / "tiny.json").read_text(encoding="utf-8"))
    assert list(report["suites"]) == ["digilets"]


def test_help_lists_every_suite(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in SUITES)


WITHOUT_EXTRAS = """
import sys

class Uninstalled:
    names = {"keras", "matplotlib", "onnx", "scipy", "sklearn", "tensorflow", "tf2onnx"}

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Uninstalled())
from inkdigits.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def test_it_needs_the_base_install_only(data_dir: Path, tmp_path: Path) -> None:
    arguments = ["evaluate", "--suite", "wild-pages", "--out", str(tmp_path)]
    command = [sys.executable, "-c", WITHOUT_EXTRAS, *arguments, "--errors", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "wild-pages  " in done.stdout
    assert list(tmp_path.glob("*.json"))


@pytest.fixture
def pets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Data of 40 cats and dogs with a test part of 4, and a bundle that calls all of them cats."""
    monkeypatch.chdir(tmp_path)
    images = np.random.default_rng(0).integers(0, 256, (40, 8, 8), np.uint8)
    labels = np.array([0] * 30 + [1] * 10)
    np.savez(
        "pets.npz", x_train=images, y_train=labels, x_test=images[::10], y_test=labels[::10],
        classes=np.array(["cat", "dog"]),
    )  # fmt: skip
    graph = tiny_graph({0: 3.0}, images=("N", 8, 8), labels=2)
    return write_bundle(
        tmp_path / "bundle", graph, labels=["cat", "dog"], reject=None, thresholds={},
        input={"shape": [8, 8], "dtype": "uint8", "meaning": PICTURE},
        data=[{"name": "pets", "split": "train", "count": 40, "sha256": ""}],
    )  # fmt: skip


def test_a_bundle_of_any_classes_is_measured_on_any_data(
    pets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = str(tmp_path / "pets.npz")
    assert main(["evaluate", str(pets), "--data", data, "--part", "test"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "tiny 1.2 on pets (test)" in out
    assert "75.00 %" in out
    report = json.loads(Path("reports/tiny-pets-test/report.json").read_bytes())
    assert report["data"]["split"] == "test"
    assert report["confusion"] == [[3, 0], [1, 0]]
    assert report["facts"]["model"].startswith("tiny 1.2, sha256 ")


def test_who_measures_on_what_a_model_learnt_from_is_told(
    pets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", str(pets), "--data", "pets.npz", "--out", "here"]) == 0
    out, err = capsys.readouterr()
    assert "tiny 1.2 learnt from pets (train): these figures flatter it" in err
    assert err.count("\n") == 1
    assert "wrote here/report.html" in out


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--part", "test"], 2, "name the data"),
        (["--data", "pets.npz", "--suite", "usps"], 2, "not allowed with"),
        (["--data", "pets.npz", "--errors", "x"], 2, "--errors is for suites"),
        (["--data", "nothing"], 1, "nothing"),
        (["--data", "large.npz"], 1, "large: its images are 9x9 grey"),
        (["--data", "birds.npz"], 1, "'owl' are classes that the model"),
    ],
    ids=["part", "suite", "errors", "missing", "size", "classes"],
)
def test_data_that_cannot_be_is_one_line(
    pets: Path, arguments: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    images, labels = np.zeros((4, 9, 9), np.uint8), np.array([0, 1, 0, 1])
    np.savez("large.npz", x=images, y=labels, classes=np.array(["cat", "dog"]))
    np.savez("birds.npz", x=images, y=labels, classes=np.array(["cat", "owl"]))
    assert main(["evaluate", str(pets), *arguments]) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == 1
    assert not Path("reports").exists()


def test_data_without_the_extra_says_what_to_install(pets: Path) -> None:
    arguments = ["evaluate", str(pets), "--data", "pets.npz", "--part", "test"]
    command = [sys.executable, "-c", WITHOUT_EXTRAS, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "inkdigits evaluate needs the extra [train]" in done.stderr
