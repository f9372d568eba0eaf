import { describe, expect, it } from 'vitest';
import type { JournalEvent } from '../../../extension/contract/journal.ts';
import type { StepRequest, TrainableState, TrainingSession } from '../../../extension/engines/engine.ts';
import type { Batch } from '../../../extension/tasks/task.ts';
import { type AttemptedRun, type Trainee, TrainingLoop } from '../../../extension/training/loop/loop.ts';
import { reportTo } from '../../../extension/training/loop/report.ts';
import { timetable } from '../../../extension/training/loop/timetable.ts';
import { loadCheckpoint } from '../../../extension/training/loop/trainingCheckpoint.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const watched = { name: 'accuracy', direction: 'higher' } as const;
const trainable = [{ name: 'gain', shape: [2], group: 0 }];
const batch: Batch = { examples: [], feeds: {}, tokens: 8, labelledItems: 4 };

/** A session whose one tensor counts its steps, with losses and validation metrics as told. */
class ScriptedSession implements TrainingSession {
  readonly requests: StepRequest[] = [];
  values = new Float32Array(2);

  constructor(readonly losses: (step: number) => number) {}

  async step(request: StepRequest) {
    this.requests.push(request);
    const loss = this.losses(request.step);
    if (Number.isFinite(loss)) this.values = this.values.map((value) => value + 1);
    return { loss, gradientNorm: loss };
  }

  async run() {
    const scalar = (value: number) => ({ dtype: 'f32', shape: [], data: Float32Array.of(value) }) as const;
    return { outputs: { loss: scalar(2), logits: scalar(this.values[0]!) }, kept: {} };
  }

  stage(_: StepRequest['batches']): void {}

  async put(): Promise<never> {
    throw new Error('nothing is put');
  }

  async gradients(): Promise<never> {
    throw new Error('nothing is asked');
  }

  async read(): Promise<TrainableState> {
    const copy = () => new Map([['gain', this.values.slice()]]);
    return { values: copy(), slots: { moment1: copy(), moment2: copy() } };
  }

  async write({ values }: TrainableState) {
    this.values = values.get('gain')!.slice();
  }

  async close() {}
}

function trainee(session: TrainingSession, extra: Partial<Trainee> = {}): Trainee {
  const options = { epochs: 3, max_steps: null, gradient_accumulation: 1, eval_steps: null, checkpoint_steps: null };
  return {
    session,
    stagesAhead: false,
    trainable,
    training: { batchesPerEpoch: 2, epoch: () => ({ parts: async () => [batch] }) },
    validation: {
      async *[Symbol.asyncIterator]() {
        yield batch;
      },
    },
    test: undefined,
    lossUnit: 1,
    evaluator: () => {
      let seen = 0;
      // Best after two steps, then worse: 2 → 1, 4 → −1, 6 → −3.
      return {
        add(_, { logits }) {
          seen = Number(logits!.data[0]);
        },
        metrics: () => ({ accuracy: 3 - seen }),
      };
    },
    timetable: timetable(2, options),
    schedule: () => 1,
    groups: [{ name: 'ln-tuning', learningRate: 1e-3, weightDecay: 0 }],
    gradientAccumulation: 1,
    maxGradientNorm: undefined,
    watched: { ...watched, patience: undefined },
    keepBest: true,
    evaluateOnStart: false,
    ...extra,
  };
}

function runIn(folder: string, resume = false): { run: AttemptedRun; events: JournalEvent[] } {
  const events: JournalEvent[] = [];
  const report = reportTo((event) => void events.push(event));
  return { events, run: { folder, id: 'run', resume, report, mustStop: async () => false, assertHeld: () => {} } };
}

