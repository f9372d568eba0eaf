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
from seqeval import scheme as schemes
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


LETTERS = {
    "IOB1": "OBI",
    "IOB2": "OBI",
    "IOE1": "OIE",
    "IOE2": "OIE",
    "IOBES": "OBIES",
    "BILOU": "OBILU",
    "BMES": "OBMES",
}
# The schemes of which seqeval knows other letters.
TO_IOBES = {"BILOU": str.maketrans("LU", "ES"), "BMES": str.maketrans("M", "I")}
TYPES = ["PER", "LOC"]


def as_known(scheme, sequences):
    """With letters that seqeval knows."""
    table = TO_IOBES.get(scheme)
    return [[tag[0].translate(table) + tag[1:] if table else tag for tag in tags] for tags in sequences]


def entities(name, scheme, truth, predicted, strict=False):
    known = "IOBES" if scheme in TO_IOBES else scheme
    judged = as_known(scheme, truth), as_known(scheme, predicted)
    options = {"mode": "strict", "scheme": getattr(schemes, known)} if strict else {}
    return {
        "name": name,
        "labels": [f"{letter}-{type_}" for letter in LETTERS[scheme][1:] for type_ in TYPES] + ["O"],
        "truth": truth,
        "predicted": predicted,
        "entities": [list(entity) for entity in get_entities(judged[1])],
        "metrics": {
            "entity_f1": float(entity_f1(*judged, zero_division=0, **options)),
            "entity_precision": float(entity_precision(*judged, zero_division=0, **options)),
            "entity_recall": float(entity_recall(*judged, zero_division=0, **options)),
            "accuracy": tag_accuracy(*judged),
        },
    }


def spell(scheme, spans, length):
    """Tags of spans (type, start, end inclusive, in order) as the scheme writes them."""
    tags = ["O"] * length
    for i, (type_, start, end) in enumerate(spans):
        after_own = i > 0 and spans[i - 1][0] == type_ and spans[i - 1][2] == start - 1
        before_own = i + 1 < len(spans) and spans[i + 1][0] == type_ and spans[i + 1][1] == end + 1
        begin, inside, last, single = {
            "IOB1": ("B" if after_own else "I", "I", "I", "B" if after_own else "I"),
            "IOB2": ("B", "I", "I", "B"),
            "IOE1": ("I", "I", "E" if before_own else "I", "E" if before_own else "I"),
            "IOE2": ("I", "I", "E", "E"),
            "IOBES": ("B", "I", "E", "S"),
            "BILOU": ("B", "I", "L", "U"),
            "BMES": ("B", "M", "E", "S"),
        }[scheme]
        for at in range(start, end + 1):
            letter = single if start == end else begin if at == start else last if at == end else inside
            tags[at] = f"{letter}-{type_}"
    return tags


def random_spans(length):
    spans, at = [], 0
    while at < length:
        size = min(rng.randint(1, 3), length - at)
        if rng.random() < 0.6:
            spans.append((rng.choice(TYPES), at, at + size - 1))
        at += size
    return spans


def well_formed(scheme, count):
    """Truth, and predictions that keep most of its spans."""
    truth, predicted = [], []
    for _ in range(count):
        length = rng.randint(3, 14)
        spans = random_spans(length)
        if scheme == "IOE1":
            # seqeval does not know a span of one word before another of its type; its source says so.
            spans = [(type_, a, b) for type_, a, b in spans if a < b]
        kept = [(rng.choice(TYPES) if rng.random() < 0.2 else t, a, b) for t, a, b in spans if rng.random() < 0.8]
        truth.append(spell(scheme, spans, length))
        predicted.append(spell(scheme, kept, length))
    return truth, predicted


def sentences(tags, count):
    return [[rng.choice(tags) for _ in range(rng.randint(1, 12))] for _ in range(count)]


def disturbed(sequences, tags):
    return [[rng.choice(tags) if rng.random() < 0.25 else tag for tag in tags_] for tags_ in sequences]


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
        entities("textbook", "IOB2", [["O", "B-PER", "I-PER", "O", "B-LOC"]], [["O", "B-PER", "I-PER", "O", "B-PER"]]),
        entities("wrong end", "IOB2", [["B-PER", "I-PER", "I-PER"]], [["B-PER", "I-PER", "O"]]),
        entities("I without B", "IOB2", [["O", "I-PER", "I-PER", "O"]], [["O", "B-PER", "I-PER", "O"]]),
        entities("type changes inside", "IOB2", [["B-PER", "I-LOC", "I-LOC"]], [["B-PER", "I-PER", "I-LOC"]]),
        entities("adjacent", "IOB2", [["B-PER", "B-PER", "I-PER"]], [["B-PER", "I-PER", "I-PER"]]),
        entities("at the border of sentences", "IOB2", [["O", "B-PER"], ["I-PER", "O"]], [["O", "B-PER"], ["B-PER", "O"]]),
        entities("nothing to find", "IOB2", [["O", "O"]], [["O", "O"]]),
        entities("nothing found", "IOB2", [["B-PER", "O"]], [["O", "O"]]),
        entities("nothing true", "IOB2", [["O", "O"]], [["B-PER", "O"]]),
    ]
    + [entities(f"{scheme}, strictly", scheme, *well_formed(scheme, 30), strict=True) for scheme in LETTERS]
    + [
        entities(f"{scheme}, disturbed {i}", scheme, truth, disturbed(truth, tags))
        for scheme, letters in LETTERS.items()
        for tags in [["O"] + [f"{letter}-{type_}" for letter in letters[1:] for type_ in TYPES]]
        for i in range(3)
        for truth in [sentences(tags + ["O", "O"], 8)]
    ],
}
Path(__file__).with_name("metrics.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
