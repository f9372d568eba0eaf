import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { snapshotMessage } from '../../extension/host/dashboard/hostMessages.ts';
import { formatSignificant } from '../../extension/view/figures.ts';
import { emptySeries } from '../../extension/view/series.ts';
import { defaultChoices } from '../../webview/state/choices.ts';
import { changeTheme, type DashboardPage, TestBrowser } from '../support/browser.ts';
import { testRun, workspaceRuns } from '../support/browserRuns.ts';

let browser: TestBrowser;
let dashboard: DashboardPage;
beforeAll(async () => {
  browser = await TestBrowser.start();
});
afterAll(() => browser?.close());

async function openOn(view: 'overview' | 'curves' | 'parameters' | 'compare', runs = workspaceRuns(3)) {
  dashboard = await browser.open({ kept: { ...defaultChoices, view } });
  await dashboard.post(snapshotMessage(runs, []));
  await dashboard.page.locator(`.view-${view}`).waitFor();
  await dashboard.settled();
}

beforeEach(() => async () => {
  expect(dashboard.faults).toEqual([]);
  await dashboard.page.context().close();
});

const lossChart = '[data-chart="loss"]';

/** The picture that a canvas shows. */
const pixels = (selector: string) =>
  dashboard.page.evaluate((at) => document.querySelector<HTMLCanvasElement>(`${at} canvas`)!.toDataURL(), selector);

describe('the overview', () => {
  it('tells the step of a run that has one, and of a run that waits since when', async () => {
    await openOn('overview', [testRun(0, { steps: 1, done: 1 })]);
    const { page } = dashboard;
    const loss = page.locator('.figure[aria-label="Training loss"]');
    expect(await loss.locator('.quiet').allTextContents()).toEqual(['step 1']);
    await dashboard.post(snapshotMessage([testRun(1, { state: 'queued' })], []));
    await expect.poll(() => loss.locator('.quiet').allTextContents()).toEqual(['no steps yet']);
    const terms = await page.locator('[aria-label="Environment"] dt').allTextContents();
    expect([terms.includes('queued'), terms.includes('started')]).toEqual([true, false]);
  });
});

