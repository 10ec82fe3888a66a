"""Checkpoints outlive kills, full disks and damage; no TensorFlow is needed to see it."""

import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from inkdigits.errors import DataError
from inkdigits.training.checkpoint import (
    State,
    checkpoints,
    epoch_of,
    load_latest,
    save_checkpoint,
)

KILLS = 10

SAVING_FOR_EVER = """
import itertools, sys
from pathlib import Path
import numpy as np
from inkdigits.training.checkpoint import save_checkpoint

for epoch in itertools.count(int(sys.argv[2])):
    save_checkpoint(Path(sys.argv[1]), epoch, {"a": np.full(60_000, epoch), "b": np.array(epoch)})
    print(epoch, flush=True)
"""

SAVING_ON_A_FULL_DISK = """
import resource, sys
from pathlib import Path
import numpy as np
from inkdigits.training.checkpoint import save_checkpoint

resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    save_checkpoint(Path(sys.argv[1]), 3, {f"v{i}": np.zeros(1_000) for i in range(5)})
except OSError as error:
    print(error.filename)
"""


def state(value: int) -> State:
    return {
        "v0000": np.full((3, 4), value, np.float32),
        "v0001": np.array(value, np.int64),
        "v0002": np.array([value], np.uint32),
    }


def saved(folder: Path, *epochs: int) -> list[Path]:
    for epoch in epochs:
        save_checkpoint(folder, epoch, state(epoch))
    return checkpoints(folder)


def latest(folder: Path) -> int:
    """The epoch of the latest checkpoint that loads; its state must be that epoch's."""
    found = load_latest(folder)
    assert found is not None
    epoch, loaded = found
    assert loaded.keys() == state(epoch).keys()
    assert_of(epoch, loaded)
    return epoch


def assert_of(epoch: int, loaded: State) -> None:
    for name, value in loaded.items():
        np.testing.assert_array_equal(value, state(epoch)[name], strict=True)


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    saved(tmp_path / "new" / "folder", 7)
    assert latest(tmp_path / "new" / "folder") == 7


def test_the_last_two_stay(tmp_path: Path) -> None:
    kept = saved(tmp_path, 8, 9, 10, 11)
    assert [epoch_of(path) for path in kept] == [10, 11]
    assert sorted(tmp_path.iterdir()) == kept


def test_parts_of_killed_trainings_do_not_pile_up(tmp_path: Path) -> None:
    saved(tmp_path, 1)
    for name in ("epoch-0001.npz.77.partial", "epoch-0002.npz.78.partial"):
        (tmp_path / name).write_bytes(b"half of it")
    kept = saved(tmp_path, 2)
    assert [epoch_of(path) for path in kept] == [1, 2]
    assert sorted(tmp_path.iterdir()) == kept


def test_nothing_there_is_nothing_found(tmp_path: Path) -> None:
    assert load_latest(tmp_path) is None
    assert load_latest(tmp_path / "nowhere") is None


def test_a_partial_file_is_no_checkpoint(tmp_path: Path) -> None:
    saved(tmp_path, 1)
    for name in (
        "epoch-0002.npz.partial",
        "epoch-0002.npz.77.partial",
        "epoch-0002.partial",
        "epoch-2.npz",
        "epoch-0002.npz~",
    ):
        (tmp_path / name).write_bytes(b"half of it")
    assert latest(tmp_path) == 1


@pytest.mark.parametrize("kept_share", [0, 0.3, 0.99])
def test_a_truncated_latest_falls_back_to_the_one_before(tmp_path: Path, kept_share: float) -> None:
    _, last = saved(tmp_path, 1, 2)
    content = last.read_bytes()
    last.write_bytes(content[: round(kept_share * len(content))])
    assert latest(tmp_path) == 1


def test_no_damage_is_taken_for_a_state(tmp_path: Path) -> None:
    _, last = saved(tmp_path, 1, 2)
    content = last.read_bytes()
    rng = random.Random(1)
    fallen_back = 0
    for _ in range(300):
        position = rng.randrange(len(content))
        flipped = bytes([content[position] ^ 1 << rng.randrange(8)])
        last.write_bytes(content[:position] + flipped + content[position + 1 :])
        found = load_latest(tmp_path)
        assert found is not None
        # Some bytes of an archive, such as its dates, mean nothing. A few hide an array; fitting
        # refuses a state that lacks one.
        assert_of(*found)
        fallen_back += found[0] == 1
    assert fallen_back > 150


def test_nothing_but_damage_is_an_error(tmp_path: Path) -> None:
    for path in saved(tmp_path, 1, 2):
        path.write_bytes(b"PK\3\4")
    with pytest.raises(DataError, match="every checkpoint is damaged: delete"):
        load_latest(tmp_path)


def test_a_damaged_one_can_be_written_again(tmp_path: Path) -> None:
    _, last = saved(tmp_path, 1, 2)
    last.write_bytes(b"")
    saved(tmp_path, 2)
    assert latest(tmp_path) == 2


def test_objects_are_not_unpickled(tmp_path: Path) -> None:
    with (tmp_path / "epoch-0001.npz").open("wb") as file:
        np.savez(file, v0000=np.array([{}], object))
    with pytest.raises(DataError):
        load_latest(tmp_path)


def test_a_kill_at_any_moment_leaves_a_state_to_load(tmp_path: Path) -> None:
    rng = random.Random(2)
    epoch = 1
    for _ in range(KILLS):
        command = [sys.executable, "-c", SAVING_FOR_EVER, str(tmp_path), str(epoch)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as saving:
            assert saving.stdout is not None
            reported = int(saving.stdout.readline())
            time.sleep(rng.uniform(0, 0.03))
            saving.kill()
            rest = saving.stdout.read().split("\n")[:-1]
        reported = int(rest[-1]) if rest else reported
        found = load_latest(tmp_path)
        assert found is not None
        epoch, loaded = found
        assert epoch >= reported
        assert (loaded["a"] == epoch).all()
        assert loaded["b"] == epoch
        assert len(checkpoints(tmp_path)) <= 3


def test_a_full_disk_leaves_the_earlier_ones(tmp_path: Path) -> None:
    pytest.importorskip("resource", reason="limits the size of files")
    before = {path: path.read_bytes() for path in saved(tmp_path, 1, 2)}
    done = subprocess.run(
        [sys.executable, "-c", SAVING_ON_A_FULL_DISK, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{tmp_path / 'epoch-0003.npz'}\n"
    assert done.stderr == ""
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
