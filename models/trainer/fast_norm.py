"""A group norm whose backward pass is quick on a CPU with channels-last tensors.

The stock backward takes more time than the convolutions around it there. This one
is two reductions and one fused multiply-add per element; weights keep their names,
so a model trained with it saves and loads as usual.
"""

from __future__ import annotations

import torch
from torch import nn


class _GroupNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias, groups: int, eps: float):
        n, c = x.shape[:2]
        weight, bias = weight.to(x.dtype), bias.to(x.dtype)
        y, mean, rstd = torch.native_group_norm(x, weight, bias, n, c, x[0, 0].numel(), groups, eps)
        ctx.save_for_backward(x, weight, mean.float(), rstd.float())
        ctx.groups = groups
        return y

    @staticmethod
    def backward(ctx, dy):
        x, weight, mean, rstd = ctx.saved_tensors
        n, c = x.shape[:2]
        groups, per = ctx.groups, c // ctx.groups
        if x.dim() == 4:
            def flat(t):
                return t.permute(0, 2, 3, 1).reshape(n, -1, c)
        else:
            def flat(t):
                return t.permute(0, 2, 1).reshape(n, -1, c)
        xs, ds = flat(x), flat(dy)
        sum_dy = ds.sum(1, dtype=torch.float32)
        sum_dyx = (ds * xs).sum(1, dtype=torch.float32)
        gain = weight.float()
        mean_c, rstd_c = (t.reshape(n, groups).repeat_interleave(per, 1) for t in (mean, rstd))
        d_weight = ((sum_dyx - sum_dy * mean_c) * rstd_c).sum(0)
        size = per * xs.shape[1]
        by_group = (sum_dy * gain).view(n, groups, per).sum(2).repeat_interleave(per, 1)
        by_group_x = (sum_dyx * gain).view(n, groups, per).sum(2).repeat_interleave(per, 1)
        slope = (by_group * mean_c - by_group_x) * rstd_c.pow(3) / size
        shift = -slope * mean_c - by_group * rstd_c / size
        scale = rstd_c * gain

        def wide(t):
            return t.to(x.dtype).unsqueeze(1)

        dx = torch.addcmul(torch.addcmul(wide(shift), xs, wide(slope)), ds, wide(scale))
        dx = dx.view(n, *x.shape[2:], c).movedim(-1, 1)
        return dx, d_weight, sum_dy.sum(0), None, None


class FastGroupNorm(nn.GroupNorm):
    """Drop-in for `nn.GroupNorm`."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if torch.is_grad_enabled():
            return _GroupNorm.apply(x, self.weight, self.bias, self.num_groups, self.eps)
        return super().forward(x)


def quicken(model: nn.Module) -> nn.Module:
    """Swaps every group norm of `model` in place."""
    for module in model.modules():
        if type(module) is nn.GroupNorm:
            module.__class__ = FastGroupNorm
    return model
