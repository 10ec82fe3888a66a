"""A confined process can neither write files nor take all memory."""

import subprocess
import sys

import pytest

pytest.importorskip("resource")

TAKE = """
import resource
from inkdigits.confinement import confine
confine({memory})
try:
    hoard = bytearray({wanted})
    print("taken")
except MemoryError:
    print("refused")
try:
    with open({path!r}, "wb") as file:
        file.write(b"1")
    print("written")
except OSError:
    print("not written")
print(resource.getrlimit(resource.RLIMIT_CORE)[0])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded by /proc")
@pytest.mark.parametrize(("wanted", "told"), [(2**20, "taken"), (2**29, "refused")])
def test_memory_and_files(wanted: int, told: str, tmp_path: object) -> None:
    code = TAKE.format(memory=2**26, wanted=wanted, path=f"{tmp_path}/a")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split("\n")[:3] == [told, "not written", "0"]


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded by /proc")
def test_a_tighter_limit_stays() -> None:
    code = """
import resource
from inkdigits.confinement import confine
resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
confine(2**34)
print(resource.getrlimit(resource.RLIMIT_AS))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == str((2**30, 2**30))
