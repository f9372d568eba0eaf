import { describe, expect, it } from 'vitest';
import { type HostMessage, hostMessage } from '../../../extension/contract/panel.ts';
import type { RowFlipsView } from '../../../extension/contract/rowFlips.ts';
import type { RunState } from '../../../extension/contract/run.ts';
import type { ScaleCurve } from '../../../extension/contract/scale.ts';
import { PageAnswers } from '../../../extension/host/dashboard/pageAnswers.ts';
import { runEntry } from '../../support/runEntry.ts';

const question = { sweep: 'films-1', first: 'lora', second: 'bitfit' };
const points = [0, 1].map((scale) => ({ scale, metrics: { accuracy: 0.5 + scale / 4 } }));
const curve: ScaleCurve = {
  ...{ rows: 8, file: 'dev.tsv', seconds: 1, methods: ['ln-tuning'], kept: [], numbers: 4 },
  ...{ metric: 'accuracy', best: 1, points },
};

/** Answers whose readers wait until they are let go, and a page that is there or not. */
function stage() {
  const told: HostMessage[] = [];
  const signals: AbortSignal[] = [];
  const page = { isThere: true };
  let flipsCome = (_: readonly RowFlipsView[]): void => {};
  let scaleComes = (_: ScaleCurve | undefined): void => {};
  let scaleFails = (_: Error): void => {};
  const answers = new PageAnswers({
    flipsOf: (_, signal) =>
      new Promise((resolve) => {
        signals.push(signal);
        flipsCome = resolve;
      }),
    scaleOf: (_, signal) =>
      new Promise((resolve, reject) => {
        signals.push(signal);
        [scaleComes, scaleFails] = [resolve, reject];
      }),
    post: (message) => {
      if (page.isThere) told.push(hostMessage.parse(message));
    },
  });
  return {
    ...{ answers, told, signals, page },
    flipsCome: (flips: readonly RowFlipsView[]) => flipsCome(flips),
    scaleComes: (found: ScaleCurve | undefined) => scaleComes(found),
    scaleFails: (error: Error) => scaleFails(error),
  };
}

describe('answers to the dashboard’s page', () => {
  it('wait for a page that was hidden meanwhile, and so does what is still being read', async () => {
    const { answers, told, page, flipsCome, scaleComes } = stage();
    const [flips, scale] = [answers.askFlips(question), answers.askScale('run-1')];
    page.isThere = false;
    flipsCome([]);
    await flips;
    expect(told).toEqual([]);
    page.isThere = true;
    answers.tell();
    expect(told.splice(0)).toEqual([
      { type: 'flips', ...question, flips: [] },
      { type: 'askScale', run: 'run-1' },
    ]);
    scaleComes(curve);
    await scale;
    const scaled = { type: 'scaled', run: 'run-1', curve };
    expect(told.splice(0)).toEqual([scaled]);
    answers.tell();
    expect(told).toEqual([{ type: 'flips', ...question, flips: [] }, scaled]);
  });

  it('are read once however often they are asked for meanwhile, and anew afterwards', async () => {
    const { answers, told, signals, scaleFails, scaleComes } = stage();
    const scale = answers.askScale('run-1');
    await answers.askScale('run-1');
    expect(signals).toHaveLength(1);
    scaleFails(new Error('scale needs terms of the base, got lora'));
    await scale;
    const again = answers.askScale('run-1');
    expect(signals).toHaveLength(2);
    scaleComes(undefined);
    await again;
    expect(told).toEqual([
      { type: 'scaled', run: 'run-1', problem: 'scale needs terms of the base, got lora' },
      { type: 'scaled', run: 'run-1', problem: 'the run cannot be read here' },
    ]);
  });

  it('end with the panel, and that of a scale when its run goes on', async () => {
    const { answers, told, signals, flipsCome, scaleComes } = stage();
    const asked = [answers.askScale('run-1'), answers.askFlips(question)];
    answers.runsChanged([{ before: undefined, after: runEntry({ id: 'run-1', state: 'running' }) }]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    answers.close();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    scaleComes(curve);
    flipsCome([]);
    await Promise.all(asked);
    expect(told).toEqual([]);
  });

  it('are told to no later page once other runs of their sweep have a result', async () => {
    const { answers, told, flipsCome } = stage();
    const place = { index: 1, stage: 'results', arm: 'lora', experiment: 'films' } as const;
    const ofSweep = (id: string, state: RunState) =>
      runEntry({ id: `${id}-0001`, state, record: { sweep: { ...place, id } } });
    const ends = (id: string) => [{ before: ofSweep(id, 'running'), after: ofSweep(id, 'finished') }];
    const asked = answers.askFlips(question);
    flipsCome([]);
    await asked;
    const known = () => {
      told.length = 0;
      answers.tell();
      return told.map(({ type }) => type);
    };
    answers.runsChanged(ends('other-1'));
    answers.runsChanged([{ before: ofSweep('films-1', 'queued'), after: ofSweep('films-1', 'running') }]);
    expect(known()).toEqual(['flips']);
    answers.runsChanged(ends('films-1'));
    expect(known()).toEqual([]);

    const again = answers.askFlips(question);
    answers.runsChanged(ends('films-1'));
    expect(known()).toEqual(['askFlips']);
    flipsCome([]);
    await again;
    answers.runsChanged([{ before: ofSweep('films-1', 'finished'), after: undefined }]);
    expect(known()).toEqual([]);
  });
});
