import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { panelViews } from '../../extension/contract/panel.ts';
import { snapshotMessage } from '../../extension/host/dashboard/hostMessages.ts';
import { defaultChoices } from '../../webview/state/choices.ts';
import { type DashboardPage, TestBrowser } from '../support/browser.ts';
import { testRun, workspaceRuns } from '../support/browserRuns.ts';
import { filmsSweep, runOfFilms } from '../support/browserSweep.ts';

let browser: TestBrowser;
beforeAll(async () => {
  browser = await TestBrowser.start();
});
afterAll(() => browser?.close());

async function open(width = 1400): Promise<DashboardPage> {
  const dashboard = await browser.open({ width });
  const failed = testRun(9, { state: 'failed', methods: 'lora' });
  await dashboard.post(
    snapshotMessage([...workspaceRuns(3), failed, runOfFilms()], [{ id: 'old', reason: 'too old' }]),
  );
  await dashboard.post({ type: 'sweep', sweep: filmsSweep() });
  return dashboard;
}

/** Marks the element that has the focus, and says whether there is one. */
const markFocused = (page: Page): Promise<boolean> =>
  page.evaluate(() => {
    const focused = document.activeElement;
    if (focused === null || focused === document.body) return false;
    focused.setAttribute('data-reached', '');
    return true;
  });

/** What a mouse could act on and Tab did not come to; of buttons that exclude each other, the chosen one stands for all. */
const unreached = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const kinds = ['button', 'checkbox', 'dropdown', 'text-field'].map((name) => `vscode-${name}`);
    const all = [
      ...kinds,
      'button',
      'summary',
      'input',
      'a[href]',
      '[tabindex="0"]',
      '[role="tab"][aria-selected="true"]',
    ];
    return [...document.querySelectorAll(all.join())]
      .filter((element) => element.getClientRects().length > 0 && !element.matches('[type="radio"]:not(:checked)'))
      .filter((element) => !element.hasAttribute('data-reached'))
      .map((element) => element.outerHTML.slice(0, 160));
  });

/** Whether the focused element looks another than without the focus. */
async function isFocusSeen(page: Page): Promise<boolean> {
  const box = await page.evaluate(() => {
    const { left, top, right, bottom } = document.activeElement!.getBoundingClientRect();
    const [x, y] = [Math.max(0, left - 3), Math.max(0, top - 3)];
    return { x, y, width: Math.min(innerWidth, right + 3) - x, height: Math.min(innerHeight, bottom + 3) - y };
  });
  const picture = async () => (await page.screenshot({ clip: box, caret: 'hide' })).toString('base64');
  const focused = await picture();
  await page.evaluate(() => {
    const element = document.activeElement as HTMLElement;
    element.setAttribute('data-left', '');
    element.blur();
  });
  const left = await picture();
  await page.evaluate(() => {
    const element = document.querySelector<HTMLElement>('[data-left]')!;
    element.removeAttribute('data-left');
    element.focus();
  });
  return focused !== left;
}

describe('the keyboard alone', () => {
  for (const view of panelViews) {
    it(`comes to all that a mouse can act on in ${view}, and shows where it is`, async () => {
      const dashboard = await open();
      const { page } = dashboard;
      await dashboard.post({ type: 'show', view, runs: [], ...(view === 'sweep' && { sweep: filmsSweep().id }) });
      await page.locator(`.view-${view}`).waitFor();
      await dashboard.settled();
      const unseen: string[] = [];
      for (let presses = 0; presses < 120; presses++) {
        await page.keyboard.press('Tab');
        if (!(await markFocused(page))) break;
        if (!(await isFocusSeen(page)))
          unseen.push(await page.evaluate(() => document.activeElement!.outerHTML.slice(0, 160)));
      }
      expect(await unreached(page)).toEqual([]);
      expect(unseen).toEqual([]);
      expect(dashboard.faults).toEqual([]);
      await page.context().close();
    }, 120_000);
  }

  it('opens, walks and leaves each view, and acts in it', async () => {
    const dashboard = await open();
    const { page } = dashboard;
    const focus = async (name: string | RegExp, role: 'button' | 'checkbox' | 'combobox' | 'slider' | 'radio') =>
      page.getByRole(role, { name }).first().focus();
    await page.getByRole('tab', { name: 'Overview' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.locator('.view-curves').waitFor();
    await focus('Step', 'radio');
    await page.keyboard.press('ArrowRight');
    await focus(/Smoothing/, 'slider');
    await page.keyboard.press('Home');
    await focus('Log y axis', 'checkbox');
    await page.keyboard.press('Space');
    await focus('Show Loss as a table', 'button');
    await page.keyboard.press('Enter');
    await page.locator('[data-card="loss"] table').waitFor();
    const kept = () => page.evaluate(() => window.testState());
    await expect
      .poll(kept)
      .toMatchObject({ axis: 'epoch', smoothing: 0, hasLogScale: true, asTable: ['loss'], view: 'curves' });
    await page.getByRole('tab', { name: 'Curves' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.locator('.view-parameters').waitFor();
    await page.keyboard.press('ArrowRight');
    await page.locator('.view-compare').waitFor();
    await focus('Show differences to', 'combobox');
    await page.keyboard.press('ArrowDown');
    await page.getByText('baseline', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'accuracy', exact: true }).first().focus();
    await page.keyboard.press('Enter');
    await expect.poll(kept).toMatchObject({ sort: { column: 'metric:accuracy' } });
    expect(dashboard.faults).toEqual([]);
    await page.context().close();
  }, 60_000);

  it('stays beside what takes its own button away', async () => {
    const runs = workspaceRuns(3);
    const checked = runs.map(({ record }) => record.id);
    const dashboard = await browser.open({
      kept: { ...defaultChoices, view: 'compare', checked, active: checked[0]! },
    });
    const { page } = dashboard;
    await dashboard.post(snapshotMessage(runs, []));
    const focused = () =>
      page.evaluate(() => {
        const { activeElement } = document;
        return activeElement?.getAttribute('aria-label') ?? activeElement?.textContent?.trim();
      });
    const heading = page.locator('.compare th .sort');
    const names = () => heading.allTextContents();
    await page.locator('.compare').waitFor();
    const [, first, second, third] = await names();
    await heading.nth(1).focus();
    await page.keyboard.press('Delete');
    await expect.poll(focused).toBe(second);
    await page.keyboard.press('Delete');
    await expect.poll(focused).toBe(third);
    await page.locator('.hidden-columns button').first().focus();
    await page.keyboard.press('Enter');
    await expect.poll(focused).toBe(second);
    await page.keyboard.press('Enter');
    await expect.poll(async () => (await names()).slice(1, 3)).toEqual([first, second]);
    expect(await focused()).toMatch(/^Take /);
    await page.locator('.compare tbody vscode-button').first().focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.compare tbody tr').count()).toBe(2);
    expect(await page.evaluate(() => document.activeElement?.closest('tbody tr') !== null)).toBe(true);
    await page.locator('vscode-text-field').locator('input').fill('nothing like this');
    await page.getByText('Clear filter').focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.run').count()).toBe(3);
    expect(await page.evaluate(() => document.activeElement?.closest('.runs') !== null)).toBe(true);
    await page.context().close();
  }, 60_000);
});
