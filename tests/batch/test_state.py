import subprocess
import sys
from pathlib import Path

import pytest

from inkdigits.batch.state import (
    VERSION,
    check_same,
    fingerprint,
    is_locked,
    locked,
    read_state,
    write_state,
)
from inkdigits.errors import DataError


def test_a_folder_knows_what_was_begun_in_it(tmp_path: Path) -> None:
    assert read_state(tmp_path) is None
    assert read_state(tmp_path / "nowhere") is None
    state = {"version": VERSION, "options": {"layout": "line"}}
    write_state(tmp_path, state)
    assert read_state(tmp_path) == state


@pytest.mark.parametrize("content", ["{", "[]", '{"version": 0}'])
def test_a_folder_that_cannot_be_understood_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "batch.json").write_text(content)
    with pytest.raises(DataError, match=r"batch\.json"):
        read_state(tmp_path)


def test_the_first_difference_is_named(tmp_path: Path) -> None:
    begun = {"layout": "line", "limit": None, "sources": ["a", "b"]}
    check_same(tmp_path, begun, {"layout": "line", "sources": ["a", "b"]})
    with pytest.raises(DataError, match="begun with layout line, not page: go on with that"):
        check_same(tmp_path, begun, {"layout": "page"})
    with pytest.raises(DataError, match="begun with limit not set, not 5"):
        check_same(tmp_path, begun, {"limit": 5})
    with pytest.raises(DataError, match="begun with sources a b, not c"):
        check_same(tmp_path, begun, {"sources": ["c"]})


def test_the_fingerprint_is_of_the_values(tmp_path: Path) -> None:
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})


@pytest.mark.skipif(sys.platform == "win32", reason="no lock there")
def test_one_batch_a_folder(tmp_path: Path) -> None:
    assert not is_locked(tmp_path)
    with locked(tmp_path):
        assert is_locked(tmp_path)
        with pytest.raises(DataError, match="another batch"), locked(tmp_path):
            pass
    assert not is_locked(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="no lock there")
def test_a_kill_frees_the_folder(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from inkdigits.batch.state import locked\n"
        "with locked(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert is_locked(tmp_path)
        holder.kill()
        holder.wait()
    assert not is_locked(tmp_path)
