"""Golden values of every op and its gradient, from PyTorch: writes ops.json beside this file.

    python test/golden/ops/ops.py        (torch 2.13)

Each case: float inputs x, a function f of them, y = f(x), a random cotangent c, and the gradients of sum(c * y).
Values are computed in float64 from float32 inputs, so that they are right to the last digit a float32 engine can show.
"""

import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F

torch.manual_seed(0)
SIZES = {"B": 2, "S": 5, "T": 7, "M": 3}
cases = {}


def size(dim):
    if isinstance(dim, int):
        return dim
    return eval(dim, {}, SIZES)


def floats(*shape, scale=1.0, offset=0.0):
    return list(shape), (torch.randn([size(d) for d in shape]) * scale + offset).float()


def integers(values, *shape):
    return list(shape), torch.tensor(values, dtype=torch.int64).reshape([size(d) for d in shape])


def case(name, inputs, function):
    tensors = [t.double().requires_grad_() if t.is_floating_point() else t for _, t in inputs]
    y = function(*tensors)
    cotangent = torch.randn(y.shape).float()
    (y * cotangent.double()).sum().backward()
    cases[name] = {
        "inputs": [
            {"shape": shape, "sizes": list(t.shape), "dtype": "f32" if t.is_floating_point() else "i64", "data": numbers(t)}
            for shape, t in inputs
        ],
        "cotangent": numbers(cotangent),
        "output": {"sizes": list(y.shape), "data": numbers(y)},
        "gradients": [None if t.grad is None else numbers(t.grad) for t in tensors],
    }


def numbers(tensor):
    if tensor.dtype == torch.int64:
        return tensor.flatten().tolist()
    return [float(f"{v:.9g}") for v in tensor.detach().flatten().tolist()]


def heads(x, h):
    return x.reshape(x.shape[0], x.shape[1], h, -1).transpose(1, 2)


def attention(q, k, v, mask, h=2):
    scores = heads(q, h) @ heads(k, h).transpose(-1, -2) / math.sqrt(q.shape[-1] / h)
    p = torch.softmax(scores + mask[:, None, None, :], -1)
    return (p @ heads(v, h)).transpose(1, 2).reshape(q.shape)


x3 = ("B", "S", 4)
case("add", [floats(*x3), floats(*x3)], lambda a, b: a + b)
case("add, broadcast", [floats(*x3), floats(4)], lambda a, b: a + b)
case("subtract, broadcast", [floats("B", 1, 4), floats(*x3)], lambda a, b: a - b)
case("multiply", [floats(*x3), floats(*x3)], lambda a, b: a * b)
case("multiply, broadcast", [floats(*x3), floats("S", 1)], lambda a, b: a * b)
case("multiply, itself", [floats(*x3)], lambda a: a * a)
case("divide", [floats(*x3), floats(4, scale=0.2, offset=2)], lambda a, b: a / b)
case("toFloat", [integers([1, 0, 1, 1, 1, 0, 1, 1, 1, 1], "B", "S"), floats("B", "S")], lambda m, a: m * a)
case("affine", [floats(*x3)], lambda a: 3 * a - 2)
case("tanh", [floats(*x3)], torch.tanh)
# No element near the kink, where a finite difference sees both sides.
kinked = floats(*x3)[1]
case("relu", [(list(x3), kinked + 0.1 * kinked.sign())], torch.relu)
case("sigmoid", [floats(*x3)], torch.sigmoid)
case("gelu, exact", [floats(*x3, scale=2)], F.gelu)
case("gelu, tanh", [floats(*x3, scale=2)], lambda a: F.gelu(a, approximate="tanh"))
case("linear", [floats(*x3), floats(3, 4), floats(3)], F.linear)
case("linear, no bias, two axes", [floats("B", 4), floats(3, 4)], F.linear)
case("matmul", [floats("B", 3, "S", 4), floats("B", 3, 4, "T")], lambda a, b: a @ b)
case("matmul, a transposed", [floats("B", 3, 4, "S"), floats("B", 3, 4, "T")], lambda a, b: a.mT @ b)
case("matmul, b transposed", [floats("B", 3, "S", 4), floats("B", 3, "T", 4)], lambda a, b: a @ b.mT)
case("matmul, both transposed", [floats("B", 3, 4, "S"), floats("B", 3, "T", 4)], lambda a, b: a.mT @ b.mT)
case("splitHeads", [floats("B", "S", 6)], lambda a: heads(a, 2))
case("mergeHeads", [floats("B", 2, "S", 3)], lambda a: a.transpose(1, 2).reshape(a.shape[0], a.shape[2], -1))
case("softmax", [floats(*x3, scale=2)], lambda a: torch.softmax(a, -1))

