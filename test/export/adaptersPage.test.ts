import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { collateInputs } from '../../extension/data/batches/collate.ts';
import { loadTokenizer } from '../../extension/data/tokenizer/tokenizer.ts';
import { exportAdapters } from '../../extension/export/exportAdapters.ts';
import { openLogits } from '../../extension/inference/tunedGraphs.ts';
import { chromiumPath } from '../support/browser.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { times, tunedModel } from '../support/tunedModels.ts';

const text = 'w3 w17 w5 w8';

it('switches between three tuned classifiers on one open base in a browser', async () => {
  const folder = temporaryFolder();
  const first = await tunedModel('bert-sequence', 'ln-tuning');
  const models = [1, 0.8, -0.5].map((factor, i) => ({ name: `run-${i}`, tuned: times(first, factor) }));
  await exportAdapters(models, path.join(folder, 'out'));
  const server = spawn(process.execPath, ['examples/adapters/serve.mjs', path.join(folder, 'out'), '0']);
  onTestFinished(() => void server.kill());
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox', '--disable-gpu'] });
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  const asked: string[] = [];
  const errors: string[] = [];
  page.on('request', (request) => asked.push(path.basename(request.url())));
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(`${await addressOf(server)}?text=w2+w9`);
  const rows = page.locator('#answer tr');
  await rows.first().waitFor();
  await page.fill('#text', text);

  const tokenizer = await loadTokenizer(first.model.folder);
  const padding = { dimensions: first.model.dimensions, positionShift: 0 };
  const feeds = collateInputs([tokenizer.encode(text, undefined, 64)], padding);
  for (const { name, tuned } of models) {
    await page.selectOption('#run', `${name}.safetensors`);
    const reference = await openLogits(tuned);
    const expected = Array.from((await reference.logits(feeds)).data, Number);
    await reference.close();
    const shown = () => rows.evaluateAll((all) => all.map((row) => Number((row as HTMLElement).dataset.logit)));
    await expect
      .poll(async () => Math.max(...(await shown()).map((value, i) => Math.abs(value - expected[i]!))))
      .toBeLessThan(1e-5);
    expect(await rows.first().locator('td').first().textContent()).toBe('bad');
  }
  expect(asked.filter((name) => name === 'model.onnx.data')).toHaveLength(1);
  expect(errors).toEqual([]);
});

/** The same model with other values of all that was tuned. */
async function addressOf(server: ChildProcess): Promise<string> {
  const [line] = (await once(createInterface({ input: server.stdout! }), 'line')) as [string];
  return line;
}
