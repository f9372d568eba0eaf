import { expect, it } from 'vitest';
import { readRunRecord } from '../../../extension/runs/folder/store.ts';
import { demandEngine } from '../../../extension/training/prepare/runConfig.ts';
import { createRun, smallConfig } from '../../support/smallRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

it('says which option does not suit a run that is to go on, and blames the record for what is wrong there alone', async () => {
  const record = readRunRecord(await createRun(smallConfig(temporaryFolder())));
  expect(() => demandEngine(record, { executor: 'torch', device: 'cpu' })).not.toThrow();
  expect(() => demandEngine(record, { device: 'gpu' as 'cpu' })).toThrow(/^--device: must be .*got "?gpu/);
  const broken = { ...record, config: { ...record.config, device: 'gpu' } };
  expect(() => demandEngine(broken, { executor: 'torch' })).toThrow(/^run\.json of .*\ndevice: must be/);
});
