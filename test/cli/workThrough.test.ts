import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { workThrough } from '../../extension/cli/sweeps/workThrough.ts';

const never = new Promise<void>(() => {});

/** Things that are begun by their names and end when they are told to. */
function bench() {
  const begun: string[] = [];
  const ends = new Map<string, { readonly end: () => void; readonly fail: (error: Error) => void }>();
  const begin = (names: readonly string[]): readonly Promise<void>[] =>
    names.map((name) => {
      begun.push(name);
      return new Promise<void>((end, fail) => ends.set(name, { end, fail }));
    });
  /** Each look sees what the next of these tells; later ones see nothing. */
  const looking = (looks: (() => readonly string[] | Promise<readonly string[]>)[]) => async () =>
    (await looks.shift()?.()) ?? [];
  return { begun, begin, looking, of: (name: string) => ends.get(name)! };
}

describe('work that opens further work', () => {
  it('is looked at again when the last of it ended while it was looked at', async () => {
    const { begun, begin, looking, of } = bench();
    const look = looking([
      () => ['first', 'second'],
      async () => {
        // Read while the second was under way: nothing is open. Before that is told, the second has ended.
        of('second').end();
        await eventLoopTurn();
        return [];
      },
      () => ['third'],
    ]);
    const done = workThrough(look, begin, never);
    await eventLoopTurn();
    of('first').end();
    await expect.poll(() => begun).toEqual(['first', 'second', 'third']);
    of('third').end();
    expect(await done).toEqual([]);
  });

  it('begins more of it when there turns out to be room, though nothing has ended', async () => {
    const { begun, begin, looking, of } = bench();
    let tellRoom = (): void => {};
    const room = new Promise<void>((resolve) => {
      tellRoom = resolve;
    });
    const done = workThrough(looking([() => ['first'], () => ['second']]), begin, room);
    await eventLoopTurn();
    expect(begun).toEqual(['first']);
    tellRoom();
    await expect.poll(() => begun).toEqual(['first', 'second']);
    for (const name of begun) of(name).end();
    expect(await done).toEqual([]);
  });

  it('ends with the failure of a part that came while it was looked at, once the others are over', async () => {
    const { begin, looking, of } = bench();
    const look = looking([
      () => ['first', 'second', 'third'],
      async () => {
        of('second').fail(new Error('the config is gone'));
        await eventLoopTurn();
        return [];
      },
    ]);
    let isOver = false;
    const done = workThrough(look, begin, never).finally(() => {
      isOver = true;
    });
    const failure = expect(done).rejects.toThrow('the config is gone');
    await eventLoopTurn();
    of('first').end();
    for (let turn = 0; turn < 5; turn++) await eventLoopTurn();
    expect(isOver).toBe(false);
    of('third').end();
    await failure;
  });
});
