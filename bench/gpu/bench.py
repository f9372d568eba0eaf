"""PEFT Lab's torch executor against Hugging Face Trainer, alternately in one run; see README.md beside this file.

    node scripts/run.mjs bench/gpu/programs.ts PROGRAMS      (where Node is; carry the folder along)
    python bench/gpu/bench.py --programs PROGRAMS --out gpu.json
    python bench/gpu/bench.py --programs PROGRAMS --check    (on the CPU, in less than a minute: checks, no figures)

Prints one JSON line a measurement, and at the end writes all of them with their medians to --out.
"""

import argparse
import datetime
import importlib.metadata
import json
import pathlib
import platform
import random
import statistics
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "extension/engines/torch/python"))

from folded import check_folding, measure_folding  # noqa: E402
from measure import matmul_rate, measure_executor, measure_trainer  # noqa: E402

options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
options.add_argument("--programs", required=True, type=pathlib.Path)
options.add_argument("--device", default="cuda")
options.add_argument("--check", action="store_true", help="a tiny model and few steps on the CPU: checks, no figures")
options.add_argument("--sizes", default="base,large")
options.add_argument("--out", type=pathlib.Path, help="file for the results, in JSON")
options.add_argument("--rounds", type=int, default=3)
options.add_argument("--steps", type=int, default=60)
given = options.parse_args()
device = torch.device("cpu" if given.check else given.device)
if device.type == "cuda" and not torch.cuda.is_available():
    sys.exit(f"--device: {given.device} needs a CUDA device, got torch {torch.__version__} that finds none; use --device cpu")
sizes = ["small", "small-decoder"] if given.check else given.sizes.split(",")
rows, length = (4, 16) if given.check else (32, 128)
rounds, steps = (1, 3) if given.check else (given.rounds, given.steps)
warm_up = 1 if given.check else 10


lines = []


def say(**line):
    lines.append(line)
    print(json.dumps(line), flush=True)


def make_batches(program, lengths):
    generator = torch.Generator().manual_seed(1)
    vocabulary = program["config"]["vocab_size"]
    is_decoder = program["config"]["model_type"] != "bert"
    batches = []
    for row_lengths in lengths:
        longest = max(row_lengths)
        mask = torch.stack([(torch.arange(longest) < n).long() for n in row_lengths])
        shape = (len(row_lengths), longest)
        batch = {
            "input_ids": torch.randint(5, vocabulary, shape, generator=generator) * mask,
            "position_ids": torch.arange(longest).expand(shape).contiguous(),
            "attention_mask": mask,
        }
        if is_decoder:
            # The second half of each row is to be predicted: each token by the one before it.
            places = [row * longest + i for row, n in enumerate(row_lengths) for i in range(n // 2, n)]
            batch["rows"] = torch.tensor(places) - 1
            batch["labels"] = batch["input_ids"].flatten()[places]
        else:
            batch["token_type_ids"] = torch.zeros(shape, dtype=torch.int64)
            batch["labels"] = torch.randint(0, 2, (len(row_lengths),), generator=generator)
        batches.append(batch)
    return batches


def varying_lengths(count):
    """Rows of 5 … `length` tokens, most of them short, in batches of rows of about one length, in random order."""
    drawn = random.Random(1)
    all_rows = sorted(max(5, min(length, round(drawn.lognormvariate(3.2, 0.6)))) for _ in range(count * rows))
    together = [all_rows[i : i + rows] for i in range(0, len(all_rows), rows)]
    drawn.shuffle(together)
    return together


def versions():
    found = {"python": platform.python_version(), "torch": torch.__version__, "cuda": torch.version.cuda}
    for package in ("transformers", "peft", "accelerate"):
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = None
    return found


def load(size, methods):
    return json.loads((given.programs / f"{size}-{methods}.json").read_text())


def methods_of(size):
    return [methods for methods in ("ln-tuning", "unified", "lora") if (given.programs / f"{size}-{methods}.json").exists()]


machine = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor() or platform.machine()
rate = matmul_rate(device, 256 if given.check else 8192)
say(what="machine", device=machine, matmul_tflops=round(rate / 1e12, 3), **versions())
compile_choices = [False] if given.check else [False, True]


def found_or_error(measure, *about):
    """One that does not run here (a model too large, a missing package) must not end the others."""
    try:
        return measure(*about)
    except Exception as error:
        if given.check:
            raise
        return {"error": f"{type(error).__name__}: {error}".splitlines()[0]}


for size in sizes:
    for methods in methods_of(size):
        program = load(size, methods)
        for shape, lengths in (("full", [[length] * rows] * (warm_up + steps)), ("varying", varying_lengths(warm_up + steps))):
            batches = make_batches(program, lengths)
            for turn in range(rounds):
                for compiled in compile_choices:
                    for name, measure in (("executor", measure_executor), ("trainer", measure_trainer)):
                        found = found_or_error(measure, program, methods, batches, device, compiled, warm_up, rate)
                        about = {"what": name, "size": size, "methods": methods, "lengths": shape, "compile": compiled}
                        say(**about, round=turn, **found)

for size in (size for size in sizes if "unified" in methods_of(size)):
    program = load(size, "ln-tuning")
    if given.check:
        say(what="folding agrees", difference=check_folding(program, make_batches(program, [[12, 7, 5]] * 3), device))
    for per_variant in (rows, max(1, rows // 8)):
        batch = make_batches(program, [[length] * per_variant])[0]
        for count in (1, 2) if given.check else (1, 4, 16):
            found = found_or_error(measure_folding, program, batch, count, device, steps, warm_up)
            say(what="variants", size=size, variants=count, rows=per_variant, length=length, **found)

# Medians over the rounds, and how far ahead the executor is of the faster of Trainer's two.
measured = {}
for line in lines:
    if line["what"] in ("executor", "trainer") and "error" not in line:
        measured.setdefault((line["size"], line["methods"], line["lengths"], line["what"], line["compile"]), []).append(line)
medians = []
for (size, methods, lengths, name, compiled), found in measured.items():
    middle = {
        key: statistics.median(line[key] for line in found)
        for key in ("tokens_per_second", "utilisation", "peak_bytes")
        if found[0][key] is not None
    }
    medians.append({"size": size, "methods": methods, "lengths": lengths, "what": name, "compile": compiled, **middle})
for size, methods, lengths in dict.fromkeys((line["size"], line["methods"], line["lengths"]) for line in medians):
    best = {
        name: max(
            (line for line in medians if (line["size"], line["methods"], line["lengths"], line["what"]) == (size, methods, lengths, name)),
            key=lambda line: line["tokens_per_second"],
            default=None,
        )
        for name in ("executor", "trainer")
    }
    if best["executor"] and best["trainer"]:
        ratio = best["executor"]["tokens_per_second"] / best["trainer"]["tokens_per_second"]
        say(what="ratio", size=size, methods=methods, lengths=lengths, tokens_per_second=round(ratio, 3))
if given.out:
    about = {"day": datetime.date.today().isoformat(), "check": given.check, "rounds": rounds, "steps": steps}
    given.out.write_text(json.dumps({**about, "medians": medians, "lines": lines}, indent=2) + "\n")
