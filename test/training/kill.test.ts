import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Random } from '../../extension/numbers/random.ts';
import { sendSignal } from '../support/sendSignal.ts';
import { adapterBytes, createRun, smallConfig } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const peftLab = path.resolve(import.meta.dirname, '../../bin/peft-lab.cjs');

/** Starts a command; `dead` resolves when it has ended. */
function start(...args: string[]) {
  const child = spawn(process.execPath, [peftLab, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.resume();
  return { child, dead: new Promise<number | null>((resolve) => child.once('exit', resolve)) };
}

/** Kills worker or supervisor of a run with SIGKILL. */
function killProcess(run: string, whom: 'worker' | 'supervisor'): void {
  const record = JSON.parse(readFileSync(path.join(run, 'process.json'), 'utf8')) as {
    pid: number;
    worker?: { pid: number };
  };
  const pid = whom === 'worker' ? record.worker?.pid : record.pid;
  if (pid !== undefined) sendSignal('SIGKILL', pid);
}

const journal = (run: string) =>
  existsSync(path.join(run, 'journal.jsonl')) ? readFileSync(path.join(run, 'journal.jsonl'), 'utf8') : '';

describe('a run killed with SIGKILL at any moment', () => {
  it('resumes to the bits of one that was never killed', { timeout: 240_000 }, async () => {
    const random = new Random(Date.now() >>> 0, 'kills');
    const training = { epochs: 8, batch_size: 8, checkpoint_steps: 1, eval_steps: 7, dropout: 0.1 };
    const config = smallConfig(temporaryFolder(), { training });
    const runs = path.join(path.dirname(config), 'runs');
    const whole = await createRun(config);
    expect(await start('resume', whole, '--runs', runs).dead).toBe(0);

    const run = await createRun(config);
    let kills = 0;
    for (; kills < 6 && !journal(run).includes('"state":"finished"'); kills++) {
      const steps = () => journal(run).split('"type":"progress"').length;
      const target = steps() + 1 + random.nextInt(5);
      const { dead } = start('resume', run, '--runs', runs);
      while (steps() < target && !journal(run).includes('"state":"finished"')) await sleep(2);
      await sleep(random.nextInt(40));
      killProcess(run, kills % 2 === 0 ? 'worker' : 'supervisor');
      await dead;
      // A worker whose supervisor is gone writes its checkpoint and ends by itself.
      const { worker } = JSON.parse(readFileSync(path.join(run, 'process.json'), 'utf8')) as {
        worker: { pid: number };
      };
      while (isAlive(worker.pid)) await sleep(10);
    }
    expect(kills).toBeGreaterThan(1);
    if (!journal(run).includes('"state":"finished"')) expect(await start('resume', run, '--runs', runs).dead).toBe(0);
    expect(adapterBytes(run).equals(adapterBytes(whole))).toBe(true);
  });
});

describe.runIf(process.platform !== 'win32')('a run whose every process gets a signal', () => {
  const moments = {
    'while its worker starts': () => true,
    'before its first step': (told: string) => told.includes('"type":"hello"'),
    'within its steps': (told: string) => told.split('"type":"progress"').length > 3,
    'while it evaluates': (told: string) => told.includes('"type":"checkpoint"'),
  } as const;

  it('is stopped and resumes to the bits of one that never was', { timeout: 240_000 }, async () => {
    const training = { epochs: 2, batch_size: 8, checkpoint_steps: 1000, dropout: 0.1 };
    const config = smallConfig(temporaryFolder(), { training });
    const rows = path.join(path.dirname(config), 'validation.tsv');
    const [header, ...lines] = readFileSync(rows, 'utf8').trim().split('\n');
    writeFileSync(rows, `${[header, ...Array(40).fill(lines).flat()].join('\n')}\n`);
    const runs = path.join(path.dirname(config), 'runs');
    const whole = await createRun(config);
    expect(await start('resume', whole, '--runs', runs).dead).toBe(0);

    const signals = ['SIGTERM', 'SIGUSR2', 'SIGINT', 'SIGHUP'] as const;
    for (const [index, [moment, isReached]] of Object.entries(moments).entries()) {
      const run = await createRun(config);
      const { dead } = start('resume', run, '--runs', runs);
      let everyone: number[] = [];
      while (everyone.length < 2 || !isReached(journal(run))) {
        await sleep(1);
        everyone = processesOf(run);
      }
      sendSignal(signals[index]!, ...everyone);
      expect(await dead, moment).toBe(130);
      expect(journal(run).trim().split('\n').at(-1), moment).toContain('"state":"stopped"');
      expect(await start('resume', run, '--runs', runs).dead, moment).toBe(0);
      expect(adapterBytes(run).equals(adapterBytes(whole)), moment).toBe(true);
    }
  });
});

/** Supervisor and worker, as far as they are on record. */
function processesOf(run: string): number[] {
  try {
    const { pid, worker } = JSON.parse(readFileSync(path.join(run, 'process.json'), 'utf8'));
    return worker ? [pid, worker.pid] : [pid];
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
