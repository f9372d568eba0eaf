import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { elements } from '../../extension/graph/tensor.ts';
import { canonicalName, composedTensors, matchCheckpoint } from '../../extension/models/checkpointNames.ts';
import { readDimensions } from '../../extension/models/config.ts';
import { familyOf, taskTensors } from '../../extension/models/families.ts';
import type { ModelDimensions } from '../../extension/models/model/dimensions.ts';
import { putSource, sourceBlock } from '../../extension/models/model/tensorSource.ts';

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
const { backbone, pooler } = taskTensors(model, 'sequence', 2);
const head = (outputs: number) => taskTensors(model, 'sequence', outputs).head;
const bare = [...backbone, ...pooler];
const prefixed = bare.map((tensor) => ({ ...tensor, name: `bert.${tensor.name}` }));

describe('canonicalName', () => {
  it.each([
    ['bert', 'bert.encoder.layer.0.output.LayerNorm.gamma', 'encoder.layer.0.output.LayerNorm.weight'],
    ['bert', 'embeddings.LayerNorm.beta', 'embeddings.LayerNorm.bias'],
    ['bert', 'cls.predictions.transform.LayerNorm.gamma', 'cls.predictions.transform.LayerNorm.weight'],
    ['roberta', 'roberta.embeddings.word_embeddings.weight', 'embeddings.word_embeddings.weight'],
    ['distilbert', 'distilbert.transformer.layer.0.ffn.lin1.bias', 'transformer.layer.0.ffn.lin1.bias'],
    ['electra', 'electra.embeddings_project.weight', 'embeddings_project.weight'],
    ['xlm-roberta', 'roberta.encoder.layer.0.output.dense.bias', 'encoder.layer.0.output.dense.bias'],
    ['camembert', 'roberta.classifier.dense.weight', 'classifier.dense.weight'],
    ['mpnet', 'mpnet.encoder.relative_attention_bias.weight', 'encoder.relative_attention_bias.weight'],
    ['modernbert', 'model.layers.0.mlp.Wi.weight', 'layers.0.mlp.Wi.weight'],
    ['modernbert', 'head.dense.weight', 'head.dense.weight'],
    ['deberta-v2', 'deberta.encoder.rel_embeddings.weight', 'encoder.rel_embeddings.weight'],
    ['deberta-v2', 'pooler.dense.weight', 'pooler.dense.weight'],
    ['albert', 'albert.encoder.embedding_hidden_mapping_in.weight', 'encoder.embedding_hidden_mapping_in.weight'],
    ['roberta', 'lm_head.dense.weight', 'lm_head.dense.weight'],
  ] as const)('%s: %s → %s', (architecture, key, expected) => {
    expect(canonicalName({ architecture }, key)).toBe(expected);
  });
});

