import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lineLook } from '../../webview/looks/palette.ts';
import { themeOf } from '../../webview/looks/theme.ts';
import { reportHtml } from '../../webview/report/report.ts';
import { defaultChoices } from '../../webview/state/choices.ts';
import { artifacts, buildBundle, TestBrowser } from '../support/browser.ts';
import { longRun, testRun, testTimeMs, workspaceRuns } from '../support/browserRuns.ts';
import { filmsSweep, runOfFilms } from '../support/browserSweep.ts';

let browser: TestBrowser;
let html = '';
const title = 'SST-2 <b>&</b> friends';
beforeAll(async () => {
  const bundle = await buildBundle();
  const hostile = testRun(7, { name: '</script><script>window.pwned=1</script>', nanFrom: 100 });
  html = reportHtml(bundle, [...workspaceRuns(3), hostile, longRun(60_000)], { title, savedAtMs: testTimeMs });
  const runs = [1, 2, 3].map((seed) => testRun(seed, { seed })).concat(testRun(4, { methods: 'lora' }));
  const ids = runs.map(({ record }) => record.id);
  const choices = {
    ...defaultChoices,
    view: 'compare',
    active: ids[3],
    checked: [...ids, 'another-workspace'],
    baseline: ids[3],
    sort: { column: 'metric:accuracy', isDescending: false },
    slots: { [ids[0]!]: 9, [ids[3]!]: 4, 'another-workspace': 2 },
  };
  const saved = reportHtml(bundle, runs, { title: 'Films', savedAtMs: testTimeMs, choices });
  const plain = reportHtml(bundle, workspaceRuns(12), { title: 'Twelve', savedAtMs: testTimeMs });
  const films = filmsSweep();
  const [first, second] = ['prefix + ln-tuning', 'lora'];
  const rows = [
    { row: 3, right: 'first', firstRight: 5, secondRight: 0, line: 5, text: 'dull', label: 'bad' },
  ] as const;
  const counts = { onlyFirst: 31, onlySecond: 1, bothRight: 300, bothWrong: 68, p: 0.0001 };
  const sides = { first: { name: first!, runs: 5 }, second: { name: second!, runs: 4 } };
  const pair = { title: films.verdicts![0]!.title, split: 'test' as const, ...sides, ...counts, rows: [...rows] };
  const flips = [{ sweep: films.id, first: first!, second: second!, flips: [pair] }];
  const sweep = reportHtml(bundle, [runOfFilms()], { title: 'Films', savedAtMs: testTimeMs, sweeps: [films], flips });
  const without = reportHtml(bundle, [runOfFilms()], {
    ...{ title: 'Without', savedAtMs: testTimeMs },
    choices: { ...defaultChoices, view: 'sweep', sweep: films.id, active: runOfFilms().record.id },
  });
  expect(saved).not.toContain('another-workspace');
  browser = await TestBrowser.start(
    new Map([
      ['/report.html', () => html],
      ['/saved.html', () => saved],
      ['/plain.html', () => plain],
      ['/sweep.html', () => sweep],
      ['/without.html', () => without],
    ]),
  );
});
afterAll(() => browser?.close());

/** A slot's colour on the light page that a reader without wishes gets. */
const readColour = (slot: number) => themeOf('vscode-light', () => '').lines[lineLook(slot).colourIndex];

