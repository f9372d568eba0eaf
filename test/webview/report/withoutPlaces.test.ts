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
  const place = `${home}/secret/my models/all-MiniLM-L6-v2`;
  return {
    ...run,
    record,
    seedGroup: seedGroupOf(record),
    state: 'failed' as const,
    changed: [
      { key: 'python', value: `${home}/secret/my venv/bin/python` },
      { key: 'plain', value: `["${home}/secret/rows/a b.tsv"]` },
    ],
    driftProblem: `model ${place}: must be the folder that the run was trained on, got no folder at ${place}`,
    message: `${home}/secret/rows/train.tsv:12 label: must be 0 or 1, got 2`,
    summary: run.summary && {
      ...run.summary,
      message: `data file:///${home.replace(/^\//, '')}/secret/rows/a.tsv: is gone`,
    },
    series: {
      ...run.series,
      log: [
        {
          time: '',
          kind: 'end' as const,
          text: `Failed at step 1: must be in ${home}/secret/rows/train.tsv, and/or 1/2 of https://huggingface.co/a/b/c`,
        },
      ],
      stderrTail: [`  File "${home}/secret/my venv/lib/site-packages/torch/module.py", line 1501, in _call`],
    },
  };
}

const runs = [runAt(1, '/home/me', 'a'), runAt(2, '/home/me', 'a'), runAt(3, 'C:\\Users\\me', 'b')];

describe('a report', () => {
  it('says nothing of where its runs lay, nor what their configs and data say', () => {
    const bundle = { script: '', style: '', iconFont: new Uint8Array() };
    const sweeps = [{ ...filmsSweep(), path: '/home/me/secret/films.sweep.yaml' }];
    const flips = [
      {
        sweep: sweeps[0]!.id,
        first: 'a',
        second: 'b',
        flips: [],
        problem: '/home/me/secret/rows/b.tsv: has changed',
      },
    ];
    const html = reportHtml(bundle, runs, { title: 'Films', savedAtMs: 0, sweeps, flips });
    expect(html).not.toMatch(/secret|home|Users/);
    expect(html).toContain('"path":"films.sweep.yaml"');
  });

  it('names runs, data and models as the page of the machine does', () => {
    const shared = withoutPlaces(runs);
    for (const name of [experimentName, dataName, modelName]) expect(shared.map(name)).toEqual(runs.map(name));
    expect(shared.map(({ record }) => record.config.data.train.file)).toEqual(Array(3).fill('sst2/train.tsv'));
  });

  it('keeps what its texts say besides, and the ends of their paths', () => {
    for (const run of withoutPlaces(runs)) {
      expect(run.changed).toEqual([
        { key: 'python', value: 'bin/python' },
        { key: 'plain', value: '["rows/a b.tsv"]' },
      ]);
    }
    const [run] = withoutPlaces(runs);
    expect(run).toMatchObject({
      driftProblem:
        'model my models/all-MiniLM-L6-v2: must be the folder that the run was trained on, got no folder at my models/all-MiniLM-L6-v2',
      message: 'rows/train.tsv:12 label: must be 0 or 1, got 2',
      summary: { message: 'data rows/a.tsv: is gone' },
    });
    expect(run?.series.log[0]?.text).toBe(
      'Failed at step 1: must be in rows/train.tsv, and/or 1/2 of https://huggingface.co/a/b/c',
    );
    expect(run?.series.stderrTail).toEqual(['  File "my venv/lib/site-packages/torch/module.py", line 1501, in _call']);
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
