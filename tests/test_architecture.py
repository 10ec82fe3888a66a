"""Dependencies point one way, and reading digits loads nothing that only training needs."""

import ast
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

import inkdigits

PACKAGE = Path(inkdigits.__file__).parent

GROUND = {"errors", "atomic", "confinement", "locking"}
CORE = GROUND | {"reading", "imaging", "recognition"}
TRAINING_ROOMS = {"data", "architectures", "training", "evaluation"}

# The rooms that each room may import, itself aside. The workbench stands on the core, never the
# reverse, and evaluation judges the exported model without knowing how it was trained.
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "atomic": set(),
    "locking": set(),
    "confinement": set(),
    "reading": GROUND,
    "imaging": GROUND | {"reading"},
    "recognition": GROUND | {"reading", "imaging"},
    "data": CORE,
    "architectures": CORE,
    "evaluation": CORE | {"data"},
    "training": CORE | {"data", "architectures", "evaluation"},
    "server": CORE,
    "batch": CORE,
    "cli": CORE | TRAINING_ROOMS | {"server", "batch"},
    "__main__": {"cli"},
    "__init__": CORE,
}
BASE_ROOMS = CORE | {"cli", "__main__", "__init__"}
BASE_DEPENDENCIES = {"numpy", "onnxruntime", "PIL", "cv2"}
TRAINING_PARTS = {
    "keras", "matplotlib", "onnx", "optuna", "scipy", "sklearn", "tensorboard", "tensorflow",
    "tf2onnx",
}  # fmt: skip
SERVER_PARTS = {"fastapi", "h11", "prometheus_client", "pydantic", "starlette", "uvicorn"}
PDF_PARTS = {"pypdfium2"}
BATCH_PARTS = {"dask", "distributed", "fsspec", "pyarrow"}


def imports(source: str, package: str) -> Iterator[str]:
    """The absolute dotted names that a module of `package` imports, wherever it does so.

    `from inkdigits.imaging import ink` gives `inkdigits.imaging.ink`; public names of the package
    give the module they live in.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            name = "." * node.level + (node.module or "")
            base = importlib.util.resolve_name(name, package) if node.level else name
            for alias in node.names:
                public = base == "inkdigits" and alias.name in inkdigits.__all__
                yield home_of(alias.name) if public else f"{base}.{alias.name}"


def home_of(public_name: str) -> str:
    """The module that defines a public name; the package itself for its version."""
    return str(getattr(getattr(inkdigits, public_name), "__module__", "inkdigits"))


def modules(*rooms: str) -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if not rooms or room_of(path) in rooms]


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports_of(path: Path) -> set[str]:
    package = ".".join(("inkdigits", *path.relative_to(PACKAGE).parent.parts))
    return set(imports(path.read_text(encoding="utf-8"), package))


def rooms_in(names: set[str]) -> set[str]:
    parts = [name.split(".") for name in names]
    return {part[1] for part in parts if part[0] == "inkdigits" and part[1:]}


def third_parties_in(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"inkdigits"}


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import inkdigits.training.fit", "inkdigits.training.fit"),
        ("from inkdigits.data import sets", "inkdigits.data.sets"),
        ("from ..training import fit", "inkdigits.training.fit"),
        ("from .ink import find_ink", "inkdigits.imaging.ink.find_ink"),
        ("from inkdigits import Reader", "inkdigits.recognition.reader"),
        ("def late():\n    from .. import training", "inkdigits.training"),
    ],
)
def test_imports_are_found_in_every_form(source: str, name: str) -> None:
    assert set(imports(source, "inkdigits.imaging")) == {name}


def test_the_version_may_be_imported_from_everywhere() -> None:
    assert rooms_in(set(imports("from inkdigits import __version__", "inkdigits.imaging"))) == set()


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_dependencies_point_one_way(path: Path) -> None:
    room = room_of(path)
    assert room in MAY_IMPORT, f"say in MAY_IMPORT what {room} may import"
    assert rooms_in(imports_of(path)) <= MAY_IMPORT[room] | {room}


@pytest.mark.parametrize(
    "path", modules(*BASE_ROOMS), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_base_rooms_need_base_dependencies_only(path: Path) -> None:
    # PDFium is never loaded but by the process that renders.
    parts = PDF_PARTS if path.stem == "pdf_process" else set()
    assert third_parties_in(imports_of(path)) <= BASE_DEPENDENCIES | parts


@pytest.mark.parametrize("command", ["read", "predict"])
def test_reading_and_predicting_import_no_training_room(command: str) -> None:
    others = TRAINING_ROOMS | {"server", "batch"}
    assert not rooms_in(imports_of(PACKAGE / "cli" / f"{command}.py")) & others


@pytest.mark.parametrize("path", modules("batch"), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_engine_of_a_batch_knows_dask(path: Path) -> None:
    parts = BATCH_PARTS if path.stem == "engine" else BATCH_PARTS - {"dask", "distributed"}
    assert third_parties_in(imports_of(path)) <= BASE_DEPENDENCIES | parts


def test_evaluation_needs_no_tensorflow() -> None:
    for path in modules("evaluation"):
        assert not third_parties_in(imports_of(path)) & {"keras", "tensorflow", "tf2onnx"}, path


def loaded_by(code: str) -> set[str]:
    """The modules that a fresh interpreter holds after running `code`."""
    script = f"{code}\nimport sys\nprint('\\n' + ' '.join(sys.modules))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(run.stdout.splitlines()[-1].split())


def test_what_is_loaded_is_seen() -> None:
    assert "inkdigits.reading" in loaded_by("from inkdigits import Box")


@pytest.mark.parametrize(
    "code",
    [
        "import inkdigits",
        "from inkdigits import Reader; Reader().read({image!r})",
        "from inkdigits.cli.main import main; assert main(['read', {image!r}]) == 0",
        "from inkdigits import Classifier; Classifier().predict({image!r})",
        "from inkdigits.cli.main import main; assert main(['predict', 'compact', {image!r}]) == 0",
    ],
    ids=["import", "reader", "read command", "classifier", "predict command"],
)
def test_reading_loads_no_training_part(code: str, tmp_path: Path) -> None:
    image = tmp_path / "paper.pdf"
    Image.new("L", (64, 64), 255).save(image)
    loaded = loaded_by(code.format(image=str(image)))
    others = TRAINING_PARTS | SERVER_PARTS | BATCH_PARTS | PDF_PARTS
    assert not third_parties_in(loaded) & others
    assert not rooms_in(loaded) & (TRAINING_ROOMS | {"server", "batch"})