masked = torch.zeros(SIZES["B"], SIZES["T"])
masked[1, 4:] = -1e4
qkv = [floats("B", "S", 6), floats("B", "T", 6), floats("B", "T", 6)]
case("attention", [*qkv, (["B", "T"], masked)], attention)
case("attention, soft mask", [*qkv, floats("B", "T")], attention)
case("layerNorm", [floats(*x3, scale=2, offset=1), floats(4), floats(4)], lambda a, g, b: F.layer_norm(a, (4,), g, b, 1e-5))

ids = integers([0, 3, 3, 1, 3, 6, 0, 0, 2, 3], "B", "S")
case("embedding", [floats(7, 4), ids], lambda table, i: F.embedding(i, table))
case("slice, first", [floats(*x3)], lambda a: a[:, :1])
case("slice, rest", [floats(*x3)], lambda a: a[:, 2:])
case("slice, from the end", [floats(*x3)], lambda a: a[:, 1:-2])
case("slice, fixed axis", [floats(*x3)], lambda a: a[:, :, 1:3])
case("concat", [floats("B", 3, 4), floats(*x3)], lambda a, b: torch.cat([a, b], 1))
case("concat, symbolic first", [floats(*x3), floats("B", 3, 4)], lambda a, b: torch.cat([a, b], 1))
case("reshape", [floats(*x3)], lambda a: a.reshape(*a.shape[:2], 2, 2))
case("reshape, one axis moved", [floats(3, "B", 4)], lambda a: a.reshape(3 * 1, 1, -1, 4))
case("reshape, two axes moved", [floats(3, "B", "S", 4)], lambda a: a.reshape(1, 3, SIZES["B"], SIZES["S"], 4))
case("transpose", [floats("B", 3, "S", 4)], lambda a: a.permute(2, 0, 3, 1))
case("expandLike", [floats("B", 1, 4), floats(*x3)], lambda a, like: a.expand(like.shape))
case("sumLike, leading", [floats(*x3), floats(4)], lambda a, like: a.sum((0, 1)))
case("sumLike, leading and inner", [floats(*x3), floats("S", 1)], lambda a, like: a.sum((0, 2))[:, None])
case("sumLike, inner", [floats(*x3), floats("B", 1, 4)], lambda a, like: a.sum(1, keepdim=True))
case("sum", [floats(*x3)], lambda a: a.sum((0, 2)))
case("sum, kept", [floats(*x3)], lambda a: a.sum(1, keepdim=True))

labels = integers([1, -100, 0, 2, 2, -100, 1, 0, 0, -100], "B", "S")


def cross_entropy(smoothing):
    return lambda logits, target: F.cross_entropy(
        logits.flatten(0, 1), target.flatten(), reduction="sum", label_smoothing=smoothing
    )


case("crossEntropy", [floats("B", "S", 3, scale=2), labels], cross_entropy(0.0))
case("crossEntropy, smoothed", [floats("B", "S", 3, scale=2), labels], cross_entropy(0.1))
case(
    "crossEntropy, many classes",
    [floats("B", 120), integers([119, -100], "B")],
    lambda logits, target: F.cross_entropy(logits, target, reduction="sum"),
)

case(
    "correctCount",
    [floats("B", "S", 3, scale=2), integers([0, -100, 2, 1, 2, -100, 2, 0, 1, -100], "B", "S"), floats("B")],
    lambda logits, target, x: (logits.argmax(-1) == target).sum() * x,
)
case("constant", [floats("B", 3)], lambda x: 3 * x)