describe('the list of runs', () => {
  it('is walked with arrow keys, and Space puts a run into the charts or takes it out', async () => {
    await openOn('overview');
    const { page } = dashboard;
    await page.locator('.runs-list').focus();
    await page.keyboard.press('End');
    await expect.poll(() => page.locator('.run-title h2').textContent()).toBe('ln-tuning');
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => page.locator('.run-title h2').textContent()).toBe('unified');
    await page.keyboard.press(' ');
    await expect.poll(() => page.locator('.run[aria-selected="true"]').count()).toBe(2);
    const selected = (await dashboard.sent()).filter((message) => message.type === 'select').at(-1);
    expect(selected).toMatchObject({
      active: expect.stringContaining('unified'),
      checked: [expect.anything(), expect.anything()],
    });
  });

  it('filters by words and says so when nothing is left', async () => {
    await openOn('overview');
    const { page } = dashboard;
    await page.locator('vscode-text-field').locator('input').fill('unified finished');
    await expect.poll(() => page.locator('.run').count()).toBe(1);
    await page.locator('vscode-text-field').locator('input').fill('method:unified state:finished');
    await expect.poll(() => page.locator('.run').count()).toBe(1);
    await page.locator('vscode-text-field').locator('input').fill('nothing like this');
    await page.getByText('No run matches the filter.').waitFor();
    await dashboard.post({ type: 'untold', count: 12 });
    await page.getByText('12 older runs not listed here').waitFor();
    await page.getByText('Clear filter').click();
    await expect.poll(() => page.locator('.run').count()).toBe(3);
  });

  it('shows whole what tells three namesakes apart, beside the explorer of a laptop', async () => {
    const on = (file: string) => ({ config: { data: { train: { file }, validation: { file: 'data/dev.tsv' } } } });
    const runs = [
      testRun(0, on('data/entities.train.jsonl')),
      testRun(1, on('data/places.train.jsonl')),
      testRun(2, on('data/entities.train.jsonl')),
    ];
    await openOn('overview', runs);
    await dashboard.page.setViewportSize({ width: 1040, height: 720 });
    const details = dashboard.page.locator('.run-details');
    expect(await details.allTextContents()).toEqual([
      expect.stringMatching(/^entities · \d\d:02$/),
      'places',
      expect.stringMatching(/^entities · \d\d:00$/),
    ]);
    const cut = await details.evaluateAll((found) =>
      found.map(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth),
    );
    expect(cut).toEqual([0, 0, 0]);
  });

  it('says that there are no runs where no filter hides any', async () => {
    dashboard = await browser.open({ kept: { ...defaultChoices, view: 'sweep', sweep: 'films-1' } });
    await dashboard.post(snapshotMessage([], []));
    const { page } = dashboard;
    await expect.poll(() => page.locator('.runs-none').textContent()).toBe('No runs yet.');
    expect(await page.getByText('Clear filter').count()).toBe(0);
  });

  it('tells the editor what its rows are, for the context menu', async () => {
    const pinned = testRun(1, { methods: 'lora' });
    await openOn('overview', [testRun(0), { ...pinned, notes: { ...pinned.notes, pinned: true } }]);
    const rows = dashboard.page.locator('.run');
    const contexts = await rows.evaluateAll((found) => found.map((row) => row.getAttribute('data-vscode-context')!));
    expect(contexts.map((text) => JSON.parse(text))).toEqual([
      { run: '20260301-90001-lora-s1', viewItem: 'run finished pinned', preventDefaultContextMenuItems: true },
      { run: '20260301-90000-ln-tuning-s1', viewItem: 'run finished', preventDefaultContextMenuItems: true },
    ]);
    // A key opens the menu where the focus is.
    const list = dashboard.page.locator('.runs-list');
    await list.focus();
    await dashboard.page.keyboard.press('Home');
    await expect.poll(() => list.getAttribute('data-vscode-context')).toBe(contexts[0]);
    await dashboard.page.keyboard.press('End');
    await expect.poll(() => list.getAttribute('data-vscode-context')).toBe(contexts[1]);
  });

  it('tells the editor the looks of the shown runs, to keep', async () => {
    await openOn('overview');
    const told = (await dashboard.sent()).flatMap((message) => (message.type === 'looks' ? [message.looks] : []));
    expect(Object.keys(told.at(-1)!).sort()).toEqual(
      workspaceRuns(3)
        .map(({ record }) => record.id)
        .sort(),
    );
  });

  it('takes a run in that is clicked elsewhere, and goes back to the runs of before', async () => {
    const runs = workspaceRuns(3);
    await openOn('curves', runs);
    const { page } = dashboard;
    const checked = () => page.locator('.run[aria-selected="true"]').count();
    await page.locator('.run', { hasText: 'unified' }).locator('.run-check').click();
    await expect.poll(checked).toBe(2);
    await dashboard.post({ type: 'show', runs: [runs[1]!.record.id] });
    await expect.poll(checked).toBe(3);
    await page.getByTitle('Back to the earlier charts of 2 runs').click();
    await expect.poll(checked).toBe(2);
    expect(await page.getByTitle('Back to the').count()).toBe(0);
  });

  it('groups by method', async () => {
    await openOn('overview', workspaceRuns(40));
    const { page } = dashboard;
    await page.locator('.runs-tools vscode-dropdown').click();
    await page.locator('.runs-tools vscode-option', { hasText: 'By method' }).click();
    await expect.poll(() => page.locator('.group-name').count()).toBe(9);
  });
});

describe('the views', () => {
  it('are changed by a click, by arrow keys, and remembered', async () => {
    await openOn('overview');
    const { page } = dashboard;
    await page.getByRole('tab', { name: 'Parameters' }).click();
    await page.locator('.view-parameters').waitFor();
    await page.keyboard.press('ArrowRight');
    await page.locator('.view-compare').waitFor();
    const kept = await page.evaluate(() => window.testState());
    expect(kept).toMatchObject({ view: 'compare' });
  });
});

