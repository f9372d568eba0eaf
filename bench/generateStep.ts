/** One side of bench/generate.ts: `generateStep.ts DIR THREADS BATCH decode|prefill TOKENS`, one round for each line of stdin. */
import { createInterface } from 'node:readline';
import { openGenerator } from '../extension/inference/generation/openGenerator.ts';
import { peakMemoryBytes } from './peakMemory.ts';

const [model = '', threads, batch, what, tokens] = process.argv.slice(2);
const generator = await openGenerator({ kind: 'model', model }, () => {}, {
  threads: Number(threads),
  expectedSteps: Number.POSITIVE_INFINITY,
});
const most = what === 'prefill' ? 1 : Number(tokens) + 1;
for await (const _ of createInterface({ input: process.stdin })) {
  const started = performance.now();
  let firstTokens = 0;
  let reading = 0;
  const rows = Array.from({ length: Number(batch) }, (_, row) => {
    let count = 0;
    return {
      row,
      prompt: Array.from({ length: 40 }, (_, i) => 100 + 37 * i + 1000 * row),
      sampling: { temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, seed: 0 },
      take() {
        if (++count === 1 && ++firstTokens === Number(batch)) reading = performance.now() - started;
        return count < most;
      },
    };
  });
  await generator.tokens.generate(rows, Number(batch));
  const ms = what === 'prefill' ? reading : (performance.now() - started - reading) / Number(tokens);
  console.log(JSON.stringify({ ms, peakMiB: peakMemoryBytes(process.pid) / 2 ** 20 }));
}
await generator.close();
