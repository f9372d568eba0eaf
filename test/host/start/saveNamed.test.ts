import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { TextDocument } from 'vscode';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const editor = vi.hoisted(() => ({ workspace: { textDocuments: [] as TextDocument[] } }));
vi.mock('vscode', () => editor);

const { saveNamed } = await import('../../../extension/host/start/saveNamed.ts');

describe('starting a file saves', () => {
  let folder = '';
  const onDisk = (name: string): string => readFileSync(path.join(folder, name), 'utf8');

  beforeEach(() => {
    folder = temporaryFolder();
    mkdirSync(path.join(folder, 'configs', 'data'), { recursive: true });
    mkdirSync(path.join(folder, 'configs', 'model'));
    editor.workspace.textDocuments = [];
  });

  /** An open text of which the disk has an older version. */
  function edit(name: string, text: string, mayBeSaved = true): TextDocument {
    const file = path.join(folder, name);
    writeFileSync(file, 'old\n');
    const document = {
      isDirty: true,
      uri: { scheme: 'file', fsPath: file },
      getText: () => text,
      save: async () => {
        if (mayBeSaved) writeFileSync(file, text);
        return mayBeSaved;
      },
    } as unknown as TextDocument;
    editor.workspace.textDocuments = [...editor.workspace.textDocuments, document];
    return document;
  }

  const sweep = 'experiment: [configs/a.peft.yaml, configs/b.peft.yaml]\nmethods: [ln-tuning, bitfit]\nseeds: 2\n';
  const config = 'model: model\ndata: {train: {file: data/train.jsonl}, validation: ./data/dev.jsonl}\n';

  it('a sweep, its configs and their data and models, as the editors show them', async () => {
    const document = edit('films.sweep.yaml', sweep);
    edit('configs/a.peft.yaml', config);
    writeFileSync(path.join(folder, 'configs', 'b.peft.yaml'), 'data: {train: data/other.csv}\n');
    const named = ['configs/data/train.jsonl', 'configs/data/dev.jsonl', 'configs/data/other.csv'];
    for (const name of [...named, 'configs/model/config.json']) edit(name, '{}\n');
    edit('configs/notes.txt', 'mine\n');
    expect(await saveNamed(document)).toBe(true);
    expect([onDisk('films.sweep.yaml'), onDisk('configs/a.peft.yaml')]).toEqual([sweep, config]);
    expect([...named, 'configs/model/config.json'].map(onDisk)).toEqual(['{}\n', '{}\n', '{}\n', '{}\n']);
    expect(onDisk('configs/notes.txt')).toBe('old\n');
  });

  it('a config with its data, and tells where one was not saved', async () => {
    const document = edit('configs/a.peft.yaml', config);
    edit('configs/data/train.jsonl', '{}\n');
    expect(await saveNamed(document)).toBe(true);
    expect([onDisk('configs/a.peft.yaml'), onDisk('configs/data/train.jsonl')]).toEqual([config, '{}\n']);
    edit('configs/data/dev.jsonl', '{}\n', false);
    expect(await saveNamed(document)).toBe(false);
  });
});
