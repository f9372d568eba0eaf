import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { appears, artifacts, command, limit, row } from '../../support/editorPage.ts';
import { useEditor } from '../../support/useEditor.ts';

describe('somebody who wants to know what the model reads', () => {
  const editor = useEditor('tokens', {
    prepare: (workspace) => {
      const labelled = { 'I like it': 'good', 'I hate it': 'bad' };
      const rows = Object.entries(labelled).map(([text, label]) => JSON.stringify({ text, label }));
      writeFileSync(path.join(workspace, 'rows.jsonl'), `${rows.join('\n')}\n`);
      const config = 'model: model\ntask: classification\ndata:\n  train: rows.jsonl\nmethods: [ln-tuning]\n';
      writeFileSync(path.join(workspace, 'rows.peft.yaml'), config);
    },
  });
  let page: Page;
  beforeAll(() => {
    page = editor.page;
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
