"""A contender of bench/shapes.ts: LN-tuning in a plain PyTorch loop, fp32 or bf16 autocast.

Usage: shapesTorch.py fp32|bf16 MODEL_FOLDER BATCH LENGTH THREADS; one step for each line of stdin.
"""

import json
import resource
import sys
import time

import torch
from transformers import BertConfig, BertForSequenceClassification

precision, folder, batch, length, threads = sys.argv[1:]
batch, length = int(batch), int(length)
torch.set_num_threads(int(threads))
torch.manual_seed(1)
config = BertConfig.from_pretrained(
    folder, num_labels=2, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, classifier_dropout=0.0
)
model = BertForSequenceClassification(config).train()
for name, parameter in model.named_parameters():
    parameter.requires_grad = "LayerNorm" in name or "pooler" in name or "classifier" in name
tuned = [parameter for parameter in model.parameters() if parameter.requires_grad]
optimizer = torch.optim.AdamW(tuned, lr=1e-3, weight_decay=0.0)
ids = 1000 + (torch.arange(batch * length) * 7919 % 20_000).reshape(batch, length)
mask = torch.ones_like(ids)
labels = torch.arange(batch) % 2

for _ in sys.stdin:
    started = time.perf_counter()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16"):
        loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(tuned, 1.0)
    optimizer.step()
    optimizer.zero_grad()
    loss.item()
    elapsed = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"ms": 1000 * elapsed, "peakMiB": peak}), flush=True)
