import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
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

interface Node {
  readonly op: string;
  readonly attributes: Record<string, unknown>;
}

/** The recording with another `open` request: magic, length of the header u32, of the payload u64, header, payload. */
function withOpened(whole: Buffer, change: (nodes: Node[]) => void): Buffer {
  const start = 16 + whole.readUInt32LE(4) + Number(whole.readBigUInt64LE(8));
  const end = start + 16 + whole.readUInt32LE(start + 4);
  const header = JSON.parse(whole.toString('utf8', start + 16, end)) as Record<string, { nodes: Node[] }>;
  for (const graph of ['training', 'evaluation']) change(header[graph]!.nodes);
  const text = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.from(whole.subarray(start, start + 16));
  prefix.writeUInt32LE(text.length, 4);
  return Buffer.concat([whole.subarray(0, start), prefix, text, whole.subarray(end)]);
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

    const header = whole.indexOf('"protocol":3');
    expect(header).toBeGreaterThan(0);
    const newer = Buffer.from(whole);
    newer.write('"protocol":7', header, 'latin1');
    expect(damaged('newer.plt', newer).stderr).toMatch(/must be in version 3 of the protocol, got 7 \(PEFT Lab .*\)/);
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

  it('is data: nothing that stands in it is run, and no length is believed', async () => {
    const folder = temporaryFolder();
    const recording = path.join(folder, 'requests.plt');
    const config = smallConfig(folder, { executor: 'torch', device: 'cpu', threads: 1, methods: ['unified'] });
    const run = await createRun(config, ['training.epochs=1']);
    vi.stubEnv('PEFT_LAB_RECORD', recording);
    await attempt(run, false, 1).finally(() => vi.unstubAllEnvs());
    const whole = readFileSync(recording);
    const changed = path.join(folder, 'changed.plt');
    const replayed = (bytes: Buffer) => {
      writeFileSync(changed, bytes);
      return replay(changed);
    };
    expect(replayed(withOpened(whole, () => {})).answers[0]).toMatchObject({ type: 'result' });

    const proof = path.join(folder, 'ran');
    const code = `__import__('os').close(__import__('os').open(${JSON.stringify(proof)}, 64))`;
    const reshapes = (nodes: Node[]) => nodes.filter(({ op }) => op === 'reshape');
    const sizes = (size: unknown) => (nodes: Node[]) => {
      for (const { attributes } of reshapes(nodes))
        attributes.shape = [size, ...(attributes.shape as unknown[]).slice(1)];
    };
    for (const size of [code, `S+${code}`, `S+1\n    ${code}`, 'S+', '', 1.5, true]) {
      const { status, answers } = replayed(withOpened(whole, sizes(size)));
      expect({ status, first: answers[0] }).toMatchObject({
        status: 0,
        first: { type: 'error', message: expect.stringContaining('a size must be a whole number or like S') },
      });
    }
    const named = withOpened(whole, (nodes) => {
      for (const { attributes } of reshapes(nodes)) attributes[`x=${code}, y`] = 1;
    });
    expect(replayed(named).answers[0]).toMatchObject({
      message: expect.stringContaining('must be named by identifiers'),
    });
    expect(existsSync(proof)).toBe(false);

    for (const [at, length] of [
      [4, 0xff_ff_ff_ff],
      [8, 0xff_ff_ff_ff],
      [12, 0x7f_ff_ff_ff],
    ] as const) {
      const long = Buffer.from(whole);
      long.writeUInt32LE(length, at);
      const { status, stderr } = replayed(long);
      expect(status).toBe(1);
      expect(stderr).toMatch(/^--replay: .*must hold whole requests, got one that is cut short after 0 whole ones/);
    }
    for (const header of ['[]', '{"type":3}', `${'['.repeat(90_000)}`]) {
      const prefix = Buffer.from(whole.subarray(0, 16));
      prefix.writeUInt32LE(header.length, 4);
      const start = 16 + whole.readUInt32LE(4);
      const { status, stderr } = replayed(Buffer.concat([whole.subarray(0, start), prefix, Buffer.from(header)]));
      expect(status).toBe(1);
      expect(stderr).toMatch(/^--replay: .*must hold frames, got something else/);
    }
    expect(replay('/dev/zero')).toMatchObject({ status: 1, stderr: expect.stringMatching(/must be a file/) });
  });

  it('fails the run in words when it cannot be written', async () => {
    const folder = temporaryFolder();
    const run = await createRun(smallConfig(folder, { executor: 'torch', device: 'cpu', threads: 1 }));
    vi.stubEnv('PEFT_LAB_RECORD', path.join(folder, 'missing', 'requests.plt'));
    await expect(attempt(run, false).finally(() => vi.unstubAllEnvs())).rejects.toThrow(
      /^PEFT_LAB_RECORD: must name a file that can be written, got .*requests\.plt \(ENOENT.*\); name another one$/,
    );
  });
});
