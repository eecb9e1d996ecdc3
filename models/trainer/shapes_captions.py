"""Words for a scene of throng-shapes: many phrasings of the same facts.

Only what is true of the scene is said, and seldom everything: unsaid facts teach
the model what to choose on its own.
"""

from __future__ import annotations

import numpy as np

from shapes_draw import COLOURS, SHAPES
from shapes_scenes import Scene, Thing

SHAPE_WORDS = {
    "circle": ("circle",) * 5 + ("disc", "ball", "dot"), "square": ("square",) * 6 + ("box",),
    "triangle": ("triangle",), "star": ("star",), "heart": ("heart",),
    "diamond": ("diamond",) * 5 + ("rhombus",), "ring": ("ring",) * 5 + ("donut",),
    "cross": ("cross",) * 5 + ("plus",), "moon": ("moon",) * 4 + ("crescent",),
}
COLOUR_WORDS = {
    "grey": ("grey", "gray"), "purple": ("purple", "purple", "purple", "violet"),
    "cyan": ("cyan", "cyan", "turquoise"),
}
SMALL = ("small", "small", "small", "tiny", "little")
BIG = ("big", "big", "large", "large", "huge")
NUMBERS = {2: ("two", "two", "2", "a pair of"), 3: ("three", "three", "3"), 4: ("four", "four", "4")}
PLACE_WORDS = {
    "centre": ("in the centre", "in the center", "in the middle"),
    "left": ("on the left", "on the left side", "at the left"), "right": ("on the right", "on the right side", "at the right"),
    "top": ("at the top", "at the top", "on the top"), "bottom": ("at the bottom", "at the bottom", "on the bottom"),
    "top left": ("in the top left", "in the top left corner", "top left", "in the upper left corner"),
    "top right": ("in the top right", "in the top right corner", "top right", "in the upper right corner"),
    "bottom left": ("in the bottom left", "in the bottom left corner", "bottom left", "in the lower left corner"),
    "bottom right": ("in the bottom right", "in the bottom right corner", "bottom right", "in the lower right corner"),
}
LEFT = ("left of", "left of", "to the left of", "on the left of")
RIGHT = ("right of", "right of", "to the right of", "on the right of")
ABOVE = ("above", "above", "over", "on top of")
BELOW = ("below", "below", "under", "beneath", "underneath")
NEXT = ("next to", "beside", "and", "with", "near")
INSIDE = ("inside", "inside", "in", "within", "inside of")
AROUND = ("around", "containing", "with")
OPENINGS = ("a picture of", "an image of", "a drawing of", "an illustration of", "a photo of", "a painting of",
            "draw", "show me", "there is", "i want", "please draw", "make")
TAILS = ("flat design", "simple", "minimalist", "vector art", "high quality", "digital art", "clean", "beautiful",
         "masterpiece", "best quality", "icon", "4k", "geometric shapes", "bright colors", "paper cutout")


def _pick(rng: np.random.Generator, options):
    return options[int(rng.integers(len(options)))]


def _article(words: str) -> str:
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"


def noun(thing: Thing, rng, article: bool, plural: bool = False, vague: bool = True) -> str:
    """'a small red circle'; now and then without its colour or with 'shape' for its shape."""
    item = thing.item
    roll = rng.random() if vague else 1.0
    shape = "shape" if roll < 0.02 else _pick(rng, SHAPE_WORDS[item.shape])
    colour = "" if 0.02 < roll < 0.05 else _pick(rng, COLOUR_WORDS.get(item.colour, (item.colour,)))
    size = {"small": _pick(rng, SMALL), "big": _pick(rng, BIG), "": ""}[thing.size]
    if plural:
        shape = {"cross": "crosses", "box": "boxes", "plus": "pluses", "rhombus": "rhombuses"}.get(shape, shape + "s")
    words = " ".join(w for w in (size, colour, shape) if w)
    return _article(words) if article else words


def _background(scene: Scene, rng) -> tuple[str, bool]:
    """Phrase for the background and whether it opens the sentence."""
    if not scene.background_named:
        return "", False
    name = scene.canvas.background
    if name not in COLOURS:
        return "", False
    name = _pick(rng, COLOUR_WORDS.get(name, (name,)))
    if rng.random() < 0.12:
        return f"{_article(name)} background with", True
    return _pick(rng, (f"on {_article(name)} background", f"on {_article(name)} background", f"on {name}",
                       f"with {_article(name)} background", f", {name} background",
                       f"against {_article(name)} background")), False


