/**
 * npm run screenshots: the editor in light and dark, 900 and 1,400 pixels wide, as test/artifacts/screenshots/*.png;
 * those that the docs show also as docs/images/*.png. The runs to be seen are trained once and kept in
 * .cache/screenshots, which takes some minutes. Needs the server flavour of VS Code (Linux on x64) and a Chromium.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { copyExamples, dashboard, limit, row, typeInPalette } from '../test/support/editorPage.ts';
import { writePackage } from './packageFiles.mjs';
import { build, install } from './setup.mjs';
import { launchChromium } from './vscode/browser.mjs';
import { pageAddress } from './vscode/page.mjs';
import { installExtension, installServer, removeFolder, setMachineSettings, startServer } from './vscode/server.mjs';

const root = path.resolve('.');
const cache = path.join(root, '.cache', 'screenshots');
const workspace = path.join(cache, 'examples');
const pictures = path.join(root, 'test', 'artifacts', 'screenshots');

/** What has not changed for this long is there. */
const quietMs = 700;

const themes = { light: 'Light 2026', dark: 'Dark 2026' } as const;
const sizes = [
  { width: 900, height: 700 },
  { width: 1400, height: 900 },
];

/** Pictures that the docs show, by their names there. */
const shownInDocs: Readonly<Record<string, string>> = {
  'config-light-1400': 'vscode',
  'sweepFile-light-1400': 'sweepFile',
  'sweep-light-1400': 'sweep',
};

/** Trains what is to be seen: a sweep, and methods side by side. */
function trainRuns(): void {
  const peftLab = (...words: readonly string[]): void => {
    const { status } = spawnSync(process.execPath, [path.join(root, 'bin', 'peft-lab.cjs'), ...words], {
      cwd: workspace,
      stdio: 'inherit',
    });
    if (status !== 0) throw new Error(`peft-lab ${words.join(' ')}: exit code ${status}; see above`);
  };
  rmSync(cache, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  copyExamples(workspace);
  peftLab('sweep', 'start', 'reviews.sweep.yaml');
  const others = 'bitfit,{lora: {rank: 4}},unified,{ln-tuning: {learning_rate: 1e-2}}';
  peftLab('train', 'entities.peft.yaml', '--methods', others);
  writeFileSync(path.join(cache, 'trained'), '');
}

/** Brings the window to where a picture is taken. */
const views: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  config: async (page) => {
    await openFile(page, 'entities.peft.yaml');
    await page
      .getByText(/▷ Start LN-tuning\s.*tunable/)
      .first()
      .waitFor(limit);
    await showRuns(page);
    await row(page, /^ln-tuning · entities, finished/)
      .first()
      .click(limit);
    await dashboard(page).locator('.view-overview').waitFor(limit);
  },
  sweepFile: async (page) => {
    await openFile(page, 'reviews.sweep.yaml');
    await page
      .getByText(/▷ Start Sweep\s+\d+ runs/)
      .first()
      .waitFor(limit);
    await page.getByRole('tab', { name: 'Explorer' }).first().click(limit);
  },
  explorer: async (page) => {
    await showRuns(page);
  },
  ...Object.fromEntries(
    ['Overview', 'Curves', 'Parameters', 'Compare', 'Sweep'].map((name) => [
      name.toLowerCase(),
      async (page: Page) => {
        await showRuns(page);
        await (name === 'Sweep'
          ? openSweep(page)
          : row(page, /^ln-tuning · entities, finished/)
              .first()
              .click(limit));
        await dashboard(page).getByRole('tab', { name }).click(limit);
        const content = `.view-${name.toLowerCase()} :is([data-card], table)`;
        await dashboard(page).locator(content).first().waitFor(limit);
        if (name === 'Parameters') await dashboard(page).getByText('Change of tuned tensors').first().waitFor(limit);
        await page.keyboard.press('Control+B');
        await page.locator('.sidebar').waitFor({ ...limit, state: 'hidden' });
      },
    ]),
  ),
};

/** The picture of a page that changes no more: charts are drawn in slices, and nothing blinks. */
async function settled(page: Page): Promise<Buffer> {
  const end = Date.now() + limit.timeout;
  for (let last = await page.screenshot(); Date.now() < end; ) {
    await page.waitForTimeout(quietMs);
    const now = await page.screenshot();
    if (now.equals(last)) return now;
    last = now;
  }
  throw new Error(`the page still changes after ${limit.timeout / 1000} s`);
}

async function openFile(page: Page, name: string): Promise<void> {
  await typeInPalette(page, name, name);
  await page.keyboard.press('Enter');
}

/** The tab hides what it shows when it is clicked again. */
async function showRuns(page: Page): Promise<void> {
  const runs = row(page, /^sweep reviews/).first();
  if (!(await runs.isVisible())) await page.getByRole('tab', { name: 'PEFT Lab' }).first().click(limit);
  await runs.waitFor(limit);
}

async function openSweep(page: Page): Promise<void> {
  const sweep = row(page, /^sweep reviews/).first();
  await sweep.hover(limit);
  await sweep.getByRole('button', { name: 'Open Sweep' }).click(limit);
}

async function closeEditors(page: Page): Promise<void> {
  await typeInPalette(page, '>View: Close All Editors', 'View: Close All Editors');
  await page.keyboard.press('Enter');
}

install();
build();
installServer();
mkdirSync(pictures, { recursive: true });
if (!existsSync(path.join(cache, 'trained'))) trainRuns();
const dataFolder = path.join(cache, 'server');
await removeFolder(dataFolder);
mkdirSync(dataFolder, { recursive: true });
const vsix = path.join(dataFolder, 'peft-lab.vsix');
await writePackage('linux-x64', vsix);
installExtension(vsix, dataFolder);
const machine = {
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'git.openRepositoryInParentFolders': 'never',
  'remote.autoForwardPorts': false,
  'editor.cursorBlinking': 'solid',
};
setMachineSettings(dataFolder, machine);
const settingsFile = path.join(workspace, '.vscode', 'settings.json');
mkdirSync(path.dirname(settingsFile), { recursive: true });
const server = await startServer({ dataFolder, trustAll: true });
const browser = await launchChromium();
try {
  for (const [kind, theme] of Object.entries(themes)) {
    writeFileSync(settingsFile, JSON.stringify({ 'workbench.colorTheme': theme, 'workbench.startupEditor': 'none' }));
    for (const viewport of sizes) {
      const page = await browser.newPage({ viewport });
      await page.goto(pageAddress(server.port, { workspace }));
      await row(page, /^entities\.peft\.yaml/).waitFor(limit);
      for (const [name, open] of Object.entries(views)) {
        await open(page);
        // Away from what was clicked, which shows its tip.
        await page.mouse.move(viewport.width / 5, 4);
        const title = `${name}-${kind}-${viewport.width}`;
        const file = path.join(pictures, `${title}.png`);
        writeFileSync(file, await settled(page));
        const shown = shownInDocs[title];
        if (shown !== undefined) cpSync(file, path.join(root, 'docs', 'images', `${shown}.png`));
        await closeEditors(page);
      }
      await page.close();
    }
  }
  console.log(`${readdirSync(pictures).length} pictures in ${pictures}`);
} finally {
  await browser.close();
  await server.stop();
}
