"""The tuning methods in plain PyTorch, written from their formulas as hooks on transformers' own models.

Nothing here is shared with the program under test but the names of the tensors.
"""

from itertools import count, takewhile

import torch
from torch import nn
from torch.nn import functional as F
from transformers import AttentionInterface
from transformers.masking_utils import AttentionMaskInterface, eager_mask
from transformers.models.bert.modeling_bert import eager_attention_forward
from transformers.models.deberta_v2.modeling_deberta_v2 import DisentangledSelfAttention
from transformers.models.mpnet.modeling_mpnet import MPNetSelfAttention

# The order in which methods of a union act, as documented for configs.
ORDER = ["full", "head-only", "ln-tuning", "bitfit", "lora", "ia3", "prefix", "adapter"]
ACTIVATIONS = {"relu": torch.relu, "gelu": F.gelu, "swish": F.silu, "tanh": torch.tanh}
# Where the parts of a block lie; `reads` are the modules whose input is what the block reads, `outside` norms of no block,
# `fused` linear layers that are one there, with the parts that methods see, `inner` what an adapter's name leaves out of a path.
BERT = dict(
    blocks="encoder.layer.{}",
    attention="attention.self",
    reads=dict(attention="attention", ffn="intermediate"),
    norms=dict(attention="attention.output.LayerNorm", ffn="output.LayerNorm"),
    outside=dict(embedding="embeddings.LayerNorm"),
    fused={},
    inner="",
    linears=dict(
        query="attention.self.query",
        key="attention.self.key",
        value="attention.self.value",
        output="attention.output.dense",
        up="intermediate.dense",
        down="output.dense",
    ),
)
DISTILBERT = BERT | dict(
    blocks="transformer.layer.{}",
    attention="attention",
    reads=dict(attention="attention", ffn="ffn"),
    norms=dict(attention="sa_layer_norm", ffn="output_layer_norm"),
    linears=dict(
        query="attention.q_lin",
        key="attention.k_lin",
        value="attention.v_lin",
        output="attention.out_lin",
        up="ffn.lin1",
        down="ffn.lin2",
    ),
)
MPNET = BERT | dict(
    attention="attention.attn",
    norms=dict(attention="attention.LayerNorm", ffn="output.LayerNorm"),
    linears=BERT["linears"]
    | {name: f"attention.attn.{name[0]}" for name in ("query", "key", "value", "output")},
)
ALBERT = BERT | dict(
    blocks="encoder.albert_layer_groups.{}.albert_layers.0",
    inner=".albert_layers.0",
    attention="attention",
    reads=dict(attention="attention", ffn="ffn"),
    norms=dict(attention="attention.LayerNorm", ffn="full_layer_layer_norm"),
    linears=dict(
        query="attention.query",
        key="attention.key",
        value="attention.value",
        output="attention.dense",
        up="ffn",
        down="ffn_output",
    ),
)
MODERNBERT = BERT | dict(
    blocks="layers.{}",
    attention="attn",
    reads=dict(attention="attn", ffn="mlp"),
    norms=dict(attention="attn_norm", ffn="mlp_norm"),
    outside=dict(embedding="embeddings.norm", final="final_norm"),
    fused={"attn.Wqkv": ("query", "key", "value"), "mlp.Wi": ("gate", "up")},
    linears=dict(
        query="attn.Wqkv.query",
        key="attn.Wqkv.key",
        value="attn.Wqkv.value",
        output="attn.Wo",
        gate="mlp.Wi.gate",
        up="mlp.Wi.up",
        down="mlp.Wo",
    ),
)
DEBERTA = BERT | dict(
    outside=dict(embedding="embeddings.LayerNorm", position="encoder.LayerNorm"),
    linears=BERT["linears"] | {name: f"attention.self.{name}_proj" for name in ("query", "key", "value")},
)
LAYOUTS = {"distilbert": DISTILBERT, "mpnet": MPNET, "albert": ALBERT, "modernbert": MODERNBERT, "deberta-v2": DEBERTA}


