"""Writes what transformers generates with the tiny decoders of this folder, and what its filters leave of some logits.

Run from this folder, after make.py: python generate.py
Versions used for the committed file: torch 2.13.0, transformers 5.23.0.
"""

import json
import pathlib

import torch
from transformers import AutoModelForCausalLM
from transformers.generation.logits_process import (
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

here = pathlib.Path(__file__).parent
PROMPTS = [[5, 9, 33, 2], [17], [40, 41, 42, 8, 3, 59], [12, 12]]
NEW = 6  # GPT-2's table has 12 positions

generated = {}
for folder in sorted(path.parent.name for path in here.glob("*/config.json")):
    model = AutoModelForCausalLM.from_pretrained(here / folder, dtype=torch.float32).eval()
    model.generation_config.eos_token_id = None
    model.generation_config.pad_token_id = 0

    def generate(**options):
        rows = []
        for prompt in PROMPTS:
            ids = torch.tensor([prompt])
            written = model.generate(
                ids, attention_mask=torch.ones_like(ids), max_new_tokens=NEW, do_sample=False, **options
            )
            rows.append(written[0, len(prompt) :].tolist())
        return rows

    generated[folder] = {"greedy": generate(), "penalty 1.7": generate(repetition_penalty=1.7)}

torch.manual_seed(0)
logits = (3 * torch.randn(1, 40)).float()
logits[0, 7] = logits[0, 3]
filters = []
for temperature, top_k, top_p in [(1.0, 0, 1.0), (0.5, 5, 1.0), (2.0, 0, 0.8), (0.7, 12, 0.9), (1.0, 1, 0.5)]:
    scores = TemperatureLogitsWarper(temperature)(None, logits)
    if top_k:
        scores = TopKLogitsWarper(top_k)(None, scores)
    if top_p < 1:
        scores = TopPLogitsWarper(top_p)(None, scores)
    filters.append({
        "temperature": temperature, "topK": top_k, "topP": top_p,
        "probabilities": [float(f"{p:.8g}") for p in scores.softmax(-1)[0].tolist()],
    })
there = [3, 11, 20]
penalized = RepetitionPenaltyLogitsProcessor(1.3)(torch.tensor([there]), logits.clone())

(here / "generate.json").write_text(json.dumps({
    "prompts": PROMPTS,
    "new": NEW,
    "generated": generated,
    "logits": [float(f"{x:.9g}") for x in logits[0].tolist()],
    "filters": filters,
    "there": there,
    "penalized": [float(f"{x:.9g}") for x in penalized[0].tolist()],
}) + "\n")
