"""What becomes of a step that a device has too little memory for."""

from __future__ import annotations

from typing import Optional

import torch

from .request_error import RequestError

Tensors = dict[str, torch.Tensor]

# Only CUDA's own allocator has a type of its own for it; the others say it in words.
WORDS = ("out of memory", "can't allocate memory", "not enough memory", "CUBLAS_STATUS_ALLOC_FAILED")


def is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, (torch.cuda.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in WORDS)


def reason(error: BaseException) -> str:
    """An error in one line."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def too_large(what: str, device: object, problem: str) -> RequestError:
    elsewhere = "" if str(device) == "cpu" else ", or go on in the machine's own with peft-lab resume --device cpu"
    return RequestError(
        "memory",
        f"device: {what} must fit into the memory of {device}, got {problem}; lower data.max_length, take a smaller model or "
        f"more memory{elsewhere}",
    )


def row_too_large(device: torch.device, batches: list[Tensors], problem: Optional[str]) -> RequestError:
    longest = max((tuple(tensor.shape) for batch in batches for tensor in batch.values()), key=len)
    found = f"inputs of shape {list(longest)} ({problem or 'another process ran out'})"
    return too_large("a batch of one row", device, found)


def release(device: torch.device) -> None:
    """Gives back what the allocator keeps for later: blocks of other sizes are wanted now."""
    if device.type == "cuda":
        torch.cuda.empty_cache()


def joined(parts: list[Tensors]) -> Tensors:
    """The outputs for a batch from those for its parts: single numbers are sums over the rows, all else lists rows."""
    if len(parts) == 1:
        return parts[0]
    together = {name: [part[name] for part in parts] for name in parts[0]}
    return {
        name: torch.stack(outputs).sum(0) if outputs[0].dim() == 0 else torch.cat(outputs)
        for name, outputs in together.items()
    }
