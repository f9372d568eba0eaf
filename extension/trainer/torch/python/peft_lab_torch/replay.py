"""Recorded requests, answered without a trainer: for reports of bugs, and on machines without Node."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import torch

from .frames import Frame, padded, read_frame, readable
from .group import Group
from .program import Session

SHOWN_NUMBERS = 6


def replay(file: str, random_weights: bool) -> None:
    """Prints a line of JSON for each request: what was asked, what came of it, and how long it took."""
    session = Session(Group())
    with open(file, "rb") as recorded:
        while (frame := read_frame(recorded)) is not None:
            if frame.header["type"] == "open" and random_weights:
                frame = with_random_weights(frame)
            started = time.perf_counter()
            answer, tensors = session.answer(frame)
            seconds = round(time.perf_counter() - started, 6)
            shown = {name: tensor.reshape(-1)[:SHOWN_NUMBERS].tolist() for name, tensor in tensors}
            line = {"request": frame.header["type"], "seconds": seconds, **answer, **({"tensors": shown} if shown else {})}
            print(json.dumps(readable(line)), flush=True)


def with_random_weights(frame: Frame) -> Frame:
    """A recording names the files of frozen weights; where they are missing, seeded normal values take their place
    (deviation 0.02, gains one)."""
    generator = torch.Generator().manual_seed(0)
    header: dict[str, Any] = {**frame.header, "frozen": [], "tensors": list(frame.header["tensors"])}
    payload = bytearray(frame.payload)
    for entry in frame.header["frozen"]:
        if "file" not in entry or Path(entry["file"]).exists():
            header["frozen"].append(entry)
            continue
        name, shape = entry["name"], entry["shape"]
        is_gain = len(shape) == 1 and name.endswith("weight")
        values = torch.ones(shape) if is_gain else torch.randn(shape, generator=generator) * 0.02
        header["frozen"].append({"name": name, "shape": shape})
        header["tensors"].append({"name": name, "dtype": "f32", "shape": shape})
        size = 4 * values.numel()
        payload += bytes(values.reshape(-1).view(torch.uint8).untyped_storage())
        payload += bytes(padded(size) - size)
    return Frame(header, payload)
