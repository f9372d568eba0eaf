import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Chat, ChatEvent, ChatWriter } from '../../extension/contract/chat.ts';
import { artifacts, axeFindings, type ChatTestPage, TestBrowser } from '../support/browser.ts';
import { editorThemeNames } from '../support/editorThemes.ts';

let browser: TestBrowser;
beforeAll(async () => {
  browser = await TestBrowser.start();
});
afterAll(() => browser?.close());

const writer = (id: string, title: string, change: Partial<ChatWriter> = {}): ChatWriter => ({
  ...{ id, title, detail: 'tuned, seed 1', state: 'ready', problem: null },
  facts: { forms: ['text'], examples: ['name: Golden Harbour | kind: restaurant', 'name: Blue Mill | kind: cafe'] },
  ...change,
});
const written = { tokens: 18, promptTokens: 12, reason: 'end', seconds: 0.6 } as const;
const prompt = 'name: Golden Harbour | kind: restaurant | offer: Greek | price: cheap | families: no';
const sentence = 'The Golden Harbour is a cheap Greek restaurant. It is not for families.';
const answer = { state: 'done', text: sentence, read: [], written, problem: null } as const;

const chat: Chat = {
  writers: [writer('a', 'ln-tuning · places'), writer('base', 'Base model', { detail: 'SmolLM2-135M-Instruct' })],
  gone: [],
  turns: [],
  hasBase: true,
};
/** Two answers, one that failed, one that is written. */
const talked: Chat = {
  ...chat,
  turns: [
    {
      prompt,
      answers: {
        a: { ...answer, read: ['name', ':', ' Golden', ' Harbour', '\n'] },
        base: { ...answer, text: prompt, written: { ...written, tokens: 128, reason: 'length' } },
      },
    },
    {
      prompt: `${'verylongword'.repeat(12)}\nsecond line`,
      answers: {
        a: { ...answer, state: 'writing', written: null },
        base: {
          ...answer,
          state: 'failed',
          text: '',
          written: null,
          problem: `${'/a/folder'.repeat(9)}: is gone; put it back`,
        },
      },
    },
  ],
};

async function open(told: Chat = chat, options: Parameters<TestBrowser['openChat']>[0] = {}): Promise<ChatTestPage> {
  const opened = await browser.openChat(options);
  await opened.post({ type: 'chat', chat: told });
  await opened.page.getByRole('textbox', { name: 'Prompt' }).waitFor();
  return opened;
}
const field = (page: Page) => page.getByRole('textbox', { name: 'Prompt' });
const lastAsked = async ({ sent }: ChatTestPage) => (await sent()).findLast(({ type }) => type === 'ask');

