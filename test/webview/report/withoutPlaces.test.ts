import { describe, expect, it } from 'vitest';
import { judgingOf } from '../../../extension/experiments/verdict/judging.ts';
import { dataName, experimentName, modelName } from '../../../extension/view/runNames.ts';
import { seedGroupOf } from '../../../extension/view/seedGroup.ts';
import { reportHtml } from '../../../webview/report/report.ts';
import { withoutPlaces } from '../../../webview/report/withoutPlaces.ts';
import { testRun } from '../../support/browserRuns.ts';
import { filmsSweep } from '../../support/browserSweep.ts';

/** A run on somebody's machine, under a name that nobody else should read. */
function runAt(seed: number, home: string, rows: string) {
  const run = testRun(seed, { seed });
  const { data, ...config } = run.record.config;
  const record = {
    ...run.record,
    baseFolder: `${home}/secret`,
    configPath: `${home}/secret/sst2.peft.yaml`,
    configText: '# secret: as the boss wants it\nmodel: x\n',
    configHash: 'secret hash of the config',
    model: `${home}/secret/models/all-MiniLM-L6-v2`,
    config: {
      ...config,
      python: `${home}/secret/venv/bin/python`,
      data: { ...data, train: { file: `${home}/secret/data/sst2/train.tsv` } },
    },
    dataHashes: { train: 'secret hash of train', validation: `secret hash ${rows}` },
    base: { commit: null, files: { 'config.json': 'secret hash of c', 'tokenizer.json': 'secret hash of t' } },
  };
  return { ...run, record, seedGroup: seedGroupOf(record) };
}

const runs = [runAt(1, '/home/me', 'a'), runAt(2, '/home/me', 'a'), runAt(3, 'C:\\Users\\me', 'b')];

describe('a report', () => {
  it('says nothing of where its runs lay, nor what their configs and data say', () => {
    const bundle = { script: '', style: '', iconFont: new Uint8Array() };
    const sweeps = [{ ...filmsSweep(), path: '/home/me/secret/films.sweep.yaml' }];
    const html = reportHtml(bundle, runs, { title: 'Films', savedAtMs: 0, sweeps });
    expect(html).not.toMatch(/secret|home|Users/);
    expect(html).toContain('"path":"films.sweep.yaml"');
  });

  it('names runs, data and models as the page of the machine does', () => {
    const shared = withoutPlaces(runs);
    for (const name of [experimentName, dataName, modelName]) expect(shared.map(name)).toEqual(runs.map(name));
    expect(shared.map(({ record }) => record.config.data.train.file)).toEqual(Array(3).fill('sst2/train.tsv'));
  });

  it('knows as well as the page which runs repeat an experiment, and which are judged on the same rows', () => {
    const shared = withoutPlaces(runs);
    const alike = (texts: readonly string[]) => texts.map((text) => texts.indexOf(text));
    expect(alike(shared.map(({ seedGroup }) => seedGroup))).toEqual([0, 0, 2]);
    const rows = shared.map(({ record }) => judgingOf(record, 'accuracy', 'validation').rows);
    expect(alike(rows)).toEqual([0, 0, 2]);
    expect(alike(rows)).toEqual(alike(runs.map(({ record }) => judgingOf(record, 'accuracy', 'validation').rows)));
  });
});
