import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../../scripts/vscode/browser.mjs';
import { listenToTests, pageAddress } from '../../scripts/vscode/page.mjs';
import {
  installServer,
  removeFolder,
  type Server,
  serverRunsHere,
  serverVersion,
  startServer,
} from '../../scripts/vscode/server.mjs';

/** VS Code with a workspace of its own, and windows on it. */
export interface Editor {
  readonly workspace: string;
  readonly version: string;
  /** A window that knows nothing of earlier ones. */
  open(): Promise<Page>;
  /** What a module's `run` tells from inside the extension host of such a window, as one JSON object. */
  runInside(module: string): Promise<unknown>;
  close(): Promise<void>;
}

const limitMs = 120_000;

/** @throws Error where the server flavour does not run */
export async function startEditor(root: string, settings: Readonly<Record<string, unknown>> = {}): Promise<Editor> {
  if (!serverRunsHere)
    throw new Error('bench:ui: the server flavour of VS Code is for Linux on x64; leave this part out');
  installServer();
  const folder = mkdtempSync(path.join(tmpdir(), 'peft-lab-bench-'));
  const workspace = path.join(folder, 'workspace');
  mkdirSync(path.join(workspace, '.vscode'), { recursive: true });
  writeFileSync(path.join(workspace, '.vscode', 'settings.json'), JSON.stringify(settings));
  const server: Server = await startServer({
    dataFolder: path.join(folder, 'server'),
    trustAll: true,
    development: true,
  });
  const browser: Browser = await launchChromium();
  const newPage = async (): Promise<Page> =>
    (await browser.newContext({ viewport: { width: 1400, height: 900 } })).newPage();
  return {
    workspace,
    version: serverVersion(),
    async open() {
      const page = await newPage();
      await page.goto(pageAddress(server.port, { workspace, extension: root }));
      return page;
    },
    async runInside(module) {
      const file = path.join(root, 'node_modules', '.bench-ui', `${path.basename(module, '.ts')}.cjs`);
      await bundle(root, module, file);
      const page = await newPage();
      const lines: string[] = [];
      let told: unknown;
      const { exited } = await listenToTests(page, (line: string) => {
        lines.push(line);
        const json = /^BENCH (.*)/s.exec(line)?.[1];
        if (json !== undefined) told = JSON.parse(json);
      });
      const tooLate = new Promise<string>((resolve) => setTimeout(resolve, limitMs, 'timeout').unref());
      await page.goto(pageAddress(server.port, { workspace, extension: root, tests: file }));
      const code = await Promise.race([exited, tooLate]);
      await page.context().close();
      if (code !== 0 || told === undefined)
        throw new Error(`${module} failed (${code}):\n${lines.slice(-20).join('\n')}`);
      return told;
    },
    async close() {
      await browser.close();
      await server.stop();
      await removeFolder(folder);
    },
  };
}

const bundle = (root: string, entry: string, outfile: string) =>
  build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  });
