import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { panelViews } from '../../extension/contract/panel.ts';
import { snapshotMessage } from '../../extension/host/dashboard/hostMessages.ts';
import { reportHtml } from '../../webview/report/report.ts';
import { defaultChoices } from '../../webview/state/choices.ts';
import { axeFindings, buildBundle, TestBrowser } from '../support/browser.ts';
import { testRun, testTimeMs, workspaceRuns } from '../support/browserRuns.ts';
import { filmsSweep, runOfFilms } from '../support/browserSweep.ts';
import { editorThemeNames } from '../support/editorThemes.ts';

let browser: TestBrowser;
beforeAll(async () => {
  const about = { title: 'Films', savedAtMs: testTimeMs, sweeps: [filmsSweep()] };
  const report = reportHtml(await buildBundle(), [runOfFilms(), ...workspaceRuns(3)], about);
  browser = await TestBrowser.start(new Map([['/report.html', () => report]]));
});
afterAll(() => browser?.close());

describe('accessibility', () => {
  for (const theme of editorThemeNames) {
    it(`shuts nobody out in ${theme}`, async () => {
      const dashboard = await browser.open({ theme });
      await dashboard.settled();
      expect(await axeFindings(dashboard), 'before the runs are read').toEqual([]);
      await dashboard.post(snapshotMessage([], [{ id: 'old-run', reason: 'was written by version 9' }]));
      await dashboard.page.getByText('No runs yet').waitFor();
      expect(await axeFindings(dashboard), 'without runs').toEqual([]);
      const failed = testRun(9, { state: 'failed', methods: 'lora', note: 'Diverged at once.' });
      await dashboard.post(
        snapshotMessage(
          [...workspaceRuns(3), failed, runOfFilms()],
          [{ id: 'old-run', reason: 'was written by version 9' }],
        ),
      );
      await dashboard.post({ type: 'sweep', sweep: filmsSweep() });
      for (const view of panelViews) {
        await dashboard.post({ type: 'show', view, runs: [], ...(view === 'sweep' && { sweep: filmsSweep().id }) });
        await dashboard.page.locator(`.view-${view}`).waitFor();
        await dashboard.settled();
        expect(await axeFindings(dashboard), view).toEqual([]);
      }
      await dashboard.post({ type: 'show', view: 'overview', runs: [failed.record.id] });
      await dashboard.page.locator('.trouble').waitFor();
      expect(await axeFindings(dashboard), 'failed run').toEqual([]);
      await dashboard.page.context().close();
    }, 60_000);
  }

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`shuts nobody out of a report in ${colorScheme}`, async () => {
      const { page } = await browser.openPath('/report.html');
      await page.emulateMedia({ colorScheme });
      for (const view of ['Overview', 'Curves', 'Parameters', 'Compare', 'Sweep']) {
        await page.getByRole('tab', { name: view }).click();
        await page.locator(`.view-${view.toLowerCase()}`).waitFor();
        expect(await axeFindings({ page }), view).toEqual([]);
      }
      await page.context().close();
    }, 60_000);
  }

  it('names the box that filters runs', async () => {
    const dashboard = await browser.open({});
    await dashboard.post(snapshotMessage(workspaceRuns(3), []));
    await dashboard.page.getByRole('textbox', { name: 'Filter runs' }).fill('ln');
    expect(await dashboard.page.getByText('Filter runs', { exact: true }).isVisible()).toBe(false);
    await dashboard.page.context().close();
  });

  it('shows every chart as a table, by keyboard alone', async () => {
    const cards = ['loss', 'evaluation:accuracy', 'components', 'layers', 'drift'];
    for (const card of cards) {
      const view = card === 'loss' || card.startsWith('evaluation') ? 'curves' : 'parameters';
      const dashboard = await browser.open({ kept: { ...defaultChoices, view } });
      await dashboard.post(snapshotMessage(workspaceRuns(1), []));
      const toggle = dashboard.page.locator(`[data-card="${card}"] vscode-button`).first();
      await toggle.locator('button').focus();
      await dashboard.page.keyboard.press('Enter');
      const rows = dashboard.page.locator(`[data-card="${card}"] tbody tr`);
      await rows.first().waitFor();
      await expect.poll(() => rows.count(), { message: card }).toBeGreaterThan(0);
      await dashboard.page.context().close();
    }
  }, 60_000);

  it('keeps in forced colours what a background alone tells: the chosen tab, where a slider stands, whose bars these are', async () => {
    const dashboard = await browser.open();
    const { page } = dashboard;
    await page.emulateMedia({ colorScheme: 'dark', forcedColors: 'active' });
    const runs = workspaceRuns(2);
    await dashboard.post(snapshotMessage(runs, []));
    const show = (view: 'curves' | 'parameters') =>
      dashboard.post({ type: 'show', view, runs: runs.map(({ record }) => record.id) });
    await show('curves');
    const slider = page.locator('.view-curves .slider input').first();
    const stood = await slider.screenshot();
    await slider.fill('0.9');
    expect(stood.equals(await slider.screenshot())).toBe(false);
    await show('parameters');
    await page.locator('.ramp').waitFor();
    const [ground, ...others] = await page.evaluate(() => {
      const tabs = document.querySelector('vscode-panels')!.shadowRoot!;
      const find = (part: string) => document.querySelector(part) ?? tabs.querySelector(part);
      return ['body', '.block', '.ramp', '.activeIndicator'].map((part) => {
        const { backgroundColor, backgroundImage } = getComputedStyle(find(part)!);
        return backgroundImage === 'none' ? backgroundColor : backgroundImage;
      });
    });
    expect(others).not.toContain(ground);
    await page.context().close();
  }, 60_000);

  it('moves nothing when the reader asks for less motion', async () => {
    const dashboard = await browser.open();
    await dashboard.page.emulateMedia({ reducedMotion: 'reduce' });
    await dashboard.post(snapshotMessage(workspaceRuns(3), []));
    await dashboard.settled();
    const moving = await dashboard.page.evaluate(
      () => document.getAnimations().filter((animation) => animation.playState === 'running').length,
    );
    expect(moving).toBe(0);
    await dashboard.page.context().close();
  });
});
