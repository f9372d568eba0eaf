import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nodeOf, topological } from '../../../extension/graph/node.ts';
import { input, parameter } from '../../../extension/graph/ops.ts';
import { typeText, type Value } from '../../../extension/graph/value.ts';
import { readDimensions } from '../../../extension/models/config.ts';
import { familyOf } from '../../../extension/models/families.ts';
import { type ForwardContext, modelInputs, type RowSelection } from '../../../extension/models/model/model.ts';
import { composeTransforms, type SiteTransforms } from '../../../extension/models/model/sites.ts';

/** Hidden states of a golden model, with the dropout sites that its forward pass asked for. */
function encode(name: string, transforms: SiteTransforms, rows: RowSelection) {
  const file = new URL(`../../golden/models/${name}/config.json`, import.meta.url);
  const model = readDimensions(JSON.parse(readFileSync(file, 'utf8')), name);
  const { tensors, encode } = familyOf(model).build(model);
  const shapes = new Map(tensors.map((tensor) => [tensor.name, tensor.shape]));
  const dropout: string[] = [];
  const context: ForwardContext = {
    parameter: (key) => parameter(key, shapes.get(key)!, false),
    sites: composeTransforms([transforms]),
    dropout: {
      apply: (x, rate) => {
        dropout.push(`${rate} of ${typeText(x)}`);
        return x;
      },
      attention: (rate) => {
        dropout.push(`${rate} of attention`);
        return undefined;
      },
    },
    input: (key) => input(key, 'i64', modelInputs[key]),
    rows,
  };
  return { hidden: encode(context), dropout };
}

/** Every call at a site, with the types of what flows there. */
function recorder() {
  const calls: string[] = [];
  const transforms: SiteTransforms = {
    linearInput: (site, layer, x) => {
      calls.push(`${layer} into ${site} ${typeText(x)}`);
      return x;
    },
    linearOutput: (site, layer, y, x) => {
      calls.push(`${layer} out of ${site} ${typeText(y)} from ${typeText(x)}`);
      return y;
    },
    blockOutput: (block, layer, h, blockInput) => {
      calls.push(`${layer} after ${block} ${typeText(h)} beside ${typeText(blockInput)}`);
      return h;
    },
    keyValue: (layer, { key, value, mask }) => {
      calls.push(`${layer} reads ${typeText(key)} ${typeText(value)} ${typeText(mask)}`);
      return { key, value, mask };
    },
  };
  return { calls, transforms };
}

const block = (layer: number, asking: 'S' | 1) => [
  `${layer} into attention.query f32[B,${asking},16]`,
  `${layer} out of attention.query f32[B,${asking},16] from f32[B,${asking},16]`,
  `${layer} into attention.key f32[B,S,16]`,
  `${layer} out of attention.key f32[B,S,16] from f32[B,S,16]`,
  `${layer} into attention.value f32[B,S,16]`,
  `${layer} out of attention.value f32[B,S,16] from f32[B,S,16]`,
  `${layer} reads f32[B,S,16] f32[B,S,16] f32[B,S]`,
  `${layer} into attention.output f32[B,${asking},16]`,
  `${layer} out of attention.output f32[B,${asking},16] from f32[B,${asking},16]`,
  `${layer} after attention f32[B,${asking},16] beside f32[B,${asking},16]`,
  `${layer} into ffn.up f32[B,${asking},16]`,
  `${layer} out of ffn.up f32[B,${asking},24] from f32[B,${asking},16]`,
  `${layer} into ffn.down f32[B,${asking},24]`,
  `${layer} out of ffn.down f32[B,${asking},16] from f32[B,${asking},24]`,
  `${layer} after ffn f32[B,${asking},16] beside f32[B,${asking},16]`,
];

const attention = '0.1 of attention';

