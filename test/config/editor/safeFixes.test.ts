import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../../extension/config/checks/check.ts';
import { safeFixes } from '../../../extension/config/editor/safeFixes.ts';
import { applyFix, valid } from '../support.ts';

const cure = (text: string) => {
  const { diagnostics, value } = checkConfig(text);
  const fix = safeFixes(diagnostics, value);
  return fix && { title: fix.title, text: applyFix(text, fix) };
};

describe('cures that are safe together', () => {
  it('are applied at once', () => {
    const text = valid('training: {epoch: 2, batch_size: 9000, keep_best: yes, lr_scheduler: linaer}\n');
    expect(cure(text)).toEqual({
      title: 'Fix all 3 problems that have one safe fix',
      text: valid('training: {epochs: 2, batch_size: 9000, keep_best: true, lr_scheduler: linear}\n'),
    });
  });

  it.each(['\n', '\r\n'])('leave the line break behind a text of several lines: %j', (lineBreak) => {
    const written = (executor: string, scheduler: string): string =>
      valid(`executor: ${executor}\ntraining:\n  lr_scheduler: ${scheduler}\n  seed: 1\n`).replaceAll('\n', lineBreak);
    expect(cure(written('>-\n  onx', '|\n    linaer\n'))?.text).toBe(written('onnx', 'linear\n'));
    expect(cure(written('|+\n  onx\n\n# c', '"lina\\\n    er"'))?.text).toBe(written('onnx\n\n# c', 'linear'));
  });

  it('leave what was advice, a single cure, and what has none', () => {
    expect(cure(valid('training: {epoch: 2, learning_rate: 1e-9}\n'))).toBeUndefined();
    expect(cure(valid())).toBeUndefined();
  });

  it('never write a key twice', () => {
    const twice = cure(valid('training: {epochs: 1, epoch: 2, keep_best: yes, lr_scheduler: liner}\n'));
    expect(twice?.text).toBe(valid('training: {epochs: 1, epoch: 2, keep_best: true, lr_scheduler: linear}\n'));
    const both = cure(valid('training: {epoch: 1, epochz: 2, keep_best: yes, lr_scheduler: liner}\n'));
    expect(both?.text).toBe(valid('training: {epochs: 1, epochz: 2, keep_best: true, lr_scheduler: linear}\n'));
  });

  it('leave a number out of its range to a person: its bound is hardly what was meant', () => {
    expect(cure(valid('training: {learning_rate: 1e3, warmup_ratio: 5, batch_size: 0}\n'))).toBeUndefined();
  });
});
