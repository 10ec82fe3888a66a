"""What is kept of a reading is what it was made from."""

from pathlib import Path

import numpy as np
import pytest

from inkdigits import Reader
from inkdigits.imaging.decode import decode
from inkdigits.recognition.confidence import digit_columns, probabilities

SAMPLES = Path(__file__).parents[2] / "samples"
IMAGES = sorted(SAMPLES.glob("*.jpg")) + sorted(SAMPLES.glob("*.png"))


@pytest.mark.parametrize("image", IMAGES, ids=lambda path: path.name)
def test_each_digit_has_the_symbol_that_the_model_saw(image: Path, reader: Reader) -> None:
    page = decode(image)[0]
    examined = reader.examine_page(page)
    assert examined.reading == reader.read_page(page)
    assert [len(symbols) for symbols in examined.symbols] == [
        len(number.digits) for number in examined.reading.numbers
    ]
    columns = digit_columns(reader.bundle.contract)
    for number, symbols in zip(examined.reading.numbers, examined.symbols, strict=True):
        for digit, symbol in zip(number.digits, symbols, strict=True):
            assert int(digit.guess) == symbol.row[columns].argmax()
            assert digit.confidence == symbol.row[columns].max()
            assert symbol.image.shape == (28, 28)
            assert symbol.image.max() > 200


def test_symbols_read_one_by_one_are_what_the_digit_model_says_of_them(alone: Reader) -> None:
    examined = alone.examine_page(decode(SAMPLES / "photo.jpg")[0])
    found = [symbol for symbols in examined.symbols for symbol in symbols]
    images = np.stack([symbol.image for symbol in found])
    scores = alone.bundle.agreed_scores(images, alone.bundle.scores(images))
    shares = probabilities(scores, alone.bundle.contract)
    assert np.stack([symbol.row for symbol in found]) == pytest.approx(shares, abs=1e-4)


def test_a_page_without_digits_has_no_symbols(reader: Reader) -> None:
    assert reader.examine_page(decode(np.full((90, 90), 255, np.uint8))[0]).symbols == ()
