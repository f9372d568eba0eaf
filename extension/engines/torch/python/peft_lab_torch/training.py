"""One run's tensors, graphs and optimizer on one device."""

from __future__ import annotations

import math
from typing import Any, Optional

import torch

from .adamw import AdamW
from .batch_parts import batch_inputs, parts_of, row_count
from .compiling import Compilation, is_compile_error
from .graph_function import graph_function
from .graphs import Graphs, on_host, pieces
from .group import Group
from .memory import is_out_of_memory, reason, release, row_too_large
from .precision import Precision
from .request_error import RequestError
from .usage import Usage
from .weights import load_frozen

Tensors = dict[str, torch.Tensor]


class Training:
    """Computes gradients, steps and evaluations of one training program.

    Trained tensors, their gradients and AdamW's moments are f32 whatever the precision of the products.
    """

    def __init__(
        self, program: dict[str, Any], sent: Tensors, device: torch.device, group: Group, random_weights: bool = False
    ):
        self.device = device
        self.group = group
        self.seed: int = program["seed"]
        self.compilation = Compilation(
            graph_function(program["training"], "training"),
            program["training"],
            program.get("compile", "off"),
            device,
            program.get("expectedSteps") or 0,
        )
        self.has_dropout = any(node["attributes"].get("rate") for node in program["training"]["nodes"])
        self.batch_inputs = batch_inputs(program["training"])
        # Into how many parts each batch is split, so that it fits into the device's memory.
        self.parts = 1

        self.trainable = {
            entry["name"]: torch.zeros(entry["shape"], device=device, requires_grad=True) for entry in program["trainable"]
        }
        # Places of the numbers that are tuned, of tensors of which not all are, and masks of all others.
        only: Tensors = {
            entry["name"]: torch.tensor(entry["only"], device=device) for entry in program["trainable"] if "only" in entry
        }
        self.others = {name: others_than(places, self.trainable[name]) for name, places in only.items()}
        self.precision = Precision(program["precision"], device)
        frozen = load_frozen(program["frozen"], sent, device, random_weights)
        graphs = [program["training"], program["evaluation"]]
        self.parameters: Tensors = {**self.precision.frozen(frozen, graphs), **self.trainable}
        self.graphs = Graphs({"evaluation": program["evaluation"]}, self.parameters, device, self.precision)
        # Where there is none, the trainer updates the values itself.
        self.optimizer = AdamW(self.trainable, only, program) if program.get("optimizer") else None
        self.state = {"values": self.trainable}
        if self.optimizer:
            self.state.update(moment1=self.optimizer.moment1, moment2=self.optimizer.moment2)
        self.steps_done = 0
        self.usage = Usage(device)

    def step(self, request: dict[str, Any], batches: list[Tensors]) -> dict[str, Any]:
        """One optimizer step; see StepRequest and StepResult of the trainer."""
        loss, norm = self.accumulate(request, batches)
        if math.isfinite(norm):
            self.update(request, norm)
        self.precision.went_well()
        news = {**self.split_news(), **self.compilation.take_news(), **self.usage.take()}
        return {"loss": loss, "gradientNorm": norm, **news}

    def gradients(
        self, request: dict[str, Any], batches: list[Tensors]
    ) -> tuple[dict[str, Any], list[tuple[str, torch.Tensor]]]:
        """Loss and gradients; nothing is updated."""
        loss, norm = self.accumulate(request, batches)
        found = [(name, on_host(gradient_of(tensor))) for name, tensor in self.trainable.items()]
        return {"loss": loss, "gradientNorm": norm, **self.split_news()}, found

    def split_news(self) -> dict[str, Any]:
        return {"parts": self.parts} if self.parts > 1 else {}

    def accumulate(self, request: dict[str, Any], batches: list[Tensors]) -> tuple[float, float]:
        """Loss and gradient norm of the micro-batches together, over all processes; gradients are left in the tensors."""
        while True:
            losses = self.losses_within_memory(request, batches)
            if losses is None:
                continue
            loss, norm = self.summed(losses)
            # The same batches are computed again with a lower scale where that was too high.
            if math.isfinite(loss) and not math.isfinite(norm) and self.precision.overflowed():
                continue
            return loss, norm

    def losses_within_memory(self, request: dict[str, Any], batches: list[Tensors]) -> Optional[list[torch.Tensor]]:
        """Summed losses, their gradients left in the tensors; None after batches were split further to fit."""
        problem = None
        try:
            losses = self.losses(request, batches)
        except Exception as error:
            if is_out_of_memory(error):
                problem = reason(error)
            elif self.compilation.active and is_compile_error(error):
                cause = self.compilation.failed(error)
                if self.compilation.required:
                    raise compile_failed(cause) from error
                return self.losses_within_memory(request, batches)
            else:
                raise
        # From here on the error no longer holds on to the tensors of the step.
        if self.group.all(problem is None):
            return losses
        self.parts *= 2
        if self.parts >= 2 * max(self.rows(batch) for batch in batches):
            raise row_too_large(self.device, batches, problem)
        self.forget_gradients()
        release(self.device)
        return None

    def losses(self, request: dict[str, Any], batches: list[Tensors]) -> list[torch.Tensor]:
        self.forget_gradients()
        scale = torch.tensor(request["lossScale"] * self.precision.scale, dtype=torch.float32, device=self.device)
        losses = []
        for micro_batch, batch in enumerate(batches):
            for part, inputs in enumerate(self.split(batch)):
                self.draw_masks_for(request["step"], micro_batch, part)
                inputs = self.compilation.inputs(inputs)
                with self.precision.autocast():
                    loss = self.compilation.function(self.parameters, {**inputs, "loss_scale": scale})["loss"]
                loss.backward()
                losses.append(loss.detach())
        self.compilation.went_well()
        return losses

    def summed(self, losses: list[torch.Tensor]) -> tuple[float, float]:
        """Adds up losses and gradients of all processes. The norm is NaN where the loss is not finite."""
        gradients = [gradient_of(tensor) for tensor in self.trainable.values()]
        total = torch.stack(losses).sum() if losses else torch.zeros((), device=self.device)
        self.group.sum([total, *gradients])
        for name, others in self.others.items():
            gradient_of(self.trainable[name]).masked_fill_(others, 0.0)
        scale = self.precision.scale
        if scale != 1:
            torch._foreach_div_(gradients, scale)
        norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
        # One transfer from the device for all numbers.
        loss, gradient_norm = torch.stack([total / scale, norm]).tolist()
        return loss, gradient_norm if math.isfinite(loss) else math.nan

    def update(self, request: dict[str, Any], norm: float) -> None:
        gradients = [gradient_of(tensor) for tensor in self.trainable.values()]
        limit = request.get("maxGradientNorm")
        factor = 1.0 if limit is None else min(1.0, limit / (norm + 1e-6))
        if factor < 1:
            torch._foreach_mul_(gradients, factor)
        if self.steps_done != request["step"] - 1:
            self.optimizer.count_from(request["step"] - 1)
        self.optimizer.step(request["schedule"])
        self.steps_done = request["step"]

    def forget_gradients(self) -> None:
        for tensor in self.trainable.values():
            tensor.grad = None

    def read(self, part: str, names: list[str]) -> list[tuple[str, torch.Tensor]]:
        return [(name, self.state[part][name].detach().cpu().contiguous()) for name in names]

    def settled(self) -> dict[str, Any]:
        """What was found by trying, where anything was: a resumed run goes on with it."""
        found = {**({"parts": self.parts} if self.parts > 1 else {}), **self.precision.settled()}
        return {"settled": found} if found else {}

    def write(self, part: str, tensors: Tensors, settled: Optional[dict[str, float]] = None) -> None:
        """@param settled what the run that the tensors are of had found; None: as it is here"""
        if settled is not None:
            self.parts = int(settled.get("parts", 1))
            self.precision.go_on(settled)
        with torch.no_grad():
            for name, tensor in tensors.items():
                self.state[part][name].copy_(tensor)
        self.steps_done = -1

    def draw_masks_for(self, step: int, micro_batch: int, part: int) -> None:
        """Dropout depends on seed, step and place alone: a resumed run draws what the whole one would have drawn."""
        if self.has_dropout:
            mixed = self.seed * 0x9E3779B97F4A7C15 + step * 0xBF58476D1CE4E5B9 + micro_batch * 0x94D049BB133111EB
            mixed += part * self.group.size + self.group.rank
            torch.manual_seed(mixed % 2**63)

    def rows(self, batch: Tensors) -> int:
        return row_count(batch, self.batch_inputs)

    def split(self, batch: Tensors) -> list[Tensors]:
        """This process's rows, in as many parts as memory asks for. Losses are sums, so parts add up to the whole."""
        own = parts_of(batch, self.batch_inputs, self.group.size)[self.group.rank]
        return pieces(own, self.batch_inputs, self.parts, self.device)


class OpenGraphs:
    """Graphs whose parameters are all frozen."""

    def __init__(self, request: dict[str, Any], sent: Tensors, device: torch.device, random_weights: bool = False):
        precision = Precision(request["precision"], device)
        frozen = load_frozen(request["frozen"], sent, device, random_weights)
        parameters = precision.frozen(frozen, list(request["graphs"].values()))
        self.graphs = Graphs(request["graphs"], parameters, device, precision)


def gradient_of(tensor: torch.Tensor) -> torch.Tensor:
    """A process that got no row has the gradient zero."""
    if tensor.grad is None:
        tensor.grad = torch.zeros_like(tensor)
    return tensor.grad


def others_than(places: torch.Tensor, tensor: torch.Tensor) -> torch.Tensor:
    """True where a number is not one of these."""
    mask = torch.ones(tensor.numel(), dtype=torch.bool, device=tensor.device)
    mask[places] = False
    return mask.view(tensor.shape)


def compile_failed(reason: str) -> RequestError:
    return RequestError(
        "compile",
        f"compile: on needs a torch.compile that works, got {reason}; install what it names (on the CPU a C++ compiler, on "
        "CUDA the package triton), or use compile: auto or off",
    )