def _both_ways(relation: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The phrases for a relation seen from its first thing, and from its second."""
    return (LEFT, RIGHT) if relation == "left of" else (ABOVE, BELOW)


def _pair_words(a: str, b: str, relation: str, rng) -> str:
    """A relation said from either side, as a phrase or as a sentence about a named order."""
    if relation == "inside":
        if rng.random() < 0.75:
            return f"{a} {_pick(rng, INSIDE)} {b}"
        how = _pick(rng, AROUND)
        return f"{b} with {a} inside" if how == "with" else f"{b} {how} {a}"
    forward, backward = _both_ways(relation)
    roll = rng.random()
    if roll < 0.44:
        return f"{a} {_pick(rng, forward)} {b}"
    if roll < 0.82:
        return f"{b} {_pick(rng, backward)} {a}"
    if roll < 0.88 and relation == "left of":
        return f"{a} on the left and {b} on the right" if rng.random() < 0.5 else f"{b} on the right and {a} on the left"
    if roll < 0.88:
        return f"{a} at the top and {b} at the bottom" if rng.random() < 0.5 else f"{b} at the bottom and {a} at the top"
    # No order said: either may come first.
    if rng.random() < 0.5:
        a, b = b, a
    return f"{a}, {b}" if rng.random() < 0.3 else f"{a} {_pick(rng, NEXT)} {b}"


def told_pair(scene: Scene, rng) -> str:
    """Both things of a pair and which is where, always and nothing else."""
    a, b = (noun(thing, rng, True, vague=False) for thing in scene.things)
    forward, backward = _both_ways(scene.relation)
    return f"{a} {_pick(rng, forward)} {b}" if rng.random() < 0.5 else f"{b} {_pick(rng, backward)} {a}"


def _three_words(scene: Scene, names: list[str], rng) -> str:
    a, b, c = names
    if scene.kind == "row":
        if rng.random() < 0.45:
            order = list(names)
            if scene.relation == "above":
                rng.shuffle(order)
            return f"{order[0]}, {order[1]} and {order[2]}" if rng.random() < 0.7 else ", ".join(order)
        forward = LEFT if scene.relation == "left of" else ABOVE
        if rng.random() < 0.6:
            return f"{a} {_pick(rng, forward)} {b} and {c}" if rng.random() < 0.4 else \
                f"{a} {_pick(rng, forward)} {b} {_pick(rng, forward)} {c}"
        return f"{b} between {a} and {c}"
    where = _pick(rng, ABOVE if scene.relation == "above" else BELOW)
    roll = rng.random()
    if roll < 0.3:
        return f"{c} {where} {a} and {b}"
    if roll < 0.7:
        side = f"{a} {_pick(rng, LEFT)} {b}" if rng.random() < 0.6 else f"{b} {_pick(rng, RIGHT)} {a}"
        return f"{side}, {c} {where} them" if rng.random() < 0.6 else f"{side} with {c} {where}"
    order = list(names)
    rng.shuffle(order)
    return f"{order[0]}, {order[1]} and {order[2]}"


def _places_words(scene: Scene, names: list[str], rng) -> str:
    parts = [f"{n} {_pick(rng, PLACE_WORDS[t.place])}" for n, t in zip(names, scene.things, strict=True)]
    rng.shuffle(parts)
    if len(parts) == 2:
        return f"{parts[0]}{_pick(rng, (' and ', ', ', ' and ', ' with '))}{parts[1]}"
    return f"{parts[0]}, {parts[1]} and {parts[2]}"


def _body(scene: Scene, rng) -> str:
    article = rng.random() < 0.8
    if scene.kind == "count":
        n = scene.extra["n"]
        return f"{_pick(rng, NUMBERS[n])} {noun(scene.things[0], rng, False, plural=True)}"
    vague = scene.kind in ("one", "pair")
    names = [noun(t, rng, article, vague=vague) for t in scene.things]
    if scene.kind == "one":
        place = scene.things[0].place
        return f"{names[0]} {_pick(rng, PLACE_WORDS[place])}" if place else names[0]
    if scene.kind == "pair":
        return _pair_words(names[0], names[1], scene.relation, rng)
    if scene.kind == "places":
        return _places_words(scene, names, rng)
    return _three_words(scene, names, rng)


def _noise(rng) -> str:
    """A made-up word: teaches the model to look past words it does not know."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return "".join(letters[int(i)] for i in rng.integers(0, 26, size=int(rng.integers(3, 8))))


def caption(scene: Scene, rng: np.random.Generator) -> str:
    """One way of saying what is in the scene."""
    if scene.kind == "empty":
        name = scene.canvas.background
        if name not in COLOURS:
            return _pick(rng, ("nothing", "an empty picture", "a plain background", "blank"))
        name = _pick(rng, COLOUR_WORDS.get(name, (name,)))
        return _pick(rng, (f"{_article(name)} background", f"plain {name}", f"nothing but {name}", f"{name} background",
                           f"{_article(name)} picture"))
    background, first = _background(scene, rng)
    body = _body(scene, rng)
    text = f"{background} {body}" if first else f"{body} {background}".strip()
    text = text.replace(" ,", ",")
    if rng.random() < 0.14:
        text = f"{_pick(rng, OPENINGS)} {text}"
    if rng.random() < 0.10:
        text = f"{text}, {_pick(rng, TAILS)}"
    if rng.random() < 0.02:
        words = text.split(" ")
        words.insert(int(rng.integers(len(words) + 1)), _noise(rng))
        text = " ".join(words)
    if rng.random() < 0.08:
        text += "."
    return text


def vocabulary_texts() -> list[str]:
    """Every word that should be one token, for the tokenizer."""
    words: set[str] = set(SHAPES) | set(COLOURS)
    groups = [*SHAPE_WORDS.values(), *COLOUR_WORDS.values(), *NUMBERS.values(), *PLACE_WORDS.values(), SMALL, BIG, LEFT,
              RIGHT, ABOVE, BELOW, NEXT, INSIDE, AROUND, OPENINGS, TAILS]
    for phrase in (p for group in groups for p in group):
        words.update(phrase.split())
    words |= {w + "s" for w in words if w in {s for g in SHAPE_WORDS.values() for s in g}}
    words |= {"crosses", "boxes", "a", "an", "the", "background", "on", "with", "against", "plain", "picture", "shape",
              "between", "them", "nothing", "but", "empty", "blank", "color", "colour", ",", "."}
    return sorted(words)
