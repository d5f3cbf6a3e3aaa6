"""Random weights with which every layer matters.

What libraries initialise with (standard deviation 0.02, zeros) lets most layers vanish in the sum, so that an error in them would not show.
"""

import torch
from torch import nn


def _redraw_norm(module: nn.Module, random: torch.Generator) -> None:
    module.weight.copy_(1 + 0.1 * torch.randn(module.weight.shape, generator=random))
    module.bias.copy_(0.1 * torch.randn(module.bias.shape, generator=random))


def _fan_in(module: nn.Module) -> float:
    """Inputs that one output sums over."""
    if isinstance(module, (nn.ConvTranspose1d, nn.ConvTranspose2d)):
        return module.weight.numel() / module.weight.shape[1] / module.stride[0] ** (module.weight.dim() - 2)
    return module.weight[0].numel()


def redraw(model: nn.Module, seed: int, gain: float = 1.0) -> None:
    """Draws linear and convolution weights with standard deviation gain/√fan-in, embeddings with 1/√width, norms near one."""
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, (nn.Linear, nn.Conv1d, nn.Conv2d, nn.ConvTranspose1d, nn.ConvTranspose2d)):
                # A parametrised weight (weight norm) is made of others and keeps what it was initialised with.
                if "weight" in dict(module.named_parameters(recurse=False)):
                    module.weight.copy_(torch.randn(module.weight.shape, generator=random) * gain / _fan_in(module) ** 0.5)
                if module.bias is not None:
                    module.bias.copy_(0.05 * torch.randn(module.bias.shape, generator=random))
            elif isinstance(module, nn.Embedding):
                module.weight.copy_(torch.randn(module.weight.shape, generator=random) / module.weight.shape[1] ** 0.5)
            elif isinstance(module, (nn.LayerNorm, nn.GroupNorm, nn.BatchNorm2d)) and module.weight is not None:
                _redraw_norm(module, random)
        for name, parameter in model.named_parameters():
            if name.endswith("relative_position_bias_table"):
                parameter.copy_(0.5 * torch.randn(parameter.shape, generator=random))


def scale_output(layer: nn.Module, deviation: float, run: object) -> None:
    """Scales a last layer so that what it gives for `run()` has this standard deviation."""
    seen: list[torch.Tensor] = []
    hook = layer.register_forward_hook(lambda _module, _inputs, output: seen.append(output))
    with torch.no_grad():
        run()  # type: ignore[operator]
        hook.remove()
        scale = deviation / seen[-1].std()
        layer.weight.mul_(scale)
        if layer.bias is not None:
            layer.bias.mul_(scale)
