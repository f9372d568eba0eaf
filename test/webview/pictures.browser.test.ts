import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { snapshotMessage } from '../../extension/host/dashboard/hostMessages.ts';
import { type DashboardPage, TestBrowser } from '../support/browser.ts';
import { testRun } from '../support/browserRuns.ts';
import { filmsSweep, runOfFilms } from '../support/browserSweep.ts';

let browser: TestBrowser;
beforeAll(async () => {
  browser = await TestBrowser.start();
});
afterAll(() => browser?.close());

/** The texts that the picture of a chart gets, with the room that each was squeezed into. */
async function textsOf({ page, sent }: DashboardPage, title: string) {
  const before = (await sent()).length;
  await page.evaluate(() => {
    const texts: (readonly [string, number | undefined])[] = [];
    const { fillText } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.fillText = function (text, x, y, room) {
      if (!this.canvas.isConnected) texts.push([text, room]);
      fillText.call(this, text, x, y);
    };
    Object.assign(window, { texts });
  });
  await page.getByTitle(`Save ${title} as PNG`).click();
  await expect.poll(async () => (await sent()).slice(before).some(({ type }) => type === 'save')).toBe(true);
  return page.evaluate(() => (window as unknown as { texts: [string, number | undefined][] }).texts);
}

describe('the picture of a chart', () => {
  it('cuts a long name, squeezes none, and says what the page says below the chart', async () => {
    const dashboard = await browser.open({ width: 1000, height: 900 });
    const name = 'prefix length 24 with attention adapter, bottleneck 48, '.repeat(3);
    const runs = [testRun(0, { name }), testRun(1, { nanFrom: 100 })];
    await dashboard.post(snapshotMessage(runs, []));
    await dashboard.post({ type: 'show', view: 'curves', runs: runs.map(({ record }) => record.id) });
    await dashboard.settled();
    const texts = await textsOf(dashboard, 'Loss');
    expect(texts.filter(([, room]) => room !== undefined)).toEqual([]);
    const all = texts.map(([text]) => text);
    expect(all.filter((text) => text.startsWith('prefix length 24') && text.endsWith('…'))).toHaveLength(1);
    expect(all.join(' ')).toContain('NaN from step 100');
    expect(all.join(' ')).toContain('with markers: evaluation');
    expect(dashboard.faults).toEqual([]);
    await dashboard.page.context().close();
  });

  it('says what the darkest cell of a heat map is worth, and what the signs of a sweep mean', async () => {
    const dashboard = await browser.open({ width: 1000, height: 900 });
    const { page } = dashboard;
    const films = filmsSweep();
    await dashboard.post(snapshotMessage([runOfFilms()], []));
    await dashboard.post({ type: 'show', view: 'sweep', runs: [], sweep: films.id });
    await dashboard.post({ type: 'sweep', sweep: films });
    await dashboard.settled();
    const cost = page.locator('[data-card="sweep-cost"]');
    const title = await cost.locator('h3').textContent();
    const told = await cost.locator('.legend > .quiet').allTextContents();
    const drawn = (await textsOf(dashboard, title!)).map(([text]) => text).join(' ');
    for (const words of told.join(' ').split(' ')) expect(drawn).toContain(words);
    const run = testRun(0);
    await dashboard.post(snapshotMessage([run], []));
    await dashboard.post({ type: 'show', view: 'parameters', runs: [run.record.id] });
    await dashboard.settled();
    const heat = await textsOf(dashboard, 'Change of tuned tensors');
    const ends = await page.locator('.ramp-legend .quiet').allTextContents();
    expect(heat.map(([text]) => text)).toContain(ends.join(' … '));
    expect(dashboard.faults).toEqual([]);
    await page.context().close();
  });
});
