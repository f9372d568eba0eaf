"""Writes on tokens with an exported ONNX decoder in plain onnxruntime, by the loop that any program would write.

python pastProgram.py < JSON: a list of {folder, prompts, count}. Answers with the ids written on each prompt on the last line.
"""

import json
import pathlib
import sys

import numpy
import onnxruntime


def write(folder, prompts, count):
    session = onnxruntime.InferenceSession(f"{folder}/model.onnx")
    pasts = [given for given in session.get_inputs() if given.name.startswith("past_key_values.")]
    outputs = [given.name for given in session.get_outputs()]
    config = json.loads((pathlib.Path(folder) / "config.json").read_text())
    layers = config.get("num_hidden_layers", config.get("n_layer"))
    assert [given.name for given in pasts] == [
        f"past_key_values.{layer}.{part}" for layer in range(layers) for part in ("key", "value")
    ], pasts
    written = []
    for prompt in prompts:
        cache = {given.name: numpy.zeros((1, given.shape[1], 0, given.shape[3]), numpy.float32) for given in pasts}
        ids, new, length = list(prompt), [], 0
        for _ in range(count):
            length += len(ids)
            feeds = {
                "input_ids": numpy.array([ids]),
                "attention_mask": numpy.ones((1, length), numpy.int64),
                "position_ids": numpy.arange(length - len(ids), length)[None],
            }
            found = dict(zip(outputs, session.run(outputs, {**feeds, **cache})))
            cache = {name: found[name.replace("past_key_values", "present")] for name in cache}
            ids = [int(found["logits"][0, -1].argmax())]
            new += ids
        written.append(new)
    return written


print(json.dumps([write(**case) for case in json.load(sys.stdin)]))
