"""What each op of the trainer's graph is in torch.

The graphs that arrive are forward passes: autograd makes the backward pass, so ops that only gradients use have no
entry. Every function takes its node's inputs (None for an absent one), then the node's attributes by name, and gives
the node's first output; `operators` maps the graph's name of an op to its function.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

IGNORED_LABEL = -100

add = torch.add
subtract = torch.sub
multiply = torch.mul
divide = torch.div
tanh = torch.tanh
relu = torch.relu
sigmoid = torch.sigmoid


def affine(x, factor, offset):
    """factor · x + offset"""
    scaled = x if factor == 1 else x * factor
    return scaled if offset == 0 else scaled + offset


def gelu(x, form):
    return F.gelu(x, approximate="none" if form == "exact" else "tanh")


def to_float(x):
    return x.to(torch.float32)


def linear(x, weight, bias):
    return F.linear(x, weight, bias)


def matmul(a, b, transposeA, transposeB):
    return torch.matmul(a.mT if transposeA else a, b.mT if transposeB else b)


def split_heads(x, heads):
    """x[B,S,D] → [B,H,S,D/H]"""
    return x.unflatten(-1, (heads, x.shape[-1] // heads)).transpose(1, 2)


def merge_heads(x):
    """x[B,H,S,E] → [B,S,H·E]"""
    return x.transpose(1, 2).flatten(2)


def softmax(x):
    return torch.softmax(x, dim=-1)


def attention(query, key, value, mask, offsets, heads, scale, rate=0.0, site=None):
    """softmax(scale·Q·Kᵀ + mask)·V: query[B,Q,D], key and value [B,T,D], mask[B,T] → [B,Q,D]. Masks of dropout come
    from torch's seeded generator: the offsets of the trainer's own pool are not used."""
    query, key, value = (split_heads(x, heads) for x in (query, key, value))
    mask = mask[:, None, None, :].to(query.dtype)
    return merge_heads(F.scaled_dot_product_attention(query, key, value, mask, rate, scale=scale))


def layer_norm(x, gain, bias, epsilon):
    return F.layer_norm(x, gain.shape, gain, bias, epsilon)


def dropout(x, offsets, rate, site):
    return F.dropout(x, rate)


def embedding(table, ids):
    return F.embedding(ids, table)


def slice_axis(x, axis, start, end):
    """x[start:end] on one axis; `end` is None for the axis's own end."""
    return x[(slice(None),) * axis + (slice(start, end),)]


def concat(a, b, axis):
    return torch.cat((a, b), axis)


def reshape(x, shape):
    return x.reshape(shape)


def transpose(x, permutation):
    return x.permute(permutation)


def expand_like(x, like):
    return x.expand(like.shape)


def sum_like(x, like):
    return x.sum_to_size(like.shape)


def sum_axes(x, axes, keep):
    # torch reads an empty list as every axis.
    return x.sum(axes, keepdim=keep) if axes else x


def cross_entropy(logits, labels, smoothing):
    """logits[…,C], labels[…] → the sum over labelled positions, f32[]."""
    rows = logits.flatten(0, -2).float()
    return F.cross_entropy(
        rows, labels.flatten(), ignore_index=IGNORED_LABEL, reduction="sum", label_smoothing=smoothing
    )


def correct_count(logits, labels):
    """How many labels are the class of the largest logit; ignored ones never are."""
    return (logits.argmax(-1) == labels).sum().to(torch.float32)


operators = {
    "add": add,
    "subtract": subtract,
    "multiply": multiply,
    "divide": divide,
    "affine": affine,
    "tanh": tanh,
    "relu": relu,
    "sigmoid": sigmoid,
    "gelu": gelu,
    "toFloat": to_float,
    "linear": linear,
    "matmul": matmul,
    "splitHeads": split_heads,
    "mergeHeads": merge_heads,
    "softmax": softmax,
    "attention": attention,
    "layerNorm": layer_norm,
    "dropout": dropout,
    "embedding": embedding,
    "slice": slice_axis,
    "concat": concat,
    "reshape": reshape,
    "transpose": transpose,
    "expandLike": expand_like,
    "sumLike": sum_like,
    "sum": sum_axes,
    "crossEntropy": cross_entropy,
    "correctCount": correct_count,
}
