"""Writes models/throng-shapes in diffusers layout, f16, from the trainers' work folders.

    python export.py --vae WORK/vae/vae --unet WORK/unet --out ../throng-shapes
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import torch
from diffusers import AutoencoderKL, DDIMScheduler
from safetensors.torch import load_file, save_file

import shapes_tokenizer
from shapes_unet import SCHEDULE, Model

INDEX = {
    "_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.30.0", "feature_extractor": [None, None],
    "image_encoder": [None, None], "requires_safety_checker": False, "safety_checker": [None, None],
    "scheduler": ["diffusers", "DDIMScheduler"], "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"], "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
}
THRONG = {
    "native_side": 128, "multiple": 32,
    "defaults": {"sampler_name": "k_euler_a", "steps": 30, "karras": True, "cfg_scale": 6.0},
}


def _old_names(file: Path) -> None:
    """Puts the prefix back that every Stable Diffusion checkpoint has; newer libraries leave it out when saving."""
    weights = load_file(file)
    named = {k if k.startswith("text_model.") else f"text_model.{k}": v.contiguous() for k, v in weights.items()}
    save_file(named, file, metadata={"format": "pt"})


def write(vae_folder: Path, unet_folder: Path, out: Path) -> None:
    """Assembles the folder; nothing but weights and configuration goes in."""
    tokenizer = shapes_tokenizer.load(unet_folder / "tokenizer")
    model = Model(len(tokenizer), len(tokenizer) - 1)
    state = torch.load(unet_folder / "state.pt", weights_only=True)
    model.load_state_dict(state["ema"])
    vae = AutoencoderKL.from_pretrained(vae_folder)
    vae.half().save_pretrained(out / "vae")
    model.unet.half().save_pretrained(out / "unet")
    model.text.half().save_pretrained(out / "text_encoder")
    _old_names(out / "text_encoder" / "model.safetensors")
    shutil.copytree(unet_folder / "tokenizer", out / "tokenizer", dirs_exist_ok=True)
    DDIMScheduler(**SCHEDULE).save_pretrained(out / "scheduler")
    (out / "model_index.json").write_text(json.dumps(INDEX, indent=2) + "\n")
    (out / "throng.json").write_text(json.dumps(THRONG, indent=2) + "\n")
    for part in (vae, model.unet, model.text):
        print(type(part).__name__, sum(p.numel() for p in part.parameters()), "parameters")
    print(f"step {state['step']}, {state['wall'] / 60:.0f} minutes, {state['cpu'] / 60:.0f} CPU minutes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("vae", "unet", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    write(args.vae, args.unet, args.out)
    # A config must not tell where it was made.
    for config in args.out.glob("*/config.json"):
        data = json.loads(config.read_text())
        data.pop("_name_or_path", None)
        config.write_text(json.dumps(data, indent=2) + "\n")
