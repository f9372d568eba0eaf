/**
 * How fast what people see is: `npm run bench:ui [-- validation journal chart explorer activation]`. Prints medians and writes
 * them to bench/results/ui.json. `activation` and `explorer` need the server flavour of VS Code (Linux on x64),
 * `chart` a Chromium.
 */
import path from 'node:path';
import { activationTimes } from './activation.ts';
import { chartTimes } from './chart.ts';
import { explorerTimes } from './explorer.ts';
import { type Figure, report } from './figures.ts';
import { journalRates } from './journal.ts';
import { validationTimes } from './validation.ts';

interface Measured {
  /** What was measured on what. */
  readonly facts: Readonly<Record<string, string>>;
  readonly figures: readonly Figure[];
}

const root = path.resolve('.');
const parts: Readonly<Record<string, (root: string) => Promise<Measured>>> = {
  validation: validationTimes,
  journal: journalRates,
  chart: chartTimes,
  activation: activationTimes,
  explorer: explorerTimes,
};

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !Object.hasOwn(parts, name));
if (unknown !== undefined) {
  console.error(`bench:ui: must be one of ${Object.keys(parts).join(', ')}, got ${unknown}`);
  process.exit(2);
}
for (const name of asked.length > 0 ? asked : Object.keys(parts)) {
  const { facts, figures } = await parts[name]!(root);
  report(root, name, facts, figures);
}
