import { lnTuning } from '../../methods/lnTuning.ts';
import { tasks } from '../../tasks/registry.ts';

/** A placeholder for each required key, until somebody chooses. */
export const skeletonParts: Readonly<Record<string, string>> = {
  model: 'model: google-bert/bert-base-uncased\n',
  task: `task: ${tasks[0].name}\n`,
  data: 'data:\n  train: train.tsv\n  validation_split: 0.1\n',
  methods: `methods:\n  - ${lnTuning.name}\n`,
};

/** A whole config to begin with. */
export const skeleton = Object.values(skeletonParts).join('');
