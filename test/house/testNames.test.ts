import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const folder = fileURLToPath(new URL('..', import.meta.url));

/** What begins a clause and no sentence: a failing line that starts so does not say what broke. */
const fragment =
  /^(of|that|which|with|without|from|in|on|at|by|to|for|as|and|or|where|when|whose|beside|after|before|until|than|but|whatever|while|if|unless|through|under|over|behind)\b/i;
const names = /\b(?:it|test)(?:\.(?:each|skipIf|runIf|for)\b[^'"`]*?)?\(\s*(['"`])((?:(?!\1)[^\\]|\\.)*)\1/g;

it('says in the name of every test what is true, with a verb in front', () => {
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(test|torch|webgpu|ui|mocha)\.ts$/.test(name))
    .flatMap((name) =>
      [...readFileSync(path.join(folder, name), 'utf8').matchAll(names)].map((match) => `${name}: ${match[2]}`),
    );
  expect(found.length).toBeGreaterThan(1000);
  expect(found.filter((name) => fragment.test(name.slice(name.indexOf(': ') + 2)))).toEqual([]);
});
