import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReportBundle } from '../../webview/report/report.ts';

/** Beside the bundle; for sources, where the build leaves it. */
const folders = [join(import.meta.dirname, 'webview'), join(import.meta.dirname, '../../dist/webview')];

/** The dashboard page's built files. @throws Error when they have not been built */
export async function readPageFiles(): Promise<ReportBundle> {
  const folder = folders.find((candidate) => existsSync(join(candidate, 'dashboard.js')));
  if (folder === undefined) {
    throw new Error(`${folders[0]}: must hold the dashboard's page, got nothing there; build it with npm run build`);
  }
  const text = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
  return {
    script: await text('dashboard.js'),
    style: await text('dashboard-style.css'),
    iconFont: await readFile(join(folder, 'codicon.ttf')),
  };
}
