"""Frames: how the trainer and this program talk.

A frame is, little-endian: the magic b"PLT1", the header's length u32, the payload's length u64, the header (JSON in
UTF-8), the payload. A header's `tensors` lists what the payload holds, in order: `{name, dtype, shape}`; each
tensor's bytes are padded to a multiple of eight, so that all of them are aligned.
"""

from __future__ import annotations

import ctypes
import json
import struct
from typing import Any, BinaryIO, Iterable, NamedTuple, Optional

MAGIC = b"PLT1"
PREFIX = struct.Struct("<4sIQ")
ALIGNMENT = 8


class Frame(NamedTuple):
    header: dict[str, Any]
    payload: bytearray


def read_frame(stream: BinaryIO, left: Optional[int] = None) -> Optional[Frame]:
    """The next frame, or None where the stream ends between two frames.

    `left`: bytes that the stream still has, where that is known. A length beyond it is not believed.
    """
    prefix = stream.read(PREFIX.size)
    if not prefix:
        return None
    if len(prefix) < PREFIX.size:
        raise EOFError("the input ends within a frame")
    magic, header_length, payload_length = PREFIX.unpack(prefix)
    if magic != MAGIC:
        raise ValueError(f"the input must be frames that begin with {MAGIC!r}, got {magic!r}")
    if left is not None and PREFIX.size + header_length + payload_length > left:
        raise EOFError("the input ends within a frame")
    header = json.loads(read_exactly(stream, header_length))
    if not isinstance(header, dict):
        raise ValueError(f"a header must be an object, got {type(header).__name__}")
    return Frame(header, read_exactly(stream, payload_length))


def read_exactly(stream: BinaryIO, length: int) -> bytearray:
    data = bytearray(length)
    view = memoryview(data)
    done = 0
    while done < length:
        count = stream.readinto(view[done:])
        if not count:
            raise EOFError("the input ends within a frame")
        done += count
    return data


def write_frame(stream: BinaryIO, header: dict[str, Any], tensors: Iterable[tuple[str, Any]] = ()) -> None:
    """Writes a frame; tensors are named f32 or i64 tensors in the memory of the CPU, contiguous."""
    tensors = list(tensors)
    described = [
        {"name": name, "dtype": "f32" if tensor.is_floating_point() else "i64", "shape": list(tensor.shape)}
        for name, tensor in tensors
    ]
    # JSON has no NaN and no infinity: the trainer reads them as text.
    text = json.dumps(readable({**header, "tensors": described}), allow_nan=False).encode("utf-8")
    payload_length = sum(padded(tensor.element_size() * tensor.numel()) for _, tensor in tensors)
    stream.write(PREFIX.pack(MAGIC, len(text), payload_length) + text)
    for _, tensor in tensors:
        size = tensor.element_size() * tensor.numel()
        if size > 0:
            stream.write((ctypes.c_char * size).from_address(tensor.data_ptr()))
        stream.write(bytes(padded(size) - size))
    stream.flush()


def readable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: readable(item) for key, item in value.items()}
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    return value


def padded(size: int) -> int:
    return (size + ALIGNMENT - 1) // ALIGNMENT * ALIGNMENT


def tensors_of(frame: Frame) -> dict[str, Any]:
    """The tensors of a frame by name, over the payload's own memory."""
    import torch

    dtypes = {"f32": (torch.float32, 4), "i64": (torch.int64, 8)}
    tensors = {}
    offset = 0
    for described in frame.header.get("tensors", []):
        dtype, width = dtypes[described["dtype"]]
        count = 1
        for size in described["shape"]:
            count *= size
        flat = (
            torch.frombuffer(frame.payload, dtype=dtype, count=count, offset=offset)
            if count > 0
            else torch.empty(0, dtype=dtype)
        )
        tensors[described["name"]] = flat.reshape(described["shape"])
        offset += padded(count * width)
    return tensors
