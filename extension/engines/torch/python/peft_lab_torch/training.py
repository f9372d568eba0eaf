"""One run's tensors, graphs and optimizer on one device."""

from __future__ import annotations

import math
from typing import Any, Optional

import torch

from .adamw import AdamW
from .compiling import Compilation, is_compile_error
from .graph_function import graph_function
from .group import Group
from .memory import is_out_of_memory, joined, reason, release, row_too_large
from .precision import Precision
from .request_error import RequestError
from .usage import Usage
from .weights import load_frozen

Tensors = dict[str, torch.Tensor]


class Training:
    """Computes steps and evaluations of one training program.

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
        self.run_evaluation = graph_function(program["evaluation"], "evaluation")
        self.has_dropout = any(node["attributes"].get("rate") for node in program["training"]["nodes"])
        self.batch_inputs = batch_inputs(program["training"]) | batch_inputs(program["evaluation"])
        # Into how many parts each batch is split, so that it fits into the device's memory; the same for evaluations.
        self.parts = 1
        self.evaluation_parts = 1

        self.trainable = {
            entry["name"]: torch.zeros(entry["shape"], device=device, requires_grad=True) for entry in program["trainable"]
        }
        self.precision = Precision(program["precision"], device)
        frozen = load_frozen(program["frozen"], sent, device, random_weights)
        graphs = [program["training"], program["evaluation"]]
        self.parameters: Tensors = {**self.precision.frozen(frozen, graphs), **self.trainable}
        self.optimizer = AdamW(self.trainable, program)
        self.state = {
            "values": self.trainable,
            "moment1": self.optimizer.moment1,
            "moment2": self.optimizer.moment2,
        }
        self.steps_done = 0
        self.usage = Usage(device)

    def step(self, request: dict[str, Any], batches: list[Tensors]) -> dict[str, Any]:
        """One optimizer step; see StepRequest and StepResult of the trainer."""
        while True:
            losses = self.losses_within_memory(request, batches)
            if losses is None:
                continue
            result = self.finish(request, losses)
            if math.isfinite(result["loss"]) and not math.isfinite(result["gradientNorm"]):
                # Nothing was updated: the same step is taken again with a lower scale.
                if self.precision.overflowed():
                    continue
            self.precision.went_well()
            parts = {"parts": self.parts} if self.parts > 1 else {}
            return {**result, **parts, **self.compilation.take_news(), **self.usage.take()}

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
        self.optimizer.forget_gradients()
        release(self.device)
        return None

    def losses(self, request: dict[str, Any], batches: list[Tensors]) -> list[torch.Tensor]:
        self.optimizer.forget_gradients()
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

    def finish(self, request: dict[str, Any], losses: list[torch.Tensor]) -> dict[str, Any]:
        """Adds up losses and gradients of all processes, and updates where they are finite."""
        for tensor in self.trainable.values():
            if tensor.grad is None:  # A process may have got no row.
                tensor.grad = torch.zeros_like(tensor)
        gradients = [tensor.grad for tensor in self.trainable.values()]
        total = torch.stack(losses).sum() if losses else torch.zeros((), device=self.device)
        self.group.sum([total, *gradients])
        scale = self.precision.scale
        if scale != 1:
            torch._foreach_div_(gradients, scale)
        norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
        # One transfer from the device for all numbers.
        loss, gradient_norm = torch.stack([total / scale, norm]).tolist()
        if not math.isfinite(loss):
            gradient_norm = math.nan
        elif math.isfinite(gradient_norm):
            self.update(request, gradients, gradient_norm)
        return {"loss": loss, "gradientNorm": gradient_norm}

    def update(self, request: dict[str, Any], gradients: list[torch.Tensor], norm: float) -> None:
        limit = request.get("maxGradientNorm")
        factor = 1.0 if limit is None else min(1.0, limit / (norm + 1e-6))
        if factor < 1:
            torch._foreach_mul_(gradients, factor)
        if self.steps_done != request["step"] - 1:
            self.optimizer.count_from(request["step"] - 1)
        self.optimizer.step(request["schedule"])
        self.steps_done = request["step"]

    def evaluate(self, batch: Tensors) -> list[tuple[str, torch.Tensor]]:
        """The evaluation graph's outputs as f32 tensors in the CPU's memory."""
        while True:
            try:
                outputs = [self.outputs(inputs) for inputs in self.pieces(batch, self.evaluation_parts)]
                return [(name, output.contiguous()) for name, output in joined(outputs).items()]
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                problem = reason(error)
            self.evaluation_parts *= 2
            if self.evaluation_parts >= 2 * self.rows(batch):
                raise row_too_large(self.device, [batch], problem)
            release(self.device)

    def outputs(self, inputs: Tensors) -> Tensors:
        with torch.inference_mode(), self.precision.autocast():
            outputs = self.run_evaluation(self.parameters, inputs)
            return {name: output.float().cpu() for name, output in outputs.items()}

    def read(self, part: str, names: list[str]) -> list[tuple[str, torch.Tensor]]:
        return [(name, self.state[part][name].detach().cpu().contiguous()) for name in names]

    def write(self, part: str, tensors: Tensors) -> None:
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
        return next((tensor.shape[0] for name, tensor in batch.items() if name in self.batch_inputs), 1)

    def split(self, batch: Tensors) -> list[Tensors]:
        """This process's rows, in as many parts as memory asks for. Losses are sums, so parts add up to the whole."""
        own = {name: self.group.own_rows(tensor) if name in self.batch_inputs else tensor for name, tensor in batch.items()}
        return self.pieces(own, self.parts)

    def pieces(self, batch: Tensors, wanted: int) -> list[Tensors]:
        """A batch on the device, in parts of a row or more; none of a batch without rows."""
        count = min(wanted, self.rows(batch))
        parts: list[Tensors] = [{} for _ in range(count)]
        for name, tensor in batch.items():
            pieces = tensor.tensor_split(max(1, count)) if name in self.batch_inputs else [tensor] * count
            for part, piece in zip(parts, pieces):
                part[name] = piece.to(self.device, non_blocking=True)
        return parts


def batch_inputs(graph: dict[str, Any]) -> set[str]:
    """Names of the inputs whose first dimension is the batch."""
    inputs = [node["attributes"] for node in graph["nodes"] if node["op"] == "input"]
    return {attributes["name"] for attributes in inputs if attributes["shape"][:1] == ["B"]}


def compile_failed(reason: str) -> RequestError:
    return RequestError(
        "compile",
        f"compile: on needs a torch.compile that works, got {reason}; install what it names (on the CPU a C++ compiler, on "
        "CUDA the package triton), or use compile: auto or off",
    )
