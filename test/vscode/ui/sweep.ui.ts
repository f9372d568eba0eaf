import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { appears, artifacts, command, limit, row, typeInPalette } from '../../support/editorPage.ts';
import { useEditor } from '../../support/useEditor.ts';

const config = `model: model
task: classification
data: {train: data/reviews-train.tsv, validation: data/reviews-validation.tsv, max_length: 32}
methods: [ln-tuning]
training: {max_steps: 8, batch_size: 8}
`;
const sweep = 'experiment: quick.peft.yaml\nmethods: [ln-tuning, bitfit]\nreference: bitfitt\nseeds: 2\n';

describe('a sweep in the editor', () => {
  const editor = useEditor('sweep', {
    prepare: (workspace) => {
      writeFileSync(path.join(workspace, 'quick.peft.yaml'), config);
      writeFileSync(path.join(workspace, 'quick.sweep.yaml'), sweep);
    },
  });
  let page: Page;
  beforeAll(() => {
    page = editor.page;
  });

  const picture = (name: string) => page.screenshot({ path: path.join(artifacts, `sweep-${name}.png`) });
  const sweepFile = (): string => readFileSync(path.join(editor.workspace, 'quick.sweep.yaml'), 'utf8');

  it('says what is wrong in its file, and mends it', async () => {
    await row(page, /^quick\.sweep\.yaml/).dblclick(limit);
    await page.getByText(/▷ Start Sweep\s+1 problem/).waitFor(limit);
    await picture('problem');
    // The cure is asked for again where the list was closed by what had just been found out.
    await expect
      .poll(async () => {
        await page.locator('.view-line', { hasText: 'bitfitt' }).first().click({ timeout: 5000 });
        await page.keyboard.press('End');
        await page.keyboard.press('ArrowLeft');
        await page.keyboard.press('Control+.');
        const cure = page.getByText('Change to bitfit', { exact: true }).first();
        if (await appears(cure, 5000)) await page.keyboard.press('Enter');
        return await appears(page.getByText(/▷ Start Sweep\s+4 runs/), 5000);
      }, limit)
      .toBe(true);
    await page.keyboard.press('Control+S');
    await expect.poll(sweepFile, limit).toContain('reference: bitfit\n');
  });

  it('says above its first line how many runs there will be and what they need', async () => {
    await page.getByText(/▷ Start Sweep\s+4 runs\s+~.*, ~.* MB, ~.* on disk/).waitFor(limit);
    await page.getByText('Dry Run', { exact: true }).first().waitFor(limit);
    await picture('ready');
  });

  it('starts from there, and is one row of the explorer until it is whole, with what it has shown', async () => {
    await page
      .getByText(/▷ Start Sweep/)
      .first()
      .click(limit);
    await page.getByRole('tab', { name: 'PEFT Lab' }).first().click(limit);
    await row(page, /^sweep quick, running/).waitFor(limit);
    await picture('running');
    await row(page, /^sweep quick, finished, 4\/4 runs · .*bitfit/).waitFor({ timeout: 180_000 });
    await row(page, /^sweep quick, finished/).click(limit);
    await row(page, /^ln-tuning/)
      .first()
      .click(limit);
    await row(page, /ln-tuning · reviews, finished/)
      .first()
      .waitFor(limit);
    await picture('finished');
  });

  it('is made from a config by questions that tell how many runs they lead to', async () => {
    await command(page, 'New Sweep');
    const box = page.locator('.quick-input-widget');
    const file = box.getByRole('option', { name: /reviews\.peft\.yaml/ }).first();
    if (await appears(file, 5000)) await file.click(limit);
    await box.getByText('New sweep (1/3)').waitFor(limit);
    // Rows that can be ticked have no name of their own.
    const tick = (name: string) => box.locator('.monaco-list-row', { hasText: name }).first().click(limit);
    await tick('LN-tuning');
    await tick('BitFit');
    await picture('new-1');
    await box.getByRole('button', { name: 'OK' }).click(limit);
    await box
      .getByRole('option', { name: /3 learning rates/ })
      .first()
      .click(limit);
    await box.getByText('2 arms × (3 values × 1 seed + 5 seeds) = 16 runs').first().waitFor(limit);
    await picture('new-3');
    await box
      .getByRole('option', { name: /^5 seeds/ })
      .first()
      .click(limit);
    await page.getByText(/▷ Start Sweep\s+16 runs/).waitFor(limit);
    await picture('new');
  });

  it('is deleted with its runs, after their number was told', async () => {
    const runs = path.join(editor.workspace, '.peft-lab', 'runs');
    expect(readdirSync(runs).filter((name) => /quick-\w+-\d{4}$/.test(name))).toHaveLength(4);
    await typeInPalette(page, '>PEFT Lab: Delete Sweep', 'PEFT Lab: Delete Sweep');
    await page.keyboard.press('Enter');
    await page.getByText('Delete the sweep “quick” and its 4 runs?').waitFor(limit);
    await picture('delete');
    await page.getByRole('button', { name: 'Delete for Good' }).click(limit);
    await row(page, /^sweep quick/).waitFor({ ...limit, state: 'detached' });
    expect(readdirSync(runs).filter((name) => name.includes('quick'))).toEqual([]);
    expect(existsSync(path.join(editor.workspace, 'quick.sweep.yaml'))).toBe(true);
  });
});
