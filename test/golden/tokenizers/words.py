"""Writes words.json: the ids of lists of words under the tokenizers of decoders.json that divide texts before they are
bytes, as the plain text of the words has them after a space.

    pip install tokenizers
    python test/golden/tokenizers/words.py
"""

import json
from pathlib import Path

from tokenizers import Tokenizer

FOLDER = Path(__file__).parent
NAMES = ["smollm2", "llama3", "qwen2", "o200k"]
LISTS = [
    ["John", "lives", "in", "New", "York"],
    ["Prices", "rose", "by", "1234", "$5", "(2.5%)", ",", "didn't", "they", "?"],
    ["İstanbul", "東京", "Привет", "e\u0301tude", "№5", "👩‍👩‍👧", "U.S.", "'s", "don'T", "hello"],
]

golden = {"lists": LISTS, "ids": {}}
definitions = json.loads((FOLDER / "decoders.json").read_text(encoding="utf8"))["tokenizers"]
for name in NAMES:
    tokenizer = Tokenizer.from_str(json.dumps(definitions[name]["definition"]))
    ids = lambda text: tokenizer.encode(text, add_special_tokens=False).ids
    golden["ids"][name] = [ids("".join(f" {word}" for word in words)) for words in LISTS]
    # Each word by itself after its space has the same.
    assert golden["ids"][name] == [[i for word in words for i in ids(f" {word}")] for words in LISTS]
(FOLDER / "words.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n", encoding="utf8")
