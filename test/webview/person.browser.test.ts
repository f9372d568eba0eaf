import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JournalEvent } from '../../extension/contract/journal.ts';
import type { RunSnapshot } from '../../extension/contract/panel.ts';
import { appendMessage, runMessage, snapshotMessage } from '../../extension/host/dashboard/hostMessages.ts';
import { formatQuantity } from '../../extension/view/figures.ts';
import { emptySeries } from '../../extension/view/series.ts';
import { changeTheme, type DashboardPage, TestBrowser } from '../support/browser.ts';
import { progressEvent, testRun, testTimeMs } from '../support/browserRuns.ts';

let browser: TestBrowser;
beforeAll(async () => {
  browser = await TestBrowser.start();
});
afterAll(() => browser?.close());

/** As the host tells of a run whose journal nobody has looked at yet. */
const unread = (run: RunSnapshot): RunSnapshot => ({ ...run, isRead: false, series: emptySeries() });

/** The picture that a chart shows, or null where there is none. */
const picture = ({ page }: DashboardPage, chart: string) =>
  page.evaluate(
    (id) => document.querySelector<HTMLCanvasElement>(`[data-chart="${id}"] canvas`)?.toDataURL() ?? null,
    chart,
  );

/** Step and value of each row of a chart's table, as written there. */
async function tableRows({ page }: DashboardPage, card: string): Promise<string[][]> {
  return page
    .locator(`[data-card="${card}"] tbody tr`)
    .evaluateAll((rows) => rows.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent ?? '')));
}

async function activate({ page }: DashboardPage, run: RunSnapshot): Promise<void> {
  await page.locator(`.run[data-run="${run.record.id}"] .run-name`).click();
  await page.locator('.run-title h2', { hasText: run.record.methods }).waitFor();
}

/** A page that has never shown anything else: what the clicked one must look like. */
async function fresh(runs: readonly RunSnapshot[], run: RunSnapshot, charts: readonly string[]) {
  const dashboard = await browser.open();
  await dashboard.post(snapshotMessage([...runs], []));
  await activate(dashboard, run);
  await dashboard.page.mouse.move(0, 0);
  await dashboard.settled();
  const pictures = [];
  for (const chart of charts) pictures.push(await picture(dashboard, chart));
  await dashboard.page.context().close();
  return pictures;
}

const first = testRun(0, { methods: 'ln-tuning' });
const second = testRun(1, { methods: 'bitfit', quality: 0.8 });
const third = testRun(2, { methods: 'lora', quality: 0.86 });
const charts = ['loss', 'evaluation:accuracy'];

describe('a person who clicks from run to run', () => {
  it('sees the curves of each, as a page sees them that shows nothing else', async () => {
    const dashboard = await browser.open();
    const { page } = dashboard;
    await dashboard.post(snapshotMessage([first, unread(second), unread(third)], []));
    for (const run of [first, second, third, first]) {
      await activate(dashboard, run);
      if (run !== first) await page.getByText('Reading the journal…').first().waitFor();
      // The host answers what is looked at with what its journal says.
      await dashboard.post(runMessage(run));
      await page.locator('[data-chart="loss"] canvas[data-drawn]').waitFor();
      await expect.poll(() => page.getByText('Reading the journal…').count()).toBe(0);
      await page.mouse.move(0, 0);
      await dashboard.settled();
      const shown = [];
      for (const chart of charts) shown.push(await picture(dashboard, chart));
      expect(shown.every((data) => data !== null && data.length > 2000)).toBe(true);
      expect(shown).toEqual(await fresh([first, second, third], run, charts));
    }
    expect(dashboard.faults).toEqual([]);
    await page.context().close();
  }, 60_000);

  it('sees a run that starts while the page is open grow, as its journal does', async () => {
    const dashboard = await browser.open();
    const { page } = dashboard;
    await dashboard.post(snapshotMessage([first], []));
    await page.locator('[data-chart="loss"] canvas[data-drawn]').waitFor();
    const next = testRun(3, { methods: 'ia3', state: 'running', steps: 40, done: 0 });
    await dashboard.post(runMessage(unread(next)));
    await dashboard.post({ type: 'show', runs: [next.record.id] });
    await page.locator('.run-title h2', { hasText: 'ia3' }).waitFor();
    await dashboard.post(runMessage({ ...next, series: emptySeries() }));
    await page.getByText('No points yet').first().waitFor();
    const losses = Array.from({ length: 12 }, (_, index) => 1 / (index + 1));
    const journal: JournalEvent[] = losses.map((loss, index) => progressEvent(index + 1, 40, loss, testTimeMs));
    await dashboard.post(appendMessage(next.record.id, journal));
    await page.locator('[data-chart="loss"] canvas[data-points="12"]').waitFor();
    expect(await picture(dashboard, 'loss')).not.toBeNull();

    // The same chart as a table, and back, twice: the table says what the journal says, the chart is the one of before.
    await page.mouse.move(0, 0);
    await dashboard.settled();
    const before = await picture(dashboard, 'loss');
    for (let time = 0; time < 2; time += 1) {
      await page.getByTitle('Show Loss as a table').click();
      await page.locator('[data-card="loss"] tbody tr').first().waitFor();
      expect(await page.locator('[data-chart="loss"]').count()).toBe(0);
      expect(await tableRows(dashboard, 'loss')).toEqual(
        losses.map((loss, index) => [String(index + 1), formatQuantity(loss, 'plain')]),
      );
      await page.getByTitle('Show Loss as a chart').click();
      await page.locator('[data-chart="loss"] canvas[data-drawn]').waitFor();
      await page.mouse.move(0, 0);
      await dashboard.settled();
      expect(await page.locator('[data-card="loss"] table').count()).toBe(0);
      expect(await picture(dashboard, 'loss')).toBe(before);
    }
    await page.getByTitle('Save Loss as PNG').click();
    await expect.poll(async () => (await dashboard.sent()).filter(({ type }) => type === 'save').length).toBe(1);
    expect(dashboard.faults).toEqual([]);
    await page.context().close();
  }, 60_000);

  it('finds every chart again after tabs, tables and themes', async () => {
    const dashboard = await browser.open();
    const { page } = dashboard;
    const runs = [first, second, third];
    await dashboard.post(snapshotMessage(runs, []));
    const tab = (name: string) => page.getByRole('tab', { name }).click();
    const drawn = async (view: string, least: number) => {
      await page.locator(`.view-${view}`).waitFor();
      await dashboard.settled();
      const canvases = await page.locator(`.view-${view} .chart canvas`).count();
      expect(canvases, view).toBeGreaterThanOrEqual(least);
      expect(await page.locator('.chart.none').count(), view).toBe(0);
    };
    for (const theme of ['vscode-light', 'vscode-high-contrast', 'vscode-dark'] as const) {
      await changeTheme(page, theme);
      for (const run of runs) {
        await tab('Overview');
        await activate(dashboard, run);
        await drawn('overview', 2);
        await tab('Curves');
        for (const title of ['Accuracy', 'Loss']) {
          await page.getByTitle(`Show ${title} as a table`).click();
          await page.getByTitle(`Show ${title} as a chart`).click();
        }
        await drawn('curves', 6);
        await tab('Parameters');
        await drawn('parameters', 2);
      }
    }
    expect(dashboard.faults).toEqual([]);
    await page.context().close();
  }, 90_000);
});
