"""Makes adapters with peft itself, on the tiny BERT of test/golden/models, and the logits that they give.

Run from this folder with torch, transformers and peft installed: python make.py
Versions used for the committed files: torch 2.13.0, transformers 5.23.0, peft 0.21.0.
"""

import json
import os
import pathlib
import shutil

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from peft import IA3Config, LNTuningConfig, LoraConfig, PrefixTuningConfig, get_peft_model
from transformers import AutoModelForSequenceClassification

here = pathlib.Path(__file__).parent
base = here.parent / "models" / "bert-sequence"
feeds = json.loads((here.parent / "models" / "logits.json").read_text())["bert-sequence"]["feeds"]

configs = {
    "ln": LNTuningConfig(task_type="SEQ_CLS", target_modules=["LayerNorm"]),
    "ln-ffn": LNTuningConfig(task_type="SEQ_CLS", target_modules=r".*layer\.\d+\.output\.LayerNorm"),
    "lora": LoraConfig(task_type="SEQ_CLS", r=2, lora_alpha=3),
    "lora-rs": LoraConfig(task_type="SEQ_CLS", r=4, lora_alpha=3, use_rslora=True, target_modules=["key", "dense"],
                          exclude_modules=["bert.pooler.dense"]),
    "lora-ln": LoraConfig(task_type="SEQ_CLS", r=2, modules_to_save=["attention.output.LayerNorm"]),
    "ia3": IA3Config(task_type="SEQ_CLS"),
    "ia3-paper": IA3Config(task_type="SEQ_CLS", target_modules=["key", "value", "output.dense"],
                           feedforward_modules=["output.dense"], exclude_modules=["attention.output.dense"]),
    "prefix": PrefixTuningConfig(task_type="SEQ_CLS", num_virtual_tokens=3),
    "prefix-mlp": PrefixTuningConfig(task_type="SEQ_CLS", num_virtual_tokens=2, prefix_projection=True,
                                     encoder_hidden_size=4),
    "lora-dora": LoraConfig(task_type="SEQ_CLS", r=2, use_dora=True),
}

golden = {}
for name, config in configs.items():
    torch.manual_seed(0)
    model = get_peft_model(AutoModelForSequenceClassification.from_pretrained(base), config).eval()
    with torch.no_grad():
        for key, tensor in model.named_parameters():
            if tensor.requires_grad:
                tensor.add_(0.3 * torch.randn(tensor.shape, generator=torch.Generator().manual_seed(len(key))))
        inputs = {key: torch.tensor(rows) for key, rows in feeds.items() if key != "position_ids"}
        logits = model(**inputs).logits
    folder = here / "peft" / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    (folder / "README.md").unlink()
    settings = json.loads((folder / "adapter_config.json").read_text())
    settings["base_model_name_or_path"] = "bert-sequence"
    (folder / "adapter_config.json").write_text(json.dumps(settings, indent=2, sort_keys=True) + "\n")
    golden[name] = [round(value, 8) for value in logits.flatten().tolist()]

(here / "peft" / "logits.json").write_text(json.dumps(golden) + "\n")
