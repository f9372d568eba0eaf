import { createHash } from 'node:crypto';
import type { FlipsAnswer, RunSnapshot } from '../../extension/contract/panel.ts';
import type { SweepView } from '../../extension/contract/sweepView.ts';
import { defaultFonts, defaultThemes, type ThemeKind } from '../looks/themes.ts';
import { type Choices, choices as choicesSchema, defaultChoices } from '../state/choices.ts';
import { reportElementId, reportJson } from './reportData.ts';

/** The page's bundle, as the build leaves it beside the extension. */
export interface ReportBundle {
  /** `dashboard.js` */
  readonly script: string;
  /** `dashboard.css`; its address of the icon font is replaced by the font itself. */
  readonly style: string;
  /** `codicon.ttf` */
  readonly iconFont: Uint8Array;
}

export interface ReportOptions {
  readonly title: string;
  readonly savedAtMs: number;
  /** The page's choices when it was saved, from outside; without any the report opens with all runs side by side. */
  readonly choices?: unknown;
  /** Those that runs of the report belong to. */
  readonly sweeps?: readonly SweepView[];
  /** Arms of those sweeps, row by row. */
  readonly flips?: readonly FlipsAnswer[];
}

/** Those of the page that was saved, as far as they are about the runs of the report. */
function choicesFor(runs: readonly RunSnapshot[], given: unknown, sweeps: readonly SweepView[]): Choices {
  const ids = runs.map(({ record }) => record.id);
  const read = choicesSchema.safeParse(given);
  if (!read.success) {
    const view = sweeps.length > 0 ? 'sweep' : runs.length > 1 ? 'compare' : 'overview';
    return { ...defaultChoices, view, active: ids[0] ?? null, checked: ids, sweep: sweeps[0]?.id ?? null };
  }
  const known = new Set(ids);
  const { sweep: shown, view } = read.data;
  const sweep = (sweeps.find(({ id }) => id === shown) ?? sweeps[0])?.id ?? null;
  return {
    ...read.data,
    sweep,
    view: view !== 'sweep' || sweep !== null ? view : runs.length > 1 ? 'compare' : 'overview',
    checked: read.data.checked.filter((id) => known.has(id)),
    checkedBefore: null,
    // The others are nobody's business.
    slots: Object.fromEntries(Object.entries(read.data.slots).filter(([id]) => known.has(id))),
    filter: '',
  };
}

function variables(kind: ThemeKind): string {
  const all = { ...defaultFonts, ...defaultThemes[kind] };
  return Object.entries(all)
    .map(([name, value]) => `--vscode-${name}: ${value};`)
    .join(' ');
}

/** An inline script's text must not close its element. */
function inScript(text: string): string {
  return text.replace(/<(?=\/script|!--)/gi, '\\x3c');
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/**
 * One HTML file with everything in it: the dashboard's own code and style, the icon font, and the runs, each curve
 * thinned to 4,000 points. It opens without a server and asks the network for nothing; its content policy allows just
 * these scripts, by their hashes. Light or dark as the reader's system is, and light on paper.
 */
export function reportHtml(bundle: ReportBundle, runs: readonly RunSnapshot[], about: ReportOptions): string {
  const { title, savedAtMs, sweeps = [], flips = [] } = about;
  const font = `data:font/ttf;base64,${Buffer.from(bundle.iconFont).toString('base64')}`;
  const style = bundle.style.replace(/url\((["']?)[^)"']*codicon[^)"']*\.ttf[^)"']*\1\)/g, `url("${font}")`);
  const theme =
    `:root { color-scheme: light dark; } :root, body.paper { ${variables('vscode-light')} } ` +
    `@media (prefers-color-scheme: dark) { :root { ${variables('vscode-dark')} } }`;
  const follow =
    "const dark = matchMedia('(prefers-color-scheme: dark)');" +
    'let onPaper = false;' +
    "const follow = () => { document.body.className = onPaper ? 'report vscode-light paper' : " +
    "dark.matches ? 'report vscode-dark' : 'report vscode-light'; };" +
    "addEventListener('beforeprint', () => { onPaper = true; follow(); });" +
    "addEventListener('afterprint', () => { onPaper = false; follow(); });" +
    "dark.addEventListener('change', follow); follow();";
  const script = inScript(bundle.script);
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`;
  const policy = [
    "default-src 'none'",
    `script-src ${hash(follow)} ${hash(script)}`,
    // The empty style element is the component set's probe for :focus-visible.
    `style-src ${hash(theme)} ${hash(style)} ${hash('')}`,
    'font-src data:',
    'img-src data: blob:',
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1.0">
<title>${title.replace(/[&<>"]/g, (character) => escapes[character]!)}</title>
<style>${theme}</style>
<style>${style}</style>
</head>
<body class="report">
<script>${follow}</script>
<div id="page"></div>
<script type="application/json" id="${reportElementId}">${reportJson({ runs, sweeps, flips, title, savedAtMs, choices: choicesFor(runs, about.choices, sweeps) })}</script>
<script>${script}</script>
</body>
</html>
`;
}
