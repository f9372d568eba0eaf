"""One contestant's rate on given batches: our executor, or Hugging Face Trainer."""

import gc
import math
import os
import tempfile
import time

import torch
from peft_lab_torch.group import Group
from peft_lab_torch.training import Training

os.environ.setdefault("HF_HUB_OFFLINE", "1")


def synchronize(device):
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def matmul_rate(device, size):
    """Operations a second of a bf16 product of two size × size matrices, the best of five rounds of ten."""
    a, b = (torch.randn(size, size, device=device, dtype=torch.bfloat16) for _ in range(2))
    best = math.inf
    for _ in range(5):
        synchronize(device)
        started = time.perf_counter()
        for _ in range(10):
            a @ b
        synchronize(device)
        best = min(best, time.perf_counter() - started)
    return 10 * 2 * size**3 / best


def open_training(program, device, compiled=False, precision="bf16", seed=1):
    """The program as the trainer would open it; weights and first values are drawn here."""
    request = {**program, "seed": seed, "precision": precision, "compile": "on" if compiled else "off", "expectedSteps": 0}
    training = Training(request, {}, device, Group(), random_weights=True)
    generator = torch.Generator().manual_seed(seed)
    values = {
        entry["name"]: torch.ones(entry["shape"])
        if "norm" in entry["name"].lower() and entry["name"].endswith("weight")
        else torch.randn(entry["shape"], generator=generator) * 0.02
        for entry in program["trainable"]
    }
    training.write("values", values)
    return training


def operations(program, batches):
    """Of training on the batches: forward, and the gradients of what flows between frozen products."""
    nodes = program["training"]["nodes"]
    weights = sum(
        math.prod(nodes[node["inputs"][1][0]]["attributes"]["shape"])
        for node in nodes
        if node["op"] == "linear" and nodes[node["inputs"][1][0]]["op"] == "parameter"
    )
    heads = sum(
        math.prod(nodes[node["inputs"][1][0]]["attributes"]["shape"]) for node in nodes if node["op"] == "headLoss"
    )
    labelled = sum(len(batch["labels"]) for batch in batches)
    layers, hidden = program["config"]["num_hidden_layers"], program["config"]["hidden_size"]
    lengths = torch.cat([batch["attention_mask"].sum(1) for batch in batches]).double()
    return 4 * weights * lengths.sum().item() + 4 * heads * labelled + 12 * layers * hidden * (lengths**2).sum().item()


def result(program, batches, seconds, device, rate, loss):
    tokens = sum(int(batch["attention_mask"].sum()) for batch in batches)
    peak = torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None
    return {
        "tokens_per_second": round(tokens / seconds),
        "peak_bytes": peak,
        "utilisation": round(operations(program, batches) / seconds / rate, 4),
        "loss": loss,
    }


def fresh_start(device):
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)


def measure_executor(program, methods, batches, device, compiled, warm_up, rate):
    fresh_start(device)
    training = open_training(program, device, compiled)
    for step, batch in enumerate(batches, 1):
        if step == warm_up + 1:
            synchronize(device)
            started = time.perf_counter()
        request = {"step": step, "lossScale": 1 / len(batch["labels"]), "schedule": 1, "maxGradientNorm": 1}
        loss = training.step(request, [batch])["loss"]
    synchronize(device)
    return result(program, batches[warm_up:], time.perf_counter() - started, device, rate, loss)


def trainer_model(program, methods):
    """The same shapes in transformers. LN-tuning's tensors are unfrozen by hand. The nearest that PEFT has to `unified` is
    a prefix of the same length beside them, which does without the adapter."""
    from transformers import BertConfig, BertForSequenceClassification, LlamaConfig, LlamaForCausalLM

    config = {key: value for key, value in program["config"].items() if key != "model_type"}
    if program["config"]["model_type"] == "llama":
        model = LlamaForCausalLM(LlamaConfig(**config, use_cache=False))
        if methods == "lora":
            from peft import LoraConfig, get_peft_model

            return get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", r=8, target_modules=["q_proj", "v_proj"]))
        for name, parameter in model.named_parameters():
            parameter.requires_grad = "norm" in name
        return model
    model = BertForSequenceClassification(BertConfig(**config, num_labels=2))
    base = model
    if methods == "unified":
        from peft import PrefixTuningConfig, get_peft_model

        model = get_peft_model(model, PrefixTuningConfig(task_type="SEQ_CLS", num_virtual_tokens=16))
        base = model.base_model
    for name, parameter in base.named_parameters():
        parameter.requires_grad = any(part in name for part in ("LayerNorm", "pooler", "classifier"))
    return model


def as_trainer_reads(batch):
    """Labels where the tokens stand; the model moves them itself."""
    if "rows" not in batch:
        return batch
    labels = torch.full_like(batch["input_ids"], -100).flatten()
    labels[batch["rows"] + 1] = batch["labels"]
    return {**{name: batch[name] for name in ("input_ids", "position_ids", "attention_mask")},
            "labels": labels.view_as(batch["input_ids"])}


def measure_trainer(program, methods, batches, device, compiled, warm_up, rate):
    from torch.utils.data import SequentialSampler
    from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

    fresh_start(device)
    clock = {}

    class Clock(TrainerCallback):
        def on_step_end(self, arguments, state, control, **_):
            if state.global_step in (warm_up, len(batches)):
                synchronize(device)
                clock[state.global_step] = time.perf_counter()

    class InOrder(Trainer):
        """Batches come ready-made and in the order of the other contestant: collating costs Trainer nothing."""

        def _get_train_sampler(self, *_):
            return SequentialSampler(batches)

    with tempfile.TemporaryDirectory() as folder:
        trainer = InOrder(
            model=trainer_model(program, methods),
            args=TrainingArguments(
                output_dir=folder,
                per_device_train_batch_size=1,
                max_steps=len(batches),
                learning_rate=1e-3,
                weight_decay=0.0,
                lr_scheduler_type="constant",
                bf16=True,
                torch_compile=compiled,
                use_cpu=device.type == "cpu",
                save_strategy="no",
                report_to=[],
                logging_strategy="no",
                disable_tqdm=True,
                remove_unused_columns=False,
                optim="adamw_torch_fused",
            ),
            train_dataset=[as_trainer_reads(batch) for batch in batches],
            data_collator=lambda items: items[0],
            callbacks=[Clock()],
        )
        trainer.remove_callback(PrinterCallback)  # Standard output is for our lines.
        loss = trainer.train().training_loss
    return result(program, batches[warm_up:], clock[len(batches)] - clock[warm_up], device, rate, loss)
