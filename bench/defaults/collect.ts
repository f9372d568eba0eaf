/**
 * What the sweeps of default rates found, as one file: `node scripts/run.mjs bench/defaults/collect.ts SET METRIC RUNS [MODEL]`
 * reads the finished runs of bench/defaults/SET.sweep.yaml in the folder RUNS and writes
 * bench/results/defaults-SET.json: METRIC on the validation rows after the last step, by arm, rate and seed.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { readRunRecord } from '../../extension/runs/folder/store.ts';
import { journalOf } from '../trainedRuns.ts';
import { writeResult } from '../writeResult.ts';

const [set, metric, runs, model = 'all-MiniLM-L6-v2, int8'] = process.argv.slice(2);
if (!set || !metric || !runs) throw new Error('defaults/collect: needs SET METRIC RUNS, such as trec accuracy runs');
const values: Record<string, Record<string, Record<string, number>>> = {};
for (const name of readdirSync(runs).sort()) {
  if (!name.includes(`-${set}-`)) continue;
  const folder = path.join(runs, name);
  const { sweep, config } = readRunRecord(folder);
  const end = journalOf(folder).findLast((event) => event.type === 'end');
  const last = journalOf(folder).findLast((event) => event.type === 'evaluation');
  if (sweep?.experiment !== `${set}.peft.yaml` || end?.state !== 'finished') continue;
  const rate = String(Object.values(config.methods[0]!)[0]!.learning_rate);
  const value = last?.metrics[metric];
  if (typeof value !== 'number')
    throw new Error(`${folder}: must have ${metric} at its last step; is it the right metric?`);
  const { arm } = sweep;
  values[arm] = { ...values[arm], [rate]: { ...values[arm]?.[rate], [String(config.training.seed)]: value } };
}
writeResult(`defaults-${set}`, {
  model,
  sweep: `bench/defaults/${set}.sweep.yaml`,
  metric,
  values,
});
