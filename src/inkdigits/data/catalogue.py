"""The data sets that can be asked for by name: what they hold, where they come from, their hashes.

`PartFiles.sha256` names the content of a part: the pixels, then the labels, as
`LabelledArrays.sha256` does. It is known for the sets that the shipped model was trained or
measured on. Where it is not (KMNIST, EMNIST, the test part of USPS), `Download.digest` of the file
is what others publish: TensorFlow Datasets (`url_checksums/`) and torchvision (`datasets/usps.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import ascii_lowercase, digits
from types import MappingProxyType
from typing import Final, Literal

from inkdigits.recognition.contract import OBJECT, SYMBOL

Part = Literal["train", "test"]
Form = Literal["idx", "emnist", "libsvm", "optdigits", "semeion"]
"""How the published files of a set hold images and labels: see `data/published.py`."""


@dataclass(frozen=True, slots=True)
class Download:
    """One file and the public addresses that serve it.

    `digest` is the published hash of the file, `sha256:…` or `md5:…`; `""` where the content of the
    part is checked instead.
    """

    file: str
    mirrors: tuple[str, ...]
    digest: str = ""


@dataclass(frozen=True, slots=True)
class PartFiles:
    """One part of a set: how many images, the files that hold it, and the hash of its content."""

    count: int
    downloads: tuple[Download, ...]
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class DataSet:
    """A data set by name.

    `shape` is that of one image in pixels; `meaning` says what the pixels show (see
    `recognition/contract.py`). `folder` is where its files lie, in `INKDIGITS_DATA` and in the
    cache. `warning` is what everybody who uses it must know.
    """

    name: str
    summary: str
    licence: str
    form: Form
    shape: tuple[int, int]
    parts: Mapping[Part, PartFiles]
    folder: str
    classes: tuple[str, ...] = tuple(digits)
    meaning: str = OBJECT
    warning: str = ""


def _as_mnist(
    mirrors: tuple[str, ...], digests: tuple[str, str, str, str], contents: tuple[str, str]
) -> Mapping[Part, PartFiles]:
    """The four files of a set made like MNIST, with their SHA-256 in the order that MNIST has."""
    downloads = [
        Download(name, tuple(mirror + name for mirror in mirrors), f"sha256:{digest}")
        for name, digest in zip(_MNIST_FILES, digests, strict=True)
    ]
    return {
        "train": PartFiles(60_000, tuple(downloads[:2]), contents[0]),
        "test": PartFiles(10_000, tuple(downloads[2:]), contents[1]),
    }


_MNIST_FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)
_MNIST_MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)
_FASHION_MIRRORS = (
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
)
_KMNIST_MIRRORS = (
    "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
    "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
)
_UCI = "https://archive.ics.uci.edu/"
_LIBSVM = "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/multiclass/"


def _libsvm_file(name: str, md5: str) -> Download:
    return Download(name, (_LIBSVM + name,), f"md5:{md5}")


def _uci_file(name: str, *places: str) -> tuple[Download, ...]:
    """The file itself and the zip that it lies in, so no hash of the file is right for both."""
    return (Download(name, tuple(_UCI + place for place in places)),)


_EMNIST_ZIP = (
    Download(
        "gzip.zip",
        (
            "https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip",
            "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/gzip.zip",
        ),
        "sha256:fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e",
    ),
)
_EMNIST_WARNING = (
    "EMNIST comes from the same forms as MNIST's test images: "
    "no result on MNIST is honest for a model that was trained on EMNIST"
)

_CLOTHES = (
    "T-shirt/top", "trouser", "pullover", "dress", "coat",
    "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip

_SETS = (
    DataSet(
        name="mnist",
        summary="handwritten digits, 28x28 grey (LeCun, Cortes, Burges 1998)",
        licence="CC BY-SA 3.0",
        form="idx",
        shape=(28, 28),
        parts=_as_mnist(
            _MNIST_MIRRORS,
            (
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            ),
            (
                "edc0d1098aa497be14ace79ddd5171e5a3dcf9c4d196c015389203eb3ba1f59b",
                "c3f9adf9c66efb572b1f9326c3a511b45910c7173b97be66ceceeeeaef6b802b",
            ),
        ),
        folder="mnist",
        meaning=SYMBOL,
    ),
    DataSet(
        name="fashion-mnist",
        summary="pieces of clothing, 28x28 grey (Xiao, Rasul, Vollgraf 2017)",
        licence="MIT",
        form="idx",
        shape=(28, 28),
        parts=_as_mnist(
            _FASHION_MIRRORS,
            (
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            ),
            (
                "16d82e2b505296aa2b78bd5ea0992634f30419a4c97def7c907d154a35ac6157",
                "9f1ec356a747bfe4ebab3cfb722d3694c9ca737e2570f6f90cf31d7b6fd689d4",
            ),
        ),
        folder="fashion-mnist",
        classes=_CLOTHES,
    ),
    DataSet(
        name="kmnist",
        summary="ten hiragana from old books, 28x28 grey (Clanuwat 2018)",
        licence="CC BY-SA 4.0",
        form="idx",
        shape=(28, 28),
        parts=_as_mnist(
            _KMNIST_MIRRORS,
            (
                "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
                "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
                "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
                "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
            ),
            ("", ""),
        ),
        folder="kmnist",
        classes=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    ),
    DataSet(
        name="emnist-digits",
        summary="handwritten digits, 28x28 grey (Cohen 2017); a download of 562 MB",
        licence="none stated (NIST)",
        form="emnist",
        shape=(28, 28),
        parts={"train": PartFiles(240_000, _EMNIST_ZIP), "test": PartFiles(40_000, _EMNIST_ZIP)},
        folder="emnist",
        meaning=SYMBOL,
        warning=_EMNIST_WARNING,
    ),
    DataSet(
        name="emnist-letters",
        summary="letters, small and capital alike, 28x28 grey; in the same file",
        licence="none stated (NIST)",
        form="emnist",
        shape=(28, 28),
        parts={"train": PartFiles(124_800, _EMNIST_ZIP), "test": PartFiles(20_800, _EMNIST_ZIP)},
        folder="emnist",
        classes=tuple(ascii_lowercase),
        meaning=SYMBOL,
        warning=_EMNIST_WARNING,
    ),
    DataSet(
        name="usps",
        summary="digits cut from US mail, 16x16 grey (Le Cun 1989)",
        licence="none stated",
        form="libsvm",
        shape=(16, 16),
        parts={
            "train": PartFiles(
                7_291,
                (_libsvm_file("usps.bz2", "ec16c51db3855ca6c91edd34d0e9b197"),),
                "99f84249a49cdbdd95e85d2d6b76a932e3e1af4e7cd4feb8a185480c8be04007",
            ),
            "test": PartFiles(
                2_007, (_libsvm_file("usps.t.bz2", "8ea070ee2aca1ac39742fdd1ef5ed118"),)
            ),
        },
        folder="usps",
    ),
    DataSet(
        name="optdigits",
        summary="digits from forms, 32x32 black and white (Alpaydin, Kaynak 1998)",
        licence="CC BY 4.0",
        form="optdigits",
        shape=(32, 32),
        parts={
            "train": PartFiles(
                1_934,
                _uci_file(
                    "optdigits-orig.tra.Z",
                    "ml/machine-learning-databases/optdigits/optdigits-orig.tra.Z",
                    "static/public/80/optical+recognition+of+handwritten+digits.zip",
                ),
                "e10385248f33425f56c659af3dfe53d136680903993f4fa833ceb8baa8d91b38",
            )
        },
        folder="optdigits",
    ),
    DataSet(
        name="semeion",
        summary="digits stretched to fill 16x16, black and white (Buscema 1994)",
        licence="CC BY 4.0",
        form="semeion",
        shape=(16, 16),
        parts={
            "train": PartFiles(
                1_593,
                _uci_file(
                    "semeion.data",
                    "ml/machine-learning-databases/semeion/semeion.data",
                    "static/public/178/semeion+handwritten+digit.zip",
                ),
                "8e0ce9435c3005eed03c83867f1426977adfa0e73a6c1d2faf83a0a37e19516c",
            )
        },
        folder="semeion",
    ),
)

CATALOGUE: Final[Mapping[str, DataSet]] = MappingProxyType({known.name: known for known in _SETS})
"""The named sets, in the order in which they are listed."""
