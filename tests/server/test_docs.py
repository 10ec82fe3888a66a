"""What docs/api.md shows is what happens: every example is run against a service."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from inkdigits.server.errors import STATUS_OF
from tests.server.services import Service

ROOT = Path(__file__).parents[2]
API = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
INTERPRETERS = {
    "bash": ["bash", "-eu", "-o", "pipefail", "-c"],
    "python": [sys.executable, "-c"],
    "javascript": ["node", "--input-type=module", "--eval"],
}


class Example(NamedTuple):
    language: str
    code: str
    output: str | None


def examples() -> list[Example]:
    """The code in the page, each with what it is said to print, if that is said right after it."""
    blocks = re.findall(
        r"^```(\w+)\n(.*?)^```\n(?=(.*?)(?:^```|\Z))", API, re.DOTALL | re.MULTILINE
    )
    found = []
    for number, (language, code, between) in enumerate(blocks):
        if language in INTERPRETERS:
            follower = blocks[number + 1] if number + 1 < len(blocks) else ("", "", "")
            told = follower[0] in ("text", "json") and not between.strip()
            found.append(Example(language, code, follower[1] if told else None))
    return found


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with Service({"workers": 1, "read_timeout": 60.0}) as service:
        yield service


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.language)
def test_an_example_does_what_is_said(example: Example, service: Service) -> None:
    interpreter = INTERPRETERS[example.language]
    tools = [interpreter[0], *(["curl"] if "curl" in example.code else [])]
    if missing := [tool for tool in tools if not shutil.which(tool)]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    code = example.code.replace("127.0.0.1:8000", f"127.0.0.1:{service.port}")
    run = subprocess.run(
        [*interpreter, code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout
    if example.output is not None:
        assert but_for_shares(run.stdout) == but_for_shares(example.output)


def but_for_shares(text: str) -> str:
    """Confidences are another model's next time; all else that is shown has to stay as it is."""
    return re.sub(r"\b[01]\.\d+", "#", text.strip())


def test_all_languages_have_examples() -> None:
    assert {example.language for example in examples()} == set(INTERPRETERS)
    assert sum(example.output is not None for example in examples()) >= 6


def test_json_that_is_shown_is_json() -> None:
    shown = re.findall(r"^```json\n(.*?)^```", API, re.DOTALL | re.MULTILINE)
    assert len(shown) == 3
    for text in shown:
        json.loads(text)


def test_every_error_is_explained() -> None:
    table = API[API.index("| status | `code`") :]
    for code in STATUS_OF:
        assert f"`{code}`" in table
