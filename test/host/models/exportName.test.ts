import { describe, expect, it } from 'vitest';
import { exportName } from '../../../extension/host/models/exportName.ts';

describe('the name of an export', () => {
  it('says what was tuned, on what, with which seed, and in which form', () => {
    expect(exportName('prefix + ln-tuning', 'Reviews 2', 3, 'peft')).toBe('reviews-2-prefix-ln-tuning-s3-peft');
    expect(exportName('ln-tuning', 'reviews-ln-tuning', 1, 'onnx')).toBe('reviews-ln-tuning-s1-onnx');
    expect(exportName('lora', '../..', 1, 'native')).toBe('lora-s1-native');
  });
});
