import { bitfit } from '../../methods/bitfit.ts';
import { lnTuning } from '../../methods/lnTuning.ts';

/** What may stand for each required key until somebody chooses. */
export const sweepParts: Readonly<Record<string, string>> = {
  experiment: 'experiment: NAME.peft.yaml\n',
  methods: `methods: [${lnTuning.name}, ${bitfit.name}]\n`,
};

/** A whole sweep to begin with. */
export const sweepSkeleton = `${Object.values(sweepParts).join('')}tune:
  training.learning_rate: [3e-4, 1e-3, 3e-3]
seeds: 5
`;
