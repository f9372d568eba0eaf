// npm run demo: LN-tunes the bundled model on the bundled reviews and compares it with what stands beside it.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, install, root } from './setup.mjs';

install();
build();

const config = join('examples', 'reviews.peft.yaml');
const runs = join('.peft-lab', 'demo', new Date().toISOString().replace(/[:.]/g, '-'));
const methods = 'head-only,ln-tuning,unified';

function peftLab(...args) {
  console.log(`\n> npx peft-lab ${args.join(' ')}`);
  const { status } = spawnSync(process.execPath, [join('bin', 'peft-lab.cjs'), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

/** Accuracy on the validation rows before the first step of any of the runs. */
function beforeTuning() {
  for (const run of readdirSync(join(root, runs))) {
    for (const line of readFileSync(join(root, runs, run, 'journal.jsonl'), 'utf8').split('\n')) {
      if (line.includes('"before-tuning"')) return JSON.parse(line).metrics.accuracy;
    }
  }
  throw new Error(`${runs}: no run evaluated before tuning; is training.eval_on_start set in ${config}?`);
}

peftLab('train', config, '--methods', methods, '--runs', runs);
console.log(`before tuning, accuracy was ${beforeTuning().toFixed(4)}: a coin.`);
console.log(`
Next:
  npx peft-lab predict ${join(runs, readdirSync(join(root, runs)).find((run) => run.includes('ln-tuning')) ?? '')} --text "although the soup was awful , the staff was not stiff ."
  npx peft-lab count ${config} --methods ln-tuning,bitfit,lora,unified
  npx peft-lab train examples/entities.peft.yaml`);
