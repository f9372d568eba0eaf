/**
 * What the sweeps of default rates found, as one file: `node scripts/run.mjs bench/defaults/collect.ts SET METRIC RUNS
 * [--sweep width384] [--model TEXT] [--out defaults-SET]` reads the finished runs in the folder RUNS that have an arm of
 * bench/defaults/SWEEP.sweep.yaml on SET.peft.yaml: METRIC on the validation rows after the last step, by arm, rate (that of the
 * first method) and seed. Results go to bench/results/OUT.json.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { readSweep } from '../../extension/experiments/file/readSweep.ts';
import { readRunRecord } from '../../extension/runs/folder/store.ts';
import { journalOf } from '../trainedRuns.ts';
import { writeResult } from '../writeResult.ts';

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sweep: { type: 'string', default: 'width384' },
    model: { type: 'string', default: 'all-MiniLM-L6-v2, int8' },
    out: { type: 'string' },
  },
});
const [set, metric, runs] = positionals;
if (!set || !metric || !runs) throw new Error('defaults/collect: needs SET METRIC RUNS, such as trec accuracy runs');
const file = `bench/defaults/${given.sweep}.sweep.yaml`;
const { sweep: asked } = readSweep(parse(readFileSync(file, 'utf8')));
const arms = new Set(asked!.arms.map(({ name }) => name));
const values: Record<string, Record<string, Record<string, number>>> = {};
for (const name of readdirSync(runs).sort()) {
  if (name.startsWith('.')) continue;
  const folder = path.join(runs, name);
  const { sweep, config } = readRunRecord(folder);
  if (sweep?.experiment !== `${set}.peft.yaml` || !arms.has(sweep.arm)) continue;
  const journal = journalOf(folder);
  if (journal.findLast((event) => event.type === 'end')?.state !== 'finished') continue;
  const rate = String(Object.values(config.methods[0]!)[0]!.learning_rate);
  const value = journal.findLast((event) => event.type === 'evaluation')?.metrics[metric];
  if (typeof value !== 'number')
    throw new Error(`${folder}: must have ${metric} at its last step; is it the right metric?`);
  const { arm } = sweep;
  values[arm] = { ...values[arm], [rate]: { ...values[arm]?.[rate], [String(config.training.seed)]: value } };
}
writeResult(given.out ?? `defaults-${set}`, { model: given.model, sweep: file, metric, values });
