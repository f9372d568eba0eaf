"""Writes parts.json: what Python's `tokenizers` makes of random texts with every part of tokenizer.json that is read.

    pip install tokenizers
    python test/golden/tokenizers/parts.py                     # writes parts.json
    python test/golden/tokenizers/parts.py NAME NUMBER         # shows one result whole

Of each result only the first two hexadecimal digits of its SHA-256 are kept: 2,000 texts and 60 parts would fill
megabytes.
"""

import hashlib
import json
import random
import sys
import unicodedata
from pathlib import Path

from charsmap import charsmap
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

rng = random.Random(8)


def block(first, last):
    characters = [chr(code) for code in range(first, last + 1)]
    # What is not yet assigned changes its category from version to version.
    return [c for c in characters if unicodedata.category(c) not in ("Cn", "Cs")]


LATIN = list("aaaabcdeeeefghiiklmnnooprrsstttuvwxyz")
SCRIPTS = [
    LATIN,
    LATIN + list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    LATIN + list("0123456789") + list("½²³¹¼೬٣१Ⅷ①"),
    LATIN + block(0xC0, 0x17F) + list("ßẞıİſŉ"),
    LATIN + ["e\u0301", "n\u0303", "\u0301", "ﬁ", "ﬀ", "Å", "ﷺ", "㎏"],
    block(0x370, 0x3FF) + list("ΣςΣ"),
    block(0x400, 0x45F),
    block(0x5D0, 0x5EA) + block(0x5B0, 0x5BC),
    block(0x621, 0x652),
    block(0x904, 0x94D),
    block(0xE01, 0xE4E),
    block(0x3041, 0x30FF),
    block(0x4E00, 0x4E80) + block(0x20000, 0x20020) + list("，。「」"),
    block(0xAC00, 0xAD00) + block(0x1100, 0x1120),
    block(0x1F600, 0x1F640) + ["👩‍👩‍👧", "🏳️‍🌈", "🇩🇪", "\u200d", "\ufe0f"],
    block(0x21, 0x2F) + block(0x3A, 0x40) + block(0x5B, 0x60) + block(0x2010, 0x2040) + list("aa1"),
    block(0x00, 0x20) + block(0x7F, 0xA0) + list("ab\u00ad\u200b\u2028\u2029\u3000\ufeff\u180e\ue000"),
    [c for code in range(0x80, 0x10000) if unicodedata.category(c := chr(code)) not in ("Cn", "Cs", "Co")],
]
SPACES = [" "] * 12 + ["  ", "   ", "\t", "\n", "\r\n", "\u00a0", "\u2003", "\u0085"]
SPECIALS = ["[CLS]", "[SEP]", "<new>", "<New>", "don't", "it's", "we'll", "▁", "_"]


def text():
    scripts = rng.choices(SCRIPTS, k=rng.choice([1, 1, 2, 3]))
    words = []
    for _ in range(rng.randrange(1, 6)):
        if rng.random() < 0.08:
            words.append(rng.choice(SPECIALS))
        else:
            words.append("".join(rng.choice(rng.choice(scripts)) for _ in range(rng.randrange(1, 7))))
    spaced = "".join(word + (rng.choice(SPACES) if rng.random() < 0.85 else "") for word in words)
    return (rng.choice(SPACES) if rng.random() < 0.1 else "") + spaced


TEXTS = ["", " ", "a", "\u0301"] + [text() for _ in range(1996)]

R = Regex
REGEX = [
    (r"\s+", "Removed", False),
    (r"\w+|[^\w\s]+", "Removed", True),
    (r"[^\s\p{L}\p{N}]", "Isolated", False),
    (r"\d", "MergedWithPrevious", False),
    (r"(a|b)+?c{1,2}", "Contiguous", False),
    (r"(?<=[aeiou])(?![aeiou])", "Isolated", False),
    (r"^[A-Z]|.$", "MergedWithNext", False),
    (r" ?\p{Lu}?\p{Ll}+|x*", "Isolated", False),
    (r"[\-\].^$|]+|\p{Han}|\P{L}{3,}", "Isolated", False),
]
snake = {"Removed": "removed", "Isolated": "isolated", "Contiguous": "contiguous"}
snake |= {"MergedWithPrevious": "merged_with_previous", "MergedWithNext": "merged_with_next"}
p, n = pre_tokenizers, normalizers

