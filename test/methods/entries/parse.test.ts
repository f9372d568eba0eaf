import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { entryNames, entryOptions } from '../../../extension/methods/entries/entryOptions.ts';
import { parseMethods, parseMethodsText } from '../../../extension/methods/entries/parse.ts';
import { presets } from '../../../extension/methods/presets.ts';
import { findMethod, methods } from '../../../extension/methods/registry.ts';

const summary = (value: unknown) =>
  parseMethods(value).methods.map(({ method, options, learningRate }) => [method.name, options, learningRate]);
const problems = (value: unknown) => parseMethods(value).problems;

const adapterDefaults = { at: ['ffn'], placement: 'sequential', bottleneck: 16, activation: 'relu' };
const prefixDefaults = { length: 16, positions: 'shifted', mlp: false, mlp_width: 512, init: 'auto', init_std: 1 };
const normDefaults = { terms: ['gain', 'bias'] };

describe('parseMethods', () => {
  it('reads a bare name, options, and a list of both, with defaults filled in', () => {
    expect(summary('ln-tuning')).toEqual([['ln-tuning', normDefaults, undefined]]);
    expect(summary({ lora: { rank: 4 } })).toEqual([
      ['lora', { rank: 4, alpha: 16, targets: ['query', 'value'] }, undefined],
    ]);
    expect(summary(['bitfit', { 'ln-tuning': { terms: ['bias'], layers: '6-11', learning_rate: 0.01 } }])).toEqual([
      ['bitfit', { norm_biases: true }, undefined],
      ['ln-tuning', { terms: ['bias'], layers: '6-11' }, 0.01],
    ]);
  });

  it('reads a name without options under its key', () => {
    expect(summary({ bitfit: null })).toEqual(summary('bitfit'));
  });

  it('reads one name where a list may stand', () => {
    expect(summary({ 'ln-tuning': { terms: 'bias' } })).toEqual([['ln-tuning', { terms: ['bias'] }, undefined]]);
  });

  it('gives options that read back as themselves', () => {
    for (const name of entryNames) {
      const first = parseMethods(name).methods;
      const again = parseMethods(first.map(({ method, options }) => ({ [method.name]: options })));
      expect(again.problems).toEqual([]);
      expect(again.methods.map(({ options }) => options)).toEqual(first.map(({ options }) => options));
    }
  });

  it('expands presets, short forms and options of their parts', () => {
    const nearNothing = { ...prefixDefaults, init_std: 0.02 };
    expect(summary('unified')).toEqual([
      ['prefix', nearNothing, undefined],
      ['adapter', { ...adapterDefaults, at: ['attention'] }, undefined],
      ['ln-tuning', normDefaults, undefined],
    ]);
    expect(summary({ unified: { prefix: { length: 8 }, adapter: { bottleneck: 32 } } })).toEqual([
      ['prefix', { ...nearNothing, length: 8 }, undefined],
      ['adapter', { ...adapterDefaults, at: ['attention'], bottleneck: 32 }, undefined],
      ['ln-tuning', normDefaults, undefined],
    ]);
    expect(
      summary({ unified: { length: 8, bottleneck: 32, learning_rate: 0.002, prefix: { learning_rate: 0.01 } } }),
    ).toEqual([
      ['prefix', { ...nearNothing, length: 8 }, 0.01],
      ['adapter', { ...adapterDefaults, at: ['attention'], bottleneck: 32 }, 0.002],
      ['ln-tuning', normDefaults, 0.002],
    ]);
    expect(summary('mam').map(([name]) => name)).toEqual(['prefix', 'adapter']);
    expect(summary('mam')[1]).toEqual(['adapter', { ...adapterDefaults, placement: 'parallel' }, undefined]);
    expect(summary('pfeiffer')).toEqual([['adapter', adapterDefaults, undefined]]);
    expect(summary({ houlsby: { train_norms: true } }).map(([name]) => name)).toEqual(['adapter', 'ln-tuning']);
  });

  it('labels a union by what was written, and places each method', () => {
    expect(parseMethods(['prefix', { adapter: {} }]).label).toBe('prefix + adapter');
    expect(parseMethods('unified').label).toBe('unified');
    expect(parseMethods(['bitfit', { unified: {} }]).methods.map(({ path }) => path)).toEqual([
      [0],
      [1, 'unified', 'prefix'],
      [1, 'unified', 'adapter'],
      [1, 'unified', 'ln-tuning'],
    ]);
  });

  it.each<[unknown, string, unknown]>([
    ['ln-tunning', 'unknown method ln-tunning; did you mean ln-tuning?', []],
    [['lnTuning'], 'unknown method lnTuning; did you mean ln-tuning?', [0]],
    [[{ loar: { rank: 3 } }], 'unknown method loar; did you mean lora?', [0, 'loar']],
    ['zebra', `unknown method zebra; choose from ${entryNames.join(', ')}`, []],
    [[], `must name at least one method; choose from ${entryNames.join(', ')}`, []],
    [[3], "must be a method's name or {method: options}, got 3", [0]],
    [[null], "must be a method's name or {method: options}, got nothing", [0]],
    [[['lora']], 'must be a method\'s name or {method: options}, got ["lora"]', [0]],
    [{}, "must be a method's name or {method: options}, got a mapping", []],
    [{ lora: 4 }, 'must be options such as {rank: …}, got 4', ['lora']],
    [{ full: [] }, 'must be options such as {learning_rate: …}, got []', ['full']],
    [{ lora: { rnak: 4 } }, 'unknown key rnak; did you mean rank?', ['lora', 'rnak']],
    [{ bitfit: { zebra: 1 } }, 'unknown key zebra; bitfit has norm_biases, layers, learning_rate', ['bitfit', 'zebra']],
    [{ lora: { rank: 0 } }, 'must be 1 … 1024, got 0', ['lora', 'rank']],
    [{ lora: { rank: 5000 } }, 'must be 1 … 1024, got 5000', ['lora', 'rank']],
    [{ lora: { rank: 1.5 } }, 'must be a whole number, 1 … 1024, got 1.5', ['lora', 'rank']],
    [{ lora: { rank: 'big' } }, 'must be a whole number, 1 … 1024, got "big"', ['lora', 'rank']],
    [{ lora: { alpha: 0 } }, 'must be above 0, got 0', ['lora', 'alpha']],
    [{ lora: { learning_rate: -1 } }, 'must be above 0 and at most 1, got -1', ['lora', 'learning_rate']],
    [
      { lora: { learning_rate: 'fast' } },
      'must be a number, above 0 and at most 1, got "fast"',
      ['lora', 'learning_rate'],
    ],
    [
      { lora: { targets: ['query', 'vlaue'] } },
      'must be one of query, key, value, output, gate, up, down, got "vlaue"; did you mean value?',
      ['lora', 'targets', 1],
    ],
    [
      { lora: { targets: [] } },
      'must be one or more of query, key, value, output, gate, up, down, got []',
      ['lora', 'targets'],
    ],
    [{ lora: { targets: ['key', 'key'] } }, 'must not name anything twice, got ["key","key"]', ['lora', 'targets']],
    [
      { 'ln-tuning': { terms: 'gian' } },
      'must be one or more of gain, bias, got "gian"; did you mean gain?',
      ['ln-tuning', 'terms'],
    ],
    [
      { 'ln-tuning': { layers: 'top' } },
      'must be a block number, a range such as 6-11, or a list such as [0, 2, 4-6], got "top"',
      ['ln-tuning', 'layers'],
    ],
    [
      { 'ln-tuning': { layers: ['1-'] } },
      'must be a block number or a range such as 6-11, got "1-"',
      ['ln-tuning', 'layers', 0],
    ],
    [{ 'ln-tuning': { layers: -1 } }, 'must be 0 or more, got -1', ['ln-tuning', 'layers']],
    [
      { 'ln-tuning': { layers: true } },
      'must be a block number, a range such as 6-11, or a list such as [0, 2, 4-6], got true',
      ['ln-tuning', 'layers'],
    ],
    [
      { bitfit: { norm_biases: 'no' } },
      'must be true or false, got "no"; did you mean false?',
      ['bitfit', 'norm_biases'],
    ],
    [
      { prefix: { positions: 'shiftd' } },
      'must be one of shifted, unchanged, got "shiftd"; did you mean shifted?',
      ['prefix', 'positions'],
    ],
    [{ prefix: { length: 0 } }, 'must be 1 or more, got 0', ['prefix', 'length']],
    [{ unified: { lenght: 8 } }, 'unknown key lenght; did you mean length?', ['unified', 'lenght']],
    [{ unified: { length: 0 } }, 'must be 1 or more, got 0', ['unified', 'length']],
    [{ unified: { prefix: { length: 0 } } }, 'must be 1 or more, got 0', ['unified', 'prefix', 'length']],
    [{ unified: { adapter: 8 } }, 'must be options such as {learning_rate: …}, got 8', ['unified', 'adapter']],
    [{ unified: { learning_rate: 0 } }, 'must be above 0 and at most 1, got 0', ['unified', 'learning_rate']],
    [
      { houlsby: { 'ln-tuning': {} } },
      'houlsby has no ln-tuning part with these options; remove ln-tuning, or switch it on (bottleneck, train_norms)',
      ['houlsby', 'ln-tuning'],
    ],
  ])('%j: %s', (value, message, path) => {
    expect(problems(value).map((problem) => [problem.message, problem.path])).toEqual([[message, path]]);
  });

  it('offers the near name as a value of its own', () => {
    expect(problems('pre-fix')[0]).toMatchObject({ cures: [{ do: 'set', text: 'prefix' }] });
    expect(problems('zebra')[0]).not.toHaveProperty('cures');
  });

  it('finds every problem at once and keeps what is right', () => {
    const parsed = parseMethods(['bitfit', { lora: { rank: 0, alhpa: 3 } }, 'prefx']);
    expect(parsed.methods.map(({ method }) => method.name)).toEqual(['bitfit']);
    expect(parsed.problems.map(({ path }) => path)).toEqual([[1, 'lora', 'rank'], [1, 'lora', 'alhpa'], [2]]);
  });
});

