import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportRun } from '../../extension/export/exportRun.ts';
import { decoderConfig } from '../support/smallDecoder.ts';
import { attempt, createRun } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

describe('a tuned decoder', () => {
  it.each([
    ['ln-tuning', ['peft', 'merged', 'onnx', 'gguf', 'native']],
    ['lora', ['peft', 'merged', 'onnx', 'native']],
    ['ia3', ['peft', 'merged', 'onnx', 'native']],
    ['prefix', ['peft', 'onnx', 'native']],
    ['unified', ['onnx', 'native']],
  ] as const)('is exported with %s, and reads back the same', async (method, formats) => {
    const folder = temporaryFolder();
    const config = await decoderConfig(folder, { methods: [method], training: { max_steps: 1, batch_size: 4 } });
    const run = await createRun(config);
    await attempt(run, false);
    for (const format of formats) {
      const { verified } = await exportRun(run, format, path.join(folder, format), () => {});
      expect(verified, format).toContain('verified');
    }
  });
});
