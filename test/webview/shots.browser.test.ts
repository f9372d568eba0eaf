import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { panelViews } from '../../extension/contract/panel.ts';
import { snapshotMessage } from '../../extension/host/dashboard/hostMessages.ts';
import { TestBrowser, themeKinds } from '../support/browser.ts';
import { workspaceRuns } from '../support/browserRuns.ts';

const sizes = [
  [1400, 900],
  [900, 700],
  [320, 640],
] as const;

let browser: TestBrowser;
beforeAll(async () => {
  browser = await TestBrowser.start();
});
afterAll(() => browser?.close());

/** Anything that sticks out of the page to the right. */
const overflowing = `[...document.querySelectorAll('main, .runs, .card, .toolbar')].filter((element) => {
  const box = element.getBoundingClientRect();
  return box.width > 0 && (box.right > innerWidth + 1 || (element.matches('main, .runs') && element.scrollWidth > element.clientWidth + 1));
}).map((element) => element.className || element.tagName)`;

describe('the page at every size', () => {
  for (const count of [0, 1, 3, 40]) {
    it(`fits with ${count} runs, and draws without faults`, async () => {
      for (const [width, height] of sizes) {
        const dashboard = await browser.open({ width, height });
        await dashboard.post(snapshotMessage(workspaceRuns(count), []));
        if (count === 0) await dashboard.shot(`runs-0-${width}`);
        for (const view of count === 0 ? [] : panelViews) {
          await dashboard.post({ type: 'show', view, runs: [] });
          await dashboard.page.locator(`.view-${view}`).waitFor();
          await dashboard.shot(`runs-${count}-${view}-${width}`);
          expect(await dashboard.page.evaluate(overflowing), `${view} at ${width}`).toEqual([]);
        }
        expect(dashboard.faults).toEqual([]);
        await dashboard.page.context().close();
      }
    }, 120_000);
  }

  it('holds forty lines in every chart', async () => {
    const runs = workspaceRuns(40);
    const dashboard = await browser.open();
    await dashboard.post(snapshotMessage(runs, []));
    for (const view of panelViews) {
      await dashboard.post({ type: 'show', view, runs: runs.map((run) => run.record.id) });
      await dashboard.page.locator(`.view-${view}`).waitFor();
      await dashboard.shot(`overlay-40-${view}`);
    }
    expect(dashboard.faults).toEqual([]);
    await dashboard.page.context().close();
  }, 60_000);

  for (const theme of themeKinds) {
    it(`follows ${theme}`, async () => {
      const dashboard = await browser.open({ theme });
      await dashboard.post(snapshotMessage(workspaceRuns(3), []));
      for (const view of panelViews) {
        await dashboard.post({ type: 'show', view, runs: [] });
        await dashboard.page.locator(`.view-${view}`).waitFor();
        await dashboard.shot(`theme-${theme}-${view}`);
      }
      expect(dashboard.faults).toEqual([]);
      await dashboard.page.context().close();
    }, 60_000);
  }
});
