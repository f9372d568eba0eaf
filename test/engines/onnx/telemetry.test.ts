import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { smallConfig } from '../../support/smallRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const peftLab = path.resolve(import.meta.dirname, '../../../bin/peft-lab.cjs');
/** Some containers have it and forbid it. */
const canTrace = process.platform === 'linux' && spawnSync('strace', ['-qq', '-o', '/dev/null', 'true']).status === 0;

/** A person's machine on the first day: nothing in the home folder, nothing in the one for temporary files. */
function freshMachine() {
  const folder = temporaryFolder();
  const places = ['home', 'tmp'].map((name) => path.join(folder, name));
  for (const place of places) mkdirSync(place);
  const [home, tmp] = places as [string, string];
  const { ORT_DISABLE_TELEMETRY: _, XDG_CACHE_HOME: __, ...others } = process.env;
  const env = { ...others, HOME: home, USERPROFILE: home, LOCALAPPDATA: home, TMPDIR: tmp, TEMP: tmp, TMP: tmp };
  const written = () =>
    places.flatMap((place) => readdirSync(place, { recursive: true, withFileTypes: true }).filter((it) => it.isFile()));
  return { folder, env, written };
}

describe('the engine', () => {
  it('leaves no file in the home folder and none beside it, whichever process loads it', () => {
    const { folder, env, written } = freshMachine();
    const config = smallConfig(folder, { training: { max_steps: 2, batch_size: 4 } });
    const runs = path.join(folder, 'runs');
    const command = (...words: string[]) =>
      spawnSync(process.execPath, [peftLab, ...words, '--runs', runs], { env, cwd: folder, encoding: 'utf8' });
    expect(command('train', config)).toMatchObject({ status: 0 });
    expect(command('predict', 'last', '--text', 'a gripping film')).toMatchObject({ status: 0 });
    expect(command('export', 'last', '--format', 'onnx', '--out', 'onnx')).toMatchObject({ status: 0 });
    expect(written()).toEqual([]);
  });

  // Its telemetry client waits for nine seconds before it first looks for its server.
  it.runIf(canTrace)('looks no name up', async () => {
    const { folder, env } = freshMachine();
    const config = smallConfig(folder, { training: { max_steps: 1, batch_size: 4 } });
    const runs = path.join(folder, 'runs');
    spawnSync(process.execPath, [peftLab, 'train', config, '--runs', runs], { env, cwd: folder });
    const [run = ''] = readdirSync(runs);
    const calls = path.join(folder, 'calls');
    const trace = ['-f', '-qq', '-e', 'trace=openat,connect', '-o', calls];
    const words = [...trace, process.execPath, peftLab, 'serve'];
    const child = spawn('strace', words, { env, cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = new Promise((resolve) => child.once('close', resolve));
    const answered = new Promise((resolve) => child.stdout.once('data', resolve));
    child.stdin.write(`${JSON.stringify({ id: 1, run: path.join(runs, run), text: 'a film' })}\n`);
    await answered;
    await sleep(12_000);
    child.stdin.end();
    await ended;
    const seen = readFileSync(calls, 'utf8');
    expect(seen).toContain('libonnxruntime');
    expect(seen.split('\n').filter((call) => /AF_INET|resolv\.conf|nsswitch\.conf/.test(call))).toEqual([]);
  });
});
