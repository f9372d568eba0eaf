import { clusters } from './text/clusters.ts';

/** Clusters of so many bytes and more are looked up character by character. */
const longCluster = 6;

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });

/**
 * SentencePiece's map from characters to texts: a double-array trie over UTF-8 bytes, whose leaves say where in a list
 * of texts, each ended by a zero, one begins.
 * @see Yata, "darts-clone", for the bits of a unit; Kudo and Richardson, "SentencePiece", arXiv 1808.06226, section 3.4
 */
class CharacterMap {
  readonly #units: Uint32Array;
  readonly #texts: Uint8Array;
  readonly #found = new Map<number, string>();

  /** @throws Error when it is not such a map */
  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const size = bytes.length < 4 ? 0 : view.getUint32(0, true);
    if (size < 4 || size % 4 !== 0 || size + 4 > bytes.length) {
      throw new Error(`must hold the size of a trie, the trie and texts, got ${bytes.length} bytes that do not`);
    }
    this.#units = Uint32Array.from({ length: size / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
    this.#texts = bytes.subarray(4 + size);
  }

  /** What the shortest of its keys that `key` begins with becomes; undefined: it has none. */
  find(key: Uint8Array): string | undefined {
    let place = unitOffset(this.#units[0]!);
    for (const byte of key) {
      if (byte === 0) return undefined;
      place ^= byte;
      const unit = this.#units[place];
      if (unit === undefined || unitLabel(unit) !== byte) return undefined;
      place ^= unitOffset(unit);
      if ((unit >>> 8) & 1) return this.#text((this.#units[place] ?? 0) & 0x7fffffff);
    }
    return undefined;
  }

  #text(start: number): string {
    const kept = this.#found.get(start);
    if (kept !== undefined) return kept;
    const end = this.#texts.indexOf(0, start);
    const text = utf8.decode(this.#texts.subarray(start, end < 0 ? undefined : end));
    this.#found.set(start, text);
    return text;
  }
}

const unitLabel = (unit: number): number => (unit & 0x800000ff) >>> 0;
const unitOffset = (unit: number): number => ((unit >>> 10) << ((unit & 0x200) >>> 6)) >>> 0;

/**
 * The normalizer that SentencePiece's models carry with them, as Python's `tokenizers` applies it: what each grapheme
 * cluster of a text becomes. The shortest key in a cluster stands for all of it, even for what is behind the key; long
 * clusters are looked up character by character.
 * @param charsmap in base64
 * @throws Error when it is not such a map
 */
export function precompiledMap(charsmap: string): (text: string) => Generator<string> {
  const map = new CharacterMap(Buffer.from(charsmap, 'base64'));
  const mapped = (part: string) => map.find(Buffer.from(part, 'utf8'));
  const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i));
  const keepsAscii = printable.every((character) => (mapped(character) ?? character) === character);
  return function* (text) {
    if (keepsAscii && plain.test(text)) {
      yield text;
      return;
    }
    for (const cluster of clusters(text)) {
      const whole = Buffer.byteLength(cluster) < longCluster ? mapped(cluster) : undefined;
      if (whole !== undefined) yield whole;
      else for (const character of cluster) yield mapped(character) ?? character;
    }
  };
}

const plain = /^[ -~]*$/;
