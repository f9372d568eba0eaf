import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileChatTemplate } from '../../../extension/data/tokenizer/chatTemplate.ts';
import { loadTokenizer } from '../../../extension/data/tokenizer/tokenizer.ts';
import type { ChatTemplate, Message } from '../../../extension/tasks/rows/chat.ts';
import golden from '../../golden/chat/cases.json' with { type: 'json' };

const { specials } = golden;
const conversations = Object.entries<readonly Message[]>(golden.conversations);
const compiled = (source: string): ChatTemplate =>
  compileChatTemplate({ file: 'chat_template.jinja', source }, specials);

type Expected = { readonly text: string } | { readonly error: string };
const renderings = golden.renderings as unknown as Readonly<
  Record<string, Readonly<Record<string, readonly Expected[]>>>
>;

describe.each(Object.entries(golden.templates))('the template of %s', (name, source) => {
  const template = compiled(source);
  it.each(conversations)('writes what transformers writes of %s', (title, messages) => {
    const expected = renderings[name]![title]!;
    for (const isOpen of [false, true]) {
      const made = expected[Number(isOpen)]!;
      if ('text' in made) expect(template.render(messages, isOpen).text).toBe(made.text);
      else expect(() => template.render(messages, isOpen)).toThrow(/undefined/.test(made.error) ? /./ : made.error);
    }
  });
});

describe('templates', () => {
  it('tells whether one asks for the date', () => {
    const messages = [{ role: 'user', content: 'x' }];
    expect(compiled(golden.templates['llama3-dated']).render(messages, false).isDated).toBe(true);
    expect(compiled(golden.templates.chatml).render(messages, false).isDated).toBe(false);
  });

  it('refuses one that is not Jinja, and one that counts without end', () => {
    expect(() => compiled('{% for %}')).toThrow(
      /^chat_template\.jinja: the chat template must be Jinja that can be read \(.+\); fix it, or take it out$/,
    );
    expect(() => compiled('{% for i in range(10000000000) %}{% endfor %}').render([], false)).toThrow(
      'range: may count to 100000, got 10000000000',
    );
    const nested = `{{ ${'('.repeat(100_000)}1${')'.repeat(100_000)} }}`;
    expect(() => compiled(nested)).toThrow('must be Jinja that can be read (it is nested too deeply)');
  });

  it('ends one that loops in loops', () => {
    const slow = compiled(`${'{% for i in range(100000) %}'.repeat(3)}${'{% endfor %}'.repeat(3)}`);
    expect(() => slow.render([], false)).toThrow(
      'chat_template.jinja: the chat template must write a conversation within 2 s, got no end; fix it, or take it out',
    );
  });
});

describe('folders', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peft-lab-chat-'));
    await writeFile(
      join(folder, 'tokenizer.json'),
      JSON.stringify({ model: { type: 'WordLevel', vocab: { u: 0 }, unk_token: 'u' } }),
    );
  });
  afterAll(() => rm(folder, { recursive: true }));

  const rendered = async (config: object, own?: string): Promise<string | undefined> => {
    await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
    const file = join(folder, 'chat_template.jinja');
    if (own !== undefined) await writeFile(file, own);
    const tokenizer = await loadTokenizer(folder);
    if (own !== undefined) await rm(file);
    return tokenizer.chatTemplate?.render([{ role: 'user', content: 'x' }], false).text;
  };

  it.each([
    ['none', {}, undefined, undefined],
    [
      'one in the config, with special tokens',
      { bos_token: { content: '<s>' }, chat_template: '{{ bos_token }}b' },
      undefined,
      '<s>b',
    ],
    ['a file of its own first', { chat_template: 'b' }, 'own', 'own'],
    [
      'the default of several with names',
      {
        chat_template: [
          { name: 'tool_use', template: 't' },
          { name: 'default', template: 'd' },
        ],
      },
      undefined,
      'd',
    ],
    ['none of several without a default', { chat_template: [{ name: 'rag', template: 'r' }] }, undefined, undefined],
  ])('give %s', async (_, config, own, text) => {
    expect(await rendered(config, own)).toBe(text);
  });
});
