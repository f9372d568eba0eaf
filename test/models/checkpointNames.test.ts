import { describe, expect, it } from 'vitest';
import { canonicalName, matchCheckpoint } from '../../extension/models/checkpointNames.ts';
import { readDimensions } from '../../extension/models/config.ts';
import { families } from '../../extension/models/families.ts';

const model = readDimensions(
  {
    model_type: 'bert',
    vocab_size: 11,
    hidden_size: 4,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    intermediate_size: 6,
    max_position_embeddings: 5,
  },
  'config.json',
);
const head = (outputs: number) => families.bert.heads.sequence.tensors(model, outputs);
const bare = families.bert.tensors(model);
const prefixed = bare.map((tensor) => ({ ...tensor, name: `bert.${tensor.name}` }));

describe('canonicalName', () => {
  it.each([
    ['bert', 'bert.encoder.layer.0.output.LayerNorm.gamma', 'encoder.layer.0.output.LayerNorm.weight'],
    ['bert', 'embeddings.LayerNorm.beta', 'embeddings.LayerNorm.bias'],
    ['bert', 'cls.predictions.transform.LayerNorm.gamma', 'cls.predictions.transform.LayerNorm.weight'],
    ['roberta', 'roberta.embeddings.word_embeddings.weight', 'embeddings.word_embeddings.weight'],
    ['distilbert', 'distilbert.transformer.layer.0.ffn.lin1.bias', 'transformer.layer.0.ffn.lin1.bias'],
    ['electra', 'electra.embeddings_project.weight', 'embeddings_project.weight'],
    ['roberta', 'lm_head.dense.weight', 'lm_head.dense.weight'],
  ] as const)('%s: %s → %s', (architecture, key, expected) => {
    expect(canonicalName(architecture, key)).toBe(expected);
  });
});

describe('matchCheckpoint', () => {
  it('finds a bare model and leaves the head to be initialised', () => {
    const match = matchCheckpoint(model, 'sequence', 2, bare);
    expect(match.problems).toEqual([]);
    expect(match.found.size).toBe(bare.length);
    expect(match.fresh.map(({ spec, reason }) => `${spec.name}: ${reason}`)).toEqual([
      'classifier.weight: not in the checkpoint',
      'classifier.bias: not in the checkpoint',
    ]);
  });

  it('loads a head that fits', () => {
    const match = matchCheckpoint(model, 'sequence', 2, [...prefixed, ...head(2)]);
    expect(match).toMatchObject({ fresh: [], problems: [], skipped: [] });
    expect(match.found.get('classifier.weight')?.shape).toEqual([2, 4]);
  });

  it('initialises the last layer anew when the head was made for another number of outputs', () => {
    const match = matchCheckpoint(model, 'sequence', 2, [...prefixed, ...head(3)]);
    expect(match.problems).toEqual([]);
    expect(match.fresh.map(({ reason }) => reason)).toEqual(
      Array(2).fill("the checkpoint's has 3 outputs, this task 2"),
    );
  });

  it('initialises an absent pooler as a whole, but not half of one', () => {
    const without = (...names: string[]) => bare.filter((tensor) => !names.includes(tensor.name));
    const whole = matchCheckpoint(model, 'sequence', 2, without('pooler.dense.weight', 'pooler.dense.bias'));
    expect(whole.problems).toEqual([]);
    expect(whole.fresh.map(({ spec }) => spec.name)).toContain('pooler.dense.weight');
    const half = matchCheckpoint(model, 'sequence', 2, without('pooler.dense.bias'));
    expect(half.problems).toEqual(['pooler.dense.bias: missing; use a checkpoint that holds it']);
  });

  it('skips buffers, other heads and a pooler that nothing reads, and lists them', () => {
    const extra = ['bert.embeddings.position_ids', 'cls.seq_relationship.weight', 'cls.predictions.decoder.weight'];
    const match = matchCheckpoint(model, 'token', 2, [...prefixed, ...extra.map((name) => ({ name, shape: [1] }))]);
    expect(match.problems).toEqual([]);
    expect(match.skipped).toEqual([...extra, 'bert.pooler.dense.weight', 'bert.pooler.dense.bias'].sort());
  });

  it('takes the output bias from the decoder where it is stored only there', () => {
    const [...rest] = families.bert.heads['masked-lm'].tensors(model, 11);
    const bias = rest.pop()!;
    const decoder = { name: 'cls.predictions.decoder.bias', shape: bias.shape };
    expect(matchCheckpoint(model, 'masked-lm', 11, [...bare, ...rest, decoder]).found.get(bias.name)).toBe(decoder);
    const both = matchCheckpoint(model, 'masked-lm', 11, [...bare, ...rest, bias, decoder]);
    expect(both.found.get(bias.name)).toBe(bias);
    expect(both.skipped).toContain(decoder.name);
  });

  it('names everything that does not fit at once', () => {
    const damaged = prefixed
      .filter((tensor) => !tensor.name.endsWith('intermediate.dense.bias'))
      .map((tensor) => (tensor.name.endsWith('query.weight') ? { ...tensor, shape: [4, 5] } : tensor));
    const surplus = { name: 'bert.encoder.layer.1.output.dense.weight', shape: [4, 6] };
    const twice = { name: 'embeddings.word_embeddings.weight', shape: [11, 4] };
    const { problems } = matchCheckpoint(model, 'sequence', 2, [...damaged, surplus, twice]);
    expect(problems).toEqual([
      expect.stringContaining('bert.encoder.layer.1.output.dense.weight: not a tensor of a bert'),
      expect.stringContaining('embeddings.word_embeddings.weight: stored twice'),
      expect.stringContaining('bert.encoder.layer.0.attention.self.query.weight: must be [4,4]'),
      'encoder.layer.0.intermediate.dense.bias: missing; use a checkpoint that holds it',
    ]);
  });

  it('refuses a head of the wrong width', () => {
    const wrong = head(2).map((tensor) => (tensor.role === 'weight' ? { ...tensor, shape: [2, 5] } : tensor));
    expect(matchCheckpoint(model, 'sequence', 2, [...bare, ...wrong]).problems).toEqual([
      expect.stringContaining('classifier.weight: must be [2,4]'),
    ]);
  });
});
