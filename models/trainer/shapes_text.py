"""Teaches the text encoder of throng-shapes to read, before it is used for pictures.

A small head looks at the encoder's output and says, for each of 8x8 cells, which
colours are there and which shape covers it. That is what a denoiser needs from a caption
while everything is still noise, learnt here without noise and at a tenth of the cost.
The head is thrown away; the encoder goes on learning together with the denoiser.

    python shapes_text.py --out WORK/text --minutes 3
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from transformers import CLIPTextModel

import shapes_tokenizer
from shapes_captions import caption
from shapes_draw import SHAPES, draw
from shapes_scenes import BUCKETS, random_scene
from shapes_unet import TEXT_WIDTH, text_config
from shapes_vae_start import latents, to_tensor

CELLS = 8
FRESH, REUSE = 64, 4  # scenes a round, and how often each is captioned anew
BATCH = 64


class Reader(nn.Module):
    """Cells that ask the caption what is in them."""

    def __init__(self, layers: int = 2):
        super().__init__()
        self.cells = nn.Parameter(torch.randn(CELLS * CELLS, TEXT_WIDTH) * 0.5)
        self.norms = nn.ModuleList(nn.LayerNorm(TEXT_WIDTH) for _ in range(2 * layers))
        self.asks = nn.ModuleList(nn.Linear(TEXT_WIDTH, TEXT_WIDTH) for _ in range(layers))
        self.hears = nn.ModuleList(nn.Linear(TEXT_WIDTH, 2 * TEXT_WIDTH) for _ in range(layers))
        self.adds = nn.ModuleList(nn.Linear(TEXT_WIDTH, TEXT_WIDTH) for _ in range(layers))
        self.thinks = nn.ModuleList(
            nn.Sequential(nn.Linear(TEXT_WIDTH, 256), nn.GELU(), nn.Linear(256, TEXT_WIDTH)) for _ in range(layers))
        self.says = nn.Linear(TEXT_WIDTH, 12 + len(SHAPES))

    def forward(self, text: torch.Tensor) -> torch.Tensor:
        n = text.shape[0]

        def heads(t):
            return t.view(n, -1, 4, TEXT_WIDTH // 4).transpose(1, 2)

        x = self.cells.expand(n, -1, -1)
        for i in range(len(self.asks)):
            q = heads(self.asks[i](self.norms[2 * i](x)))
            k, v = self.hears[i](text).chunk(2, -1)
            weights = (q @ heads(k).transpose(-1, -2) / (TEXT_WIDTH // 4) ** 0.5).float().softmax(-1)
            heard = (weights.to(v.dtype) @ heads(v)).transpose(1, 2).reshape(n, -1, TEXT_WIDTH)
            x = x + self.adds[i](heard)
            x = x + self.thinks[i](self.norms[2 * i + 1](x))
        return self.says(x)


def targets(scenes) -> tuple[torch.Tensor, torch.Tensor]:
    """Per cell: four colours (2x2 within the cell) and which shapes reach into it."""
    rng = np.random.default_rng(0)
    small = latents(to_tensor([draw(s.canvas, rng) for s in scenes]))
    n = len(scenes)
    colours = small.reshape(n, 3, CELLS, 2, CELLS, 2).permute(0, 2, 4, 1, 3, 5).reshape(n, CELLS * CELLS, 12)
    middles = (np.arange(CELLS) + 0.5) * BUCKETS[0][0] / CELLS
    shapes = np.zeros((n, CELLS, CELLS, len(SHAPES)), np.float32)
    for i, scene in enumerate(scenes):
        for thing in scene.things:
            item = thing.item
            reach = item.r + 4
            ys, xs = np.abs(middles - item.y) < reach, np.abs(middles - item.x) < reach
            shapes[i, :, :, SHAPES.index(item.shape)] += np.outer(ys, xs)
    return colours, torch.from_numpy(shapes.clip(0, 1)).view(n, CELLS * CELLS, -1)


def train(out: Path, minutes: float, seed: int, rate: float) -> None:
    """Trains for a number of CPU minutes and keeps the encoder, now and then and at the end."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    out.mkdir(parents=True, exist_ok=True)
    shapes_tokenizer.write(out / "tokenizer")
    tokenizer = shapes_tokenizer.load(out / "tokenizer")
    text = CLIPTextModel(text_config(len(tokenizer), len(tokenizer) - 1))
    reader = Reader()
    weights = [*text.parameters(), *reader.parameters()]
    optimiser = torch.optim.AdamW(weights, lr=rate, betas=(0.9, 0.98), weight_decay=1e-3)
    started, step, sums, saved = time.process_time(), 0, [], time.time()
    while (done := (time.process_time() - started) / (minutes * 60)) < 1:
        scenes = [random_scene(rng, BUCKETS[0]) for _ in range(FRESH)]
        colours, shapes = targets(scenes)
        for _ in range(REUSE):
            for group in optimiser.param_groups:
                group["lr"] = rate * min(1.0, (step + 1) / 100, (1 - done) / 0.5 + 0.02)
            words = [caption(s, rng) for s in scenes]
            ids = tokenizer(words, padding="max_length", truncation=True, max_length=shapes_tokenizer.LENGTH,
                            return_tensors="pt").input_ids
            said = reader(text(input_ids=ids).last_hidden_state)
            of_colour = F.mse_loss(said[..., :12], colours)
            of_shape = F.binary_cross_entropy_with_logits(said[..., 12:], shapes)
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
