import * as z from 'zod';
import type { Chat, ChatEvent, ChatPageMessage } from '../../extension/contract/chat.ts';
import { type PromptForm, promptForms } from '../../extension/contract/serve.ts';
import {
  type WritingName,
  type WritingSettings,
  writingNames,
  writingNumbers,
} from '../../extension/contract/writing.ts';
import { counted } from '../../extension/problems/counted.ts';
import { numberIn, rangeWords } from '../../extension/problems/numberIn.ts';
import { chatAfter, isWriting } from '../../extension/view/chatAfter.ts';

/** What a person has typed and chosen; kept while the page is hidden. */
export const chatChoices = z.object({
  draft: z.string(),
  /** Earlier prompts, oldest first. */
  history: z.array(z.string()),
  /** As they stand in their fields. */
  settings: z.record(z.enum(writingNames), z.string()),
  form: z.enum(promptForms).nullable(),
});
type ChatChoices = z.infer<typeof chatChoices>;

export interface ChatPage {
  /** Null until the host has told it. */
  readonly chat: Chat | null;
  readonly choices: ChatChoices;
  /** Which prompt of the history is in the field, behind the last the new one; with texts of others as they were left. */
  readonly recalled: { readonly at: number; readonly left: Readonly<Record<number, string>> } | undefined;
  /** The example that the next press of the button gives. */
  readonly nextExample: number;
}

/** What a person does on the page. */
export type ChatPageEvent =
  | { readonly type: 'draft'; readonly text: string }
  | { readonly type: 'recall'; readonly by: 1 | -1 }
  | { readonly type: 'example' }
  | { readonly type: 'setting'; readonly name: WritingName; readonly text: string }
  | { readonly type: 'form'; readonly form: PromptForm }
  | { readonly type: 'sent' };

const mostRemembered = 50;

const initialSettings = Object.fromEntries(
  writingNames.map((name) => [name, String(writingNumbers[name].initial)]),
) as ChatChoices['settings'];

export const initialPage = (
  choices: ChatChoices = { draft: '', history: [], settings: initialSettings, form: null },
): ChatPage => ({ chat: null, choices, recalled: undefined, nextExample: 0 });

const choose = (page: ChatPage, chosen: Partial<ChatChoices>): ChatPage => ({
  ...page,
  choices: { ...page.choices, ...chosen },
});

/** The page after something happened in the chat, or on the page. */
export function pageAfter(page: ChatPage, event: ChatEvent | ChatPageEvent): ChatPage {
  const { choices, recalled } = page;
  switch (event.type) {
    case 'chat':
      return { ...page, chat: event.chat };
    case 'draft':
      return choose(page, { draft: event.text });
    case 'recall': {
      const { history } = choices;
      const from = recalled?.at ?? history.length;
      const at = from + event.by;
      if (at < 0 || at > history.length) return page;
      const left = { ...recalled?.left, [from]: choices.draft };
      return { ...choose(page, { draft: left[at] ?? history[at] ?? '' }), recalled: { at, left } };
    }
    case 'example': {
      const examples = examplesOf(page);
      const example = examples[page.nextExample % Math.max(1, examples.length)];
      if (example === undefined) return page;
      // What was being written is a step back, as what was sent is.
      const isOwn = choices.draft.trim() !== '' && !examples.includes(choices.draft);
      const history = isOwn ? remembered(choices) : choices.history;
      return { ...choose(page, { draft: example, history }), recalled: undefined, nextExample: page.nextExample + 1 };
    }
    case 'setting':
      return choose(page, { settings: { ...choices.settings, [event.name]: event.text } });
    case 'form':
      return choose(page, { form: event.form });
    case 'sent': {
      return { ...choose(page, { draft: '', history: remembered(choices) }), recalled: undefined };
    }
    default:
      return page.chat === null ? page : { ...page, chat: chatAfter(page.chat, event) };
  }
}

/** The earlier prompts with the one in the field as the last. */
const remembered = ({ history, draft }: ChatPage['choices']): string[] =>
  [...history.filter((prompt) => prompt !== draft), draft].slice(-mostRemembered);

/** Whether an earlier prompt is in the field as it was sent. */
export const isRecalled = ({ choices, recalled }: ChatPage): boolean =>
  recalled !== undefined && choices.draft === choices.history[recalled.at];

/** Prompts to try, of the first model that has some. */
export const examplesOf = ({ chat }: ChatPage): readonly string[] =>
  chat?.writers.map(({ facts }) => facts?.examples ?? []).find(({ length }) => length > 0) ?? [];

/** How the models can be asked; where there is a choice, all of them have it. */
export const formsOf = ({ chat }: ChatPage): readonly PromptForm[] =>
  chat?.writers.find(({ facts }) => facts !== null)?.facts?.forms ?? [];

/** Whether earlier turns are part of what is asked. */
export const isConversation = (page: ChatPage): boolean =>
  (page.choices.form ?? formsOf(page)[0]) === 'conversation' && formsOf(page).includes('conversation');

/** What is wrong with a setting as it stands in its field. */
export function settingProblem({ choices }: ChatPage, name: WritingName): string | undefined {
  const text = choices.settings[name];
  const range = writingNumbers[name];
  return numberIn(text, range) === undefined
    ? `must be ${rangeWords(range)}, got ${text.trim() || 'nothing'}`
    : undefined;
}

/** The settings as numbers; undefined while one of them is none. */
function settingsOf({ choices }: ChatPage): WritingSettings | undefined {
  const numbers = writingNames.map((name) => [name, numberIn(choices.settings[name], writingNumbers[name])] as const);
  if (numbers.some(([, value]) => value === undefined)) return undefined;
  return Object.fromEntries(numbers) as WritingSettings;
}

/** `greedy, up to 128 tokens`, `temperature 0.8, top p 0.9, seed 3, up to 128 tokens` */
export function settingsText(page: ChatPage): string {
  const settings = settingsOf(page);
  if (settings === undefined) return 'a setting is wrong';
  const { temperature, topK, topP, repetitionPenalty, seed, maxTokens } = settings;
  const drawn = [
    `temperature ${temperature}`,
    topK > 0 && `top k ${topK}`,
    topP < 1 && `top p ${topP}`,
    `seed ${seed}`,
  ];
  return [
    ...(temperature === 0 ? ['greedy'] : drawn),
    repetitionPenalty !== 1 && `repetition penalty ${repetitionPenalty}`,
    `up to ${counted(maxTokens, 'token')}`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** What is asked when the draft is sent now; undefined where it cannot be. */
export function askMessage(page: ChatPage): Extract<ChatPageMessage, { type: 'ask' }> | undefined {
  const { chat, choices } = page;
  const settings = settingsOf(page);
  if (chat === null || isWriting(chat) || choices.draft.trim() === '' || settings === undefined) return undefined;
  return { type: 'ask', prompt: choices.draft, settings, form: choices.form };
}
