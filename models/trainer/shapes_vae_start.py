"""The autoencoder of throng-shapes before training: an encoder that averages, and a decoder to begin from.

Latents are not learnt. Each cell is the average colour of its 8x8 pixels, turned so that
the three numbers are uncorrelated and equally loud. That is smooth, so a denoiser learns
it quickly, and it is enough to draw flat shapes from: where an edge runs through a cell
shows in how much of each colour is in it.

Both halves carry the colours straight through the network's first channels, each beside
its negative, because silu(x) - silu(-x) = x, and beside large constants that keep the
group norms calm. In the encoder that is all there is; the decoder learns the edges.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch import nn
from torch.nn import functional as F

from shapes_draw import draw
from shapes_scenes import BUCKETS, random_scene

SHRINK = 8  # pixels along the side of a cell
CALM = {"encoder": 30.0, "decoder": 6.0}  # the constant channels
CARRIED = 8  # three colours, their negatives, two constants
NOISE = -12.0  # log variance of the latents: none to speak of


def to_tensor(pixels: list[np.ndarray]) -> torch.Tensor:
    """Pictures as a channels-last batch in [-1, 1]."""
    batch = torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2).float() / 127.5 - 1.0
    return batch.contiguous(memory_format=torch.channels_last)


@cache
def basis(seed: int = 1, scenes: int = 600) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Mean colour (3), the matrix to uncorrelated unit-spread latents (3x3), and the one back, of drawn scenes."""
    rng = np.random.default_rng(seed)
    drawn = to_tensor([draw(random_scene(rng, BUCKETS[0]).canvas, rng) for _ in range(scenes)])
    flat = F.avg_pool2d(drawn, SHRINK).permute(0, 2, 3, 1).reshape(-1, 3).double()
    mean = flat.mean(0)
    values, vectors = torch.linalg.eigh((flat - mean).T @ (flat - mean) / len(flat))
    spread = values.sqrt()
    return mean.float(), (vectors / spread).T.float(), (vectors * spread).float()


def latents(pictures: torch.Tensor) -> torch.Tensor:
    """What the encoder makes of pictures (n, 3, h, w) in [-1, 1]: (n, 3, h / 8, w / 8)."""
    mean, to_white, _ = basis()
    cells = F.avg_pool2d(pictures, SHRINK) - mean.view(1, 3, 1, 1)
    return torch.einsum("ij,njhw->nihw", to_white, cells).contiguous(memory_format=torch.channels_last)


def _carry(conv: nn.Conv2d, keep: float, corner: bool = False) -> None:
    """Makes a convolution pass its input channels on; the other weights shrink to `keep` of themselves."""
    w = conv.weight
    w.mul_(keep)
    conv.bias.mul_(keep)
    middle = w.shape[2] // 2
    for a in range(w.shape[0]):
        source = a % w.shape[1]
        if a < CARRIED:
            w[a] = 0.0
            conv.bias[a] = 0.0
        if corner:
            w[a, source, :2, :2] += 0.25
        else:
            w[a, source, middle, middle] += 1.0


def _open(conv: nn.Conv2d, calm: float, keep: float) -> None:
    """First convolution: colours, negatives, constants, then small random features."""
    conv.weight.mul_(keep)
    conv.bias.mul_(keep)
    conv.weight[:CARRIED] = 0.0
    conv.bias[:CARRIED] = 0.0
    for j in range(3):
        conv.weight[j, j, 1, 1], conv.weight[j + 3, j, 1, 1] = 1.0, -1.0
    conv.bias[6], conv.bias[7] = calm, -calm


def _close(conv: nn.Conv2d, spread: float, keep: float) -> None:
    """Last convolution: takes the colours back out."""
    conv.weight.mul_(keep)
    conv.bias.zero_()
    for j in range(3):
        conv.weight[j] *= keep
        conv.weight[j, j, 1, 1], conv.weight[j, j + 3, 1, 1] = spread, -spread


def _level(conv: nn.Conv2d, got: torch.Tensor, wanted: torch.Tensor) -> None:
    """Scales and shifts the first three outputs so that they match on average."""
    for j in range(3):
        g, w = got[:, j].flatten(), wanted[:, j].flatten()
        gain = float(((g - g.mean()) * (w - w.mean())).sum() / (g - g.mean()).square().sum())
        conv.weight[j] *= gain
        conv.bias[j] = float(w.mean() - gain * g.mean())


def _only_carries(part: nn.Module, keep: float) -> None:
    """Every block passes on what it gets; `keep` of the random weights stay beside that, to learn from."""
    for name, module in part.named_modules():
        if name.endswith("conv2") or name.endswith("to_out.0"):
            module.weight.mul_(0.1 * keep if name.endswith("conv2") else 0.0)
            module.bias.zero_()
            if name.endswith("conv2"):
                module.weight[:CARRIED] = 0.0
        elif name.endswith("conv_shortcut"):
            _carry(module, 0.6 * keep)
        elif name.endswith("conv") and ("downsamplers" in name or "upsamplers" in name):
            _carry(module, 0.6 * keep, corner="downsamplers" in name)


@torch.no_grad()
def prepare(vae: AutoencoderKL, pictures: torch.Tensor) -> AutoencoderKL:
    """Sets the weights in place; a few pictures tell how loud the colours come out."""
    top, bottom = vae.config.block_out_channels[-1], vae.config.block_out_channels[0]
    for name, keep, channels in (("encoder", 0.0, top), ("decoder", 0.5, bottom)):
        part = getattr(vae, name)
        _only_carries(part, keep)
        _open(part.conv_in, CALM[name], keep)
        _close(part.conv_out, (2.0 * CALM[name] ** 2 / channels) ** 0.5, 0.2 * keep)
    vae.encoder.conv_out.weight[3:] = 0.0
    mean, to_white, from_white = basis()
    for conv, matrix, shift in ((vae.quant_conv, to_white, -(to_white @ mean)), (vae.post_quant_conv, from_white, mean)):
        conv.weight.zero_()
        conv.bias.zero_()
        conv.weight[:3, :3, 0, 0] = matrix
        conv.bias[:3] = shift
    # The last convolution of the encoder is set against the averages themselves, before they are turned.
    seen = []
    hook = vae.encoder.conv_out.register_forward_hook(lambda *got: seen.append(got[2]))
    vae.encode(pictures)
    hook.remove()
    _level(vae.encoder.conv_out, seen[0][:, :3], F.avg_pool2d(pictures, SHRINK))
    vae.quant_conv.bias[3:] = NOISE
    large = F.interpolate(F.avg_pool2d(pictures, SHRINK), scale_factor=SHRINK)
    _level(vae.decoder.conv_out, vae.decode(latents(pictures)).sample, large)
    return vae
