import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportHtml } from '../../webview/report.ts';
import { artifacts, buildBundle, TestBrowser } from '../support/browser.ts';
import { longRun, testRun, workspaceRuns } from '../support/browserRuns.ts';

let browser: TestBrowser;
let html = '';
beforeAll(async () => {
  const bundle = await buildBundle();
  const hostile = testRun(7, { name: '</script><script>window.pwned=1</script>', nanFrom: 100 });
  html = reportHtml(bundle, [...workspaceRuns(3), hostile, longRun(60_000)], 'SST-2 <b>&</b> friends');
  browser = await TestBrowser.start(new Map([['/report.html', () => html]]));
});
afterAll(() => browser?.close());

describe('a report', () => {
  it('is one file that opens without a host and asks the network for nothing', async () => {
    const { page, faults } = await browser.openPath('/report.html');
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    await page.reload();
    await page.locator('.view-overview').waitFor();
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
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByTitle('Save Loss as CSV').click()]);
    expect(download.suggestedFilename()).toBe('loss.csv');
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('stays small: long curves are thinned', () => {
    expect(html.length).toBeLessThan(4_500_000);
  });
});
