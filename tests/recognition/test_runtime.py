"""Reading digits tells nobody that it does, and leaves nothing behind."""

import os
import re
import subprocess
import sys
from pathlib import Path

import inkdigits

SAMPLE = Path(__file__).parents[2] / "samples" / "mnist-size.png"
PACKAGE = Path(inkdigits.__file__).parent


def left_behind(code: str, home: Path, **environment: str) -> list[Path]:
    """The files in the home of a user for whom `code` was run."""
    # ONNX Runtime reports nothing where it finds itself in a test: here it has to believe that it
    # is with a user.
    kept = {name: text for name, text in os.environ.items() if name not in ("CI", "GITHUB_ACTIONS")}
    path = os.pathsep.join(filter(None, sys.path))
    home.mkdir()
    subprocess.run(
        [sys.executable, "-B", "-c", code],
        check=True,
        env={**kept, "HOME": str(home), "XDG_CACHE_HOME": "", "PYTHONPATH": path, **environment},
    )
    return [file for file in home.rglob("*") if file.is_file()]


def test_nothing_is_reported_or_left_behind(tmp_path: Path) -> None:
    read = f"from inkdigits import Reader; assert Reader().read({str(SAMPLE)!r}).text == '3'"
    assert left_behind(read, tmp_path / "user") == []
    # Whoever wants to report may: the variable is only set where it is not.
    chosen = f"import os; {read}; assert os.environ['ORT_DISABLE_TELEMETRY'] == '0'"
    left_behind(chosen, tmp_path / "other", ORT_DISABLE_TELEMETRY="0")


def test_onnx_runtime_is_loaded_in_one_place() -> None:
    loading = re.compile(r"^\s*(import|from) onnxruntime\b", re.MULTILINE)
    places = [
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if loading.search(path.read_text(encoding="utf-8"))
    ]
    assert places == ["recognition/runtime.py"]
