// npm run demo: LN-tunes the bundled encoder on the bundled sentences and compares it with what stands beside it; then a
// small language model, which writes before and after.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, install, root } from './setup.mjs';

install();
build();

const config = join('examples', 'entities.peft.yaml');
const runs = join('.peft-lab', 'demo', new Date().toISOString().replace(/[:.]/g, '-'));
// The small model likes larger steps than real ones do, and a prefix that begins near nothing.
const unified =
  '{unified: {ln-tuning: {learning_rate: 1e-2}, adapter: {learning_rate: 5e-3}, prefix: {length: 4, init_std: 0.02}}}';
const methods = `head-only,{ln-tuning: {learning_rate: 1e-2}},${unified}`;

function peftLab(...args) {
  console.log(`\n> npx peft-lab ${args.map((word) => (/[ {]/.test(word) ? `"${word}"` : word)).join(' ')}`);
  const { status } = spawnSync(process.execPath, [join('bin', 'peft-lab.cjs'), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

/** Entity F1 on the validation rows before the first step of any of the runs. */
function beforeTuning() {
  for (const run of readdirSync(join(root, runs))) {
    for (const line of readFileSync(join(root, runs, run, 'journal.jsonl'), 'utf8').split('\n')) {
      if (line.includes('"before-tuning"')) return JSON.parse(line).metrics.entity_f1;
    }
  }
  throw new Error(`${runs}: no run evaluated before tuning; is training.eval_on_start set in ${config}?`);
}

/** The first validation sentence with two names or more of which a run finds just these. */
function sentenceOf(run) {
  const { entities, predicted, hits } = JSON.parse(
    readFileSync(join(root, runs, run, 'outcomes-validation.json'), 'utf8'),
  ).columns;
  const row = hits.findIndex((hit, i) => hit > 1 && hit === entities[i] && hit === predicted[i]);
  const sentences = readFileSync(join(root, 'examples', 'data', 'entities-validation.conll'), 'utf8').split(/\n\s*\n/);
  return sentences[row]
    .trim()
    .split('\n')
    .map((line) => line.split(/\s/)[0])
    .join(' ');
}

peftLab('train', config, '--methods', methods, '--runs', runs);
console.log(`before tuning, entity_f1 was ${(100 * beforeTuning()).toFixed(2)} %`);

const writing = join(runs, 'writing');
peftLab('train', join('examples', 'places.peft.yaml'), '--runs', writing);
const [writer] = readdirSync(join(root, writing)).filter((name) => /^\d/.test(name));
const record = 'name: Golden Harbour | kind: restaurant | offer: Greek | price: cheap | families: no';
peftLab('generate', join(writing, writer), '--base', '--prompt', record);
const tuned = readdirSync(join(root, runs)).find((run) => run.includes('ln-tuning'));
console.log(`
Next:
  npx peft-lab predict ${join(runs, tuned)} --text "${sentenceOf(tuned)}"
  npx peft-lab count ${config} --methods ln-tuning,bitfit,lora,unified
  npx peft-lab estimate examples/reviews.peft.yaml
  npx peft-lab train examples/reviews.peft.yaml
  npx peft-lab sweep start examples/reviews.sweep.yaml`);
