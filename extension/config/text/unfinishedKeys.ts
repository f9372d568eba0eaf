import { isMap, isScalar, isSeq, type Node, Pair, Scalar } from 'yaml';

/**
 * Takes keys apart that YAML has joined: a line `tra` without its colon, followed by `seed: 1`, is read as the one key
 * `tra seed`. Each line becomes a key of its own, so that a half-typed key costs nothing but itself. Changes the tree.
 */
export function separateUnfinishedKeys(node: unknown, text: string): void {
  if (isSeq(node)) for (const item of node.items) separateUnfinishedKeys(item, text);
  if (!isMap(node)) return;
  node.items = node.items.flatMap((pair) => {
    separateUnfinishedKeys(pair.value, text);
    const key = pair.key as Node | null;
    if (!isScalar(key) || key.type !== Scalar.PLAIN || !key.range) return [pair];
    const [start, end] = key.range;
    const source = text.slice(start, end);
    if (!source.includes('\n')) return [pair];
    const words = [...source.matchAll(/[^\s#][^\n]*?(?=\s*(\n|$))/g)];
    return words.map((word, index) => {
      const name = new Scalar(word[0]);
      const at = start + word.index;
      name.range = [at, at + word[0].length, at + word[0].length];
      return new Pair<unknown, unknown>(name, index === words.length - 1 ? pair.value : null);
    });
  });
}
