/** A text read from bytes, and where it stops being UTF-8. */
interface DecodedText {
  readonly text: string;
  /** Offset in `text` of the first byte sequence that is not UTF-8. */
  readonly invalidAt?: number;
  /** The bytes found there, for people. */
  readonly encoding?: string;
}

/** Decodes UTF-8 with or without a byte order mark; wrong bytes become U+FFFD and the first one is reported. */
export function decodeUtf8(bytes: Uint8Array): DecodedText {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return { text: '', invalidAt: 0, encoding: 'UTF-16' };
  }
  const text = new TextDecoder('utf-8').decode(bytes);
  if (isUtf8Start(bytes, bytes.length, false)) return { text };
  // The longest start that is valid UTF-8 (a cut character at its end aside), by bisection.
  let valid = 0;
  let invalid = bytes.length + 1;
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    if (isUtf8Start(bytes, middle, true)) valid = middle;
    else invalid = middle;
  }
  // What looks like the first part of a character is wrong where its rest does not follow.
  let wrong = valid;
  while (wrong > 0 && !isUtf8Start(bytes, wrong, false)) wrong--;
  const byte = bytes[wrong] ?? 0;
  return {
    text,
    invalidAt: new TextDecoder('utf-8').decode(bytes.subarray(0, valid), { stream: true }).length,
    encoding: `byte 0x${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  };
}

function isUtf8Start(bytes: Uint8Array, length: number, mayEndMidCharacter: boolean): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length), { stream: mayEndMidCharacter });
    return true;
  } catch {
    return false;
  }
}
