"""Looks at a picture and says which shapes of which colours are where. Knows nothing of the model.

Pixels are named by the nearest palette colour, joined into blobs, and each blob is
compared with the nine outlines at its own size and place.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, ImageDraw

from shapes_draw import COLOURS, OUTLINES, PALE, RING_HOLE, SHAPES

MIN_AREA = 70  # pixels; smaller blobs are the anti-aliased rims of others
MIN_CORE = 18  # pixels left after shaving one from every side


@dataclass
class Seen:
    """One blob: what it looks like and where it is."""

    colour: str
    shape: str
    fit: float
    x: float
    y: float
    area: int
    box: tuple[int, int, int, int]


def _names() -> tuple[list[str], np.ndarray]:
    names = [*COLOURS, *PALE]
    return names, np.array([COLOURS.get(n) or PALE[n] for n in names], float)


def background(pixels: np.ndarray) -> tuple[str, np.ndarray]:
    """Name and value of the colour along the border ('plain', 'cream' and 'mist' count as unnamed)."""
    rim = np.concatenate([pixels[:2].reshape(-1, 3), pixels[-2:].reshape(-1, 3),
                          pixels[:, :2].reshape(-1, 3), pixels[:, -2:].reshape(-1, 3)]).astype(float)
    value = np.median(rim, axis=0)
    names, values = _names()
    return names[int(((values - value) ** 2).sum(1).argmin())], value


def _blobs(mask: np.ndarray) -> list[np.ndarray]:
    """Connected parts (four neighbours) of a mask."""
    left = {(int(y), int(x)) for y, x in np.argwhere(mask)}
    parts = []
    while left:
        todo, part = [left.pop()], []
        while todo:
            y, x = todo.pop()
            part.append((y, x))
            for near in ((y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)):
                if near in left:
                    left.remove(near)
                    todo.append(near)
        out = np.zeros_like(mask)
        out[tuple(np.array(part).T)] = True
        parts.append(out)
    return parts


def _core(mask: np.ndarray) -> int:
    """Pixels whose four neighbours belong to the mask too."""
    m = np.pad(mask, 1)
    return int((m[1:-1, 1:-1] & m[:-2, 1:-1] & m[2:, 1:-1] & m[1:-1, :-2] & m[1:-1, 2:]).sum())


def _filled(mask: np.ndarray) -> np.ndarray:
    """The mask with its holes closed."""
    outside = np.zeros_like(np.pad(mask, 1))
    for part in _blobs(~np.pad(mask, 1)):
        if part[0, 0]:
            outside = part
    return ~outside[1:-1, 1:-1]


def _outline(shape: str, cx: float, cy: float, r: float, size: tuple[int, int]) -> np.ndarray:
    """A shape drawn as a mask, twice as fine and averaged down."""
    image = Image.new("L", (size[0] * 2, size[1] * 2), 0)
    pen = ImageDraw.Draw(image)
    pen.polygon([((cx + x * r) * 2, (cy + y * r) * 2) for x, y in OUTLINES[shape]], fill=255)
    if shape == "ring":
        h = r * RING_HOLE
        pen.ellipse([(cx - h) * 2, (cy - h) * 2, (cx + h) * 2, (cy + h) * 2], fill=0)
    return np.asarray(image.reduce(2)) > 127


@cache
def _measure(shape: str) -> tuple[float, float, float]:
    """Area and centre of mass of a shape of radius one."""
    mask = _outline(shape, 64, 64, 40, (128, 128))
    ys, xs = np.nonzero(mask)
    return mask.sum() / 1600, (xs.mean() + 0.5 - 64) / 40, (ys.mean() + 0.5 - 64) / 40


def name_shape(mask: np.ndarray) -> tuple[str, float]:
    """The outline that overlaps best at equal area and equal centre, and how well it does."""
    ys, xs = np.nonzero(mask)
    best = ("", 0.0)
    for shape in SHAPES:
        area, dx, dy = _measure(shape)
        r = (mask.sum() / area) ** 0.5
        other = _outline(shape, xs.mean() + 0.5 - dx * r, ys.mean() + 0.5 - dy * r, r, mask.shape[::-1])
        fit = float((mask & other).sum() / (mask | other).sum())
        if fit > best[1]:
            best = (shape, fit)
    return best


def look(pixels: np.ndarray) -> tuple[str, list[Seen]]:
    """Background name and everything that stands out from it."""
    back, value = background(pixels)
    p = pixels.astype(float)
    names, values = list(COLOURS), np.array(list(COLOURS.values()), float)
    to_colours = ((p[:, :, None, :] - values) ** 2).sum(-1) ** 0.5
    to_back = ((p - value) ** 2).sum(-1) ** 0.5
    nearest = to_colours.argmin(-1)
    # A blotch in the background is not a shape: what stands out differs by at least 35.
    front = to_back > np.clip(to_colours.min(-1), 35, 60)
    masks = []
    for index in np.unique(nearest[front]):
        for blob in _blobs(front & (nearest == index)):
            if blob.sum() >= MIN_AREA and _core(blob) >= MIN_CORE:
                masks.append((names[index], values[index], blob))
    seen = []
    for name, colour, blob in masks:
        ys, xs = np.nonzero(blob)
        box = (int(xs.min()), int(ys.min()), int(xs.max()), int(ys.max()))
        inside = any(o is not blob and o[box[1]:box[3], box[0]:box[2]].sum() > 0.9 * o.sum() for _, _, o in masks)
        shape, fit = name_shape(_filled(blob) if inside else blob)
        seen.append(Seen(name, shape, fit, float(xs.mean()), float(ys.mean()), int(blob.sum()), box))
    return back, seen
