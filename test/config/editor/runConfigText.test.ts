import { expect, it } from 'vitest';
import { checkConfig } from '../../../extension/config/checks/check.ts';
import { runConfigText } from '../../../extension/config/editor/runConfigText.ts';
import { type ResolvedConfig, usualConfig } from '../../../extension/config/resolved/resolve.ts';
import { newRun } from '../../support/newRun.ts';

function resolved(configText: string, overrides: readonly string[] = []): ResolvedConfig {
  const { diagnostics, input, methods } = checkConfig(configText, overrides);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return usualConfig(input!, methods.methods);
}

const text = (data: string, rest = 'task: classification\nmethods: lora\n'): string =>
  `model: m\ndata: ${data}\n${rest}`;

const completion = 'task: completion\nmethods: [prefix, lora]\n';

it.each([
  text(
    '{delimiter: ";", columns: [label, text], train: a.csv, validation: {file: v.csv, delimiter: null, columns: null}}',
  ),
  text(
    '{columns: [label, text], train: {file: a.csv, delimiter: "|"}, validation: v.csv, test: {file: t.csv, columns: null}}',
  ),
  text(
    '{encoding: latin1, text: body, labels: [a, b], train: a.tsv, validation: {file: v.tsv, encoding: null, text: null, labels: null}}',
  ),
  text(
    '{train: a.tsv, validation_split: 0.1}',
    'task: classification\nmethods: lora\ntraining: {max_steps: 9, epochs: null}\n',
  ),
  text('{messages: turns, train: a.jsonl, validation: {file: v.jsonl, messages: null}}', completion),
])('says of a run with something set elsewhere what it trained with: %j', (configText) => {
  const config = resolved(configText, ['training.seed=7']);
  const written = runConfigText(newRun({ configText, config: { ...config } }));
  expect(written).not.toBe(configText);
  expect(resolved(written)).toEqual(config);
});

it('leaves out what says nothing, and is the text as its author wrote it where nothing was set elsewhere', () => {
  const configText = text('{train: a.tsv, validation_split: 0.1}');
  const run = (overrides: readonly string[]) => newRun({ configText, config: { ...resolved(configText, overrides) } });
  expect(runConfigText(run([]))).toBe(configText);
  expect(runConfigText(run(['training.seed=7']))).not.toContain('null');
});
