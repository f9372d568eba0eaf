"""Trains three small tokenizers on made-up text and writes what transformers makes of hard cases.

    pip install tokenizers transformers
    python test/golden/tokenizers/make.py [NAME…]

Writes wordpiece/, bytelevel/ and sentencepiece/ (model folders without a model) and cases.json.
"""

import json
import random
import sys
import unicodedata
from pathlib import Path

from charsmap import charsmap
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

FOLDER = Path(__file__).parent
rng = random.Random(6)

SYLLABLES = "ba be bi bo da de di do ka ke ki la le lo ma me mi na ne no ra re ri sa se si ta te ti un ing ed ly".split()
NAMES = ["Zoë", "Łukasz", "naïve", "café", "東京", "мир", "Ωmega", "don't", "it's", "re-entry", "№5", "3.14", "e-mail"]
words = [w + v for w in SYLLABLES for v in SYLLABLES[::3]]
text = [
    " ".join(rng.choice(NAMES) if rng.random() < 0.1 else rng.choice(words) for _ in range(12)) + rng.choice(".!?")
    for _ in range(400)
]


def wordpiece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(text, trainers.WordPieceTrainer(vocab_size=600, special_tokens=specials))
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return tokenizer, dict(
        unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]", mask_token="[MASK]"
    )


def bytelevel():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    specials = ["<s>", "<pad>", "</s>", "<unk>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=600, special_tokens=specials, initial_alphabet=alphabet)
    tokenizer.train_from_iterator(text, trainer)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return tokenizer, dict(
        unk_token="<unk>", cls_token="<s>", sep_token="</s>", pad_token="<pad>",
        mask_token=AddedToken("<mask>", lstrip=True, special=True),
    )


def sentencepiece():
    """As XLM-RoBERTa and CamemBERT have it."""
    tokenizer = Tokenizer(models.Unigram())
    composed = {c: n for c in map(chr, range(0xA0, 0x10000)) if (n := unicodedata.normalize("NFKC", c)) != c}
    kept = {c: n for c, n in composed.items() if c in "".join(HARD)}
    spaces = {c: " " for c in "\t\n\r\u0085\u200b\u2028\ufeff"}
    charmap = kept | spaces | {"e\u0301": "é", "n\u0303": "ñ", "\u00ad": "", "\u0007": ""}
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(charsmap(charmap)), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    trainer = trainers.UnigramTrainer(
        vocab_size=600, special_tokens=["<s>", "<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(text, trainer)
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer, dict(
        unk_token="<unk>", cls_token="<s>", sep_token="</s>", pad_token="<pad>", bos_token="<s>", eos_token="</s>",
        mask_token=AddedToken("<mask>", lstrip=True, special=True),
    )


HARD = [
    "",
    " ",
    "  bake   lemon\tdina\n",
    "Zoë Łukasz NAÏVE ÅNGSTRÖM İstanbul",
    "ΣΊΣΥΦΟΣ ΟΔΟΣ ὈΔΥΣΣΕΎΣ",
    "東京𠀀𪜀㐀,豈 kana ひらがな カタカナ 한국어",
    "a\u0000b\ufffdc\u200bd\ufeffe\u00adf",
    "x\u00a0y\u2003z\u3000w\u0085v\u2028u",
    "e\u0301 \u0301 n\u0303o ﬁ ½ ß ẞ",
    "don't it's I'LL we've she'd 'twas '' \"quoted\"",
    "wow!!! (really?) [ok] {x} <y> $5 100% a_b #tag @name -- – — … ¡¿«»",
    "[MASK] bake [SEP]la [CLS] [mask] <mask> lemo<mask> <s>x</s> [UNK]",
    "https://example.org/a?b=c&d=e#f  user.name+tag@example.co",
    "😀👩‍👩‍👧🏳️‍🌈 ☺️ 🇩🇪",
    "العربية हिन्दी ไทย עִבְרִית",
    "bakelemon" * 20,
    "ba" * 60,
    "\u1b4e \u2e52 \u16af0 \u0899 \u1734",
    "line\r\nbreak\rtwo",
    "  spaces  at  both  ends  ",
]
GENERATED = text[:6] + ["".join(rng.choice("ab é漢!'  \t\u200d1Σ") for _ in range(25)) for _ in range(40)]


def cases(tokenizer):
    singles = HARD + GENERATED
    pairs = [(a, b, rng.choice([5, 7, 8, 13, 20, 64])) for a, b in zip(singles, reversed(singles)) if a and b]
    lists = [one.split(" ") for one in GENERATED] + [HARD, ["", "bake", "\u200b", " la", "\ufeff"]]

    def words_case(words, length):
        encoding = tokenizer(words, is_split_into_words=True, truncation=True, max_length=length)
        owners = encoding.word_ids()
        first = [owners.index(i) if i in owners else -1 for i in range(len(words))]
        return {"words": words, "maxLength": length, "inputIds": encoding["input_ids"], "firstTokens": first}

    def text_case(text, pair, length):
        encoding = tokenizer(text, pair, truncation=True, max_length=length, return_token_type_ids=True)
        case = {"text": text, "maxLength": length, "inputIds": encoding["input_ids"]}
        return case | ({} if pair is None else {"pair": pair}) | {"tokenTypeIds": encoding["token_type_ids"]}

    return {
        "texts": [text_case(one, None, length) for one in singles for length in (512, 9)]
        + [text_case(*pair) for pair in pairs],
        "words": [words_case(words, length) for words in lists for length in (512, 11)],
    }


# Trainers break ties at random, so that others may be left as they are.
MAKERS = {"wordpiece": wordpiece, "bytelevel": bytelevel, "sentencepiece": sentencepiece}
golden = json.loads((FOLDER / "cases.json").read_text())
for name in sys.argv[1:] or MAKERS:
    tokenizer, specials = MAKERS[name]()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **specials)
    folder = FOLDER / name
    folder.mkdir(exist_ok=True)
    fast.save_pretrained(folder)
    (folder / "tokenizer.json").write_text(json.dumps(json.loads(fast.backend_tokenizer.to_str())) + "\n")
    golden[name] = cases(fast)
    if name == "bytelevel":
        # Words of a list follow a space, as transformers asks for with `add_prefix_space=True`.
        backend = fast.backend_tokenizer
        backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
        golden[name]["words"] = cases(PreTrainedTokenizerFast(tokenizer_object=backend, **specials))["words"]
    elif name == "wordpiece":
        vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
        (FOLDER / "vocabulary").mkdir(exist_ok=True)
        (FOLDER / "vocabulary" / "vocab.txt").write_text("".join(f"{token}\n" for token, _ in vocabulary))
(FOLDER / "cases.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
