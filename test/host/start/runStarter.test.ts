import { beforeEach, describe, expect, it, vi } from 'vitest';
import { runEntry } from '../../support/runEntry.ts';

const seen = vi.hoisted(() => ({ limit: 1, looks: [] as string[], look: async (): Promise<void> => {} }));
vi.mock('vscode', () => ({
  window: {},
  ProgressLocation: {},
  workspace: {
    isTrusted: true,
    getConfiguration: () => ({ get: (name: string) => (name === 'maxConcurrentRuns' ? seen.limit : undefined) }),
  },
}));
vi.mock('../../../extension/runs/control/queueLimit.ts', () => ({ keepQueueLimit: () => {} }));
vi.mock('../../../extension/runs/control/queue.ts', () => ({
  async startQueued({ folder }: { readonly folder: string }, _trainer: unknown, limit: number) {
    seen.looks.push(`${folder} ${limit}`);
    await seen.look();
  },
}));

const { RunStarter } = await import('../../../extension/host/start/runStarter.ts');

const runIn = (place: string, id: string, state: 'running' | 'queued') => ({
  ...runEntry({ id, state }),
  folder: `${place}/${id}`,
});
const a = { running: runIn('/a', '1', 'running'), waits: runIn('/a', '2', 'queued') };
const b = { waits: runIn('/b', '3', 'queued') };

function starterOf(...runs: readonly ReturnType<typeof runIn>[]) {
  const stores = ['/a', '/b'].map((folder) => ({ folders: [{ uri: folder }], store: { folder } }));
  const catalog = { stores, runs, queue: runs.filter(({ state }) => state === 'queued') };
  return new RunStarter(
    catalog as never,
    async () => ({}) as never,
    async () => [],
    () => {},
  );
}

beforeEach(() => Object.assign(seen, { limit: 1, looks: [], look: async () => {} }));

describe('the queue of a window', () => {
  it('reads a runs folder where one of its runs waits and there is room for it, and no other', async () => {
    const starter = starterOf(a.running, a.waits, b.waits);
    await starter.drainQueue();
    expect(seen.looks).toEqual(['/b 1']);
    seen.limit = 2;
    await starter.drainQueue();
    expect(seen.looks).toEqual(['/b 1', '/a 2', '/b 2']);
  });

  it('looks once at a time, and once more where it was asked meanwhile, however often', async () => {
    const starter = starterOf(b.waits);
    let isLooking = false;
    const asked: Promise<void>[] = [];
    seen.look = async () => {
      expect(isLooking).toBe(false);
      isLooking = true;
      if (asked.length < 4) asked.push(starter.drainQueue(), starter.drainQueue());
      await Promise.resolve();
      isLooking = false;
    };
    await starter.drainQueue();
    await Promise.all(asked);
    expect(seen.looks).toHaveLength(3);
  });

  it('looks again after a look that failed', async () => {
    const starter = starterOf(b.waits);
    seen.look = () => Promise.reject(new Error('/b: runs cannot be read'));
    await expect(starter.drainQueue()).rejects.toThrow('cannot be read');
    seen.look = async () => {};
    await starter.drainQueue();
    expect(seen.looks).toHaveLength(2);
  });
});
