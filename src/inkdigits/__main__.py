"""`python -m inkdigits`: the command line, where the `inkdigits` script is not on the path."""

import sys

from inkdigits.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
