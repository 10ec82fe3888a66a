"""What docs/batch.md shows works."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from inkdigits.batch.rows import SCHEMA
from inkdigits.cli.main import main

DOCS = Path(__file__).parents[2] / "docs" / "batch.md"
PAGE = DOCS.read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.usefixtures("one_process")
@pytest.mark.parametrize("example", EXAMPLES, ids=["pandas", "DuckDB"])
def test_the_examples_read_the_result(
    example: str, scans: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (scans("a.png", "b.png") / "c.png").write_bytes(b"no image")
    assert main(["batch", "scans", "--out", "results"]) == 1
    found: dict[str, object] = {}
    exec(compile(example, str(DOCS), "exec"), found)
    if "texts" in found:
        assert found["texts"].to_dict() == {"scans/a.png": "7", "scans/b.png": "7"}  # type: ignore[attr-defined]
        assert found["errors"].to_dict() == {"UnsupportedFormat": 1}  # type: ignore[attr-defined]


def test_the_queries_of_the_examples_answer(
    one_process: None, scans: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import duckdb

    monkeypatch.chdir(tmp_path)
    (scans("a.png") / "c.png").write_bytes(b"no image")
    assert main(["batch", "scans", "--out", "results"]) == 1
    rows = "read_parquet('results/rows/*.parquet')"
    queries = [
        eval(f'f"{query}"', {"rows": rows}) for query in re.findall(r'sql\(f"(.*)"\)', EXAMPLES[1])
    ]
    answers = [duckdb.execute(query).fetchall() for query in queries]
    assert answers[0] == [("UnsupportedFormat", 1)]
    assert answers[2] == [("scans/a.png", "7")]


def test_the_columns_are_those_of_the_schema() -> None:
    table = PAGE.partition("| column | type |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == SCHEMA.names


def test_every_option_is_on_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["batch", "--help"]) == 0
    options = set(re.findall(r"--[a-z][a-z-]+", capsys.readouterr().out))
    assert options - {"--help"} <= set(re.findall(r"--[a-z][a-z-]+", PAGE))
