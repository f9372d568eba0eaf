/**
 * Writes themes.json: the variables that real VS Code gives a page in each of its themes. Needs the server flavour of
 * VS Code (Linux on x64) and a Chromium: `npm run build && node scripts/run.mjs test/golden/themes/record.ts`.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { launchChromium } from '../../../scripts/vscode/browser.mjs';
import { pageAddress } from '../../../scripts/vscode/page.mjs';
import { installServer, removeFolder, serverVersion, startServer } from '../../../scripts/vscode/server.mjs';
import { defaultThemes } from '../../../webview/looks/themes.ts';
import { command, dashboard, limit } from '../../support/editorPage.ts';

const themes = [
  'Dark 2026',
  'Light 2026',
  'Dark Modern',
  'Light Modern',
  'Dark+',
  'Light+',
  'Default High Contrast',
  'Default High Contrast Light',
  'Monokai',
  'Solarized Dark',
  'Solarized Light',
];

const root = path.resolve('.');

/** The variables that the page's bundle reads, component set included. */
function namesRead(): readonly string[] {
  const folder = path.join(root, 'dist', 'webview');
  const texts = readdirSync(folder).map((file) => readFileSync(path.join(folder, file), 'latin1'));
  const used = texts.flatMap((text) => [...text.matchAll(/--vscode-([\w-]+)/g)].map(([, name]) => name!));
  return [...new Set([...used, ...Object.values(defaultThemes).flatMap(Object.keys)])].sort();
}

const folder = mkdtempSync(path.join(tmpdir(), 'peft-lab-themes-'));
const workspace = path.join(folder, 'workspace');
const settingsFile = path.join(workspace, '.vscode', 'settings.json');
mkdirSync(path.dirname(settingsFile), { recursive: true });
const paint = (theme: string): void => writeFileSync(settingsFile, JSON.stringify({ 'workbench.colorTheme': theme }));
paint(themes[0]!);
installServer();
const server = await startServer({ dataFolder: path.join(folder, 'server'), trustAll: true, development: true });
const browser = await launchChromium();
try {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  await page.goto(pageAddress(server.port, { workspace, extension: root }));
  await command(page, 'Open Dashboard');
  const body = dashboard(page).locator('body');
  const names = namesRead();
  const recorded: Record<string, { kind: string; variables: Record<string, string> }> = {};
  for (const theme of themes) {
    paint(theme);
    await dashboard(page).locator(`body[data-vscode-theme-id="${theme}"]`).waitFor(limit);
    recorded[theme] = await body.evaluate((element, wanted) => {
      const style = document.documentElement.style;
      const values = wanted.map((name) => [name, style.getPropertyValue(`--vscode-${name}`).trim()] as const);
      return {
        kind: element.getAttribute('data-vscode-theme-kind')!,
        variables: Object.fromEntries(values.filter(([name, value]) => value !== '' && !/font/.test(name))),
      };
    }, names);
  }
  const file = path.join(root, 'test', 'golden', 'themes', 'themes.json');
  writeFileSync(file, `${JSON.stringify({ vscode: serverVersion(), themes: recorded }, null, 1)}\n`);
  console.log(`${file}: ${Object.keys(recorded).length} themes of VS Code ${serverVersion()}`);
} finally {
  await browser.close();
  await server.stop();
  await removeFolder(folder);
}
