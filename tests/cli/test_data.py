"""`inkdigits data`: what it lists, fetches and shows, and how it fails."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from inkdigits.cli import data, data_options
from inkdigits.cli.data_options import StepDisplay
from inkdigits.cli.main import main
from inkdigits.cli.progress import ERASE_LINE
from inkdigits.data import line_sheet
from inkdigits.data.catalogue import CATALOGUE
from inkdigits.data.progress import Step
from inkdigits.training import recipes
from tests.data.mirrors import Mirror, serving
from tests.data.served import CONTENT, FILES, offer, small_set
from tests.data.small_lines import CHEQUES, SIZES, use_small_pools, write_cheques

Capture = pytest.CaptureFixture[str]
FETCHED = ["fetching train-images.gz", "fetching train-labels.gz"]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder without data sets."""
    monkeypatch.delenv("INKDIGITS_DATA", raising=False)
    monkeypatch.setenv("INKDIGITS_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    """Serves the only set there is, `small`."""
    with serving(FILES) as served:
        offer(monkeypatch, small_set(served))
        yield served


@pytest.fixture
def animals(here: Path) -> Path:
    for name, colour in (("cat", (200, 0, 0)), ("dog", (0, 200, 0))):
        (here / "animals" / name).mkdir(parents=True)
        Image.new("RGB", (40, 30), colour).save(here / "animals" / name / "a.png")
    return here / "animals"


def test_the_named_sets_are_listed(capsys: Capture) -> None:
    assert main(["data", "list"]) == 0
    printed = capsys.readouterr().out
    for known in CATALOGUE.values():
        assert re.search(rf"^{known.name} .*not here yet$", printed, re.MULTILINE)
        assert known.licence in printed
    assert max(map(len, printed.splitlines())) <= 100


def test_a_set_that_is_here_is_listed_with_its_place(here: Path, capsys: Capture) -> None:
    folder = here / "cache" / "usps"
    folder.mkdir(parents=True)
    (folder / "usps.bz2").touch()
    assert main(["data", "list"]) == 0
    assert f"in {folder} (without test)" in capsys.readouterr().out


def test_a_set_is_fetched_once(mirror: Mirror, here: Path, capsys: Capture) -> None:
    said = [
        f"small: train part, 4 images, sha256 {CONTENT[:12]}",
        f"small: in {here / 'cache' / 'small'}",
    ]
    assert main(["data", "get", "small"]) == 0
    printed, noted = capsys.readouterr()
    assert printed.splitlines() == said
    assert noted.splitlines() == [*FETCHED, "inkdigits: warning: it is small"]
    assert main(["data", "get", "small"]) == 0
    printed, noted = capsys.readouterr()
    assert printed.splitlines() == said
    assert noted.splitlines() == ["inkdigits: warning: it is small"]
    assert len(mirror.asked) == 2


def test_an_interrupted_fetch_goes_on_where_it_was(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    class Interrupted(StepDisplay):
        def __call__(self, step: Step) -> None:
            if "labels" in step.what:
                raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("inkdigits.cli.data.StepDisplay", Interrupted)
        assert main(["data", "get", "small"]) == 130
    complaint = "inkdigits: interrupted; the same command goes on where it was\n"
    assert capsys.readouterr().err == complaint
    assert main(["data", "get", "small"]) == 0
    assert len(mirror.asked) == 3  # the images, which came whole, are not asked for again


def test_a_fetch_that_fails_is_one_line(mirror: Mirror, capsys: Capture) -> None:
    mirror.files.clear()
    assert main(["data", "get", "small"]) == 1
    complaint = capsys.readouterr().err
    assert complaint.startswith("inkdigits: train-images.gz cannot be downloaded (127.0.0.1: ")
    assert complaint.count("\n") == 1


def test_only_named_sets_are_fetched(capsys: Capture) -> None:
    assert main(["data", "get", "mnist", "mnits"]) == 2
    assert "no data set is called 'mnits': choose of mnist, " in capsys.readouterr().err


def test_a_sheet_is_drawn_of_data_of_ones_own(animals: Path, capsys: Capture) -> None:
    assert main(["data", "show", str(animals), "--size", "16x20", "--colour"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("animals, train part: 2 images of 16x20, RGB: ")
    assert printed[1] == "2 classes: cat 1, dog 1"
    assert re.fullmatch(r"sha256 [0-9a-f]{64}", printed[2])
    assert printed[3] == "wrote animals.png"
    with Image.open("animals.png") as sheet:
        colours = {colour for _, colour in sheet.getcolors(2**24) or ()}
    assert {(200, 0, 0), (0, 200, 0)} <= colours


def test_a_sheet_of_a_named_set_comes_with_its_warning(mirror: Mirror, capsys: Capture) -> None:
    assert main(["data", "show", "small", "--out", "new/sheet.png", "--count", "3"]) == 0
    printed, noted = capsys.readouterr()
    assert printed.splitlines()[-1] == "wrote new/sheet.png"
    assert noted.splitlines() == [*FETCHED, "inkdigits: warning: it is small"]
    assert Path("new/sheet.png").stat().st_size > 500


def test_augmentation_is_shown_as_the_recipe_has_it(mirror: Mirror, capsys: Capture) -> None:
    changes = recipes.find_recipe("compact").augmentation.each()
    for seed in (1, 2, 1):
        name = f"{seed}.png"
        options = ["--augment", "compact", "--seed", str(seed), "--out", name]
        assert main(["data", "show", "small", *options]) == 0
        with Image.open(name) as sheet:
            assert sheet.height > 56 * (len(changes) + 1)
            pixels = np.asarray(sheet)
        if seed == 1:
            first = pixels
        else:
            assert not np.array_equal(pixels, first)
    np.testing.assert_array_equal(pixels, first)


@pytest.fixture
def small_lines(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lines are composed of little; the folder of data sets has nothing in it yet."""
    use_small_pools(monkeypatch)
    monkeypatch.setattr(line_sheet, "_POOLS", SIZES)
    monkeypatch.setattr(line_sheet, "_SHEETS_OF_PAPER", 2)
    monkeypatch.setattr(data, "_load", lambda *_: None)
    monkeypatch.setenv("INKDIGITS_DATA", str(here / "sets"))
    (here / "sets").mkdir()
    return here / "sets"


def test_composed_lines_are_shown(small_lines: Path, capsys: Capture) -> None:
    sheets = []
    for seed in ("1", "2", "1"):
        assert main(["data", "show", "--synthetic", "--seed", seed, "--count", "2"]) == 0
        printed, noted = capsys.readouterr()
        assert printed == "wrote lines.png\n"
        assert noted == (
            "inkdigits: orand-car-a is not here: composed lines only, no real strips\n"
        )
        sheets.append(Path("lines.png").read_bytes())
    assert sheets[0] == sheets[2] != sheets[1]


def test_real_strips_are_shown_where_they_are(small_lines: Path, capsys: Capture) -> None:
    assert main(["data", "show", "--synthetic", "--count", "2", "--out", "without.png"]) == 0
    write_cheques(small_lines, CHEQUES)
    capsys.readouterr()
    assert main(["data", "show", "--synthetic", "--count", "2", "--out", "with.png"]) == 0
    assert capsys.readouterr() == ("wrote with.png\n", "")
    heights = []
    for name in ("without.png", "with.png"):
        with Image.open(name) as sheet:
            heights.append(sheet.height)
    assert heights[1] > 2 * heights[0]


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        (["show", "mnist", "--synthetic"], 2, "--synthetic shows no data set: leave out its name"),
        (["show", "--synthetic", "--augment", "compact"], 2, "--synthetic shows no data set"),
        (["show", "--synthetic", "--part", "test"], 2, "--synthetic shows no data set"),
        (["show", "--synthetic", "--seed", "-1"], 2, "--seed -1: is below 0"),
        (["show", "animals", "--seed", "-1"], 2, "--seed -1: is below 0"),
        (["show", "--synthetic", "--count", "0"], 2, "'0' is not a whole number from 1 to 100"),
        ([], 2, "the following arguments are required: list|get|show"),
        (["sho"], 2, "invalid choice: 'sho'"),
        (["get"], 2, "required: NAME"),
        (["show"], 2, "required: NAME|PATH"),
        (["show", "animals", "--count", "0"], 2, "'0' is not a whole number from 1 to 100"),
        (["show", "animals", "--size", "big"], 2, "'big' is no size: write 32, or 32x48"),
        (["show", "animals", "--size", "2000"], 1, "use 1 to 1024 pixels a side"),
        (["show", "animals", "--symbols", "--colour"], 1, "symbols are 28x28 and grey"),
        (["show", "animals", "--symbols", "--pictures"], 2, "not allowed with argument"),
        (["show", "animals", "--augment", "mlp"], 2, "the recipe mlp does not augment"),
        (["show", "animals", "--part", "test"], 1, "has no test part"),
        (["show", "nowhere/at/all"], 1, "nothing is at that path"),
        (["show", "mnist", "--size", "32"], 1, "mnist has a size of its own"),
        (["show", "animals", "--out", "animals/cat"], 1, "animals/cat: "),
    ],
)
def test_what_cannot_be_is_one_line(
    animals: Path, capsys: Capture, options: list[str], status: int, said: str
) -> None:
    assert main(["data", *options]) == status
    complaint = capsys.readouterr().err
    assert said in complaint
    assert complaint.count("\n") == 1
    assert not list(Path().glob("*.png"))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def now_s(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that the display sees."""
    now = [100.0]
    monkeypatch.setattr(data_options, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


def test_a_live_line_says_how_far_a_download_is(now_s: list[float]) -> None:
    terminal = Terminal()
    display = StepDisplay(terminal)
    for done in range(2, 9, 2):
        display(Step("fetching a.gz", done * 1_000_000, 8_000_000, "bytes"))
        now_s[0] += 2
    display.hide()
    drawn = terminal.getvalue().split(ERASE_LINE)[1:]
    assert drawn == [
        "fetching a.gz  2.0 MB of 8.0 MB",
        "fetching a.gz  4.0 MB of 8.0 MB  1.0 MB/s  0:04 left",
        "fetching a.gz  6.0 MB of 8.0 MB  1.0 MB/s  0:02 left",
        "fetching a.gz  8.0 MB of 8.0 MB  1.0 MB/s  0:00 left",
        "",
    ]


def test_the_live_line_is_drawn_at_most_ten_times_a_second(now_s: list[float]) -> None:
    terminal = Terminal()
    display = StepDisplay(terminal)
    for done in range(1000):
        now_s[0] += 0.001
        display(Step("reading animals", done, None, "images"))
    assert 5 <= terminal.getvalue().count(ERASE_LINE) <= 11
    assert "reading animals  999 images" not in terminal.getvalue()


def test_without_a_terminal_each_download_is_named_once() -> None:
    lines = io.StringIO()
    display = StepDisplay(lines)
    for what, unit in (("fetching a", "bytes"), ("fetching b", "bytes"), ("reading c", "images")):
        for done in range(5):
            display(Step(what, done, 4, unit))
    display.hide()
    assert lines.getvalue() == "fetching a\nfetching b\n"
    StepDisplay(None)(Step("fetching a", 1, 2, "bytes"))
