"""A starting point for the autoencoder: it begins as "average 8x8 pixels, then enlarge".

From random weights such a small network needs an hour to find out that colours
matter, since every group norm hides them. Here the first channels carry the
colours straight through (each beside its negative, because silu(x) - silu(-x) = x,
and beside large constants that keep the norms calm), and training adds the edges.
"""

from __future__ import annotations

import torch
from diffusers import AutoencoderKL
from torch import nn
from torch.nn import functional as F

CALM = 6.0  # the constant channels
CARRIED = 8  # three colours, their negatives, two constants
NOISE = -5.0  # log variance of the latents at the start


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


def _open(conv: nn.Conv2d) -> None:
    """First convolution: colours, negatives, constants, then small random features."""
    conv.weight.mul_(0.5)
    conv.weight[:CARRIED] = 0.0
    conv.bias[:CARRIED] = 0.0
    for j in range(3):
        conv.weight[j, j, 1, 1], conv.weight[j + 3, j, 1, 1] = 1.0, -1.0
    conv.bias[6], conv.bias[7] = CALM, -CALM


def _close(conv: nn.Conv2d, spread: float) -> None:
    """Last convolution: takes the colours back out."""
    conv.weight.mul_(0.1)
    conv.bias.zero_()
    for j in range(3):
        conv.weight[j] *= 0.1
        conv.weight[j, j, 1, 1], conv.weight[j, j + 3, 1, 1] = spread, -spread


def _level(conv: nn.Conv2d, got: torch.Tensor, wanted: torch.Tensor) -> None:
    """Scales and shifts the first three outputs so that they match on average."""
    for j in range(3):
        g, w = got[:, j].flatten(), wanted[:, j].flatten()
        gain = float(((g - g.mean()) * (w - w.mean())).sum() / (g - g.mean()).square().sum())
        conv.weight[j] *= gain
        conv.bias[j] = float(w.mean() - gain * g.mean())


@torch.no_grad()
def prepare(vae: AutoencoderKL, pictures: torch.Tensor) -> AutoencoderKL:
    """Sets the starting weights in place; a few pictures tell how loud the colours come out."""
    for name, module in vae.named_modules():
        if name.endswith("conv2"):
            module.weight.mul_(0.05)
            module.weight[:CARRIED] = 0.0
            module.bias.zero_()
        elif name.endswith("conv_shortcut"):
            _carry(module, 0.3)
        elif name.endswith("conv") and "downsamplers" in name:
            _carry(module, 0.3, corner=True)
        elif name.endswith("conv") and "upsamplers" in name:
            _carry(module, 0.3)
        elif name.endswith("to_out.0"):
            module.weight.mul_(0.0)
            module.bias.zero_()
    top, bottom = vae.config.block_out_channels[-1], vae.config.block_out_channels[0]
    for part, channels in ((vae.encoder, top), (vae.decoder, bottom)):
        _open(part.conv_in)
        _close(part.conv_out, spread=(2.0 * CALM**2 / channels) ** 0.5)
    vae.encoder.conv_out.weight[4:] = 0.0
    for conv in (vae.quant_conv, vae.post_quant_conv):
        conv.weight.zero_()
        conv.bias.zero_()
        for j in range(conv.weight.shape[0]):
            conv.weight[j, j] = 1.0
    vae.quant_conv.bias[4:] = NOISE
    small = F.avg_pool2d(pictures, 2 ** (len(vae.config.block_out_channels) - 1))
    _level(vae.encoder.conv_out, vae.encode(pictures).latent_dist.mean[:, :3], small)
    large = F.interpolate(small, scale_factor=pictures.shape[-1] // small.shape[-1])
    _level(vae.decoder.conv_out, vae.decode(vae.encode(pictures).latent_dist.mean).sample, large)
    return vae


@torch.no_grad()
def settle(vae: AutoencoderKL, pictures: torch.Tensor) -> None:
    """Whitens the latents exactly, by folding the change of basis into the two 1x1 convolutions around them."""
    z = torch.cat([vae.encode(part).latent_dist.mean for part in pictures.split(32)])
    flat = z.permute(0, 2, 3, 1).reshape(-1, z.shape[1]).double()
    mean = flat.mean(0)
    values, vectors = torch.linalg.eigh((flat - mean).T @ (flat - mean) / len(flat))
    spread = values.clamp_min(1e-8).sqrt()
    to_white = (vectors / spread).T
    from_white = vectors * spread
    n = z.shape[1]
    out, back = vae.quant_conv, vae.post_quant_conv
    w, b = out.weight[:n, :, 0, 0].double(), out.bias[:n].double()
    out.weight[:n] = (to_white @ w).float()[:, :, None, None]
    out.bias[:n] = (to_white @ (b - mean)).float()
    # What is left of the learnt variances has no meaning in the new basis: a small fixed one instead.
    out.weight[n:] = 0.0
    out.bias[n:] = NOISE
    v = back.weight[:, :, 0, 0].double()
    back.bias += (v @ mean).float()
    back.weight.copy_((v @ from_white).float()[:, :, None, None])