describe('a report', () => {
  it('is one file that opens without a host and asks the network for nothing', async () => {
    const { page, faults } = await browser.openPath('/report.html');
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    await page.reload();
    await page.locator('.view-compare').waitFor();
    await page.getByRole('tab', { name: 'Curves' }).click();
    await page.locator('[data-chart="loss"] canvas[data-drawn]').waitFor();
    await page.waitForTimeout(300);
    await page.screenshot({ path: `${artifacts}/report.png`, caret: 'initial' });
    expect(requests.filter((url) => !url.startsWith('data:') && !url.startsWith('blob:'))).toEqual([
      expect.stringMatching(/report\.html$/),
    ]);
    expect(await page.title()).toBe('SST-2 <b>&</b> friends');
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
    expect(await page.getByText('Save Report').count()).toBe(0);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('follows the reader from light to dark, and gives its charts as files', async () => {
    const { page, faults } = await browser.openPath('/report.html');
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.emulateMedia({ colorScheme: 'light' });
    await expect.poll(background).toBe('rgb(255, 255, 255)');
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect.poll(background).toBe('rgb(31, 31, 31)');
    await page.getByRole('tab', { name: 'Curves' }).click();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByTitle('Save Loss as CSV').click()]);
    expect(download.suggestedFilename()).toBe('loss.csv');
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('shows what was saved: tab, runs, baseline, order and colours, under a heading', async () => {
    const { page, faults } = await browser.openPath('/saved.html');
    await page.locator('.view-compare').waitFor();
    expect(await page.locator('.report-head h1').textContent()).toBe('Films');
    expect(await page.locator('.report-head p').textContent()).toBe(
      'sst2 (all-MiniLM-L6-v2) · 4 runs · seeds 1, 2, 3 · saved 2026-03-01 09:00:00',
    );
    expect(await page.locator('.compare tbody .plain').allTextContents()).toEqual(['lora', 'ln-tuning · n = 3']);
    expect(await page.locator('.compare tr.baseline .plain').textContent()).toBe('lora');
    expect(await page.locator('.run[aria-selected="true"]').count()).toBe(4);
    await expect
      .poll(() => page.locator('.toolbar vscode-dropdown').evaluate((list) => (list as HTMLSelectElement).value))
      .toBe('20260301-90004-lora-s1');
    const colours = await page
      .locator('.compare .swatch line')
      .evaluateAll((lines) => lines.map((line) => line.getAttribute('stroke')));
    expect(colours).toEqual([readColour(4), readColour(9)]);
    await page.screenshot({ path: `${artifacts}/report-saved.png` });
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('opens with all its runs side by side where nothing was chosen', async () => {
    const { page, faults } = await browser.openPath('/plain.html', 400, 800);
    await page.locator('.view-compare').waitFor();
    expect(await page.locator('.runs-head .quiet').textContent()).toBe('12 of 12');
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('opens a sweep with its verdict, charts and table', async () => {
    const { page, faults } = await browser.openPath('/sweep.html', 900, 1200);
    await page.locator('.verdict').waitFor();
    expect(await page.locator('.verdict li').first().textContent()).toContain('not told apart');
    await page.locator('[data-chart="sweep-cost"] canvas').waitFor();
    await page.screenshot({ path: `${artifacts}/report-sweep.png` });
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('holds the rows on which two arms of a sweep differ, whichever is named first', async () => {
    const { page, faults } = await browser.openPath('/sweep.html', 900, 1200);
    const card = page.locator('.flips');
    expect(await card.locator('.sentence').textContent()).toMatch(
      /^31 right with prefix \+ ln-tuning alone, 1 with lora/,
    );
    expect(await card.getByRole('button', { name: 'Compare Rows' }).count()).toBe(0);
    expect(await card.locator('tbody tr').allTextContents()).toEqual(['prefix + ln-tuning55/50/4baddull']);
    const choose = async (label: string, arm: string): Promise<void> => {
      const list = card.locator(`vscode-dropdown[aria-label="${label}"]`);
      await list.click();
      await list.locator('vscode-option', { hasText: arm }).click();
    };
    await choose('Second arm', 'bitfit');
    await card.getByText('This report holds the rows of the pairs above only.').waitFor();
    await choose('First arm', 'lora');
    await choose('Second arm', 'prefix + ln-tuning');
    await card.locator('tbody tr').waitFor();
    expect(await card.locator('.sentence').textContent()).toMatch(/^1 right with lora alone, 31 with prefix/);
    expect(await card.locator('tbody tr').allTextContents()).toEqual(['prefix + ln-tuning50/45/5baddull']);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('says that a text was copied, where the browser has no clipboard for pages too, and why where it was not', async () => {
    const { page } = await browser.openPath('/saved.html');
    const copy = page.locator('vscode-button', { hasText: 'CSV' });
    const status = page.locator('.report-status');
    for (const [clipboard, isAllowed] of [
      [true, true],
      [false, true],
      [false, false],
    ] as const) {
      await page.evaluate(
        ([clipboard, isAllowed]: readonly boolean[]) => {
          const told = { writeText: async (text: string) => void Object.assign(window, { copied: text }) };
          Object.defineProperty(navigator, 'clipboard', { value: clipboard ? told : undefined, configurable: true });
          document.execCommand = () => {
            Object.assign(window, { copied: isAllowed ? String(getSelection()) : '' });
            return isAllowed!;
          };
        },
        [clipboard, isAllowed] as readonly boolean[],
      );
      await copy.first().click();
      await expect
        .poll(() => status.textContent())
        .toMatch(isAllowed ? /^Copied$/ : /^Not copied: .* open the report as a file$/);
      expect(await page.evaluate(() => (window as unknown as { copied: string }).copied)).toMatch(
        isAllowed ? /^run,state/ : /^$/,
      );
    }
    await page.context().close();
  });

  it('is printed light, with charts drawn within their cards and tables whole', async () => {
    const { page, faults } = await browser.openPath('/plain.html', 1300, 900);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.locator('.view-compare').waitFor();
    /** What a browser prints: the page as it stands after the event, at the width of a sheet. */
    const printed = async () => {
      await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
      await page.setViewportSize({ width: 730, height: 1000 });
      return page.evaluate(() => ({
        scheme: getComputedStyle(document.body).backgroundColor,
        charts: document.querySelectorAll('canvas[data-drawn]').length,
        beyond: [...document.querySelectorAll('canvas')].filter(
          (canvas) => canvas.getBoundingClientRect().right > canvas.closest('.card')!.getBoundingClientRect().right,
        ).length,
        cut: [...document.querySelectorAll('.table-scroll > table')]
          .map((table) => ({
            table: table.getBoundingClientRect(),
            frame: table.parentElement!.getBoundingClientRect(),
          }))
          .filter(({ table, frame }) => table.bottom > frame.bottom + 1 || table.right > frame.right + 1),
        rows: document.querySelectorAll('.compare tbody tr').length,
      }));
    };
    const done = async () => {
      await page.emulateMedia({ media: 'screen', colorScheme: 'dark' });
      await page.setViewportSize({ width: 1300, height: 900 });
      await page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
    };
    const sheet = { scheme: 'rgb(255, 255, 255)', beyond: 0, cut: [] };
    expect(await printed()).toEqual({ ...sheet, charts: 0, rows: 12 });
    await done();
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(31, 31, 31)');
    await page.getByRole('tab', { name: 'Curves' }).click();
    expect(await printed()).toEqual({ ...sheet, charts: 7, rows: 0 });
    await done();
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('offers no sweep that it does not hold', async () => {
    const { page, faults } = await browser.openPath('/without.html');
    await page.locator('.view-overview').waitFor();
    expect(await page.getByRole('tab').allTextContents()).toEqual(['Overview', 'Curves', 'Parameters', 'Compare']);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('stays small: long curves are thinned', () => {
    expect(html.length).toBeLessThan(4_500_000);
  });
});
