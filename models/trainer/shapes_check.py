"""Measures how often throng-shapes draws what it was asked for, by looking at pixels.

    python shapes_check.py eye                    how often the eye itself is right on drawn scenes
    python shapes_check.py model ../throng-shapes the target prompt and a set of varied prompts
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shapes_draw import COLOURS, MIN_CONTRAST, SHAPES, contrast, draw
from shapes_eye import Seen, look
from shapes_scenes import BUCKETS, random_scene

TARGET = "a red circle left of a blue square"
CLEAR = 3.0  # pixels two centres must differ by to count as left of or above


@dataclass(frozen=True)
class Ask:
    """A prompt with the facts that must be seen."""

    group: str
    prompt: str
    things: tuple[tuple[str, str], ...]  # (colour, shape)
    relation: str = ""
    background: str = ""
    place: str = ""


def _holds(relation: str, a: Seen, b: Seen) -> bool:
    if relation == "left of":
        return a.x < b.x - CLEAR
    if relation == "right of":
        return a.x > b.x + CLEAR
    if relation == "above":
        return a.y < b.y - CLEAR
    if relation == "below":
        return a.y > b.y + CLEAR
    if relation == "inside":
        return a.box[0] > b.box[0] and a.box[2] < b.box[2] and a.box[1] > b.box[1] and a.box[3] < b.box[3]
    return True


def _in_place(place: str, s: Seen, w: int, h: int) -> bool:
    x, y = s.x / w, s.y / h
    sides = {"left": x < 0.42, "right": x > 0.58, "top": y < 0.42, "bottom": y > 0.58}
    return all(sides[word] for word in place.split() if word in sides)


def verdict(ask: Ask, pixels: np.ndarray) -> str:
    """'' when everything asked for is there and nothing else; otherwise what is wrong."""
    back, seen = look(pixels)
    if ask.background and back != ask.background:
        return f"background {back}"
    left, found = list(seen), []
    for colour, shape in ask.things:
        match = next((s for s in left if s.colour == colour and s.shape == shape), None)
        if match is None:
            return f"no {colour} {shape} among " + (", ".join(f"{s.colour} {s.shape}" for s in seen) or "nothing")
        left.remove(match)
        found.append(match)
    if left:
        return "also " + ", ".join(f"{s.colour} {s.shape}" for s in left)
    if ask.relation and not _holds(ask.relation, *found[:2]):
        return f"not {ask.relation}"
    if ask.place and not _in_place(ask.place, found[0], pixels.shape[1], pixels.shape[0]):
        return f"not at {ask.place}"
    return ""


def _looks(rng, n: int, background: str) -> list[tuple[str, str]]:
    colours = [c for c in COLOURS if c != "white" and (not background or contrast(c, background) >= MIN_CONTRAST)]
    chosen = rng.choice(len(colours), n, replace=False)
    shapes = rng.choice(len(SHAPES), n, replace=False)
    return [(colours[int(c)], SHAPES[int(s)]) for c, s in zip(chosen, shapes, strict=True)]


def _an(words: str) -> str:
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"


def asks(seed: int = 2024) -> list[Ask]:
    """84 prompts in seven groups, always the same."""
    rng = np.random.default_rng(seed)
    out = []
    for i in range(12):
        (look_,) = _looks(rng, 1, "")
        out.append(Ask("one object", _an(" ".join(look_)), (look_,)))
        (look_,) = _looks(rng, 1, "")
        place = ("left", "right", "top", "bottom", "top left", "bottom right")[i % 6]
        where = f"in the {place} corner" if " " in place else f"{'on' if place in ('left', 'right') else 'at'} the {place}"
        out.append(Ask("place", f"{_an(' '.join(look_))} {where}", (look_,), place=place))
        a, b = _looks(rng, 2, "")
        relation = ("left of", "right of", "above", "below")[i % 4]
        out.append(Ask("relation", f"{_an(' '.join(a))} {relation} {_an(' '.join(b))}", (a, b), relation))
        a, b = _looks(rng, 2, "")
        out.append(Ask("two listed", f"{' '.join(a)}, {' '.join(b)}", (a, b)))
        back = tuple(COLOURS)[i]
        (look_,) = _looks(rng, 1, back)
        out.append(Ask("background", f"{_an(' '.join(look_))} on {_an(back)} background", (look_,), background=back))
        three = tuple(_looks(rng, 3, ""))
        out.append(Ask("three objects", "{}, {} and {}".format(*(_an(" ".join(t)) for t in three)), three))
        (look_,) = _looks(rng, 1, "")
        n, word = ((2, "two"), (3, "three"))[i % 2]
        plural = look_[1] + ("es" if look_[1] == "cross" else "s")
        out.append(Ask("count", f"{word} {look_[0]} {plural}", (look_,) * n))
    return out


def check_eye(n: int = 600) -> None:
    """How often the eye reads a drawn scene without error: the ceiling of every other number."""
    rng = np.random.default_rng(7)
    right, wrong = 0, {}
    for _ in range(n):
        scene = random_scene(rng, BUCKETS[0])
        items = tuple((t.item.colour, t.item.shape) for t in scene.things)
        fault = verdict(Ask(scene.kind, "", items), draw(scene.canvas, rng))
        right += not fault
        if fault:
            wrong.setdefault(scene.kind, []).append(f"{items}: {fault}")
    print(f"eye: {right} of {n} drawn scenes read without error")
    for kind, faults in wrong.items():
        print(kind, len(faults), faults[:4])


def check_model(folder: Path, sampler: str, cfg: float, seeds: int, out: Path | None, every: int) -> None:
    """The target over `seeds` seeds, then the varied prompts with one seed each."""
    import shapes_sample as s

    pipe = s.load(folder)
    settings = s.Settings(sampler=sampler, cfg=cfg)
    made = s.sample(pipe, [TARGET] * seeds, list(range(seeds)), settings)
    target = Ask("target", TARGET, (("red", "circle"), ("blue", "square")), "left of")
    faults = [verdict(target, p) for p in made]
    print(f"{sampler} cfg {cfg}: target right in {sum(not f for f in faults)} of {seeds} seeds", [f for f in faults if f])
    todo = asks()[::every]
    varied = []
    for at in range(0, len(todo), 28):
        part = todo[at:at + 28]
        varied += s.sample(pipe, [a.prompt for a in part], [1000 + at + i for i in range(len(part))], settings)
    score: dict[str, list[bool]] = {}
    for ask, pixels in zip(todo, varied, strict=True):
        fault = verdict(ask, pixels)
        score.setdefault(ask.group, []).append(not fault)
        if fault:
            print(f"  {ask.prompt}: {fault}")
    for group, results in score.items():
        print(f"{group}: {sum(results)} of {len(results)}")
    print(f"all varied prompts: {sum(sum(r) for r in score.values())} of {len(todo)}")
    if out:
        s.sheet(made + varied, 10).save(out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("eye", "model"))
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--sampler", default="k_euler_a")
    parser.add_argument("--cfg", type=float, default=6.0)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--every", type=int, default=1, help="use only every n-th of the varied prompts")
    parser.add_argument("--sheet", type=Path)
    args = parser.parse_args()
    if args.what == "eye":
        check_eye()
    else:
        import torch

        torch.set_num_threads(1)
        check_model(args.folder, args.sampler, args.cfg, args.seeds, args.sheet, args.every)
