"""Gated methods on the tiny BERT of make.py, by the plain PyTorch of ../../torch/methods.py: their tensors at random
values, and the logits and gradients.

Run from this folder with torch, transformers and safetensors installed, after make.py: python gates.py
Versions used for the committed file: torch 2.13.0, transformers 5.23.0.
"""

import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertForSequenceClassification

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parents[1] / "torch"))
from methods import Tuned  # noqa: E402

golden = load_file(here / "methods.safetensors")
base = {name.removeprefix("base/"): value for name, value in golden.items() if name.startswith("base/")}
ids, types, mask, labels = (golden[f"input/{name}"] for name in ("ids", "types", "mask", "labels"))
config = BertConfig(
    vocab_size=20,
    hidden_size=8,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=12,
    max_position_embeddings=16,
    type_vocab_size=2,
    num_labels=3,
    hidden_dropout_prob=0.0,
    attention_probs_dropout_prob=0.0,
    attn_implementation="with_prefix",
)
torch.manual_seed(6)
out = {}
adapter = dict(at=["attention"], placement="sequential", bottleneck=3, activation="relu", gated=True)
prefix = dict(length=3, positions="shifted", mlp=False, mlp_width=5, init="random", init_std=1, gated=True)
cases = {
    "gated-lora": [dict(name="lora", options=dict(rank=2, alpha=6, targets=["query", "down"], gated=True))],
    "gated-prefix": [dict(name="prefix", options=prefix)],
    "gated-adapter": [dict(name="adapter", options=adapter)],
    "gated-parallel": [
        dict(name="adapter", options=adapter | dict(at=["ffn"], placement="parallel", activation="gelu"))
    ],
    "gated-unified": [
        dict(name="prefix", options=prefix),
        dict(name="adapter", options=adapter),
        dict(name="ln-tuning", options=dict(terms=["gain", "bias"])),
    ],
}
for case, methods in cases.items():
    model = BertForSequenceClassification(config)
    own = model.state_dict()
    model.load_state_dict({name if name in own else f"bert.{name}": value for name, value in base.items()}, strict=False)
    head = {name for name in model.state_dict() if "pooler" in name or "classifier" in name}
    tuned = Tuned(model, methods, True)
    moved = {name: p for name, p in tuned.tuned.items() if name not in head and name.removeprefix("bert.") not in head}
    for parameter in moved.values():
        with torch.no_grad():
            parameter.add_(0.5 * torch.randn(parameter.shape))
    positions = torch.arange(ids.shape[1])[None].expand(ids.shape) + tuned.shift
    logits = model(input_ids=ids, token_type_ids=types, attention_mask=mask, position_ids=positions).logits
    loss = torch.nn.functional.cross_entropy(logits, labels, reduction="sum")
    gradients = torch.autograd.grad(loss, list(moved.values()))
    out[f"{case}/logits"] = logits
    for (name, parameter), gradient in zip(moved.items(), gradients):
        out[f"{case}/value/{name}"] = parameter
        out[f"{case}/gradient/{name}"] = gradient

save_file({name: value.detach().contiguous() for name, value in out.items()}, here / "gates.safetensors")