def shared_attention(q, k, v, mask, h, g, causal):
    k, v = (x.reshape(*x.shape[:2], g, 1, -1).expand(-1, -1, -1, h // g, -1).flatten(2) for x in (k, v))
    mask = mask if mask.dim() == 4 else mask[:, None, None, :]
    if causal:
        seen = torch.ones(q.shape[1], k.shape[1]).tril(k.shape[1] - q.shape[1])
        mask = mask.masked_fill(seen == 0, -torch.inf)
    scores = heads(q, h) @ heads(k, h).transpose(-1, -2) / math.sqrt(q.shape[-1] / h)
    return (torch.softmax(scores + mask, -1) @ heads(v, h)).transpose(1, 2).reshape(q.shape)


def attention_case(name, queries, keys, mask, h, g, causal):
    read = ("B", keys, 3 * g)
    inputs = [floats("B", queries, 3 * h), floats(*read), floats(*read), mask]
    case(name, inputs, lambda q, k, v, m: shared_attention(q, k, v, m, h, g, causal))


attention_case("attention, causal", "S", "S", floats("B", "S"), 2, 2, True)
attention_case("attention, causal after a past", "S", "T", (["B", "T"], masked), 2, 2, True)
attention_case("attention, grouped", "S", "T", floats("B", "T"), 4, 2, False)
attention_case("attention, one key head, causal", "S", "T", floats("B", "T"), 3, 1, True)
attention_case("attention, mask by head and query", "S", "T", floats("B", 4, "S", "T"), 4, 2, False)
attention_case("attention, mask by query, causal", "S", "T", floats(1, 1, "S", "T"), 4, 2, True)

case("silu", [floats(*x3, scale=2)], F.silu)
case("rmsNorm", [floats(*x3, scale=2, offset=1), floats(4)], lambda a, g: F.rms_norm(a, (4,), g, 1e-5))
case("rmsNorm, two axes", [floats("B", 6, scale=2), floats(6)], lambda a, g: F.rms_norm(a, (6,), g, 1e-6))


def rotary(x, positions, cosines, sines, h, inverse=False):
    """As transformers does it: x·cos + rotate_half(x)·sin, for the first numbers of each head."""
    cosine, sine = (t.detach()[positions].repeat(1, 1, 2)[:, None] for t in (cosines, sines))
    split = heads(x, h)
    turned, rest = split.split([cosine.shape[-1], split.shape[-1] - cosine.shape[-1]], -1)
    first, second = turned.chunk(2, -1)
    half_turn = torch.cat((-second, first), -1)
    y = turned * cosine + half_turn * (-sine if inverse else sine)
    return torch.cat((y, rest), -1).transpose(1, 2).reshape(x.shape)


angles = torch.arange(9)[:, None] / 3.0 ** torch.arange(3)
tables = ([9, 3], angles.cos()), ([9, 3], angles.sin())
positions = integers([4, 0, 1, 2, 3, 8, 7, 5, 0, 0], "B", "S")
case("rotary", [floats("B", "S", 12), positions, *tables], lambda *given: rotary(*given, 2))
case("rotary, inverse", [floats("B", "S", 12), positions, *tables], lambda *given: rotary(*given, 2, True))
case("rotary, part of a head", [floats("B", "S", 16), positions, *tables], lambda *given: rotary(*given, 2))
case("pickRows", [floats(*x3), integers([7, 0, 3], "M")], lambda a, rows: a.flatten(0, 1)[rows])


def moved_ids(i, a):
    joined = torch.cat([i[:, 1:], i[:, :1], i[:, -2:]], 1)  # [B,S+2]
    turned = joined[:, :, None].permute(1, 0, 2)  # [S+2,B,1]
    return turned.expand(a.shape) * a


case(
    "reshape, sums of symbols",
    [integers([0, 2, 1, 0, 0, 1], "B", "M"), floats("B", "M+S", 4)],
    lambda i, a: a[:, :, None] * i.sum(),
)
case("slice, last", [floats(*x3)], lambda a: a[:, -2:])
case("slice, before the last", [floats("B", 6, 4)], lambda a: a[:, -4:-1])
case("ids, moved", [ids, floats("S+2", "B", 3)], moved_ids)



def head_loss(smoothing):
    return lambda x, weight, target: F.cross_entropy(
        x @ weight.detach().T, target, reduction="sum", label_smoothing=smoothing
    )


few = integers([3, -100, 0, 8, 2], "S")
case("headLoss", [floats("S", 4), floats(9, 4), few], head_loss(0.0))
case("headLoss, smoothed, more chunks than rows need", [floats("S", 4), floats(9, 4), few], head_loss(0.1))
case(
    "headLoss, right labels counted",
    [floats("S", 4), floats(9, 4), integers([7, -100, 0, 8, 2], "S"), floats("B")],
    lambda rows, weight, target, x: ((rows @ weight.T).argmax(-1) == target).sum() * x,
)


def cached_attention(h, g):
    """Row by row, without a mask: what of a row's cache is filled, then the new tokens. Nothing is trained behind it."""

    def function(q, k, v, past_k, past_v, filled, x):
        rows = []
        for b, count in enumerate(filled.tolist()):
            for i in range(q.shape[1]):
                key, value = (
                    torch.cat((past[b, :, :count], heads(own[b : b + 1, : i + 1], g)[0]), 1).repeat_interleave(h // g, 0)
                    for past, own in ((past_k, k), (past_v, v))
                )
                scores = heads(q[b : b + 1, i : i + 1], h)[0] @ key.mT / math.sqrt(key.shape[-1])
                rows.append((torch.softmax(scores, -1) @ value).flatten())
        return torch.stack(rows).reshape(q.shape).detach() * x

    return function


def cached_case(name, tokens, filled, h, g, e, rows):
    query, own = floats(rows, tokens, h * e), [floats(rows, tokens, g * e) for _ in range(2)]
    past = [floats(rows, g, "T", e) for _ in range(2)]
    case(name, [query, *own, *past, integers(filled, rows), floats(rows, tokens, h * e)], cached_attention(h, g))


cached_case("cachedAttention, a token for each row", 1, [5, 2], 4, 2, 8, "B")
cached_case("cachedAttention, several tokens of one row", "S", [1], 2, 2, 16, 1)
cached_case("cachedAttention, an empty cache", "S", [0], 3, 1, 8, 1)
cached_case("cachedAttention, narrow heads, a token for each row", 1, [5, 2], 4, 2, 6, "B")
cached_case("cachedAttention, narrow heads, several tokens of one row", "S", [1], 2, 1, 6, 1)
distances = torch.tensor([3, 0, 0, 1, 2])[(torch.arange(5) - torch.arange(5)[:, None]).clamp(-2, 2) + 2]
case(
    "distanceRows",
    [integers(range(10), "B", "S"), floats(4, 3)],
    lambda _, table: table[distances],
)
case(
    "layerNorm, no bias",
    [floats(*x3), floats(4, offset=1)],
    lambda x, gain: F.layer_norm(x, (4,), gain, None, 1e-5),
)


def skewed(x):
    """Place by place: the number at j - i + S of row i."""
    rows = range(x.shape[2])
    return torch.stack([torch.stack([x[:, :, i, j - i + len(rows)] for j in rows], -1) for i in rows], -2)


case("skew", [floats("B", 3, "S", "2*S")], skewed)
case("skew, one row", [floats("B", 3, 1, 2)], skewed)
case("matmul, one matrix for all rows", [floats("B", 3, "S", 4), floats(1, 3, "T", 4)], lambda a, b: a @ b.mT)
case("matmul, a alone and transposed", [floats(1, 4, "S"), floats("B", 4, "T")], lambda a, b: a.mT @ b)


Path(__file__).with_name("ops.json").write_text(
    "{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in cases.items()) + "\n}\n"
)
