import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { othersShare, processorTime } from '../../../extension/estimate/speeds/othersShare.ts';

const core = (user: number, sys: number, idle: number) => ({ times: { user, nice: 0, sys, irq: 0, idle } });

describe('the share of processor time that others took', () => {
  it('is what the cores computed less what this process did, of all their time', () => {
    const before = { cores: [core(1000, 100, 5000), core(2000, 0, 4100)], own: { user: 300_000, system: 0 } };
    const after = { cores: [core(1600, 200, 5300), core(2300, 0, 4800)], own: { user: 650_000, system: 50_000 } };
    // Both cores: 2,000 ms, 1,000 of them used, 400 by this process.
    expect(othersShare(before, after)).toBeCloseTo(0.3, 9);
  });

  it('is none where clocks differ in their last tick, or no time has passed', () => {
    const before = { cores: [core(1000, 0, 0)], own: { user: 0, system: 0 } };
    expect(othersShare(before, { cores: [core(1090, 0, 10)], own: { user: 95_000, system: 0 } })).toBe(0);
    expect(othersShare(before, before)).toBe(0);
  });

  it('sees a process that computes beside this one', async () => {
    const other = spawn(process.execPath, ['-e', 'console.log(1); for (;;);'], { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(other.stdout, 'data');
    const before = processorTime();
    await sleep(500);
    const share = othersShare(before, processorTime());
    other.kill('SIGKILL');
    expect(share).toBeGreaterThan(0.2 / cpus().length);
  });
});
