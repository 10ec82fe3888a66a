"""Which models read: one of single symbols, and one of whole rows beside it."""

from __future__ import annotations

from dataclasses import dataclass

from inkdigits.recognition import bundle, lines


@dataclass(frozen=True, slots=True)
class Models:
    """Two bundles, each by its name in the package or by its folder.

    `digits` reads symbol by symbol, `lines` rows as a whole; None for `lines` is without it.
    """

    digits: str = bundle.DEFAULT
    lines: str | None = lines.DEFAULT


SHIPPED_MODELS = Models()
"""Those in the package, which read unless others are asked for."""
