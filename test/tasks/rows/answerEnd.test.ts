import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { TextTokenizer } from '../../../extension/data/tokenizer/tokenizer.ts';
import { parseTokenizer } from '../../../extension/data/tokenizer/tokenizerFiles.ts';
import golden from '../../golden/chat/cases.json' with { type: 'json' };

const { tokenizers } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../golden/tokenizers/decoders.json'), 'utf8'),
) as { readonly tokenizers: Readonly<Record<string, { readonly definition: object }>> };

/** Tokens that end an answer of a base whose texts end with the first token of its vocabulary. */
const stopsOf = (name: string, source: string | undefined) => {
  const tokenizer = new TextTokenizer({
    file: 'tokenizer.json',
    definition: parseTokenizer('tokenizer.json', tokenizers[name]!.definition),
    config: { bos_token: '<s>', eos_token: '</s>' },
    stopTokenIds: [0],
    chatTemplate: source === undefined ? undefined : { file: 'chat_template.jinja', source },
  });
  return [...tokenizer.answerStopIds].filter((id) => id !== 0).map((id) => tokenizer.token(id));
};

const templates: Readonly<Record<string, string>> = {
  ...golden.templates,
  phi3: golden.templates.phi3.replaceAll('<|end|>', '<|im_end|>'),
  refusing: "{{ raise_exception('No answers here') }}",
  broken: '{% for',
};
it.each([
  ['qwen2', 'qwen2.5', ['<|im_end|>']],
  ['qwen2', 'qwen3', ['<|im_end|>']],
  ['smollm2', 'smollm2', ['<|im_end|>']],
  ['llama3', 'llama3', ['<|eot_id|>']],
  ['gemma', 'gemma', ['<end_of_turn>']],
  ['mistral', 'mistral', ['</s>']],
  // It closes the text behind the turn.
  ['qwen2', 'phi3', ['<|im_end|>']],
  ['gpt2', 'plain', []],
  ['gpt2', 'none', []],
  ['gpt2', 'refusing', []],
  ['gpt2', 'broken', []],
] as const)('finds with what the tokenizer of %s ends an answer by the template %s', (name, template, ends) => {
  expect(stopsOf(name, templates[template])).toEqual(ends);
});
