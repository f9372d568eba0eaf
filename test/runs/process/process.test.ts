import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import {
  currentProcess,
  identify,
  livenessOf,
  livenessOfRun,
  parsePs,
} from '../../../extension/runs/process/process.ts';

describe('the identity of a process', () => {
  it('is alive for this one, dead for a pid used by another', async () => {
    const self = await currentProcess();
    expect(await livenessOfRun(self)).toBe('alive');
    expect(await livenessOf([self, { pid: self.pid, startTime: '1' }])).toEqual(['alive', 'dead']);
  });

  it('is dead once the process has ended', async () => {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
    const identity = await identify(child.pid!);
    expect(await livenessOf([identity])).toEqual(['alive']);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await livenessOf([identity])).toEqual(['dead']);
  });

  it.runIf(process.platform === 'linux')('is dead for a zombie', async () => {
    // The shell's child ends, and exec leaves it a parent that never asks for it.
    const shell = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60']);
    const [line] = (await once(shell.stdout, 'data')) as [Buffer];
    const identity = await identify(Number(line.toString()));
    process.kill(identity.pid, 'SIGKILL');
    await expect.poll(async () => (await livenessOf([identity]))[0], { interval: 5 }).toBe('dead');
    expect(() => process.kill(identity.pid, 0)).not.toThrow();
    shell.kill('SIGKILL');
  });

  it('is unknown on another host, dead after a restart of this one', async () => {
    const self = await currentProcess();
    expect(await livenessOfRun({ ...self, host: 'elsewhere' })).toBe('unknown');
    expect(await livenessOfRun({ ...self, bootId: 'an earlier one' })).toBe('dead');
  });

  it.runIf(process.platform === 'linux')('is unknown in another pid namespace of the same boot', async () => {
    const self = await currentProcess();
    const bootId = self.bootId.replace(/pid:\[\d+\]$/, 'pid:[1]');
    expect(bootId).not.toBe(self.bootId);
    expect(await livenessOfRun({ ...self, bootId })).toBe('unknown');
    expect(await livenessOfRun({ ...self, bootId: bootId.replace(/^\S+/, 'an-earlier-boot') })).toBe('dead');
  });

  it('counts a run as alive while its worker outlives the supervisor', async () => {
    const self = await currentProcess();
    const supervisorGone = { ...self, startTime: '1', worker: { pid: self.pid, startTime: self.startTime } };
    expect(await livenessOfRun(supervisorGone)).toBe('alive');
  });

  it('is read from what ps prints', () => {
    const output = '  512 Ss   Fri Jan 31 09:12:01 2025    \n 7813 Z+   Fri Jan 31 10:00:00 2025\n';
    expect([...parsePs(output)]).toEqual([[512, 'Fri Jan 31 09:12:01 2025']]);
  });
});
