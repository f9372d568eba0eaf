import type { RowToken, TokenMark } from '../../tasks/rows/rowView.ts';
import type { ConfigTokens } from '../../training/prepare/configTokens.ts';
import type { StyledText } from './terminal.ts';

const titles: Readonly<Record<TokenMark, string>> = { loss: 'in loss', context: 'context', cut: 'cut' };

/** How many tokens are for what, as `12 in loss, 30 context`. */
function counts(tokens: readonly RowToken[]): string {
  const marks = Object.keys(titles) as TokenMark[];
  const counted = marks.map((mark) => [mark, tokens.filter((token) => token.mark === mark).length] as const);
  return counted
    .filter(([, count]) => count > 0)
    .map(([mark, count]) => `${count} ${titles[mark]}`)
    .join(', ');
}

const heading = ({ file, line, row, tokens, maxLength, label, pieces }: ConfigTokens): string =>
  `${file}:${line}, row ${row}: ${tokens.length} tokens (${counts(tokens)}; data.max_length ${maxLength}${pieces === undefined ? '' : `, split into ${pieces} rows`})${label === undefined ? '' : `, label ${label}`}\n`;

const problemText = ({ problem }: ConfigTokens): string =>
  problem === undefined ? '' : `not trained on: ${problem}\n`;

/** White space that would not be seen. */
const shown = (text: string): string => text.replaceAll('\n', '↵').replaceAll('\t', '⇥').replaceAll('\r', '␍');

const withLabel = ({ text, label }: RowToken): string => shown(text) + (label === undefined ? '' : `/${label}`);

/** Without colours: a line for each stretch of tokens that are for the same, a bar between tokens. */
export function markedTokens(view: ConfigTokens): string {
  const stretches: { readonly mark: TokenMark; readonly texts: string[] }[] = [];
  for (const token of view.tokens) {
    if (stretches.at(-1)?.mark !== token.mark) stretches.push({ mark: token.mark, texts: [] });
    stretches.at(-1)!.texts.push(withLabel(token));
  }
  const lines = stretches.map(({ mark, texts }) => `${titles[mark].padEnd(8)} ${texts.join('|')}\n`);
  return [heading(view), ...lines, problemText(view)].join('');
}

/** In colours, as running text; every second token is underlined. */
export function paintedTokens(view: ConfigTokens): readonly StyledText[] {
  return [
    { text: heading(view) },
    ...view.tokens.map((token, i): StyledText => {
      const text = withLabel(token);
      const breaks = token.text.split('\n').length - 1;
      return {
        text: text + '\n'.repeat(breaks),
        styles: [token.mark, ...(i % 2 === 1 ? (['underlined'] as const) : [])],
      };
    }),
    { text: '\n' },
    ...(Object.keys(titles) as TokenMark[]).flatMap((mark): StyledText[] => [
      { text: titles[mark], styles: [mark] },
      { text: '  ' },
    ]),
    { text: `\n${problemText(view)}` },
  ];
}
