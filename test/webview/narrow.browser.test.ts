import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { panelViews, type RunSnapshot } from '../../extension/contract/panel.ts';
import { snapshotMessage } from '../../extension/host/dashboard/hostMessages.ts';
import { type DashboardPage, TestBrowser } from '../support/browser.ts';
import { testRun, workspaceRuns } from '../support/browserRuns.ts';
import { filmsSweep, runOfFilms } from '../support/browserSweep.ts';

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

/**
 * What a reader could not see: beyond the window's right edge (tables scroll by themselves), or cut where it matters; and
 * labels of buttons in two lines.
 */
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
    const out = [...document.querySelectorAll('.card *')].filter((element) => {
      const { width, right } = element.getBoundingClientRect();
      const isOwn = !element.closest('.table-scroll, .hidden-text') && !element.matches('canvas, .crosshair');
      return width > 0 && isOwn && right > element.closest('.card')!.getBoundingClientRect().right + 1;
    });
    const cut = [...document.querySelectorAll('.figure-value, .figure p, .card > header :is(h3, .quiet)')].filter(
      (element) => element.scrollWidth > element.clientWidth + 1,
    );
    const broken = [...document.querySelectorAll('.tool-group > .quiet')].filter(
      (element) =>
        element.getBoundingClientRect().height > 1.5 * Number.parseFloat(getComputedStyle(element).lineHeight),
    );
    return [...scrolls, ...beyond, ...out, ...cut, ...broken].map(named);
  });

/** Neighbours that lie on each other. */
const overlapping = ({ page }: DashboardPage): Promise<string[]> =>
  page.evaluate(() => {
    const isLaidOut = (element: Element): boolean =>
      element.getClientRects().length > 0 && ['static', 'relative'].includes(getComputedStyle(element).position);
    const containers = [...document.querySelectorAll('#page *')].filter(
      (element) => /flex|grid|block/.test(getComputedStyle(element).display) && !element.closest('table, svg'),
    );
    return containers.flatMap((container) => {
      const boxes = [...container.children].filter(isLaidOut).map((child) => ({
        child,
        box: child.getBoundingClientRect(),
        isInline: getComputedStyle(child).display === 'inline',
      }));
      return boxes.flatMap(({ child, box, isInline }, index) =>
        boxes
          .slice(index + 1)
          .filter(
            (other) =>
              !(isInline && other.isInline) &&
              Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left) > 1 &&
              Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top) > 1,
          )
          .map(
            (other) =>
              `${child.className}: ${child.textContent} | ${other.child.className}: ${other.child.textContent}`,
          ),
      );
    });
  });

describe('a window', () => {
  for (const width of [300, 360, 480, 600, 720, 900, 1100, 1400, 2000]) {
    it(`holds every view of eight runs and of a sweep in ${width} pixels, with nothing beyond an edge, cut or covered`, async () => {
      const dashboard = await open([...eightRuns, runOfFilms()], { width, height: 900 });
      await dashboard.post({ type: 'sweep', sweep: filmsSweep() });
      for (const view of panelViews) {
        const sweep = view === 'sweep' && { sweep: filmsSweep().id };
        await dashboard.post({ type: 'show', view, runs: ids(eightRuns), ...sweep });
        await dashboard.page.locator(`.view-${view}`).waitFor();
        await dashboard.settled();
        expect(await hidden(dashboard), view).toEqual([]);
        expect(await overlapping(dashboard), view).toEqual([]);
      }
      expect(dashboard.faults).toEqual([]);
      await dashboard.page.context().close();
    }, 60_000);
  }
});

describe('300 pixels', () => {
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

describe('what the pointer reads of a chart', () => {
  it('ends in its values and takes a line a run, however long a name and narrow the window', async () => {
    for (const width of [320, 1200]) {
      const dashboard = await open(workspaceRuns(8).concat(eightRuns[2]!), { width, height: 800 });
      const { page } = dashboard;
      await dashboard.post({ type: 'show', view: 'curves', runs: ids(workspaceRuns(8).concat(eightRuns[2]!)) });
      await dashboard.settled();
      await page.locator('[data-chart="loss"]').focus();
      await page.keyboard.press('ArrowRight');
      await page.locator('.tooltip:not([hidden])').waitFor();
      const { beyond, tallest, lineHeight } = await page.locator('.tooltip').evaluate((tooltip) => {
        const boxes = [...tooltip.querySelectorAll('td.number')].map((cell) => cell.getBoundingClientRect());
        const edge = Math.min(innerWidth, tooltip.getBoundingClientRect().right);
        return {
          beyond: boxes.filter(({ right }) => right > edge).length,
          tallest: Math.max(...boxes.map(({ height }) => height)),
          lineHeight: Number.parseFloat(getComputedStyle(tooltip.querySelector('td.number')!).lineHeight),
        };
      });
      expect(beyond, `${width}`).toBe(0);
      expect(tallest, `${width}`).toBeLessThan(1.5 * lineHeight);
      await page.context().close();
    }
  });
});

describe('a name in Arabic', () => {
  it('keeps its beginning, at the right, wherever it is cut', async () => {
    const name = 'تجربة الضبط الدقيق لطبقات المعايرة في النموذج الصغير على مراجعات الأفلام (الإصدار 3)';
    const runs = [testRun(0, { name }), testRun(1)];
    const dashboard = await open(runs, { width: 900, height: 600 });
    const { page } = dashboard;
    const directions = (places: string) =>
      page.locator(places, { hasText: name }).evaluateAll((all) => all.map((one) => getComputedStyle(one).direction));
    await dashboard.post({ type: 'show', view: 'compare', runs: ids(runs) });
    await page.locator('.view-compare').waitFor();
    expect(await directions('.run-name, .row-name button')).toEqual(['rtl', 'rtl']);
    await dashboard.post({ type: 'show', view: 'curves', runs: ids(runs) });
    await dashboard.settled();
    expect(await directions('.legend-label')).toEqual(['rtl']);
    expect(await directions('.run-line')).toEqual(['ltr']);
    await page.context().close();
  });
});
