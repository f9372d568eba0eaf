import { expect, it, vi } from 'vitest';
import { runEntry } from '../../support/runEntry.ts';

const seen = vi.hoisted(() => ({ workspace: { isTrusted: false }, told: [] as string[], stopped: [] as string[] }));
vi.mock('vscode', () => ({
  workspace: seen.workspace,
  ProgressLocation: {},
  window: {
    showWarningMessage: async (message: string) => void seen.told.push(message),
    withProgress: (_: unknown, task: () => unknown) => task(),
  },
}));
vi.mock('../../../extension/runs/control/stop.ts', () => ({
  stopDefaults: {},
  stopRun: async (_: unknown, folder: string) => void seen.stopped.push(folder),
}));

const { RunActions } = await import('../../../extension/host/actions/runActions.ts');

it('stops no process that a run folder names where the workspace is not trusted', async () => {
  const actions = new RunActions({ storeOf: () => ({}), refresh: async () => {} } as never);
  const run = runEntry({ state: 'running' });
  await actions.stop([run]);
  expect(seen.stopped).toEqual([]);
  expect(seen.told.join()).toContain('a workspace that is not trusted');
  seen.workspace.isTrusted = true;
  await actions.stop([run]);
  expect(seen.stopped).toEqual([run.folder]);
});
