"""Precisions: what products are computed in. Trained tensors, moments, norms, softmax and losses are always f32."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import torch

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}

# fp16 gradients below 6e-8 vanish: losses are scaled by a power of two, as far as nothing overflows.
FIRST_SCALE = 2.0**16
STEPS_BEFORE_GROWTH = 2000


class Precision:
    def __init__(self, name: str, device: torch.device):
        self.dtype = DTYPES[name]
        self.device = device
        self.reduced = self.dtype != torch.float32
        self.scale = FIRST_SCALE if self.dtype == torch.float16 else 1.0
        self.good_steps = 0

    def autocast(self) -> AbstractContextManager[Any]:
        return torch.autocast(self.device.type, self.dtype, enabled=self.reduced)

    def frozen(self, parameters: dict[str, torch.Tensor], graphs: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """Frozen tensors as products want them. Those that only `linear` reads are rounded once, here, and not again at
        every step; half the memory too."""
        if not self.reduced:
            return parameters
        rounded = only_in_products(graphs)
        return {name: tensor.to(self.dtype) if name in rounded else tensor for name, tensor in parameters.items()}

    def settled(self) -> dict[str, float]:
        return {"lossScale": self.scale, "goodSteps": self.good_steps} if self.dtype == torch.float16 else {}

    def go_on(self, settled: dict[str, float]) -> None:
        if self.dtype == torch.float16:
            self.scale = float(settled.get("lossScale", FIRST_SCALE))
            self.good_steps = int(settled.get("goodSteps", 0))

    def overflowed(self) -> bool:
        """Lowers the scale after a step with infinite gradients; False when that is not the scale's fault."""
        if self.scale <= 1:
            return False
        self.scale /= 2
        self.good_steps = 0
        return True

    def went_well(self) -> None:
        self.good_steps += 1
        if self.dtype == torch.float16 and self.good_steps % STEPS_BEFORE_GROWTH == 0:
            self.scale *= 2


def only_in_products(graphs: list[dict[str, Any]]) -> set[str]:
    """Names of parameters that are weights or biases of `linear` and nothing else."""
    inside: set[str] = set()
    outside: set[str] = set()
    for graph in graphs:
        nodes = graph["nodes"]
        for node in nodes:
            for place, at in enumerate(node["inputs"]):
                if at is None or nodes[at[0]]["op"] != "parameter":
                    continue
                name = nodes[at[0]]["attributes"]["name"]
                (inside if node["op"] == "linear" and place > 0 else outside).add(name)
    return inside - outside
