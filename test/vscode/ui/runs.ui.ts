import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Locator, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { appears, artifacts, command, dashboard, limit, root, row, typeInPalette } from '../../support/editorPage.ts';
import { useEditor } from '../../support/useEditor.ts';

const run = promisify(execFile);

const longConfig = `model: model
task: classification
data:
  train: {file: data/reviews-train.tsv, limit: 256}
  validation: {file: data/reviews-validation.tsv, limit: 64}
  max_length: 32
methods: [bitfit]
training: {epochs: 1000, batch_size: 16, checkpoint_steps: 8}
`;

describe('runs, as a person sees and handles them', () => {
  let runs: string;
  const editor = useEditor('runs', {
    workspaceName: 'work space',
    // Runs outlive the editor, here too.
    end: () => {
      for (const name of existsSync(runs) ? readdirSync(runs) : []) endProcesses(path.join(runs, name));
    },
  });
  let page: Page;
  beforeAll(() => {
    page = editor.page;
    runs = path.join(editor.workspace, '.peft-lab', 'runs');
  });

  const newest = (): string => path.join(runs, readdirSync(runs).sort().at(-1)!);
  const steps = (journal: string): number => readFileSync(journal, 'utf8').split('"type":"progress"').length - 1;
  const processes = (runFolder: string) =>
    JSON.parse(readFileSync(path.join(runFolder, 'process.json'), 'utf8')) as { pid: number; worker: { pid: number } };
  /** Chooses from the menu of a row; a menu that has just opened does not take every click, as people know. */
  const choose = async (at: RegExp, name: string): Promise<void> => {
    await row(page, at).click({ ...limit, button: 'right' });
    const entry = page.getByRole('menuitem', { name }).first();
    await entry.waitFor(limit);
    await expect
      .poll(async () => {
        await entry.click({ timeout: 1000 }).catch(() => {});
        return await entry.isVisible();
      }, limit)
      .toBe(false);
  };
  /** Opens a file by its name: `Enter` in this column, `Control+Enter` in the next one. */
  const openFile = async (name: string, key: 'Enter' | 'Control+Enter'): Promise<void> => {
    await typeInPalette(page, name, name);
    await page.keyboard.press(key);
  };
  /** Clicks the line above the config of BitFit. */
  const startBitFit = async (): Promise<void> => {
    const before = readdirSync(runs).length;
    const running = row(page, /bitfit · reviews, running/).first();
    await expect
      .poll(async () => {
        // The line is drawn anew when it knows more: a click at that moment is lost.
        if (readdirSync(runs).length === before)
          await page
            .getByText(/▷ Start BitFit/)
            .first()
            .click(limit);
        return await appears(running, 10_000);
      }, limit)
      .toBe(true);
  };
  const action = async (at: RegExp, name: string): Promise<void> => {
    await row(page, at).hover(limit);
    await row(page, at).getByRole('button', { name }).first().click(limit);
  };
  const notification = (text: RegExp): Locator =>
    page.locator('.notifications-center .notification-list-item', { hasText: text }).first();

  function endProcesses(runFolder: string): void {
    if (!existsSync(path.join(runFolder, 'process.json'))) return;
    const { pid, worker } = processes(runFolder);
    for (const each of [pid, worker?.pid]) {
      try {
        if (each !== undefined) process.kill(each, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    }
  }

  it('Start LN-tuning makes a new experiment: asks for model, data, task and method, and starts it', async () => {
    await row(page, /^data/).waitFor(limit);
    await command(page, 'Start LN-tuning');
    const box = page.locator('.quick-input-widget');
    await box.getByRole('option', { name: /New Experiment/ }).click(limit);
    const answer = async (step: number, entry: RegExp): Promise<void> => {
      await box.getByText(`New experiment (${step}/5)`).waitFor(limit);
      await box.getByRole('option', { name: entry }).first().hover(limit);
      await page.screenshot({ path: path.join(artifacts, `new-experiment-${step}.png`) });
      await box.getByRole('option', { name: entry }).first().click(limit);
    };
    await answer(1, /^.*model/);
    await answer(2, /reviews-train\.tsv/);
    await answer(3, /Classification.*text ← text · label ← label/);
    await answer(4, /reviews-validation\.tsv/);
    await box.getByRole('option', { name: /Unified.*35,648 tunable/ }).waitFor(limit);
    await box.getByRole('button', { name: 'Back' }).click(limit);
    await answer(4, /reviews-validation\.tsv/);
    await answer(5, /^LN-tuning.*2,304 tunable/);
    await page.getByRole('tab', { name: /reviews-ln-tuning\.peft\.yaml/ }).waitFor(limit);
    await page.getByRole('tab', { name: 'PEFT Lab' }).first().click(limit);
    await row(page, /ln-tuning · reviews, running/).waitFor(limit);
  });

  it('stops it by the button in its row', async () => {
    await row(page, /ln-tuning · reviews, running, .*\d\s%/).waitFor(limit);
    await action(/ln-tuning · reviews, running/, 'Stop Run');
    await row(page, /ln-tuning · reviews, stopped, .*stopped at step [\d,]+/).waitFor(limit);
  });

  it('finds a run again that went on while the window was reloaded', async () => {
    writeFileSync(path.join(editor.workspace, 'long.peft.yaml'), longConfig);
    await openFile('long.peft.yaml', 'Enter');
    await page.getByText('5,760 tunable').waitFor(limit);
    await startBitFit();
    await row(page, /bitfit · reviews, running, .*\d\s%/).waitFor(limit);
    const journal = path.join(newest(), 'journal.jsonl');
    const { pid } = processes(newest());
    await dashboard(page).getByText('bitfit').filter({ visible: true }).first().waitFor(limit);
    // An editor in a browser writes down what its tabs hold every five seconds: reloaded earlier, it forgets.
    await page.waitForTimeout(6000);
    const stepsBefore = steps(journal);
    await page.reload();
    await row(page, /bitfit · reviews, running, .*\d\s%/).waitFor(limit);
    expect(steps(journal)).toBeGreaterThan(stepsBefore);
    expect(processes(newest()).pid).toBe(pid);
    await page.locator('.statusbar-item', { hasText: /1 run · \d+\s%/ }).waitFor(limit);
  });

  const points = async (): Promise<number> =>
    Number(await dashboard(page).locator('[data-chart="loss"] canvas').getAttribute('data-points', limit));
  const dashboardTabs = (): Locator => page.locator('.tabs-container .tab', { hasText: 'PEFT Lab' });
  /** Puts a file in front of the dashboard, whose page is then gone. */
  const hideDashboard = async (): Promise<void> => {
    await dashboardTabs().first().click(limit);
    await openFile('entities.peft.yaml', 'Enter');
    await page.locator('.tabs-container .tab.active', { hasText: 'entities.peft.yaml' }).waitFor(limit);
    await expect.poll(() => page.locator('iframe.webview:visible').count(), limit).toBe(0);
  };

  it('draws what comes, in the dashboard that the reload brought back', async () => {
    await expect.poll(points, limit).toBeGreaterThan(0);
    const drawn = await points();
    await expect.poll(points, limit).toBeGreaterThan(drawn);
  });

  it('shows in a dashboard that was hidden what came meanwhile, and goes on', async () => {
    await hideDashboard();
    const journal = path.join(newest(), 'journal.jsonl');
    const before = steps(journal);
    await expect.poll(() => steps(journal), limit).toBeGreaterThan(before + 20);
    await dashboardTabs().first().click(limit);
    const shown = steps(journal);
    await expect.poll(points, limit).toBeGreaterThanOrEqual(shown);
    await expect.poll(points, limit).toBeGreaterThan(shown + 5);
  });

  it('keeps one dashboard when one of before a reload is looked at only later', async () => {
    await hideDashboard();
    await page.reload();
    await expect
      .poll(async () => {
        // A row that is drawn anew at that moment takes no click, as people know.
        await row(page, /bitfit · reviews, running, .*\d\s%/).click(limit);
        return await appears(page.locator('iframe.webview:visible').first(), 5000);
      }, limit)
      .toBe(true);
    await expect.poll(points, limit).toBeGreaterThan(0);
    // A second one, unless the editor was reloaded before it had written down what stood in front.
    const earlier = page.locator('.tabs-container .tab:not(.active)', { hasText: 'PEFT Lab' });
    if ((await earlier.count()) > 0) await earlier.first().click(limit);
    await expect.poll(() => dashboardTabs().count(), limit).toBe(1);
    await expect.poll(points, limit).toBeGreaterThan(0);
    const drawn = await points();
    await expect.poll(points, limit).toBeGreaterThan(drawn);
  });

  it('agrees with a second window on the same workspace', async () => {
    const other = await editor.browser.newPage({ viewport: { width: 900, height: 700 } });
    await other.goto(editor.address);
    await other.getByRole('tab', { name: 'PEFT Lab' }).first().click(limit);
    await row(other, /bitfit · reviews, running, .*\d\s%/).waitFor(limit);
    await row(other, /ln-tuning · reviews, stopped/).waitFor(limit);
    await other.close();
    await row(page, /bitfit · reviews, running/).waitFor(limit);
  });

  it('tells of a run that was killed, and shows its log', async () => {
    process.kill(processes(newest()).worker.pid, 'SIGKILL');
    await row(page, /bitfit · reviews, died, .*died: .*SIGKILL/).waitFor(limit);
    // An editor under test shows no notification by itself.
    await page.locator('[id="status.notifications"] a').click(limit);
    const told = notification(/bitfit · reviews died: .*SIGKILL/);
    await told.hover(limit);
    await page.screenshot({ path: path.join(artifacts, 'died.png') });
    await told.getByRole('button', { name: 'Open Log' }).click(limit);
    await page.getByRole('tab', { name: /output\.log/ }).waitFor(limit);
  });

  it('goes on with it from its last checkpoint', async () => {
    await action(/bitfit · reviews, died/, 'Resume Run');
    await row(page, /bitfit · reviews, running, .*\d\s%/).waitFor(limit);
    const resumed = (): boolean =>
      /"type":"resumed"[^\n]*"step":[1-9]/.test(readFileSync(path.join(newest(), 'journal.jsonl'), 'utf8'));
    await expect.poll(resumed, limit).toBe(true);
    await action(/bitfit · reviews, running/, 'Stop Run');
    await row(page, /bitfit · reviews, stopped/).waitFor(limit);
  });

  it('shows a run that was started from the command line', async () => {
    const program = path.join(root, 'bin', 'peft-lab.cjs');
    const words = ['train', 'long.peft.yaml', '--set', 'training.epochs=1', '--methods', '[lora]'];
    await run(process.execPath, [program, ...words], { cwd: editor.workspace });
    await row(page, /lora · reviews, finished, acc \d/).waitFor(limit);
  });

  it('compares two runs that were selected', async () => {
    await row(page, /lora · reviews, finished/).click(limit);
    await row(page, /bitfit · reviews, stopped/).click({ ...limit, modifiers: ['Control'] });
    await choose(/bitfit · reviews, stopped/, 'Compare Runs');
    const table = dashboard(page).locator('.view-compare table').first();
    await table.getByText('lora').first().waitFor(limit);
    await table.getByText('bitfit').first().waitFor(limit);
    await page.screenshot({ path: path.join(artifacts, 'compare.png') });
  });

  it('renames a run with F2 and deletes it with Delete, once that was confirmed', async () => {
    // The click shows the run and leaves the keys to the list.
    await row(page, /bitfit · reviews, stopped/).click(limit);
    // Arrow keys move the focus and leave the selection where it was: keys mean the row that has the focus.
    const focused = page.locator('.monaco-list-row.focused[aria-label^="lora · reviews, finished"]');
    await expect
      .poll(async () => {
        await page.keyboard.press('ArrowDown');
        return await appears(focused, 500);
      }, limit)
      .toBe(true);
    await page.keyboard.press('F2');
    await page.locator('.quick-input-widget input').first().fill('the first try');
    await page.keyboard.press('Enter');
    await row(page, /^the first try, finished/).click(limit);
    await page.keyboard.press('Delete');
    const dialog = page.getByRole('dialog').filter({ hasText: 'Delete “the first try”?' });
    await dialog.waitFor(limit);
    await page.screenshot({ path: path.join(artifacts, 'delete.png') });
    await dialog.getByRole('button', { name: 'Delete' }).click(limit);
    await row(page, /^the first try/).waitFor({ ...limit, state: 'detached' });
    expect(readdirSync(runs).filter((name) => name.includes('lora'))).toEqual([]);
  });

  it('starts the config whose line is clicked, not the one in front beside it', async () => {
    await openFile('long.peft.yaml', 'Enter');
    await page
      .getByText(/▷ Start BitFit.*5,760 tunable/)
      .first()
      .waitFor(limit);
    await openFile('entities.peft.yaml', 'Control+Enter');
    await page
      .getByText(/▷ Start LN-tuning.*2,304 tunable/)
      .first()
      .waitFor(limit);
    const before = readdirSync(runs);
    await startBitFit();
    expect(readdirSync(runs).filter((name) => !before.includes(name))).toEqual([expect.stringContaining('bitfit')]);
    await action(/bitfit · reviews, running/, 'Stop Run');
    await row(page, /bitfit · reviews, running/).waitFor({ ...limit, state: 'detached' });
  });
});
