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

/** Chooses a command in the palette; a window that is still busy may close it again, as people know. */
export async function command(page: Page, name: string): Promise<void> {
  const palette = page.locator('.quick-input-widget');
  const entry = palette.getByRole('option', { name: `PEFT Lab: ${name}` }).first();
  for (let attempt = 1; ; attempt++) {
    await page.keyboard.press('F1');
    try {
      await palette.locator('input').first().fill(`>PEFT Lab: ${name}`, { timeout: 5000 });
      await entry.click({ timeout: 5000 });
      return;
    } catch (error) {
      if (attempt === 6) throw error;
      await page.keyboard.press('Escape');
    }
  }
}
