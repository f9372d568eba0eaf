import { elements } from '../../graph/tensor.ts';
import type { TensorSpec } from '../../models/model/tensors.ts';
import type { Finding, ValuePath } from '../../problems/finding.ts';
import { bothOnly } from '../declaration/chosenNumbers.ts';
import type { AddedTensor, ConfiguredMethod, Initializer, ModelOutline, Modules } from '../declaration/method.ts';
import { MethodError, UnionError } from '../declaration/methodError.ts';
import { type Entry, entriesOn } from './entries.ts';
import { methodLearningRate } from './learningRate.ts';

/** One configured method as a parameter group. */
interface MethodGroup {
  /** The method's name, numbered from its second entry on: `adapter`, `adapter 2`. */
  readonly name: string;
  readonly learningRate: number;
}

/** A tensor that training changes on behalf of a method. */
export interface TunableTensor {
  readonly spec: TensorSpec;
  /** Index into `groups`; a tensor that several methods tune belongs to the first of them. */
  readonly group: number;
  /** First values of an added tensor; undefined: it keeps its pretrained values. */
  readonly initializer: Initializer | undefined;
  /** Places of the numbers that train, ascending; undefined: all. */
  readonly only: readonly number[] | undefined;
}

/** What a union of methods makes of a model: every tensor is tunable, frozen or the head's, exactly one of them. */
export interface UnionDeclaration {
  /** One a configured method that tunes anything. */
  readonly groups: readonly MethodGroup[];
  readonly tunable: readonly TunableTensor[];
  readonly added: readonly AddedTensor[];
  readonly frozen: readonly TensorSpec[];
  readonly head: readonly TensorSpec[];
  /** Worth knowing about a union that is right. */
  readonly notes: readonly Finding[];
}

interface UnionContext {
  /** Tensors of the head, with the pooler's where it is trained with the head; they belong to no method. */
  readonly head: readonly TensorSpec[];
  /** `training.learning_rate` */
  readonly learningRate: number | undefined;
}

const problemAt = (path: ValuePath, message: string): Finding => ({ severity: 'error', code: 'method', path, message });

type Configured = ConfiguredMethod & { readonly path?: ValuePath };

/** One entry with its modules. */
interface DeclaredMethod extends Entry {
  readonly configured: Configured;
  readonly path: ValuePath;
}

/** The model without the tensors that belong to the head. */
export function backboneOf(model: ModelOutline, head: readonly TensorSpec[]): ModelOutline {
  const names = new Set(head.map((tensor) => tensor.name));
  return { ...model, tensors: model.tensors.filter((tensor) => !names.has(tensor.name)) };
}

/**
 * What each method declares on a model, and what does not fit it, as data.
 * @param model the backbone: without the head's tensors.
 */
export function declareEach(
  model: ModelOutline,
  methods: readonly Configured[],
): { readonly declared: readonly DeclaredMethod[]; readonly problems: readonly Finding[] } {
  const declared: DeclaredMethod[] = [];
  const problems: Finding[] = [];
  const entryOf = entriesOn(model);
  methods.forEach((configured, index) => {
    const path = configured.path ?? [index];
    try {
      declared.push({ configured, path, ...entryOf(configured) });
    } catch (error) {
      if (!(error instanceof MethodError)) throw error;
      problems.push(problemAt(error.option === undefined ? path : [...path, error.option], error.detail));
    }
  });
  return { declared, problems };
}

