"""Open graphs: functions over parameters on one device, and the outputs that stay there."""

from __future__ import annotations

from typing import Any, Optional

import torch

from .batch_parts import batch_inputs, parts_of, row_count
from .graph_function import graph_function
from .memory import is_out_of_memory, joined, reason, release, row_too_large
from .precision import Precision

Tensors = dict[str, torch.Tensor]
# Outputs that stay on the device, by the number that the trainer gave them.
Kept = dict[int, torch.Tensor]


class Graphs:
    """Graphs by name that share parameters."""

    def __init__(self, graphs: dict[str, Any], parameters: Tensors, device: torch.device, precision: Precision):
        # Names may come from a recording: none of them gets into source text.
        self.functions = {name: graph_function(graph, f"graph_{i}") for i, (name, graph) in enumerate(graphs.items())}
        self.batch_inputs = {name: batch_inputs(graph) for name, graph in graphs.items()}
        self.parameters = parameters
        self.device = device
        self.precision = precision
        # Into how many parts batches are split, so that they fit into the device's memory.
        self.parts = 1

    def run(self, request: dict[str, Any], feeds: Tensors, kept: Kept) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
        """A graph's outputs in the CPU's memory; those in `keep` stay on the device, those in `into` are written over
        what is there."""
        name = request["graph"]
        stays: dict[str, int] = {**request.get("keep", {}), **request.get("into", {})}
        fed = {feed: kept[number] for feed, number in request.get("kept", {}).items()}
        if not stays and not fed:
            return {}, list(self.fetched(name, feeds).items())
        outputs = self.outputs(name, {**self.pieces(name, feeds, 1)[0], **fed})
        with torch.inference_mode():
            for output, number in request.get("into", {}).items():
                kept[number].copy_(outputs[output])
            for output, number in request.get("keep", {}).items():
                # One that is a feed itself must not change with it.
                is_feed = any(outputs[output] is tensor for tensor in fed.values())
                kept[number] = outputs[output].clone() if is_feed else outputs[output]
        described = {output: {"number": number, **description(kept[number])} for output, number in stays.items()}
        return {"kept": described}, [(key, on_host(value)) for key, value in outputs.items() if key not in stays]

    def fetched(self, name: str, batch: Tensors) -> Tensors:
        """The outputs for a batch, in as many parts as memory asks for."""
        rows = row_count(batch, self.batch_inputs[name])
        while True:
            problem: Optional[str] = None
            try:
                return joined([on_host_all(self.outputs(name, inputs)) for inputs in self.pieces(name, batch, self.parts)])
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                problem = reason(error)
            self.parts *= 2
            if self.parts >= 2 * rows:
                raise row_too_large(self.device, [batch], problem)
            release(self.device)

    def outputs(self, name: str, inputs: Tensors) -> Tensors:
        with torch.inference_mode(), self.precision.autocast():
            return self.functions[name](self.parameters, inputs)

    def pieces(self, name: str, batch: Tensors, wanted: int) -> list[Tensors]:
        return pieces(batch, self.batch_inputs[name], wanted, self.device)


def on_host(output: torch.Tensor) -> torch.Tensor:
    """Numbers as the trainer reads them: f32 or i64, contiguous."""
    return (output.float() if output.is_floating_point() else output.long()).cpu().contiguous()


def on_host_all(outputs: Tensors) -> Tensors:
    return {name: on_host(output) for name, output in outputs.items()}


def description(tensor: torch.Tensor) -> dict[str, Any]:
    dtype = "f32" if tensor.is_floating_point() else "bool" if tensor.dtype == torch.bool else "i64"
    return {"dtype": dtype, "shape": list(tensor.shape)}


def pieces(batch: Tensors, rows: set[str], wanted: int, device: torch.device) -> list[Tensors]:
    """A batch on the device, in parts of a row or more; none of a batch without rows."""
    count = min(wanted, row_count(batch, rows))
    parts = parts_of(batch, rows, count) if count > 0 else []
    return [{name: tensor.to(device, non_blocking=True) for name, tensor in part.items()} for part in parts]
