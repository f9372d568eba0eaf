"""torch.compile for the training graph: when it is done, and what becomes of a compilation that fails."""

from __future__ import annotations

import time
from typing import Any, Optional

import torch

from .batch_parts import TOKEN_NUMBERS, renumbered
from .graph_function import GraphFunction

# Compiling takes about a minute and saves a part of every step: shorter runs end sooner without it.
STEPS_THAT_PAY = 5000

# Sequences are padded to a multiple of this, so that few shapes occur and products have the sizes that GPUs like.
LENGTH_STEP = 16

# Modules whose errors are those of a compilation.
COMPILERS = ("torch._dynamo", "torch._inductor", "torch._functorch", "triton")

# What padding is for inputs of [B,S] where it is not zero: labels that are ignored.
PADDING = {"labels": -100}


class Compilation:
    """The training function, compiled once for all sizes of batches where `mode` asks for it."""

    def __init__(self, function: GraphFunction, graph: dict[str, Any], mode: str, device: torch.device, steps: int):
        self.plain = function
        self.required = mode == "on"
        self.active = self.required or (mode == "auto" and device.type == "cuda" and steps >= STEPS_THAT_PAY)
        self.function = torch.compile(function, dynamic=True) if self.active else function
        inputs = [node["attributes"] for node in graph["nodes"] if node["op"] == "input"]
        self.sequences = {entry["name"] for entry in inputs if list(entry["shape"]) == ["B", "S"]}
        # What the trainer is told once: {seconds} or {problem}.
        self.news: Optional[dict[str, Any]] = None
        self.started = time.perf_counter()
        self.done = False

    def inputs(self, batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """A batch as the compiled function wants it. Padding is masked, so that the loss is the same."""
        if not self.active:
            return batch
        if not self.done:
            self.started = time.perf_counter()
        wide = {
            name: padded(tensor, PADDING.get(name, 0)) if name in self.sequences else tensor
            for name, tensor in batch.items()
        }
        for name in TOKEN_NUMBERS & batch.keys():
            wide[name] = renumbered(batch[name], *(given["attention_mask"].shape[1] for given in (batch, wide)))
        return wide

    def went_well(self) -> None:
        if self.active and not self.done:
            self.done = True
            self.news = {"seconds": round(time.perf_counter() - self.started, 3)}

    def failed(self, error: Exception) -> str:
        """Goes on without compiling. Returns the reason in one line."""
        reason = f"{type(error).__name__}: {(str(error).strip() or 'no reason given').splitlines()[0]}"
        self.active = False
        self.function = self.plain
        self.news = {"problem": reason}
        return reason

    def take_news(self) -> dict[str, Any]:
        news, self.news = self.news, None
        return {} if news is None else {"compile": news}


def padded(tensor: torch.Tensor, value: int) -> torch.Tensor:
    missing = -tensor.shape[1] % LENGTH_STEP
    return tensor if missing == 0 else torch.nn.functional.pad(tensor, (0, missing), value=value)


def is_compile_error(error: Optional[BaseException]) -> bool:
    """Whether an error is the compiler's: raised by torch.compile or what it compiles with, or caused by one that was."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if type(error).__module__.startswith(COMPILERS):
            return True
        error = error.__cause__ or error.__context__
    return False
