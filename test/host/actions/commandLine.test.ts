import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../../extension/config/checks/check.ts';
import { resolveConfig } from '../../../extension/config/resolved/resolve.ts';
import type { RunRecord } from '../../../extension/contract/run.ts';
import { commandLine } from '../../../extension/host/actions/commandLine.ts';
import { readDimensions } from '../../../extension/models/config.ts';
import { runEntry } from '../../support/runEntry.ts';

const text = 'model: model\ntask: classification\ndata: {train: t.tsv}\nmethods: [ln-tuning]\ntraining: {seed: 1}\n';

const dimensions = readDimensions(
  {
    model_type: 'bert',
    vocab_size: 9,
    hidden_size: 64,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    intermediate_size: 64,
    max_position_embeddings: 64,
  },
  'config.json',
);

function record(configPath: string | null, ran: string = text): RunRecord {
  const { input, methods } = checkConfig(ran);
  const config = resolveConfig(input!, methods.methods, dimensions);
  return runEntry({ record: { configPath, configText: text, config } }).record;
}

describe('the command line of a run', () => {
  it('is the config alone where the run is what the config says', () => {
    expect(commandLine(record('/w/reviews.peft.yaml'))).toBe('peft-lab train /w/reviews.peft.yaml');
    expect(commandLine(record(null))).toBe('peft-lab train a.peft.yaml');
  });

  it('sets what the run has otherwise', () => {
    const ran = text.replace('seed: 1', 'seed: 7, epochs: 2').replace('[ln-tuning]', '[bitfit]');
    const line = commandLine(record('/w/reviews.peft.yaml', ran));
    expect(line).toContain('--set training.seed=7');
    expect(line).toContain('--set training.epochs=2');
    expect(line).toMatch(/--methods '\[.*bitfit.*\]'$/);
  });

  it('names no default that follows from the model, and every rate and length that somebody set', () => {
    const untouched = record('/w/a.peft.yaml');
    expect(untouched.config.data).toMatchObject({ max_length: 64 });
    expect(commandLine(untouched)).toBe('peft-lab train /w/a.peft.yaml');
    expect(commandLine(untouched, { kind: 'known', dimensions })).toBe('peft-lab train /w/a.peft.yaml');
    const set = text.replace('seed: 1', 'seed: 1, head_learning_rate: 0.5').replace('t.tsv}', 't.tsv, max_length: 32}');
    expect(commandLine(record('/w/a.peft.yaml', set), { kind: 'known', dimensions })).toContain(
      '--set data.max_length=32 --set training.head_learning_rate=0.5',
    );
  });

  it.runIf(process.platform !== 'win32')('is one word to a shell, whatever the file is called', () => {
    const hostile = "/w/it's $(touch /tmp/pwned) `id` & ünï.peft.yaml";
    const line = commandLine(record(hostile));
    const words = execFileSync('sh', ['-c', `for word in ${line}; do printf '%s\\n' "$word"; done`]).toString();
    expect(words.split('\n')).toEqual(['peft-lab', 'train', hostile, '']);
  });

  it('says nothing false of a record that this version cannot read', () => {
    const odd = runEntry({ record: { configPath: '/w/a.peft.yaml', config: { methods: [{ gone: {} }] } } }).record;
    expect(commandLine(odd)).toBe('peft-lab train /w/a.peft.yaml');
  });
});
