import { expect, it } from 'vitest';
import { checkConfig } from '../../../extension/config/checks/check.ts';
import { setElsewhere } from '../../../extension/config/editor/setElsewhere.ts';
import { usualConfig } from '../../../extension/config/resolved/resolve.ts';
import { newRun } from '../../support/newRun.ts';

it('names the value of a key that the command line set, beside that of the text', () => {
  const configText = '{model: m, task: classification, data: {train: a.tsv}, methods: lora}';
  const { input, methods } = checkConfig(configText);
  const { training, ...config } = usualConfig(input!, methods.methods);
  expect(setElsewhere(newRun({ configText, config: { ...config, training } }))).toEqual([]);
  const set = { ...training, length_window: 50 };
  expect(setElsewhere(newRun({ configText, config: { ...config, training: set } }))).toEqual([
    { key: 'training.length_window', values: [training.length_window, 50] },
  ]);
});
