"""A growing pool of encoded scenes, so that drawing does not dominate training.

Each scene is drawn and encoded once, then met several times with fresh noise and
freshly worded captions.
"""

from __future__ import annotations

import numpy as np
import torch

from shapes_captions import caption
from shapes_draw import draw
from shapes_scenes import BUCKETS, Scene, random_scene
from shapes_vae_start import latents, to_tensor

BUCKET_SHARES = (0.84, 0.08, 0.08)
CAPACITY = 60_000  # scenes over all buckets; about 200 MB
ENCODE_AT_ONCE = 24


class LatentPool:
    """Encoded scenes by picture format; old ones make room for new ones."""

    def __init__(self, rng: np.random.Generator):
        self.rng = rng
        self.scenes: list[list[Scene]] = [[] for _ in BUCKETS]
        self.latents: list[list[torch.Tensor]] = [[] for _ in BUCKETS]
        self.at = [0] * len(BUCKETS)

    def bucket(self) -> int:
        """A picture format, squares most often."""
        return int(self.rng.choice(len(BUCKETS), p=BUCKET_SHARES))

    def grow(self, bucket: int, n: int = ENCODE_AT_ONCE) -> None:
        """Draws and encodes n new scenes of one format."""
        scenes = [random_scene(self.rng, BUCKETS[bucket]) for _ in range(n)]
        z = latents(to_tensor([draw(s.canvas, self.rng) for s in scenes])).contiguous()
        room = int(CAPACITY * BUCKET_SHARES[bucket])
        for scene, latent in zip(scenes, z, strict=True):
            if len(self.scenes[bucket]) < room:
                self.scenes[bucket].append(scene)
                self.latents[bucket].append(latent)
            else:
                at = self.at[bucket]
                self.scenes[bucket][at], self.latents[bucket][at] = scene, latent
                self.at[bucket] = (at + 1) % room

    def batch(self, bucket: int, n: int, dropout: float) -> tuple[torch.Tensor, list[str], list[Scene]]:
        """n latents with captions; some captions are empty, for classifier-free guidance."""
        rng = self.rng
        chosen = rng.integers(0, len(self.scenes[bucket]), size=n)
        z = torch.stack([self.latents[bucket][int(i)] for i in chosen])
        scenes = [self.scenes[bucket][int(i)] for i in chosen]
        words = ["" if rng.random() < dropout else caption(scene, rng) for scene in scenes]
        return z.contiguous(memory_format=torch.channels_last), words, scenes
