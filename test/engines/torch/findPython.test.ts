import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { findPython } from '../../../extension/engines/torch/findPython.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

function place(...parts: string[]): string {
  const file = path.join(...parts);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, '');
  chmodSync(file, 0o755);
  return file;
}

describe('a Python is found', () => {
  let [folder, named, byVariable, venv, onPath, bare] = ['', '', '', '', '', ''];
  beforeEach(() => {
    folder = temporaryFolder();
    named = place(folder, 'mine', 'python');
    byVariable = place(folder, 'variable', 'python');
    venv = place(folder, 'with-venv', '.venv', 'bin', 'python');
    onPath = place(folder, 'bin', 'python3');
    bare = path.join(folder, 'bare');
  });
  const find = (search: Partial<Parameters<typeof findPython>[0]>) =>
    findPython({ folders: [bare], environment: {}, platform: 'linux', ...search });

  it('looks by name, then at PEFT_LAB_PYTHON, then in .venv, then on PATH', () => {
    const everything = {
      named: { python: named, by: 'python' },
      folders: [path.join(folder, 'with-venv')],
      environment: { PEFT_LAB_PYTHON: byVariable, PATH: path.dirname(onPath) },
    };
    const { named: _, ...unnamed } = everything;
    expect(find(everything)).toEqual({ python: named, foundBy: 'python' });
    expect(find(unnamed)).toEqual({ python: byVariable, foundBy: 'PEFT_LAB_PYTHON' });
    const environment = { PEFT_LAB_PYTHON: '', PATH: path.dirname(onPath) };
    expect(find({ ...unnamed, environment }).python).toBe(venv);
    expect(find({ environment })).toEqual({ python: onPath, foundBy: 'PATH' });
    expect(find({ named: { python: 'python3', by: 'python' }, environment }).python).toBe(onPath);
    const relative = { python: './mine/python', by: 'python' };
    expect(find({ named: relative, folders: [folder] }).python).toBe(named);
  });

  it('looks where Windows keeps it', () => {
    const windows = place(folder, 'windows', '.venv', 'Scripts', 'python.exe');
    expect(find({ platform: 'win32', folders: [path.join(folder, 'windows')] }).python).toBe(windows);
    const exe = place(folder, 'windows-path', 'python.exe');
    const environment = { Path: `${path.join(folder, 'bin')};${path.dirname(exe)}` };
    expect(find({ platform: 'win32', environment }).python).toBe(exe);
  });

  it('says where it looked when there is none', () => {
    expect(() => find({ named: { python: 'python9', by: 'python' } })).toThrow(
      'python: must name a Python that is there, got python9; correct it',
    );
    // One that is named must be there, even where others are.
    const environment = { PEFT_LAB_PYTHON: path.join(folder, 'gone'), PATH: path.dirname(onPath) };
    expect(() => find({ environment })).toThrow('PEFT_LAB_PYTHON: must name a Python that is there');
    expect(() => find({})).toThrow(
      `got none in PEFT_LAB_PYTHON, ${path.join(bare, '.venv')}, PATH; install Python, then: python3 -m venv .venv`,
    );
  });
});