describe('curves', () => {
  it('share one crosshair and one tooltip, best run first', async () => {
    await openOn('curves');
    const { page } = dashboard;
    await page.locator('[data-chart="evaluation:accuracy"] canvas').hover({ position: { x: 250, y: 90 } });
    await page.locator('.tooltip:not([hidden])').waitFor();
    await expect.poll(() => page.locator('.crosshair:not([hidden])').count()).toBeGreaterThan(5);
    expect(await page.locator('.tooltip th').allTextContents()).toEqual(['unified', 'ln-tuning', 'head-only']);
    await dashboard.shot('tooltip');
  });

  it('have a moment at one place in every chart, whatever their y axes say', async () => {
    await openOn('curves');
    const { page } = dashboard;
    for (const axis of ['Step', 'Epoch', 'Time', 'Tokens']) {
      await page.locator('.segmented label', { hasText: axis }).click();
      await dashboard.settled();
      await page.locator(`${lossChart} canvas`).hover({ position: { x: 250, y: 90 } });
      await page.locator('.tooltip:not([hidden])').waitFor();
      const places = () =>
        page
          .locator('.crosshair:not([hidden])')
          .evaluateAll((all) => all.map((line) => (line as HTMLElement).style.transform));
      await expect.poll(async () => (await places()).length, { message: axis }).toBe(7);
      expect(new Set(await places()).size, `${axis}: ${await places()}`).toBe(1);
      await page.mouse.move(0, 0);
    }
  });

  it('are read with arrow keys', async () => {
    await openOn('curves');
    const { page } = dashboard;
    await page.locator(lossChart).focus();
    await page.keyboard.press('ArrowRight');
    await page.locator('.tooltip:not([hidden])').waitFor();
    const first = await page.locator('.tooltip-head .quiet').textContent();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => page.locator('.tooltip-head .quiet').textContent()).not.toBe(first);
    await page.keyboard.press('Escape');
    await page.locator('.tooltip').waitFor({ state: 'hidden' });
  });

  it('zoom together by dragging in one, and come back by a double click', async () => {
    await openOn('curves');
    const { page } = dashboard;
    const before = await pixels('[data-chart="learningRate"]');
    const box = (await page.locator(lossChart).boundingBox())!;
    await page.mouse.move(box.x + 120, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + 240, box.y + 100, { steps: 4 });
    await page.mouse.up();
    const reset = page.locator('vscode-button', { hasText: 'Reset zoom' });
    await expect.poll(() => reset.getAttribute('aria-disabled')).toBe(null);
    await dashboard.settled();
    // Nothing else has moved.
    expect(await page.locator(lossChart).boundingBox()).toEqual(box);
    expect(await pixels('[data-chart="learningRate"]')).not.toBe(before);
    await page.locator(`${lossChart} canvas`).dblclick({ position: { x: 200, y: 80 } });
    await expect.poll(() => reset.getAttribute('aria-disabled')).toBe('true');
    await page.mouse.move(0, 0);
    await dashboard.settled();
    expect(await pixels('[data-chart="learningRate"]')).toBe(before);
  });

  it('change axis, smoothing and scale', async () => {
    await openOn('curves');
    const { page } = dashboard;
    for (const act of [
      () => page.locator('.segmented label', { hasText: 'Time' }).click(),
      () => page.locator('.slider input').fill('90'),
      () => page.locator('vscode-checkbox', { hasText: 'Log y axis' }).click(),
    ]) {
      const before = await pixels(lossChart);
      await act();
      await expect.poll(() => pixels(lossChart)).not.toBe(before);
    }
    const kept = await page.evaluate(() => window.testState());
    expect(kept).toMatchObject({ axis: 'time', smoothing: 0.9, hasLogScale: true });
  });

  it('fold seeds into a mean with a band', async () => {
    await openOn(
      'curves',
      [1, 2, 3].map((seed) => testRun(seed, { seed })),
    );
    const { page } = dashboard;
    expect(await page.locator('[data-card="loss"] .legend-label').allTextContents()).toEqual(['ln-tuning · n = 3']);
    await dashboard.shot('seed-band');
    await page.locator('vscode-checkbox', { hasText: 'Fold seeds' }).click();
    // Told once for all charts.
    await expect.poll(() => page.locator('.legend.shared .legend-label').count()).toBe(3);
    expect(await page.locator('[data-card] .legend-label').count()).toBe(0);
  });

  it('name each line above the charts, in the look that the list shows of all its seeds', async () => {
    const methods = ['lora', 'bitfit', 'ia3', 'prefix', 'full', 'unified'];
    const runs = methods.flatMap((name, i) =>
      [1, 2].flatMap((rate) =>
        [1, 2].map((seed) => testRun(4 * i + 2 * rate + seed, { methods: name, learningRate: rate / 100, seed })),
      ),
    );
    await openOn('curves', runs);
    const { page } = dashboard;
    await dashboard.post({ type: 'show', view: 'curves', runs: runs.map(({ record }) => record.id) });
    await expect.poll(() => page.locator('.legend.shared .legend-label').count()).toBe(12);
    const looks = (of: string) =>
      page.locator(`${of} .swatch`).evaluateAll((all) => [...new Set(all.map(({ innerHTML }) => innerHTML))].sort());
    expect(await looks('.runs')).toEqual(await looks('.legend.shared'));
  });

  it('are saved as PNG and CSV through the host', async () => {
    await openOn('curves');
    const { page } = dashboard;
    await page.getByTitle('Save Loss as PNG').click();
    await page.getByTitle('Save Loss as CSV').click();
    const saved = () =>
      page.evaluate(() =>
        window.testSent
          .filter((sent) => sent.type === 'save')
          .map(({ name, data }) => ({
            name,
            start: typeof data === 'string' ? data.slice(0, 60) : [...data.slice(0, 4)],
            size: data.length,
          })),
      );
    await expect.poll(async () => (await saved()).length).toBe(2);
    const files = await saved();
    expect(files.find(({ name }) => name === 'loss.png')?.start).toEqual([0x89, 0x50, 0x4e, 0x47]);
    expect(files.find(({ name }) => name === 'loss.csv')?.start).toBe(
      'run,kind,step,Loss,standard deviation\r\nhead-only,train,1,0.7',
    );
  });

  it('follow a change of theme', async () => {
    await openOn('curves');
    const before = await pixels(lossChart);
    await changeTheme(dashboard.page, 'vscode-high-contrast-light');
    await expect.poll(() => pixels(lossChart)).not.toBe(before);
  });
});

