import type { TokenMark, ViewedRow } from '../../../tasks/rows/rowView.ts';

/** A stretch of a text, from offset to offset. */
interface MarkedStretch {
  readonly start: number;
  readonly end: number;
  readonly mark: TokenMark;
  /** Whether it is drawn as the one before it is not: tokens stand side by side. */
  readonly isOdd: boolean;
  /** Its hover. */
  readonly hover: string;
}

export interface TokensDocument {
  readonly text: string;
  readonly stretches: readonly MarkedStretch[];
}

const titles: Readonly<Record<TokenMark, string>> = { loss: 'in the loss', context: 'context', cut: 'cut' };

/** Rows as a text to read, with what each of its stretches is for. */
export function tokensDocument(file: string, rows: readonly ViewedRow[], maxLength: number): TokensDocument {
  const stretches: MarkedStretch[] = [];
  let text = '';
  for (const row of rows) {
    if ('tokens' in row) {
      const { tokens, label, pieces } = row;
      const count = (mark: TokenMark) => tokens.filter((token) => token.mark === mark).length;
      const counts = (['loss', 'context', 'cut'] as const)
        .filter((mark) => count(mark) > 0)
        .map((mark) => `${count(mark)} ${titles[mark]}`);
      text += `${file}:${row.line} · ${tokens.length} tokens: ${counts.join(', ')} · data.max_length ${maxLength}${pieces === undefined ? '' : `, split into ${pieces} rows`}${label === undefined ? '' : ` · label ${label}`}\n\n`;
      for (const [i, { id, text: shown, mark, label: own }] of tokens.entries()) {
        const start = text.length;
        // A document of the editor keeps no carriage returns.
        text += shown.replaceAll('\r', '␍');
        stretches.push({
          ...{ start, end: text.length, mark, isOdd: i % 2 === 1 },
          hover: `token ${id}, ${titles[mark]}${own === undefined ? '' : `, label ${own}`}`,
        });
      }
      text += '\n';
    } else text += `${file}:${row.line}\n`;
    if (row.problem !== undefined) text += `\nNot trained on: ${row.problem}\n`;
    text += '\n';
  }
  return { text: text.trimEnd(), stretches };
}