class Fused(nn.Module):
    """A linear layer as its parts side by side, each of which can be tuned alone."""

    def __init__(self, whole, names):
        super().__init__()
        rows = whole.out_features // len(names)
        for i, name in enumerate(names):
            part = nn.Linear(whole.in_features, rows, bias=whole.bias is not None)
            for key, tensor in part.named_parameters():
                tensor.data = getattr(whole, key).data[i * rows : (i + 1) * rows].clone()
            self.add_module(name, part)

    def forward(self, x):
        return torch.cat([part(x) for part in self.children()], -1)


def attend_with_prefix(module, query, key, value, mask, **options):
    """Eager attention over [P_k; K] and [P_v; V] where the module has a prefix."""
    learned = getattr(module, "learned_prefix", None)
    if learned is not None:
        batch, heads, _, width = key.shape
        own_key, own_value = (
            part.view(-1, heads, width).transpose(0, 1).expand(batch, -1, -1, -1) for part in learned()
        )
        gate = getattr(module, "prefix_gate", None)
        if gate is not None:
            own_key, own_value = gate * own_key, gate * own_value
        key, value = torch.cat([own_key, key], 2), torch.cat([own_value, value], 2)
        if mask is not None:
            mask = F.pad(mask, (own_key.shape[2], 0))
    return eager_attention_forward(module, query, key, value, mask, **options)


def mpnet_attention(self, hidden_states, attention_mask=None, position_bias=None, **_):
    """MPNet's own attention, whose class asks no interface: scores of the prefix have no bias."""
    shape = (*hidden_states.shape[:2], self.num_attention_heads, self.attention_head_size)
    query, key, value = (part(hidden_states).view(shape).transpose(1, 2) for part in (self.q, self.k, self.v))
    biased = position_bias if attention_mask is None else position_bias + attention_mask
    options = dict(scaling=self.attention_head_size**-0.5)
    y, probabilities = attend_with_prefix(self, query, key, value, biased, **options)
    return self.o(y.flatten(2)), probabilities


def deberta_attention(self, hidden_states, attention_mask, _=False, *, relative_pos, rel_embeddings, **__):
    """DeBERTa's own attention: scores of the prefix have no terms of places."""
    parts = (self.query_proj, self.key_proj, self.value_proj)
    query, key, value = (self.transpose_for_scores(part(hidden_states), self.num_attention_heads) for part in parts)
    factor = 1 + len(self.pos_att_type)
    bias = self.disentangled_attention_bias(query, key, relative_pos, rel_embeddings, factor)
    query, key, value, bias = (x.unflatten(0, (-1, self.num_attention_heads)) for x in (query, key, value, bias))
    masked = bias.masked_fill(~attention_mask.bool(), -1e9)
    options = dict(scaling=(factor * self.attention_head_size) ** -0.5)
    y, probabilities = attend_with_prefix(self, query, key, value, masked, **options)
    return y.flatten(2), probabilities


MPNetSelfAttention.forward = mpnet_attention
DisentangledSelfAttention.forward = deberta_attention
AttentionInterface.register("with_prefix", attend_with_prefix)
AttentionMaskInterface.register("with_prefix", eager_mask)


