import io
import json
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
from PIL import Image

from inkdigits.cli import read, reading_options
from inkdigits.cli.main import main
from inkdigits.imaging.decode import Limits, Page
from inkdigits.reading import Reading
from inkdigits.recognition.field import Field
from tests.cli.fakes import BLANK, GreyReader, number_of

Paint = Callable[..., str]
Capture = pytest.CaptureFixture[str]

pytestmark = pytest.mark.usefixtures("grey_reader")


class Stdin:
    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


def test_one_image_gives_its_digits_alone(paint: Paint, capsys: Capture) -> None:
    assert main(["read", paint("a.png", 42)]) == 0
    assert capsys.readouterr() == ("42\n", "")


def test_finding_no_digit_is_a_reading(paint: Paint, capsys: Capture) -> None:
    assert main(["read", paint("a.png", BLANK)]) == 0
    assert capsys.readouterr() == ("", "")


def test_several_images_are_named_in_order(paint: Paint, capsys: Capture) -> None:
    b, a = paint("b.png", 7), paint("a.png", BLANK)
    assert main(["read", b, a]) == 0
    assert capsys.readouterr().out == f"{b}: 7\n{a}:\n"


def test_a_folder_of_one_image_is_named_too(paint: Paint, tmp_path: Path, capsys: Capture) -> None:
    path = paint("scans/a.png", 7)
    assert main(["read", str(tmp_path / "scans")]) == 0
    assert capsys.readouterr().out == f"{path}: 7\n"


def test_a_bad_file_does_not_stop_the_others(paint: Paint, tmp_path: Path, capsys: Capture) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nnothing more")
    missing, pattern = str(tmp_path / "missing.png"), str(tmp_path / "*.gif")
    good = paint("good.png", 5)
    assert main(["read", missing, pattern, str(broken), good]) == 1
    out, err = capsys.readouterr()
    assert out == f"{good}: 5\n"
    said = err.splitlines()
    assert len(said) == 3
    assert said[0] == f"inkdigits: {pattern}: no file matches"
    assert said[1].startswith(f"inkdigits: {missing}: ")
    assert said[2].startswith(f"inkdigits: {broken}: ")


def test_json_is_a_line_a_page(paint: Paint, capsys: Capture) -> None:
    paths = [paint("a.png", 1), paint("b.png", 2)]
    assert main(["read", "--format", "json", "--layout", "digit", *paths]) == 0
    read = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [page["file"] for page in read] == paths
    assert [page["text"] for page in read] == ["1", "2"]
    assert [page["page"] for page in read] == [1, 1]
    assert {page["model"] for page in read} == {"grey digit"}


def test_csv_has_its_header_even_if_nothing_was_read(tmp_path: Path, capsys: Capture) -> None:
    assert main(["read", "--format", "csv", str(tmp_path / "missing.png")]) == 1
    assert capsys.readouterr().out.startswith("file,page,line,number,text,confidence,accepted,")


