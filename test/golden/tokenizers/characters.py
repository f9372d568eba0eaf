"""Writes extension/data/tokenizer/text/characterClasses.ts: the character classes that the `tokenizers` library goes by.

Normalizers and pre-tokenizers decide by Unicode categories of versions of their own, which a JavaScript engine cannot
be asked for. They are found here by trying every character.

    pip install tokenizers
    python test/golden/tokenizers/characters.py > extension/data/tokenizer/text/characterClasses.ts
"""

import struct

from tokenizers import normalizers, pre_tokenizers

clean = normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=False, strip_accents=False, lowercase=False)
strip = normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False)
space = normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=True, strip_accents=False, lowercase=False)
pieces = pre_tokenizers.BertPreTokenizer()

CHARACTERS = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]


def ranges(matches):
    """The characters as the inside of a regular expression's class."""
    runs = []
    for code in (ord(character) for character in CHARACTERS if matches(character)):
        if runs and runs[-1][1] == code - 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return "".join(f"\\\\u{{{a:x}}}" + (f"-\\\\u{{{b:x}}}" if b > a else "") for a, b in runs)


def isolated(character):
    return [piece for piece, _ in pieces.pre_tokenize_str(f"a{character}b")] == ["a", character, "b"]


def split(character):
    return [piece for piece, _ in pieces.pre_tokenize_str(f"a{character}b")] == ["a", "b"]


def words(character):
    return [piece for piece, _ in pre_tokenizers.Whitespace().pre_tokenize_str(f"a{character}b")] == [f"a{character}b"]


def charsmap_of_lead_bytes():
    """A precompiled map with a trie that knows each single byte, so that every cluster below six bytes becomes one x,
    and of longer ones every character: how many come out tells where clusters end."""
    units = [256 << 10] + [0] * 255
    units += [768 << 10 | 1 << 8 | byte for byte in range(256)] + [0x80000000] * 256
    trie = struct.pack(f"<{len(units)}I", *units)
    return struct.pack("<I", len(trie)) + trie + b"x\0"


cluster = normalizers.Precompiled(charsmap_of_lead_bytes())
KA, VIRAMA, ACUTE, JOINER = "\u0915", "\u094d", "\u0301", "\u200d"


def count(text):
    return len(cluster.normalize_str(text))


def joins(character):
    return count("a" + character) == 1


def breaks(character):
    return count(character + ACUTE + ACUTE) == 2


def is_short(character):
    return len(character.encode()) < 4 and not joins(character) and not breaks(character)


def digit(character):
    return len(pre_tokenizers.Digits(individual_digits=True).pre_tokenize_str(f"a{character}b")) == 3


classes = {
    "removed": ("Removed when text is cleaned.", lambda c: clean.normalize_str(c) == ""),
    "whitespace": ("Ends a word.", split),
    "nonSpacingMarks": ("Accents, removed after canonical decomposition.", lambda c: strip.normalize_str(c) == ""),
    "ideographs": ("Set apart by spaces.", lambda c: space.normalize_str(c) == f" {c} "),
    "punctuation": ("A word of its own.", isolated),
    "wordCharacters": ("What words are made of, where a pattern says so.", words),
    "combiningMarks": ("Accents of all kinds.", lambda c: normalizers.StripAccents().normalize_str(c) == ""),
    "numeric": ("Digits and other numbers.", digit),
    "clusterEnds": ("A grapheme cluster of its own (but for \\r\\n).", breaks),
    "clusterJoining": ("Belongs to the cluster before.", joins),
    "clusterPrepended": ("Belongs to the cluster behind.", lambda c: not joins(c) and count(c + "a") == 1),
    "conjunctConsonants": (
        "Joined by a linker to a consonant before; as far as short clusters tell.",
        lambda c: is_short(c) and count(KA + VIRAMA + c + ACUTE) == 4,
    ),
    "conjunctLinkers": ("Between consonants of one cluster.", lambda c: joins(c) and count(KA + c + KA + ACUTE) == 4),
    "clusterExtending": (
        "May stand beside a linker, and before U+200D.",
        lambda c: joins(c) and count(KA + VIRAMA + c + KA + ACUTE) == 5,
    ),
    "pictographs": (
        "Joined by U+200D to a pictograph before; as far as short clusters tell.",
        lambda c: is_short(c) and count("\u00a9" + JOINER + c + ACUTE) == 4,
    ),
}

print("// Written by test/golden/tokenizers/characters.py: the insides of regular-expression classes.")
for name, (comment, matches) in classes.items():
    text = f"export const {name} = '{ranges(matches)}';"
    if len(text) > 120:
        text = text.replace(" = ", " =\n  ")
    print(f"\n/** {comment} */\n{text}")
