"""Reads GGUF files with the gguf package, and their models with transformers.

python ggufProgram.py < JSON: a list of {folder, base, feeds: {input_ids, attention_mask, position_ids}}. Answers a list of
{architecture, types, logits} on the last line.
"""

import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
import transformers
from gguf import GGUFReader
from transformers import AutoConfig, AutoModelForCausalLM, LlamaConfig

transformers.utils.logging.disable_progress_bar()
answers = []
for case in json.load(sys.stdin):
    reader = GGUFReader(f"{case['folder']}/model.gguf")
    types = sorted({tensor.tensor_type.name for tensor in reader.tensors})
    # transformers reads no positions of GPT-2 and no scaling of rotary ones from such files.
    config = AutoConfig.from_pretrained(case["base"])
    if config.model_type == "mistral":  # a llama to llama.cpp
        config = LlamaConfig(**{**config.to_dict(), "model_type": "llama"})
    model = AutoModelForCausalLM.from_pretrained(
        case["folder"], gguf_file="model.gguf", config=config, dtype=torch.float32
    ).eval()
    feeds = {name: torch.tensor(rows) for name, rows in case["feeds"].items()}
    with torch.no_grad():
        logits = model(**feeds).logits
    architecture = reader.fields["general.architecture"].contents()
    answers.append({"architecture": architecture, "types": types, "logits": logits.flatten().tolist()})
print(json.dumps(answers))
