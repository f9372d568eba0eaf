import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { knownSpeeds, type MachineIdentity, speedsOf } from '../../../extension/estimate/speeds/machineSpeeds.ts';
import { calibrationLines, someSpeeds } from '../../support/calibration.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const machine: MachineIdentity = { cpu: 'A processor', threads: 2, onnxruntime: '1.2.3' };
/** A trainer that says what it is told to, and counts how often it was started. */
function measuring(lines: readonly object[], exitCode = 0) {
  const folder = temporaryFolder();
  const script = path.join(folder, 'trainer.mjs');
  const calls = path.join(folder, 'calls');
  const says = (said: readonly object[]): void =>
    writeFileSync(
      script,
      `import { appendFileSync } from 'node:fs';
appendFileSync(${JSON.stringify(calls)}, process.argv.slice(2).join(' ') + '\\n');
for (const line of ${JSON.stringify(said)}) console.log(JSON.stringify(line));
console.error('what it said last');
process.exitCode = ${exitCode};`,
    );
  says(lines);
  const progress: string[] = [];
  return {
    cache: path.join(folder, 'cache'),
    progress,
    says,
    calls: () => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : []),
    speedsOf: (asked: MachineIdentity, isBusy = false) =>
      speedsOf(
        asked,
        { node: process.execPath, nodeArguments: [script] },
        (label, done, total) => progress.push(`${label} ${done}/${total}`),
        { folder: path.join(folder, 'cache'), isBusy: () => isBusy },
      ),
    known: (asked: MachineIdentity) => knownSpeeds(asked, { folder: path.join(folder, 'cache'), isBusy: () => false }),
  };
}

describe('the speeds of a machine', () => {
  it('are measured once, with progress, and then known', async () => {
    const { speedsOf, calls, known, progress } = measuring(calibrationLines());
    expect(known(machine)).toBeUndefined();
    const found = await speedsOf(machine);
    expect(found).toEqual({ speeds: { ...someSpeeds, process: expect.any(Number) }, wasBusy: false });
    expect(found.speeds.process).toBeGreaterThan(0);
    expect(progress).toEqual(['measuring this machine, once 1/4']);
    expect(await speedsOf(machine)).toEqual(found);
    expect(known(machine)).toEqual(found);
    expect(calls()).toEqual(['calibrate --threads 2']);
  });

  it.each([
    ['another processor', { cpu: 'Another processor' }],
    ['another engine', { onnxruntime: '1.2.4' }],
    ['other threads', { threads: 1 }],
  ])('are measured again for %s', async (_, change) => {
    const { speedsOf, calls, known } = measuring(calibrationLines());
    await speedsOf(machine);
    expect(known({ ...machine, ...change })).toBeUndefined();
    await speedsOf({ ...machine, ...change });
    expect(calls()).toHaveLength(2);
  });

  it('are measured again where the file holds something else', async () => {
    const { speedsOf, calls, cache } = measuring(calibrationLines());
    await speedsOf(machine);
    writeFileSync(path.join(cache, readdirSync(cache)[0]!), '{"version": 0}');
    await speedsOf(machine);
    expect(calls()).toHaveLength(2);
  });

  it('are told where they cannot be kept', async () => {
    const { speedsOf, cache, known } = measuring(calibrationLines());
    writeFileSync(cache, 'a file where the folder should be');
    expect(await speedsOf(machine)).toMatchObject({ speeds: { product: someSpeeds.product }, wasBusy: false });
    expect(known(machine)).toBeUndefined();
  });

  it('serves speeds measured beside other work until there is none', async () => {
    const { speedsOf, calls, known } = measuring(calibrationLines());
    await speedsOf(machine, true);
    expect(known(machine)?.wasBusy).toBe(true);
    await speedsOf(machine, true);
    expect(calls()).toHaveLength(1);
    await speedsOf(machine);
    await speedsOf(machine);
    await speedsOf(machine, true);
    expect(calls()).toHaveLength(2);
  });

  it('are measured again when others took processor time meanwhile; until then the fastest found serve', async () => {
    const { speedsOf, says, calls } = measuring(calibrationLines(0.5));
    expect(await speedsOf(machine)).toMatchObject({ wasBusy: true, speeds: { product: 1e-11 } });
    says(calibrationLines(0.4, 3e-11));
    expect(await speedsOf(machine)).toMatchObject({ wasBusy: true, speeds: { product: 1e-11 } });
    says(calibrationLines(0.4, 0.9e-11));
    expect(await speedsOf(machine)).toMatchObject({ wasBusy: true, speeds: { product: 0.9e-11 } });
    says(calibrationLines(0.1, 0.95e-11));
    expect(await speedsOf(machine)).toMatchObject({ wasBusy: false, speeds: { product: 0.95e-11 } });
    await speedsOf(machine);
    expect(calls()).toHaveLength(4);
  });

  it('reports what the process said when speeds cannot be measured, and keeps nothing', async () => {
    const { speedsOf, cache } = measuring([{ type: 'ready' }], 3);
    await expect(speedsOf(machine)).rejects.toThrow(
      'calibration: must end with the speeds of this machine, got exit code 3. what it said last; ' +
        'run peft-lab environment to see what the engine lacks',
    );
    expect(existsSync(cache)).toBe(false);
  });
});
