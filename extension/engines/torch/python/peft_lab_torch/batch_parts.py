"""Batches in parts. Most inputs have the batch's rows as their first dimension; `rows` and `last_rows` number tokens as if
[B,S] were one list, and `labels` may stand beside `rows`: they go with the rows that they are of."""

from __future__ import annotations

from typing import Any

import torch

Tensors = dict[str, torch.Tensor]

# Inputs that number tokens.
TOKEN_NUMBERS = {"rows", "last_rows"}


def batch_inputs(graph: dict[str, Any]) -> set[str]:
    """Names of the inputs whose first dimension is the batch."""
    inputs = [node["attributes"] for node in graph["nodes"] if node["op"] == "input"]
    return {entry["name"] for entry in inputs if list(entry["shape"])[:1] == ["B"]}


def row_count(batch: Tensors, rows: set[str]) -> int:
    return next((tensor.shape[0] for name, tensor in batch.items() if name in rows), 1)


def parts_of(batch: Tensors, rows: set[str], count: int) -> list[Tensors]:
    """A batch in as many parts, those first that have a row more. @param rows names of the inputs [B,…]"""
    split = {name: tensor.tensor_split(count) for name, tensor in batch.items() if name in rows}
    parts = [{**batch, **{name: pieces[i] for name, pieces in split.items()}} for i in range(count)]
    if count == 1 or TOKEN_NUMBERS.isdisjoint(batch):
        return parts
    length = batch["attention_mask"].shape[1]
    start = 0
    for part in parts:
        end = start + row_count(part, rows) * length
        if "rows" in batch:
            own = (batch["rows"] >= start) & (batch["rows"] < end)
            part["rows"] = batch["rows"][own] - start
            part["labels"] = batch["labels"][own]
        if "last_rows" in batch:
            part["last_rows"] = part["last_rows"] - start
        start = end
    return parts


def renumbered(tokens: torch.Tensor, length: int, padded: int) -> torch.Tensor:
    """Numbers of tokens in rows of `length`, in rows of `padded`."""
    return tokens // length * padded + tokens % length
