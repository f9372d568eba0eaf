import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openGenerator } from '../../extension/inference/generation/openGenerator.ts';
import { greedy } from '../../extension/inference/generation/sampling.ts';

interface Golden {
  readonly new: number;
  readonly rows: readonly {
    readonly text: string;
    readonly prompt: readonly number[];
    readonly decoded: string;
  }[];
}
/** What transformers writes greedily in fp32; see smolLm2.py beside it. */
const golden = JSON.parse(readFileSync('test/golden/decoders/smolLm2.json', 'utf8')) as Golden;
/** The folder that bench/smolLm2.py makes. */
const model = path.resolve(process.env.PEFT_LAB_SMOLLM2 ?? '.smollm2');

it.runIf(existsSync(model))(
  'writes the same fifty texts with SmolLM2 as transformers, alone and in a batch',
  async () => {
    const generator = await openGenerator({ kind: 'model', model }, () => {}, { expectedSteps: 1000 });
    for (const batch of [1, 8]) {
      const texts: string[] = golden.rows.map(() => '');
      const rows = golden.rows.map(({ prompt }, row) => ({
        row,
        prompt,
        isAnswer: false,
        onEnd: ({ text }: { readonly text: string }) => {
          texts[row] = text;
        },
      }));
      await generator.write(rows, { ...greedy, maxTokens: golden.new, stops: [] }, batch);
      expect(texts).toEqual(golden.rows.map(({ decoded }) => decoded));
    }
    await generator.close();
  },
  600_000,
);
