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
    for number, symbols in zip(examined.reading.numbers, examined.symbols, strict=True):
        scores = reader.bundle.agreed_scores(np.stack([symbol.image for symbol in symbols]))
        contract = reader.bundle.contract
        shares = probabilities(scores, contract)[:, digit_columns(contract)]
        for digit, row in zip(number.digits, shares, strict=True):
            assert int(digit.guess) == row.argmax()
            assert digit.confidence == pytest.approx(row.max(), abs=1e-4)


def test_a_page_without_digits_has_no_symbols(reader: Reader) -> None:
    assert reader.examine_page(decode(np.full((90, 90), 255, np.uint8))[0]).symbols == ()
