"""LN-tuning with Hugging Face Trainer, the peer of bench/sst2.ts: prints one JSON line. Rows grouped by length."""
import json
import resource
import sys
import time

started = time.time()
model_folder, train_file, dev_file, seed, precision, threads = sys.argv[1:7]

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
    model_folder, num_labels=2, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
)
for name, parameter in model.named_parameters():
    parameter.requires_grad = "LayerNorm" in name or "pooler" in name or "classifier" in name


class FirstStep(TrainerCallback):
    seconds = None

    def on_step_end(self, *_, **__):
        if self.seconds is None:
            self.seconds = time.time() - started


first = FirstStep()
arguments = TrainingArguments(
    output_dir=sys.argv[7],
    per_device_train_batch_size=16,
    per_device_eval_batch_size=16,
    num_train_epochs=1,
    learning_rate=3e-3,
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
            "accuracy": metrics["eval_accuracy"],
            "loss": metrics["eval_loss"],
            "peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
    )
)
