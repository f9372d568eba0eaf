import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { attempt, createRun, smallConfig } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { programFolder } from './executorProgram.ts';
import { python } from './peer.ts';

interface Answered {
  readonly request: string;
  readonly loss?: number;
  readonly gradientNorm?: number;
}

/** Answers a recording with the Python program alone. */
function replay(file: string, ...words: string[]) {
  const { status, stdout, stderr } = spawnSync(
    python(),
    ['-B', path.join(programFolder, 'run.py'), '--replay', file, ...words],
    { encoding: 'utf8' },
  );
  const lines = stdout.split('\n').filter((line) => line !== '');
  return { status, stderr, answers: lines.map((line) => JSON.parse(line) as Answered) };
}

describe('a recording of a run', () => {
  it('is answered by the Python program alone with the same losses', async () => {
    const folder = temporaryFolder();
    const recording = path.join(folder, 'requests.plt');
    const run = await createRun(
      smallConfig(folder, { executor: 'torch', device: 'cpu', threads: 1, methods: ['unified'] }),
    );
    vi.stubEnv('PEFT_LAB_RECORD', recording);
    const { events } = await attempt(run, false).finally(() => vi.unstubAllEnvs());
    const trained = events.flatMap((event) =>
      event.type === 'progress' ? [{ loss: event.loss, gradientNorm: event.gradientNorm }] : [],
    );
    expect(trained.length).toBeGreaterThan(5);

    const { status, stderr, answers } = replay(recording);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(answers[0]).toMatchObject({ request: 'open', type: 'result' });
    const replayed = answers.filter(({ request }) => request === 'step');
    expect(replayed.map(({ loss, gradientNorm }) => ({ loss, gradientNorm }))).toEqual(trained);

    const whole = readFileSync(recording);
    const damaged = (name: string, bytes: Buffer) => {
      const file = path.join(folder, name);
      writeFileSync(file, bytes);
      return { file, ...replay(file) };
    };
    const cut = damaged('cut.plt', whole.subarray(0, whole.length - 40));
    expect(cut.status).toBe(1);
    expect(cut.answers.length).toBe(answers.length - 1);
    expect(cut.stderr.trim()).toBe(
      `--replay: ${cut.file}: must hold whole requests, got one that is cut short after ${answers.length - 1} whole ones; copy the file again, or record the run again`,
    );

    const header = whole.indexOf('"protocol":2');
    expect(header).toBeGreaterThan(0);
    const newer = Buffer.from(whole);
    newer.write('"protocol":7', header, 'latin1');
    expect(damaged('newer.plt', newer).stderr).toMatch(/must be in version 2 of the protocol, got 7 \(PEFT Lab .*\)/);
    expect(damaged('other.plt', Buffer.from('PK\u0003\u0004 and so on, an archive')).stderr).toMatch(
      /must hold frames, got something else/,
    );
    expect(damaged('empty.plt', Buffer.alloc(0)).stderr).toMatch(/must begin as a recording does/);
    expect(replay(path.join(folder, 'none.plt')).stderr).toMatch(/^--replay: .*No such file/);

    const elsewhere = Buffer.from(whole.toString('latin1').replaceAll('examples/model/', 'examples/modal/'), 'latin1');
    expect(damaged('elsewhere.plt', elsewhere).answers[0]).toMatchObject({ type: 'error' });
    const made = replay(path.join(folder, 'elsewhere.plt'), '--random-weights');
    const losses = made.answers.filter(({ request }) => request === 'step').map(({ loss }) => loss!);
    expect(losses.length).toBe(trained.length);
    expect(losses.every((loss, i) => Number.isFinite(loss) && loss !== trained[i]!.loss)).toBe(true);
  });

  it('that cannot be written fails the run in words', async () => {
    const folder = temporaryFolder();
    const run = await createRun(smallConfig(folder, { executor: 'torch', device: 'cpu', threads: 1 }));
    vi.stubEnv('PEFT_LAB_RECORD', path.join(folder, 'missing', 'requests.plt'));
    await expect(attempt(run, false).finally(() => vi.unstubAllEnvs())).rejects.toThrow(
      /^PEFT_LAB_RECORD: must name a file that can be written, got .*requests\.plt \(ENOENT.*\); name another one$/,
    );
  });
});