describe('parseMethodsText', () => {
  it('reads what the command line writes', () => {
    const names = (text: string) => parseMethodsText(text).methods.map(({ method }) => method.name);
    expect(names('ln-tuning')).toEqual(['ln-tuning']);
    expect(names('[prefix, ln-tuning]')).toEqual(['prefix', 'ln-tuning']);
    expect(names('unified')).toEqual(['prefix', 'adapter', 'ln-tuning']);
    expect(parseMethodsText('lora: {rank: 4}').methods[0]!.options).toMatchObject({ rank: 4 });
  });

  it('reports text that is not YAML', () => {
    expect(parseMethodsText('[prefix').problems[0]!.message).toMatch(
      /^must be a method, \{method: options\} or a list of these, got "\[prefix"; /,
    );
    expect(parseMethodsText('*nothing').problems[0]!.message).toMatch(/^must be a method/);
    expect(parseMethodsText('').problems[0]!.message).toBe("must be a method's name or {method: options}, got nothing");
  });
});

describe('registry', () => {
  it('describes every method and preset for people', () => {
    for (const entry of [...methods, ...presets]) {
      expect(entry.summary.length, entry.name).toBeGreaterThan(20);
      expect(entry.paper, entry.name).toMatch(/arXiv \d{4}\.\d{5}/);
      expect(entry.name).toMatch(/^[a-z0-9-]+$/);
    }
    expect(new Set(entryNames).size).toBe(entryNames.length);
  });

  it('describes every option, and turns into a JSON schema', () => {
    for (const name of entryNames) {
      const options = entryOptions(name)!;
      expect(Object.keys(options)).toContain('learning_rate');
      const own = { ...findMethod(name)?.options.shape };
      for (const [key, schema] of Object.entries(own)) {
        const described = schema.description ?? (schema as z.ZodOptional<z.ZodType>).unwrap?.()?.description;
        expect(described, `${name}.${key}`).toMatch(/\.$/);
      }
      const json = z.toJSONSchema(z.strictObject(options), { io: 'input' });
      expect(Object.keys(json.properties!), name).toEqual(Object.keys(options));
      expect(json.required ?? [], name).toEqual([]);
    }
    expect(entryOptions('zebra')).toBeUndefined();
  });

  it('gives each method a default rate inside the range that it warns about', () => {
    for (const { learningRate } of methods) {
      const { default: rate, small = rate, large = rate, low, high } = learningRate;
      expect(low).toBeLessThan(Math.min(rate, small, large));
      expect(high).toBeGreaterThan(Math.max(rate, small, large));
    }
  });

  it('lists for each preset exactly the parts that it can have', () => {
    for (const { partNames, options, parts } of presets) {
      const everything = 'train_norms' in options.shape ? { train_norms: true } : {};
      expect(parts(options.parse(everything)).map((part) => part.method)).toEqual(partNames);
    }
  });
});
