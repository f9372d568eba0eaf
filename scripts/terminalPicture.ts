import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Draws terminal text as an SVG: `node scripts/run.mjs scripts/terminalPicture.ts IN.txt OUT.svg`. */
const [from, to] = process.argv.slice(2);
if (from === undefined || to === undefined) throw new Error('usage: terminalPicture.ts IN.txt OUT.svg');

const characterWidth = 7.8;
const lineHeight = 18;
const padding = 16;
const lines = readFileSync(from, 'utf8').trimEnd().split('\n');
const columns = Math.max(...lines.map((line) => [...line].length));
const width = Math.ceil(columns * characterWidth + 2 * padding);
const height = lines.length * lineHeight + 2 * padding;
const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
const colour = (line: string) => (line.startsWith('>') ? '#7ee787' : '#d6deeb');
const rows = lines.map(
  (line, i) =>
    `<text x="${padding}" y="${padding + (i + 0.75) * lineHeight}" fill="${colour(line)}" xml:space="preserve">${escaped(line)}</text>`,
);
const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${rows.join('\n')}
</svg>
`;
mkdirSync(dirname(to), { recursive: true });
writeFileSync(to, svg);
