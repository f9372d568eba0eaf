import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { artifacts, command, dashboard, limit, root, row } from '../../support/editorPage.ts';
import { useEditor } from '../../support/useEditor.ts';

describe('a newcomer in the example workspace', () => {
  const editor = useEditor('start');
  let page: Page;
  beforeAll(() => {
    page = editor.page;
  });

  it('is welcomed by an empty run explorer that offers to start', async () => {
    await row(page, /^entities\.peft\.yaml/).dblclick(limit);
    await page.getByText('2,304 tunable + 903 head (0.26 %)').waitFor(limit);
    await page.getByRole('tab', { name: 'PEFT Lab' }).first().click(limit);
    await page.getByRole('button', { name: 'Start LN-tuning' }).first().waitFor(limit);
    await page.screenshot({ path: path.join(artifacts, 'welcome.png') });
  });

  it('starts LN-tuning from the palette, watches it, and sees how good it became', async () => {
    await command(page, 'Start LN-tuning');
    await row(page, /ln-tuning · entities, running/).waitFor(limit);
    await page.locator('.statusbar-item', { hasText: /1 run · \d+\s%/ }).waitFor(limit);
    await row(page, /ln-tuning · entities, finished/).waitFor(limit);
    expect(await row(page, /ln-tuning · entities, finished/).getAttribute('aria-label')).toMatch(
      /entity F1 [78]\d\.\d/,
    );
    await dashboard(page).getByText('finished').first().waitFor(limit);
    await dashboard(page).getByText('Entity F1').first().waitFor(limit);
    await dashboard(page).getByText('2,304').first().waitFor(limit);
    // The README's picture, without what is not ours.
    await page.keyboard.press('Control+Alt+B');
    await page.screenshot({ path: path.join(artifacts, 'start.png') });
  });

  it('offers at a run on the dashboard what the explorer offers at its row', async () => {
    await dashboard(page)
      .locator('.run-title h2', { hasText: 'ln-tuning' })
      .click({ ...limit, button: 'right' });
    const entry = (name: string) => page.getByRole('menuitem', { name }).first();
    await entry('Copy Command Line').waitFor(limit);
    expect(await page.getByRole('menuitem', { name: 'Paste' }).count()).toBe(0);
    await page.screenshot({ path: path.join(artifacts, 'dashboard-menu.png') });
    // A menu that is drawn anew loses a click.
    await expect
      .poll(async () => {
        await entry('Rename…')
          .click({ timeout: 1000 })
          .catch(() => {});
        return await entry('Rename…').isVisible();
      }, limit)
      .toBe(false);
    await page.locator('.quick-input-widget input').first().waitFor(limit);
    await page.keyboard.press('Escape');
  });

  it('asks the tuned model about a sentence of their own', async () => {
    await command(page, 'Try a Model');
    const box = page.getByPlaceholder('A text to judge');
    await box.waitFor(limit);
    await box.fill('we met anna marlow at the mills fair');
    await page
      .getByText(/\w+\/[BI]-(PER|LOC|ORG)/)
      .first()
      .waitFor(limit);
    await page.keyboard.press('Escape');
  });

  it('finds the run again after a reload', async () => {
    await page.reload();
    await row(page, /ln-tuning · entities, finished/).waitFor(limit);
    const runs = path.join(editor.workspace, '.peft-lab', 'runs');
    const [run] = readdirSync(runs).filter((name) => name.includes('ln-tuning'));
    expect(existsSync(path.join(runs, run!, 'adapter', 'adapter.safetensors'))).toBe(true);
  });

  it('writes a report about the run that opens by itself', async () => {
    const file = path.join(editor.folder, 'report.html');
    const runs = path.join(editor.workspace, '.peft-lab', 'runs');
    const words = ['bin/peft-lab.cjs', 'report', 'last', '--runs', runs, '--out', file];
    execFileSync(process.execPath, words, { cwd: root, stdio: 'pipe' });
    const report = await editor.browser.newPage();
    const requests: string[] = [];
    report.on('request', (request) => requests.push(request.url()));
    await report.goto(pathToFileURL(file).href);
    await report.getByText('Entity F1').first().waitFor(limit);
    await report.getByText('2,304').first().waitFor(limit);
    expect(requests.filter((url) => /^https?:/.test(url))).toEqual([]);
    await report.close();
  });
});