describe('a person in a chat, with keys alone', () => {
  it('types at once, begins a line with Shift+Enter, sends with Enter, and reads what comes', async () => {
    const opened = await open();
    const { page, post, faults } = opened;
    await page.keyboard.type('The sea');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('is');
    await page.keyboard.press('Enter');
    await expect.poll(() => lastAsked(opened)).toMatchObject({ prompt: 'The sea\nis', form: null });
    await expect.poll(() => field(page).inputValue()).toBe('');
    const events: readonly ChatEvent[] = [
      { type: 'asked', prompt: 'The sea\nis', writers: ['a', 'base'] },
      { type: 'read', writer: 'a', tokens: ['The', ' sea'] },
      { type: 'piece', writer: 'a', text: 'The sea is blue. And' },
      { type: 'read', writer: 'base', tokens: ['The', ' sea'] },
      { type: 'piece', writer: 'base', text: 'a ship' },
    ];
    for (const event of events) await post(event);
    const tuned = page.getByRole('group', { name: 'ln-tuning · places' });
    await tuned.getByText('The sea is blue. And').waitFor();
    await page.getByRole('group', { name: 'Base model' }).getByText('a ship').waitFor();
    // A screen reader hears whole sentences.
    expect(await page.getByRole('log').innerText()).toBe('ln-tuning · places: The sea is blue.');
    await post({ type: 'piece', writer: 'a', text: ' deep.' });
    await post({ type: 'written', writer: 'a', written: { ...written, step: 240 } });
    await tuned.getByText('18 tokens at 30.0 a second, ended by the model; weights of step 240').waitFor();
    await expect.poll(() => page.getByRole('log').innerText()).toContain('And deep.');
    await tuned.getByText('Prompt as the model reads it: 2 tokens').click();
    expect(await tuned.locator('.tokens span').allInnerTexts()).toEqual(['The', ' sea']);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('stops with Escape or the button, and cannot send meanwhile', async () => {
    const opened = await open(talked);
    const { page, sent } = opened;
    await page.keyboard.type('next');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    await expect.poll(async () => (await sent()).filter(({ type }) => type === 'stop').length).toBe(1);
    await page.getByRole('button', { name: 'Stop' }).click();
    await expect.poll(async () => (await sent()).filter(({ type }) => type === 'stop').length).toBe(2);
    expect(await lastAsked(opened)).toBeUndefined();
    await expect.poll(() => field(page).inputValue()).toBe('next');
    await opened.post({ type: 'written', writer: 'a', written: { ...written, reason: 'stopped' } });
    await page.getByText(/18 tokens at .*, stopped/).waitFor();
    await page.getByRole('button', { name: 'Send' }).click();
    await expect.poll(() => lastAsked(opened)).toMatchObject({ prompt: 'next' });
    await page.context().close();
  });

  it('changes a setting, is told when it is wrong, and brings back earlier prompts', async () => {
    const opened = await open();
    const { page } = opened;
    await page.keyboard.type('one');
    await page.keyboard.press('Enter');
    await page.keyboard.type('two');
    await page.keyboard.press('Enter');
    await page.getByText('Sampling: greedy, up to 128 tokens').click();
    await page.getByRole('textbox', { name: 'Temperature' }).fill('hot');
    await page.getByText('must be a number from 0, got hot').waitFor();
    await field(page).fill('three');
    await page.keyboard.press('Enter');
    await expect.poll(() => field(page).inputValue()).toBe('three');
    await page.getByRole('textbox', { name: 'Temperature' }).fill('0.7');
    await page.keyboard.press('ArrowUp');
    await page.getByText('Sampling: temperature 0.8, seed 0, up to 128 tokens').waitFor();
    await field(page).focus();
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => field(page).inputValue()).toBe('one');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => field(page).inputValue()).toBe('three');
    await page.keyboard.press('Enter');
    await expect.poll(() => lastAsked(opened)).toMatchObject({ prompt: 'three', settings: { temperature: 0.8 } });
    await page.context().close();
  });

  it('moves within a prompt of several rows before it brings back an earlier one', async () => {
    const { page } = await open(chat, { width: 400 });
    await page.keyboard.type('earlier');
    await page.keyboard.press('Enter');
    await expect.poll(() => field(page).inputValue()).toBe('');
    const long = 'many words in rows '.repeat(20);
    await field(page).fill(long);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.type('!');
    const changed = await field(page).inputValue();
    expect(changed).toHaveLength(long.length + 1);
    expect(changed.indexOf('!')).toBeLessThan(long.length);
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => field(page).inputValue()).toBe('earlier');
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => field(page).inputValue()).toBe(changed);
    await page.context().close();
  });

  it('takes examples, copies, leaves out the base, and clears', async () => {
    const opened = await open(talked);
    const { page, sent, post } = opened;
    await post({ type: 'written', writer: 'a', written });
    await page.getByRole('button', { name: 'Example' }).click();
    await expect.poll(() => field(page).inputValue()).toBe('name: Golden Harbour | kind: restaurant');
    await page.getByRole('button', { name: 'Copy what ln-tuning · places wrote' }).first().click();
    await page.getByRole('checkbox', { name: 'Base model' }).click();
    await post({ type: 'base', isOn: false });
    await post({ type: 'writerGone', writer: 'base' });
    await expect.poll(() => page.locator('.chat-head li').count()).toBe(1);
    expect(await page.locator('.answer', { hasText: 'SmolLM2-135M-Instruct' }).count()).toBe(2);
    await page.getByRole('button', { name: 'Clear' }).click();
    await expect
      .poll(async () => (await sent()).filter(({ type }) => type !== 'ready'))
      .toEqual([{ type: 'copy', text: sentence }, { type: 'base', isOn: false }, { type: 'clear' }]);
    await post({ type: 'cleared' });
    await page.getByText('Each model goes on with a prompt, one at a time. Write below.').waitFor();
    await page.context().close();
  });

  it('begins a text with its first letter, on the page and where it is copied', async () => {
    const opened = await open();
    const { page, post, sent } = opened;
    await post({ type: 'asked', prompt: 'kind: restaurant', writers: ['a'] });
    await post({ type: 'read', writer: 'a', tokens: ['kind'] });
    const copy = page.getByRole('button', { name: /^Copy what/ });
    for (const text of [' ', '\n', ' The', ' Mill\n  is', ' dear. ']) await post({ type: 'piece', writer: 'a', text });
    const text = page.getByRole('group', { name: 'ln-tuning · places' }).locator('.text');
    const told = 'The Mill\n  is dear. ';
    await expect.poll(() => text.evaluate(({ textContent }) => textContent)).toBe(told);
    await copy.click();
    await expect.poll(async () => (await sent()).at(-1)).toEqual({ type: 'copy', text: told });
    await page.context().close();
  });

  it('keeps what was typed and chosen over a life of the page', async () => {
    const first = await open();
    await first.page.keyboard.type('half a thou');
    await expect.poll(() => first.page.evaluate(() => window.testState())).toMatchObject({ draft: 'half a thou' });
    const kept = await first.page.evaluate(() => window.testState());
    const second = await open(talked, { kept });
    expect(await field(second.page).inputValue()).toBe('half a thou');
    await first.page.context().close();
    await second.page.context().close();
  });

  it('is told what cannot be opened, and asks in two ways where the model can both', async () => {
    const problem = '/runs/a: has no tuned weights yet; let it finish, or resume it';
    const facts = { forms: ['text' as const, 'conversation' as const], examples: [] };
    const opened = await open({
      ...chat,
      writers: [writer('a', 'lora', { state: 'failed', facts: null, problem }), writer('b', 'ia3', { facts })],
    });
    const { page } = opened;
    await page.getByRole('alert').getByText(problem).waitFor();
    await page.getByRole('combobox', { name: 'How the prompt is asked' }).click();
    await page.getByRole('option', { name: 'As a conversation' }).click();
    await field(page).fill('Hello');
    await page.keyboard.press('Enter');
    await expect.poll(() => lastAsked(opened)).toMatchObject({ prompt: 'Hello', form: 'conversation' });
    await page.context().close();
  });
});

