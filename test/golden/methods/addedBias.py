"""Gives every norm without a bias one of its own, as a hook on transformers' models, and stores the loss (summed over
tokens, or rows) and the gradients of all gains and of these biases.

Run from this folder with torch, transformers and safetensors installed, after ../decoders/make.py and
../models/make.py: python addedBias.py
Versions used for the committed file: torch 2.13.0, transformers 5.23.0.
"""

import json
import pathlib

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

here = pathlib.Path(__file__).parent
torch.manual_seed(5)
out = {}


def record(name, model, loss_of):
    model.eval().requires_grad_(False)
    tuned = {}
    for path, module in model.base_model.named_modules():
        if not type(module).__name__.endswith("Norm"):
            continue
        assert getattr(module, "bias", None) is None, path
        bias = torch.nn.Parameter(0.4 * torch.randn(module.weight.shape))
        module.register_forward_hook(lambda _, x, y, bias=bias: y + bias)
        tuned |= {f"{path}.weight": module.weight.requires_grad_(True), f"{path}.bias": bias}
    loss = loss_of(model)
    out[f"{name}/loss"] = loss.reshape(1)
    for (tensor, parameter), gradient in zip(tuned.items(), torch.autograd.grad(loss, list(tuned.values()))):
        out[f"{name}/value/{tensor}"] = parameter
        out[f"{name}/gradient/{tensor}"] = gradient


golden = json.loads((here.parent / "decoders" / "logits.json").read_text())
for name in ("llama", "qwen3"):
    feeds = {key: torch.tensor(value) for key, value in golden[name]["feeds"].items()}
    labels = torch.tensor(golden[name]["labels"])
    record(
        name,
        AutoModelForCausalLM.from_pretrained(here.parent / "decoders" / name, dtype=torch.float32),
        lambda model: torch.nn.functional.cross_entropy(
            model(**feeds).logits.flatten(0, 1), labels.flatten(), reduction="sum"
        ),
    )

ids = torch.tensor([[3, 7, 11, 5, 2], [4, 9, 1, 13, 6], [8, 2, 10, 0, 0]])
mask = (torch.arange(5) < torch.tensor([[5], [5], [3]])).long()
classes = torch.tensor([0, 2, 1])
record(
    "modernbert",
    AutoModelForSequenceClassification.from_pretrained(here.parent / "models" / "modernbert-sequence"),
    lambda model: torch.nn.functional.cross_entropy(
        model(input_ids=ids, attention_mask=mask).logits, classes, reduction="sum"
    ),
)
out |= {"modernbert/ids": ids, "modernbert/mask": mask, "modernbert/classes": classes}

save_file({name: value.detach().contiguous() for name, value in out.items()}, here / "addedBias.safetensors")
