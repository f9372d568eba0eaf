"""Tuning with Hugging Face Trainer, the peer of bench/sst2.ts: prints one JSON line. Rows grouped by length."""
import json
import resource
import sys
import time

started = time.time()
model_folder, train_file, dev_file, seed, precision, threads, output_folder, method, learning_rate, dropout = sys.argv[1:]
dropout = float(dropout)

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer, DataCollatorWithPadding
from transformers import Trainer, TrainerCallback, TrainingArguments

torch.set_num_threads(int(threads))
torch.manual_seed(int(seed))
tokenizer = AutoTokenizer.from_pretrained(model_folder)


def read(path):
    with open(path, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file][1:]
    encoded = tokenizer([text for _, text in rows], truncation=True, max_length=128)
    return [
        {"input_ids": ids, "attention_mask": mask, "labels": int(label)}
        for ids, mask, (label, _) in zip(encoded["input_ids"], encoded["attention_mask"], rows)
    ]


train, dev = read(train_file), read(dev_file)
model = AutoModelForSequenceClassification.from_pretrained(
    model_folder,
    num_labels=2,
    hidden_dropout_prob=dropout,
    attention_probs_dropout_prob=dropout,
    classifier_dropout=dropout,
)


class Adapter(torch.nn.Module):
    """h + up(relu(down(h)))"""

    def __init__(self, hidden, bottleneck=16):
        super().__init__()
        self.down = torch.nn.Linear(hidden, bottleneck)
        self.up = torch.nn.Linear(bottleneck, hidden)
        for dense in (self.down, self.up):
            torch.nn.init.normal_(dense.weight, std=0.02)
            torch.nn.init.zeros_(dense.bias)

    def forward(self, h):
        return h + self.up(torch.relu(self.down(h)))


def prefixed_attention(module, query, key, value, attention_mask, **options):
    """Scaled dot-product attention over a learned prefix and the sequence's own keys and values."""
    batch, length = key.shape[0], module.prefix_key.shape[1]
    key = torch.cat([module.prefix_key.to(key.dtype).expand(batch, -1, -1, -1), key], dim=2)
    value = torch.cat([module.prefix_value.to(value.dtype).expand(batch, -1, -1, -1), value], dim=2)
    if attention_mask is not None:
        seen = attention_mask.dtype == torch.bool
        attention_mask = torch.nn.functional.pad(attention_mask, (length, 0), value=seen)
    return sdpa_attention_forward(module, query, key, value, attention_mask, **options)


def tune_unified(model, length=16):
    """What no library offers in one: prefix, adapter behind attention, LayerNorm."""
    AttentionInterface.register("prefixed", prefixed_attention)
    for layer in model.bert.encoder.layer:
        attention = layer.attention.self
        shape = (attention.num_attention_heads, length, attention.attention_head_size)
        attention.prefix_key = torch.nn.Parameter(torch.randn(shape))
        attention.prefix_value = torch.nn.Parameter(torch.randn(shape))
        layer.attention.output.dropout = torch.nn.Sequential(
            layer.attention.output.dropout, Adapter(model.config.hidden_size)
        )
    model.set_attn_implementation("prefixed")


tuned = {
    "ln-tuning": ("LayerNorm",),
    "bitfit": ("bias",),
    "unified": ("LayerNorm", "prefix_", ".up.", ".down."),
    "full": ("",),
    "lora": ("lora_",),
}[method]
if method == "unified":
    from transformers import AttentionInterface
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    tune_unified(model)
if method == "lora":
    from peft import LoraConfig, inject_adapter_in_model

    model = inject_adapter_in_model(LoraConfig(r=8, lora_alpha=16, target_modules=["query", "value"]), model)
for name, parameter in model.named_parameters():
    parameter.requires_grad = any(part in name for part in (*tuned, "pooler", "classifier"))


class FirstStep(TrainerCallback):
    seconds = None

    def on_step_end(self, *_, **__):
        if self.seconds is None:
            self.seconds = time.time() - started


first = FirstStep()
arguments = TrainingArguments(
    output_dir=output_folder,
    per_device_train_batch_size=16,
    per_device_eval_batch_size=16,
    num_train_epochs=1,
    learning_rate=float(learning_rate),
    warmup_steps=round(0.06 * len(train) / 16),
    weight_decay=0.0,
    train_sampling_strategy="group_by_length",
    bf16=precision == "bf16",
    use_cpu=True,
    save_strategy="no",
    report_to=[],
    logging_steps=100000,
    disable_tqdm=True,
    seed=int(seed),
    dataloader_num_workers=0,
)
trainer = Trainer(
    model=model,
    args=arguments,
    train_dataset=train,
    data_collator=DataCollatorWithPadding(tokenizer),
    callbacks=[first],
    compute_metrics=lambda p: {"accuracy": float((p.predictions.argmax(-1) == p.label_ids).mean())},
)
training_started = time.time()
trainer.train()
training_seconds = time.time() - training_started
metrics = trainer.evaluate(dev)
print(
    json.dumps(
        {
            "tokensPerSecond": sum(len(row["input_ids"]) for row in train) / training_seconds,
            "firstStepSeconds": first.seconds,
            "evaluationSeconds": metrics["eval_runtime"],
            "accuracy": metrics["eval_accuracy"],
            "loss": metrics["eval_loss"],
            "peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
    )
)