PRE_TOKENIZERS = {
    "bert": p.BertPreTokenizer(),
    "whitespace": p.Whitespace(),
    "whitespace-split": p.WhitespaceSplit(),
    "digits": p.Digits(),
    "digits-apart": p.Digits(individual_digits=True),
    "delimiter": p.CharDelimiterSplit("a"),
    "metaspace": p.Metaspace(),
    "metaspace-first": p.Metaspace(prepend_scheme="first"),
    "metaspace-never": p.Metaspace(replacement="_", prepend_scheme="never"),
    "metaspace-whole": p.Metaspace(prepend_scheme="first", split=False),
    "bytes": p.ByteLevel(add_prefix_space=False),
    "bytes-spaced": p.ByteLevel(add_prefix_space=True),
    "bytes-whole": p.ByteLevel(add_prefix_space=True, use_regex=False),
    "fixed": p.FixedLength(3),
    "sequence": p.Sequence([p.WhitespaceSplit(), p.Metaspace(prepend_scheme="first"), p.Digits(individual_digits=True)]),
    "sequence-bytes": p.Sequence([p.Punctuation(), p.ByteLevel(add_prefix_space=True)]),
    "deberta": p.Sequence([p.Punctuation("isolated"), p.Metaspace()]),
    "nested": p.Sequence([p.Sequence([p.Whitespace(), p.Punctuation("isolated")]), p.FixedLength(2)]),
    **{f"punctuation-{b}": p.Punctuation(b) for b in snake.values()},
    **{f"split-{b}": p.Split("a", b) for b in snake.values()},
    **{f"split-inverted-{b}": p.Split("a", b, invert=True) for b in snake.values()},
    **{f"regex-{i}": p.Split(R(rx), snake[b], invert=inv) for i, (rx, b, inv) in enumerate(REGEX)},
}


def precompiled(rules):
    return n.Precompiled(charsmap(rules))


MARKED = [f"{letter}{mark}" for letter in "aeou" for mark in "\u0301\u0308"]
COMPATIBLE = {c: unicodedata.normalize("NFKC", c) for c in dict.fromkeys("".join(TEXTS))}
RULES = {c: text for c, text in list(COMPATIBLE.items())[::3] if text != c and c != "\0"}
RULES |= {marked: unicodedata.normalize("NFC", marked) for marked in MARKED}
RULES |= {c: " " for c in "\t\n\r\u00a0\u2003\u3000\u0085"} | {c: "" for c in "\u200b\u00ad\u0007"}
# Where clusters end decides what becomes of the characters behind a key.
CLUSTERED = {c: c.upper() for c in "abcdeißαбאक"} | {c: "." for c in "\r©®‼\u0600\u0915\u0958"}
CLUSTERS = [
    "e\u0301a\u0301\u0308x\u0301", "a\r\nb\r\u0301\n", "\u0600a\u0301 \u0600ab", "©\u200d®\u0301© ®\u0301 ‼\u200d©",
    "©\u0301\u200d®\u0301 ©\u200c\u200d®\u0301 ©\u200d\u0301®\u0301 a\u200d®\u0301",
    "\u0915\u094d\u0958\u0301 \u0915\u0958\u0301 \u0915\u200d\u094d\u0301\u0958\u0301 \u0915\u094d\u0903\u0958\u0301",
    "\uac00\u11a8\u0301 \u1100\u1161\u0301 \u1100\u1100\u0301 \uac01\u1161\u0301 \uac01\u11a8\u0301 \u11a8\u1161\u0301",
    "\U0001f1e9\U0001f1ea\U0001f1e9\u0301 \u200da\u0903b\u0903\u0301", "\u0301\u0301 \u0000\u0301 a\u0000b", "ß\u0301α\u0301б\u0308אּ",
]
NORMALIZERS = {
    "nfc": n.NFC(),
    "nfd": n.NFD(),
    "nfkc": n.NFKC(),
    "nfkd": n.NFKD(),
    "lowercase": n.Lowercase(),
    "strip": n.Strip(),
    "strip-left": n.Strip(left=True, right=False),
    "strip-accents": n.StripAccents(),
    "accents": n.Sequence([n.NFD(), n.StripAccents(), n.Lowercase()]),
    "replace": n.Replace("a", "$&b"),
    "replace-regex": n.Replace(R(r" {2,}|\p{N}+"), " "),
    # DeBERTa-v2: as transformers 5 makes it, and as earlier versions read it from SentencePiece.
    "deberta": n.Sequence([n.Replace(R(r"\s{2,}|[\n\r\t]"), " "), n.NFC(), n.Strip(left=False, right=True)]),
    "deberta-converted": n.Sequence([n.Strip(), precompiled(RULES), n.Replace(R(" {2,}"), " ")]),
    "prepend": n.Prepend("▁"),
    "bytes": n.ByteLevel(),
    "precompiled": precompiled(RULES),
    "precompiled-clusters": precompiled(CLUSTERED),
    "bert": n.BertNormalizer(),
    "bert-cased": n.BertNormalizer(lowercase=False),
    "bert-accents": n.BertNormalizer(lowercase=True, strip_accents=False),
    "bert-plain": n.BertNormalizer(clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False),
}


