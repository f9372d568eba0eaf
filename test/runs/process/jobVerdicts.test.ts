import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { stopRun } from '../../../extension/runs/control/stop.ts';
import { attemptAt, claimRun } from '../../../extension/runs/folder/claim.ts';
import { RunStore } from '../../../extension/runs/folder/store.ts';
import { currentProcess } from '../../../extension/runs/process/process.ts';
import { newRun } from '../../support/newRun.ts';
import { pretendSlurm } from '../../support/pretendSlurm.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const awayOf = (id: string, restarts = 0) => ({
  ...{ pid: 7, startTime: '1', host: 'n1', bootId: 'boot of n1', claimedAt: '2026-01-31T12:00:00.000Z' },
  job: { engine: 'slurm' as const, cluster: 'lab', id, restarts },
});

/** A run that a job on another host has begun. */
function runOf(id: string) {
  const store = new RunStore(path.join(temporaryFolder(), 'runs'));
  const { folder } = store.create(newRun(), awayOf(id));
  writeFileSync(path.join(folder, 'journal.jsonl'), '');
  return { store, folder, state: async () => await store.read(folder) };
}

describe.runIf(process.platform !== 'win32')('a run in a job on another host', () => {
  it.each([
    ['101_3', 'PENDING|BeginTime|', 'queued', /^job 101_3 waits: requeued; about two minutes/],
    ['102_3', 'RUNNING|None|n1', 'running', /^$/],
    ['103_3', 'NODE_FAIL|None|n1', 'died', /^job 103_3 lost its node n1$/],
    ['104_3', 'CANCELLED|None|', 'stopped', /^job 104_3 was cancelled$/],
  ])('is what Slurm says of job %s, %s: %s', async (id, said, state, message) => {
    pretendSlurm({ squeue: `echo '${id}|${said}'`, sacct: 'exit 1' });
    const read = await runOf(id).state();
    expect(read.state).toBe(state);
    expect(read.message ?? '').toMatch(message);
  });

  it('has stopped where Slurm has forgotten its job, and is unknown where there is no Slurm to ask', async () => {
    pretendSlurm({ squeue: 'echo "Invalid job id specified" >&2; exit 1', sacct: 'exit 1' });
    expect(await runOf('105_0').state()).toMatchObject({ state: 'stopped', message: 'its job 105_0 is gone' });
    vi.stubEnv('PATH', '/nowhere');
    expect((await runOf('106_0').state()).state).toBe('unknown');
  });

  it('is taken over by none while its job waits or runs, and by anyone once that is over', async () => {
    pretendSlurm({ squeue: "echo '107_0|PENDING|Priority|'" });
    const { folder } = runOf('107_0');
    await expect(claimRun(folder, await currentProcess())).rejects.toThrow(
      'job 107_0 works on it; wait for its end or `peft-lab stop` it',
    );
    pretendSlurm({ squeue: "echo '107_0|FAILED|None|n1'" });
    await claimRun(folder, await currentProcess());
    expect(attemptAt(folder)).toBe(2);
  });

  it('is taken over by the same job when that is started again, without a question', async () => {
    const folder = pretendSlurm({ squeue: 'echo asked >> asked; exit 1' });
    const run = runOf('108_0');
    await claimRun(run.folder, { ...awayOf('108_0', 1), host: 'n2' });
    expect(attemptAt(run.folder)).toBe(2);
    expect(() => readFileSync(path.join(folder, 'asked'))).toThrow();
  });

  it('is stopped through Slurm where it waits', async () => {
    const programs = pretendSlurm({ squeue: "echo '109_4|PENDING|Priority|'", scancel: 'echo "$@" >> asked' });
    const { store, folder } = runOf('109_4');
    await stopRun(store, folder);
    expect(readFileSync(path.join(programs, 'asked'), 'utf8')).toBe('109_4\n');
  });

  it('is asked to stop, then cancelled, where it runs', async () => {
    const programs = pretendSlurm({
      squeue: "if [ -e asked ]; then echo '110_4|CANCELLED|None|n1'; else echo '110_4|RUNNING|None|n1'; fi",
      scancel: 'echo "$@" >> asked',
    });
    const { store, folder } = runOf('110_4');
    const stages: string[] = [];
    // What Slurm said is believed for half a minute: the hands of the clock are moved.
    const clock = vi.spyOn(Date, 'now');
    const start = Date.now();
    let moved = 0;
    clock.mockImplementation(() => {
      moved += 1000;
      return start + moved;
    });
    await stopRun(store, folder, {
      graceMs: 20_000,
      termMs: 90_000,
      pollMs: 1,
      onStage: (stage) => stages.push(stage),
    });
    clock.mockRestore();
    expect(stages).toEqual(['asked', 'terminating']);
    expect(readFileSync(path.join(programs, 'asked'), 'utf8')).toBe('110_4\n');
    expect(JSON.parse(readFileSync(path.join(folder, 'control.json'), 'utf8'))).toMatchObject({ request: 'stop' });
  });
});