describe('matchCheckpoint', () => {
  const albert = (num_hidden_layers: number) => {
    const sizes = { hidden_size: 8, num_attention_heads: 2, intermediate_size: 12, vocab_size: 20 };
    const config = { model_type: 'albert', ...sizes, max_position_embeddings: 16, num_hidden_layers };
    return readDimensions(config, 'config.json');
  };
  const notes = (dimensions: ModelDimensions) =>
    matchCheckpoint(dimensions, 'sequence', 2, taskTensors(dimensions, 'sequence', 2).backbone).notes;

  it("says that an ALBERT's block is tuned at every depth", () => {
    const dimensions = albert(12);
    expect(dimensions.layers).toBe(1);
    expect(notes(dimensions)).toEqual([
      'the 12 depths of this ALBERT are one block: a tuned tensor of a block, or one added to it, is the same at each of its depths',
    ]);
    expect(notes(albert(1))).toEqual([]);
  });

  it("keeps what a classifier shares with ModernBERT's masked-LM head, and makes the rest afresh", () => {
    const text = readFileSync('test/fixtures/models/modernbert-base.json', 'utf8');
    const dimensions = readDimensions(JSON.parse(text), 'config.json');
    const { backbone, head } = taskTensors(dimensions, 'masked-lm', dimensions.vocabulary);
    const stored = composedTensors(dimensions, [...backbone, ...head]);
    const match = matchCheckpoint(dimensions, 'sequence', 2, stored);
    expect(match.problems).toEqual([]);
    expect(match.fresh.map(({ spec }) => spec.name)).toEqual(['classifier.weight', 'classifier.bias']);
    expect(match.found.get('layers.3.mlp.Wi.up.weight')).toMatchObject({
      stored: { name: 'model.layers.3.mlp.Wi.weight', shape: [2304, 768] },
      source: { slice: { axis: 0, start: 1152, end: 2304 } },
    });
    const halved = stored.filter(({ name }) => name !== 'head.norm.weight');
    expect(matchCheckpoint(dimensions, 'sequence', 2, halved).problems[0]).toContain('got none named head.norm.weight');
  });

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
    expect(match.found.get('classifier.weight')?.stored.shape).toEqual([2, 4]);
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
    expect(half.problems).toEqual([
      'must hold every tensor of a bert of this config.json, got none named pooler.dense.bias; use a checkpoint that holds it',
    ]);
  });

  it('skips buffers, other heads and a pooler that nothing reads, and lists them', () => {
    const extra = ['bert.embeddings.position_ids', 'cls.seq_relationship.weight', 'cls.predictions.decoder.weight'];
    const match = matchCheckpoint(model, 'token', 2, [...prefixed, ...extra.map((name) => ({ name, shape: [1] }))]);
    expect(match.problems).toEqual([]);
    expect(match.skipped).toEqual([...extra, 'bert.pooler.dense.weight', 'bert.pooler.dense.bias'].sort());
  });

  it('takes the output bias from the decoder where it is stored only there', () => {
    const [...rest] = taskTensors(model, 'masked-lm', 11).head;
    const bias = rest.pop()!;
    const decoder = { name: 'cls.predictions.decoder.bias', shape: bias.shape };
    expect(matchCheckpoint(model, 'masked-lm', 11, [...bare, ...rest, decoder]).found.get(bias.name)?.stored).toBe(
      decoder,
    );
    const both = matchCheckpoint(model, 'masked-lm', 11, [...bare, ...rest, bias, decoder]);
    expect(both.found.get(bias.name)?.stored).toBe(bias);
    expect(both.skipped).toContain(decoder.name);
  });

  it('names everything that does not fit at once', () => {
    const damaged = prefixed
      .filter((tensor) => !tensor.name.endsWith('intermediate.dense.bias'))
      .map((tensor) => (tensor.name.endsWith('query.weight') ? { ...tensor, shape: [4, 5] } : tensor));
    const twice = { name: 'embeddings.word_embeddings.weight', shape: [11, 4] };
    const { problems } = matchCheckpoint(model, 'sequence', 2, [...damaged, twice]);
    expect(problems).toEqual([
      expect.stringContaining('embeddings.word_embeddings.weight: stored twice'),
      expect.stringContaining('bert.encoder.layer.0.attention.self.query.weight: must be [4,4]'),
      expect.stringContaining('got none named encoder.layer.0.intermediate.dense.bias; use a checkpoint that holds it'),
    ]);
  });

  it('reads through the names that DataParallel and torch.compile give, and says so once', () => {
    for (const wrap of [
      (name: string) => `module.${name}`,
      (name: string) => `_orig_mod.${name}`,
      (name: string) => name.replace('bert.', 'bert._orig_mod.'),
    ]) {
      const match = matchCheckpoint(
        model,
        'sequence',
        2,
        prefixed.map((one) => ({ ...one, name: wrap(one.name) })),
      );
      expect(match.problems).toEqual([]);
      expect(match.found.size).toBe(bare.length);
      expect(match.notes).toEqual([expect.stringMatching(/^names of tensors are read without (module|_orig_mod)\.$/)]);
    }
    const both = prefixed.map((one) => ({ ...one, name: `module._orig_mod.${one.name}` }));
    expect(matchCheckpoint(model, 'sequence', 2, both).notes).toEqual([
      'names of tensors are read without module. and _orig_mod.',
    ]);
  });

  it('leaves out what the model does not have, and says so once', () => {
    const extra = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ name: `bert.encoder.layer.${i + 1}.extra`, shape: [4] }));
    const one = matchCheckpoint(model, 'sequence', 2, [...prefixed, ...extra(1)]);
    expect(one.problems).toEqual([]);
    expect(one.skipped).toEqual(['bert.encoder.layer.1.extra']);
    expect(one.notes).toEqual([
      '1 tensor is left out, since a bert of this config.json has none of that name: bert.encoder.layer.1.extra',
    ]);
    expect(matchCheckpoint(model, 'sequence', 2, [...prefixed, ...extra(9)]).notes).toEqual([
      '9 tensors are left out, since a bert of this config.json has none of that name: bert.encoder.layer.1.extra, bert.encoder.layer.2.extra, bert.encoder.layer.3.extra and 6 more',
    ]);
  });

  it('tells in one sentence what is missing of a model of another family', () => {
    const others = bare.map(({ shape }, i) => ({ name: `decoder.block.${i}`, shape }));
    expect(matchCheckpoint(model, 'sequence', 2, others).problems).toEqual([
      `must hold every tensor of a bert of this config.json, got none named embeddings.word_embeddings.weight, embeddings.position_embeddings.weight, embeddings.token_type_embeddings.weight and ${bare.length - 5} more; it holds decoder.block.0, decoder.block.1, decoder.block.2 and ${bare.length - 3} more instead: check model_type; use a checkpoint that holds them`,
    ]);
  });

  it('refuses a head of the wrong width', () => {
    const wrong = head(2).map((tensor) => (tensor.role === 'weight' ? { ...tensor, shape: [2, 5] } : tensor));
    expect(matchCheckpoint(model, 'sequence', 2, [...bare, ...wrong]).problems).toEqual([
      expect.stringContaining('classifier.weight: must be [2,4]'),
    ]);
  });
});

