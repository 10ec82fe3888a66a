"""Changes to images that leave what they show what it is, each named and seeded.

They are made for handwriting of 28x28 pixels and work on images of any size, grey or RGB. One
`Augmentation` says how far each change may go; `augment` draws anew for every image. Geometry
(turn, scale, stretch, slant, shift, elastic bending) is one resampling, so an image is blurred
once; then the pen, the light and what is cut off or erased.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]
"""uint8 `(N, H, W)` grey, bright on dark, or `(N, H, W, 3)` RGB."""

DESCRIPTIONS: Final[Mapping[str, str]] = {
    "rotate_deg": "turned by up to {:g}°",
    "scale": "larger or smaller by up to {:.0%}",
    "stretch": "wider or higher by up to {:.0%}",
    "shear": "slanted by up to {:g} px a px",
    "shift_px": "moved by up to {:g} px",
    "bend_px": "bent by {:g} px",
    "pen": "thicker or thinner pen, {:.0%} of images",
    "blur": "out of focus, {:.0%} of images",
    "fade": "weaker or harder ink, {:.0%} of images",
    "noise": "grain, {:.0%} of images",
    "cut": "one side cut off, {:.0%} of images",
    "erase": "a square erased, {:.0%} of images",
}
"""What each field of `Augmentation` does, to be formatted with its value."""

_SHARES: Final = ("pen", "blur", "fade", "noise", "cut", "erase")


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How far each change may go; 0 leaves it out.

    `rotate_deg`: turn by up to so many degrees. `scale`, `stretch`: size, and width against height,
    by up to this share. `shear`: horizontal slant, in pixels a pixel. `shift_px`: move by up to so
    many pixels. `bend_px`: standard deviation of an elastic displacement (Simard 2003).
    `pen`: share of images whose strokes are made thicker or thinner. `blur`: share softened.
    `fade`: share with weakened ink. `noise`: share with grain. `cut`: share that lose up to three
    rows or columns at one side. `erase`: share that lose a square of 4x4 to 6x6 (Zhong 2020).
    """

    rotate_deg: float = 0.0
    scale: float = 0.0
    stretch: float = 0.0
    shear: float = 0.0
    shift_px: float = 0.0
    bend_px: float = 0.0
    pen: float = 0.0
    blur: float = 0.0
    fade: float = 0.0
    noise: float = 0.0
    cut: float = 0.0
    erase: float = 0.0

    def weakened(self, share: float) -> Augmentation:
        """The same changes, each going only this share as far."""
        return Augmentation(*(share * getattr(self, field.name) for field in fields(self)))

    def each(self) -> dict[str, Augmentation]:
        """Every change that is not left out, alone, by its description; to be looked at.

        It goes as far as here, and changes every image even where here it changes a share of them.
        """
        changes = {name: getattr(self, name) for name in DESCRIPTIONS}
        return {
            DESCRIPTIONS[name].format(value): Augmentation(
                **{name: 1.0 if name in _SHARES else value}
            )
            for name, value in changes.items()
            if value
        }


def augment(images: Images, how: Augmentation, rng: np.random.Generator) -> Images:
    """New images, each changed at random within `how`; `rng` alone decides the changes."""
    changed = warp(images, how, rng)
    change_pen(changed, _chosen(how.pen, len(changed), rng), rng)
    soften(changed, _chosen(how.blur, len(changed), rng), rng)
    fade(changed, _chosen(how.fade, len(changed), rng), rng)
    grain(changed, _chosen(how.noise, len(changed), rng), rng)
    cut_off(changed, _chosen(how.cut, len(changed), rng), rng)
    erase(changed, _chosen(how.erase, len(changed), rng), rng)
    return changed


def warp(images: Images, how: Augmentation, rng: np.random.Generator) -> Images:
    """Turn, scale, stretch, slant, shift and bend, in one linear resampling.

    What comes in from outside is dark in grey images, and the colour of the border in RGB ones.
    """
    count, (height, width) = len(images), images.shape[1:3]
    inverse = _inverse_maps(count, how, rng)
    middle_y, middle_x = (height - 1) / 2, (width - 1) / 2
    y, x = np.mgrid[:height, :width].astype(np.float32)
    y, x = y - np.float32(middle_y), x - np.float32(middle_x)
    fields = _bend_fields(how.bend_px, (height, width), rng)
    border = cv2.BORDER_CONSTANT if images.ndim == 3 else cv2.BORDER_REPLICATE
    picks = rng.integers(0, len(fields), count)
    warped = np.empty_like(images)
    for index, (a, b, c, d, e, f) in enumerate(inverse):
        bend = fields[picks[index]]
        map_x = a * x + b * y + (c + middle_x) + bend[0]
        map_y = d * x + e * y + (f + middle_y) + bend[1]
        cv2.remap(
            images[index], map_x, map_y, cv2.INTER_LINEAR, dst=warped[index], borderMode=border
        )
    return warped


