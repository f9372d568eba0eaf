import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RowFlipsView } from '../../extension/contract/rowFlips.ts';
import { snapshotMessage } from '../../extension/host/dashboard/hostMessages.ts';
import { axeFindings, TestBrowser, themeKinds } from '../support/browser.ts';
import { workspaceRuns } from '../support/browserRuns.ts';
import { filmsSweep, runOfFilms } from '../support/browserSweep.ts';

let browser: TestBrowser;
beforeAll(async () => {
  browser = await TestBrowser.start();
});
afterAll(() => browser?.close());

async function open(sweep = filmsSweep(), options: Parameters<TestBrowser['open']>[0] = {}) {
  const dashboard = await browser.open(options);
  await dashboard.post(snapshotMessage([runOfFilms(), ...workspaceRuns(2)], []));
  await dashboard.post({ type: 'show', view: 'sweep', runs: [], sweep: sweep.id });
  await dashboard.post({ type: 'sweep', sweep });
  await dashboard.page.locator('.sweep-head').waitFor();
  await dashboard.settled();
  return dashboard;
}

/** What a reader could not see: beyond the window's right edge (tables scroll by themselves). */
const beyond = `[...document.querySelectorAll('#page *')].filter((element) => {
  const { width, right } = element.getBoundingClientRect();
  return width > 0 && right > innerWidth + 1 && !element.closest('.table-scroll, .hidden-text');
}).map((element) => element.tagName + '.' + element.className)`;

