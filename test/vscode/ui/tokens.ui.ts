import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from '../../../scripts/vscode/browser.mjs';
import { pageAddress } from '../../../scripts/vscode/page.mjs';
import { removeFolder, type Server, startServer } from '../../../scripts/vscode/server.mjs';
import { appears, artifacts, command, copyExamples, limit, root, row } from '../../support/editorPage.ts';

describe('somebody who wants to know what the model reads', () => {
  let folder: string;
  let server: Server;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    mkdirSync(artifacts, { recursive: true });
    folder = mkdtempSync(path.join(tmpdir(), 'peft-lab-page-'));
    const workspace = path.join(folder, 'workspace');
    copyExamples(workspace);
    const rows = ['I like it', 'I hate it'].map((text, i) => JSON.stringify({ text, label: i === 0 ? 'good' : 'bad' }));
    writeFileSync(path.join(workspace, 'rows.jsonl'), `${rows.join('\n')}\n`);
    const config = 'model: model\ntask: classification\ndata:\n  train: rows.jsonl\nmethods: [ln-tuning]\n';
    writeFileSync(path.join(workspace, 'rows.peft.yaml'), config);
    server = await startServer({ dataFolder: path.join(folder, 'server'), trustAll: true, development: true });
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 1500, height: 950 } });
    await page.goto(pageAddress(server.port, { workspace, extension: root }));
  });
  afterAll(async () => {
    await page?.screenshot({ path: path.join(artifacts, 'tokens-last.png') });
    await browser?.close();
    await server?.stop();
    await removeFolder(folder);
  });

  it('sees the first rows from the line above a config, with the tokens in the loss', async () => {
    await row(page, /^entities\.peft\.yaml/).dblclick(limit);
    // Drawn anew, and a click lost, when the counts beside it arrive.
    await page
      .getByText(/Start .*tunable/)
      .first()
      .waitFor(limit);
    const heading = page.getByText(/12\stokens:\s8\sin\sthe\sloss,\s4\scontext/).first();
    await expect
      .poll(async () => {
        await page.getByText('Show Tokens').first().click(limit);
        return await appears(heading, 10_000);
      }, limit)
      .toBe(true);
    await page.screenshot({ path: path.join(artifacts, 'tokens-config.png') });
  });

  it('sees the row under the cursor of a JSONL file that an open config names', async () => {
    await row(page, /^rows\.peft\.yaml/).dblclick(limit);
    await page.getByText('Show Tokens').first().waitFor(limit);
    await row(page, /^rows\.jsonl/).dblclick(limit);
    await page.getByText('I hate it').first().click(limit);
    await command(page, 'Show Tokens');
    await page
      .getByText(/rows\.jsonl:2\s·\s.*label\sbad/)
      .first()
      .waitFor(limit);
    expect(await page.getByText(/rows\.jsonl:1\s·/).count()).toBe(0);
    await page.screenshot({ path: path.join(artifacts, 'tokens-row.png') });
  });
});
