"""Trains the text encoder and the denoiser of throng-shapes together, from scratch.

    python shapes_unet.py --text WORK/text/text.pt --out WORK/unet --minutes 90

Minutes are wall-clock: the learning rate holds, then falls to zero as they run out.
Interrupted runs go on from the last checkpoint.
"""

from __future__ import annotations

import argparse
import copy
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
import torch
from diffusers import UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from transformers import CLIPTextConfig, CLIPTextModel

import shapes_tokenizer
from fast_norm import quicken
from shapes_latents import BUCKET_SHARES, LatentPool
from shapes_reader import Reader, Watcher, mistakes
from shapes_scenes import Scene

TEXT_WIDTH = 128
UNET = {
    "sample_size": 16, "in_channels": 3, "out_channels": 3, "block_out_channels": [48, 96, 96], "layers_per_block": 1,
    "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
    "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
    "attention_head_dim": 4, "norm_num_groups": 16, "cross_attention_dim": TEXT_WIDTH, "act_fn": "silu",
}
SCHEDULE = {
    "num_train_timesteps": 1000, "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
    "prediction_type": "v_prediction", "timestep_spacing": "leading", "steps_offset": 1,
    "set_alpha_to_one": False, "clip_sample": False,
}
BATCH = 32
DROPOUT = 0.12
REUSE = 6  # how often a scene is met before a new one is drawn for it
EMA = 0.9985
READING = 0.3  # weight of what a reader gets wrong about captions, beside the denoiser's loss
WATCHING = 0.5  # weight of what a watcher finds wrong with the denoiser's own features
TOGETHER = 16  # steps after which parallel workers average their weights
HOLD = 0.6  # share of the time at full learning rate


def text_config(tokens: int, end: int) -> CLIPTextConfig:
    """A small CLIP text transformer."""
    return CLIPTextConfig(
        vocab_size=tokens, hidden_size=TEXT_WIDTH, intermediate_size=TEXT_WIDTH * 4, num_hidden_layers=2,
        num_attention_heads=4, max_position_embeddings=shapes_tokenizer.LENGTH, projection_dim=TEXT_WIDTH,
        hidden_act="quick_gelu", bos_token_id=end - 1, eos_token_id=end, pad_token_id=end,
    )


def alphas() -> torch.Tensor:
    """Cumulative signal share at each of the thousand noise levels (scaled linear betas)."""
    s = SCHEDULE
    betas = torch.linspace(s["beta_start"] ** 0.5, s["beta_end"] ** 0.5, s["num_train_timesteps"], dtype=torch.float64) ** 2
    return torch.cumprod(1 - betas, 0).float()


class Model(torch.nn.Module):
    """Text encoder and denoiser as one trainable thing."""

    def __init__(self, tokens: int, end: int):
        super().__init__()
        self.text = CLIPTextModel(text_config(tokens, end))
        self.unet = UNet2DConditionModel(**UNET)

    def forward(self, z, t, ids):
        text = self.text(input_ids=ids).last_hidden_state
        return self.unet(z, t, text).sample, text


