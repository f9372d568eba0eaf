"""Writes extension/data/tokenizer/characterClasses.ts: the character classes that the `tokenizers` library goes by.

Normalizers and pre-tokenizers decide by Unicode categories of versions of their own, which a JavaScript engine cannot
be asked for. They are found here by trying every character.

    pip install tokenizers
    python test/golden/tokenizers/characters.py > extension/data/tokenizer/characterClasses.ts
"""

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
}

print("// Written by test/golden/tokenizers/characters.py: the insides of regular-expression classes.")
for name, (comment, matches) in classes.items():
    text = f"export const {name} = '{ranges(matches)}';"
    if len(text) > 120:
        text = text.replace(" = ", " =\n  ")
    print(f"\n/** {comment} */\n{text}")
