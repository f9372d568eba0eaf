/**
 * What a claim's sweep found, as a file: `node scripts/run.mjs bench/claims/collect.ts RUNS SWEEP NAME` (after `npm run build`)
 * writes what `peft-lab sweep report SWEEP --json` says of the sweep SWEEP in the folder RUNS to bench/results/claims-NAME.json.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeResult } from '../writeResult.ts';

const [runs, sweep, name] = process.argv.slice(2);
if (!runs || !sweep || !name)
  throw new Error('claims/collect: needs RUNS SWEEP NAME, such as .peft-lab/runs last a-trec');
const program = fileURLToPath(new URL('../../bin/peft-lab.cjs', import.meta.url));
const said = (command: string): unknown =>
  JSON.parse(
    execFileSync(process.execPath, [program, 'sweep', command, sweep, '--json', '--runs', runs], { encoding: 'utf8' }),
  );
const { id } = said('status') as { readonly id: string };
const { config } = JSON.parse(readFileSync(path.join(runs, `${id}-0000`, 'run.json'), 'utf8'));
writeResult(`claims-${name}`, { model: `all-MiniLM-L6-v2, ${config.backbone}`, report: said('report') });
