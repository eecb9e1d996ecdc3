"""Palette, outlines and anti-aliased drawing for throng-shapes.

Everything the picture model ever sees is drawn here, so this file is its whole
visual world: a dozen named colours, nine named shapes, flat backgrounds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (222, 38, 40),
    "orange": (250, 140, 20),
    "yellow": (252, 216, 40),
    "green": (36, 160, 64),
    "cyan": (40, 200, 214),
    "blue": (34, 84, 220),
    "purple": (132, 46, 176),
    "pink": (250, 130, 184),
    "brown": (128, 76, 36),
    "black": (20, 20, 24),
    "grey": (136, 138, 142),
    "white": (252, 252, 252),
}

# Backgrounds used when a caption names none: light, so that every colour but white stands out.
PALE: dict[str, tuple[int, int, int]] = {
    "plain": (250, 250, 248),
    "cream": (250, 242, 222),
    "mist": (228, 236, 244),
}

SHAPES = ("circle", "square", "triangle", "star", "heart", "diamond", "ring", "cross", "moon")

# Drawing happens this many times larger and is averaged down: cheap anti-aliasing.
SUPERSAMPLE = 4

# Two colours closer than this (Euclidean RGB) would be hard to tell apart, for people and for the checker.
MIN_CONTRAST = 90.0


@dataclass(frozen=True)
class Item:
    """One shape on the canvas; centre and radius in pixels."""

    shape: str
    colour: str
    x: float
    y: float
    r: float


@dataclass(frozen=True)
class Canvas:
    """What is drawn, without any words about it. Later items cover earlier ones."""

    width: int
    height: int
    background: str
    items: tuple[Item, ...]


def rgb(name: str) -> tuple[int, int, int]:
    """Colour of an object or background name."""
    return COLOURS.get(name) or PALE[name]


def contrast(a: str, b: str) -> float:
    """Euclidean RGB distance of two named colours."""
    return math.dist(rgb(a), rgb(b))


def _regular(n: int, start: float, r: float = 1.0) -> list[tuple[float, float]]:
    return [
        (r * math.cos(start + 2 * math.pi * i / n), r * math.sin(start + 2 * math.pi * i / n))
        for i in range(n)
    ]


def _heart() -> list[tuple[float, float]]:
    points = []
    for i in range(64):
        t = 2 * math.pi * i / 64
        x = 16 * math.sin(t) ** 3
        y = 13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)
        points.append((x / 16.5, -(y + 2.5) / 15.5))
    return points


def _star() -> list[tuple[float, float]]:
    outer = _regular(5, -math.pi / 2, 1.08)
    inner = _regular(5, -math.pi / 2 + math.pi / 5, 0.46)
    return [p for pair in zip(outer, inner, strict=True) for p in pair]


def _moon() -> list[tuple[float, float]]:
    """A crescent open to the right: outer arc, then back along a shifted inner arc."""
    outer = [(math.cos(a), math.sin(a)) for a in np.linspace(math.radians(50), math.radians(310), 48)]
    tip_x, tip_y = outer[-1]
    centre = 0.52
    radius = math.hypot(tip_x - centre, tip_y)
    top = math.atan2(tip_y, tip_x - centre)
    inner = [
        (centre + radius * math.cos(a), radius * math.sin(a))
        for a in np.linspace(top, -top - 2 * math.pi, 40)
    ]
    return [(x + 0.2, y) for x, y in outer + inner]


def _cross() -> list[tuple[float, float]]:
    a, b = 0.34, 0.98
    return [(-a, -b), (a, -b), (a, -a), (b, -a), (b, a), (a, a),
            (a, b), (-a, b), (-a, a), (-b, a), (-b, -a), (-a, -a)]


OUTLINES: dict[str, list[tuple[float, float]]] = {
    "circle": _regular(72, 0.0),
    "ring": _regular(72, 0.0, 1.02),
    "square": [(-0.86, -0.86), (0.86, -0.86), (0.86, 0.86), (-0.86, 0.86)],
    "triangle": [(0.0, -0.95), (1.02, 0.82), (-1.02, 0.82)],
    "diamond": [(0.0, -1.12), (0.8, 0.0), (0.0, 1.12), (-0.8, 0.0)],
    "heart": _heart(),
    "star": _star(),
    "cross": _cross(),
    "moon": _moon(),
}

RING_HOLE = 0.52


def draw(canvas: Canvas, tint: np.random.Generator | None = None) -> np.ndarray:
    """Pixels (height, width, 3) uint8; with `tint`, colours wobble a little as in real pictures."""
    s = SUPERSAMPLE

    def colour(name: str) -> tuple[int, int, int]:
        base = rgb(name)
        if tint is None:
            return base
        wobble = tint.integers(-5, 6, size=3)
        return tuple(int(min(255, max(0, c + w))) for c, w in zip(base, wobble, strict=True))

    back = colour(canvas.background)
    image = Image.new("RGB", (canvas.width * s, canvas.height * s), back)
    pen = ImageDraw.Draw(image)
    for item in canvas.items:
        fill = colour(item.colour)
        pen.polygon([((item.x + px * item.r) * s, (item.y + py * item.r) * s)
                     for px, py in OUTLINES[item.shape]], fill=fill)
        if item.shape == "ring":
            hole = item.r * RING_HOLE
            box = [(item.x - hole) * s, (item.y - hole) * s, (item.x + hole) * s, (item.y + hole) * s]
            pen.ellipse(box, fill=back)
    return np.asarray(image.reduce(s))
