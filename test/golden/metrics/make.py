"""Writes metrics.json: what scikit-learn, SciPy and seqeval say about the same predictions.

    pip install scikit-learn scipy seqeval
    python test/golden/metrics/make.py
"""

import json
import math
import random
import warnings
from pathlib import Path

from scipy.stats import pearsonr, spearmanr
from seqeval.metrics import accuracy_score as tag_accuracy
from seqeval.metrics import f1_score as entity_f1
from seqeval.metrics import precision_score as entity_precision
from seqeval.metrics import recall_score as entity_recall
from seqeval.metrics.sequence_labeling import get_entities
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    matthews_corrcoef,
    mean_squared_error,
    precision_recall_fscore_support,
)

warnings.simplefilter("ignore")
rng = random.Random(20)


def number(value):
    return None if math.isnan(value) else float(value)


def classification(name, classes, truth, predicted):
    labels = list(range(classes))
    precision, recall, f1, support = precision_recall_fscore_support(truth, predicted, labels=labels, zero_division=0)
    return {
        "name": name,
        "classes": classes,
        "truth": truth,
        "predicted": predicted,
        "metrics": {
            "accuracy": accuracy_score(truth, predicted),
            "macro_f1": f1_score(truth, predicted, average="macro", zero_division=0),
            "micro_f1": f1_score(truth, predicted, average="micro", zero_division=0),
            "matthews": matthews_corrcoef(truth, predicted),
        },
        "precision": list(precision),
        "recall": list(recall),
        "f1": list(f1),
        "support": [int(n) for n in support],
        "confusion": confusion_matrix(truth, predicted, labels=labels).tolist(),
    }


def noisy(classes, count, right):
    truth = [rng.randrange(classes) for _ in range(count)]
    return truth, [c if rng.random() < right else rng.randrange(classes) for c in truth]


def regression(name, x, y):
    return {
        "name": name,
        "x": x,
        "y": y,
        "metrics": {
            "pearson": number(pearsonr(x, y)[0]),
            "spearman": number(spearmanr(x, y)[0]),
            "mse": mean_squared_error(y, x),
        },
    }


def entities(name, truth, predicted):
    return {
        "name": name,
        "truth": truth,
        "predicted": predicted,
        "entities": [list(entity) for entity in get_entities(predicted)],
        "metrics": {
            "entity_f1": float(entity_f1(truth, predicted, zero_division=0)),
            "entity_precision": float(entity_precision(truth, predicted, zero_division=0)),
            "entity_recall": float(entity_recall(truth, predicted, zero_division=0)),
            "accuracy": tag_accuracy(truth, predicted),
        },
    }


def sentences(tags, count):
    return [[rng.choice(tags) for _ in range(rng.randint(1, 12))] for _ in range(count)]


def disturbed(sequences, tags):
    return [[rng.choice(tags) if rng.random() < 0.25 else tag for tag in tags_] for tags_ in sequences]


IOB = ["O", "O", "O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
IOBES = IOB + ["E-PER", "S-PER", "E-LOC", "S-LOC"]
ODD = ["O", "B", "I", "E", "S", "I-PER", "B-creative-work", "I-creative-work", "X-PER", "Bare", "O-PER", ".", "-PER", "B-"]

golden = {
    "classification": [
        classification("two classes", 2, *noisy(2, 60, 0.7)),
        classification("five classes", 5, *noisy(5, 200, 0.5)),
        classification("all right", 3, [0, 1, 2, 1], [0, 1, 2, 1]),
        classification("all wrong", 2, [0, 1, 0, 1], [1, 0, 1, 0]),
        classification("one class in truth", 2, [1, 1, 1, 1], [1, 0, 1, 1]),
        classification("one class predicted", 3, [0, 1, 2, 1], [1, 1, 1, 1]),
        classification("one class only", 2, [0, 0, 0], [0, 0, 0]),
        classification("a class that never occurs", 4, [0, 1, 3, 1, 0], [0, 1, 1, 1, 3]),
        classification("a class that is only predicted", 3, [0, 1, 0, 1], [0, 2, 0, 2]),
        classification("one item", 2, [1], [1]),
        classification("rare class", 2, [0] * 97 + [1] * 3, [0] * 96 + [1] + [1, 0, 0]),
    ],
    "regression": [
        regression("noise", *zip(*[(v, v + rng.gauss(0, 1)) for v in (rng.gauss(0, 2) for _ in range(50))])),
        regression("ties", [rng.randrange(5) for _ in range(40)], [rng.randrange(4) for _ in range(40)]),
        regression("far from zero", [1e6 + rng.random() for _ in range(20)], [1e6 + rng.random() for _ in range(20)]),
        regression("opposite", [1, 2, 3, 4], [-1, -2, -3, -4]),
        regression("monotone, not linear", [1, 2, 3, 4, 5], [1, 10, 100, 1000, 10000]),
        regression("constant predictions", [0.5, 0.5, 0.5], [1, 2, 3]),
        regression("constant truth", [1, 2, 3], [2, 2, 2]),
        regression("two items", [1.5, 2.5], [3, 1]),
    ],
    "entities": [
        entities("textbook", [["O", "B-PER", "I-PER", "O", "B-LOC"]], [["O", "B-PER", "I-PER", "O", "B-PER"]]),
        entities("wrong end", [["B-PER", "I-PER", "I-PER"]], [["B-PER", "I-PER", "O"]]),
        entities("I without B", [["O", "I-PER", "I-PER", "O"]], [["O", "B-PER", "I-PER", "O"]]),
        entities("type changes inside", [["B-PER", "I-LOC", "I-LOC"]], [["B-PER", "I-PER", "I-LOC"]]),
        entities("adjacent", [["B-PER", "B-PER", "I-PER"]], [["B-PER", "I-PER", "I-PER"]]),
        entities("at the border of sentences", [["O", "B-PER"], ["I-PER", "O"]], [["O", "B-PER"], ["B-PER", "O"]]),
        entities("nothing to find", [["O", "O"]], [["O", "O"]]),
        entities("nothing found", [["B-PER", "O"]], [["O", "O"]]),
        entities("nothing true", [["O", "O"]], [["B-PER", "O"]]),
    ]
    + [
        entities(f"{name} {i}", truth, disturbed(truth, tags))
        for name, tags in [("IOB", IOB), ("IOBES", IOBES), ("odd tags", ODD)]
        for i in range(6)
        for truth in [sentences(tags, 8)]
    ],
}
Path(__file__).with_name("metrics.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