def trained(model, trainer, normalizer=None, pre_tokenizer=None, added=(), texts=TEXTS[::2]):
    tokenizer = Tokenizer(model)
    if normalizer:
        tokenizer.normalizer = normalizer
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.train_from_iterator(texts, trainer)
    for token in added:
        tokenizer.add_tokens([token])
    return tokenizer


ADDED = [
    AddedToken("<new>", lstrip=True, normalized=False),
    AddedToken("[CLS]", rstrip=True, normalized=False, special=True),
    AddedToken("it", single_word=True, normalized=False),
    AddedToken("Don'T", normalized=True),
    AddedToken("a b", normalized=True),
    AddedToken("<new>x", normalized=False),
]
U = "[UNK]"
piece = dict(vocab_size=260, special_tokens=[U], limit_alphabet=120, show_progress=False)
TOKENIZERS = {
    "wordpiece-whitespace": trained(
        models.WordPiece(unk_token=U), trainers.WordPieceTrainer(**piece), n.Lowercase(), p.Whitespace(), ADDED
    ),
    "wordpiece-short-words": trained(
        models.WordPiece(unk_token=U, max_input_chars_per_word=4), trainers.WordPieceTrainer(**piece), None, p.Punctuation()
    ),
    "wordlevel": trained(
        models.WordLevel(unk_token=U),
        trainers.WordLevelTrainer(vocab_size=200, special_tokens=[U], show_progress=False),
        n.Sequence([n.NFD(), n.StripAccents()]),
        p.WhitespaceSplit(),
        ADDED,
    ),
    "bpe-metaspace": trained(models.BPE(unk_token=U), trainers.BpeTrainer(**piece), n.NFKC(), p.Metaspace(), ADDED),
    "bpe-fused": trained(
        models.BPE(unk_token=U, fuse_unk=True), trainers.BpeTrainer(**piece), None, p.Metaspace(prepend_scheme="first")
    ),
    "bpe-dropping": trained(models.BPE(), trainers.BpeTrainer(**piece), None, p.Whitespace()),
    "bpe-end-of-word": trained(
        models.BPE(unk_token=U, end_of_word_suffix="</w>"),
        trainers.BpeTrainer(**piece, end_of_word_suffix="</w>"),
        n.Lowercase(),
        p.BertPreTokenizer(),
    ),
    "bpe-bytes": trained(
        models.BPE(),
        trainers.BpeTrainer(
            vocab_size=400, special_tokens=["<s>"], initial_alphabet=p.ByteLevel.alphabet(), show_progress=False
        ),
        None,
        p.ByteLevel(add_prefix_space=False),
        ADDED,
    ),
    "unigram": trained(
        models.Unigram(),
        trainers.UnigramTrainer(vocab_size=300, special_tokens=["<unk>"], unk_token="<unk>", show_progress=False),
        n.NFKC(),
        p.Metaspace(),
        ADDED,
        [text for text in TEXTS if text.isascii()],
    ),
}

