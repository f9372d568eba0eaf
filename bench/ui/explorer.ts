import path from 'node:path';
import type { Page } from 'playwright-core';
import * as z from 'zod';
import { startEditor } from './editor.ts';
import { type Figure, time } from './figures.ts';
import { makeRunFolders } from './runFolders.ts';

const runs = 10_000;
const windows = 5;
const firstPaintTargetMs = 300;
const times = z.array(z.number());
const told = z.object({
  count: z.literal(runs),
  firstRowsMs: z.number(),
  loadedMs: z.number(),
  blockedMs: z.number(),
  updatesMs: times,
  idleMs: times,
  redrawsMs: times,
});

/** Clicks the extension's icon, and waits until a run's row is in the page. */
async function openExplorer(page: Page): Promise<number> {
  const icon = page.getByRole('tab', { name: 'PEFT Lab' }).first();
  await icon.waitFor({ timeout: 60_000 });
  // Until the window rests, its own start is what takes time.
  await page.waitForTimeout(3000);
  await page.evaluate(() => {
    const seen = { clicked: 0, shown: 0 };
    Object.assign(window, { seen });
    addEventListener(
      'mousedown',
      () => {
        seen.clicked ||= performance.now();
      },
      true,
    );
    new MutationObserver(() => {
      if (seen.clicked === 0 || seen.shown > 0) return;
      const row = document.querySelector('.sidebar [role="treeitem"][aria-label*=", running, "]');
      if (row !== null) seen.shown = performance.now();
    }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['aria-label'] });
  });
  await icon.click();
  const shown = await page.waitForFunction(() => {
    const { seen } = window as unknown as { seen: { clicked: number; shown: number } };
    return seen.shown > 0 && seen.shown - seen.clicked;
  });
  return (await shown.jsonValue()) as number;
}

/** Real VS Code: the run explorer over 10,000 run folders on disk. */
export async function explorerTimes(
  root: string,
): Promise<{ facts: Record<string, string>; figures: readonly Figure[] }> {
  // Elsewhere than usual, so that the extension is not active before the explorer is opened.
  const editor = await startEditor(root, { 'peftLab.runsFolder': 'runs', 'workbench.startupEditor': 'none' });
  const inside: z.infer<typeof told>[] = [];
  const clicks: number[] = [];
  try {
    const started = performance.now();
    await makeRunFolders(path.join(editor.workspace, 'runs'), runs);
    console.error(`${runs} run folders made in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    for (let window = 0; window < windows; window++) {
      inside.push(told.parse(await editor.runInside('bench/ui/explorerInside.ts')));
    }
    for (let window = 0; window < windows; window++) {
      const page = await editor.open();
      clicks.push(await openExplorer(page));
      await page.context().close();
    }
  } finally {
    await editor.close();
  }
  const all = (name: 'updatesMs' | 'idleMs' | 'redrawsMs'): number[] => inside.flatMap((window) => window[name]);
  const each = (name: 'firstRowsMs' | 'loadedMs' | 'blockedMs'): number[] => inside.map((window) => window[name]);
  return {
    facts: {
      editor: `VS Code ${editor.version}, server flavour`,
      folders: `${runs.toLocaleString('en')} run folders`,
    },
    figures: [
      time('folder on disk → first page of rows', each('firstRowsMs'), firstPaintTargetMs),
      time('click on the icon → first row on screen, activation included', clicks, firstPaintTargetMs),
      time('folder on disk → every run read and listed', each('loadedMs')),
      time('meanwhile: longest time in which the host could not answer', each('blockedMs')),
      time('one run moved on: found, and its row drawn anew', all('updatesMs')),
      time('a look in which nothing had happened', all('idleMs')),
      time('the tree drawn anew', all('redrawsMs')),
    ],
  };
}
