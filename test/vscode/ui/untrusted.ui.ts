import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { RunStore } from '../../../extension/runs/folder/store.ts';
import { appears, artifacts, command, dashboard, limit, row, typeInPalette } from '../../support/editorPage.ts';
import { newRun } from '../../support/newRun.ts';
import { useEditor } from '../../support/useEditor.ts';

describe('a workspace that is not trusted', () => {
  let spawned: string;
  let store: RunStore;
  let queued: string;
  const editor = useEditor('untrusted', {
    trustAll: false,
    // What its author would like to see run: a program of their own, and a run that waits to be started.
    prepare: (workspace) => {
      spawned = path.join(editor.folder, 'spawned');
      const program = path.join(workspace, 'node');
      writeFileSync(program, `#!/bin/sh\ntouch '${spawned}'\n`);
      chmodSync(program, 0o755);
      mkdirSync(path.join(workspace, '.vscode'));
      const settings = { 'peftLab.nodePath': program, 'peftLab.pythonPath': program };
      writeFileSync(path.join(workspace, '.vscode', 'settings.json'), JSON.stringify(settings));
      store = new RunStore(path.join(workspace, '.peft-lab', 'runs'));
      queued = store.create(newRun({ baseFolder: workspace })).folder;
    },
  });
  let page: Page;
  beforeAll(() => {
    page = editor.page;
  });

  it('is opened in restricted mode', async () => {
    await page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor(limit);
  });

  it('lets configs be checked and counted, and runs be looked at', async () => {
    await row(page, /^entities\.peft\.yaml/).dblclick(limit);
    await page.getByText('2,304 tunable + 903 head (0.26 %)').waitFor(limit);
    await page.getByRole('tab', { name: 'PEFT Lab' }).first().click(limit);
    await row(page, /ln-tuning · sst2, queued, 1st in queue/).waitFor(limit);
  });

  it('starts nothing: not from the line above a config, not from the palette, not from the queue', async () => {
    const notifications = page.locator('.notifications-center');
    const told = notifications.getByText('PEFT Lab starts nothing in a workspace that is not trusted').first();
    // The line is drawn anew when it knows more: a click at that moment is lost. The same words told again close the
    // list for a moment, and for good where they were all that it held.
    const toldAfter = (action: () => Promise<void>) =>
      expect
        .poll(async () => {
          await action();
          if (!(await notifications.isVisible())) await page.locator('[id="status.notifications"] a').click(limit);
          return appears(told, 5_000);
        }, limit)
        .toBe(true);
    await toldAfter(() => page.getByText(/▷ Start LN-tuning/).click(limit));
    await page.screenshot({ path: path.join(artifacts, 'untrusted.png') });
    // The same from the dashboard, whose report the trainer would write.
    await page.getByRole('button', { name: /Clear All Notifications/ }).click(limit);
    await row(page, /ln-tuning · sst2, queued/).click(limit);
    await dashboard(page).getByRole('tab', { name: 'Compare' }).click(limit);
    await toldAfter(() => dashboard(page).getByRole('button', { name: 'Save Report' }).click(limit));
    await page.keyboard.press('Escape');
    // The palette does not even offer it.
    const palette = await typeInPalette(page, '>PEFT Lab: ', 'PEFT Lab: Refresh Runs');
    for (const name of ['Start LN-tuning', 'Check Environment', 'Stop Run']) {
      expect(await palette.getByRole('option', { name: `PEFT Lab: ${name}` }).count(), name).toBe(0);
    }
    await page.keyboard.press('Escape');
    await command(page, 'Refresh Runs');
    expect((await store.read(queued)).state).toBe('queued');
    expect(readdirSync(store.folder)).toEqual([path.basename(queued)]);
    expect(readdirSync(queued)).not.toContain('output.log');
    expect(existsSync(spawned)).toBe(false);
    expect(editor.server.output()).not.toMatch(/trainer\.cjs/);
    expect(processesOf('trainer.cjs', editor.folder)).toEqual([]);
  });
});

/** Command lines of processes that name both texts. */
const processesOf = (...texts: readonly string[]): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8')];
      } catch {
        return [];
      }
    })
    .filter((line) => texts.every((text) => line.includes(text)));
