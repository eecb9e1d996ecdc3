"""Trains the decoder of throng-shapes: from the average colours of 8x8 pixels back to crisp shapes.

The encoder only averages and is never trained (`shapes_vae_start.py`). Most steps see
64x64 cuts (four times cheaper); the last third sees whole pictures, because group norms
and the middle attention behave differently on them.

    python shapes_vae.py --out WORK/vae --minutes 20
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL

from fast_norm import quicken
from shapes_draw import draw
from shapes_scenes import BUCKETS, random_scene
from shapes_vae_start import latents, prepare, to_tensor

CONFIG = {
    "in_channels": 3, "out_channels": 3, "latent_channels": 3, "sample_size": 128,
    "block_out_channels": [16, 32, 64, 64], "layers_per_block": 1, "norm_num_groups": 1, "act_fn": "silu",
    "down_block_types": ["DownEncoderBlock2D"] * 4, "up_block_types": ["UpDecoderBlock2D"] * 4,
}
NOISE_SHARE = 0.06
CUT = 64
WHOLE_PICTURES_FROM = 0.6  # share of the time budget after which whole pictures are used


def pictures(rng: np.random.Generator, n: int, cut: int | None) -> torch.Tensor:
    """A batch in [-1, 1], either whole squares or cuts that are seldom plain background."""
    out = []
    while len(out) < n:
        pixels = draw(random_scene(rng, BUCKETS[0]).canvas, rng)
        if cut:
            for _ in range(4):
                y, x = rng.integers(0, pixels.shape[0] - cut + 1), rng.integers(0, pixels.shape[1] - cut + 1)
                part = pixels[y:y + cut, x:x + cut]
                if part.std(axis=(0, 1)).max() > 12 or rng.random() < 0.06:
                    break
            pixels = part
        out.append(pixels)
    return to_tensor(out)


def loss_of(vae: AutoencoderKL, x: torch.Tensor) -> tuple[torch.Tensor, float]:
    """Reconstruction from latents with a little noise on them, as a denoiser leaves it."""
    z = latents(x)
    gap = vae.decode(z + NOISE_SHARE * torch.randn_like(z)).sample - x
    return gap.abs().mean() + 0.5 * gap.square().mean(), float(gap.detach().abs().mean())


def train(out: Path, minutes: float, seed: int, rate: float) -> None:
    """Trains until the time budget is used; resumes from `out/state.pt` when it is there."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    vae = prepare(quicken(AutoencoderKL(**CONFIG)), pictures(rng, 16, None)).to(memory_format=torch.channels_last)
    learning = [*vae.decoder.parameters(), *vae.post_quant_conv.parameters()]
    optimiser = torch.optim.AdamW(learning, lr=rate, betas=(0.9, 0.99), weight_decay=1e-4)
    step, spent = 0, 0.0
    state_file = out / "state.pt"
    out.mkdir(parents=True, exist_ok=True)
    if state_file.exists():
        state = torch.load(state_file, weights_only=True)
        vae.load_state_dict(state["vae"])
        optimiser.load_state_dict(state["optimiser"])
        step, spent = state["step"], state["spent"]
        rng = np.random.default_rng(seed + step)
    started, saved = time.process_time(), time.time()
    while (used := spent + time.process_time() - started) < minutes * 60:
        done = used / (minutes * 60)
        for group in optimiser.param_groups:
            # Warm up, hold, then fall to nothing at the end: the fall is where edges get crisp.
            group["lr"] = rate * min(1.0, (step + 1) / 100) * min(1.0, (1.0 - done) / 0.45 + 0.01)
        whole = done > WHOLE_PICTURES_FROM
        x = pictures(rng, 6 if whole else 12, None if whole else CUT)
        loss, gap = loss_of(vae, x)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimiser.step()
        step += 1
        if step % 20 == 0:
            print(f"step {step} cpu {used / 60:.1f} min gap {gap:.4f}", flush=True)
        if time.time() - saved > 120:
            save(out, vae, optimiser, step, used)
            saved = time.time()
    save(out, vae, optimiser, step, used)


def save(out: Path, vae, optimiser, step: int, spent: float) -> None:
    """Everything needed to go on after an interruption, and the autoencoder as people load it."""
    torch.save({"vae": vae.state_dict(), "optimiser": optimiser.state_dict(), "step": step, "spent": spent}, out / "state.pt")
    vae.register_to_config(scaling_factor=1.0)
    vae.save_pretrained(out / "vae")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=20, help="CPU minutes in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=2e-3)
    args = parser.parse_args()
    train(args.out, args.minutes, args.seed, args.rate)
