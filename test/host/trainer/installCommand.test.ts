import { describe, expect, it } from 'vitest';
import { installCommand } from '../../../extension/host/trainer/installCommand.ts';

const table = [
  'onnx       ready: onnxruntime 1.30.0 on the CPU',
  `torch      not ready: ${'there is no torch in it, '.repeat(6)}install it with: '/a b/python' -m pip install torch`,
  '           chosen by .venv of the workspace',
  '',
].join('\n');

describe('the page about the environment', () => {
  it('offers the command that installs what is missing, whole', () => {
    expect(installCommand(table)).toBe("'/a b/python' -m pip install torch");
    expect(installCommand('torch      ready: cpu')).toBeUndefined();
  });
});
