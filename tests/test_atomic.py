"""A file is as it was or as it should be, whatever happens while it is written."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from inkdigits.atomic import replacing


def test_a_file_is_replaced_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"old")
    with replacing(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_block_that_fails_changes_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"old")

    def fail() -> None:
        with replacing(path) as file:
            file.write(b"new")
            raise error

    with pytest.raises(error):
        fail()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with pytest.raises(OSError, match="No space") as failure, replacing(path):
        raise OSError(28, "No space left on device")
    assert failure.value.filename == str(path)
    assert failure.value.errno == 28
    with pytest.raises(FileNotFoundError, match="no-folder"), replacing(tmp_path / "no-folder/a"):
        pass


def test_two_processes_never_write_into_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    with replacing(path) as ours:
        ours.write(b"ours")
        monkeypatch.setattr(os, "getpid", lambda: -1)
        with replacing(path) as theirs:
            theirs.write(b"theirs")
            ours.flush()
        assert path.read_bytes() == b"theirs"
    assert path.read_bytes() == b"ours"
    assert list(tmp_path.iterdir()) == [path]


def test_a_kill_leaves_the_old_file_and_a_part_of_that_process(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"old")
    code = (
        "import os, sys; from pathlib import Path; from inkdigits.atomic import replacing\n"
        "with replacing(Path(sys.argv[1])) as file:\n    file.write(b'new'); os._exit(9)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(path)]) as killed:
        pass
    assert path.read_bytes() == b"old"
    assert set(tmp_path.iterdir()) == {path, tmp_path / f"a.json.{killed.pid}.partial"}


def test_the_longest_name_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("\N{SNOWMAN}" * 83 + ".png")
    with replacing(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"
