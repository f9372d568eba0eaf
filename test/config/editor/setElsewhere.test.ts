import { expect, it } from 'vitest';
import { checkConfig } from '../../../extension/config/checks/check.ts';
import { setElsewhere } from '../../../extension/config/editor/setElsewhere.ts';
import { usualConfig } from '../../../extension/config/resolved/resolve.ts';
import { newRun } from '../../support/newRun.ts';

it('names the window of a run that trained before it could be chosen, for the default has changed', () => {
  const configText = '{model: m, task: classification, data: {train: a.tsv}, methods: lora}';
  const { input, methods } = checkConfig(configText);
  const { training, ...config } = usualConfig(input!, methods.methods);
  const { length_window: _, ...older } = training;
  expect(setElsewhere(newRun({ configText, config: { ...config, training } }))).toEqual([]);
  expect(setElsewhere(newRun({ configText, config: { ...config, training: older } }))).toEqual([
    { key: 'training.length_window', values: [training.length_window, 50] },
  ]);
});
