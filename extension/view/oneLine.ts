/** Names come from files that anyone may have written: line breaks and controls have no place in a row. */
export const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();
