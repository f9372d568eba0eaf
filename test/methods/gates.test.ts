import { describe, expect, it } from 'vitest';
import { formatRefusal } from '../../extension/export/formats.ts';
import { countParameters } from '../../extension/methods/entries/count.ts';
import { countFormula } from '../../extension/methods/entries/countFormula.ts';
import { configured, publishedModel, tinyModel } from './outlines.ts';
import { largestDifference, TinyRun } from './tinyRun.ts';

const bert = publishedModel('bert-base-uncased');

describe('gates', () => {
  it.each([
    [{ lora: { gated: true } }, 294_912 + 24 * 769],
    [{ prefix: { gated: true } }, 294_912 + 12 * 769],
    [{ adapter: { at: 'attention', gated: true } }, 304_320 + 12 * 769],
    [{ unified: { gated: true } }, 637_632 + 24 * 769],
    [{ mam: { gated: true } }, 599_232 + 24 * 769],
    [{ unified: { adapter: { gated: true } } }, 637_632 + 12 * 769],
  ])('count d + 1 numbers a place: %j', (methods, expected) => {
    expect(countParameters(bert, configured(methods), []).method).toBe(expected);
  });

  it('stand in the formula of the count', () => {
    expect(countFormula(bert, configured({ adapter: { at: 'attention', gated: true } }))).toBe('L(2dr + r + 2d + 1)');
  });

  it('weigh a text by its own tokens, whatever padding stands beside them', async () => {
    const model = tinyModel();
    const methods = configured({ prefix: { length: 2, gated: true } });
    const rows = (width: number) => {
      const row = [3, 4, 5];
      const padded = (value: number) => [...row.map(() => 1), ...Array<number>(width - 3).fill(value)];
      const ids = [...row, ...Array<number>(width - 3).fill(7)];
      return { ids: [ids], types: [ids.map(() => 0)], mask: [padded(0)], labels: [1] };
    };
    const [short, long] = [3, 6].map((width) => new TinyRun(model, methods, undefined, rows(width)));
    const values = short!.moved();
    expect(largestDifference(await short!.logits(values), await long!.logits(values))).toBeLessThan(1e-5);
  });

  it('close a method: with a gate near 0 the frozen model is left', async () => {
    const model = tinyModel();
    const frozen = await new TinyRun(model, []).logits(new Map());
    const run = new TinyRun(model, configured([{ lora: { gated: true } }, { adapter: { gated: true } }]));
    const open = run.moved();
    expect(largestDifference(await run.logits(open), frozen)).toBeGreaterThan(1e-2);
    const shut = new Map(
      [...open].map(([name, values]) => [name, name.endsWith('gate.bias') ? Float32Array.of(-100) : values]),
    );
    expect(largestDifference(await run.logits(shut), frozen)).toBeLessThan(1e-6);
  });

  it('are refused on a prefix of a model that writes text, whose tokens read no later ones', () => {
    expect(() => countParameters(publishedModel('smollm2-135m'), configured({ prefix: { gated: true } }), [])).toThrow(
      'prefix.gated: must be false for models that write text, got true; leave it out: a gate reads the whole text',
    );
    const own = configured([{ lora: { gated: true } }, { adapter: { gated: true } }]);
    expect(countParameters(publishedModel('smollm2-135m'), own, []).method).toBeGreaterThan(0);
  });

  it.each([
    [{ lora: { gated: true } }, 'peft', 'PEFT has no gates; export it as onnx or native'],
    [{ prefix: { gated: true } }, 'peft', 'PEFT has no gates; export it as onnx or native'],
    [
      { lora: { gated: true } },
      'merged',
      'lora cannot be merged: its gates depend on what is read: no fixed weight of the model equals it; export it as onnx or native',
    ],
  ] as const)('are refused by formats that cannot hold them: %j as %s', (methods, format, message) => {
    const subject = { model: bert.dimensions, task: 'classification', methods: configured(methods) } as const;
    expect(formatRefusal(format, subject)).toBe(message);
  });
});
