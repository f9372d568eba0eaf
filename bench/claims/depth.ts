/**
 * Claim g: do norms change more the deeper they stand? `node scripts/run.mjs bench/claims/depth.ts RUNS SWEEP NAME` prints, for the
 * LN-tuning runs on test rows of the sweep SWEEP (of normsOrBiases) in the folder RUNS, Spearman's ρ of each site's mean |Δ|
 * with the number of its block: mean, least and largest over the seeds; and the mean |Δ| of each block. Each run's ρ goes to
 * bench/results/claims-g-NAME.json.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { TensorChange } from '../../extension/contract/panel.ts';
import { shiftedMean } from '../../extension/experiments/statistics/spread.ts';
import { drift } from '../../extension/inference/drift.ts';
import { readRunRecord } from '../../extension/runs/folder/store.ts';
import { depthCorrelations } from '../../extension/view/depthCorrelation.ts';
import { writeResult } from '../writeResult.ts';

const [runs, sweepId, name] = process.argv.slice(2);
if (!runs || !sweepId || !name)
  throw new Error('claims/depth: needs RUNS SWEEP NAME, such as .peft-lab/runs 20260101-…-normsOrBiases-0123 trec');
const folders = readdirSync(runs)
  .filter((name) => name.startsWith(`${sweepId}-`))
  .map((name) => path.join(runs, name))
  .filter((folder) => {
    const { sweep } = readRunRecord(folder);
    return sweep?.arm === 'ln-tuning' && sweep.stage === 'results';
  });
const last: TensorChange[] = [];
for (const folder of folders) last.push((await drift(folder)).at(-1)!);
const correlations = last.map(depthCorrelations);
console.log(`${folders.length} runs`);
writeResult(`claims-g-${name}`, {
  runs: correlations.map((each, run) => ({
    run: path.basename(folders[run]!),
    rho: Object.fromEntries(each.map(({ column, rho }) => [column, rho])),
  })),
});
for (const [i, { column }] of correlations[0]!.entries()) {
  const rhos = correlations.map((each) => each[i]!.rho);
  console.log(
    `${column}: ρ ${shiftedMean(rhos).toFixed(2)} (${Math.min(...rhos).toFixed(2)} … ${Math.max(...rhos).toFixed(2)})`,
  );
}
for (const [row, { layer }] of last[0]!.layers.entries()) {
  const means = last[0]!.columns.map((_, column) => {
    const changes = last.map(({ layers }) => layers[row]!.meanAbsoluteChange[column]);
    return changes.every((change) => typeof change === 'number') ? shiftedMean(changes as number[]).toFixed(3) : '–';
  });
  console.log([layer, ...means].join(' '));
}
