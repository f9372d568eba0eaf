import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { panelViews, type RunSnapshot } from '../../extension/contract/panel.ts';
import { snapshotMessage } from '../../extension/host/dashboard/hostMessages.ts';
import { type DashboardPage, TestBrowser } from '../support/browser.ts';
import { testRun, workspaceRuns } from '../support/browserRuns.ts';

let browser: TestBrowser;
beforeAll(async () => {
  browser = await TestBrowser.start();
});
afterAll(() => browser?.close());

/** Eight runs as a workspace has them: long names, failures, one that has a single point, one that waits. */
const eightRuns: readonly RunSnapshot[] = [
  testRun(0, { methods: 'ln-tuning' }),
  testRun(1, { methods: 'unified', quality: 0.865 }),
  testRun(2, {
    methods: 'prefix + adapter + ln-tuning',
    name: 'prefix length 24 with attention adapter, bottleneck 48, norms of the last four layers only',
  }),
  testRun(3, { methods: 'bitfit', method: 26_880, state: 'failed' }),
  testRun(4, { methods: 'lora', method: 73_728, state: 'died' }),
  testRun(5, { methods: 'head-only', method: 0, quality: 0.73, state: 'running' }),
  testRun(6, { methods: 'ia3', method: 13_824, state: 'running', done: 1 }),
  testRun(7, { methods: 'full', method: 22_565_376, state: 'queued' }),
];
const ids = (runs: readonly RunSnapshot[]): string[] => runs.map(({ record }) => record.id);

async function open(runs: readonly RunSnapshot[], size: { readonly width: number; readonly height: number }) {
  const dashboard = await browser.open(size);
  await dashboard.post(snapshotMessage([...runs], []));
  return dashboard;
}

/** What a reader could not see: beyond the window's right edge (tables scroll by themselves), or cut where it matters. */
const hidden = ({ page }: DashboardPage): Promise<string[]> =>
  page.evaluate(() => {
    const named = (element: Element): string => `${element.tagName}.${element.className}: ${element.textContent}`;
    const scrolls = [...document.querySelectorAll('main, body, html')].filter(
      (element) => element.scrollWidth > element.clientWidth,
    );
    const beyond = [...document.querySelectorAll('#page *')].filter((element) => {
      const { width, right } = element.getBoundingClientRect();
      return width > 0 && right > innerWidth + 1 && !element.closest('.table-scroll, .hidden-text');
    });
    const cut = [...document.querySelectorAll('.figure-value, .figure p, .card > header :is(h3, .quiet)')].filter(
      (element) => element.scrollWidth > element.clientWidth + 1,
    );
    return [...scrolls, ...beyond, ...cut].map(named);
  });

describe('300 pixels', () => {
  it('hold every view of eight runs, with nothing beyond the edge and no figure cut', async () => {
    const dashboard = await open(eightRuns, { width: 300, height: 900 });
    for (const view of panelViews) {
      await dashboard.post({ type: 'show', view, runs: ids(eightRuns) });
      await dashboard.page.locator(`.view-${view}`).waitFor();
      await dashboard.settled();
      expect(await hidden(dashboard), view).toEqual([]);
    }
    expect(dashboard.faults).toEqual([]);
    await dashboard.page.context().close();
  }, 60_000);

  it('hold the overview of a failed run, and of one with a single point', async () => {
    const dashboard = await open(eightRuns, { width: 300, height: 900 });
    for (const run of [eightRuns[3]!, eightRuns[6]!]) {
      await dashboard.post({ type: 'show', view: 'overview', runs: ids([run]) });
      await dashboard.page.locator('.run-title h2', { hasText: run.record.methods }).waitFor();
      await dashboard.settled();
      expect(await hidden(dashboard), run.record.methods).toEqual([]);
    }
    await dashboard.page.context().close();
  }, 60_000);
});

describe('the comparison of many runs', () => {
  for (const width of [300, 600, 1200]) {
    it(`is scrolled by keyboard at ${width} pixels, its bar in view and its names in place`, async () => {
      const runs = workspaceRuns(40);
      const dashboard = await open(runs, { width, height: 700 });
      await dashboard.post({ type: 'show', view: 'compare', runs: ids(runs) });
      const { page } = dashboard;
      const table = page.getByRole('region', { name: 'Comparison of runs' });
      await table.waitFor();
      const shape = await table.evaluate((element) => ({
        hidden: element.scrollWidth - element.clientWidth,
        bar: element.getBoundingClientRect().height - element.clientHeight,
        bottom: element.getBoundingClientRect().bottom,
      }));
      expect(shape.hidden).toBeGreaterThan(0);
      expect(shape.bar).toBeGreaterThanOrEqual(8);
      await page.getByRole('tab', { name: 'Compare' }).focus();
      for (let press = 0; press < 12; press++) {
        if (await table.evaluate((element) => element === document.activeElement)) break;
        await page.keyboard.press('Tab');
      }
      expect(await table.evaluate((element) => element === document.activeElement)).toBe(true);
      expect(await table.evaluate((element) => element.getBoundingClientRect().bottom <= innerHeight)).toBe(true);
      const left = (): Promise<number> =>
        page
          .locator('.compare thead th')
          .first()
          .evaluate((element) => element.getBoundingClientRect().left);
      const before = await left();
      for (let press = 0; press < 5; press++) await page.keyboard.press('ArrowRight');
      await expect.poll(() => table.evaluate((element) => element.scrollLeft)).toBeGreaterThan(0);
      expect(await left()).toBe(before);
      expect(dashboard.faults).toEqual([]);
      await page.context().close();
    }, 60_000);
  }
});
