import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import inkdigits
from inkdigits.cli import main as cli
from inkdigits.cli import read
from inkdigits.errors import CorruptModel, ModelNotFound

FULL_DEVICE = Path("/dev/full")


def raising(error: BaseException) -> object:
    def fail(*_: object) -> int:
        raise error

    return fail


def interrupted_import() -> ImportError:
    """What ONNX Runtime makes of a Ctrl-C that comes while it is loaded."""
    error = ImportError("initialization failed")
    error.__cause__ = KeyboardInterrupt()
    return error


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> object:
    """Let `inkdigits read` fail with an error of one's choice."""

    def arrange(error: BaseException) -> None:
        monkeypatch.setattr(read, "run", raising(error))

    return arrange


def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "inkdigits", *arguments]
    return subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False, **options)  # type: ignore[call-overload,no-any-return]


def test_the_version_is_the_package_s(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr() == (f"inkdigits {inkdigits.__version__}\n", "")


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name}  " in shown for name in cli.COMMANDS)
    assert "examples:" in shown


def test_every_command_keeps_to_its_contract() -> None:
    for command in cli.COMMANDS.values():
        module = importlib.import_module(command.module)
        assert callable(module.configure)
        assert callable(module.run)


@pytest.mark.parametrize("arguments", ["--version", "--help", "read --help"])
def test_what_reads_nothing_imports_nothing_heavy(arguments: str) -> None:
    code = (
        f"import sys; from inkdigits.cli.main import main; assert main({arguments.split()}) == 0;"
        "assert not {'cv2', 'numpy', 'PIL', 'onnxruntime'} & set(sys.modules), 'heavy'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "COMMAND"),
        (["raed", "a.png"], "raed"),
        (["read"], "IMAGE"),
        (["read", "--format", "xml", "a.png"], "xml"),
        (["read", "--form", "csv", "a.png"], "--form"),
    ],
)
def test_wrong_usage_is_one_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("inkdigits: ")
    assert said in err
    assert err.count("\n") == 1
    assert "--help" in err


def test_a_missing_part_names_its_install_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "lessons.py").write_text("import a_framework_that_is_not_installed\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(cli.COMMANDS, "train", cli.Command("lessons", "", extra="train"))
    assert cli.main(["train"]) == 1
    said = "inkdigits train needs the extra [train]: run  pip install 'inkdigits[train]'"
    assert capsys.readouterr().err == f"inkdigits: {said}\n"


def test_a_part_of_ours_that_is_missing_is_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    command = cli.Command("inkdigits.cli.nowhere", "", extra="train")
    monkeypatch.setitem(cli.COMMANDS, "train", command)
    with pytest.raises(ModuleNotFoundError):
        cli.main(["train"])


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (CorruptModel("compact: wrong hash"), 1, "inkdigits: compact: wrong hash\n"),
        (ModelNotFound("x: no such model"), 2, "inkdigits: x: no such model\n"),
        (KeyboardInterrupt(), 130, "inkdigits: interrupted\n"),
        (interrupted_import(), 130, "inkdigits: interrupted\n"),
        (
            PermissionError(13, "Permission denied", "a\nb"),
            1,
            "inkdigits: a\\nb: Permission denied\n",
        ),
    ],
)
def test_an_error_is_one_line_and_a_status(
    error: BaseException,
    status: int,
    said: str,
    failing: object,
    capsys: pytest.CaptureFixture[str],
) -> None:
    failing(error)  # type: ignore[operator]
    assert cli.main(["read", "a.png"]) == status
    assert capsys.readouterr() == ("", said)


@pytest.mark.parametrize("error", [ZeroDivisionError, ImportError])
def test_a_bug_is_not_hidden(failing: object, error: type[Exception]) -> None:
    failing(error())  # type: ignore[operator]
    with pytest.raises(error):
        cli.main(["read", "a.png"])


def test_a_reader_of_our_output_that_leaves_ends_us_silently() -> None:
    readable, writable = os.pipe()
    os.close(readable)
    done = run("--version", stdout=writable)
    os.close(writable)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(not FULL_DEVICE.exists(), reason="no /dev/full here")
def test_a_full_disk_behind_standard_output_is_one_line() -> None:
    with FULL_DEVICE.open("w") as full:
        done = run("--version", stdout=full)
    assert done.returncode == 1
    assert done.stderr == "inkdigits: standard output: No space left on device\n"


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
def test_closed_standard_output_is_one_line() -> None:
    command = f'"{sys.executable}" -m inkdigits read a.png >&-'
    done = subprocess.run(["sh", "-c", command], stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "inkdigits: standard output: Bad file descriptor\n"


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
def test_with_standard_error_closed_no_complaint_is_among_the_output() -> None:
    command = f'"{sys.executable}" -m inkdigits read nowhere.png 2>&-'
    done = subprocess.run(["sh", "-c", command], stdout=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")


def test_what_was_printed_before_a_failure_is_not_lost() -> None:
    code = (
        "import sys; from inkdigits.cli import main, read\n"
        "def run(_): print('a figure'); open('/nowhere/at/all', 'w')\n"
        "read.run = run; sys.exit(main.main(['read', 'a.png']))"
    )
    # Buffered, as output to a file is.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment
    )
    assert (done.returncode, done.stdout) == (1, "a figure\n")
    assert done.stderr == "inkdigits: /nowhere/at/all: No such file or directory\n"


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_the_help_of_a_command_says_what_it_does(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([command, "--help"]) == 0
    description = capsys.readouterr().out.split("\n\n")[1]
    assert 40 < len(description) < 250, description
