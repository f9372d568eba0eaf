"""Writes what transformers generates greedily with SmolLM2-135M-Instruct, in fp32, for fifty prompts.

    python test/golden/decoders/smolLm2.py FOLDER        (the folder that bench/smolLm2.py makes)

Versions used for the committed file: torch 2.13.0, transformers 5.23.0.
"""

import json
import pathlib
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

NEW = 24
SUBJECTS = [
    "the sea", "a small cafe by the river", "why leaves turn red", "the number seven", "a train to the north",
    "bread", "how a bicycle stays upright", "the moon", "an old library", "rain on a tin roof",
]
FORMS = [
    "Write one sentence about {}.",
    "{}",
    "Q: What is special about {}?\nA:",
    "List three words that go with {}: 1.",
    "<|im_start|>user\nTell me about {}.<|im_end|>\n<|im_start|>assistant\n",
]

folder = pathlib.Path(sys.argv[1])
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
rows = []
for text in (form.format(subject) for form in FORMS for subject in SUBJECTS):
    ids = tokenizer(text, return_tensors="pt")
    written = model.generate(**ids, max_new_tokens=NEW, do_sample=False, pad_token_id=2)
    start = ids["input_ids"].shape[1]
    rows.append({
        "text": text,
        "prompt": ids["input_ids"][0].tolist(),
        "written": written[0, start:].tolist(),
        "decoded": tokenizer.decode(written[0, start:], skip_special_tokens=True, clean_up_tokenization_spaces=False),
    })
    print(len(rows), rows[-1]["decoded"], file=sys.stderr)
here = pathlib.Path(__file__).parent
(here / "smolLm2.json").write_text(json.dumps({"new": NEW, "rows": rows}) + "\n")