describe('the page of a chat', () => {
  it.each([300, 320, 400, 900, 1600])('holds everything at %i pixels', async (width) => {
    const { page, faults } = await open(talked, { width, height: 800 });
    await page.getByText('Sampling:').click();
    const beyond = await page.evaluate(() =>
      [...document.querySelectorAll('#page *')]
        .filter((element) => {
          const { width, right } = element.getBoundingClientRect();
          return width > 0 && right > innerWidth + 1 && !element.closest('.hidden-text');
        })
        .map((element) => `${element.tagName}.${element.className}`),
    );
    expect(beyond).toEqual([]);
    const beside = await page
      .locator('.answers')
      .first()
      .evaluate((element) => getComputedStyle(element).gridTemplateColumns.match(/\b[1-9][\d.]*px/g)?.length);
    expect(beside).toBe(width < 500 ? 1 : 2);
    // The buttons that copy stand in the line of their titles.
    const inLine = await page.locator('.turns vscode-button').evaluateAll((buttons) =>
      buttons.map((button) => {
        const title = button.closest('.asked, header')!.querySelector('h2, h3')!.getBoundingClientRect();
        return button.getBoundingClientRect().top < title.bottom;
      }),
    );
    expect(inLine).toEqual([true, true, true, true, true]);
    expect(faults).toEqual([]);
    await page.screenshot({ path: path.join(artifacts, `chat-${width}.png`) });
    await page.context().close();
  });

  it.each([400, 900])('keeps long names without a blank within their answers at %i pixels', async (width) => {
    const name = 'smollm2_135m_instruct_ln_tuning_e2e_restaurants_lr_3e_3_seed_42';
    const named = { ...talked, writers: [writer('a', name), writer('base', name.replace('42', '43'))] };
    const { page } = await open(named, { width, height: 800 });
    const beyond = await page.locator('.writer > *').evaluateAll((all) =>
      all
        .filter((element) => {
          const { right } = (element.closest('.answer') ?? document.body).getBoundingClientRect();
          return element.getBoundingClientRect().right > right;
        })
        .map(({ textContent }) => textContent),
    );
    expect(beyond).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    await page.context().close();
  });

  it('lays a prompt out from the side at which its script begins', async () => {
    const arabic = 'أخبرني عن LoRA.';
    const { page } = await open({ ...talked, turns: [{ ...talked.turns[0]!, prompt: arabic }] });
    await field(page).fill(arabic);
    expect(await field(page).evaluate((element) => getComputedStyle(element).direction)).toBe('rtl');
    const sides = await page.locator('.turns .text').evaluateAll((all) =>
      all.map((element) => {
        const range = document.createRange();
        range.selectNodeContents(element);
        const [text, box] = [range.getBoundingClientRect(), element.getBoundingClientRect()];
        return text.left - box.left < 1 ? 'left' : box.right - text.right < 1 ? 'right' : 'between';
      }),
    );
    expect(sides).toEqual(['right', 'left', 'left']);
    await page.context().close();
  });

  it.each(editorThemeNames)('shuts nobody out in %s', async (theme) => {
    const opened = await open(talked, { theme, width: 900, height: 800 });
    await opened.page.getByText('Sampling:').click();
    await opened.page.getByText('Prompt as the model reads it').first().click();
    await opened.page.screenshot({ path: path.join(artifacts, `chat-${theme}.png`) });
    expect(await axeFindings(opened)).toEqual([]);
    await opened.page.context().close();
  });
});
