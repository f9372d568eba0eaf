import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TextTokenizer } from '../../extension/data/tokenizer/tokenizer.ts';
import { parseTokenizer } from '../../extension/data/tokenizer/tokenizerFiles.ts';
import { tokeniseConversation } from '../../extension/tasks/conversationLoss.ts';
import type { Message } from '../../extension/tasks/rows/chat.ts';
import golden from '../golden/chat/cases.json' with { type: 'json' };

const folder = join(import.meta.dirname, '../golden/tokenizers');
const { tokenizers } = JSON.parse(readFileSync(join(folder, 'decoders.json'), 'utf8')) as {
  readonly tokenizers: Readonly<Record<string, { readonly definition: object }>>;
};
const row = { file: 'a.jsonl', line: 3 };
const conversations = golden.conversations as Readonly<Record<string, readonly Message[]>>;

const tokenizerOf = (name: string, source: string, config: Record<string, string>): TextTokenizer =>
  new TextTokenizer({
    file: 'tokenizer.json',
    definition: parseTokenizer('tokenizer.json', tokenizers[name]!.definition),
    config,
    stopTokenIds: [],
    chatTemplate: { file: 'chat_template.jinja', source },
  });

type TemplateName = keyof typeof golden.templates;
const { chatml, qwen3, phi3, gemma, plain } = golden.templates;
const learned = (tokenizer: TextTokenizer, messages: readonly Message[]) => {
  const { ids, inLoss, text } = tokeniseConversation(row, messages, tokenizer, tokenizer.chatTemplate!);
  expect(ids).toEqual(tokenizer.ids(text));
  // Stretches of tokens in the loss, each as text.
  const stretches: number[][] = [];
  for (const [i, id] of ids.entries()) {
    if (!inLoss[i]) continue;
    if (!inLoss[i - 1]) stretches.push([]);
    stretches.at(-1)!.push(id);
  }
  return stretches.map((stretch) => tokenizer.decode(stretch));
};

describe.each(Object.entries(golden.masks))('with the template of %s', (name, made) => {
  const tokenizer = tokenizerOf(made.tokenizer, golden.templates[name as TemplateName], made.specials);
  it.each(Object.entries(made.conversations))('learns what transformers marks of %s', (title, { ids, inLoss }) => {
    const own = tokeniseConversation(row, conversations[title]!, tokenizer, tokenizer.chatTemplate!);
    expect(own.ids).toEqual(ids);
    expect(own.inLoss.map(Number)).toEqual(inLoss);
  });
});

describe('what is learned', () => {
  const [one, two] = [conversations['one turn']!, conversations['two turns']!];

  it('is each answer with its end, and not the line break behind it', () => {
    const answers = ['Hello!\nHow can I help?<|im_end|>', 'Bye.<|im_end|>'];
    expect(learned(tokenizerOf('qwen2', chatml, {}), two)).toEqual(answers);
  });

  it('is found where the template ends the text and not each turn', () => {
    const tokenizer = tokenizerOf('qwen2', phi3, { eos_token: '<|endoftext|>' });
    expect(learned(tokenizer, two)).toEqual(['Hello!\nHow can I help?<|end|>\n', 'Bye.<|end|>\n<|endoftext|>']);
  });

  it('is every token with a part of an answer where no special token divides', () => {
    const tokenizer = tokenizerOf('gpt2', plain, {});
    expect(learned(tokenizer, two).map((text) => text.trim())).toEqual(['Hello!\nHow can I help?', 'Bye.']);
  });

  it('is thinking too, where it is written for the last answer', () => {
    expect(learned(tokenizerOf('qwen2', qwen3, {}), one)).toEqual(['<think>\n\n</think>\n\n4<|im_end|>']);
  });
});

describe('turns that are only read', () => {
  const user = { role: 'user', content: 'a' };
  const answer = (content: string, weight?: unknown) => ({
    role: 'assistant',
    content,
    ...(weight !== undefined && { weight }),
  });
  const tokenizer = tokenizerOf('qwen2', chatml, {});

  it("are those of OpenAI's weight 0", () => {
    const messages = [user, answer('b', 0), user, answer('c', 1), user, answer('', 0), user, answer('d')];
    expect(learned(tokenizer, messages)).toEqual(['c<|im_end|>', 'd<|im_end|>']);
  });

  it('are the only ones that may be empty', () => {
    const of = (message: Message) => () => learned(tokenizer, [user, message]);
    expect(of(answer(''))).toThrow(
      'a.jsonl:3: turn 2 of the assistant must not be empty; fill it in, or write weight: 0 in the turn, or set data.on_bad_row: skip',
    );
    expect(of(answer('b', 0))).toThrow('to learn from, got only those of weight 0; remove the row');
    expect(of(answer('b', 0.5))).toThrow('`weight` of turn 2 must be 0 or 1, got 0.5; correct it');
    const calls = { role: 'assistant', content: '', tool_calls: [] };
    expect(of(calls)).not.toThrow();
  });
});

describe('refusals', () => {
  const refused = (messages: readonly Message[], source = chatml) => {
    const tokenizer = tokenizerOf('qwen2', source, { bos_token: '<bos>' });
    return () => tokeniseConversation(row, messages, tokenizer, tokenizer.chatTemplate!);
  };
  const user = { role: 'user', content: 'a' };
  const assistant = { role: 'assistant', content: 'b' };

  it('name a template that writes an answer otherwise once others follow', () => {
    expect(refused(conversations.thinking!, qwen3)).toThrow(
      'a.jsonl:3: the chat template must write turn 2 the same whatever follows it, got another text, so it is unclear which tokens to learn; end the conversation with its first answer, or use a model with another template, or set data.on_bad_row: skip',
    );
  });

  it('name a template whose answers begin otherwise than the answer that it asks for', () => {
    const source =
      "{% for m in messages %}{{ m.role + ':' + m.content }}{% endfor %}{% if add_generation_prompt %}go:{% endif %}";
    expect(refused([user, assistant], source)).toThrow(
      'the chat template must write turn 2 behind the beginning of an answer, got another text',
    );
  });

  it('pass on what the template says', () => {
    expect(refused([user, user, assistant], gemma)).toThrow(
      'a.jsonl:3: the chat template must allow the conversation, got its refusal (Conversation roles must alternate user/assistant/user/assistant/...); change the conversation',
    );
  });

  it('name conversations without an answer, and without a question', () => {
    expect(refused([user])).toThrow(
      'a conversation must have a turn of the assistant to learn from, got only those of user; remove the row',
    );
    expect(refused([user, { ...assistant, role: 'Assistant' }])).toThrow(
      'to learn from, got only those of user, Assistant; write assistant in lower case',
    );
    expect(refused([assistant, user])).toThrow(
      'a conversation must begin with something to answer, got a turn of the assistant; take it out',
    );
  });
});