describe('TrainingLoop', () => {
  it('tells the rate of every parameter group, schedule included', async () => {
    const { run, events } = runIn(temporaryFolder());
    const groups = [
      { name: 'ln-tuning', learningRate: 1e-3, weightDecay: 0 },
      { name: 'head', learningRate: 4e-3, weightDecay: 0 },
    ];
    await new TrainingLoop(trainee(new ScriptedSession(() => 1), { groups, schedule: () => 0.5 }), run).run();
    expect(events.filter((e) => e.type === 'progress')[0]).toMatchObject({
      learningRate: 5e-4,
      learningRates: { 'ln-tuning': 5e-4, head: 2e-3 },
    });
  });

  it('ends with the weights of the best evaluation', async () => {
    const session = new ScriptedSession(() => 1);
    const { run, events } = runIn(temporaryFolder());
    expect(await new TrainingLoop(trainee(session), run).run()).toEqual({ state: 'finished', step: 6, tunedStep: 2 });
    expect([...session.values]).toEqual([2, 2]);
    expect(events.filter((e) => e.type === 'checkpoint' && e.kind === 'best')).toMatchObject([
      { step: 2, metric: { name: 'accuracy', value: 1 } },
    ]);
  });

  it('warns where the watched metric never has a value, and keeps the last weights', async () => {
    const evaluator = () => ({ add: () => {}, metrics: () => ({ accuracy: Number.NaN }) });
    const told = async (extra: Partial<Trainee>) => {
      const { run, events } = runIn(temporaryFolder());
      const outcome = await new TrainingLoop(trainee(new ScriptedSession(() => 1), { evaluator, ...extra }), run).run();
      return {
        outcome,
        warnings: events.flatMap((e) => (e.type === 'warning' && e.code === 'no-best' ? [e.message] : [])),
      };
    };
    const rest =
      'so none is the best and the last weights are kept; set training.early_stopping.metric to another one, or validate on rows that differ';
    expect(await told({})).toEqual({
      outcome: { state: 'finished', step: 6, tunedStep: 6 },
      warnings: [`accuracy had no value in 3 evaluations, ${rest}`],
    });
    expect(await told({ watched: { ...watched, patience: 2 } })).toEqual({
      outcome: { state: 'finished', step: 4, tunedStep: 4, message: 'stopped early: accuracy had no value' },
      warnings: [`accuracy had no value in 2 evaluations, ${rest}`],
    });
    expect((await told({ keepBest: false })).warnings).toEqual([]);
  });

  it('stands beside others in one process, each with a state of its own', async () => {
    const alone = new ScriptedSession(() => 1);
    const { run, events } = runIn(temporaryFolder());
    await new TrainingLoop(trainee(alone), run).run();
    const together = [1, 2, 3].map(() => ({ session: new ScriptedSession(() => 1), ...runIn(temporaryFolder()) }));
    await Promise.all(together.map((one) => new TrainingLoop(trainee(one.session), one.run).run()));
    const story = (of: readonly JournalEvent[]) => of.map((e) => [e.type, 'step' in e && e.step]);
    for (const one of together) {
      expect(one.session.values).toEqual(alone.values);
      expect(story(one.events)).toEqual(story(events));
    }
  });

  it('makes the batches of the next step while one is computed, for an engine that computes elsewhere', async () => {
    const order: string[] = [];
    const named = (epoch: number, index: number): Batch => ({ ...batch, feeds: { [`${epoch}.${index}`]: scalar } });
    const scalar = { dtype: 'f32', shape: [], data: new Float32Array(1) } as const;
    const names = (batches: StepRequest['batches']) => batches.map((feeds) => Object.keys(feeds)).join();
    class Elsewhere extends ScriptedSession {
      override async step(request: StepRequest) {
        order.push(`step ${names(request.batches)}`);
        // Until the batches of the next one are here, where there is one.
        while (request.step < 4 && !order.at(-1)!.startsWith('stage')) await new Promise(setImmediate);
        return await super.step(request);
      }
      override stage(batches: StepRequest['batches']) {
        order.push(`stage ${names(batches)}`);
      }
    }
    const made: string[] = [];
    const training = {
      batchesPerEpoch: 3,
      epoch: (epoch: number) => ({
        parts: async (index: number) => {
          made.push(`${epoch}.${index}`);
          return [named(epoch, index)];
        },
      }),
    };
    const options = { epochs: 2, max_steps: null, gradient_accumulation: 2, eval_steps: null, checkpoint_steps: null };
    const plan = { training, timetable: timetable(3, options), gradientAccumulation: 2, stagesAhead: true };
    const { run } = runIn(temporaryFolder());
    await new TrainingLoop(trainee(new Elsewhere(() => 1), plan), run).run();
    expect(order).toEqual([
      ...['step 0.0,0.1', 'stage 0.2', 'step 0.2', 'stage 1.0,1.1', 'step 1.0,1.1', 'stage 1.2', 'step 1.2'],
    ]);
    expect(made).toEqual(['0.0', '0.1', '0.2', '1.0', '1.1', '1.2']);
  });

  it('ends only when what was read ahead is here, and tells what is wrong with it where it is needed', async () => {
    const session = new ScriptedSession(() => 1);
    let reading = 0;
    const partsOf = async (index: number): Promise<readonly Batch[]> => {
      reading++;
      await new Promise((resolve) => setTimeout(resolve, 5));
      reading--;
      if (index === 1) throw new Error('reviews.tsv:9: must have a label');
      return [batch];
    };
    const training = { batchesPerEpoch: 2, epoch: () => ({ parts: partsOf }) };
    const { run } = runIn(temporaryFolder());
    const stopping = { ...run, mustStop: async () => session.requests.length === 1 };
    const outcome = await new TrainingLoop(trainee(session, { training, stagesAhead: true }), stopping).run();
    expect(outcome).toMatchObject({ state: 'stopped', step: 1 });
    expect(reading).toBe(0);
    await expect(new TrainingLoop(trainee(session, { training, stagesAhead: true }), run).run()).rejects.toThrow(
      'reviews.tsv:9',
    );
  });

  it('writes what a GPU told of itself into the journal', async () => {
    const session: TrainingSession = new ScriptedSession(() => 1);
    const step = session.step.bind(session);
    session.step = async (request) => ({
      ...(await step(request)),
      ...(request.step === 2 && { usage: { utilisation: 0.87, memoryBytes: 3e9 } }),
    });
    const { run, events } = runIn(temporaryFolder());
    await new TrainingLoop(trainee(session), run).run();
    expect(events.filter((e) => e.type === 'metric')).toMatchObject([
      { step: 2, name: 'gpu_utilisation', value: 0.87 },
      { step: 2, name: 'gpu_memory_bytes', value: 3e9 },
    ]);
  });

  it('keeps those of the last step when told to', async () => {
    const session = new ScriptedSession(() => 1);
    await new TrainingLoop(trainee(session, { keepBest: false }), runIn(temporaryFolder()).run).run();
    expect([...session.values]).toEqual([6, 6]);
  });

  it('stops early, and stays stopped when it is resumed', async () => {
    const folder = temporaryFolder();
    const early = { state: 'finished', step: 4, tunedStep: 2, message: 'stopped early: accuracy no longer improved' };
    const first = new TrainingLoop(
      trainee(new ScriptedSession(() => 1), { watched: { ...watched, patience: 1 } }),
      runIn(folder).run,
    );
    expect(await first.run()).toEqual(early);
    const again = runIn(folder, true).run;
    expect(
      await new TrainingLoop(
        trainee(new ScriptedSession(() => 1), { watched: { ...watched, patience: 1 } }),
        again,
      ).run(),
    ).toEqual(early);
  });

  describe('an evaluation', () => {
    /** Two batches a split, and a stop before batch `stopAt` of all that are judged. */
    const stoppedAt = async (folder: string, stopAt: number, resume = false) => {
      const session = new ScriptedSession(() => 1);
      let judged = 0;
      const two = {
        async *[Symbol.asyncIterator]() {
          for (let i = 0; i < 2; i++) {
            judged++;
            yield batch;
          }
        },
      };
      const { run, events } = runIn(folder, resume);
      const mustStop = async () => judged >= stopAt;
      const loop = new TrainingLoop(trainee(session, { validation: two, test: two }), { ...run, mustStop });
      return { outcome: await loop.run(), session, events };
    };
    const tale = (events: readonly JournalEvent[]) =>
      events.flatMap((e) => ('step' in e && e.type !== 'progress' ? [`${e.type} ${e.step}`] : []));

    it('is asked between its batches whether to stop, and the steps before it are kept', async () => {
      const folder = temporaryFolder();
      const { outcome, events } = await stoppedAt(folder, 2);
      expect(outcome).toEqual({ state: 'stopped', step: 2, tunedStep: 2, message: 'stopped on request' });
      expect(tale(events)).toEqual(['checkpoint 2']);
      expect((await loadCheckpoint(folder, 'last', trainable)).state).toMatchObject({ step: 2, evaluatedStep: 0 });
    });

    it('comes first on resume when it was stopped, and the run ends like one that never stopped', async () => {
      const whole = await stoppedAt(temporaryFolder(), Number.POSITIVE_INFINITY);
      const told = tale(whole.events);
      expect(told.slice(0, 3)).toEqual(['checkpoint 2', 'evaluation 2', 'checkpoint 2']);
      expect(told.at(-1)).toBe('evaluation 6');
      // Three evaluations of validation rows and one of test rows, two batches each.
      for (let stopAt = 1; stopAt <= 8; stopAt++) {
        const folder = temporaryFolder();
        const first = await stoppedAt(folder, stopAt);
        expect(first.outcome.state).toBe('stopped');
        const second = await stoppedAt(folder, Number.POSITIVE_INFINITY, true);
        expect(tale(second.events)[0]).toBe(`resumed ${first.outcome.step}`);
        expect(second.outcome).toEqual(whole.outcome);
        expect(second.session.values).toEqual(whole.session.values);
        const states = await Promise.all(
          ['last', 'best'].map(
            async (kind) => (await loadCheckpoint(folder, kind as 'last' | 'best', trainable)).state,
          ),
        );
        expect(states).toMatchObject([{ step: 6 }, { step: 2, best: { step: 2, value: 1 } }]);
      }
    });

    it('is not repeated when it ended as the best just before a crash', async () => {
      const folder = temporaryFolder();
      const crashing = runIn(folder);
      const emit = (event: JournalEvent): void => {
        crashing.events.push(event);
        if (event.type === 'checkpoint' && event.kind === 'best') throw new Error('power cut');
      };
      const crash = new TrainingLoop(trainee(new ScriptedSession(() => 1)), {
        ...crashing.run,
        report: reportTo(emit),
      }).run();
      await expect(crash).rejects.toThrow('power cut');
      const { run, events } = runIn(folder, true);
      await new TrainingLoop(trainee(new ScriptedSession(() => 1)), run).run();
      expect(tale(events).slice(0, 3)).toEqual(['resumed 2', 'checkpoint 2', 'checkpoint 4']);
    });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'stops at a loss of %s with the last good weights on disk',
    async (bad) => {
      const folder = temporaryFolder();
      const session = new ScriptedSession((step) => (step === 4 ? bad : 1));
      await expect(new TrainingLoop(trainee(session), runIn(folder).run).run()).rejects.toThrow(
        `step 4: loss and gradient norm must be finite, got ${bad} and ${bad}; the tuned weights as of step 3 are kept; ` +
          'lower training.learning_rate, or look for broken rows in the data',
      );
      const { tensors, state } = await loadCheckpoint(folder, 'last', trainable);
      expect(state.step).toBe(3);
      expect([...tensors.values.get('gain')!]).toEqual([3, 3]);
    },
  );

  it('divides by the labelled items of all micro-batches, and does not cross the end of an epoch', async () => {
    const session = new ScriptedSession(() => 1);
    const options = { epochs: 1, max_steps: null, gradient_accumulation: 2, eval_steps: null, checkpoint_steps: null };
    const training = { batchesPerEpoch: 3, epoch: () => ({ parts: async () => [batch] }) };
    const extra = { gradientAccumulation: 2, training, timetable: timetable(3, options) };
    await new TrainingLoop(trainee(session, extra), runIn(temporaryFolder()).run).run();
    expect(session.requests.map(({ batches, lossScale }) => [batches.length, lossScale])).toEqual([
      [2, 1 / 8],
      [1, 1 / 4],
    ]);
  });

  it('takes the parts of a batch for one batch', async () => {
    const session = new ScriptedSession(() => 1);
    const training = { batchesPerEpoch: 2, epoch: () => ({ parts: async () => [batch, batch, batch] }) };
    const options = { epochs: 2, max_steps: null, gradient_accumulation: 1, eval_steps: null, checkpoint_steps: null };
    const { run, events } = runIn(temporaryFolder());
    await new TrainingLoop(trainee(session, { training, timetable: timetable(2, options) }), run).run();
    expect(session.requests.map(({ batches, lossScale }) => [batches.length, lossScale])).toEqual(
      Array(4).fill([3, 1 / 12]),
    );
    const progress = events.filter((event) => event.type === 'progress');
    expect(progress.map(({ epoch }) => epoch)).toEqual([0.5, 1, 1.5, 2]);
    expect(progress.at(-1)!.tokens).toBe(12 * batch.tokens);
  });
});
