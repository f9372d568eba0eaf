import { expect, it } from 'vitest';
import { OpenModels } from '../../extension/cli/openModels.ts';

function begin(broken = '') {
  const stamps = new Map<string, string>();
  const done: string[] = [];
  const models = new OpenModels(
    async (what: string) => {
      const before = done.filter((text) => text.startsWith(`opens ${what}`));
      const name = `${what}${before.length + 1}`;
      done.push(`opens ${name}`);
      if (name === broken) throw new Error(`${name} is broken`);
      return { name, close: async () => void done.push(`closes ${name}`) };
    },
    (what) => stamps.get(what)!,
  );
  return { stamps, done, models, ask: (what: string) => models.ask(what, async ({ name }) => name) };
}

it('keeps a model open while it lies there as it was, and opens it again where it was replaced', async () => {
  const { stamps, done, models, ask } = begin();
  stamps.set('a', '1').set('b', '1');
  expect([await ask('a'), await ask('b'), await ask('a')]).toEqual(['a1', 'b1', 'a1']);
  stamps.set('a', '2');
  expect([await ask('a'), await ask('b')]).toEqual(['a2', 'b1']);
  await models.close();
  const [opened, closed] = ['opens ', 'closes '].map((word) => done.filter((text) => text.startsWith(word)));
  expect(opened).toEqual(['opens a1', 'opens b1', 'opens a2']);
  expect(closed!.sort()).toEqual(['closes a1', 'closes a2', 'closes b1']);
});

it('answers with the one that it was asked of where that is replaced meanwhile', async () => {
  const { stamps, done, models, ask } = begin();
  stamps.set('a', '1');
  let end = (): void => {};
  const asked = new Promise<void>((resolve) => {
    end = resolve;
  });
  const first = models.ask('a', async ({ name }) => {
    await asked;
    return name;
  });
  stamps.set('a', '2');
  expect(await ask('a')).toBe('a2');
  expect(done).not.toContain('closes a1');
  end();
  expect(await first).toBe('a1');
  await models.close();
  expect(done).toContain('closes a1');
});

it('keeps what replaced a model that could not be opened', async () => {
  const { stamps, done, models, ask } = begin('a1');
  stamps.set('a', '1');
  const first = ask('a');
  stamps.set('a', '2');
  const second = ask('a');
  await expect(first).rejects.toThrow('a1 is broken');
  expect([await second, await ask('a')]).toEqual(['a2', 'a2']);
  await models.close();
  expect(done).toEqual(['opens a1', 'opens a2', 'closes a2']);
});
