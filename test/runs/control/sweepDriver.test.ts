import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { isSweepDriven } from '../../../extension/runs/control/sweepDriver.ts';
import { claimRun } from '../../../extension/runs/folder/claim.ts';
import { addJobLine } from '../../../extension/runs/folder/sweepJobs.ts';
import { currentProcess } from '../../../extension/runs/process/process.ts';
import { pretendSlurm } from '../../support/pretendSlurm.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const submittedAt = '2026-01-31T12:00:00.000Z';

/** The folder of a sweep for which arrays of two jobs were submitted. */
function sweepOf(...ids: readonly string[]): string {
  const folder = temporaryFolder();
  mkdirSync(path.join(folder, 'slurm'));
  for (const [i, id] of ids.entries()) submit(folder, i + 1, id);
  return folder;
}

function submit(folder: string, batch: number, id: string): void {
  const tasks: [number, number, number][][] = [[[0, 0, 0]], [[0, 0, 1]]];
  addJobLine(folder, { batch, name: `peft-films-${batch}`, stage: 0, submittedAt, tasks });
  addJobLine(folder, { batch, id });
}

describe.runIf(process.platform !== 'win32')('whether anyone is at a sweep', () => {
  it('is so while a process here runs it', async () => {
    const folder = temporaryFolder();
    expect(await isSweepDriven(folder)).toBe(false);
    await claimRun(folder, await currentProcess());
    expect(await isSweepDriven(folder)).toBe(true);
  });

  it('is so while a job of it waits, though no run is under way', async () => {
    pretendSlurm({ squeue: "echo '201_0|COMPLETED|None|n1'; echo '202_1|PENDING|Priority|'", sacct: 'exit 1' });
    expect(await isSweepDriven(sweepOf('201', '202'))).toBe(true);
    expect(await isSweepDriven(sweepOf('201'))).toBe(false);
  });

  it('is asked of the cluster once of jobs that are over, and again when there are further ones', async () => {
    const slurm = pretendSlurm({
      squeue: "echo asked >> asked; echo '203_0|FAILED|None|n1'; echo '204_0|RUNNING|None|n1'",
      sacct: 'exit 1',
    });
    const asked = () => readFileSync(path.join(slurm, 'asked'), 'utf8').split('\n').length - 1;
    const folder = sweepOf('203');
    for (let look = 0; look < 3; look++) expect(await isSweepDriven(folder)).toBe(false);
    expect(asked()).toBe(1);
    submit(folder, 2, '204');
    for (let look = 0; look < 3; look++) expect(await isSweepDriven(folder)).toBe(true);
    expect(asked()).toBe(2);
  });

  it('is not said where the cluster cannot be asked', async () => {
    const folder = sweepOf('205');
    vi.stubEnv('PATH', '/nowhere');
    expect(await isSweepDriven(folder)).toBe(false);
    vi.unstubAllEnvs();
  });
});
