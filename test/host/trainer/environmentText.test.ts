import { describe, expect, it } from 'vitest';
import { environmentText, installCommand } from '../../../extension/host/trainer/environmentText.ts';

const table = [
  'onnx       ready: onnxruntime 1.30.0 on the CPU',
  `torch      not ready: ${'there is no torch in it, '.repeat(6)}install it with: '/a b/python' -m pip install torch`,
  '           chosen by .venv of the workspace',
  '',
].join('\n');

describe('the page about the environment', () => {
  it('breaks long lines under what they belong to, and loses no word', () => {
    const text = environmentText(table);
    const lines = text.split('\n');
    expect(lines[0]).toBe('onnx       ready: onnxruntime 1.30.0 on the CPU');
    expect(lines.every(({ length }) => length <= 100)).toBe(true);
    expect(lines[2]).toMatch(/^ {11}\S/);
    expect(lines.at(-1)).toBe('           chosen by .venv of the workspace');
    const words = (of: string): string[] => of.split(/\s+/).filter(Boolean);
    expect(words(text)).toEqual(words(table));
  });

  it('offers the command that installs what is missing, whole', () => {
    expect(installCommand(table)).toBe("'/a b/python' -m pip install torch");
    expect(installCommand('torch      ready: cpu')).toBeUndefined();
  });
});
