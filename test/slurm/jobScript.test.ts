import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ArrayJob, jobScript } from '../../extension/slurm/jobScript.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const nothing = { partition: undefined, account: undefined, minutes: undefined, gres: undefined, memory: undefined };
const small: ArrayJob = {
  name: 'peft-reviews-1',
  tasks: 12,
  atOnce: undefined,
  request: { ...nothing, cpus: 2, setup: [], options: [] },
  logFolder: '/shared/runs/.sweeps/reviews/slurm',
  after: [],
  command: ['/usr/bin/node', '/opt/trainer.cjs', 'sweep', 'task'],
};

describe('the script of a job', () => {
  it('runs the command as a step that hears every notice, started again where it ends', () => {
    expect(jobScript(small)).toBe(`#!/bin/bash
#SBATCH --job-name=peft-reviews-1
#SBATCH --array=0-11
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=/shared/runs/.sweeps/reviews/slurm/%A_%a.log
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=2
#SBATCH --signal=USR2@120

exec srun --ntasks=1 --cpus-per-task=2 --open-mode=append /usr/bin/node /opt/trainer.cjs sweep task "$SLURM_ARRAY_TASK_ID"
`);
  });

  it('asks for what the sweep says, and waits for the stage before', () => {
    const request = {
      ...{ partition: 'gpu', account: 'lab', minutes: 120, cpus: 1, gres: 'gpu:1', memory: '16G' },
      ...{ setup: ['module load cuda'], options: ['--qos=long', '--constraint=a100&nvlink'] },
    };
    const lines = jobScript({ ...small, atOnce: 8, after: ['71', '72'], request }).split('\n');
    for (const line of [
      '--array=0-11%8',
      '--partition=gpu',
      '--account=lab',
      '--time=120',
      '--gres=gpu:1',
      '--mem=16G',
      '--dependency=afterany:71:72',
      '--qos=long',
      '"--constraint=a100&nvlink"',
    ])
      expect(lines).toContain(`#SBATCH ${line}`);
    expect(lines.indexOf('module load cuda')).toBe(lines.findIndex((line) => line.startsWith('exec ')) - 1);
  });

  it('warns a short job half its time before the end', () => {
    expect(jobScript({ ...small, request: { ...small.request, minutes: 1 } })).toContain('--signal=USR2@30\n');
  });

  it('holds whatever folder and command there are', () => {
    const folder = path.join(temporaryFolder(), `50 % of "it's" $HOME`);
    mkdirSync(folder);
    const command = ['node', path.join(folder, 'trainer.cjs')];
    const script = jobScript({ ...small, logFolder: folder, command });
    expect(script).toContain(`#SBATCH "--output=${folder.replace('%', '%%').replaceAll('"', '\\"')}/%A_%a.log"\n`);
    // As bash reads it, with a program that tells its words in the place of srun.
    writeFileSync(path.join(folder, 'srun'), '#!/bin/bash\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, SLURM_ARRAY_TASK_ID: '7' };
    const words = execFileSync('bash', ['-c', script], { env, encoding: 'utf8' }).trim().split('\n');
    expect(words.slice(-3)).toEqual([...command, '7']);
  });
});