TOKENIZERS["sentencepiece"] = trained(
    models.Unigram(),
    trainers.UnigramTrainer(
        vocab_size=400, special_tokens=["<s>", "<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False
    ),
    n.Sequence([precompiled(RULES), n.Replace(R(" {2,}"), " ")]),
    p.Sequence([p.WhitespaceSplit(), p.Metaspace()]),
    [AddedToken("<mask>", lstrip=True, normalized=False, special=True)],
    [text for text in TEXTS if text.isascii()],
)
TOKENIZERS["deberta"] = trained(
    models.Unigram(),
    trainers.UnigramTrainer(
        vocab_size=400, special_tokens=["[PAD]", "[CLS]", "[SEP]", "[UNK]"], unk_token="[UNK]", show_progress=False
    ),
    NORMALIZERS["deberta"],
    p.Sequence([p.Metaspace()]),
    [AddedToken("[MASK]", lstrip=False, normalized=False, special=True)],
    [text for text in TEXTS if text.isascii()],
)
fallback = json.loads(TOKENIZERS["bpe-metaspace"].to_str())
fallback["model"] |= {"byte_fallback": True, "ignore_merges": True}
size = len(fallback["model"]["vocab"])
for token in fallback["added_tokens"]:
    if token["id"] >= size:
        token["id"] += 256
fallback["model"]["vocab"] |= {f"<0x{byte:02X}>": size + byte for byte in range(256)}
TOKENIZERS["bpe-byte-fallback"] = Tokenizer.from_str(json.dumps(fallback))

# Without a normalizer too, tokens that are looked for late are not found where they overlap early ones.
overlapping = json.loads(TOKENIZERS["bpe-bytes"].to_str())
overlapping["added_tokens"] = [token for token in overlapping["added_tokens"] if token["content"] == "<s>"]
TOKENIZERS["bpe-bytes-overlapping"] = Tokenizer.from_str(json.dumps(overlapping))
TOKENIZERS["bpe-bytes-overlapping"].add_tokens(
    [AddedToken("<new>", normalized=False), AddedToken(" <new>", normalized=True), AddedToken("<New> ", normalized=True)]
)

TEXTS += CLUSTERS

RESULTS = {
    "normalizers": lambda part, text: part.normalize_str(text),
    "preTokenizers": lambda part, text: "\0".join(piece for piece, _ in part.pre_tokenize_str(text)),
    "tokenizers": lambda part, text: ",".join(map(str, part.encode(text, add_special_tokens=False).ids)),
}
PARTS = {"normalizers": NORMALIZERS, "preTokenizers": PRE_TOKENIZERS, "tokenizers": TOKENIZERS}

if len(sys.argv) == 3:
    for kind, parts in PARTS.items():
        if sys.argv[1] in parts:
            text = TEXTS[int(sys.argv[2])]
            print(kind, ascii(text), "->", ascii(RESULTS[kind](parts[sys.argv[1]], text)))
else:
    golden = {"texts": TEXTS}
    for kind, parts in PARTS.items():
        golden[kind] = {}
        for name, part in parts.items():
            digests = [hashlib.sha256(RESULTS[kind](part, text).encode()).hexdigest()[:2] for text in TEXTS]
            definition = json.loads(part.to_str() if kind == "tokenizers" else part.__getstate__())
            golden[kind][name] = {"definition": definition, "digests": "".join(digests)}
    target = Path(__file__).parent / "parts.json"
    target.write_text(json.dumps(golden, separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf8")
