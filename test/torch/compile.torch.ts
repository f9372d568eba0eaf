import { describe, expect, it } from 'vitest';
import type { TrainingProgram } from '../../extension/trainer/executor.ts';
import { openTorch } from '../../extension/trainer/torch/torchEngine.ts';
import { programCommand } from '../../extension/trainer/torch/torchProgram.ts';
import { exampleSubject, openExecutor, someStep, startTorchOnCpu } from './executorProgram.ts';
import { python } from './peer.ts';

describe('compile: on', () => {
  it('has the losses of the plain graph, over batches of several lengths', async () => {
    const subject = await exampleSubject('unified: {length: 3}');
    const plain = await openExecutor(await startTorchOnCpu(), subject);
    const compiled = await openExecutor(await startTorchOnCpu(), subject, { compile: 'on' });
    for (const step of [1, 2, 3]) {
      const request = someStep(subject, step, [4 + step, 2]);
      const [expected, found] = [await plain.step(request), await compiled.step(request)];
      expect(Math.abs(found.loss / expected.loss - 1), `loss ${step}`).toBeLessThan(1e-4);
      expect(Math.abs(found.gradientNorm / expected.gradientNorm - 1), `norm ${step}`).toBeLessThan(1e-3);
      expect(found.note?.message).toEqual(
        step === 1
          ? expect.stringMatching(/^compiled the training graph with the first step, in [\d.]+ s$/)
          : undefined,
      );
    }
    for (const executor of [plain, compiled]) await executor.close();
  });

  it('fails in words where it cannot compile; auto does not', async () => {
    const subject = await exampleSubject('head-only');
    const broken = programCommand(
      { python: python(), foundBy: 'the test' },
      { ...process.env, CXX: 'no-such-compiler', TORCHINDUCTOR_FORCE_DISABLE_CACHES: '1' },
    );
    const open = async (change: Partial<TrainingProgram>) =>
      openExecutor(await openTorch(broken, 'cpu'), subject, change);
    const [required, automatic] = [
      await open({ compile: 'on' }),
      await open({ compile: 'auto', expectedSteps: 1_000_000 }),
    ];
    await expect(required.step(someStep(subject, 1))).rejects.toThrow(
      /^compile: on needs a torch\.compile that works, got .*; install what it names .*, or use compile: auto or off$/,
    );
    const result = await automatic.step(someStep(subject, 1));
    expect(result.loss).toBeGreaterThan(0);
    // On the CPU, auto does not even try.
    expect(result.warning).toBeUndefined();
    for (const executor of [required, automatic]) await executor.close();
  });
});
