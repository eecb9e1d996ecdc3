"""Teaches the text encoder of throng-shapes to read, before it is used for pictures.

A small reader (`shapes_reader.py`) looks at the encoder's output and says what is where: learnt
here without noise and at a tenth of a denoiser's cost. The encoder goes on learning together
with the denoiser.

    python shapes_text.py --out WORK/text --minutes 3
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from transformers import CLIPTextModel

import shapes_tokenizer
from shapes_captions import caption, told_pair
from shapes_draw import draw
from shapes_reader import Reader, mistakes
from shapes_scenes import BUCKETS, plain_pair, random_scene
from shapes_unet import TEXT_WIDTH, text_config
from shapes_vae_start import latents, to_tensor

FRESH, REUSE = 64, 4  # scenes a round, and how often each is captioned anew
# Of those, pairs whose order is always told: which thing is left of which is learnt in minutes from them, and hardly ever without.
TOLD = 44


def train(out: Path, minutes: float, seed: int, rate: float) -> None:
    """Trains for a number of CPU minutes and keeps the encoder, now and then and at the end."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    out.mkdir(parents=True, exist_ok=True)
    shapes_tokenizer.write(out / "tokenizer")
    tokenizer = shapes_tokenizer.load(out / "tokenizer")
    text = CLIPTextModel(text_config(len(tokenizer), len(tokenizer) - 1))
    reader = Reader(TEXT_WIDTH)
    weights = [*text.parameters(), *reader.parameters()]
    optimiser = torch.optim.AdamW(weights, lr=rate, betas=(0.9, 0.98), weight_decay=1e-3)
    started, step, sums, saved = time.process_time(), 0, [], time.time()
    while (done := (time.process_time() - started) / (minutes * 60)) < 1:
        scenes = [plain_pair(rng) if i < TOLD else random_scene(rng, BUCKETS[0]) for i in range(FRESH)]
        drawn = latents(to_tensor([draw(s.canvas, rng) for s in scenes]))
        for _ in range(REUSE):
            for group in optimiser.param_groups:
                group["lr"] = rate * min(1.0, (step + 1) / 100, (1 - done) / 0.5 + 0.02)
            words = [told_pair(s, rng) if i < TOLD else caption(s, rng) for i, s in enumerate(scenes)]
            ids = tokenizer(words, padding="max_length", truncation=True, max_length=shapes_tokenizer.LENGTH,
                            return_tensors="pt").input_ids
            said = reader(text(input_ids=ids).last_hidden_state)
            of_colour, of_shape = mistakes(said, drawn, scenes)
            loss = of_colour + of_shape
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            optimiser.step()
            step += 1
            sums.append((float(of_colour.detach()), float(of_shape.detach())))
        if step % 30 == 0:
            print(f"step {step} colour {np.mean([a for a, _ in sums[-30:]]):.4f} shape "
                  f"{np.mean([b for _, b in sums[-30:]]):.4f} cpu {(time.process_time() - started) / 60:.2f} min", flush=True)
        if time.time() - saved > 60 or done > 1:
            torch.save(text.state_dict(), out / "text.pt")
            saved = time.time()
    torch.save(text.state_dict(), out / "text.pt")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=3, help="CPU minutes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=2e-3)
    args = parser.parse_args()
    train(args.out, args.minutes, args.seed, args.rate)
