import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Made when first asked for, and the same ever after: a constant in all but its time. */
const constant = 'a constant, made when first asked for';
/** Grows with what is asked, for keys that are never another value. */
const memory = 'what a pure function has found, by an argument that never changes';

/** What a process may remember beside what is passed on, and why it must. */
const remembered: Readonly<Record<string, string>> = {
  'extension/config/schema/keyTable.ts known': constant,
  'extension/config/text/locate.ts pairsByMap': memory,
  'extension/data/rows/rowViewer.ts last': 'the tokenizer that the editor used last, by folder and its files',
  'extension/data/tokenizer/text/clusters.ts table': constant,
  'extension/data/trainingFacts.ts known': "what the editor knows of models, by the stamps of a folder's files",
  'extension/engines/optimizers/kernel.ts kernels': 'which kernel works in a memory; gone with the memory',
  'extension/experiments/editor/sweepFile.ts grid': constant,
  'extension/experiments/editor/sweepFile.ts tune': constant,
  'extension/experiments/file/sweepKeys.ts own': constant,
  'extension/experiments/file/sweepKeys.ts varied': constant,
  'extension/experiments/verdict/judging.ts judgings': memory,
  'extension/files/oneReading.ts readings':
    "what was read of a model's files, by their stamps: hashed and used by others, read once",
  'extension/host/runs/sweepViews.ts journals': 'evaluations that the explorer has read, by the length of the journal',
  'extension/host/runs/sweepViews.ts plans': 'plans of sweeps, whose records never change',
  'extension/hub/partFile.ts held': 'files that this process is writing: no other part of it may take them over',
  'extension/methods/entries/entryOptions.ts known': memory,
  'extension/methods/entries/parse.ts schemas': memory,
  'extension/runs/control/sweepDriver.ts asked':
    'whether the cluster has jobs of a sweep: its controller serves everyone',
  'extension/runs/folder/store.ts lastMoment': 'the time of the last run id, so that no two of a process are the same',
  'extension/runs/process/jobVerdicts.ts known': 'what the cluster has just said: its controller serves everyone',
  'extension/view/figures.ts integers': constant,
  'extension/view/flatConfig.ts flatConfigs': memory,
  'extension/view/series.ts claimed':
    'how much of a buffer its longest series has filled: shorter ones may not write there',
};

const state =
  /^(?:export )?(?:let (?<name>\w+)|const (?<collection>\w+)(?:: [^=]+)? = (?:new (?:Map|Set|WeakMap|WeakSet)(?:<.*>)?\(\)|\[\]|\{\});)/gm;

it('keeps no state in a module but what is named with its reason', () => {
  const files = readdirSync(path.join(root, 'extension'), { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.includes('generated'),
  );
  const found = files.flatMap((file) => {
    const text = readFileSync(path.join(root, 'extension', file), 'utf8');
    const name = `extension/${file.split(path.sep).join('/')}`;
    return [...text.matchAll(state)].map(({ groups }) => `${name} ${groups!.name ?? groups!.collection}`);
  });
  expect(found.sort()).toEqual(Object.keys(remembered).sort());
});
