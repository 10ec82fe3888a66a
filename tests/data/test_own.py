"""Data of one's own: folders of images and of IDX files, with the classes that are there."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigits.data.image_folder import ImageForm
from inkdigits.data.load import has_test, load_set
from inkdigits.data.progress import Step
from inkdigits.data.synthesis import draw_digit
from inkdigits.errors import DataError
from inkdigits.imaging.fit import fit
from inkdigits.recognition.contract import BRIGHT_ON_DARK, PICTURE, SYMBOL
from tests.data.served import idx


def paint(path: Path, colour: tuple[int, int, int], size: tuple[int, int] = (40, 30)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)


@pytest.fixture
def animals(tmp_path: Path) -> Path:
    folder = tmp_path / "animals"
    paint(folder / "dog" / "b.png", (200, 0, 0))
    paint(folder / "dog" / "a.jpg", (0, 200, 0), (10, 80))
    paint(folder / "cat" / "x.bmp", (0, 0, 200))
    (folder / ".cache").mkdir()
    (folder / "README.txt").touch()
    (folder / "dog" / ".DS_Store").touch()
    (folder / "cat" / "Thumbs.db").touch()
    return folder


def test_subfolders_are_the_classes(animals: Path) -> None:
    steps: list[Step] = []
    arrays = load_set(str(animals), watch=steps.append)
    assert arrays.classes == ("cat", "dog")
    assert arrays.labels.tolist() == [0, 1, 1]
    assert arrays.images.shape == (3, 28, 28)
    assert arrays.images.dtype == np.uint8
    assert (arrays.name, arrays.split) == ("animals", "train")
    assert steps[-1] == Step("reading animals", 3, 3, "images")
    assert not has_test(str(animals))


def test_size_and_colour_are_as_asked_for(animals: Path) -> None:
    arrays = load_set(str(animals), form=ImageForm((20, 32), colour=True))
    assert arrays.images.shape == (3, 20, 32, 3)
    assert arrays.meaning == PICTURE
    np.testing.assert_array_equal(arrays.images[0][:, :, 2], 200)
    picture = np.asarray(Image.open(animals / "dog" / "b.png"))
    np.testing.assert_array_equal(arrays.images[2], fit(picture, (20, 32, 3)))


def write_digits(folder: Path, dark_paper: bool) -> None:
    rng = np.random.default_rng(3)
    for value in range(10):
        ink = np.pad(draw_digit(rng, value, 60), 25)
        page = 255 * ink if dark_paper else 255 - 255 * ink
        path = folder / str(value) / "one.png"
        path.parent.mkdir(parents=True)
        Image.fromarray(page.astype(np.uint8)).save(path)


def test_digits_are_taken_as_reading_takes_them(tmp_path: Path) -> None:
    write_digits(tmp_path / "light", dark_paper=False)
    write_digits(tmp_path / "dark", dark_paper=True)
    light, dark = (load_set(str(tmp_path / name)) for name in ("light", "dark"))
    assert light.meaning == dark.meaning == SYMBOL
    assert light.classes == tuple("0123456789")
    difference = np.abs(light.images.astype(int) - dark.images)
    assert difference.mean() < 3
    for image in light.images:
        rows, columns = np.nonzero(image > 100)
        assert 18 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 20
    pictures = load_set(str(tmp_path / "light"), form=ImageForm(symbols=False))
    assert pictures.meaning == PICTURE
    assert np.median(pictures.images) == 255


def test_letters_are_symbols_if_asked_for(animals: Path) -> None:
    assert load_set(str(animals), form=ImageForm(symbols=True)).meaning == SYMBOL


@pytest.mark.parametrize("form", [{"size": (0, 28)}, {"size": (28, 1025)}])
def test_a_size_that_cannot_be_is_refused(form: dict[str, tuple[int, int]]) -> None:
    with pytest.raises(DataError, match="use 1 to 1024 pixels a side"):
        ImageForm(**form)  # type: ignore[arg-type]


@pytest.mark.parametrize("colour", [True, False])
def test_symbols_have_a_size_and_no_colour(colour: bool) -> None:
    with pytest.raises(DataError, match="symbols are 28x28 and grey"):
        ImageForm((28, 28) if colour else (32, 32), colour=colour, symbols=True)


def test_numbers_as_names_are_in_their_order(tmp_path: Path) -> None:
    for name in ("10", "9", "b", "1"):
        paint(tmp_path / name / "a.png", (9, 9, 9))
    assert load_set(str(tmp_path)).classes == ("1", "9", "10", "b")


def test_a_folder_in_parts(animals: Path) -> None:
    for part in ("train", "test"):
        for name, colour in (("dog", (200, 0, 0)), ("cat", (0, 0, 200))):
            paint(animals.parent / "parts" / part / name / f"{part}.png", colour)
    folder = animals.parent / "parts"
    assert has_test(str(folder))
    train, test = load_set(str(folder)), load_set(str(folder), "test")
    assert train.classes == test.classes == ("cat", "dog")
    assert (train.name, train.split, test.split) == ("parts", "train", "test")
    paint(folder / "val" / "dog" / "a.png", (1, 1, 1))
    with pytest.raises(DataError, match="val: beside train/ there may only be test/"):
        load_set(str(folder))


def test_a_class_that_the_test_part_lacks_is_an_error(tmp_path: Path) -> None:
    for name in ("train/a", "train/b", "test/a"):
        paint(tmp_path / name / "x.png", (9, 9, 9))
    with pytest.raises(DataError, match=r"test.b: not there"):
        load_set(str(tmp_path), "test")


def test_one_class_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no class in it: there must be two or more"):
        load_set(str(tmp_path))
    paint(tmp_path / "dog" / "a.png", (1, 1, 1))
    with pytest.raises(DataError, match="only one class, 'dog', in it"):
        load_set(str(tmp_path))


def test_an_empty_class_is_an_error_before_any_image_is_decoded(animals: Path) -> None:
    (animals / "ant").mkdir()
    (animals / "dog" / "b.png").write_bytes(b"broken, but that is found later")
    with pytest.raises(DataError, match=r"ant: no image in this class"):
        load_set(str(animals))


def test_broken_images_are_named_and_counted(animals: Path) -> None:
    for number in range(7):
        (animals / "cat" / f"{number}.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    with pytest.raises(DataError) as caught:
        load_set(str(animals))
    said = str(caught.value)
    assert said.startswith("7 files are no images that can be read")
    assert all(f"{number}.png" in said for number in range(5))
    assert "5.png" not in said
    assert said.endswith("; and 2 more")
    assert "\n" not in said


def test_a_file_that_is_no_image_is_named(animals: Path) -> None:
    (animals / "cat" / "notes.txt").write_text("cats are nice")
    with pytest.raises(DataError, match=r"1 files .*notes\.txt: not a format"):
        load_set(str(animals))


IMAGES = np.zeros((6, 28, 28), np.uint8)
IMAGES[:, 8:20, 12:16] = 200
DIGITS = np.array([0, 1, 2, 0, 1, 2], np.uint8)


@pytest.mark.parametrize(
    ("train", "test", "pack"),
    [
        ("train-images-idx3-ubyte.gz", "t10k-images-idx3-ubyte.gz", gzip.compress),
        ("train-images.idx3-ubyte", "test-images.idx3-ubyte", bytes),
        ("my-train-images-idx3-ubyte", "my-test-images-idx3-ubyte", bytes),
    ],
)
def test_idx_files_in_a_folder(tmp_path: Path, train: str, test: str, pack: type[bytes]) -> None:
    for name, count in ((train, 6), (test, 2)):
        (tmp_path / name).write_bytes(pack(idx(IMAGES[:count])))
        labels = name.replace("images", "labels").replace("idx3", "idx1")
        (tmp_path / labels).write_bytes(pack(idx(DIGITS[:count])))
    assert has_test(str(tmp_path))
    arrays = load_set(str(tmp_path))
    np.testing.assert_array_equal(arrays.images, IMAGES)
    np.testing.assert_array_equal(arrays.labels, DIGITS)
    assert (arrays.classes, arrays.meaning) == (("0", "1", "2"), SYMBOL)
    assert len(load_set(str(tmp_path), "test")) == 2


def test_what_pixels_show_is_found_from_them(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    for images, labels, meaning in (
        (IMAGES, DIGITS, SYMBOL),
        (IMAGES, DIGITS + 8, BRIGHT_ON_DARK),
        (IMAGES[:, 1:], DIGITS, BRIGHT_ON_DARK),
        (255 - IMAGES, DIGITS, PICTURE),
    ):
        np.savez(path, x=images, y=labels)
        assert load_set(str(path)).meaning == meaning


def test_images_too_large_for_a_network_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.zeros((2, 3, 1025), np.uint8), y=np.arange(2))
    with pytest.raises(DataError, match="use 1 to 1024 a side"):
        load_set(str(tmp_path / "a.npz"))


def test_arrays_take_no_form(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=IMAGES, y=DIGITS)
    with pytest.raises(DataError, match="have a size already"):
        load_set(str(tmp_path / "a.npz"), form=ImageForm(colour=True))


def test_another_file_is_no_data_set(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    with pytest.raises(DataError, match=r"a\.txt: not a layout of data"):
        load_set(str(tmp_path / "a.txt"))
