/** A table for people and programs: what is shown, and the exact value behind it where there is one. */
export interface TableCell {
  readonly text: string;
  readonly exact?: string;
}

export interface TextTable {
  readonly columns: readonly { readonly title: string; readonly isNumber: boolean }[];
  readonly rows: readonly (readonly TableCell[])[];
}

/** Spreadsheets run text that begins like a formula; numbers may begin with a sign. */
function inert(text: string): string {
  return /^[=+\-@\t\r]/.test(text) && !/^[+-]?(\d|\.\d|Infinity$)/.test(text) ? `'${text}` : text;
}

/** One field, quoted where needed. */
export function csvField(text: string): string {
  const safe = inert(text);
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** RFC 4180, exact values. */
export function csvOf(table: TextTable): string {
  const lines = [
    table.columns.map(({ title }) => title),
    ...table.rows.map((cells) => cells.map(({ text, exact }) => exact ?? text)),
  ];
  return lines.map((fields) => `${fields.map(csvField).join(',')}\r\n`).join('');
}

/** A table as Markdown, its cells as plain text. */
export function markdownOf(table: TextTable): string {
  const escaped = (text: string) => text.replace(/[\\|`*_<>[\]&]/g, '\\$&').replace(/\s+/g, ' ');
  const row = (fields: readonly string[]) => `| ${fields.join(' | ')} |\n`;
  return [
    row(table.columns.map(({ title }) => escaped(title))),
    row(table.columns.map(({ isNumber }) => (isNumber ? '---:' : '---'))),
    ...table.rows.map((cells) => row(cells.map(({ text }) => escaped(text)))),
  ].join('');
}

const latexSpecials: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '&': '\\&',
  '%': '\\%',
  $: '\\$',
  '#': '\\#',
  _: '\\_',
  '{': '\\{',
  '}': '\\}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '±': '$\\pm$',
  '−': '$-$',
  '∞': '$\\infty$',
  '·': '$\\cdot$',
  '\u202f': '\\,',
};

/** A booktabs table. */
export function latexOf(table: TextTable): string {
  const escaped = (text: string) =>
    text.replace(/[\\&%$#_{}~^±−∞·\u202f]/g, (character) => latexSpecials[character]!).replace(/\s+/g, ' ');
  const row = (fields: readonly string[]) => `  ${fields.join(' & ')} \\\\\n`;
  return [
    `\\begin{tabular}{${table.columns.map(({ isNumber }) => (isNumber ? 'r' : 'l')).join('')}}\n`,
    '  \\toprule\n',
    row(table.columns.map(({ title }) => escaped(title))),
    '  \\midrule\n',
    ...table.rows.map((cells) => row(cells.map(({ text }) => escaped(text)))),
    '  \\bottomrule\n',
    '\\end{tabular}\n',
  ].join('');
}
