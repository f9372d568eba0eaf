import type { TensorSpec } from '../../models/model/tensors.ts';
import type { ConfiguredMethod, ModelOutline } from '../declaration/method.ts';
import { declareEach } from './declare.ts';
import { storedMethods } from './union.ts';

/** Letters in the order in which a product names them. */
const order = 'Vlqkdfrm';

/** What the letters of a formula stand for, as a sentence for people. */
export const formulaLetters =
  'L is the number of blocks, d the hidden size, f the width of the feed-forward network, q and k the widths of\n' +
  'queries and keys where they are not d, V the size of the vocabulary, r the rank or bottleneck, l the prefix length.';

type Letters = ReadonlyMap<unknown, string>;

/** One tensor that counts toward a product. */
interface Counted {
  readonly coefficient: number;
  readonly layer: number | null;
}

/** How often a product of letters occurs: in each block, and beside the blocks. */
interface Times {
  readonly perBlock: number;
  readonly beside: number;
}

/**
 * The number of values that methods tune and keep on a model, as a formula in its sizes: `2d(2L+1)`. It is read off the
 * declared tensors, so it is true of every family; sizes without a letter stand as numbers.
 * @param model the backbone: without the head's tensors
 * @returns undefined where a method does not fit the model
 */
export function countFormula(model: ModelOutline, methods: readonly ConfiguredMethod[]): string | undefined {
  const { declared, problems } = declareEach(model, storedMethods(methods));
  if (problems.length > 0) return undefined;
  const counted = new Set<string>();
  const products = new Map<string, Counted[]>();
  for (const { configured, modules } of declared) {
    const letters = lettersOf(model, configured);
    for (const spec of [...modules.unfrozen, ...modules.added]) {
      if (counted.has(spec.name)) continue;
      counted.add(spec.name);
      const { product, coefficient } = productOf(spec, letters);
      products.set(product, [...(products.get(product) ?? []), { coefficient, layer: spec.layer }]);
    }
  }
  const terms = [...products].map(([product, tensors]) => ({
    product,
    ...timesOf(tensors, model.dimensions.layers),
  }));
  return written(terms.sort((a, b) => b.product.length - a.product.length));
}

/** Letters by size; the first letter of a size stands for it. */
function lettersOf({ dimensions, tensors }: ModelOutline, { method, options }: ConfiguredMethod): Letters {
  const width = (site: TensorSpec['site']): number | undefined =>
    tensors.find((tensor) => tensor.site === site && tensor.role === 'weight')?.shape[0];
  const sizes: [letter: string, size: unknown][] = [
    ['d', dimensions.hidden],
    ['k', dimensions.keyValueWidth],
    ['q', width('attention.query')],
    ['f', width('ffn.up')],
    ['V', dimensions.vocabulary],
    ...Object.entries(method.letters ?? {}).map(([letter, option]): [string, unknown] => [
      letter,
      (options as Readonly<Record<string, unknown>>)[option],
    ]),
  ];
  return new Map(sizes.toReversed().map(([letter, size]) => [size, letter]));
}

/** `dr` times 1 of an f32[16, 768]; sizes without a letter are left to the coefficient. */
function productOf(
  { shape }: TensorSpec,
  letters: Letters,
): { readonly product: string; readonly coefficient: number } {
  const named = shape.map((size) => letters.get(size) ?? '').sort((a, b) => order.indexOf(a) - order.indexOf(b));
  const coefficient = shape.reduce((product, size) => (letters.has(size) ? product : product * size), 1);
  return { product: named.join(''), coefficient };
}

function timesOf(tensors: readonly Counted[], layers: number): Times {
  const byBlock = Array.from({ length: layers }, () => 0);
  let all = 0;
  for (const { coefficient, layer } of tensors) {
    all += coefficient;
    if (layer !== null) byBlock[layer]! += coefficient;
  }
  // Where blocks differ, what most of them have is theirs, and the difference stands beside.
  const usual = byBlock.toSorted((a, b) => a - b)[Math.floor(layers / 2)] ?? 0;
  return { perBlock: usual, beside: all - usual * layers };
}

type Term = Times & { readonly product: string };

/** `2d(2L+1)` · `L(2dr + d + r)` · `L(7d + f) + d` */
function written(terms: readonly Term[]): string {
  const [only] = terms;
  if (only === undefined) return '0';
  if (terms.length === 1 && only.perBlock !== 0 && only.beside !== 0) {
    const common = greatestDivisor(only.perBlock, Math.abs(only.beside));
    const [blocks, beside] = [only.perBlock / common, only.beside / common];
    return `${times(common, only.product)}(${times(blocks, 'L')}${beside < 0 ? '−' : '+'}${Math.abs(beside)})`;
  }
  const inBlocks = sum(terms.map(({ product, perBlock }) => [perBlock, product]));
  const beside = sum(terms.map(({ product, beside }) => [beside, product]));
  const isOne = terms.filter(({ perBlock }) => perBlock !== 0).length === 1;
  const blocks = inBlocks === '' ? '' : isOne ? inBlocks.replace(/^\d*/, '$&L') : `L(${inBlocks})`;
  return [blocks, beside].filter(Boolean).join(' + ').replaceAll('+ −', '− ');
}

const sum = (terms: readonly (readonly [coefficient: number, product: string])[]): string =>
  terms
    .filter(([coefficient]) => coefficient !== 0)
    .map(([coefficient, product]) => `${coefficient < 0 ? '−' : ''}${times(Math.abs(coefficient), product)}`)
    .join(' + ')
    .replaceAll('+ −', '− ');

/** `d²`, `2dr`, `3` */
function times(coefficient: number, product: string): string {
  const letters = product.replaceAll(/(.)\1/g, '$1²');
  return coefficient === 1 && letters !== '' ? letters : `${coefficient}${letters}`;
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));
