import { Environment, Interpreter, parse, tokenize } from '@huggingface/jinja';
import type { ChatTemplate, Message, Rendering } from '../../tasks/rows/chat.ts';
import { DataError } from '../../tasks/rows/dataError.ts';
import { stripFunctions, withPythonStrip } from './text/pythonStrip.ts';
import { fixedDate, strftime } from './text/strftime.ts';
import { withinMs } from './text/withinMs.ts';
import type { ChatTemplateFile, TokenizerConfig } from './tokenizerFiles.ts';

/** As many as Jinja's sandbox lets a template count to. */
const longestRange = 100_000;

/** A template may loop in loops; real ones need far less. */
const limitMs = 2000;

const mendTemplate = 'fix it, or take it out';

const specialNames = [
  'bos_token',
  'eos_token',
  'unk_token',
  'sep_token',
  'pad_token',
  'cls_token',
  'mask_token',
] as const satisfies readonly (keyof TokenizerConfig)[];

/**
 * A chat template as transformers applies it. Where one asks for the date, it gets the same one each time, so that runs
 * can be repeated.
 * @param config names the special tokens
 * @throws DataError when it is not Jinja
 */
export function compileChatTemplate(
  { file, source }: ChatTemplateFile,
  config: Pick<TokenizerConfig, (typeof specialNames)[number]>,
): ChatTemplate {
  const program = parsed(file, source);
  const specials = Object.fromEntries(specialNames.map((name) => [name, config[name] ?? undefined]));
  return {
    end: specials.eos_token,
    render(messages, isOpen) {
      let isDated = false;
      const variables = {
        ...globals,
        ...stripFunctions,
        ...specials,
        strftime_now(format: string) {
          isDated = true;
          return strftime(fixedDate, format);
        },
        messages: messages.map(asTemplatesRead),
        add_generation_prompt: isOpen,
      };
      const environment = new Environment();
      for (const [name, value] of Object.entries(variables)) if (value !== undefined) environment.set(name, value);
      const written = withinMs(limitMs, () => new Interpreter(environment).run(program) as { readonly value: string });
      if (written) return { text: written.value, isDated } satisfies Rendering;
      const rule = `the chat template must write a conversation within ${limitMs / 1000} s, got no end`;
      throw new DataError({ file }, rule, mendTemplate);
    },
  };
}

function parsed(file: string, source: string): ReturnType<typeof parse> {
  try {
    return withPythonStrip(parse(tokenize(source, { lstrip_blocks: true, trim_blocks: true })));
  } catch (error) {
    const reason = error instanceof RangeError ? 'it is nested too deeply' : (error as Error).message;
    const rule = `the chat template must be Jinja that can be read (${reason})`;
    throw new DataError({ file }, rule, mendTemplate, { cause: error });
  }
}

const globals = {
  true: true,
  false: false,
  none: null,
  True: true,
  False: false,
  None: null,
  raise_exception(message: string) {
    throw new Error(message);
  },
  range(first: number, end?: number, step = 1) {
    const [from, to] = end === undefined ? [0, first] : [first, end];
    const count = Math.max(0, Math.ceil((to - from) / step));
    if (!(count <= longestRange)) throw new Error(`range: may count to ${longestRange}, got ${count}`);
    return Array.from({ length: count }, (_, i) => from + i * step);
  },
} as const;

const reasoningKeys = ['reasoning_content', 'thinking', 'reasoning'] as const;

/** As transformers hands a message on: without what is null, and with reasoning under each name that templates know. */
function asTemplatesRead(message: Message): Readonly<Record<string, unknown>> {
  const given = Object.fromEntries(Object.entries(message).filter(([, value]) => value !== null));
  const reasoning = reasoningKeys.map((key) => given[key]).find((value) => value !== undefined);
  return reasoning === undefined ? given : { thinking: reasoning, ...given, reasoning_content: reasoning };
}
