import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const root = path.resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

interface Sample {
  readonly file: string;
  readonly content: string;
  readonly task: string;
  readonly data: string;
}

/** Pairs of a file and the `data` section below it. */
function samplesOf(page: string): readonly Sample[] {
  const pattern = /```(?:tsv|json|text|conll) (\S+)\n(.*?)```.*?```yaml (\S+)\n(.*?)```/gs;
  return [...page.matchAll(pattern)].map(([, file, content, task, data]) => ({
    file: file!,
    content: content!,
    task: task!,
    data: data!,
  }));
}

describe('the page about data', () => {
  const samples = samplesOf(readFileSync(path.join(root, 'docs', 'yourData.md'), 'utf8'));

  it('has a sample for each kind of task', () => {
    const tasks = ['classification', 'completion', 'masked-lm', 'regression', 'token-classification'];
    expect([...new Set(samples.map(({ task }) => task))].sort()).toEqual(tasks);
  });

  it.each(samples)('shows $file and a section that reads it', async ({ file, content, task, data }) => {
    const folder = temporaryFolder();
    const model = path.join(root, 'examples', task === 'completion' ? 'decoder' : 'model');
    writeFileSync(path.join(folder, file), content);
    const config = `model: ${JSON.stringify(model)}\ntask: ${task}\nmethods: [ln-tuning]\n${data}`;
    writeFileSync(path.join(folder, 'sample.peft.yaml'), config);
    const { stderr } = await run(
      process.execPath,
      [path.join(root, 'dist', 'trainer.cjs'), 'check', 'sample.peft.yaml'],
      {
        cwd: folder,
      },
    );
    expect(stderr).toContain('sample.peft.yaml: no problems');
  });
});
