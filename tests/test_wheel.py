"""The wheel, as users get it: what is in it, and that it installs and reads without a network."""

import json
import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from PIL import Image, ImageDraw

from benchmarks.install import disk_usage

ROOT = Path(__file__).parent.parent
MAX_INSTALLED_MB = 350
"""What the base install may add to an environment, in 10^6 bytes on disk."""

# Where the kernel cannot cut the network off, Python itself refuses every connection.
REFUSE_NETWORK = """
import sys

def refuse(event, args):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto"}:
        raise OSError(f"the network is cut off: {event} {args}")

sys.addaudithook(refuse)
"""


def run(*command: str | Path, prefix: tuple[str, ...] = ()) -> str:
    """Run a command outside the project, so that only what is installed can be found."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    result = subprocess.run(
        [*prefix, *map(str, command)],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=environment,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def offline_prefix() -> tuple[str, ...]:
    """What runs a command in a network namespace of its own, where the system grants one."""
    for prefix in (("unshare", "--net"), ("unshare", "--map-root-user", "--net")):
        try:
            subprocess.run([*prefix, "true"], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        return prefix
    return ()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip")
    run(*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", folder, ROOT)
    return next(folder.glob("inkdigits-*.whl"))


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment as Python makes it."""
    env = tmp_path_factory.mktemp("bare") / "env"
    run(sys.executable, "-m", "venv", env)
    return env


@pytest.fixture(scope="module")
def clean_bin(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts of a fresh environment with the wheel, installed from local files alone."""
    folder = tmp_path_factory.mktemp("clean")
    stock, env = folder / "stock", folder / "env"
    constraints = ROOT / "constraints.txt"
    run(sys.executable, "-m", "pip", "download", "-q", "-c", constraints, "-d", stock, wheel)
    run(sys.executable, "-m", "venv", env)
    python = env / "bin" / "python"
    local = ("--no-index", "--find-links", str(stock))
    run(python, "-m", "pip", "install", *local, "inkdigits", prefix=offline_prefix())
    if not offline_prefix():
        (site,) = env.glob("lib/python*/site-packages")
        (site / "sitecustomize.py").write_text(REFUSE_NETWORK, encoding="utf-8")
    return env / "bin"


@pytest.fixture
def seven(tmp_path: Path) -> Path:
    """A 7 drawn with a pen, dark on light."""
    page = Image.new("L", (200, 240), 245)
    ImageDraw.Draw(page).line([(55, 60), (145, 56), (95, 185)], fill=30, width=14, joint="curve")
    path = tmp_path / "seven.png"
    page.save(path)
    return path


def test_the_wheel_holds_every_bundle_whole(wheel: Path) -> None:
    names = set(ZipFile(wheel).namelist())
    bundles = [path.name for path in (ROOT / "src/inkdigits/weights").iterdir() if path.is_dir()]
    assert "compact" in bundles
    for bundle in bundles:
        for part in ("model.onnx", "model.json", "CARD.md"):
            assert f"inkdigits/weights/{bundle}/{part}" in names


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert tops == {"inkdigits", wheel.name.removesuffix("-py3-none-any.whl") + ".dist-info"}
    assert "inkdigits/py.typed" in names
    assert not [name for name in names if name.endswith(".pyc")]


def test_the_clean_environment_has_no_network(clean_bin: Path) -> None:
    code = "import socket\nsocket.create_connection(('192.0.2.1', 9), 5)"
    with pytest.raises(AssertionError, match=r"unreachable|cut off"):
        run(clean_bin / "python", "-c", code, prefix=offline_prefix())


@pytest.mark.parametrize("command", [("inkdigits",), ("python", "-m", "inkdigits")])
def test_it_reads_without_network(clean_bin: Path, seven: Path, command: tuple[str, ...]) -> None:
    script, *options = command
    asked = (*options, "read", str(seven), "--format", "json")
    answer = run(clean_bin / script, *asked, prefix=offline_prefix())
    assert json.loads(answer)["text"] == "7"


def test_the_clean_environment_is_small_and_complete(clean_bin: Path, bare: Path) -> None:
    run(clean_bin / "python", "-m", "pip", "check")
    assert disk_usage(clean_bin.parent) - disk_usage(bare) <= MAX_INSTALLED_MB * 1e6