describe('encode', () => {
  it.each(['bert-sequence', 'roberta-sequence', 'distilbert-sequence', 'electra-sequence'])(
    '%s calls every site once a block, in order',
    (name) => {
      const { calls, transforms } = recorder();
      const { hidden } = encode(name, transforms, 'all');
      expect(calls).toEqual([...block(0, 'S'), ...block(1, 'S')]);
      expect(typeText(hidden)).toBe('f32[B,S,16]');
    },
  );

  it('asks for the first token only in the last block, and reads all', () => {
    const { calls, transforms } = recorder();
    const { hidden } = encode('bert-sequence', transforms, 'first');
    expect(calls).toEqual([...block(0, 'S'), ...block(1, 1)]);
    expect(typeText(hidden)).toBe('f32[B,1,16]');
  });

  it('reads the rows that a batch picks, and the last of each text', () => {
    expect(typeText(encode('bert-sequence', {}, 'picked').hidden)).toBe('f32[M,16]');
    expect(typeText(encode('bert-sequence', {}, 'last').hidden)).toBe('f32[B,16]');
  });

  it('drops after the embeddings, in attention and after both output denses', () => {
    const hidden = '0.1 of f32[B,S,16]';
    const { dropout } = encode('bert-sequence', {}, 'all');
    expect(dropout).toEqual([hidden, attention, hidden, hidden, attention, hidden, hidden]);
  });

  it("leaves out DistilBERT's dropout after attention", () => {
    const hidden = '0.1 of f32[B,S,16]';
    const { dropout } = encode('distilbert-sequence', {}, 'all');
    expect(dropout).toEqual([hidden, attention, hidden, attention, hidden]);
  });

  it("drops ELECTRA's narrow embeddings before they are widened", () => {
    expect(encode('electra-sequence', {}, 'all').dropout[0]).toBe('0.1 of f32[B,S,8]');
  });

  it("makes MPNet's mask once for all blocks, of the first token alone in the last", () => {
    const reads = (rows: RowSelection) => {
      const masks: Value[] = [];
      const keyValue: SiteTransforms['keyValue'] = (_, read) => {
        masks.push(read.mask);
        return read;
      };
      encode('mpnet-sequence', { keyValue }, rows);
      return masks;
    };
    const [first, second, third] = reads('all');
    expect(typeText(first!)).toBe('f32[B,3,S,S]');
    expect([second, third]).toEqual([first, first]);
    expect(reads('first').map(typeText)).toEqual(['f32[B,3,S,S]', 'f32[B,3,S,S]', 'f32[B,3,1,S]']);
  });

  it("makes DeBERTa's mask for each block, of the first token alone in the last, after what its places go through", () => {
    const seen: string[] = [];
    const transforms: SiteTransforms = {
      keyValue: (_, read) => {
        seen.push(typeText(read.mask));
        return read;
      },
      linearInput: (site, layer, x) => {
        if (layer === 2) seen.push(`${site} ${typeText(x)}`);
        return x;
      },
      normOutput: (site, _, y) => {
        if (site === 'norm.position') seen.push(`${site} ${typeText(y)}`);
        return y;
      },
    };
    const { dropout } = encode('deberta-v2-sequence', transforms, 'first');
    expect(seen.slice(0, 3)).toEqual(['norm.position f32[8,15]', 'f32[B,3,S,S]', 'f32[B,3,S,S]']);
    expect(seen.slice(3, 9)).toEqual([
      ...['query f32[B,1,15]', 'key f32[B,S,15]', 'value f32[B,S,15]'].map((text) => `attention.${text}`),
      ...['key f32[1,S,15]', 'query f32[1,S,15]'].map((text) => `attention.${text}`),
      'f32[B,3,1,S]',
    ]);
    expect(dropout.slice(0, 3)).toEqual(['0.1 of f32[B,S,15]', '0.1 of f32[8,15]', attention]);
  });

  it('goes on with what the sites give back', () => {
    const replaced = input('replaced', 'f32', ['B', 'S', 16]);
    const reaches = (transforms: SiteTransforms) =>
      topological([encode('bert-sequence', transforms, 'all').hidden]).includes(nodeOf(replaced));
    expect(reaches({})).toBe(false);
    expect(reaches({ linearInput: (site, _, x) => (site === 'attention.output' ? replaced : x) })).toBe(true);
    expect(reaches({ linearOutput: (site, _, y) => (site === 'ffn.down' ? replaced : y) })).toBe(true);
    expect(reaches({ blockOutput: (kind, _, h) => (kind === 'ffn' ? replaced : h) })).toBe(true);
    expect(reaches({ keyValue: (_, read) => ({ ...read, value: replaced }) })).toBe(true);
  });
});
