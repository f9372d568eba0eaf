import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { FrameLocator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appears, artifacts, command, limit, root, row } from '../../support/editorPage.ts';
import { type HubServer, startHub } from '../../support/hubServer.ts';
import { useEditor } from '../../support/useEditor.ts';

const prompt = 'name: Golden Harbour | kind: restaurant | offer: Greek | price: cheap | families: no';
const token = 'hf_secretThatNobodyMaySee';

describe('somebody who talks to a tuned language model', () => {
  let hub: HubServer;
  let page: Page;
  const editor = useEditor('chat', {
    prepare: async (workspace) => {
      mkdirSync(path.join(workspace, '.vscode'));
      paint('Default Dark Modern');
      const train = (method: string, steps: number) => {
        const training = `training={"max_steps":${steps},"batch_size":16,"seed":1}`;
        const words = ['places.peft.yaml', '--methods', method, '--set', training];
        execFileSync(process.execPath, [path.join(root, 'bin/peft-lab.cjs'), 'train', ...words], {
          ...{ cwd: workspace, stdio: 'pipe' },
        });
      };
      train('[{ln-tuning: {learning_rate: 1e-1}}]', 60);
      train('[ia3]', 1);
      hub = await startHub({});
    },
    environment: () => ({ HF_ENDPOINT: hub.url, HF_TOKEN: token }),
  });

  beforeAll(async () => {
    page = editor.page;
    await page.getByRole('tab', { name: 'PEFT Lab' }).first().click(limit);
    // Without the sidebar that is not ours.
    await page.keyboard.press('Control+Alt+B');
  });
  afterAll(() => hub?.close());

  const paint = (theme: string): void =>
    writeFileSync(
      path.join(editor.workspace, '.vscode', 'settings.json'),
      JSON.stringify({ 'workbench.colorTheme': theme, 'workbench.startupEditor': 'none' }),
    );
  const chat = (): FrameLocator => page.frameLocator('iframe.webview:visible').frameLocator('#active-frame');
  const field = () => chat().getByRole('textbox', { name: 'Prompt' });
  const answer = (name: RegExp) => chat().getByRole('group', { name }).last();
  /** Processes that answer for a chat of this workspace. */
  const servers = (): readonly string[] =>
    readdirSync('/proc').filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return words.includes('serve') && readlinkSync(`/proc/${pid}/cwd`) === editor.workspace;
      } catch {
        return false;
      }
    });

  it('opens a chat at a run, sees the base write beside it, and how the prompt is read', async () => {
    const entry = page.getByRole('menuitem', { name: 'Try a Model' }).first();
    // A window that has just opened learns late that its folder is trusted: till then a menu offers less.
    await expect
      .poll(
        async () => {
          await page.keyboard.press('Escape');
          await row(page, /ln-tuning · places, finished/).click({ ...limit, button: 'right' });
          // One that has just opened does not take every click, as people know.
          for (let left = 5; left > 0 && (await appears(entry, 1000)); left--) {
            await entry.click({ timeout: 1000 }).catch(() => {});
          }
          return await appears(page.locator('.tabs-container .tab', { hasText: 'Try ln-tuning' }), 10_000);
        },
        { timeout: 120_000 },
      )
      .toBe(true);
    await field().waitFor(limit);
    await page.keyboard.type(prompt);
    await page.keyboard.press('Enter');
    await answer(/ln-tuning/)
      .getByText('The Golden Harbour is a cheap Greek restaurant.')
      .waitFor(limit);
    await answer(/ln-tuning/)
      .getByText(/tokens at .* a second, ended by the model/)
      .waitFor(limit);
    await answer(/Base model/)
      .locator('.text', { hasText: 'name: ' })
      .waitFor(limit);
    await answer(/Base model/)
      .getByText(/tokens at .* a second/)
      .waitFor(limit);
    await answer(/ln-tuning/)
      .getByText(/Prompt as the model reads it: \d+ tokens/)
      .click(limit);
    await answer(/ln-tuning/)
      .locator('.tokens', { hasText: prompt })
      .waitFor(limit);
    await page.screenshot({ path: path.join(artifacts, 'chat-dark.png') });
    expect(servers()).toHaveLength(1);
  });

  it('stops what is written, and draws with a temperature', async () => {
    await chat().getByText('Sampling: greedy, up to 128 tokens').click(limit);
    await chat().getByRole('textbox', { name: 'Temperature' }).fill('100');
    await chat().getByRole('textbox', { name: 'Most tokens' }).fill('400');
    await chat().getByText('Sampling: temperature 100, seed 0, up to 400 tokens').waitFor(limit);
    // A small model has written all of it in a fifth of a second: the button is pressed the moment that it appears.
    await chat()
      .locator('body')
      .evaluate((body) => {
        const press = (): void => {
          const buttons = [...body.querySelectorAll<HTMLElement>('button, vscode-button')];
          buttons.find(({ textContent }) => textContent?.trim() === 'Stop')?.click();
        };
        new MutationObserver(press).observe(body, { subtree: true, childList: true });
      });
    await expect
      .poll(
        async () => {
          await field().fill('name: Blue Mill');
          await field().press('Enter');
          return await appears(answer(/ln-tuning/).getByText(/, stopped;/), 3000);
        },
        { timeout: 120_000 },
      )
      .toBe(true);
    await chat().getByRole('button', { name: 'Send' }).waitFor(limit);
    await page.screenshot({ path: path.join(artifacts, 'chat-stopped.png') });
  });

  it('finds the chat again where another editor was in front of it', async () => {
    await row(page, /ia3 · places, finished/).waitFor(limit);
    await command(page, 'Check Environment');
    await page.locator('.tabs-container .tab.active', { hasText: 'Environment' }).waitFor(limit);
    await page.locator('.tabs-container .tab', { hasText: 'Try ln-tuning' }).click(limit);
    await answer(/ln-tuning/)
      .getByText(/, stopped;/)
      .waitFor(limit);
    await chat().getByText('The Golden Harbour is a cheap Greek restaurant.').first().waitFor(limit);
    await chat().getByText('Sampling: temperature 100, seed 0, up to 400 tokens').waitFor(limit);
  });

  it('ends the process by closing the chat', async () => {
    const tab = page.locator('.tabs-container .tab', { hasText: 'Try ln-tuning' });
    await tab.hover(limit);
    await tab.getByRole('button', { name: /^Close/ }).click(limit);
    await tab.waitFor({ ...limit, state: 'detached' });
    await expect.poll(() => servers().length, limit).toBe(0);
  });

  it('puts two runs beside each other from the palette, in a light theme and narrow', async () => {
    paint('Default Light Modern');
    await command(page, 'Try a Model');
    const box = page.locator('.quick-input-widget');
    await box.getByText('Try which models?').waitFor(limit);
    await box.getByRole('checkbox', { name: 'Toggle all checkboxes' }).check(limit);
    await box.getByRole('button', { name: 'OK' }).click(limit);
    await field().waitFor(limit);
    await chat().getByRole('button', { name: 'Example' }).click(limit);
    await field().press('Enter');
    for (const name of [/ln-tuning/, /ia3/])
      await answer(name)
        .getByText(/tokens at .* a second/)
        .waitFor(limit);
    expect(await chat().getByRole('group', { name: 'Base model' }).count()).toBe(0);
    await chat().getByRole('checkbox', { name: 'Base model' }).click(limit);
    await chat().getByText('decoder, ready').waitFor(limit);
    expect(servers()).toHaveLength(1);
    expect(await chat().getByRole('alert').count()).toBe(0);
    await expect.poll(() => chat().locator('body').getAttribute('data-vscode-theme-kind'), limit).toBe('vscode-light');
    for (const width of [900, 640]) {
      await page.setViewportSize({ width, height: 950 });
      await expect.poll(async () => (await field().boundingBox())?.width, limit).toBeLessThan(width);
      await page.screenshot({ path: path.join(artifacts, `chat-light-${width}.png`) });
    }
  });

  it('pushes a run to the hub from its menu: sees what would be sent, reads the card, and says yes', async () => {
    await page.setViewportSize({ width: 1500, height: 950 });
    await command(page, 'Push to the Hugging Face Hub…');
    const box = page.locator('.quick-input-widget');
    const choose = async (title: string | RegExp, entry: RegExp): Promise<void> => {
      await box.getByText(title).first().waitFor(limit);
      await box.getByRole('option', { name: entry }).first().click(limit);
    };
    await choose('Push the model of which run?', /ln-tuning/);
    await choose(/Push ln-tuning.* as/, /PEFT adapter/);
    await box
      .getByText(/name of the repository/)
      .first()
      .waitFor(limit);
    await box.locator('input').first().fill('places');
    await box.getByText('Must be owner/name').first().waitFor(limit);
    await box.locator('input').first().fill('me/places');
    await page.keyboard.press('Enter');
    await choose(/who sees it/, /Private/);
    await box.getByRole('option', { name: /adapter_model\.safetensors/ }).waitFor(limit);
    await page.screenshot({ path: path.join(artifacts, 'push.png') });
    await choose(`Push to ${hub.url}/me/places`, /Show the model card/);
    await page.locator('.tabs-container .tab', { hasText: 'Model card' }).waitFor(limit);
    expect(hub.requests).toEqual([]);
    await choose(`Push to ${hub.url}/me/places`, /Upload/);
    await expect.poll(() => hub.uploads.get('me/places')?.titles.length, limit).toBe(1);
    const { visibility, files } = hub.uploads.get('me/places')!;
    expect(visibility).toBe('private');
    expect([...files.keys()]).toContain('README.md');
    await page.locator('[id="status.notifications"] a').click(limit);
    await page.getByText(`Pushed to ${hub.url}/me/places`).first().waitFor(limit);
    expect(await page.content()).not.toContain(token);
  });
});
