"""Trains the autoencoder of throng-shapes: 8x smaller pictures, four numbers a cell.

Most steps see 64x64 cuts (four times cheaper); the last third sees whole pictures,
because group norms and the middle attention behave differently on them.

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
from shapes_vae_start import prepare, settle

CONFIG = {
    "in_channels": 3, "out_channels": 3, "latent_channels": 4, "sample_size": 96,
    "block_out_channels": [16, 32, 64, 64], "layers_per_block": 1, "norm_num_groups": 1, "act_fn": "silu",
    "down_block_types": ["DownEncoderBlock2D"] * 4, "up_block_types": ["UpDecoderBlock2D"] * 4,
}
NOISE_SHARE = 0.1
PULL = 1e-5  # keeps the latents from drifting far from zero
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
    batch = torch.from_numpy(np.stack(out)).permute(0, 3, 1, 2).float() / 127.5 - 1.0
    return batch.contiguous(memory_format=torch.channels_last)


def loss_of(vae: AutoencoderKL, x: torch.Tensor, frozen: bool) -> tuple[torch.Tensor, float]:
    """Reconstruction from latents with noise on them.

    The noise is a share of each channel's spread: details must be written large enough
    for a denoiser to write them too, and no channel can hide them in its last digits.
    """
    with torch.autocast("cpu", dtype=torch.bfloat16):
        with torch.set_grad_enabled(not frozen):
            z = vae.encode(x).latent_dist.mean
        spread = z.detach().float().std(dim=(0, 2, 3), keepdim=True)
        y = vae.decode(z + NOISE_SHARE * spread * torch.randn_like(z)).sample
    gap = y.float() - x
    loss = gap.abs().mean() + 0.5 * gap.square().mean() + PULL * z.float().square().mean()
    return loss, float(gap.detach().abs().mean())


def train(out: Path, minutes: float, seed: int, rate: float, start: Path | None) -> None:
    """Trains until the time budget is used; resumes from `out/state.pt` when it is there."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    vae = prepare(quicken(AutoencoderKL(**CONFIG)), pictures(rng, 16, None)).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(vae.parameters(), lr=rate, betas=(0.9, 0.99), weight_decay=1e-4)
    step, spent = 0, 0.0
    state_file = out / "state.pt"
    if start:
        vae.load_state_dict(AutoencoderKL.from_pretrained(start).state_dict())
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
        whole = start is not None or done > WHOLE_PICTURES_FROM
        x = pictures(rng, 6 if whole else 12, None if whole else CUT)
        loss, gap = loss_of(vae, x, start is not None)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimiser.step()
        step += 1
        if step % 20 == 0:
            print(f"step {step} cpu {used / 60:.1f} min gap {gap:.4f}", flush=True)
        if time.time() - saved > 120:
            save(state_file, vae, optimiser, step, used)
            saved = time.time()
    save(state_file, vae, optimiser, step, used)
    if not start:
        settle(vae, pictures(rng, 256, None))
    vae.register_to_config(scaling_factor=1.0)
    vae.save_pretrained(out / "vae")


def save(path: Path, vae, optimiser, step: int, spent: float) -> None:
    """Everything needed to go on after an interruption."""
    torch.save({"vae": vae.state_dict(), "optimiser": optimiser.state_dict(), "step": step, "spent": spent}, path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=20, help="CPU minutes in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--polish", type=Path, help="keep this autoencoder's encoder and go on with its decoder")
    parser.add_argument("--rate", type=float, default=2e-3)
    args = parser.parse_args()
    train(args.out, args.minutes, args.seed, args.rate, args.polish)