/** Checks a union against a model without throwing: what it declares so far as it is right, and every problem. */
export function inspectUnion(
  model: ModelOutline,
  methods: readonly Configured[],
  { head, learningRate }: UnionContext,
): { readonly declaration: UnionDeclaration; readonly problems: readonly Finding[] } {
  const backbone = backboneOf(model, head);
  const each = declareEach(backbone, methods);
  const problems = [...each.problems];
  const notes: Finding[] = [];
  const groups: MethodGroup[] = [];
  const tunable = new Map<string, TunableTensor>();
  const added: AddedTensor[] = [];
  /** What each entry may tune: more than it does, where the run is yet to choose. */
  const claimed = new Map<string, Pick<TunableTensor, 'group' | 'only'> & { readonly isChosen: boolean }>();

  for (const { configured, name, modules, path } of each.declared) {
    const rate = methodLearningRate(configured, model.dimensions, learningRate);
    const group = groups.length;
    const claims = claimsOf(backbone, configured, modules);
    const isChosen = claims === modules;
    const adds = [...claims.added, ...keptOf(backbone, configured)];
    const again = adds.find((tensor) => claimed.has(tensor.name));
    if (again) {
      const other = groups[claimed.get(again.name)!.group]!.name;
      const others = again.isOffset ? 'norms' : 'options';
      const cure = configured.method.storedForm ? 'remove one' : `remove one, or give them different ${others}`;
      problems.push(
        problemAt(path, `${name} must not add what ${other} adds already, got ${again.name} twice; ${cure}`),
      );
      continue;
    }
    const onlyOf = ({ name }: TensorSpec) => modules.only?.get(name);
    const claimedOnly = ({ name }: TensorSpec) => claims.only?.get(name);
    const shared = claims.unfrozen.filter((tensor) => claimed.has(tensor.name));
    for (const other of new Set(shared.map((tensor) => groups[claimed.get(tensor.name)!.group]!))) {
      const theirs = shared.filter((tensor) => groups[claimed.get(tensor.name)!.group] === other);
      const numbers = theirs.reduce(
        (sum, spec) => sum + common(spec, claimed.get(spec.name)?.only, claimedOnly(spec)),
        0,
      );
      const what = `${theirs.length} tensors (${numbers.toLocaleString('en-US')} numbers, ${theirs[0]!.name} first)`;
      if (other.learningRate !== rate) {
        const rule = `${name} and ${other.name} must tune ${what} at one learning rate, got ${rate} and ${other.learningRate}`;
        problems.push(problemAt(path, `${rule}; set the same learning_rate in both, or remove one`));
      } else {
        const may = isChosen && theirs.every((tensor) => claimed.get(tensor.name)!.isChosen) ? '' : 'may ';
        notes.push({
          severity: 'information',
          code: 'tuned-twice',
          at: 'key',
          path,
          message: `${name} and ${other.name} ${may}both tune ${what}; they count once`,
        });
      }
    }
    for (const spec of [...claims.unfrozen, ...adds]) {
      claimed.set(spec.name, claimed.get(spec.name) ?? { group, only: claimedOnly(spec), isChosen });
    }
    for (const spec of modules.unfrozen) {
      const before = tunable.get(spec.name);
      const only = before ? bothOnly(before.only, onlyOf(spec)) : onlyOf(spec);
      tunable.set(spec.name, { spec, group, initializer: undefined, ...before, only });
    }
    for (const spec of modules.added) {
      tunable.set(spec.name, { spec, group, initializer: spec.initializer, only: onlyOf(spec) });
    }
    added.push(...modules.added);
    if (modules.unfrozen.length + modules.added.length > 0) groups.push({ name, learningRate: rate });
  }

  const frozen = backbone.tensors.filter((tensor) => !tunable.has(tensor.name));
  return { declaration: { groups, tunable: [...tunable.values()], added, frozen, head, notes }, problems };
}

/**
 * What a union of methods makes tunable on a model.
 * @throws UnionError with every problem, when the union does not fit the model or contradicts itself.
 */
export function declareUnion(
  model: ModelOutline,
  methods: readonly Configured[],
  context: UnionContext,
): UnionDeclaration {
  const { declaration, problems } = inspectUnion(model, methods, context);
  if (problems.length > 0) throw new UnionError(problems);
  return declaration;
}

/** The modules of an entry with all that it may tune, where the run is yet to choose some of it. */
function claimsOf(model: ModelOutline, { method, options }: Configured, modules: Modules): Modules {
  const { selection } = method;
  return selection?.pending(model, options) ? method.modules(model, selection.settled(options, undefined)) : modules;
}

/** What an entry adds in the form that is kept; nothing where that is the form that is trained. */
function keptOf(model: ModelOutline, { method, options }: Configured): readonly AddedTensor[] {
  return method.storedForm ? method.modules(model, method.storedForm.options(options)).added : [];
}

/** How many numbers of a tensor two entries tune both. */
function common({ shape }: TensorSpec, a: readonly number[] | undefined, b: readonly number[] | undefined): number {
  if (!a || !b) return (a ?? b)?.length ?? elements(shape);
  const places = new Set(a);
  return b.filter((place) => places.has(place)).length;
}
