import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../extension/config/checks/check.ts';
import { complete } from '../../extension/config/editor/complete.ts';
import { hoverAt } from '../../extension/config/editor/hover.ts';
import { outline } from '../../extension/config/text/outline.ts';
import { findings } from './support.ts';

const text = `# an experiment
model: "google-bert/bert-base-uncased"
task: classification
data:
  train: {file: train.tsv, text: sentence}
  validation: dev.tsv
methods:
  - ln-tuning: {terms: [gain, bias], layers: 6-11}
  - prefix:
      length: 8
training: {epochs: 2, early_stopping: {patience: 2}}
`;
const nothing = { listFolder: async () => undefined, columns: async () => undefined };

/** Everything the editor asks of a text with the cursor at an offset. */
async function edit(typed: string, offset: number): Promise<void> {
  const { parsed, diagnostics } = checkConfig(typed);
  for (const { range, message } of diagnostics) {
    expect(message).not.toBe('');
    expect(range.end.offset).toBeLessThanOrEqual(typed.length);
  }
  hoverAt(parsed, offset);
  for (const { range } of outline(parsed)) expect(range.end.offset).toBeLessThanOrEqual(typed.length);
  for (const { range } of await complete(typed, offset, nothing)) {
    expect(range.start.offset).toBeLessThanOrEqual(offset);
    expect(range.end.offset).toBeGreaterThanOrEqual(offset);
  }
}

describe('half-typed text', () => {
  it('is right when it is whole', () => {
    expect(findings(text)).toEqual([]);
  });

  it('is served at every offset while it is typed', async () => {
    for (let offset = 0; offset <= text.length; offset += 2) await edit(text.slice(0, offset), offset);
  });

  it('is served with any one character missing, or a stray one', async () => {
    for (let offset = 0; offset < text.length; offset += 11) {
      await edit(text.slice(0, offset) + text.slice(offset + 1), offset);
      for (const stray of ['[', '"', ':', '\t'])
        await edit(text.slice(0, offset) + stray + text.slice(offset), offset + 1);
    }
  });

  it('keeps the findings of the rest', () => {
    const broken = text.replace('epochs: 2', 'epochs: 0');
    for (const line of ['tra', 'tra:', 'name: ['].map((start) => `${start}\n`)) {
      const at = broken.indexOf('methods:');
      expect(findings(broken.slice(0, at) + line + broken.slice(at)).join('\n')).toContain(
        'training.epochs: must be above 0',
      );
    }
  });

  it('takes a key without its colon for itself alone', () => {
    const at = text.indexOf('task:');
    expect(findings(`${text.slice(0, at)}tra\n${text.slice(at)}`)).toEqual([
      '3:1 error a key must stand on one line and be followed by a colon',
      '3:1 error tra: unknown key tra; did you mean training?',
    ]);
    expect(findings(text.replace('task:', 'tra # later\n\nname\ntask:'))).toEqual([
      '3:1 error must be followed by what closes it: a colon after a key, a closing quote or bracket',
      '3:1 error tra: unknown key tra; did you mean training?',
      '5:1 error a key must stand on one line and be followed by a colon',
    ]);
  });

  it('is quick', () => {
    const long =
      text + '# a line of comment\n'.repeat(700) + Array.from({ length: 300 }, (_, i) => `key${i}: ${i}\n`).join('');
    checkConfig(long);
    // Time of its own: what other processes take is none of it.
    const before = process.cpuUsage();
    expect(checkConfig(long).diagnostics).toHaveLength(101);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(2000);
  });
});
