"""`inkdigits train` with the recipes of `tests.training.tiny`; the arguments are the command's."""

import sys

from inkdigits.architectures import ARCHITECTURES, Architecture
from inkdigits.cli.main import main
from inkdigits.data import load, mixture
from inkdigits.training.recipes import RECIPES
from tests.training import tiny

if __name__ == "__main__":
    ARCHITECTURES["tiny"] = Architecture("tests.training.tiny", "for tests")
    RECIPES.update({recipe.name: recipe for recipe in (tiny.RECIPE, tiny.PLAIN)})
    load.load_set = lambda *_, **__: tiny.digits()
    mixture.training_mixture = lambda *_: tiny.mixture()
    mixture.held_out = lambda *_: tiny.held_out()
    sys.exit(main(sys.argv[1:]))
