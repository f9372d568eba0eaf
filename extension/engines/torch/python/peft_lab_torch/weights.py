"""Frozen weights: mapped from the files in which they lie, never sent."""

from __future__ import annotations

import mmap
import os
from typing import Any

import torch


def load_frozen(
    described: list[dict[str, Any]], sent: dict[str, torch.Tensor], device: torch.device, made_up: bool = False
) -> dict[str, torch.Tensor]:
    """Frozen f32 tensors by name, on the device.

    `described`: `{name, shape, file, offset}` each; those without a file are among the tensors that were sent. On the
    CPU a tensor is the file's own pages, so that several runs on one machine share them. `made_up`: where a file is
    missing, seeded normal values take its place (deviation 0.02, gains one).
    """
    files: dict[str, mmap.mmap] = {}
    generator = torch.Generator().manual_seed(0)
    tensors = {}
    for entry in described:
        name, shape = entry["name"], entry["shape"]
        file = entry.get("file")
        if file is None:
            tensor = sent[name]
        elif made_up and not os.path.exists(file):
            is_gain = len(shape) == 1 and name.endswith("weight")
            tensor = torch.ones(shape) if is_gain else torch.randn(shape, generator=generator) * 0.02
        else:
            tensor = mapped(files, file, entry["offset"], shape, name)
        tensors[name] = tensor.to(device)
    return tensors


def mapped(files: dict[str, mmap.mmap], file: str, offset: int, shape: list[int], name: str) -> torch.Tensor:
    if file not in files:
        with open(file, "rb") as opened:
            # A private mapping may be written to, as torch expects, without ever changing the file.
            files[file] = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_COPY)
    pages = files[file]
    count = 1
    for size in shape:
        count *= size
    if offset + 4 * count > len(pages):
        raise ValueError(
            f"{file}: {name} must have {4 * count} bytes at offset {offset}, got {max(0, os.path.getsize(file) - offset)};"
            " fetch the file again"
        )
    if count == 0:
        return torch.empty(shape)
    if offset % 4 == 0:
        return torch.frombuffer(pages, dtype=torch.float32, count=count, offset=offset).reshape(shape)
    aligned = bytearray(pages[offset : offset + 4 * count])
    return torch.frombuffer(aligned, dtype=torch.float32).reshape(shape)
