"""Writes decoders.json: ids and texts of the tokenizers that GPT-2, Llama 2 and 3, Qwen2, SmolLM2 and Gemma have, with
their normalizers, pre-tokenizers, post-processors and decoders over small vocabularies.

    pip install tokenizers
    python test/golden/tokenizers/decoders.py                  # writes decoders.json
    python test/golden/tokenizers/decoders.py NAME NUMBER      # shows one result whole

The texts are those of parts.json, and nasty ones. Of each result only the first two hexadecimal digits of its SHA-256
are kept.
"""

import hashlib
import json
import random
import sys
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from tokenizers import decoders as d

FOLDER = Path(__file__).parent
p, n = pre_tokenizers, normalizers

CHAT = [
    "<|im_start|>user\nWhy is 12345 odd?\n\nBecause it's 5.<|im_end|>\n<|im_start|>assistant\n",
    "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nI'LL go, WE'VE gone, don'T\u2019s<|eot_id|>",
    "It'\u017f 'S 'LL 'lL '\u212a \u212aelvin \u017ft",
    "1234567 3.14159 2²³ ½ ٣٤٥ Ⅷ① 1,000,000",
    "\t\tif (x) {\r\n\t\t\treturn  0;\r\n\t}\n\n\n  else\n",
    "trailing spaces   ",
    "   leading",
    "a  b   c    d\u3000e\u00a0f\u2028g\u0085h",
    "東京都に住む。「はい」，한국어 ไทย हिन्दी עִבְרִית العربية",
    "👩‍👩‍👧🏳️‍🌈🇩🇪☺️ 🤷🏽‍♀️ \U0001f468\u200d",
    "e\u0301\u0323 o\u0308\u0301 ǟ Å ﬁ \u1e9b\u0323 가각 \u1100\u1161\u11a8",
    "</s><s> <s>[INST] x [/INST]</s>\n<bos><start_of_turn>user\nx<end_of_turn>\n",
    "\ufffd\ufeff\u0000\u0007 \u200b\u00ad\ue000",
    "<|im_end|><|im_end|> <|im_end|>x<|endoftext|>",
    "prices . really ? yes ! a , b 's n't ' m do not ▁ ▁▁x _",
    "hello world " * 60,
]
GOLDEN = json.loads((FOLDER / "parts.json").read_text(encoding="utf8"))
TEXTS = CHAT + GOLDEN["texts"][:800]

CASELESS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
LETTERS = r"|[^\r\n\p{L}\p{N}]?\p{L}+|"
REST = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+" + CASELESS + "?|"
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*" + CASELESS + "?|"
    r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
special = lambda *contents: [AddedToken(content, special=True, normalized=False) for content in contents]
split_bytes = lambda pattern: p.Sequence(
    [p.Split(Regex(pattern), "isolated"), p.ByteLevel(add_prefix_space=False, use_regex=False)]
)


def byte_level(pre_tokenizer, added, normalizer=None, post_processor=None, ignore_merges=False):
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    alphabet = p.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=420, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(TEXTS, trainer)
    tokenizer.add_special_tokens(added)
    tokenizer.decoder = d.ByteLevel()
    if post_processor:
        tokenizer.post_processor = post_processor(tokenizer)
    return tokenizer


