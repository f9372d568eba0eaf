/**
 * Writing text with a real decoder, alternating with transformers' `generate`, greedily in fp32:
 * `npm run bench:generate -- --model DIR [--threads 2] [--batches 1,8] [--rounds 15] [--quick]
 * [--out generate]`. DIR is what bench/smolLm2.py makes; the peer runs in the Python that PEFT_LAB_PYTHON names. A round
 * is one text for each row of a batch, of prompts of 40 tokens; both sides' medians and their ratio go to
 * bench/results/OUT.json: `decode`, milliseconds a step behind the first token, and `prefill`, until the first token.
 */
import { loadavg } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Contender, takeTurns } from './contender.ts';
import { median } from './median.ts';
import { writeResult } from './writeResult.ts';

const { values: given } = parseArgs({
  options: {
    model: { type: 'string' },
    threads: { type: 'string', default: '2' },
    batches: { type: 'string', default: '1,8' },
    rounds: { type: 'string', default: '15' },
    quick: { type: 'boolean', default: false },
    out: { type: 'string', default: 'generate' },
  },
});
const python = process.env.PEFT_LAB_PYTHON;
if (!given.model || !python) throw new Error('bench: needs --model DIR and PEFT_LAB_PYTHON; name both');
const root = fileURLToPath(new URL('..', import.meta.url));
const script = (name: string) => path.join(root, 'bench', name);
const rounds = given.quick ? 4 : Number(given.rounds);
const tokens = given.quick ? 24 : 64;

const measured: Record<string, object> = {};
for (const batch of given.batches.split(',')) {
  for (const what of ['decode', 'prefill']) {
    const words = [path.resolve(given.model), given.threads, batch, what, String(tokens)];
    const ours = new Contender('ours', process.execPath, [
      script('../scripts/run.mjs'),
      script('generateStep.ts'),
      ...words,
    ]);
    const theirs = new Contender('transformers', python, [script('generateTransformers.py'), ...words]);
    await takeTurns([ours, theirs], rounds);
    const [own, other] = [median(ours.stepMs), median(theirs.stepMs)];
    measured[`${what}, batch ${batch}`] = {
      oursMs: own,
      transformersMs: other,
      ratio: own / other,
      oursPeakMiB: ours.peakMiB,
      transformersPeakMiB: theirs.peakMiB,
    };
    console.log(
      `${what}, batch ${batch}: ours ${own.toFixed(1)} ms, transformers ${other.toFixed(1)} ms, ratio ${(own / other).toFixed(3)}`,
    );
  }
}
writeResult(given.out, { threads: Number(given.threads), rounds, tokens, load: loadavg()[0], measured });
