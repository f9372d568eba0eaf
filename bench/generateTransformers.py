"""The peer of bench/generate.ts: `generateTransformers.py DIR THREADS BATCH decode|prefill TOKENS`, one round for each line
of stdin."""

import json
import resource
import sys
import time

import torch
from transformers import AutoModelForCausalLM

folder, threads, batch, what, tokens = sys.argv[1:]
torch.set_num_threads(int(threads))
model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
model.generation_config.eos_token_id = None
ids = torch.tensor([[100 + 37 * i + 1000 * row for i in range(40)] for row in range(int(batch))])


def seconds(count):
    started = time.perf_counter()
    model.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=count, do_sample=False, pad_token_id=2
    )
    return time.perf_counter() - started


for _ in sys.stdin:
    first = seconds(1)
    ms = 1000 * (first if what == "prefill" else (seconds(int(tokens) + 1) - first) / int(tokens))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"ms": ms, "peakMiB": peak}), flush=True)
