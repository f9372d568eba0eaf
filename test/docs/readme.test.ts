import { execFile } from 'node:child_process';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const root = path.resolve(import.meta.dirname, '../..');
const run = promisify(execFile);
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
const firstHour = readFileSync(path.join(root, 'docs', 'firstHour.md'), 'utf8');

/** What stands in a page's blocks, line by line, without what is said of it. */
const linesOf = (page: string, pattern: RegExp): readonly string[] =>
  [...page.matchAll(/```\n(.*?)```/gs)]
    .flatMap(([, block]) => block!.split('\n'))
    .filter((line) => pattern.test(line))
    .map((line) => line.split(/\s+#/)[0]!);

const wordsOf = (line: string): readonly string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!);

describe('the first pages', () => {
  it('show commands that work one after another in a fresh folder', async () => {
    const folder = temporaryFolder();
    cpSync(path.join(root, 'examples'), path.join(folder, 'examples'), { recursive: true });
    const commands = linesOf(firstHour, /^npx peft-lab /);
    expect(commands.length).toBeGreaterThan(5);
    const answers: string[] = [];
    for (const command of commands) {
      const [, , ...words] = wordsOf(command);
      const { stdout } = await run(process.execPath, [path.join(root, 'dist', 'trainer.cjs'), ...words], {
        cwd: folder,
      }).catch((error) => {
        throw new Error(`${command}: ${error.stderr}`);
      });
      if (words[0] === 'predict') answers.push(stdout.split(/\s/)[0]!);
    }
    // The page says so behind the command.
    expect(answers).toEqual(['positive']);
    expect(firstHour).toMatch(/peft-lab predict .*# positive/);
    expect(existsSync(path.join(folder, 'adapter', 'adapter_model.safetensors'))).toBe(true);
    expect(readFileSync(path.join(folder, 'report.html'), 'utf8')).toContain('<html');
  }, 300_000);

  it('name scripts that the package has', () => {
    const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { scripts: object };
    const named = [...(readme + firstHour).matchAll(/npm (?:run )?([a-z][\w:]*)/g)].map(([, name]) => name!);
    expect(named).toContain('demo');
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('name on the marketplace commands and the walkthrough by their titles', () => {
    const page = readFileSync(path.join(root, 'resources', 'README.md'), 'utf8');
    const texts = JSON.parse(readFileSync(path.join(root, 'package.nls.json'), 'utf8')) as Record<string, string>;
    const titles = Object.entries(texts).filter(([key]) => /^command\.|^walkthrough\.title$/.test(key));
    const known = new Set(titles.map(([, title]) => title.replace('…', '')));
    const named = [...page.matchAll(/\*\*(?:PEFT Lab: )?([A-Z][^*?]*)\*\*/g)].map(([, name]) => name!);
    expect(named).toContain('Open Example Workspace');
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});
