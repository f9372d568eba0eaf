import { describe, expect, it } from 'vitest';
import { type HoverFacts, hoverAt } from '../../../extension/config/editor/hover.ts';
import { parseConfig } from '../../../extension/config/text/parse.ts';
import type { ParameterCounts } from '../../../extension/contract/run.ts';
import type { ModelDimensions } from '../../../extension/models/model/dimensions.ts';
import { publishedModel } from '../../methods/outlines.ts';
import { cursor } from '../support.ts';

function at(marked: string, facts: HoverFacts = {}) {
  const { text, offset } = cursor(marked);
  const hover = hoverAt(parseConfig(text), offset, facts);
  return hover && { markdown: hover.markdown, on: text.slice(hover.range.start.offset, hover.range.end.offset) };
}

const counts: ParameterCounts = {
  method: 38_400,
  methodTrained: 38_400,
  head: 592_130,
  base: 108_891_648,
  percent: 0.03526,
  byComponent: {},
  byLayer: [],
};

describe('hoverAt', () => {
  it('says what a key means, its type, range and default', () => {
    expect(at('training:\n  war|mup_ratio: 0.1')).toEqual({
      on: 'warmup_ratio',
      markdown:
        '**`training.warmup_ratio`**\n\nShare of the steps during which the learning rate rises from 0 to its peak.\n\n*a number, 0 … 1* · default `0.06`',
    });
  });

  it('answers on the value as on the key, with the finding', () => {
    const hover = at('training: {weight_decay: 0.|1}');
    expect(hover?.on).toBe('0.1');
    expect(hover?.markdown).toMatch(/^\*\*`training\.weight_decay`\*\*(.|\n)*> Decay pulls a LayerNorm gain toward 0/);
  });

  it('marks what is required', () => {
    expect(at('ta|sk: regression')?.markdown).toContain('completion* · required');
  });

  it.each([
    'methods: ln-tu|ning',
    'methods: [ln-tu|ning]',
    'methods:\n  - ln-tu|ning:\n      terms: bias',
    'methods: {ln-tu|ning: {}}',
  ])('describes a method: %j', (marked) => {
    const hover = at(marked);
    expect(hover?.on).toBe('ln-tuning');
    expect(hover?.markdown).toContain('**LN-tuning**\n\nTunes gain γ and bias β');
    expect(hover?.markdown).toContain('Tunes `2d(2L+1)` on BERT.');
    expect(hover?.markdown).toContain(
      'Learning rate: `0.001 (0.03 below a width of 256, 0.005 below 512)` (known to work: 1e-5 … 0.1).',
    );
    expect(hover?.markdown).toContain('Options: `terms`, `norms`, `layers`, `added_bias`, `select`, `learning_rate`.');
    expect(hover?.markdown).toContain('> With 0.03 % of the parameters');
    expect(hover?.markdown).toContain('arXiv 2211.08682*');
  });

  it('gives count and learning rate for this model where they are known', () => {
    const facts: HoverFacts = {
      dimensions: publishedModel('llama-3.2-3b').dimensions,
      counts: (entry) => (entry.join('.') === 'methods.0' ? counts : undefined),
    };
    const { markdown } = at('methods: [lo|ra]', facts)!;
    expect(markdown).toContain('Tunes `L(3dr + kr)`; on this model 38,400 tunable + 592,130 head (0.035\u202f%)');
    expect(markdown).toContain('Learning rate: `3e-4` for this model');
    expect(at('methods: [lora: {learn|ing_rate: 1e-3}]', facts)?.markdown).toContain(
      'default `3e-4` for this model (known to work: 1e-5 … 0.01)',
    );
  });

  it('gives the length that this model has room for', () => {
    const dimensions = { maxSequence: 64 } as ModelDimensions;
    const text = 'data: {max_len|gth: 8}\nmethods: [prefix: {length: 10}]';
    expect(at(text, { dimensions })?.markdown).toContain('*a whole number, 2 or more* · default `54` for this model');
    expect(at(text)?.markdown).toContain('*a whole number, 2 or more* · default `128`');
  });

  it('describes presets, their options and those of their parts', () => {
    expect(at('methods: uni|fied')?.markdown).toContain(
      'Options: `length`, `bottleneck`, `gated`, `prefix`, `adapter`, `ln-tuning`, `learning_rate`.',
    );
    expect(at('methods: [unified: {bottle|neck: 8}]')?.markdown).toContain('*a whole number, 1 … 8192* · default `16`');
    expect(at('methods: [unified: {prefix: {len|gth: 8}}]')?.markdown).toMatch(
      /^\*\*`methods\[0\]\.unified\.prefix\.length`/,
    );
  });

  it('shows the default of an option that is a list', () => {
    expect(at('methods: [lora: {targ|ets: query}]')?.markdown).toContain(
      '*one or more of query, key, value, output, gate, up, down* · default `[query, value]`',
    );
  });

  it.each(['unkn|own: 1', 'model: b\n|', '|', 'training: {unkn|own: 1}', 'methods: [unkn|own]'])(
    'has nothing to say at %j',
    (marked) => {
      expect(at(marked)).toBeUndefined();
    },
  );

  it('works in half-typed text', () => {
    expect(at('training:\n  epo|chs\nmethods: [')?.on).toBe('epochs');
  });
});