def _inverse_maps(count: int, how: Augmentation, rng: np.random.Generator) -> NDArray[np.float32]:
    """One affine map an image, from the new pixel to the old one, around the centre: (N, 6)."""
    angle = np.deg2rad(rng.uniform(-how.rotate_deg, how.rotate_deg, count))
    size = 1 + rng.uniform(-how.scale, how.scale, count)
    stretch = np.exp(rng.uniform(-how.stretch, how.stretch, count))
    shear = rng.uniform(-how.shear, how.shear, count)
    shift = rng.uniform(-how.shift_px, how.shift_px, (2, count))
    wide, high = 1 / (size * np.sqrt(stretch)), np.sqrt(stretch) / size
    cos, sin = np.cos(angle), np.sin(angle)
    columns = (
        wide * (cos + shear * sin), wide * (sin - shear * cos), shift[0],
        -high * sin, high * cos, shift[1],
    )  # fmt: skip
    return np.stack(columns, 1).astype(np.float32)


def _bend_fields(
    bend_px: float, size: tuple[int, int], rng: np.random.Generator
) -> NDArray[np.float32]:
    """A pool of smooth displacement fields (P, 2, H, W); drawing one an image is too slow."""
    pool = 512 if bend_px else 1
    fields = rng.standard_normal((pool, 2, *size)).astype(np.float32)
    for field in fields.reshape(-1, *size):
        cv2.GaussianBlur(field, (0, 0), 4, dst=field)
    return fields * np.float32(bend_px / fields.std())


def change_pen(images: Images, chosen: NDArray[np.intp], rng: np.random.Generator) -> None:
    """Strokes up to about a pixel thicker or thinner, in place, by a share of a 3x3 morphology."""
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    square = np.ones((3, 3), np.uint8)
    amount = rng.uniform(-0.8, 1.0, len(chosen))
    for index, share in zip(chosen, amount, strict=True):
        image = images[index]
        if share < 0:
            other = cv2.erode(image, cross)
        else:
            other = cv2.dilate(image, square if share > 0.6 else cross)
        mixed = cv2.addWeighted(image, 1 - abs(share), other, abs(share), 0)
        peak = int(mixed.max())
        images[index] = cv2.convertScaleAbs(mixed, alpha=255 / peak) if peak > 60 else image


def soften(images: Images, chosen: NDArray[np.intp], rng: np.random.Generator) -> None:
    """Out of focus, or enlarged from a small picture, in place; the darkest ink stays at 255."""
    for index, sigma in zip(chosen, rng.uniform(0.4, 1.1, len(chosen)), strict=True):
        soft = cv2.GaussianBlur(images[index], (0, 0), sigma)
        images[index] = cv2.convertScaleAbs(soft, alpha=255 / max(1, int(soft.max())))


def fade(images: Images, chosen: NDArray[np.intp], rng: np.random.Generator) -> None:
    """Greyer strokes or harder edges, in place: a gamma curve of 0.5 to 2 on the ink."""
    levels = np.linspace(0, 1, 256)
    for index, gamma in zip(chosen, np.exp(rng.uniform(-0.7, 0.7, len(chosen))), strict=True):
        images[index] = np.rint(255 * levels**gamma).astype(np.uint8)[images[index]]


def grain(images: Images, chosen: NDArray[np.intp], rng: np.random.Generator) -> None:
    """Sensor or compression noise of standard deviation 4 to 25 (of 255), in place."""
    for index, sigma in zip(chosen, rng.uniform(4, 25, len(chosen)), strict=True):
        noise = rng.standard_normal(images[index].shape, np.float32) * np.float32(sigma)
        images[index] = np.clip(images[index] + noise, 0, 255).astype(np.uint8)


def cut_off(images: Images, chosen: NDArray[np.intp], rng: np.random.Generator) -> None:
    """Lose the outermost one to three rows or columns of ink at one side, in place."""
    for index, side, depth in zip(
        chosen, rng.integers(0, 4, len(chosen)), rng.integers(1, 4, len(chosen)), strict=True
    ):
        view = np.rot90(images[index], side)
        rows = np.flatnonzero(view.reshape(len(view), -1).any(1))
        if len(rows):
            view[: rows[0] + depth] = 0


def erase(images: Images, chosen: NDArray[np.intp], rng: np.random.Generator) -> None:
    """Lose a square of 4x4 to 6x6 pixels, anywhere, in place."""
    height, width = images.shape[1:3]
    sizes = np.minimum(rng.integers(4, 7, len(chosen)), min(height, width))
    for index, size in zip(chosen, sizes, strict=True):
        top, left = rng.integers(0, (height - size + 1, width - size + 1))
        images[index, top : top + size, left : left + size] = 0


def _chosen(share: float, count: int, rng: np.random.Generator) -> NDArray[np.intp]:
    return np.flatnonzero(rng.random(count) < share)