def test_standard_input_is_an_image(
    paint: Paint, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr(sys, "stdin", Stdin(Path(paint("a.png", 9)).read_bytes()))
    assert main(["read", "--format", "json", "-"]) == 0
    page = json.loads(capsys.readouterr().out)
    assert (page["file"], page["text"]) == ("-", "9")


def test_annotating_writes_the_page(paint: Paint, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "seen.png"
    assert main(["read", "--annotate", str(out), paint("a.png", 42)]) == 0
    assert capsys.readouterr().out == "42\n"
    with Image.open(out) as image:
        assert len(image.getcolors() or ()) > 1


def test_annotating_several_fills_a_folder(paint: Paint, tmp_path: Path) -> None:
    images = [paint("x/a.jpg", 1), paint("y/a.jpg", 2)]
    assert main(["read", "--annotate", str(tmp_path / "seen"), *images]) == 0
    assert sorted(path.name for path in (tmp_path / "seen").iterdir()) == ["a-2.png", "a.png"]


def test_annotating_over_an_input_is_wrong_usage(paint: Paint, capsys: Capture) -> None:
    path = paint("a.png", 42)
    before = Path(path).read_bytes()
    assert main(["read", "--annotate", path, path]) == 2
    assert capsys.readouterr().out == ""
    assert Path(path).read_bytes() == before


def test_a_page_that_cannot_be_written_is_still_read(
    paint: Paint, tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "taken").touch()
    out = str(tmp_path / "taken" / "out.png")
    assert main(["read", "--annotate", out, paint("a.png", 42)]) == 1
    read, said = capsys.readouterr()
    assert read == "42\n"
    assert said.startswith(f"inkdigits: {out}: cannot be written: ")
    assert said.count("\n") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes only on Linux")
@pytest.mark.parametrize("form", ["text", "json", "csv"])
def test_any_file_name_can_be_printed(
    form: str, paint: Paint, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    paint("caf\udce9\n\u202e.png", 3)
    (tmp_path / "bro\udcffken\n.png").write_bytes(b"BM")
    assert main(["read", "--format", form, str(tmp_path)]) == 1
    out, err = capfdbinary.readouterr()
    assert b"udce9" in out
    assert b"udcff" in err
    assert err.decode().count("\n") == 1


def test_limits_can_be_set(paint: Paint, capsys: Capture) -> None:
    path = paint("a.png", 42)
    assert main(["read", "--max-megapixels", "0.0011", path]) == 1
    assert "1,100" in capsys.readouterr().err
    assert main(["read", "--max-megabytes", "0.00001", path]) == 1
    assert "over the limit of 10 bytes" in capsys.readouterr().err
    assert main(["read", "--max-megapixels", "0.0012", path]) == 0


@pytest.mark.parametrize("option", ["--max-megapixels", "--max-megabytes", "--max-frames"])
@pytest.mark.parametrize("value", ["0", "-3", "nan", "inf", "many", ""])
def test_a_limit_is_a_positive_number(option: str, value: str, capsys: Capture) -> None:
    assert main(["read", f"{option}={value}", "a.png"]) == 2
    said = capsys.readouterr().err
    assert f"{value!r} is not a" in said
    assert "number above 0" in said
    assert said.count("\n") == 1


def test_frames_are_whole(capsys: Capture) -> None:
    assert main(["read", "--max-frames", "1.5", "a.png"]) == 2
    assert "whole number" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value"),
    [("--max-megapixels", "0.0011"), ("--max-megabytes", "0.00001"), ("--max-frames", "1")],
)
def test_a_limit_that_is_reached_names_its_option(
    option: str, value: str, paint: Paint, tmp_path: Path, capsys: Capture
) -> None:
    path = paint("a.png", 42)
    if option == "--max-frames":
        path = str(tmp_path / "film.gif")
        frames = [Image.new("L", (40, 30), level) for level in (1, 200)]
        frames[0].save(path, save_all=True, append_images=frames[1:])
    assert main(["read", option, value, path]) == 1
    said = capsys.readouterr().err
    assert f"raise {option}\n" in said
    assert "Limits" not in said


def test_every_limit_has_an_option() -> None:
    assert {f"Limits.{limit.name}" for limit in fields(Limits)} == reading_options.OPTION_OF.keys()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class DoubtingReader:
    """Reads every page as a 7 between two refused symbols."""

    def read_page(self, page: Page, layout: str = "auto", _field: Field | None = None) -> Reading:
        numbers = (number_of("?7?", 0, "not a digit"),)
        height, width = page.pixels.shape[:2]
        return Reading(page.source, page.number, width, height, 0, numbers, layout)


@pytest.fixture
def doubting(grey_reader: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "open_reader", lambda *_: DoubtingReader())


@pytest.mark.usefixtures("doubting")
def test_refused_symbols_are_counted_on_a_terminal(
    paint: Paint, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    paths = [paint("a.png", 1), paint("b.png", 1)]
    assert main(["read", *paths]) == 0
    assert terminal.getvalue() == "inkdigits: 4 symbols refused; --format json says why\n"
    assert capsys.readouterr().out == f"{paths[0]}: 7\n{paths[1]}: 7\n"


@pytest.mark.usefixtures("doubting")
@pytest.mark.parametrize("form", ["json", "csv"])
def test_refused_symbols_are_told_by_the_formats_that_show_them(
    form: str, paint: Paint, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert main(["read", "--format", form, paint("a.png", 1)]) == 0
    assert terminal.getvalue() == ""


@pytest.mark.usefixtures("doubting")
def test_refused_symbols_are_not_counted_in_a_log(paint: Paint, capsys: Capture) -> None:
    assert main(["read", paint("a.png", 1)]) == 0
    assert capsys.readouterr() == ("7\n", "")


def test_nothing_is_said_where_nothing_is_refused(
    paint: Paint, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert main(["read", paint("a.png", 1)]) == 0
    assert terminal.getvalue() == ""


def test_a_hostile_tiff_is_one_line(data_dir: Path, capfd: Capture) -> None:
    paths = sorted(map(str, (data_dir / "hostile" / "pillow").glob("*.tif")))
    assert main(["read", *paths]) == 1
    said = capfd.readouterr().err.splitlines()
    assert len(said) <= len(paths)
    assert all(line.startswith("inkdigits: ") for line in said)
    assert {path for path in paths if any(path in line for line in said)}


def test_ctrl_c_leaves_what_was_read(
    paint: Paint, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    calls = iter([None, KeyboardInterrupt()])

    def read_once(self: GreyReader, *args: object, **options: object) -> Reading:
        if error := next(calls):
            raise error
        return original(self, *args, **options)  # type: ignore[arg-type]

    original = GreyReader.read_page
    monkeypatch.setattr(GreyReader, "read_page", read_once)
    first = paint("a.png", 1)
    assert main(["read", first, paint("b.png", 2)]) == 130
    assert capsys.readouterr() == (f"{first}: 1\n", "inkdigits: interrupted\n")


def test_an_empty_name_is_named(paint: Paint, capsys: Capture) -> None:
    path = paint("a.png", 1)
    assert main(["read", "", path]) == 1
    assert capsys.readouterr() == (f"{path}: 1\n", "inkdigits: '': an empty name; name an image\n")


@pytest.mark.parametrize("value", ["0", "1", "99.9", "-1", "nan", "much"])
def test_an_accuracy_to_keep_is_a_share(value: str, capsys: Capture) -> None:
    assert main(["read", "--min-accuracy", value, "x.png"]) == 2
    assert "between 0 and 1" in capsys.readouterr().err


def test_an_accuracy_that_cannot_be_promised_is_one_line(
    paint: Paint, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.undo()  # of the reader that promises everything
    assert main(["read", "--min-accuracy", "0.9999999", paint("a.png", 255)]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert "cannot promise 99.99999 %" in printed.err


def test_an_accuracy_to_keep_reaches_the_reader(
    paint: Paint, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def opened(*given: object) -> GreyReader:
        asked.append(given[-1])
        return GreyReader()

    monkeypatch.setattr(read, "open_reader", opened)
    assert main(["read", "--min-accuracy", "0.99", paint("a.png", 255)]) == 0
    assert main(["read", paint("a.png", 255)]) == 0
    assert asked == [0.99, None]
