"""Connected ink is measured."""

import numpy as np

from inkdigits.imaging.pieces import Piece, gaps, merged, usual
from inkdigits.reading import Box


def test_piece_measures() -> None:
    one = Piece(Box(10, 20, 30, 60), (3,), 100, 50.0)
    assert one.weight == 5000
    assert one.extent == 40
    assert one.stroke == 125


def test_merged_pieces_keep_their_ink() -> None:
    one = Piece(Box(10, 20, 30, 60), (3,), 100, 50.0)
    other = Piece(Box(25, 0, 40, 30), (1, 7), 300, 150.0)
    both = merged([one, other])
    assert both == Piece(Box(10, 0, 40, 60), (3, 1, 7), 400, 125.0)
    assert both.weight == one.weight + other.weight
    assert merged([one]) == one


def test_gaps_are_distances_of_boxes() -> None:
    boxes = (Box(0, 0, 10, 10), Box(13, 14, 20, 20), Box(5, 40, 6, 50), Box(2, 2, 4, 4))
    pieces = [Piece(box, (1,), 1, 1.0) for box in boxes]
    assert gaps(boxes[0], pieces).tolist() == [0, 5, 30, 0]
    assert gaps(boxes[0], []).shape == (0,)


def test_the_usual_is_the_median_over_the_ink() -> None:
    specks = [Piece(Box(0, 0, 2, 2), (label,), 4, 100.0) for label in range(20)]
    symbols = [Piece(Box(0, 0, 30, 40 + size), (99,), 300, 100.0) for size in range(3)]
    pieces = specks + symbols
    assert usual(pieces, [piece.box.height for piece in pieces]) == 41
    assert np.median([piece.box.height for piece in pieces]) == 2
