import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { priceShares, SweepRoom, sharesOf } from '../../extension/cli/sweeps/sweepRoom.ts';
import type { JournalEvent } from '../../extension/contract/journal.ts';
import { readSweep } from '../../extension/experiments/file/readSweep.ts';
import type { LocalPlace } from '../../extension/experiments/file/sweep.ts';
import { planSweep } from '../../extension/experiments/plan/planSweep.ts';

/** A sweep of six runs. */
function planned(config = 'device: cpu', where = '{}') {
  const text = `
model: tiny
task: classification
data: {train: train.tsv, validation: dev.tsv}
methods: [full]
training: {kept_activations_mb: 100}
${config}
`;
  const { sweep } = readSweep(
    parse(`experiment: reviews.peft.yaml\nmethods: [ln-tuning, bitfit]\nseeds: 3\nwhere: ${where}`),
  );
  const { plan } = planSweep(sweep!, [{ file: 'reviews.peft.yaml', text }]);
  return { where: sweep!.where as LocalPlace, plan: plan! };
}

function shares(cores: number, ...of: Parameters<typeof planned>) {
  const { where, plan } = planned(...of);
  return sharesOf(where, plan, cores);
}

describe('a machine', () => {
  it('is divided into as many runs as it has cores, one thread each, and as the sweep has runs', () => {
    expect(shares(1)).toEqual({ runs: 1, threads: undefined });
    expect(shares(2)).toEqual({ runs: 2, threads: 1 });
    expect(shares(16)).toEqual({ runs: 6, threads: 2 });
  });

  it('is divided by the threads that a config asks for', () => {
    expect(shares(8, 'device: cpu\nthreads: 4')).toEqual({ runs: 2, threads: 4 });
    expect(shares(2, 'device: cpu\nthreads: 4')).toEqual({ runs: 1, threads: undefined });
  });

  it('is divided as the sweep says', () => {
    expect(shares(8, 'device: cpu', '{at_once: 3}')).toEqual({ runs: 3, threads: 2 });
    expect(shares(8, 'device: cpu', '{at_once: 1}')).toEqual({ runs: 1, threads: undefined });
    expect(shares(8, 'device: cuda\nexecutor: torch', '{gpus: 2}')).toEqual({ runs: 2, threads: undefined });
  });

  it.each(['executor: torch', 'executor: auto', 'device: webgpu'])(
    'is not divided where something else than the processor may compute: %s',
    (config) => {
      expect(shares(8, config)).toEqual({ runs: 1, threads: undefined });
    },
  );
});

describe('the price of runs at the same time', () => {
  const priced = (cores: number, freeBytes: number, ...of: Parameters<typeof planned>) => {
    const { where, plan } = planned(...of);
    return priceShares(where, plan, 1e9, { cores, free: () => freeBytes });
  };

  it('is that of no more runs than there are, and of no more speed than the cores have', () => {
    expect(priced(2, 64e9, 'device: cpu', '{at_once: 64}')).toEqual({ atOnce: 6, speedup: 2 });
    expect(priced(4, 1e9, 'device: cpu', '{at_once: 3}')).toEqual({ atOnce: 3, speedup: 3 });
    expect(priced(8, 64e9, 'device: cpu\nthreads: 4', '{at_once: 6}')).toEqual({ atOnce: 6, speedup: 2 });
  });

  it('is that of the runs that memory has room for, one at least', () => {
    expect(priced(8, 3.5e9)).toEqual({ atOnce: 3, speedup: 3 });
    expect(priced(8, 1e6)).toEqual({ atOnce: 1, speedup: 1 });
  });

  it('is shared by the GPUs that there are', () => {
    const gpus = 'device: cuda\nexecutor: torch';
    expect(priced(8, 64e9, gpus, '{gpus: 2, at_once: 4}')).toEqual({ atOnce: 4, speedup: 2 });
  });
});

const progress = (memoryBytes: number) => ({ type: 'progress', memoryBytes }) as JournalEvent;

describe('room for runs', () => {
  const room = (freeBytes: number, where?: string) => {
    const { where: place, plan } = planned('device: cpu', where);
    return new SweepRoom(place, plan, { cores: 4, free: () => freeBytes });
  };

  it('is for one run until that has told what it needs, then for those that twice as much is free for, beside kept activations', async () => {
    const of = room(1e9);
    expect([of.left(0), of.left(1)]).toEqual([1, 0]);
    of.heard([progress(200e6)]);
    await of.known;
    expect([of.left(0), of.left(1), of.left(2), of.left(4)]).toEqual([2, 2, 2, 0]);
    of.heard([progress(450e6), progress(300e6)]);
    expect(of.left(1)).toBe(1);
  });

  it('gives runs the threads of those that memory has no room for', async () => {
    const of = room(1e9);
    expect(of.threadsOf(1)).toBe(1);
    of.heard([progress(450e6)]);
    await of.known;
    expect([1, 2, 4].map((running) => of.threadsOf(running))).toEqual([4, 2, 1]);
    expect(room(1e9, '{at_once: 2}').threadsOf(1)).toBe(2);
  });

  it('is for one run however little is free, and for as many as the sweep says', () => {
    const of = room(1e6);
    of.heard([progress(200e6)]);
    expect([of.left(0), of.left(1)]).toEqual([1, 0]);
    expect([0, 1, 3].map((running) => room(1e6, '{at_once: 3}').left(running))).toEqual([3, 2, 0]);
  });
});
