"""Makes pictures with throng-shapes, batched over prompts and seeds.

The noise schedule and the steps of the samplers are written out here, because the
checks need k_euler_a with karras sigmas exactly as image workers run it.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from PIL import Image

from shapes_vae_start import SHRINK

SAMPLERS = ("k_euler_a", "k_euler", "k_dpmpp_2m", "DDIM")


@dataclass(frozen=True)
class Settings:
    """How to sample; the defaults are the wire's."""

    sampler: str = "k_euler_a"
    steps: int = 30
    karras: bool = True
    cfg: float = 7.5
    width: int = 128
    height: int = 128


def load(folder: Path) -> StableDiffusionPipeline:
    """The published folder, as anybody loads it, in single precision."""
    pipe = StableDiffusionPipeline.from_pretrained(folder, safety_checker=None, torch_dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def sigmas(pipe, settings: Settings) -> torch.Tensor:
    """Noise levels from most to least, ending in zero."""
    table = ((1 - pipe.scheduler.alphas_cumprod) / pipe.scheduler.alphas_cumprod).sqrt().double()
    if settings.karras:
        rho, ramp = 7.0, torch.linspace(0, 1, settings.steps, dtype=torch.float64)
        low, high = table[0] ** (1 / rho), table[-1] ** (1 / rho)
        levels = (high + ramp * (low - high)) ** rho
    else:
        at = torch.linspace(len(table) - 1, 0, settings.steps, dtype=torch.float64)
        levels = torch.from_numpy(np.interp(at.numpy(), np.arange(len(table)), table.numpy()))
    return torch.cat([levels, torch.zeros(1, dtype=torch.float64)])


class Denoiser:
    """Guided guess of the clean latents from noisy ones."""

    def __init__(self, pipe, words: list[str], negative: str, cfg: float):
        self.unet, self.cfg = pipe.unet, cfg
        table = ((1 - pipe.scheduler.alphas_cumprod) / pipe.scheduler.alphas_cumprod).sqrt()
        self.log_table = table.log().double().numpy()
        self.v = pipe.scheduler.config.prediction_type == "v_prediction"

        def encode(texts):
            ids = pipe.tokenizer(texts, padding="max_length", truncation=True, return_tensors="pt",
                                 max_length=pipe.tokenizer.model_max_length).input_ids
            return pipe.text_encoder(input_ids=ids).last_hidden_state

        self.context = torch.cat([encode([negative]).expand(len(words), -1, -1), encode(words)])

    def __call__(self, x: torch.Tensor, sigma: float) -> torch.Tensor:
        t = float(np.interp(math.log(sigma), self.log_table, np.arange(len(self.log_table))))
        scale = 1 / math.sqrt(sigma**2 + 1)
        both = torch.cat([x, x]) * scale
        out = self.unet(both, torch.full((len(both),), t), self.context).sample
        plain, asked = out.chunk(2)
        out = plain + self.cfg * (asked - plain)
        return x * scale**2 - out * sigma * scale if self.v else x - sigma * out


def _ancestral(now: float, after: float) -> tuple[float, float]:
    up = min(after, math.sqrt(after**2 * (now**2 - after**2) / now**2))
    return math.sqrt(after**2 - up**2), up


def _walk(denoise: Denoiser, x: torch.Tensor, levels: torch.Tensor, sampler: str, noises) -> torch.Tensor:
    """From noise to latents. DDIM without extra noise and k_euler take the same steps in this parametrisation."""
    before, h_before = None, None
    for now, after in zip(levels[:-1].tolist(), levels[1:].tolist(), strict=True):
        clean = denoise(x, now)
        if after == 0:
            x = clean
        elif sampler == "k_dpmpp_2m":
            h = math.log(now / after)
            mixed = clean
            if before is not None:
                r = h_before / h
                mixed = (1 + 1 / (2 * r)) * clean - before / (2 * r)
            x = (after / now) * x - math.expm1(-h) * mixed
            before, h_before = clean, h
        else:
            down, up = _ancestral(now, after) if sampler == "k_euler_a" else (after, 0.0)
            x = x + (x - clean) / now * (down - now)
            if up:
                x = x + up * noises()
    return x


@torch.no_grad()
def sample(pipe, words: list[str], seeds: list[int], settings: Settings, negative: str = "") -> list[np.ndarray]:
    """One picture per (prompt, seed), at the model's native size."""
    shape = (pipe.unet.config.in_channels, settings.height // SHRINK, settings.width // SHRINK)
    chance = [torch.Generator().manual_seed(s) for s in seeds]

    def noises():
        return torch.stack([torch.randn(shape, generator=g) for g in chance])

    levels = sigmas(pipe, settings)
    x = noises() * float(levels[0])
    denoise = Denoiser(pipe, words, negative, settings.cfg)
    z = _walk(denoise, x, levels, settings.sampler, noises) / pipe.vae.config.scaling_factor
    pixels = torch.cat([pipe.vae.decode(part).sample for part in z.float().split(16)])
    return list(((pixels.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy())


def sheet(pictures: list[np.ndarray], columns: int) -> Image.Image:
    """Pictures in rows, with thin gaps."""
    h, w = pictures[0].shape[:2]
    rows = -(-len(pictures) // columns)
    out = Image.new("RGB", (columns * (w + 4), rows * (h + 4)), (120, 120, 120))
    for i, picture in enumerate(pictures):
        out.paste(Image.fromarray(picture), ((i % columns) * (w + 4) + 2, (i // columns) * (h + 4) + 2))
    return out


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("prompts", nargs="+")
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--sampler", choices=SAMPLERS, default="k_euler_a")
    parser.add_argument("--cfg", type=float, default=7.5)
    args = parser.parse_args()
    torch.set_num_threads(1)
    words = [p for p in args.prompts for _ in range(args.seeds)]
    seeds = [s for _ in args.prompts for s in range(args.seeds)]
    made = sample(load(args.model), words, seeds, Settings(sampler=args.sampler, cfg=args.cfg))
    sheet(made, args.seeds).save(args.out)