def byte_fallback(pre_tokenizer, normalizer, added, decoder):
    """Pieces with ▁ for spaces, and tokens for the bytes of whatever has no piece, as SentencePiece models have them."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    if normalizer:
        tokenizer.normalizer = normalizer
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(
        vocab_size=560, limit_alphabet=90, special_tokens=["<unk>", *added, *bytes_], show_progress=False,
        max_token_length=12,
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    definition = json.loads(tokenizer.to_str())
    definition["added_tokens"] = [t for t in definition["added_tokens"] if t["content"] not in bytes_]
    tokenizer = Tokenizer.from_str(json.dumps(definition))
    tokenizer.decoder = decoder
    bos = added[0]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos}:0 $A:0", pair=f"{bos}:0 $A:0 {bos}:1 $B:1", special_tokens=[(bos, tokenizer.token_to_id(bos))]
    )
    return tokenizer


def begins(token):
    return lambda tokenizer: processors.Sequence(
        [
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(
                single=f"{token}:0 $A:0",
                pair=f"{token}:0 $A:0 {token}:1 $B:1",
                special_tokens=[(token, tokenizer.token_to_id(token))],
            ),
        ]
    )


llama3 = special("<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")
chatml = special("<|endoftext|>", "<|im_start|>", "<|im_end|>")
TOKENIZERS = {
    "gpt2": byte_level(
        p.ByteLevel(add_prefix_space=False), special("<|endoftext|>"), post_processor=lambda _: processors.ByteLevel()
    ),
    "smollm2": byte_level(
        p.Sequence([p.Digits(individual_digits=True), p.ByteLevel(add_prefix_space=False)]), chatml
    ),
    "llama3": byte_level(
        split_bytes(CASELESS + LETTERS + r"\p{N}{1,3}" + REST),
        llama3,
        post_processor=begins("<|begin_of_text|>"),
        ignore_merges=True,
    ),
    "qwen2": byte_level(
        split_bytes(CASELESS + LETTERS + r"\p{N}" + REST), chatml, n.NFC(), lambda _: processors.ByteLevel(trim_offsets=False)
    ),
    "o200k": byte_level(split_bytes(O200K), chatml),
    "llama2": byte_fallback(
        None,
        n.Sequence([n.Prepend("▁"), n.Replace(" ", "▁")]),
        ["<s>", "</s>"],
        d.Sequence([d.Replace("▁", " "), d.ByteFallback(), d.Fuse(), d.Strip(" ", 1, 0)]),
    ),
    "mistral": byte_fallback(
        p.Metaspace(prepend_scheme="first", split=False),
        None,
        ["<s>", "</s>", "[INST]", "[/INST]"],
        d.Sequence([d.Replace("▁", " "), d.ByteFallback(), d.Fuse(), d.Strip(" ", 1, 0)]),
    ),
    "gemma": byte_fallback(
        p.Split(" ", "merged_with_previous"),
        n.Replace(" ", "▁"),
        ["<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>"],
        d.Sequence([d.Replace("▁", " "), d.ByteFallback(), d.Fuse()]),
    ),
}
DECODERS = {
    "none": None,
    "metaspace": d.Metaspace(),
    "metaspace-never": d.Metaspace(prepend_scheme="never"),
    "wordpiece": d.WordPiece(prefix="##"),
    "wordpiece-plain": d.WordPiece(prefix="##", cleanup=False),
    "bpe": d.BPEDecoder(),
    "strip": d.Sequence([d.Strip("▁", 2, 0), d.Fuse()]),
    "replace": d.Replace(Regex(r"e+|\d"), "<>"),
    "bytes": d.ByteLevel(),
}


def tokens_of(text):
    """Pieces of a text as decoders may meet them."""
    rng = random.Random(text)
    marks = ["▁", "##", "</w>", "", "", "Ġ", "<0xE2>", "<0x82>", "<0xAC>", " '", " do not"]
    words = text[:60].split(" ")
    return [rng.choice(marks) + word + rng.choice(["", "</w>", "▁"]) for word in words]


def random_ids(tokenizer, text):
    """Ids in an order that no text gives: characters are broken, and some ids do not exist."""
    rng = random.Random(text)
    return [rng.randrange(tokenizer.get_vocab_size() + 3) for _ in range(12)]


RESULTS = {
    "ids": lambda t, text: ",".join(map(str, t.encode(text).ids)),
    "text": lambda t, text: t.decode(t.encode(text).ids, skip_special_tokens=False),
    "plainText": lambda t, text: t.decode(t.encode(text).ids, skip_special_tokens=True),
    "brokenText": lambda t, text: t.decode(random_ids(t, text), skip_special_tokens=False),
}
digest = lambda result: hashlib.sha256(result.encode()).hexdigest()[:2]

if len(sys.argv) == 3:
    name, text = sys.argv[1], TEXTS[int(sys.argv[2])]
    for kind, result in RESULTS.items():
        print(kind, ascii(text), "->", ascii(result(TOKENIZERS[name], text)))
else:
    golden = {"chat": CHAT, "partsTexts": len(TEXTS) - len(CHAT), "tokenizers": {}, "decoders": {}}
    for name, tokenizer in TOKENIZERS.items():
        digests = {kind: "".join(digest(result(tokenizer, text)) for text in TEXTS) for kind, result in RESULTS.items()}
        # Orders of ids for a part of the texts: they are told whole.
        digests["brokenText"] = "".join(digest(RESULTS["brokenText"](tokenizer, text)) for text in TEXTS[:100])
        broken = [random_ids(tokenizer, text) for text in TEXTS[:100]]
        golden["tokenizers"][name] = {"definition": json.loads(tokenizer.to_str()), "broken": broken, **digests}
    pieces = [tokens_of(text) for text in TEXTS[:60]]
    golden["pieces"] = pieces
    for name, decoder in DECODERS.items():
        texts = [" ".join(one) if decoder is None else decoder.decode(one) for one in pieces]
        definition = None if decoder is None else json.loads(decoder.__getstate__())
        golden["decoders"][name] = {"definition": definition, "texts": texts}
    target = FOLDER / "decoders.json"
    target.write_text(json.dumps(golden, separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf8")
