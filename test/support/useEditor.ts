import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { launchChromium } from '../../scripts/vscode/browser.mjs';
import { pageAddress } from '../../scripts/vscode/page.mjs';
import { removeFolder, type Server, startServer } from '../../scripts/vscode/server.mjs';
import { artifacts, copyExamples, root } from './editorPage.ts';

/** An editor on a workspace of its own, in a folder that is gone with it. */
export interface Editor {
  readonly folder: string;
  readonly workspace: string;
  readonly server: Server;
  readonly browser: Browser;
  /** Where the workspace is opened, in another window too. */
  readonly address: string;
  readonly page: Page;
}

/** How an editor is opened, and what happens before and after. */
interface EditorOptions {
  readonly workspaceName?: string;
  readonly trustAll?: boolean;
  /** Puts into the workspace what it has beside the examples. */
  readonly prepare?: (workspace: string) => void | Promise<void>;
  readonly environment?: () => NodeJS.ProcessEnv;
  /** Sees the page before anything is on it. */
  readonly watch?: (page: Page) => void;
  /** Ends what outlives the editor, before its folder goes. */
  readonly end?: () => void;
}

/**
 * Opens an editor on the example workspace, as a new user has it, before the tests of a file; then closes it, with a
 * picture of the last that was seen. What it returns is filled in when the tests begin.
 */
export function useEditor(name: string, options: EditorOptions = {}): Editor {
  const { workspaceName = 'workspace', trustAll = true, prepare, environment, watch, end } = options;
  const editor = {} as { -readonly [Part in keyof Editor]: Editor[Part] };
  beforeAll(async () => {
    mkdirSync(artifacts, { recursive: true });
    editor.folder = mkdtempSync(path.join(tmpdir(), `peft-lab-${name}-`));
    const workspace = path.join(editor.folder, workspaceName);
    editor.workspace = workspace;
    copyExamples(workspace);
    await prepare?.(workspace);
    const dataFolder = path.join(editor.folder, 'server');
    editor.server = await startServer({ dataFolder, trustAll, development: true, environment: environment?.() ?? {} });
    editor.browser = await launchChromium();
    editor.address = pageAddress(editor.server.port, { workspace, extension: root });
    editor.page = await editor.browser.newPage({ viewport: { width: 1500, height: 950 } });
    watch?.(editor.page);
    await editor.page.goto(editor.address);
  });
  afterAll(async () => {
    await editor.page?.screenshot({ path: path.join(artifacts, `${name}-last.png`) });
    await editor.browser?.close();
    await editor.server?.stop();
    end?.();
    await removeFolder(editor.folder);
  });
  return editor;
}
