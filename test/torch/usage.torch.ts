import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DeviceUsage } from '../../extension/engines/engine.ts';
import { openTorch } from '../../extension/engines/torch/torchEngine.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { exampleSubject, openSession, programFolder, someStep } from './executorProgram.ts';
import { python } from './peer.ts';

/** The program on a machine whose nvidia-smi is this shell script, and the first thing it tells of its device. */
async function firstUsage(nvidiaSmi: string): Promise<DeviceUsage> {
  const folder = temporaryFolder();
  mkdirSync(path.join(folder, 'bin'));
  writeFileSync(path.join(folder, 'bin', 'nvidia-smi'), `#!/bin/sh\n${nvidiaSmi}\n`);
  chmodSync(path.join(folder, 'bin', 'nvidia-smi'), 0o755);
  const command = {
    program: python(),
    arguments: [path.resolve('test/torch/usageProgram.py'), programFolder],
    environment: { ...process.env, PATH: `${path.join(folder, 'bin')}:${process.env.PATH}` },
  };
  const subject = await exampleSubject('head-only');
  const session = await openSession(await openTorch(command, 'cpu'), subject);
  try {
    for (let step = 1; ; step++) {
      const { usage } = await session.step(someStep(subject, step));
      if (usage) return usage;
      expect(step, 'steps without a word of the device').toBeLessThan(5000);
    }
  } finally {
    await session.close();
  }
}

describe.skipIf(process.platform === 'win32')('what a run tells of its GPU', () => {
  it('is utilisation, memory and power of the very device', async () => {
    const asked =
      '[ "$*" = "--id=GPU-1234 --query-gpu=utilization.gpu,power.draw --format=csv,noheader,nounits" ] || exit 9';
    const usage = await firstUsage(`${asked}; echo "87, 412.55"`);
    expect(usage).toEqual({ utilisation: 0.87, memoryBytes: 3e9, powerWatts: 412.55 });
  });

  it.each([
    ['leaves out what the device does not tell', 'echo "40, [N/A]"', { utilisation: 0.4, memoryBytes: 3e9 }],
    ['is the memory alone where nvidia-smi fails', 'echo "no devices were found"; exit 6', { memoryBytes: 3e9 }],
  ])('%s', async (_, script, expected) => {
    expect(await firstUsage(script)).toEqual(expected);
  });
});
