"""A reader of captions that is thrown away after training: it says what a caption puts where.

For each of 8x8 cells it tells the twelve numbers of the latents in it and which shapes reach into it. That is
what a denoiser needs from a caption while everything is still noise, asked for directly.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from shapes_draw import SHAPES
from shapes_scenes import BUCKETS, Scene

CELLS = 8


class Reader(nn.Module):
    """Cells that ask the caption what is in them."""

    def __init__(self, width: int, layers: int = 2):
        super().__init__()
        self.width = width
        self.cells = nn.Parameter(torch.randn(CELLS * CELLS, self.width) * 0.5)
        self.norms = nn.ModuleList(nn.LayerNorm(self.width) for _ in range(2 * layers))
        self.asks = nn.ModuleList(nn.Linear(self.width, self.width) for _ in range(layers))
        self.hears = nn.ModuleList(nn.Linear(self.width, 2 * self.width) for _ in range(layers))
        self.adds = nn.ModuleList(nn.Linear(self.width, self.width) for _ in range(layers))
        self.thinks = nn.ModuleList(
            nn.Sequential(nn.Linear(self.width, 256), nn.GELU(), nn.Linear(256, self.width)) for _ in range(layers))
        self.says = nn.Linear(self.width, 12 + len(SHAPES))

    def forward(self, text: torch.Tensor) -> torch.Tensor:
        n = text.shape[0]

        def heads(t):
            return t.view(n, -1, 4, self.width // 4).transpose(1, 2)

        x = self.cells.expand(n, -1, -1)
        for i in range(len(self.asks)):
            q = heads(self.asks[i](self.norms[2 * i](x)))
            k, v = self.hears[i](text).chunk(2, -1)
            weights = (q @ heads(k).transpose(-1, -2) / (self.width // 4) ** 0.5).float().softmax(-1)
            heard = (weights.to(v.dtype) @ heads(v)).transpose(1, 2).reshape(n, -1, self.width)
            x = x + self.adds[i](heard)
            x = x + self.thinks[i](self.norms[2 * i + 1](x))
        return self.says(x)


def targets(latents: torch.Tensor, scenes: list[Scene]) -> tuple[torch.Tensor, torch.Tensor]:
    """Per cell of square pictures: the latents (2x2 within the cell) and which shapes reach into it."""
    n = len(scenes)
    colours = latents.reshape(n, 3, CELLS, 2, CELLS, 2).permute(0, 2, 4, 1, 3, 5).reshape(n, CELLS * CELLS, 12)
    middles = (np.arange(CELLS) + 0.5) * BUCKETS[0][0] / CELLS
    shapes = np.zeros((n, CELLS, CELLS, len(SHAPES)), np.float32)
    for i, scene in enumerate(scenes):
        for thing in scene.things:
            item = thing.item
            reach = item.r + 4
            ys, xs = np.abs(middles - item.y) < reach, np.abs(middles - item.x) < reach
            shapes[i, :, :, SHAPES.index(item.shape)] += np.outer(ys, xs)
    return colours, torch.from_numpy(shapes.clip(0, 1)).view(n, CELLS * CELLS, -1)


def mistakes(said: torch.Tensor, latents: torch.Tensor, scenes: list[Scene]) -> tuple[torch.Tensor, torch.Tensor]:
    """How wrong the reader is about colours and about shapes."""
    colours, shapes = targets(latents, scenes)
    return F.mse_loss(said[..., :12], colours), F.binary_cross_entropy_with_logits(said[..., 12:], shapes)
