"""Writes texts with references and what sacrebleu and rouge-score say of them: texts.json beside this file.

    python test/golden/metrics/texts.py        (sacrebleu 2.6.0, rouge-score 0.1.2)
"""

import json
from pathlib import Path

import sacrebleu
from rouge_score import rouge_scorer

CASES = {
    "one reference each": [
        ("The Punter serves cheap Indian food near Café Sicilia.",
         ["The Punter is a cheap Indian restaurant near Café Sicilia."]),
        ("It is in the city centre, by the river.", ["It is by the river, in the city centre."]),
        ("", ["An empty answer is one too."]),
        ("Blue Spice", ["Blue Spice"]),
    ],
    "several references": [
        ("Loch Fyne is a family-friendly restaurant that serves wine and cheese.",
         ["Loch Fyne is a family friendly restaurant providing wine and cheese at a low cost.",
          "Wine and cheese are served at Loch Fyne, a family-friendly restaurant.",
          "Loch Fyne"]),
        ("The price range is less than £20.", ["It costs less than £20.", "Cheap: under £20!"]),
        ("Alimentum is not kid friendly .", ["Alimentum is not kid friendly ."]),
    ],
    "as many references as a row has": [
        ("a b c d e", ["a b c d e f", "x"]),
        ("p q r s", ["p q r s"]),
    ],
    "marks, numbers, entities and other alphabets": [
        ("Prices: $1,000.50 (about 3.5%) -- \"cheap\" & nice; see v2-3.",
         ["Prices: $1,000.50 (about 3.5 %) – “cheap” &amp; nice; see v2 - 3."]),
        ("naïve café 東京 😀 Straße <b>ok</b>\nnew line", ["naive café 東京 😀 STRASSE <b>ok</b> new line"]),
    ],
    "nothing right": [("one two three four five", ["six seven eight nine ten"])],
    "two words right": [("the cat", ["the cat sat on the mat"])],
    "words right, no pair of them": [("mat the sat cat on", ["cat sat mat on the"])],
}

scorer = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=False)
out = []
for name, rows in CASES.items():
    most = max(len(references) for _, references in rows)
    # sacrebleu wants one list for each place; a row that has fewer references has none there.
    streams = [[refs[i] if i < len(refs) else None for _, refs in rows] for i in range(most)]
    bleu = sacrebleu.corpus_bleu([text for text, _ in rows], streams)
    scores = [scorer.score_multi(references, text) for text, references in rows]
    mean = {key: sum(score[key].fmeasure for score in scores) / len(scores) for key in ("rouge1", "rouge2", "rougeL")}
    out.append({
        "name": name,
        "texts": [text for text, _ in rows],
        "references": [references for _, references in rows],
        "metrics": {"bleu": bleu.score, **mean},
    })
Path(__file__).with_name("texts.json").write_text(json.dumps(out, ensure_ascii=False, indent=1) + "\n")