describe('the sweep tab', () => {
  for (const width of [300, 700, 1400, 1600]) {
    it(`holds its sentences, charts and table in ${width} pixels`, async () => {
      const dashboard = await open(filmsSweep(), { width, height: width === 300 ? 2600 : 1400 });
      await dashboard.shot(`sweep-${width}`);
      expect(await dashboard.page.evaluate(beyond)).toEqual([]);
      const cards = await dashboard.page
        .locator('.view-sweep [data-card]')
        .evaluateAll((all) => all.map((card) => (card as HTMLElement).dataset.card));
      expect(cards).toEqual(['sweep-scores', 'sweep-differences', 'sweep-tuning', 'sweep-cost']);
      expect(dashboard.faults).toEqual([]);
      await dashboard.page.context().close();
    }, 60_000);
  }

  for (const theme of themeKinds) {
    it(`follows ${theme}, and nothing in it shuts anybody out`, async () => {
      const dashboard = await open(filmsSweep(), { theme, width: 900, height: 1500 });
      await dashboard.shot(`sweep-${theme}`);
      expect(await axeFindings(dashboard)).toEqual([]);
      await dashboard.page.context().close();
    }, 60_000);
  }

  it('says what was shown, what was not and what to be careful about', async () => {
    const dashboard = await open();
    const told = await dashboard.page.locator('.verdict li').allTextContents();
    expect(told).toHaveLength(7);
    expect(told.filter((text) => text.includes('is better than bitfit'))).toHaveLength(3);
    expect(told.filter((text) => text.includes('are not told apart'))).toHaveLength(3);
    expect(told.at(-1)).toContain('bitfit: the best training.learning_rate 0.03 is at the edge of the grid');
    expect(await dashboard.page.locator('[data-card="sweep-tuning"] .warning').textContent()).toContain(
      'bitfit: best training.learning_rate 0.03 at the edge',
    );
    expect(await dashboard.page.locator('[data-card="sweep-cost"] .legend').textContent()).toContain(
      'best for its cost: ln-tuning',
    );
    await dashboard.page.context().close();
  });

  it('shows what runs now and how much is left, with what is known of tuning', async () => {
    const dashboard = await open(filmsSweep(0));
    const { page } = dashboard;
    await page.getByText('Charts come with the first results.').waitFor();
    await dashboard.post({ type: 'sweep', sweep: filmsSweep(14) });
    await page.locator('[data-card="sweep-tuning"]').waitFor();
    expect(await page.locator('.sweep-head .run-state').textContent()).toContain('14 of 52 runs finished');
    expect(await page.locator('.sweep-head .run-state').textContent()).toContain(
      'now: bitfit, training.learning_rate 0.03, seed 101: 50',
    );
    // What is read out changes when a run ends, not each second.
    expect(await page.locator('.sweep-head [role=status]').textContent()).toBe('running 14 of 52 runs finished');
    expect(await page.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('26');
    expect(await page.locator('.verdict').count()).toBe(0);
    await dashboard.shot('sweep-running');
    await page.locator('.sweep-head').getByText('Stop').click();
    await expect
      .poll(async () => (await dashboard.sent()).filter((message) => message.type === 'sweepAction'))
      .toEqual([{ type: 'sweepAction', action: 'stop', sweep: filmsSweep().id }]);
    await dashboard.post({ type: 'sweep', sweep: filmsSweep(40) });
    await page.locator('.verdict').waitFor();
    expect(dashboard.faults).toEqual([]);
    await page.context().close();
  });

  it('shows no looks of runs beside charts of arms', async () => {
    const dashboard = await open();
    const swatches = () =>
      dashboard.page.locator('.runs .swatch').evaluateAll((all) => all.map((one) => one.getClientRects().length));
    expect(await swatches()).toEqual([0, 0]);
    await dashboard.page.getByRole('tab', { name: 'Overview' }).click();
    await expect.poll(swatches).toEqual([1, 1]);
    await dashboard.page.context().close();
  });

  it('gives its charts as PNG and CSV, and its table as text', async () => {
    const dashboard = await open();
    const { page } = dashboard;
    await page.getByTitle('Save Differences in accuracy as CSV').click();
    await page.getByTitle('Save Accuracy by cost as PNG').click();
    await page.locator('.view-sweep').getByText('LaTeX').click();
    const sent = async () => (await dashboard.sent()).filter(({ type }) => type === 'save' || type === 'copy');
    await expect.poll(async () => (await sent()).length).toBe(3);
    const [csv, ...others] = await sent();
    expect(csv).toMatchObject({
      name: 'differences-in-accuracy.csv',
      data: expect.stringMatching(/^first,second,difference,/),
    });
    expect(others.map((message) => ('name' in message ? message.name : message.type)).sort()).toEqual([
      'accuracy-by-cost.png',
      'copy',
    ]);
    await page.context().close();
  });

  it('is offered to who looks at a run of a sweep alone, and asks for the sweep when it is opened', async () => {
    const dashboard = await browser.open();
    const { page } = dashboard;
    await dashboard.post(snapshotMessage(workspaceRuns(2), []));
    await page.locator('.view-overview').waitFor();
    expect(await page.getByRole('tab', { name: 'Sweep' }).count()).toBe(0);
    const run = runOfFilms(7);
    await dashboard.post({ type: 'run', run });
    await dashboard.post({ type: 'show', runs: [run.record.id] });
    await page.getByRole('tab', { name: 'Sweep' }).click();
    await page.getByText('Reading the sweep…').waitFor();
    const asked = (await dashboard.sent()).filter((message) => message.type === 'select').at(-1);
    expect(asked).toMatchObject({ sweep: run.record.sweep!.id });
    const problem = `sweep ${run.record.sweep!.id}: must lie in a runs folder of this window, got none`;
    await dashboard.post({ type: 'noSweep', sweep: run.record.sweep!.id, problem });
    await expect.poll(() => page.locator('.view-sweep').getByRole('alert').textContent()).toBe(problem);
    expect(await page.getByText('Reading the sweep…').count()).toBe(0);
    await page.getByRole('tab', { name: 'Overview' }).click();
    await expect
      .poll(async () => (await dashboard.sent()).filter((message) => message.type === 'select').at(-1))
      .toMatchObject({ sweep: null });
    await page.context().close();
  });

  it('offers no rows that flip where no row is right or wrong', async () => {
    const films = filmsSweep();
    const dashboard = await open({ ...films, verdicts: [{ ...films.verdicts![0]!, metric: 'pearson' }] });
    await dashboard.page.getByRole('region', { name: 'Score and cost', exact: true }).waitFor();
    expect(await dashboard.page.locator('.flips').count()).toBe(0);
    await dashboard.page.context().close();
  });

  it('compares two arms row by row when it is asked to, with texts', async () => {
    const dashboard = await open();
    const { page } = dashboard;
    await page.getByRole('button', { name: 'Compare Rows' }).click();
    const question = { sweep: filmsSweep().id, first: 'prefix + ln-tuning', second: 'lora' };
    await expect
      .poll(async () => (await dashboard.sent()).filter((message) => message.type === 'flips'))
      .toEqual([{ type: 'flips', ...question }]);
    await page.locator('.flips').getByText('Comparing…').waitFor();
    expect(await page.locator('.flips vscode-button.disabled').textContent()).toBe('Compare Rows');
    const flips: RowFlipsView = {
      title: filmsSweep().verdicts![0]!.title,
      split: 'test',
      first: { name: question.first, runs: 5 },
      second: { name: question.second, runs: 5 },
      ...{ onlyFirst: 31, onlySecond: 1, bothRight: 300, bothWrong: 68, p: 0.0001 },
      rows: [
        { row: 3, right: 'first', firstRight: 5, secondRight: 0, line: 5, text: 'hardly <b>dull</b>', label: 'good' },
        { row: 7, right: 'second', firstRight: 1, secondRight: 4, line: 9, text: 'dull', label: 'bad' },
      ],
    };
    await dashboard.post({ type: 'flips', ...question, flips: [flips] });
    await expect
      .poll(() => page.locator('.flips .sentence').textContent())
      .toBe(
        "31 right with prefix + ln-tuning alone, 1 with lora alone, 300 with both, 68 with neither (McNemar's exact p < 0.001).",
      );
    expect(await page.locator('.flips tbody tr').allTextContents()).toEqual([
      'prefix + ln-tuning55/50/5goodhardly <b>dull</b>',
      'lora91/54/5baddull',
    ]);
    expect(await axeFindings(dashboard)).toEqual([]);
    await dashboard.shot('sweep-flips');
    await dashboard.post({ type: 'flips', ...question, flips: [], problem: 'lora: has no result yet' });
    await page.getByText('lora: has no result yet').waitFor();
    expect(dashboard.faults).toEqual([]);
    await page.context().close();
  });
});
