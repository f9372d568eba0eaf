"""Tuning a decoder with transformers and peft, the peer of bench/decoder.ts: prints one JSON line.

The loop is Trainer's: forward, backward, clipping to 1, AdamW, linear decay after a warm-up. The batches are given.
"""

import json
import math
import resource
import sys
import time

folder, batch_file, method, precision, threads, rate, seed, warmup_ratio, started = sys.argv[1:10]
prompt_file = sys.argv[10] if len(sys.argv) > 10 else None

import torch
from peft import LoraConfig, PrefixTuningConfig, get_peft_model
from transformers import AutoModelForCausalLM, get_linear_schedule_with_warmup

torch.set_num_threads(int(threads))
torch.manual_seed(int(seed))
IGNORED_LABEL = -100
dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[precision]
model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype)


class Adapter(torch.nn.Module):
    """h + up(relu(down(h)))"""

    def __init__(self, hidden, bottleneck=16):
        super().__init__()
        self.down = torch.nn.Linear(hidden, bottleneck, dtype=dtype)
        self.up = torch.nn.Linear(bottleneck, hidden, dtype=dtype)
        for dense in (self.down, self.up):
            torch.nn.init.normal_(dense.weight, std=0.02)
            torch.nn.init.zeros_(dense.bias)

    def forward(self, h):
        return h + self.up(torch.relu(self.down(h)))


def tune(model, tuned):
    for name, parameter in model.named_parameters():
        parameter.requires_grad = any(part in name for part in tuned)
    return model


if method == "lora":
    config = LoraConfig(task_type="CAUSAL_LM", r=8, lora_alpha=16, target_modules=["q_proj", "v_proj"])
    model = get_peft_model(model, config, autocast_adapter_dtype=False)
elif method == "prefix":
    model = get_peft_model(model, PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=16))
elif method == "unified":
    # What no library offers in one: prefix, adapter behind attention, norms.
    for layer in model.model.layers:
        layer.self_attn.o_proj = torch.nn.Sequential(layer.self_attn.o_proj, Adapter(model.config.hidden_size))
    model = get_peft_model(model, PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=16))
    tune(model, ("norm", "prompt_encoder", ".up.", ".down."))
else:
    tune(model, ("norm",))
if method in ("prefix", "unified"):
    for parameter in model.prompt_encoder.parameters():
        torch.nn.init.normal_(parameter, std=0.02)
    model.prompt_encoder.to(dtype)


def padded(rows):
    length = max(len(row["ids"]) for row in rows)

    def filled(key, value):
        return torch.tensor([row[key] + [value] * (length - len(row[key])) for row in rows])

    mask = torch.tensor([[1] * len(row["ids"]) + [0] * (length - len(row["ids"])) for row in rows])
    return {"input_ids": filled("ids", 0), "attention_mask": mask, "labels": filled("labels", IGNORED_LABEL)}


with open(batch_file, encoding="utf-8") as file:
    batches = json.load(file)
total = len(batches["train"])
parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
optimizer = torch.optim.AdamW(parameters, lr=float(rate), weight_decay=0.0)
schedule = get_linear_schedule_with_warmup(optimizer, math.ceil(float(warmup_ratio) * total), total)
model.train()
seconds, losses, first = [], [], None
for rows in batches["train"]:
    begun = time.perf_counter()
    loss = model(**padded(rows)).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()
    schedule.step()
    optimizer.zero_grad()
    losses.append(loss.item())
    seconds.append(time.perf_counter() - begun)
    first = first or time.time() - float(started) / 1000

model.eval()
loss_sum, labelled, right = 0.0, 0, 0
with torch.no_grad():
    for rows in batches["validation"]:
        inputs = padded(rows)
        count = int((inputs["labels"][:, 1:] != IGNORED_LABEL).sum())
        found = model(**inputs)
        loss_sum += found.loss.item() * count
        # A prefix of PEFT's stands in the cache, not in the logits: positions are those of the labels.
        right += int((found.logits[:, :-1].argmax(-1) == inputs["labels"][:, 1:]).sum())
        labelled += count
peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def write_texts(ids, max_tokens, at_a_time):
    """Greedy, the longest prompts first, as many beside each other as ours; token ids in the order of the prompts."""
    end = model.generation_config.eos_token_id
    ends = set(end if isinstance(end, list) else [end])
    texts = [None] * len(ids)
    order = sorted(range(len(ids)), key=lambda row: -len(ids[row]))
    for start in range(0, len(order), at_a_time):
        rows = order[start : start + at_a_time]
        length = max(len(ids[row]) for row in rows)
        filled = torch.tensor([[0] * (length - len(ids[row])) + ids[row] for row in rows])
        mask = torch.tensor([[0] * (length - len(ids[row])) + [1] * len(ids[row]) for row in rows])
        with torch.no_grad():
            found = model.generate(
                input_ids=filled, attention_mask=mask, max_new_tokens=max_tokens, do_sample=False, pad_token_id=0
            )
        for row, written in zip(rows, found[:, length:].tolist()):
            stop = next((i for i, token in enumerate(written) if token in ends), len(written))
            texts[row] = written[:stop]
    return texts


written = {}
if prompt_file:
    with open(prompt_file, encoding="utf-8") as file:
        asked = json.load(file)
    begun = time.perf_counter()
    written["texts"] = write_texts(asked["ids"], asked["maxTokens"], asked["writtenAtATime"])
    written["textSeconds"] = time.perf_counter() - begun
print(
    json.dumps(
        {
            **written,
            "stepSeconds": seconds,
            "firstStepSeconds": first,
            "peakMiB": peak_mib,
            "loss": loss_sum / labelled,
            "accuracy": right / labelled,
            "stepLosses": losses,
        }
    )
)
