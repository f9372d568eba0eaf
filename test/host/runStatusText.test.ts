import { describe, expect, it } from 'vitest';
import { runStatusText } from '../../extension/host/runStatusText.ts';
import { listedSweep } from '../support/listedSweep.ts';
import { runEntry } from '../support/runEntry.ts';

const running = (id: string, step: number) =>
  runEntry({ id, state: 'running', summary: { step, totalSteps: 100, elapsedSeconds: step } });

describe('the status bar', () => {
  it('says nothing where nothing runs or waits', () => {
    expect(runStatusText([runEntry()], 0, [listedSweep(8, false)])).toBeUndefined();
  });

  it('tells how far runs are by the slowest, what is left, and how many wait', () => {
    const told = runStatusText([running('a', 60), running('b', 20)], 2, []);
    expect(told).toEqual({
      isRunning: true,
      text: '2 runs · 20\u202f% · 1:20 left · 2 queued',
      lines: ['ln-tuning · sst2: 1 run · 60\u202f% · 0:40 left', 'ln-tuning · sst2: 1 run · 20\u202f% · 1:20 left'],
    });
    expect(runStatusText([], 1, [])).toMatchObject({ isRunning: false, text: '1 queued' });
  });

  it('tells a sweep in place of its runs', () => {
    const sweep = listedSweep(3, true, { others: [running('r3', 50)] });
    const told = runStatusText([...sweep.runs.values()], 0, [sweep, listedSweep(8, false)]);
    expect(told).toEqual({
      isRunning: true,
      text: 'reviews · 3/8 runs · 4:10 left',
      lines: ['reviews: 3 of 8 runs finished, about 4:10 left', 'ln-tuning, seed 4: 50\u202f%'],
    });
  });

  it('goes on telling a sweep between two of its runs', () => {
    const sweep = listedSweep(3, true);
    expect(runStatusText([...sweep.runs.values()], 0, [sweep])?.text).toBe('reviews · 3/8 runs · 5:00 left');
  });

  it('counts sweeps together, and runs beside them apart', () => {
    const told = runStatusText([running('a', 50)], 0, [listedSweep(3, true), listedSweep(6, true)]);
    expect(told?.text).toBe('2 sweeps · 9/16 runs · 1 run · 50\u202f% · 5:00 left');
  });
});
