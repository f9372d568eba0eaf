import type { RunRecord } from '../contract/run.ts';
import { differingKeys, optionKeys } from './flatConfig.ts';
import { oneLine } from './oneLine.ts';
import { dataName } from './runNames.ts';

/** Names as people shorten them; `lr` is the widest spread of all. */
const shortNames: Readonly<Record<string, string>> = {
  learning_rate: 'lr',
  head_learning_rate: 'head lr',
  batch_size: 'batch',
  validation_split: 'split',
  // Their values say enough.
  model: '',
  task: '',
};

/** Said elsewhere, or without a say in what is learned. */
const untold =
  /^(methods|name|revision|python|threads|torchrun|num_processes|compile|training\.(seed|kept_activations_mb|keep_best|checkpoint_steps)|data\.(in_memory_mb|(train|validation|test)\.format))$/;

const commonRate = 'training.learning_rate';
const trainFile = /^data\.train(\.file)?$/;
const otherFiles = /^data\.(validation|test)(\.file)?$/;

/**
 * Differences between the configs of runs, options of methods first: `rank 16`, `lr 3e-3`, `films` for the data.
 * @returns for each record, in the order given; nothing where all are the same
 */
export function configDifferences(records: readonly RunRecord[]): readonly (readonly string[])[] {
  const options = optionKeys(records);
  const all = [...differingKeys(records)].filter(([key]) => !untold.test(key));
  const hasOtherData = all.some(([key]) => trainFile.test(key));
  const hasOwnRates = all.some(([key]) => options.has(key) && lastOf(key) === 'learning_rate');
  const told = all.filter(
    ([key]) =>
      // Other rows to train on come with others to validate on; what each method learns at tells more than their common rate.
      !(hasOtherData && otherFiles.test(key)) && !(hasOwnRates && key === commonRate),
  );
  return records.map((record, index) => {
    const said = told.flatMap(([key, values]) => (values[index] === '' ? [] : [{ key, value: values[index]! }]));
    const words = said.map(({ key, value }) => {
      if (trainFile.test(key)) return trainText(record, value, records);
      // One rate for every method is said once.
      const isAmbiguous = said.some((other) => lastOf(other.key) === lastOf(key) && other.value !== value);
      const name = lastOf(key);
      return [isAmbiguous ? ownerOf(key, options) : '', shortNames[name] ?? name, valueText(oneLine(value))];
    });
    const texts = words.map((parts) => oneLine([parts].flat().filter(Boolean).join(' ')));
    return [...new Set(texts)];
  });
}

/** `films`; the file where the data of all go by one name. */
function trainText(record: RunRecord, file: string, records: readonly RunRecord[]): string {
  const names = new Set(records.map((other) => dataName({ record: other })));
  return names.size > 1 ? dataName({ record }) : `train ${valueText(file)}`;
}

const partsOf = (key: string): readonly string[] => key.split('.').filter((part) => part !== 'file');
const lastOf = (key: string): string => partsOf(key).at(-1) ?? key;

/** Whose key it is: the method of an option, else the section. */
const ownerOf = (key: string, options: ReadonlySet<string>): string =>
  (options.has(key) ? partsOf(key)[0] : partsOf(key).at(-2)) ?? '';

/** Longest value shown. */
const valueRoom = 24;

/** `1e-3`, `query+value`, `small` of a path. */
function valueText(value: string): string {
  const number = Number(value);
  if (value !== '0' && Math.abs(number) < 0.01) return number.toExponential();
  const text = value.split(/[\\/]/).at(-1)!;
  return text.length <= valueRoom ? text : `${text.slice(0, valueRoom - 1)}…`;
}
