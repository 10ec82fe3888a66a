"""What docs/lines.md shows is what happens."""

import re
from pathlib import Path

from inkdigits.architectures import ARCHITECTURES
from inkdigits.data.lines import MOST_LABELS, LineShares
from inkdigits.training.recipes import LINE, find_recipe
from tests.data.small_lines import HEADER

TEXT = (Path(__file__).parents[2] / "docs" / "lines.md").read_text(encoding="utf-8")


def test_the_recipe_without_real_strips_can_be_followed(tmp_path: Path) -> None:
    (code,) = (
        block for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL) if "RECIPE" in block
    )
    path = tmp_path / "composed.py"
    path.write_text(code, encoding="utf-8")
    recipe = find_recipe(str(path))
    assert recipe.lines.real == 0
    assert (recipe.network, recipe.data, recipe.loss) == (LINE.network, LINE.data, LINE.loss)


def test_its_figures_are_those_of_the_code() -> None:
    assert f"{ARCHITECTURES['line'].parameters:,} parameters" in TEXT
    assert f"the last {1 - LineShares().composed_only:.0%}".replace("%", " %") in TEXT
    assert LineShares().real == 0.5
    assert "half of the lines are real" in TEXT
    assert f"1 to {MOST_LABELS} digits" in TEXT


def test_the_columns_of_one_s_own_strips_are_those_that_are_read() -> None:
    assert re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE) == list(HEADER)
