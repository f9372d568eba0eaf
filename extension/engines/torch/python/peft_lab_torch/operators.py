"""What each op of the trainer's graph is in torch.

The graphs that arrive are forward passes: autograd makes the backward pass, so ops that only gradients use have no
entry. Every function takes its node's inputs (None for an absent one), then the node's attributes by name, and gives
the node's first output; `operators` maps the graph's name of an op to its function.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch.utils.checkpoint import checkpoint

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


def silu(x):
    return F.silu(x)


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


def attention(query, key, value, mask, offsets, heads, scale, kvHeads=None, causal=False, rate=0.0, site=None):
    """softmax(scale·Q·Kᵀ + mask)·V: query[B,Q,H·E], key and value [B,T,G·E], mask [B,T] or any shape that broadcasts to
    [B,H,Q,T] → [B,Q,H·E]. Masks of dropout come from torch's seeded generator: the offsets of the trainer's own pool
    are not used."""
    query = split_heads(query, heads)
    key, value = (shared_heads(split_heads(x, kvHeads or heads), heads) for x in (key, value))
    if mask.dim() == 2:
        mask = mask[:, None, None, :]
    if causal:
        mask = mask + later_keys(query.shape[2], key.shape[2], mask.device)
    return merge_heads(F.scaled_dot_product_attention(query, key, value, mask.to(query.dtype), rate, scale=scale))


def cached_attention(query, key, value, pastKey, pastValue, filled, heads, kvHeads, scale):
    """Attention of query[B,S,H·E] over the first `filled` [B] keys of each row of a cache [B,G,C,E], and over key and
    value [B,S,G·E] up to its own → [B,S,H·E]."""
    key, value = (
        shared_heads(torch.cat((past, split_heads(own, kvHeads)), 2), heads)
        for past, own in ((pastKey, key), (pastValue, value))
    )
    capacity, tokens = pastKey.shape[2], query.shape[1]
    missing = torch.arange(capacity, device=query.device) >= filled[:, None, None, None]  # [B,1,1,C]
    past = (-1e9 * missing).expand(-1, 1, tokens, -1)
    own = later_keys(tokens, tokens, query.device).expand(query.shape[0], 1, -1, -1)
    mask = torch.cat((past, own), 3).to(query.dtype)  # [B,1,S,C+S]
    return merge_heads(F.scaled_dot_product_attention(split_heads(query, heads), key, value, mask, scale=scale))


def shared_heads(x, heads):
    """x[B,G,T,E] → [B,H,T,E]: each head for as many of the query's in a row."""
    shared = heads // x.shape[1]
    return x if shared == 1 else x[:, :, None].expand(-1, -1, shared, -1, -1).flatten(1, 2)


def later_keys(queries, keys, device):
    """[Q,T]: very negative where a key comes later than the query; the last query reads all keys."""
    everywhere = torch.full((queries, keys), -1e9, device=device)
    return everywhere.triu(keys - queries + 1)


def layer_norm(x, gain, bias, epsilon):
    return F.layer_norm(x, gain.shape, gain, bias, epsilon)


def rms_norm(x, gain, epsilon):
    """x/√(mean(x²) + ε)·gain over the last axis, in f32 whatever x is in."""
    x = x.float()
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + epsilon) * gain


def rotary(x, positions, cosines, sines, heads, inverse):
    """x[B,S,H·E] with the first R numbers of each head turned, in pairs that are R/2 apart, by the angles of its row of
    the tables [P,R/2]."""
    half = cosines.shape[-1]
    cosine, sine = (table[positions][:, :, None] for table in (cosines, sines))  # [B,S,1,R/2]
    sine = -sine if inverse else sine
    split = x.unflatten(-1, (heads, x.shape[-1] // heads))  # [B,S,H,E]
    first, second, rest = split[..., :half], split[..., half : 2 * half], split[..., 2 * half :]
    turned = torch.cat((first * cosine - second * sine, second * cosine + first * sine, rest), -1)
    return turned.flatten(2).to(x.dtype)


def dropout(x, offsets, rate, site):
    return F.dropout(x, rate)


def embedding(table, ids):
    return F.embedding(ids, table)


def distance_rows(like, rows):
    """[S,S] for like[B,S,…]: the number in `rows` that stands as far from its middle as key j from query i."""
    most = len(rows) // 2
    places = torch.arange(like.shape[1], device=like.device)
    distances = (places - places[:, None]).clamp(-most, most)
    return torch.tensor(rows, device=like.device)[distances + most]


def pick_rows(x, rows):
    """x[B,S,D], rows[M] → [M,D]: rows of x as if it were [B·S,D]."""
    return x.flatten(0, 1)[rows]


def slice_axis(x, axis, start, end):
    """x[start:end] on one axis; `end` is None for the axis's own end."""
    return x[(slice(None),) * axis + (slice(start, end),)]


def concat(a, b, axis):
    return torch.cat((a, b), axis)


def reshape(x, shape):
    return x.reshape(shape)


def transpose(x, permutation):
    return x.permute(permutation)


def skew(x):
    """x[B,H,S,2·S] → [B,H,S,S] with y[…,i,j] = x[…,i,j − i + S]."""
    rows = x.shape[2]
    return x.flatten(2)[..., rows:].unflatten(2, (rows, 2 * rows - 1))[..., :rows]


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


def head_loss(x, weight, labels, chunks, leastRows, smoothing):
    """x[M,D], weight[V,D], labels[M] → the summed cross entropy of the logits x·weightᵀ, f32[]. Logits are made chunk by
    chunk, and again in the backward pass, so that those of one chunk are there at once."""

    def chunk_loss(rows, targets):
        return cross_entropy(F.linear(rows, weight), targets, smoothing)

    parts = head_chunks(x, labels, chunks, leastRows)
    return sum(checkpoint(chunk_loss, rows, targets, use_reentrant=False) for rows, targets in parts)


def head_correct(x, weight, labels, chunks, leastRows, smoothing):
    """How many labels are the class of the largest logit of x·weightᵀ, f32[]."""
    parts = head_chunks(x, labels, chunks, leastRows)
    return sum(correct_count(F.linear(rows, weight), targets) for rows, targets in parts)


def head_chunks(x, labels, chunks, least_rows):
    size = max(least_rows, -(-x.shape[0] // chunks))
    return zip(x.split(size), labels.split(size))


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
    "silu": silu,
    "gelu": gelu,
    "toFloat": to_float,
    "linear": linear,
    "matmul": matmul,
    "softmax": softmax,
    "attention": attention,
    "cachedAttention": cached_attention,
    "layerNorm": layer_norm,
    "rmsNorm": rms_norm,
    "rotary": rotary,
    "dropout": dropout,
    "embedding": embedding,
    "distanceRows": distance_rows,
    "pickRows": pick_rows,
    "slice": slice_axis,
    "concat": concat,
    "reshape": reshape,
    "transpose": transpose,
    "skew": skew,
    "expandLike": expand_like,
    "sumLike": sum_like,
    "sum": sum_axes,
    "crossEntropy": cross_entropy,
    "headLoss": head_loss,
    "correctCount": correct_count,
}

# Further outputs that a forward pass reads, by op and place: each is computed by itself.
further_outputs = {("headLoss", 2): head_correct}
