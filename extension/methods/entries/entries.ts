import type { ConfiguredMethod, ModelOutline, Modules } from '../declaration/method.ts';

/** One entry of a union on a model. */
export interface Entry {
  /** The method's name, numbered from its second entry on: `lora`, `lora 2`. */
  readonly name: string;
  readonly modules: Modules;
}

/**
 * Takes the entries of a union one by one, in the config's order or in one that keeps the order of equal methods, and
 * gives each tensors of its own. Added tensors have the names that their method gives them; where an earlier entry of
 * other options has taken one, all of this entry's begin with its number: `lora_2.encoder.layer.0.….lora_A.weight`. So
 * adapters keep the names that they were written with before there were numbers.
 *
 * A method that trains more than it keeps takes no number: the names of what it trains and keeps go together. Neither
 * does an offset, whose name is that of its place in a merged model: each place has room for one.
 * @returns a function that throws MethodError when the entry's options do not fit the model
 */
export function entriesOn(model: ModelOutline): (configured: ConfiguredMethod) => Entry {
  const counts = new Map<string, number>();
  const options = new Map<string, Set<string>>();
  const taken = new Set<string>();
  return (configured) => {
    const { method } = configured;
    const count = (counts.get(method.name) ?? 0) + 1;
    counts.set(method.name, count);
    const before = options.get(method.name) ?? new Set();
    const own = JSON.stringify(configured.options);
    const isNew = !before.has(own);
    options.set(method.name, before.add(own));
    const plain = method.modules(model, configured.options);
    const isTaken = plain.added.some(({ name, isOffset }) => !isOffset && taken.has(name));
    const isNumbered = isNew && method.storedForm === undefined && isTaken;
    const modules = isNumbered ? numbered(plain, `${method.name.replaceAll('-', '_')}_${count}.`) : plain;
    for (const { name } of modules.added) taken.add(name);
    return { name: count === 1 ? method.name : `${method.name} ${count}`, modules };
  };
}

/** The modules of each entry, in order. @throws MethodError when an option does not fit the model */
export const modulesOf = (model: ModelOutline, methods: readonly ConfiguredMethod[]): readonly Modules[] =>
  methods.map(entriesOn(model)).map(({ modules }) => modules);

/** The same modules with other names for what they add. */
function numbered(modules: Modules, prefix: string): Modules {
  const names = new Map(modules.added.map(({ name }) => [name, prefix + name]));
  const nameOf = (name: string): string => names.get(name) ?? name;
  return {
    unfrozen: modules.unfrozen,
    added: modules.added.map((tensor) => ({ ...tensor, name: nameOf(tensor.name) })),
    ...(modules.only && { only: new Map([...modules.only].map(([name, places]) => [nameOf(name), places])) }),
    ...(modules.apply && { apply: (parameter, batch) => modules.apply!((name) => parameter(nameOf(name)), batch) }),
    ...(modules.moved && {
      moved: {
        specs: modules.moved.specs,
        by: modules.moved.by.map(nameOf),
        change: (spec, read) => modules.moved!.change(spec, (name) => read(nameOf(name))),
      },
    }),
    ...(modules.fold && {
      fold: (tensors) =>
        modules.fold!({
          read: (name) => tensors.read(nameOf(name)),
          write: (name, values) => tensors.write(name, values),
        }),
    }),
  };
}
