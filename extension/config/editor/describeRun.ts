import type { TunableTensor } from '../../contract/panel.ts';
import type { RunRecord, RunSelection } from '../../contract/run.ts';
import { onlyOf, tunedCount } from '../../methods/declaration/chosenNumbers.ts';
import { backboneOf, declareEach } from '../../methods/entries/declare.ts';
import { selectedMethods } from '../../methods/entries/selected.ts';
import { storedMethods } from '../../methods/entries/union.ts';
import { splitParameters, taskTensors } from '../../models/families.ts';
import type { ModelDimensions } from '../../models/model/dimensions.ts';
import type { TensorSpec } from '../../models/model/tensors.ts';
import { showNumber } from '../../problems/showValue.ts';
import { findTask } from '../../tasks/registry.ts';
import type { CheckedValue } from '../checks/check.ts';
import { checkRecord } from '../checks/checkRecord.ts';
import { changedKeys } from '../resolved/compare.ts';

/** A run's record, for people. */
export interface RunDescription {
  /** Config keys that differ from their defaults, dotted, as the user would write their values. */
  readonly changed: readonly { readonly key: string; readonly value: string }[];
  /** Empty where the model is not known; without those that the run has still to choose. */
  readonly tensors: readonly TunableTensor[];
  /** Whether it has still to choose some. */
  readonly isPending: boolean;
}

/**
 * Describes a run from its record alone. A record whose config is not one of this version's is described as far as that
 * goes; never throws.
 * @param dimensions of the run's model, where it is on this machine
 * @param selection which tensors it has chosen, where it has
 */
export function describeRun(record: RunRecord, dimensions?: ModelDimensions, selection?: RunSelection): RunDescription {
  const checked = checkRecord(record);
  const { config } = checked;
  const changed = config === undefined ? [] : changedKeys(config, dimensions);
  return {
    changed: changed.map(({ key, value }) => ({ key, value: written(value) })),
    ...(dimensions === undefined
      ? { tensors: [], isPending: false }
      : tensorsOf(checked, record, dimensions, selection?.entries ?? [])),
  };
}

const written = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? showNumber(value) : JSON.stringify(value);

/** Every tensor that the run tunes, once; components are the keys of its counts. */
function tensorsOf(
  { input, methods: written }: CheckedValue,
  record: RunRecord,
  dimensions: ModelDimensions,
  chosen: RunSelection['entries'],
): Pick<RunDescription, 'tensors' | 'isPending'> {
  if (input === undefined) return { tensors: [], isPending: false };
  const specs = taskTensors(dimensions, findTask(input.task).head, record.outputs);
  const { tensors: all, head } = splitParameters(specs, { trainPooler: input.train_pooler });
  const model = backboneOf({ dimensions, tensors: all }, head);
  const methods = selectedMethods(storedMethods(written.methods), chosen);
  const { declared } = declareEach(model, methods);
  const only = onlyOf(declared.map(({ modules }) => modules));
  const tensors = new Map<string, TunableTensor>();
  const add = (spec: TensorSpec, component: string): void => {
    if (tensors.has(spec.name)) return;
    const { name, site, shape } = spec;
    tensors.set(name, { name, site, component, shape: [...shape], count: tunedCount(spec, only.get(name)) });
  };
  let isPending = false;
  for (const { name, modules, configured } of declared) {
    if (configured.method.selection?.pending(model, configured.options)) isPending = true;
    else for (const spec of [...modules.unfrozen, ...modules.added]) add(spec, `${name}/${spec.site}`);
  }
  for (const spec of head) add(spec, spec.site);
  return { tensors: [...tensors.values()], isPending };
}
