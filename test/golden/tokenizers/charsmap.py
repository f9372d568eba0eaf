"""Maps of characters as SentencePiece keeps them in its models."""

import struct


def charsmap(rules):
    """SentencePiece's map from texts to texts: a double-array trie over UTF-8 bytes, and what its leaves become."""
    children, texts = {}, bytearray()
    for key, value in rules.items():
        node = children
        for byte in key.encode():
            node = node.setdefault(byte, {})
        node[0] = len(texts)
        texts += value.encode() + b"\0"
    units, taken = {0: 0}, {0}

    def place(node, at):
        offset = next(o for o in range(1, 1 << 21) if all((at ^ o ^ label) not in taken for label in node))
        units[at] |= offset << 10 | (256 if 0 in node else 0)
        positions = {label: at ^ offset ^ label for label in node}
        taken.update(positions.values())
        for label, position in positions.items():
            units[position] = 1 << 31 | node[0] if label == 0 else label
        for label, position in positions.items():
            if label != 0:
                place(node[label], position)

    place(children, 0)
    size = max(units) + 256
    trie = struct.pack(f"<{size}I", *(units.get(i, 0) for i in range(size)))
    return struct.pack("<I", len(trie)) + trie + bytes(texts)
