import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  cancelJobs,
  clusterFacts,
  refusalOf,
  requeueTask,
  submitJob,
  tasksNamed,
  tasksOf,
  whyNoSlurm,
} from '../../extension/slurm/slurm.ts';
import { pretendSlurm } from '../support/pretendSlurm.ts';

const since = '2026-01-31T12:00:00.000Z';

describe.runIf(process.platform !== 'win32')('the programs of Slurm', () => {
  it('tell what is missing, or why a job is not taken', async () => {
    pretendSlurm({
      scontrol: 'echo "Slurmctld(primary) at head is DOWN"; exit 1',
      sbatch:
        'echo "sbatch: error: first" >&2; echo "allocation failure: Invalid partition name specified" >&2; exit 1',
    });
    expect(await whyNoSlurm()).toBe('Slurmctld(primary) at head is DOWN');
    expect(await refusalOf('job.sh')).toBe('allocation failure: Invalid partition name specified');
    await expect(submitJob('job.sh')).rejects.toThrow(
      'job.sh: must be taken by Slurm, got: allocation failure: Invalid partition name specified; change `where` of the sweep, or try again',
    );
    vi.stubEnv('PATH', '/nowhere');
    expect(await whyNoSlurm()).toBe('scontrol: is not there');
    expect(await tasksOf(['7'], since)).toBeUndefined();
    expect(await requeueTask('7_1')).toBe(false);
  });

  it('take a job, and tell its id with or without a cluster', async () => {
    pretendSlurm({
      sbatch: 'echo "sbatch: a word of the site" >&2; echo "71;lab"',
      scontrol: 'echo "MaxArraySize = 5"',
    });
    expect(await submitJob('job.sh')).toBe('71');
    expect((await clusterFacts()).maxArraySize).toBe(5);
  });

  it('are asked once for all, and accounting for what squeue has forgotten, from the day before', async () => {
    const folder = pretendSlurm({
      squeue: 'echo "$@" >> asked; echo "7_0|RUNNING|None|n1"',
      sacct: 'echo "$@" >> asked; echo "6_2|TIMEOUT|0:0|n2"',
    });
    expect((await tasksOf(['7', '6_2'], since))?.map(({ id, state }) => `${id} ${state}`)).toEqual([
      '7_0 RUNNING',
      '6_2 TIMEOUT',
    ]);
    const asked = readFileSync(path.join(folder, 'asked'), 'utf8').trim().split('\n');
    expect(asked).toHaveLength(2);
    expect(asked[0]).toContain('--jobs=7,6_2');
    expect(asked[1]).toMatch(/--jobs=6_2 --starttime=2026-01-30 /);
  });

  it('do with squeue alone where there are no accounts', async () => {
    pretendSlurm({
      squeue: 'echo "slurm_load_jobs error: Invalid job id specified" >&2; exit 1',
      sacct: 'echo "Slurm accounting storage is disabled" >&2; exit 1',
    });
    expect(await tasksOf(['7'], since)).toEqual([]);
    pretendSlurm({ squeue: 'echo "Unable to contact slurm controller" >&2; exit 1' });
    expect(await tasksOf(['7'], since)).toBeUndefined();
    expect(await tasksNamed('peft-x-1')).toBeUndefined();
  });

  it('hear nothing of the job that asks: its own values would become options of other jobs', async () => {
    const folder = pretendSlurm({ sbatch: 'env > seen; echo 8' });
    for (const [name, value] of Object.entries({ SLURM_JOB_ID: '7', SLURM_CPUS_PER_TASK: '9', SLURM_CONF: '/etc/s' }))
      vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    await submitJob('job.sh');
    const seen = readFileSync(path.join(folder, 'seen'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('SLURM_'));
    expect(seen).toEqual(['SLURM_CONF=/etc/s']);
  });

  it('cancel jobs in their order, and pass over those that are over', async () => {
    const folder = pretendSlurm({ scancel: 'echo "$@" >> asked; echo "scancel: error: Invalid job id 7" >&2; exit 1' });
    await cancelJobs(['8', '7']);
    await cancelJobs([]);
    expect(readFileSync(path.join(folder, 'asked'), 'utf8')).toBe('8 7\n');
    pretendSlurm({ scancel: 'echo "scancel: error: Access/permission denied" >&2; exit 1' });
    await expect(cancelJobs(['8'])).rejects.toThrow('scancel 8: must be taken by Slurm, got: scancel: error: Access/');
  });
});
