"""Several processes that train one run: each takes a part of every batch, and gradients are summed.

torchrun starts them and says who is who in RANK, WORLD_SIZE and so on. The first one talks to the trainer and passes
every request on to the others. Sums are shared, not means: rows need not be equally many, and the result is that of one
process with the same batch.
"""

from __future__ import annotations

import datetime
import json
import os
import threading
import time
from typing import Any, Callable, Optional, Sequence

import torch
import torch.distributed as dist

from .frames import Frame

# An evaluation may take long, and every process waits for its next request meanwhile.
PATIENCE = datetime.timedelta(days=30)


class GroupError(Exception):
    """Another process of the group is gone; what ended it is in its own words on stderr."""


class Group:
    """The processes of one run; a group of one shares nothing."""

    def __init__(self) -> None:
        self.rank = int(os.environ.get("RANK", "0"))
        self.size = int(os.environ.get("WORLD_SIZE", "1"))
        self.local_rank = int(os.environ.get("LOCAL_RANK", "0"))

    def join(self) -> None:
        if self.size == 1:
            return
        backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() and dist.is_nccl_available() else "gloo"
        dist.init_process_group(backend, timeout=PATIENCE)
        if self.rank > 0:
            threading.Thread(target=end_with_parent, args=(os.getppid(),), daemon=True).start()

    def leave(self) -> None:
        """Ends the exchange; every process of the group does so once its work is done."""
        if self.size > 1:
            dist.destroy_process_group()

    def send(self, frame: Optional[Frame]) -> None:
        """Passes a request on from the first process to the others; None ends them."""
        if self.size == 1:
            return
        header = b"" if frame is None else json.dumps(frame.header).encode("utf-8")
        payload = bytearray() if frame is None else frame.payload
        shared(dist.broadcast, torch.tensor([len(header), len(payload)]), 0)
        for data in (bytearray(header), payload):
            if len(data) > 0:
                shared(dist.broadcast, torch.frombuffer(data, dtype=torch.uint8), 0)

    def receive(self) -> Optional[Frame]:
        lengths = torch.zeros(2, dtype=torch.int64)
        shared(dist.broadcast, lengths, 0)
        header, payload = (bytearray(int(length)) for length in lengths)
        if len(header) == 0:
            return None
        for data in (header, payload):
            if len(data) > 0:
                shared(dist.broadcast, torch.frombuffer(data, dtype=torch.uint8), 0)
        return Frame(json.loads(header), payload)

    def device(self, asked: torch.device) -> torch.device:
        """Every process of a machine takes a GPU of its own."""
        return torch.device("cuda", self.local_rank) if asked.type == "cuda" and self.size > 1 else asked

    def sum(self, tensors: Sequence[torch.Tensor]) -> None:
        """Replaces f32 tensors by their sums over all processes, in one exchange."""
        if self.size == 1:
            return
        together = torch.cat([tensor.reshape(-1) for tensor in tensors])
        shared(dist.all_reduce, together)
        for tensor, total in zip(tensors, together.split([tensor.numel() for tensor in tensors])):
            tensor.copy_(total.view_as(tensor))

    def all(self, answer: bool) -> bool:
        """Whether the answer is yes in every process."""
        if self.size == 1:
            return answer
        counted = torch.tensor([int(answer)])
        shared(dist.all_reduce, counted, dist.ReduceOp.MIN)
        return bool(counted.item())


def shared(exchange: Callable[..., Any], *given: Any) -> None:
    try:
        exchange(*given)
    except RuntimeError as error:
        raise GroupError(f"another process of the run is gone ({str(error).splitlines()[0]})") from error


def end_with_parent(parent: int) -> None:
    """A process whose torchrun was killed must not go on alone."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
