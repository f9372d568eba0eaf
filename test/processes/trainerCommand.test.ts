import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { runningTrainer, withoutDebugger } from '../../extension/processes/trainerCommand.ts';

it('shuts the debugger of a trainer by an option of Node, where this Node has one', () => {
  const knows = process.allowedNodeEnvironmentFlags.has('--disable-sigusr1');
  expect(withoutDebugger).toEqual(knows ? ['--disable-sigusr1'] : []);
  expect(runningTrainer().nodeArguments).toEqual([...withoutDebugger, ...process.execArgv, process.argv[1]]);
  expect(spawnSync(process.execPath, [...withoutDebugger, '-e', '']).status).toBe(0);
});
