import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTunedRun } from '../../extension/inference/tunedRun.ts';
import { testedWith } from '../../extension/view/testedVersions.ts';
import { peftLab, runProgram, trainRun } from './commandLine.ts';
import { Peer, python } from './peer.ts';
import { sentences } from './sentences.ts';
import { largestDifference } from './subject.ts';

let peer: Peer;
beforeAll(() => {
  peer = new Peer();
});
afterAll(() => peer.close());

describe('exported folders', () => {
  it('load in peft and transformers with the same logits, for every family, head and method', () => {
    const out = peer.path('exports');
    runProgram(process.execPath, ['scripts/run.mjs', 'test/golden/export/exportCases.ts', out]);
    const report = runProgram(python(), ['test/golden/export/check_peft.py', out]);
    console.log(report.trim());
    const [, checked, wrong] = /^(\d+) exports loaded .*, (\d+) wrong/m.exec(report) ?? [];
    expect(Number(wrong)).toBe(0);
    expect(Number(checked)).toBeGreaterThan(350);
    // The cards say that a prefix does not load with the newest, and that all does with the version pinned here.
    const [, version, refused] = /^transformers (\S+): (\d+) prefixes refused/m.exec(report) ?? [];
    const { pinned, newest } = testedWith.transformers;
    expect([pinned, newest]).toContain(version);
    if (version === newest) expect(Number(refused)).toBeGreaterThanOrEqual(18);
    else expect(Number(refused)).toBe(0);
  });
});

/** Runs the Python of an export's README.md where it says, in its folder. */
function runsAsItSays(folder: string): void {
  const [, code = ''] = /```python\n(.*?)```/s.exec(readFileSync(path.join(folder, 'README.md'), 'utf8')) ?? [];
  expect(code).toContain('import ');
  execFileSync(python(), ['-c', code], { cwd: folder, stdio: 'pipe' });
}

const telling = /missing|unexpected|mismatch|not found|newly initialized|not initialized|ignor|not used/i;
const labels = ['dull', 'good', 'mixed'];

describe('a model trained and exported by the command line', () => {
  it.each([
    ['bert', 'sequence', ['peft', 'merged'], ['lora', 'ln-tuning']],
    ['roberta', 'sequence', ['peft', 'merged'], 'ia3'],
    ['bert', 'sequence', ['peft'], [{ prefix: { length: 4 } }, 'ln-tuning']],
    ['electra', 'sequence', ['merged'], ['bitfit', 'ia3']],
    ['distilbert', 'token', ['peft', 'merged'], 'ln-tuning'],
  ] as const)('%s, %s head, as %j: %j', async (family, head, formats, methods) => {
    const base = peer.path('base');
    await peer.ask('make', { folder: base, family, head, labels: labels.length, seed: 14 });
    const folder = peer.path('run');
    mkdirSync(folder);
    const rows = sentences.map((text, i) => {
      const words = text.split(' ').slice(0, 8);
      const tags = words.map((_, word) => labels[(i + word) % labels.length]);
      return head === 'token' ? { tokens: words, label: tags } : { text, label: labels[i % labels.length] };
    });
    writeFileSync(path.join(folder, 'rows.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const task = head === 'token' ? 'token-classification' : 'classification';
    const run = trainRun(folder, {
      ...{ model: base, task, methods, data: { train: 'rows.jsonl', max_length: 24 } },
      training: { max_steps: 12, batch_size: 4, learning_rate: 1e-2 },
    });
    expect(run.events.at(-1)).toMatchObject({ type: 'end', state: 'finished', step: 12 });

    const tuned = await openTunedRun(run.folder, () => {});
    const encodings = sentences.map((text) => tuned.tokenizer.encode(text, undefined, 24));
    const { data } = await tuned.logits(encodings);
    await tuned.close();
    const ours = data as Float32Array;
    const longest = Math.max(...encodings.map(({ inputIds }) => inputIds.length));
    const mask = BigInt64Array.from(
      encodings.flatMap(({ inputIds }) => Array.from({ length: longest }, (_, i) => (i < inputIds.length ? 1n : 0n))),
    );

    const texts = sentences.map((text) => [text, null]);
    const request = { base, head, labels, texts, longest: 24 };
    const { tensors: before } = await peer.compute<unknown>('logits', {
      ...{ folder: base, head, outputs: labels.length, texts, longest: 24 },
    });
    // Training changed the answers by far more than what the comparison below lets pass.
    expect(largestDifference(ours, before.get('logits')!)).toBeGreaterThan(0.1);
    const own = path.join(folder, 'native');
    peftLab('export', run.folder, '--format', 'native', '--out', own);
    runsAsItSays(own);
    for (const format of formats) {
      const out = path.join(folder, format);
      peftLab('export', run.folder, '--format', format, '--out', out);
      const { result, tensors } = await peer.compute<{ heard: string[]; labels: string[] }>('exported', {
        ...{ ...request, folder: out, format },
      });
      expect(result.heard.filter((line) => telling.test(line))).toEqual([]);
      if (format === 'merged') expect(result.labels).toEqual(labels);
      runsAsItSays(out);
      const compared = head === 'token' ? mask : undefined;
      expect(largestDifference(ours, tensors.get('logits')!, compared), format).toBeLessThan(1e-4);
    }
  });

  it('predicts numbers far from 0 in the unit of the file', async () => {
    const base = peer.path('base');
    await peer.ask('make', { folder: base, family: 'bert', head: 'sequence', labels: 1, seed: 14 });
    const folder = peer.path('run');
    mkdirSync(folder);
    const rows = sentences.map((text, i) => ({ text, label: 40 + 3 * (i % 11) }));
    writeFileSync(path.join(folder, 'rows.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const run = trainRun(folder, {
      ...{ model: base, task: 'regression', methods: ['ln-tuning'], data: { train: 'rows.jsonl', max_length: 24 } },
      training: { max_steps: 60, batch_size: 4, head_learning_rate: 0.3 },
    });
    const tuned = await openTunedRun(run.folder, () => {});
    const ours = (await tuned.logits(sentences.map((text) => tuned.tokenizer.encode(text, undefined, 24)))).data;
    await tuned.close();
    const mean = (ours as Float32Array).reduce((sum, value) => sum + value / ours.length, 0);
    expect(Math.abs(mean - 55)).toBeLessThan(15);
    for (const format of ['peft', 'merged'] as const) {
      const out = path.join(folder, format);
      peftLab('export', run.folder, '--format', format, '--out', out);
      const { result, tensors } = await peer.compute<{ heard: string[] }>('exported', {
        ...{ base, head: 'sequence', labels: ['LABEL_0'], longest: 24, folder: out, format },
        texts: sentences.map((text) => [text, null]),
      });
      expect(result.heard.filter((line) => telling.test(line))).toEqual([]);
      expect(largestDifference(ours as Float32Array, tensors.get('logits')!) / mean, format).toBeLessThan(1e-4);
    }
  });
});
