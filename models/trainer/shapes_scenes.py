"""Random scenes for throng-shapes: what is on the canvas, and the facts a caption may state.

A scene is drawn once but can be described many times, so layout lives here and
wording lives in `shapes_captions.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from shapes_draw import COLOURS, MIN_CONTRAST, PALE, SHAPES, Canvas, Item, contrast

# Square, landscape and portrait; all divisible by 32 so that every level of the network divides evenly.
BUCKETS = ((128, 128), (192, 128), (128, 192))

# Radii in pixels.
RADII = {"small": (13.0, 16.0), "": (20.0, 26.0), "big": (33.0, 40.0)}

# How far a shape extends from its centre, in radii.
REACH = 1.12

# Named places as fractions of the free room (0 = as far left/top as the shape may go).
PLACES = {
    "centre": (0.5, 0.5), "left": (0.02, 0.5), "right": (0.98, 0.5), "top": (0.5, 0.02), "bottom": (0.5, 0.98),
    "top left": (0.02, 0.02), "top right": (0.98, 0.02), "bottom left": (0.02, 0.98), "bottom right": (0.98, 0.98),
}


# Squares and circles are asked for most, and are the hardest to get straight and round.
OFTEN = SHAPES + ("circle", "square", "square")


@dataclass(frozen=True)
class Thing:
    """An object with the facts a caption may mention."""

    item: Item
    size: str
    place: str = ""


@dataclass(frozen=True)
class Scene:
    """A canvas and its meaning. `kind` says which wording fits."""

    kind: str  # empty | one | count | pair | row | stack | places
    canvas: Canvas
    things: tuple[Thing, ...]
    relation: str = ""
    background_named: bool = False
    extra: dict = field(default_factory=dict)


def _pick(rng: np.random.Generator, options):
    return options[int(rng.integers(len(options)))]


def _background(rng) -> tuple[str, bool]:
    if rng.random() < 0.42:
        return _pick(rng, tuple(COLOURS)), True
    return _pick(rng, tuple(PALE)), False


def _colour(rng, background: str, taken: tuple[str, ...] = ()) -> str:
    free = [c for c in COLOURS if contrast(c, background) >= MIN_CONTRAST and c not in taken]
    return _pick(rng, free)


def _size(rng, allow_big: bool = True) -> str:
    roll = rng.random()
    if roll < 0.17:
        return "small"
    return "big" if allow_big and roll > 0.83 else ""


def _radius(rng, size: str) -> float:
    low, high = RADII[size]
    return float(rng.uniform(low, high))


def _shrink(r: float, room: float) -> float:
    """The largest radius not above r that fits in `room` pixels."""
    return min(r, room / (2 * REACH))


def _jitter(rng, amount: float) -> float:
    return float(rng.uniform(-amount, amount))


def _looks(rng, n: int, background: str) -> list[tuple[str, str]]:
    """n (shape, colour) pairs. Colours and shapes mostly differ: that is where binding is learnt."""
    looks: list[tuple[str, str]] = []
    for _ in range(n):
        colours = tuple(c for _, c in looks) if rng.random() < 0.94 else ()
        colour = _colour(rng, background, colours)
        shapes = [s for s, _ in looks] if rng.random() < 0.85 else []
        shape = _pick(rng, [s for s in OFTEN if s not in shapes])
        looks.append((shape, colour))
    return looks


def _at_place(rng, shape, colour, size, place, w, h) -> Thing:
    r = _radius(rng, size)
    reach = r * REACH + 3
    fx, fy = PLACES[place]
    x = reach + fx * (w - 2 * reach) + _jitter(rng, 4)
    y = reach + fy * (h - 2 * reach) + _jitter(rng, 4)
    x = float(np.clip(x, reach, w - reach))
    y = float(np.clip(y, reach, h - reach))
    return Thing(Item(shape, colour, x, y, r), size, place)


def _one(rng, w, h, bg, named) -> Scene:
    (shape, colour), = _looks(rng, 1, bg)
    size = _size(rng)
    place = _pick(rng, tuple(PLACES)) if rng.random() < 0.5 else ""
    # An unsaid place is the middle, and an unsaid size leans large: a lone shape should fill its picture.
    thing = _at_place(rng, shape, colour, size, place or "centre", w, h)
    if not size and not place:
        item = thing.item
        thing = Thing(Item(shape, colour, item.x, item.y, float(rng.uniform(24, 34))), "", "")
    return Scene("one", Canvas(w, h, bg, (thing.item,)), (Thing(thing.item, size, place),), "", named)


def _spread(rng, n: int, w: float, h: float, radii: list[float], upright: bool):
    """Centres of n shapes along one axis with gaps between them, kept inside the canvas."""
    length, across = (h, w) if upright else (w, h)
    widths = [2 * r * REACH for r in radii]
    slack = max(0.0, length - 8 - sum(widths))
    # Uneven gaps, never touching: the outer margins get what the inner gaps leave over.
    shares = rng.dirichlet([4.0] * (n + 1)) * slack
    shift = _jitter(rng, 0.1 * across)
    centres, at = [], 4.0
    for width, gap in zip(widths, shares[:-1], strict=True):
        at += gap
        off = across / 2 + shift + _jitter(rng, 5)
        centres.append((off, at + width / 2) if upright else (at + width / 2, off))
        at += width
    return centres


def _line(rng, n, w, h, bg, looks, upright) -> tuple[Thing, ...]:
    room = ((h if upright else w) - 8) / n - 3
    sizes = [_size(rng, allow_big=n < 3) for _ in range(n)]
    radii = [_shrink(_radius(rng, z), room * (1.25 if z == "big" else 1.0) if n == 2 else room)
             for z in sizes]
    total = sum(2 * r * REACH for r in radii)
    scale = min(1.0, ((h if upright else w) - 12) / total)
    radii = [r * scale for r in radii]
    centres = _spread(rng, n, w, h, radii, upright)
    return tuple(
        Thing(Item(s, c, x, y, r), z)
        for (s, c), (x, y), r, z in zip(looks, centres, radii, sizes, strict=True)
    )


def _count(rng, w, h, bg, named) -> Scene:
    n = int(_pick(rng, (2, 2, 3, 3, 4)))
    (shape, colour), = _looks(rng, 1, bg)
    if n == 4:
        r = float(rng.uniform(15, 20))
        spots = [(w * fx, h * fy) for fy in (0.28, 0.72) for fx in (0.28, 0.72)]
        items = tuple(Item(shape, colour, x + _jitter(rng, 4), y + _jitter(rng, 4), r) for x, y in spots)
    else:
        upright = h > w
        r = _shrink(float(rng.uniform(17, 23)), (max(w, h) - 12) / n)
        centres = _spread(rng, n, w, h, [r] * n, upright)
        items = tuple(Item(shape, colour, x, y, r) for x, y in centres)
    return Scene("count", Canvas(w, h, bg, items), tuple(Thing(i, "") for i in items), "", named, {"n": n})


def _pair(rng, w, h, bg, named) -> Scene:
    looks = _looks(rng, 2, bg)
    upright = rng.random() < (0.32 if w == h else 0.2 if w > h else 0.6)
    things = _line(rng, 2, w, h, bg, looks, upright)
    return Scene("pair", Canvas(w, h, bg, tuple(t.item for t in things)), things,
                 "above" if upright else "left of", named)


def _inside(rng, w, h, bg, named) -> Scene:
    """A small shape in the middle of a large one of another colour; only roomy outlines can hold one."""
    outer_shape = _pick(rng, ("circle", "square", "heart", "diamond"))
    outer = _colour(rng, bg)
    free = [c for c in COLOURS if contrast(c, outer) >= MIN_CONTRAST and c != bg]
    r = float(rng.uniform(40, 48))
    x, y = w / 2 + _jitter(rng, 5), h / 2 + _jitter(rng, 5)
    shape = _pick(rng, SHAPES)
    inner = Item(shape, _pick(rng, free), x, y, r * float(rng.uniform(0.36, 0.42)))
    big = Item(outer_shape, outer, x, y, r)
    # Ring holes show what lies below; the drawing fills them with the background, so keep rings out.
    if shape == "ring":
        inner = Item("circle", inner.colour, x, y, inner.r)
    return Scene("pair", Canvas(w, h, bg, (big, inner)), (Thing(inner, ""), Thing(big, "")), "inside", named)


def _three(rng, w, h, bg, named) -> Scene:
    looks = _looks(rng, 3, bg)
    if rng.random() < 0.5:
        upright = h > w or (w == h and rng.random() < 0.25)
        things = _line(rng, 3, w, h, bg, looks, upright)
        return Scene("row", Canvas(w, h, bg, tuple(t.item for t in things)), things,
                     "above" if upright else "left of", named)
    # A left of B, with C above or below both.
    c_above = rng.random() < 0.5
    half = h / 2
    a, b = _line(rng, 2, w, half + 8, bg, looks[:2], upright=False)
    c = _at_place(rng, *looks[2], _size(rng, allow_big=False), "centre", w, half)
    dy = (half - 8, 0) if c_above else (0, half)

    def fit(t: Thing, shift: float) -> Thing:
        i = t.item
        r = _shrink(i.r, half - 10)
        return Thing(Item(i.shape, i.colour, i.x, i.y + shift, r), t.size)

    things = (fit(a, dy[0]), fit(b, dy[0]), fit(c, dy[1]))
    return Scene("stack", Canvas(w, h, bg, tuple(t.item for t in things)), things,
                 "above" if c_above else "below", named)


def _places(rng, w, h, bg, named) -> Scene:
    """Two or three shapes, each said to be in its own corner or side."""
    n = 2 if rng.random() < 0.65 else 3
    looks = _looks(rng, n, bg)
    groups = (("left", "right"), ("top", "bottom"), ("top left", "bottom right"), ("top right", "bottom left"),
              ("top left", "top right"), ("bottom left", "bottom right"),
              ("top left", "bottom right", "centre"), ("left", "centre", "right"), ("top left", "top right", "bottom"))
    group = list(_pick(rng, [g for g in groups if len(g) == n]))
    rng.shuffle(group)
    things = tuple(
        _at_place(rng, s, c, "small" if rng.random() < 0.25 else "", p, w, h)
        for (s, c), p in zip(looks, group, strict=True)
    )
    things = tuple(Thing(Item(t.item.shape, t.item.colour, t.item.x, t.item.y, min(t.item.r, 15.5)), t.size, t.place)
                   for t in things) if n == 3 else things
    return Scene("places", Canvas(w, h, bg, tuple(t.item for t in things)), things, "", named)


# How often each kind is drawn. Pairs lead: telling whose colour is whose is the hard part.
KINDS = ((_one, 0.20), (_count, 0.06), (_pair, 0.46), (_inside, 0.06), (_three, 0.12), (_places, 0.08))


def plain_pair(rng: np.random.Generator) -> Scene:
    """Two things side by side or one above the other, on a background that no caption would name."""
    return _pair(rng, *BUCKETS[0], _pick(rng, tuple(PALE)), False)


def random_scene(rng: np.random.Generator, bucket: tuple[int, int] = BUCKETS[0]) -> Scene:
    """A scene with distinct, fully visible shapes."""
    w, h = bucket
    bg, named = _background(rng)
    roll = rng.random()
    for make, share in KINDS:
        roll -= share
        if roll < 0:
            return make(rng, w, h, bg, named)
    return Scene("empty", Canvas(w, h, bg, ()), (), "", named)
