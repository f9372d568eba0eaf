"""What autograd keeps of one step of a program: python savedTensors.py PROGRAM_FILE. Prints the shapes, one JSON list."""

import json
import pathlib
import sys

root = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(root / "extension/engines/torch/python"), str(root / "bench/gpu")]

import torch  # noqa: E402
from measure import open_training  # noqa: E402

program = json.loads(pathlib.Path(sys.argv[1]).read_text())
training = open_training(program, torch.device("cpu"), precision="fp32")
rows, length = 3, 7
ids = torch.arange(rows * length).reshape(rows, length)
batch = {
    "input_ids": ids,
    "token_type_ids": torch.zeros_like(ids),
    "position_ids": torch.arange(length).expand(rows, length),
    "attention_mask": torch.ones_like(ids),
    "labels": torch.zeros(rows, dtype=torch.int64),
    "loss_scale": torch.tensor(1.0),
}
kept = {}


def pack(tensor):
    kept[tensor.data_ptr()] = list(tensor.shape)
    return tensor


with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
    loss = training.compilation.plain(training.parameters, batch)["loss"]
    loss.backward()
print(json.dumps(list(kept.values())))
