"""Runs one ONNX base in plain onnxruntime, as it is and with the tensors of a run's file.

python adaptersProgram.py < JSON: {folder, file, feeds}. Answers {inputs, base, tuned} on the last line.
"""

import json
import sys

import numpy
import onnxruntime
from safetensors.numpy import load_file

case = json.load(sys.stdin)
onnxruntime.set_default_logger_severity(3)  # it warns of each input that has a default
session = onnxruntime.InferenceSession(f"{case['folder']}/model.onnx")
inputs = [given.name for given in session.get_inputs()]
feeds = {name: numpy.array(rows) for name, rows in case["feeds"].items() if name in inputs}
tensors = load_file(f"{case['folder']}/{case['file']}")
base, tuned = (session.run(["logits"], each)[0].flatten().tolist() for each in (feeds, {**feeds, **tensors}))
print(json.dumps({"inputs": inputs, "base": base, "tuned": tuned}))
