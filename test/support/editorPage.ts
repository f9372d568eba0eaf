import { cpSync } from 'node:fs';
import path from 'node:path';
import type { FrameLocator, Locator, Page } from 'playwright-core';

export const root = path.resolve('.');
export const artifacts = path.join(root, 'test', 'artifacts');
/** How long a real editor may take. */
export const limit = { timeout: 60_000 };

/** The example workspace as a new user has it. */
export function copyExamples(workspace: string): void {
  cpSync(path.join(root, 'examples'), workspace, {
    recursive: true,
    filter: (file) => !file.includes('.peft-lab'),
  });
}

/** A row of any tree: files, runs. */
export const row = (page: Page, text: RegExp): Locator => page.getByRole('treeitem', { name: text });

/** What is inside the dashboard's panel. */
export const dashboard = (page: Page): FrameLocator =>
  page.frameLocator('iframe.webview').frameLocator('#active-frame');

/** Whether something is seen within some milliseconds: what people wait for before they act again. */
export const appears = (shown: Locator, timeout: number): Promise<boolean> =>
  shown.waitFor({ timeout }).then(
    () => true,
    () => false,
  );

/**
 * Whether the editor has told something: by a notification of its own accord, or in the list behind its bell, where it
 * keeps what it tells while a window opens, or is under test.
 */
export async function isTold(page: Page, text: string | RegExp): Promise<boolean> {
  const list = page.locator('.notifications-center');
  const told = page.locator('.notification-toast, .notifications-center .notification-list-item', { hasText: text });
  if (await appears(told.first(), 5000)) return true;
  if (!(await list.isVisible())) await page.locator('[id="status.notifications"] a').click(limit);
  return await appears(told.first(), 5000);
}

/** Does something again until it is so, within the time that a real editor may take. */
async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + limit.timeout;
  while (!(await isSo())) if (Date.now() > end) throw new Error(`${what}: not within ${limit.timeout / 1000} s`);
}

/** Opens the palette, types, and waits for an entry; a window that is still busy may close it again, as people know. */
export async function typeInPalette(page: Page, text: string, entry: string): Promise<Locator> {
  const palette = page.locator('.quick-input-widget');
  await until(async () => {
    await page.keyboard.press('Escape');
    await page.keyboard.press('F1');
    const input = palette.locator('input').first();
    if (!(await appears(input, 5000))) return false;
    await input.fill(text, { timeout: 5000 }).catch(() => {});
    return await appears(palette.getByRole('option', { name: entry }).first(), 5000);
  }, `the palette's entry ${entry}`);
  return palette;
}

/** Chooses a command in the palette. */
export async function command(page: Page, name: string): Promise<void> {
  const palette = await typeInPalette(page, `>PEFT Lab: ${name}`, `PEFT Lab: ${name}`);
  const entry = palette.getByRole('option', { name: `PEFT Lab: ${name}` }).first();
  await entry.click(limit);
}
