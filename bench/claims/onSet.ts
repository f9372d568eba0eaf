/**
 * A claim's sweep on a data set of this folder: `node scripts/run.mjs bench/claims/onSet.ts CLAIM SET` writes
 * bench/claims/CLAIM-SET.sweep.yaml, which is examples/claims/CLAIM.sweep.yaml with the config SET.peft.yaml, and prints its path.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const [claim, set] = process.argv.slice(2);
const source = path.join(here, '../../examples/claims', `${claim}.sweep.yaml`);
const config = `${set}.peft.yaml`;
if (!existsSync(source) || !existsSync(path.join(here, config)))
  throw new Error(`claims/onSet: needs CLAIM SET, such as unions trec, got ${claim} ${set}`);
const file = path.join(here, `${claim}-${set}.sweep.yaml`);
writeFileSync(file, readFileSync(source, 'utf8').replace(/^experiment:.*$/m, `experiment: ${config}`));
process.stdout.write(`${path.relative(process.cwd(), file)}\n`);