class Tuned:
    """A model of transformers with a union of methods on it."""

    def __init__(self, model, methods, train_pooler):
        self.model, self.backbone = model.eval(), model.base_model
        self.layout = LAYOUTS.get(model.config.model_type, BERT)
        for _, block in self.blocks():
            for path, parts in self.layout["fused"].items():
                block.set_submodule(path, Fused(block.get_submodule(path), parts))
        self.tuned = {}  # name -> parameter that trains
        self.shift = 0  # how far position ids move up
        self.mask = None  # that of the batch at hand
        model.register_forward_pre_hook(
            lambda _, args, options: setattr(self, "mask", options["attention_mask"]), with_kwargs=True
        )
        model.requires_grad_(False)
        inside = {id(parameter) for parameter in self.backbone.parameters()}
        for name, parameter in model.named_parameters():
            if id(parameter) not in inside or (train_pooler and ".pooler." in name):
                self.train(name, parameter)
        for method in sorted(methods, key=lambda method: ORDER.index(method["name"])):
            METHODS[method["name"]](self, **method["options"])

    def train(self, name, parameter):
        if not any(parameter is known for known in self.tuned.values()):
            self.tuned[name] = parameter.requires_grad_(True)

    def add(self, name, *shape):
        self.tuned[name] = nn.Parameter(torch.zeros(shape))
        return self.tuned[name]

    def add_gate(self, path, width):
        """x[..., D] -> a number between 0 and 1, [..., 1]."""
        weight, bias = self.add(f"{path}.weight", 1, width), self.add(f"{path}.bias", 1)
        return lambda x: torch.sigmoid(F.linear(x, weight, bias))

    def named(self, name):
        """The tensor of a name, with or without the backbone's prefix; None if there is none."""
        known = dict(self.model.named_parameters(remove_duplicate=False)) | self.tuned
        return known.get(name, known.get(f"{self.model.base_model_prefix}.{name}"))

    def blocks(self, layers=None):
        """(path, block) of the blocks that an option `layers` names: `3`, `0-2`, or a list of these."""
        modules = dict(self.backbone.named_modules())
        blocks = list(takewhile(modules.__contains__, map(self.layout["blocks"].format, count())))
        ranges = [str(item).split("-") for item in (layers if isinstance(layers, list) else [layers])]
        chosen = {i for first, *last in ranges for i in range(int(first), int((last or [first])[0]) + 1)} if (
            layers is not None
        ) else range(len(blocks))
        return [(blocks[i], modules[blocks[i]]) for i in sorted(chosen)]

    def linears(self, targets, layers):
        for path, block in self.blocks(layers):
            for target in targets:
                place = self.layout["linears"][target]
                yield f"{path}.{place}", target, block.get_submodule(place)

    def own_parameters(self):
        """The backbone's, without a pooler that belongs to the head."""
        head = {id(parameter) for parameter in self.tuned.values()}
        return [(name, p) for name, p in self.backbone.named_parameters() if id(p) not in head]


def full(self):
    for name, parameter in self.own_parameters():
        self.train(name, parameter)


def head_only(self):
    pass


def ln_tuning(self, terms, norms=None, layers=None, added_bias=False):
    assert not added_bias  # see test/golden/methods/addedBias.py
    modules = dict(self.backbone.named_modules())
    outside = {norm: path for norm, path in self.layout["outside"].items() if path in modules}
    chosen = norms or [*self.layout["norms"], *(outside if layers is None else [])]
    places = [
        (f"{path}.{self.layout['norms'][norm]}", block.get_submodule(self.layout["norms"][norm]))
        for path, block in self.blocks(layers)
        for norm in chosen
        if norm not in outside
    ]
    places += [(outside[norm], self.backbone.get_submodule(outside[norm])) for norm in chosen if norm in outside]
    for path, norm in places:
        if isinstance(norm, nn.Identity):  # before ModernBERT's first block
            continue
        assert isinstance(norm, nn.LayerNorm)
        for term in terms:
            name = {"gain": "weight", "bias": "bias"}[term]
            self.train(f"{path}.{name}", getattr(norm, name))


def bitfit(self, norm_biases, layers=None):
    paths = None if layers is None else tuple(f"{path}." for path, _ in self.blocks(layers))
    for name, parameter in self.own_parameters():
        norm = isinstance(self.backbone.get_submodule(name.rpartition(".")[0]), nn.LayerNorm)
        if name.endswith(".bias") and (norm_biases or not norm) and (paths is None or name.startswith(paths)):
            self.train(name, parameter)