describe('compare', () => {
  it('sorts by a column, shows differences to a baseline, hides and brings back columns', async () => {
    await openOn('compare');
    const { page } = dashboard;
    const names = () => page.locator('.compare tbody .plain').allTextContents();
    await page.locator('.sort', { hasText: /^accuracy$/ }).click();
    await expect.poll(names).toEqual(['unified', 'ln-tuning', 'head-only']);
    await page.locator('.sort', { hasText: /^accuracy$/ }).click();
    await expect.poll(names).toEqual(['head-only', 'ln-tuning', 'unified']);
    await page.locator('.toolbar vscode-dropdown').click();
    await page.locator('.toolbar vscode-option', { hasText: 'Against ln-tuning' }).click();
    await page.getByText('baseline', { exact: true }).waitFor();
    expect(await page.locator('.compare tbody tr').last().locator('td').nth(2).textContent()).toMatch(
      /^(best: )?\+2\.\d$/,
    );
    // Seeds are compared by their mean, and the list says so.
    await dashboard.post(snapshotMessage([...workspaceRuns(3), testRun(9, { seed: 2 })], []));
    await dashboard.post({ type: 'show', runs: [testRun(9, { seed: 2 }).record.id] });
    await page.locator('.toolbar vscode-dropdown').click();
    await page.locator('.toolbar vscode-option', { hasText: 'Against ln-tuning, mean of 2 seeds' }).waitFor();
    expect(await page.locator('.toolbar vscode-option').count()).toBe(4);
    await page.keyboard.press('Escape');
    await page.locator('.sort', { hasText: 'memory' }).focus();
    await page.keyboard.press('Delete');
    await page.locator('.chip', { hasText: 'memory' }).click();
    await page.locator('.sort', { hasText: 'memory' }).waitFor();
    await dashboard.shot('baseline');
  });

  it('takes runs out that were put in, and not the one that stands in where there is none', async () => {
    await openOn('compare');
    const { page } = dashboard;
    expect(await page.getByTitle('out of the comparison').count()).toBe(3);
    await page.getByTitle('Take all runs out of the charts').click();
    await expect.poll(() => page.locator('.compare tbody .plain').count()).toBe(1);
    expect(await page.getByTitle('out of the comparison').count()).toBe(0);
    expect(await page.locator('.runs-head .quiet').textContent()).toBe('the run in front');
  });

  it('moves columns by keyboard and by dragging', async () => {
    await openOn('compare');
    const { page } = dashboard;
    const titles = () => page.locator('.compare .sort').allTextContents();
    await page.evaluate(() =>
      window.addEventListener('keydown', ({ key }) => document.body.append(`passed on: ${key}`)),
    );
    await page.locator('.sort', { hasText: /^loss$/ }).focus();
    await page.keyboard.press('Alt+ArrowRight');
    await expect.poll(async () => (await titles()).slice(1, 4)).toEqual(['state', 'accuracy', 'loss']);
    // To the editor around, whose key it is too.
    expect(await page.getByText('passed on: ArrowRight').count()).toBe(0);
    await page.keyboard.press('F8');
    expect(await page.getByText('passed on: F8').count()).toBe(1);
    await page
      .locator('.compare th', { hasText: 'tunable' })
      .dragTo(page.locator('.compare th', { hasText: /^state/ }));
    await expect.poll(async () => (await titles()).slice(1, 3)).toEqual(['tunable', 'state']);
  });

  it('draws the first two hundred of many rows, and copies them all', async () => {
    const runs = Array.from({ length: 203 }, (_, index) => testRun(index, { seed: index, steps: 20 }));
    const checked = runs.map(({ record }) => record.id);
    dashboard = await browser.open({
      kept: { ...defaultChoices, view: 'compare', foldsSeeds: false, checked, active: checked[0]! },
    });
    const { page } = dashboard;
    await dashboard.post(snapshotMessage(runs, []));
    await page.getByText('200 of 203 rows are shown').waitFor();
    expect(await page.locator('.compare tbody tr').count()).toBe(200);
    await page.locator('vscode-button', { hasText: 'CSV' }).click();
    const [copied] = (await dashboard.sent()).flatMap((message) => (message.type === 'copy' ? [message.text] : []));
    expect(copied?.trim().split('\n')).toHaveLength(204);
  });

  it('copies Markdown, CSV and LaTeX', async () => {
    await openOn('compare');
    for (const label of ['Markdown', 'CSV', 'LaTeX'])
      await dashboard.page.locator('vscode-button', { hasText: label }).click();
    const texts = (await dashboard.sent()).flatMap((message) => (message.type === 'copy' ? [message.text] : []));
    expect(texts[0]).toMatch(/^\| run \| state \| loss /);
    expect(texts[1]).toMatch(/^run,state,loss/);
    expect(texts[2]).toMatch(/^\\begin\{tabular\}\{llrrr/);
  });
});

describe('overview', () => {
  it('offers first what helps: changes for a run that failed by itself, and what a finished one is for', async () => {
    const failed = testRun(1, { state: 'failed', methods: 'lora', done: 0 });
    const summary = { ...failed.summary!, step: 0, totalSteps: 0 };
    const early = { ...failed, summary, series: emptySeries() };
    await openOn('overview', [testRun(0), early]);
    const { page } = dashboard;
    await page.locator('.run-title h2', { hasText: 'lora' }).waitFor();
    const primary = page.locator('.run-actions vscode-button[appearance="primary"]');
    expect(await primary.allTextContents()).toEqual(['Re-run with Changes']);
    expect(await page.locator('.run-state').textContent()).toContain('before the first step');
    await page.getByText('It ended before its first point').first().waitFor();
    await primary.click();
    await page.locator('.run', { hasText: 'ln-tuning' }).click();
    for (const label of ['Try', 'Export', 'Compare'])
      await page.locator('.run-actions vscode-button', { hasText: label }).click();
    await page.locator('.view-compare').waitFor();
    const actions = (await dashboard.sent()).flatMap((message) =>
      message.type === 'action' ? [`${message.action} ${message.run}`] : [],
    );
    expect(actions).toEqual([
      'rerunWithChanges 20260301-90001-lora-s1',
      'tryModel 20260301-90000-ln-tuning-s1',
      'exportAdapter 20260301-90000-ln-tuning-s1',
    ]);
  });

  it('says the cause that the cluster gave', async () => {
    const causes = [
      ['queued', 'job 7 waits: nothing is free (Resources)'],
      ['stopped', 'job 7 was preempted'],
      ['unknown', 'queued elsewhere, by someone else or in another place'],
      ['died', 'job 7 ran out of memory; raise where.memory'],
    ] as const;
    const run = testRun(0, { state: 'stopped' });
    await openOn('overview', [run]);
    const { page } = dashboard;
    expect(await page.locator('.trouble').count()).toBe(0);
    for (const [state, message] of causes) {
      await dashboard.post({ type: 'update', run: run.record.id, change: { state, message } });
      await expect.poll(() => page.locator('.trouble p').textContent()).toBe(message);
      expect(await page.locator('.run').getAttribute('title')).toContain(message);
    }
    await dashboard.post({ type: 'update', run: run.record.id, change: { state: 'died', message: null } });
    await expect.poll(() => page.locator('.trouble p').textContent()).toBe('The cause is unknown.');
    expect(await page.getByRole('button', { name: 'Resume' }).count()).toBe(1);
    await dashboard.post({ type: 'update', run: run.record.id, change: { state: 'unknown' } });
    await page.locator('.trouble.state-unknown').waitFor();
    expect(await page.getByRole('button', { name: 'Resume' }).count()).toBe(1);
  });

  it('zooms in the overview and comes back by a double click', async () => {
    await openOn('overview');
    const { page } = dashboard;
    const before = await pixels(lossChart);
    const box = (await page.locator(lossChart).boundingBox())!;
    await page.mouse.move(box.x + 120, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + 240, box.y + 100, { steps: 4 });
    await page.mouse.up();
    const zoom = () => page.evaluate(() => (window.testState() as { zoom: unknown }).zoom);
    await expect.poll(zoom).not.toBe(null);
    await page.mouse.move(0, 0);
    await dashboard.settled();
    expect(await pixels(lossChart)).not.toBe(before);
    await page.locator(`${lossChart} canvas`).dblclick({ position: { x: 200, y: 80 } });
    await expect.poll(zoom).toBe(null);
    await page.mouse.move(0, 0);
    await dashboard.settled();
    expect(await pixels(lossChart)).toBe(before);
  });

  it('shows runs whole that end before the zoomed part', async () => {
    const drawnWith = async (zoom: { from: number; to: number } | null) => {
      dashboard = await browser.open({ kept: { ...defaultChoices, view: 'overview', zoom } });
      await dashboard.post(snapshotMessage([testRun(0)], []));
      await dashboard.page.locator(lossChart).waitFor();
      await dashboard.settled();
      return Number(await dashboard.page.locator(`${lossChart} canvas`).getAttribute('data-drawn'));
    };
    const whole = await drawnWith(null);
    await dashboard.page.context().close();
    expect(await drawnWith({ from: 5000, to: 6000 })).toBe(whole);
  });

  it('names the kept weights in its large figure, and the last evaluation beside them', async () => {
    const run = testRun(0);
    const evaluations = [0.7, 0.9, 0.875].map((accuracy, at) => ({
      step: 100 * (at + 1),
      epoch: at + 1,
      split: 'validation' as const,
      metrics: { accuracy },
    }));
    const best = { name: 'accuracy', value: 0.9, step: 200 };
    await openOn('overview', [{ ...run, summary: { ...run.summary!, best }, series: { ...run.series, evaluations } }]);
    const figure = dashboard.page.locator('.figure').first();
    expect(await figure.locator('.figure-value').textContent()).toBe('90.0\u202f%');
    expect(await figure.locator('p.quiet').allTextContents()).toEqual([
      'kept, step 200',
      'last 87.5\u202f% · ▼\u20092.5 points since step 200',
    ]);
  });

  it('says one duration of a run that is over', async () => {
    const run = testRun(0, { steps: 22 });
    // Evaluations took a little on top of the last point of training.
    await openOn('overview', [{ ...run, summary: { ...run.summary!, elapsedSeconds: 2.7 } }]);
    const told = async () =>
      (await dashboard.page.locator('.run-state span, .figures p').allTextContents())
        .join(' ')
        .match(/[\d.]+\u202fs\b/g);
    expect(await told()).toEqual(['2.7\u202fs']);
    const running = { ...run.summary!, elapsedSeconds: 1.5 };
    await dashboard.post({ type: 'update', run: run.record.id, change: { state: 'running', summary: running } });
    await expect.poll(told).toEqual(['1.5\u202fs']);
  });

  it('asks the host to stop, resume and open', async () => {
    await openOn('overview', [testRun(0, { state: 'running' }), testRun(1, { state: 'died', methods: 'lora' })]);
    const { page } = dashboard;
    await page.locator('.run-actions vscode-button', { hasText: 'Stop' }).click();
    await page.locator('.run', { hasText: 'lora' }).click();
    await page
      .locator('.trouble', { hasText: '2 columns are expected, got 3; quote the field that holds a tab' })
      .waitFor();
    await dashboard.shot('died');
    await page.locator('.run-actions vscode-button', { hasText: 'Resume' }).click();
    await page.locator('.run-actions vscode-button', { hasText: 'Open Log' }).click();
    const actions = (await dashboard.sent()).flatMap((message) =>
      message.type === 'action' ? [`${message.action} ${message.run}`] : [],
    );
    expect(actions).toEqual([
      'stop 20260301-90000-ln-tuning-s1',
      'resume 20260301-90001-lora-s1',
      'openLog 20260301-90001-lora-s1',
    ]);
  });
});

describe('the heat map', () => {
  it('reads values of any method under the pointer', async () => {
    const run = testRun(0, { methods: 'bitfit' });
    await openOn('parameters', [run]);
    const { page } = dashboard;
    const box = (await page.locator('[data-chart="drift"] canvas').boundingBox())!;
    const last = run.drift.at(-1)!;
    const cell = (row: number, column: number) =>
      `${last.layers[row]!.layer} · ${last.columns[column]}: ${formatSignificant(last.layers[row]!.meanAbsoluteChange[column]!)}`;
    // The corner at the top right is the last layer's last site.
    await page.mouse.move(box.x + box.width - 18, box.y + 16);
    await expect
      .poll(() => page.locator('[data-card="drift"] .readout').textContent())
      .toBe(cell(last.layers.length - 1, last.columns.length - 1));
    await dashboard.shot('heat-map-bitfit');
    await expect
      .poll(() => page.locator('[data-card="drift"] .legend').textContent())
      .toMatch(/Spearman’s ρ with depth: .+ −?\d\.\d\d \(n = \d+\)/);
  });

  it('gives way to the reason where the change cannot be told', async () => {
    const driftProblem = 'acme/small: must be on this machine; evaluate the run, which downloads it';
    await openOn('parameters', [{ ...testRun(0), drift: [], driftProblem }]);
    const card = dashboard.page.locator('section[aria-label="Change of tuned tensors"]');
    expect(await card.getByRole('status').textContent()).toBe(driftProblem);
  });
});

describe('the scale of a run’s change', () => {
  it('is asked of the host, drawn over λ, and read off with a slider', async () => {
    const run = testRun(0);
    await openOn('parameters', [run]);
    const { page } = dashboard;
    const card = page.locator('section[aria-label="Scale of the change"]');
    await card.getByText('Evaluate Scales').click();
    await expect
      .poll(async () => (await dashboard.sent()).filter((message) => message.type === 'scale'))
      .toEqual([{ type: 'scale', run: run.record.id }]);
    await expect.poll(() => card.textContent()).toContain('Evaluating…');
    const points = [0, 0.5, 1, 1.5].map((scale) => ({
      scale,
      metrics: { loss: 0.5, accuracy: 0.8 - (scale - 0.5) ** 2 / 10 },
    }));
    const curve = {
      ...{ rows: 872, file: 'dev.tsv', seconds: 9, methods: ['ln-tuning'], kept: ['prefix'], numbers: 9984 },
      ...{ metric: 'accuracy', best: 0.5, points },
    };
    await dashboard.post({ type: 'scaled', run: run.record.id, curve });
    await expect.poll(() => card.locator('.slider-text').textContent()).toBe('0.5 (best)');
    await expect.poll(() => card.locator('.readout').textContent()).toMatch(/accuracy 80\.0/i);
    const caution = 'Chosen on these rows: judge it on others before you rely on it.';
    expect(await card.textContent()).toContain(caution);
    await dashboard.shot('scale');
    await card.locator('input[type=range]').press('ArrowRight');
    await expect.poll(() => card.locator('.slider-text').textContent()).toBe('1 (as tuned)');
    await expect.poll(() => card.locator('.readout').textContent()).toMatch(/accuracy 77\.5/i);
    expect(await card.textContent()).toContain('ln-tuning scaled; prefix as trained');
    await card.locator('input[type=range]').press('Home');
    await expect.poll(() => card.locator('.slider-text').textContent()).toBe('0 (the start)');
    await dashboard.post({ type: 'scaled', run: run.record.id, curve: { ...curve, best: 1 } });
    await expect.poll(() => card.textContent()).not.toContain(caution);
  });

  it('says why nothing can be scaled', async () => {
    const run = testRun(1, { methods: 'lora' });
    await openOn('parameters', [run]);
    const card = dashboard.page.locator('section[aria-label="Scale of the change"]');
    await card.getByText('Evaluate Scales').click();
    const problem = 'scale needs terms of the base, got lora';
    await dashboard.post({ type: 'scaled', run: run.record.id, problem });
    await expect.poll(() => card.locator('.warning').textContent()).toBe(problem);
  });
});

describe('a run that is alone in a chart', () => {
  it('is drawn without dashes, and with its own beside another', async () => {
    const [first, second] = [testRun(0), testRun(1, { methods: 'lora' })];
    const slots = { [first.record.id]: 1, [second.record.id]: 2 };
    const view = 'curves' as const;
    dashboard = await browser.open({
      kept: { ...defaultChoices, view, slots, checked: [first.record.id], active: first.record.id },
    });
    await dashboard.post(snapshotMessage([first, second], []));
    const dashes = () =>
      dashboard.page
        .locator('[data-card="loss"] .legend-entry line, .legend.shared .legend-entry line')
        .evaluateAll((lines) => lines.map((line) => line.getAttribute('stroke-dasharray') ?? ''));
    await expect.poll(dashes).toEqual(['']);
    await dashboard.page.locator('.run .run-check').first().click();
    await expect.poll(async () => (await dashes()).sort()).toEqual(['2 2', '6 3']);
  });
});
