"""Loads exported folders with peft and transformers and compares their logits with those recorded beside them.

python check_peft.py FOLDER...: each FOLDER has FOLDER.json beside it (base, format, head, labels, batches), as
exportCases.ts writes them; a folder of such folders stands for all of them. Ends with 1 when any differs by 1e-4 or
more, or loads with a warning about missing, unexpected or mismatched weights.
A prefix that peft itself cannot compute with this transformers is told apart, as refused. The model cards are read too.
Checked with torch 2.13.0, transformers 5.23.0 and 5.24.0, peft 0.21.2. Another transformers is put in front with
`pip install --no-deps --target FOLDER transformers==VERSION` and PYTHONPATH=FOLDER.
"""

import json
import logging
import os
import pathlib
import re
import sys
import warnings

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
import transformers
from huggingface_hub import ModelCard
from peft import PeftModel

LIMIT = 1e-4
TELLING = re.compile("missing|unexpected|mismatch|not found|newly initialized|not initialized|ignor|not used", re.I)
transformers.utils.logging.disable_progress_bar()
REFUSAL = "Model does not support past key values which are required for prefix tuning."
CLASSES = {
    "sequence": transformers.AutoModelForSequenceClassification,
    "token": transformers.AutoModelForTokenClassification,
    "masked-lm": transformers.AutoModelForMaskedLM,
    "causal-lm": transformers.AutoModelForCausalLM,
}
COMPUTED = ("position_ids", "last_rows")
WITHOUT_TYPES = ("distilbert", "mpnet", "modernbert", "gpt2", "llama", "mistral", "qwen2", "qwen3")


class Complaints(logging.Handler):
    """Collects what the libraries would only print."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


def load(folder, record, complaints):
    kind = CLASSES[record["head"]]
    if record["format"] == "merged":
        model, report = kind.from_pretrained(folder, output_loading_info=True)
        for key, names in report.items():
            if names:
                complaints.lines.append(f"{key}: {sorted(map(str, names))[:5]}")
        if record["labels"] and list(model.config.id2label.values()) != record["labels"]:
            complaints.lines.append(f"mismatch of labels: {model.config.id2label}")
        return model
    labels = record["labels"]
    base = kind.from_pretrained(record["base"], num_labels=len(labels), dtype=torch.float32)
    complaints.lines.clear()  # what the base lacks is its own affair: the adapter brings the head
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = PeftModel.from_pretrained(base, folder)
    complaints.lines += [str(warning.message) for warning in caught]
    return model


def check(folder):
    record = json.loads(pathlib.Path(f"{folder}.json").read_text())
    complaints = Complaints()
    for name in ("transformers", "peft"):
        logging.getLogger(name).handlers = [complaints]
    model = load(folder, record, complaints).eval()
    if model.config.pad_token_id is None:  # an adapter's base: its user says what pads
        model.config.pad_token_id = model.config.eos_token_id or 0
    lines = [line for line in complaints.lines if TELLING.search(line)]
    card = ModelCard.load(folder / "README.md").data
    if card.library_name != {"peft": "peft", "merged": "transformers"}[record["format"]]:
        lines.append(f"mismatch of the card: {card}")
    worst = 0.0
    for batch in record["batches"]:
        feeds = {key: torch.tensor(rows) for key, rows in batch["feeds"].items() if key not in COMPUTED}
        feeds["input_ids"][feeds["attention_mask"] == 0] = model.config.pad_token_id
        if model.config.model_type in WITHOUT_TYPES:
            del feeds["token_type_ids"]
        with torch.no_grad():
            logits = model(**feeds).logits
        difference = (logits - torch.tensor(batch["logits"]).reshape(batch["shape"])).abs()
        if difference.dim() == 3:
            difference = difference[feeds["attention_mask"].bool()]
        worst = max(worst, difference.max().item())
    return worst, lines


def folders(arguments):
    for argument in map(pathlib.Path, arguments):
        if pathlib.Path(f"{argument}.json").exists():
            yield argument
        else:
            yield from sorted(path.with_suffix("") for path in argument.glob("*.json"))


failures = 0
refused = 0
checked = 0
largest = 0.0
for folder in folders(sys.argv[1:]):
    try:
        worst, complaints = check(folder)
    except ValueError as error:
        if str(error) == REFUSAL and "-prefix" in folder.name:
            refused += 1
            continue
        worst, complaints = float("nan"), [f"ValueError: {error}"]
    except Exception as error:  # one unreadable folder must not hide the others
        worst, complaints = float("nan"), [f"{type(error).__name__}: {error}"]
    checked += 1
    bad = not worst < LIMIT or complaints
    failures += bool(bad)
    largest = max(largest, worst)
    if bad:
        print(f"{folder.name}: difference {worst:.1e}", *complaints, sep="\n    ")
print(f"{checked} exports loaded with peft and transformers, {failures} wrong, largest difference {largest:.1e}")
print(f"transformers {transformers.__version__}: {refused} prefixes refused by peft")
sys.exit(1 if failures or not checked else 0)
