"""`inkdigits train` with a recipe `tiny` beside the others; the arguments are the command's."""

import sys

from inkdigits.architectures import ARCHITECTURES
from inkdigits.cli.main import main
from inkdigits.data import mixture
from inkdigits.training.recipe import RECIPES
from tests.training import tiny

if __name__ == "__main__":
    ARCHITECTURES["tiny"] = "tests.training.tiny"
    RECIPES["tiny"] = tiny.RECIPE
    mixture.training_mixture = lambda *_: tiny.mixture()
    mixture.held_out = lambda *_: tiny.held_out()
    sys.exit(main(sys.argv[1:]))
