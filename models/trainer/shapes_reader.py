"""Two helpers that are thrown away after training: they say what is where.

The reader sees only the caption. For each of 8x8 cells it tells the twelve numbers of the latents in it and which
shapes reach into it. That is what a denoiser needs from a caption while everything is still noise, asked for directly.
The watcher sees the denoiser's own features where they meet the caption and tells which shapes reach into each cell:
an outline is a small part of a denoiser's loss, and this asks for it by name.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from shapes_draw import SHAPES
from shapes_scenes import BUCKETS, Scene

CELLS = 8
CELL = BUCKETS[0][0] // CELLS  # pixels along the side of a cell


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


def shape_cells(scenes: list[Scene]) -> torch.Tensor:
    """Which shapes reach into which cell, one or nought: (n, shapes, h / 16, w / 16). All scenes have one format."""
    w, h = scenes[0].canvas.width // CELL, scenes[0].canvas.height // CELL
    cells = np.zeros((len(scenes), len(SHAPES), h, w), np.float32)
    for i, scene in enumerate(scenes):
        for thing in scene.things:
            item = thing.item
            reach = item.r + 4
            ys = np.abs((np.arange(h) + 0.5) * CELL - item.y) < reach
            xs = np.abs((np.arange(w) + 0.5) * CELL - item.x) < reach
            cells[i, SHAPES.index(item.shape)] += np.outer(ys, xs)
    return torch.from_numpy(cells.clip(0, 1))


def targets(latents: torch.Tensor, scenes: list[Scene]) -> tuple[torch.Tensor, torch.Tensor]:
    """Per cell of square pictures: the latents (2x2 within the cell) and which shapes reach into it."""
    n = len(scenes)
    colours = latents.reshape(n, 3, CELLS, 2, CELLS, 2).permute(0, 2, 4, 1, 3, 5).reshape(n, CELLS * CELLS, 12)
    return colours, shape_cells(scenes).permute(0, 2, 3, 1).reshape(n, CELLS * CELLS, -1)


def mistakes(said: torch.Tensor, latents: torch.Tensor, scenes: list[Scene]) -> tuple[torch.Tensor, torch.Tensor]:
    """How wrong the reader is about colours and about shapes."""
    colours, shapes = targets(latents, scenes)
    return F.mse_loss(said[..., :12], colours), F.binary_cross_entropy_with_logits(said[..., 12:], shapes)


class Watcher(nn.Module):
    """Looks at the denoiser after both blocks of 8x8 cells, where captions come in."""

    def __init__(self, unet: nn.Module):
        super().__init__()
        width = unet.config.block_out_channels[1]
        self.says = nn.ModuleList(nn.Conv2d(width, len(SHAPES), 1) for _ in range(2))
        # Kept out of the modules on purpose: the features belong to the denoiser.
        self._seen: list[torch.Tensor] = []
        for block in (unet.down_blocks[1], unet.up_blocks[1]):
            block.attentions[-1].register_forward_hook(lambda _, __, out: self._seen.append(out[0]))

    def mistakes(self, scenes: list[Scene]) -> torch.Tensor:
        """How wrong the features of the last forward pass are about shapes; forgets them."""
        features, self._seen = self._seen, []
        wanted = shape_cells(scenes)
        return sum(F.binary_cross_entropy_with_logits(say(seen.float()), wanted)
                   for say, seen in zip(self.says, features, strict=True))
