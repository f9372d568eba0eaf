import { linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { outputFile } from '../../../extension/cli/output/outputFile.ts';
import { RunStore } from '../../../extension/runs/folder/store.ts';
import { fakeTrainer } from '../../support/fakeTrainerProcess.ts';
import { newRun } from '../../support/newRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const trainer = fakeTrainer();

describe('a file that a command writes', () => {
  const place = (): string => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 'in.tsv'), 'text\n');
    writeFileSync(path.join(folder, 'old.jsonl'), 'old');
    mkdirSync(path.join(folder, 'run', 'adapter'), { recursive: true });
    writeFileSync(path.join(folder, 'run', 'adapter', 'adapter.safetensors'), 'weights');
    symlinkSync('in.tsv', path.join(folder, 'link.tsv'));
    symlinkSync('nowhere', path.join(folder, 'dangling'));
    linkSync(path.join(folder, 'in.tsv'), path.join(folder, 'twin.tsv'));
    return folder;
  };

  it.each(['in.tsv', 'link.tsv', 'twin.tsv', 'run/adapter/adapter.safetensors'])(
    'is never one that it reads: %s',
    (name) => {
      const folder = place();
      const inputs = ['in.tsv', 'run'].map((input) => path.join(folder, input));
      const out = path.join(folder, name);
      for (const force of [true, false]) {
        expect(() => outputFile(out, inputs, { force })).toThrow(
          `--out: must not be what the command reads, got ${out}`,
        );
      }
    },
  );

  it('is another one that is there only when told so', () => {
    const folder = place();
    for (const name of ['old.jsonl', 'dangling']) {
      const out = path.join(folder, name);
      expect(() => outputFile(out, [path.join(folder, 'in.tsv')], {})).toThrow('which is there already; name another');
      expect(outputFile(out, [path.join(folder, 'in.tsv')], { force: true })).toBe(out);
    }
    expect(() => outputFile(folder, [], { force: true })).toThrow('--out: must be a file, got');
    expect(outputFile(path.join(folder, 'new.jsonl'), [], {})).toBe(path.join(folder, 'new.jsonl'));
  });

  it('lies in a folder that is there, and is no file itself', () => {
    const folder = place();
    for (const name of ['new', 'old.jsonl']) {
      const out = path.join(folder, name, 'file');
      expect(() => outputFile(out, [], {})).toThrow(
        `--out: must lie in a folder that is there, got ${out}; make ${path.join(folder, name)} first`,
      );
    }
  });

  it('is looked at by predict, report and generate before they begin', async () => {
    const folder = place();
    const store = new RunStore(path.join(folder, '.peft-lab', 'runs'));
    const run = store.create(newRun({ baseFolder: folder }));
    const config = path.join(folder, 'model', 'config.json');
    mkdirSync(path.dirname(config));
    writeFileSync(config, '{}');
    const pages = [run.folder, path.dirname(config)].map((where) => path.join(where, 'page.html'));
    for (const page of pages) writeFileSync(page, 'page');
    const before = readFileSync(path.join(run.folder, 'run.json'), 'utf8');
    for (const [words, message] of [
      [['predict', 'last', '--file', 'in.tsv', '--out', 'in.tsv', '--force'], 'must not be what the command reads'],
      [['predict', 'last', '--file', 'in.tsv', '--out', 'old.jsonl'], 'which is there already'],
      [
        ['predict', 'last', '--file', 'in.tsv', '--out', 'new.CSV'],
        'must be a file for JSON lines, got new.CSV; name it .jsonl',
      ],
      [['report', 'last', '--out', 'old.jsonl'], 'which is there already'],
      [['report', 'last', '--out', pages[0]!, '--force'], 'must not be what the command reads'],
      [['report', 'last', '--out', path.join(run.folder, 'run.json'), '--force'], 'must be an .html file'],
      [['predict', 'last', '--file', 'in.tsv', '--out', config, '--force'], 'must not be what the command reads'],
      [['report', 'last', '--out', pages[1]!, '--force'], 'must not be what the command reads'],
      [
        ['generate', '--model', 'model', '--file', 'in.tsv', '--out', config, '--force'],
        'must not be what the command reads',
      ],
    ] as const) {
      const { code, stderr } = await trainer.start(words, folder).finished;
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
    }
    expect(readFileSync(path.join(folder, 'in.tsv'), 'utf8')).toBe('text\n');
    expect(readFileSync(path.join(folder, 'old.jsonl'), 'utf8')).toBe('old');
    expect(readFileSync(path.join(run.folder, 'run.json'), 'utf8')).toBe(before);
    const forced = ['predict', 'last', '--file', 'in.tsv', '--out', 'old.jsonl', '--force'];
    expect(await trainer.start(forced, folder).finished).toMatchObject({ code: 0 });
  });
});