describe('composedTensors', () => {
  const names = ['bert-base-uncased', 'roberta-base', 'distilbert-base-uncased', 'gpt2-medium', 'qwen2.5-0.5b'];

  it.each(names)('covers every stored tensor of %s once', (name) => {
    const file = new URL(`../fixtures/models/${name}.json`, import.meta.url);
    const model = readDimensions({ ...JSON.parse(readFileSync(file, 'utf8')), num_hidden_layers: 1, n_layer: 1 }, name);
    const { tensors } = familyOf(model).build(model);
    const shapes = new Map(tensors.map((tensor) => [tensor.name, tensor.shape]));
    const composed = composedTensors(model, tensors);
    expect(composed.flatMap(({ parts }) => parts)).toHaveLength(tensors.length);
    for (const { shape, parts } of composed) {
      const sizes = parts.map((part) => {
        const { rows, columns } = sourceBlock(part.source);
        expect(rows * columns).toBe(elements(shapes.get(part.name)!));
        return rows * columns;
      });
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(elements(shape));
    }
  });

  it('puts parts together as they are read', () => {
    const stored = new Float32Array(8);
    const shape = [2, 4];
    const half = (start: number) => ({ name: 'x', shape, slice: { axis: 1, start, end: start + 2 } });
    putSource({ ...half(0), transposed: true }, Float32Array.of(1, 2, 3, 4), stored);
    putSource({ ...half(2), offset: 1 }, Float32Array.of(5, 6, 7, 8), stored);
    expect([...stored]).toEqual([1, 3, 4, 5, 2, 4, 6, 7]);
  });
});