class Run:
    """One training run with its checkpoints."""

    def __init__(self, out: Path, seed: int, rate: float, text: Path | None, start: Path | None, outlines: float = 480,
                 rank: int = 0, workers: int = 1):
        self.out, self.rate, self.outlines, self.rank, self.workers = out, rate, outlines, rank, workers
        out.mkdir(parents=True, exist_ok=True)
        if rank == 0 or not (out / "tokenizer" / "vocab.json").exists():
            shapes_tokenizer.write(out / "tokenizer")
        self.tokenizer = shapes_tokenizer.load(out / "tokenizer")
        torch.manual_seed(seed)
        end = len(self.tokenizer) - 1
        self.model = Model(len(self.tokenizer), end).to(memory_format=torch.channels_last)
        self.step, self.spent_wall, self.spent_cpu = 0, 0.0, 0.0
        if text:
            self.model.text.load_state_dict(torch.load(text, weights_only=True))
        if start:
            self.model.text.load_state_dict(CLIPTextModel.from_pretrained(start / "text_encoder").float().state_dict())
            self.model.unet.load_state_dict(UNet2DConditionModel.from_pretrained(start / "unet").state_dict())
        self.optimiser = torch.optim.AdamW(self.model.parameters(), lr=rate, betas=(0.9, 0.98), weight_decay=1e-3)
        # Which thing is left of which shows late and faintly in a denoiser's loss, and at once in a reader's.
        self.reader = Reader(TEXT_WIDTH)
        self.ema = copy.deepcopy(self.model).requires_grad_(False)
        self.watcher = Watcher(self.model.unet)
        helpers = [*self.reader.parameters(), *self.watcher.parameters()]
        self.helpers_optimiser = torch.optim.AdamW(helpers, lr=rate, betas=(0.9, 0.98))
        if (out / "state.pt").exists():
            self._resume()
        quicken(self.model)
        # The plain attention arithmetic has the faster backward pass on a CPU at these sizes.
        self.model.unet.set_attn_processor(AttnProcessor())
        # Same weights everywhere at the start, but each worker has its own scenes and noise.
        own = seed + self.step + 1_000_003 * rank
        torch.manual_seed(own)
        self.pool = LatentPool(np.random.default_rng(own))
        self.alphas = alphas()
        # Where a processor lacks such arithmetic, emulating it is ten times slower than doing without.
        self.half = torch.cpu._is_avx512_bf16_supported()

    def _resume(self) -> None:
        state = torch.load(self.out / "state.pt", weights_only=True)
        self.model.load_state_dict(state["model"])
        self.ema.load_state_dict(state["ema"])
        if state["optimiser"]:
            self.optimiser.load_state_dict(state["optimiser"])
            self.reader.load_state_dict(state["reader"])
            if "watcher" in state:
                self.watcher.load_state_dict(state["watcher"])
        self.step, self.spent_wall, self.spent_cpu = state["step"], state["wall"], state["cpu"]

    def save(self, wall: float, cpu: float) -> None:
        """Writes a checkpoint; the old one is only replaced by a whole new one."""
        part = self.out / "state.part"
        torch.save({"model": self.model.state_dict(), "ema": self.ema.state_dict(), "step": self.step,
                    "optimiser": self.optimiser.state_dict(), "reader": self.reader.state_dict(),
                    "watcher": self.watcher.state_dict(), "wall": wall, "cpu": cpu}, part)
        part.replace(self.out / "state.pt")

    def learn(self, z: torch.Tensor, words: list[str], scenes: list[Scene]) -> tuple[float, float, float]:
        """One step on one batch: predict v at a random noise level."""
        n = z.shape[0]
        # What goes where is decided while noise is high and outlines below that, so look there more often.
        t = torch.where(torch.rand(n) < 0.5, 999.99 * (1 - torch.rand(n) ** 1.2), self.outlines + 160 * torch.randn(n))
        t = t.clamp(0, 999).long()
        a = self.alphas[t].view(n, 1, 1, 1)
        noise = torch.randn_like(z)
        noisy = a.sqrt() * z + (1 - a).sqrt() * noise
        target = a.sqrt() * noise - (1 - a).sqrt() * z
        ids = self.tokenizer(words, padding="max_length", truncation=True, max_length=shapes_tokenizer.LENGTH,
                             return_tensors="pt").input_ids
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.half):
            guess, text = self.model(noisy, t, ids)
        loss = (guess.float() - target).square().mean()
        told = [i for i, word in enumerate(words) if word] if z.shape[2] == z.shape[3] else []
        misread = torch.zeros(())
        if told:
            of_colour, of_shape = mistakes(self.reader(text[told].float()), z[told], [scenes[i] for i in told])
            misread = of_colour + of_shape
        unclear = self.watcher.mistakes(scenes)
        self.optimiser.zero_grad()
        self.helpers_optimiser.zero_grad()
        (loss + READING * misread + WATCHING * unclear).backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.helpers_optimiser.step()
        return float(loss.detach()), float(misread.detach()), float(unclear.detach())

    def follow(self) -> None:
        """Moves the averaged weights, the ones that are published, towards the current ones."""
        keep = min(EMA, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.ema.parameters()), list(self.model.parameters()), 1 - keep)

    def meet(self, done: float) -> float:
        """Parallel workers average their weights and agree on how far the run is."""
        if self.workers > 1:
            weights = list(self.model.parameters())
            flat = torch.cat([w.detach().flatten() for w in weights] + [torch.tensor([done])])
            torch.distributed.all_reduce(flat)
            flat /= self.workers
            done = float(flat[-1])
            with torch.no_grad():
                for w, part in zip(weights, flat[:-1].split([w.numel() for w in weights]), strict=True):
                    w.copy_(part.view_as(w))
        return done

    def train(self, minutes: float) -> None:
        """Trains until the wall-clock budget, earlier runs included, is used up."""
        for bucket, share in enumerate(BUCKET_SHARES):
            for _ in range(max(2, round(40 * share))):
                self.pool.grow(bucket)
        wall0, cpu0 = time.time() - self.spent_wall, time.process_time() - self.spent_cpu
        saved, losses, fresh, done = time.time(), [], 0.0, 0.0
        while done < 1:
            rate = self.rate * min(1.0, (self.step + 1) / 200, max(0.0, 1 - done) / (1 - HOLD) + 0.002)
            for group in self.optimiser.param_groups:
                group["lr"] = rate
            losses.append(self.learn(*self.pool.batch(self.pool.bucket(), BATCH, DROPOUT)))
            self.step += 1
            wall, cpu = time.time() - wall0, time.process_time() - cpu0
            if self.step % TOGETHER == 0:
                done = self.meet(wall / (minutes * 60))
            if self.rank == 0:
                self.follow()
            fresh += BATCH / REUSE
            while fresh >= 24:
                self.pool.grow(self.pool.bucket())
                fresh -= 24
            if self.step % 60 == 0:
                loss, misread, unclear = np.mean(losses[-60:], axis=0)
                print(f"step {self.step} loss {loss:.4f} misread {misread:.3f} unclear {unclear:.3f} rate {rate:.2e} "
                      f"wall {wall / 60:.1f} cpu {cpu / 60:.1f} min", flush=True)
            if self.rank == 0 and time.time() - saved > 150:
                self.save(wall, cpu)
                saved = time.time()
        if self.rank == 0:
            self.save(time.time() - wall0, time.process_time() - cpu0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--text", type=Path, help="a text encoder that has learnt to read (shapes_text.py)")
    parser.add_argument("--start", type=Path, help="a published folder to go on from, where no checkpoint is at hand")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=90, help="wall-clock minutes in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--outlines", type=float, default=480, help="the noise level, of 1000, that is looked at most")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1, help="processes that train together")
    parser.add_argument("--rank", type=int, default=0, help="which of them this is")
    parser.add_argument("--port", type=int, default=29561, help="where they meet on this machine")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    if args.workers > 1:
        args.out.mkdir(parents=True, exist_ok=True)
        torch.distributed.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{args.port}", rank=args.rank,
                                             world_size=args.workers, timeout=timedelta(minutes=30))
    Run(args.out, args.seed, args.rate, args.text, args.start, args.outlines, args.rank, args.workers).train(args.minutes)