def lora(self, rank, alpha, targets, layers=None, gated=False):
    for path, _, linear in self.linears(targets, layers):
        a = self.add(f"{path}.lora_A.weight", rank, linear.in_features)
        b = self.add(f"{path}.lora_B.weight", linear.out_features, rank)
        gate = self.add_gate(f"{path}.lora_gate", linear.in_features) if gated else lambda x: 1
        linear.register_forward_hook(
            lambda _, x, y, a=a, b=b, gate=gate: y + gate(x[0]) * (alpha / rank) * (x[0] @ a.T @ b.T)
        )


def ia3(self, attention_output, layers=None):
    for path, target, linear in self.linears(
        ["key", "value", "down"] + ["output"] * attention_output, layers
    ):
        if target in ("key", "value"):
            scale = self.add(f"{path}.ia3_l", linear.out_features)
            linear.register_forward_hook(lambda _, x, y, scale=scale: scale * y)
        else:
            scale = self.add(f"{path}.ia3_l", linear.in_features)
            linear.register_forward_pre_hook(lambda _, x, scale=scale: (scale * x[0],))


def prefix(self, length, positions, mlp, mlp_width, init, init_std, gated=False):
    width = self.model.config.hidden_size
    self.shift += length if positions == "shifted" else 0
    blocks = self.blocks()
    if mlp:
        table = self.add("prefix.embedding.weight", length, width)
        inner = self.add("prefix.mlp.in.weight", mlp_width, width), self.add("prefix.mlp.in.bias", mlp_width)
        total = 2 * len(blocks) * width
        outer = self.add("prefix.mlp.out.weight", total, mlp_width), self.add("prefix.mlp.out.bias", total)

        def learned(i):
            flat = F.linear(torch.tanh(F.linear(table, *inner)), *outer)
            return flat.view(length, len(blocks), 2, width)[:, i].unbind(1)
    else:
        pairs = [[self.add(f"prefix.layer.{i}.{part}", length, width) for part in ("key", "value")]
                 for i in range(len(blocks))]

        def learned(i):
            return pairs[i]

    for i, (_, block) in enumerate(blocks):
        attention = block.get_submodule(self.layout["attention"])
        attention.learned_prefix = lambda i=i: learned(i)
        if not gated:
            continue
        gate = self.add_gate(f"prefix.layer.{i}.gate", width)

        def open_gate(module, args, options, gate=gate):
            x = args[0] if args else options["hidden_states"]
            real = self.mask.to(x.dtype)[..., None]
            module.prefix_gate = ((gate(x) * real).sum(1) / real.sum(1)).view(-1, 1, 1, 1)

        attention.register_forward_pre_hook(open_gate, with_kwargs=True)


def adapter(self, at, placement, bottleneck, activation, scale=None, layers=None, gated=False):
    parallel = placement == "parallel"
    factor = scale if scale is not None else 4 if parallel else 1
    width = self.model.config.hidden_size
    for path, block in self.blocks(layers):
        for place in at:
            name = f"{path.removesuffix(self.layout['inner'])}.{place}.{'parallel_adapter' if parallel else 'adapter'}"
            down = self.add(f"{name}.down.weight", bottleneck, width), self.add(f"{name}.down.bias", bottleneck)
            up = self.add(f"{name}.up.weight", width, bottleneck), self.add(f"{name}.up.bias", width)
            gate = self.add_gate(f"{name}.gate", width) if gated else lambda u: 1
            seen = {}

            def remember(_, args, options, seen=seen):
                seen["input"] = args[0] if args else options["hidden_states"]

            def change(_, x, h, down=down, up=up, seen=seen, gate=gate):
                u = seen["input"] if parallel else h
                return h + gate(u) * factor * F.linear(ACTIVATIONS[activation](F.linear(u, *down)), *up)

            block.get_submodule(self.layout["reads"][place]).register_forward_pre_hook(remember, with_kwargs=True)
            dense = self.layout["linears"]["output" if place == "attention" else "down"]
            block.get_submodule(dense).register_forward_hook(change)


METHODS = {
    "full": full,
    "head-only": head_only,
    "ln-tuning": ln_tuning,
    "bitfit": bitfit,
    "lora": lora,
    "ia3": ia3,
    "prefix": prefix,
    "adapter": adapter,
}
