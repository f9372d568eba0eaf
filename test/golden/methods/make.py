"""Makes a tiny BERT, tuned tensors for each method under this project's names, and the logits and gradients that
PEFT (where it has the method) or a plain PyTorch hook (adapters) gives.

Run from this folder with torch, transformers, peft and safetensors installed: python make.py
Versions used for the committed file: torch 2.13.0, transformers 5.23.0, peft 0.21.0.
"""

import pathlib

import peft
import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertForSequenceClassification

L, D, F, CLASSES, PREFIX = 2, 8, 12, 3, 3
torch.manual_seed(0)
config = BertConfig(
    vocab_size=20,
    hidden_size=D,
    num_hidden_layers=L,
    num_attention_heads=2,
    intermediate_size=F,
    max_position_embeddings=16,
    type_vocab_size=2,
    num_labels=CLASSES,
    hidden_dropout_prob=0.0,
    attention_probs_dropout_prob=0.0,
)
ids = torch.randint(0, 20, (3, 5))
types = torch.tensor([[0, 0, 0, 1, 1]] * 3)
mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
labels = torch.tensor([0, 2, 1])

template = BertForSequenceClassification(config)
base = {}
for name, parameter in template.named_parameters():
    offset = 1.0 if name.endswith("LayerNorm.weight") else 0.0
    base[name] = offset + 0.4 * torch.randn(parameter.shape)

out = {f"base/{name.removeprefix('bert.')}": value for name, value in base.items()}
out |= {f"input/{name}": value for name, value in dict(ids=ids, types=types, mask=mask, labels=labels).items()}


def fresh():
    model = BertForSequenceClassification(config)
    model.load_state_dict(base, strict=False)
    return model.eval()


def record(case, model, tuned, reshape=lambda name, value: value):
    """Moves the tuned tensors (our name -> parameter) to random values; stores them, the logits and the gradients."""
    for parameter in tuned.values():
        parameter.requires_grad_(True)
        with torch.no_grad():
            parameter.add_(0.2 * torch.randn(parameter.shape))
    logits = model(input_ids=ids, token_type_ids=types, attention_mask=mask).logits
    loss = torch.nn.functional.cross_entropy(logits, labels, reduction="sum")
    gradients = torch.autograd.grad(loss, list(tuned.values()))
    out[f"{case}/logits"] = logits
    for (name, parameter), gradient in zip(tuned.items(), gradients):
        out[f"{case}/value/{name}"] = reshape(name, parameter)
        out[f"{case}/gradient/{name}"] = reshape(name, gradient)


def ours(name):
    """PEFT's parameter name as ours."""
    return name.replace("base_model.model.bert.", "").replace(".default", "").replace("ln_tuning_layers.", "")


def tuned_by(model, mark):
    return {ours(name): p for name, p in model.named_parameters() if mark in name}


lora = peft.get_peft_model(
    fresh(), peft.LoraConfig(task_type="SEQ_CLS", r=2, lora_alpha=6, lora_dropout=0.0, target_modules=["query", "value"])
).eval()
record("lora", lora, tuned_by(lora, "lora_"))

ia3 = peft.get_peft_model(
    fresh(),
    peft.IA3Config(
        task_type="SEQ_CLS",
        target_modules=["key", "value", "output.dense"],
        feedforward_modules=["output.dense"],
    ),
).eval()
record("ia3", ia3, tuned_by(ia3, "ia3_l"), lambda name, value: value.flatten())

norms = peft.get_peft_model(fresh(), peft.LNTuningConfig(task_type="SEQ_CLS", target_modules=["LayerNorm"])).eval()
record("ln-tuning", norms, tuned_by(norms, "ln_tuning_layers"))


def cut(prompt):
    """PEFT's prompt [l, 2*L*D], columns K0, V0, K1, V1, …, as our tensors."""
    parts = prompt.detach().split(D, dim=1)
    return {
        f"prefix.layer.{i // 2}.{'value' if i % 2 else 'key'}": part.contiguous() for i, part in enumerate(parts)
    }


def record_prefix(case, **options):
    model = peft.get_peft_model(
        fresh(), peft.PrefixTuningConfig(task_type="SEQ_CLS", num_virtual_tokens=PREFIX, **options)
    ).eval()
    encoder = model.prompt_encoder["default"]
    names = {
        "embedding.weight": "prefix.embedding.weight",
        "transform.0.weight": "prefix.mlp.in.weight",
        "transform.0.bias": "prefix.mlp.in.bias",
        "transform.2.weight": "prefix.mlp.out.weight",
        "transform.2.bias": "prefix.mlp.out.bias",
    }
    record(case, model, {names[name]: p for name, p in encoder.named_parameters()})
    if case == "prefix":
        for kind in ("value", "gradient"):
            whole = out.pop(f"{case}/{kind}/prefix.embedding.weight")
            out.update({f"{case}/{kind}/{name}": part for name, part in cut(whole).items()})


record_prefix("prefix")
record_prefix("prefix-mlp", prefix_projection=True, encoder_hidden_size=5)


class Bottleneck(torch.nn.Module):
    def __init__(self, activation, scale):
        super().__init__()
        self.down, self.up = torch.nn.Linear(D, 3), torch.nn.Linear(3, D)
        self.activation, self.scale = activation, scale

    def forward(self, h, u):
        return h + self.scale * self.up(self.activation(self.down(u)))


def record_adapter(case, block, parallel, activation, scale):
    model = fresh()
    tuned = {}
    for i, layer in enumerate(model.bert.encoder.layer):
        adapter = Bottleneck(activation, scale)
        dense = layer.attention.output.dense if block == "attention" else layer.output.dense
        read = layer.attention if block == "attention" else layer.intermediate
        seen = {}
        read.register_forward_pre_hook(
            lambda module, args, kwargs, seen=seen: seen.update(x=args[0] if args else kwargs["hidden_states"]),
            with_kwargs=True,
        )
        dense.register_forward_hook(
            lambda module, args, h, adapter=adapter, seen=seen: adapter(h, seen["x"] if parallel else h)
        )
        kind = "parallel_adapter" if parallel else "adapter"
        tuned |= {f"encoder.layer.{i}.{block}.{kind}.{name}": p for name, p in adapter.named_parameters()}
    record(case, model, tuned)


record_adapter("adapter-attention", "attention", False, torch.relu, 1.0)
record_adapter("adapter-ffn-parallel", "ffn", True, torch.nn.functional.gelu, 4.0)

save_file(
    {name: value.detach().contiguous() for name, value in out.items()},
    pathlib.Path(__file__).parent / "methods.safetensors",
)
