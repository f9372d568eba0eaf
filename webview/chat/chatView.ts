import type { Chat, ChatAnswer, ChatPageMessage, ChatTurn, ChatWriter } from '../../extension/contract/chat.ts';
import type { PromptForm } from '../../extension/contract/serve.ts';
import { type EndReason, writingNames, writingNumbers } from '../../extension/contract/writing.ts';
import { counted } from '../../extension/problems/counted.ts';
import { isWriting } from '../../extension/view/chatAfter.ts';
import { formatCount } from '../../extension/view/figures.ts';
import { button, checkbox, dropdown, icon, iconButton, numberField, textArea } from '../page/components.ts';
import { type Child, type Description, h, takeKey } from '../page/dom.ts';
import {
  askMessage,
  type ChatPage,
  type ChatPageEvent,
  examplesOf,
  formsOf,
  isConversation,
  isRecalled,
  settingProblem,
  settingsText,
} from './chatState.ts';
import { spokenSentences } from './spoken.ts';

interface ChatContext {
  readonly page: ChatPage;
  readonly dispatch: (event: ChatPageEvent) => void;
  /** Sends the draft, where that can be done now. */
  readonly submit: () => void;
  readonly send: (message: ChatPageMessage) => void;
}

const formTexts: { readonly [F in PromptForm]: string } = {
  conversation: 'As a conversation',
  text: 'As plain text',
};

const reasonTexts: { readonly [R in EndReason]: string } = {
  end: 'ended by the model',
  stop: 'ended before a stop text',
  length: 'cut: no more tokens allowed',
  stopped: 'stopped',
};

export function chatView(context: ChatContext): Description {
  const { chat } = context.page;
  const heading = h('h1', { class: 'hidden-text' }, ['Chat']);
  if (chat === null)
    return h('main', { class: 'chat' }, [
      heading,
      h('p', { class: 'quiet', attributes: { role: 'status' } }, ['Opening…']),
    ]);
  return h('main', { class: 'chat' }, [
    heading,
    head(context, chat),
    h(
      'div',
      { class: 'turns', attributes: { tabindex: 0, role: 'region', 'aria-label': 'Prompts and what was written' } },
      [
        chat.turns.length === 0
          ? beginning(context, chat)
          : h(
              'ol',
              {},
              chat.turns.map((turn, i) => turnView(context, chat, turn, i)),
            ),
      ],
    ),
    ask(context, chat),
    h(
      'div',
      {
        class: 'hidden-text',
        attributes: { role: 'log', 'aria-live': 'polite', 'aria-label': 'Text as it is written' },
      },
      spokenSentences(chat).map((sentence) => h('p', {}, [sentence])),
    ),
  ]);
}

function head({ send }: ChatContext, chat: Chat): Description {
  const isBusy = isWriting(chat);
  return h('header', { class: 'chat-head' }, [
    h(
      'ul',
      { attributes: { 'aria-label': 'Models' } },
      chat.writers.map((writer) => writerState(writer)),
    ),
    h('span', { class: 'spring' }),
    checkbox({
      label: 'Base model',
      isChecked: chat.hasBase,
      isDisabled: isBusy,
      onChange: (isOn) => send({ type: 'base', isOn }),
    }),
    button({
      label: 'Clear',
      icon: 'clear-all',
      isDisabled: chat.turns.length === 0,
      onClick: () => send({ type: 'clear' }),
    }),
  ]);
}

const stateTexts: { readonly [S in ChatWriter['state']]: string } = {
  opening: 'opening…',
  ready: 'ready',
  failed: 'cannot be opened',
};

function writerState({ id, title, detail, state, problem }: ChatWriter): Description {
  return h('li', { key: id, class: `writer writer-${state}` }, [
    h('b', { attributes: { dir: 'auto' } }, [title]),
    h('span', { class: 'quiet' }, [`${detail}, ${stateTexts[state]}`]),
    problem !== null && h('p', { class: 'problem', attributes: { role: 'alert' } }, [problem]),
  ]);
}

function beginning({ page }: ChatContext, chat: Chat): Description {
  const isOpen = chat.writers.some(({ state }) => state === 'ready');
  const what = isConversation(page) ? 'answers a conversation' : 'goes on with a prompt, one at a time';
  return h('div', { class: 'empty' }, [
    icon('comment-discussion'),
    h('p', {}, [isOpen ? `Each model ${what}. Write below.` : 'You can write while the models open.']),
  ]);
}

function turnView(context: ChatContext, chat: Chat, turn: ChatTurn, i: number): Description {
  const { send } = context;
  return h('li', { key: String(i), class: 'turn', memo: [turn, chat.writers] }, [
    h('div', { class: 'asked' }, [
      h('h2', {}, ['Prompt']),
      h('span', { class: 'spring' }),
      iconButton({ label: 'Copy the prompt', icon: 'copy', onClick: () => send({ type: 'copy', text: turn.prompt }) }),
      h('p', { class: 'text' }, [turn.prompt]),
    ]),
    h(
      'div',
      { class: 'answers' },
      Object.entries(turn.answers).map(([id, answer]) =>
        answerView(
          context,
          [...chat.writers, ...chat.gone].find((writer) => writer.id === id),
          id,
          answer,
        ),
      ),
    ),
  ]);
}

function answerView(
  { send }: ChatContext,
  writer: ChatWriter | undefined,
  id: string,
  answer: ChatAnswer,
): Description {
  const { state, read, problem } = answer;
  // The blank between prompt and text; both stand by themselves here.
  const text = answer.text.trimStart();
  const title = writer?.title ?? 'Base model';
  return h('div', { key: id, class: `answer answer-${state}`, attributes: { role: 'group', 'aria-label': title } }, [
    h('header', {}, [
      h('div', { class: 'writer' }, [
        h('h3', { attributes: { dir: 'auto' } }, [title]),
        h('span', { class: 'quiet' }, [writer?.detail]),
      ]),
      text !== '' &&
        iconButton({ label: `Copy what ${title} wrote`, icon: 'copy', onClick: () => send({ type: 'copy', text }) }),
    ]),
    text !== '' && h('p', { class: 'text', attributes: { 'aria-busy': String(state === 'writing') } }, [text]),
    problem !== null && h('p', { class: 'problem' }, [icon('error'), problem]),
    endText(answer) !== '' && h('p', { class: 'quiet' }, [endText(answer)]),
    read.length > 0 &&
      h('details', {}, [
        h('summary', {}, [`Prompt as the model reads it: ${counted(read.length, 'token')}`]),
        h(
          'p',
          { class: 'tokens', memo: [read] },
          read.map((token) => h('span', {}, [token])),
        ),
      ]),
  ]);
}

function endText({ state, written }: ChatAnswer): string {
  if (state === 'waiting') return 'waiting…';
  if (written === null) return state === 'writing' ? 'writing…' : '';
  const { tokens, seconds, reason, step } = written;
  const rate = tokens > 0 && seconds > 0 ? ` at ${(tokens / seconds).toFixed(1)} a second` : '';
  const weights = step === undefined ? '' : `; weights of step ${formatCount(step)}`;
  return `${counted(tokens, 'token')}${rate}, ${reasonTexts[reason]}${weights}`;
}

function ask(context: ChatContext, chat: Chat): Description {
  const { page, dispatch, submit, send } = context;
  const isBusy = isWriting(chat);
  return h('form', { class: 'ask', on: { submit: (event) => event.preventDefault() } }, [
    textArea({
      label: 'Prompt',
      placeholder: 'Prompt (Enter sends, Shift+Enter begins a line, ↑ earlier prompts)',
      value: page.choices.draft,
      onInput: (text) => dispatch({ type: 'draft', text }),
      onKey: (event) => onKey(event, context),
    }),
    h('div', { class: 'toolbar' }, [
      isBusy
        ? button({ label: 'Stop', icon: 'debug-stop', isPrimary: true, onClick: () => send({ type: 'stop' }) })
        : button({
            label: 'Send',
            icon: 'send',
            isPrimary: true,
            isDisabled: askMessage(page) === undefined,
            onClick: submit,
          }),
      examplesOf(page).length > 0 &&
        button({ label: 'Example', icon: 'lightbulb', onClick: () => dispatch({ type: 'example' }) }),
      formsOf(page).length > 1 &&
        dropdown({
          label: 'How the prompt is asked',
          choices: formsOf(page).map((value) => ({ value, text: formTexts[value] })),
          value: page.choices.form ?? formsOf(page)[0]!,
          onChange: (form) => dispatch({ type: 'form', form }),
        }),
    ]),
    settings(context),
  ]);
}

/**
 * Arrow Up means earlier prompts at the very start of the text, Arrow Down later ones at its end; both do in a prompt that
 * was brought back, until it is changed or the caret moves. Elsewhere they go from row to row.
 */
function onKey(event: KeyboardEvent, { page, submit, dispatch }: ChatContext): void {
  const { value, selectionStart, selectionEnd } = event.target as HTMLTextAreaElement;
  const isPlain = !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey && !event.isComposing;
  if (!isPlain) return;
  const isAtEnd = selectionStart === value.length;
  const isAtStart = selectionEnd === 0 || (isAtEnd && isRecalled(page));
  if (event.key === 'Enter') submit();
  else if (event.key === 'ArrowUp' && isAtStart) dispatch({ type: 'recall', by: -1 });
  else if (event.key === 'ArrowDown' && isAtEnd) dispatch({ type: 'recall', by: 1 });
  else return;
  takeKey(event);
}

function settings({ page, dispatch }: ChatContext): Description {
  const isGreedy = Number(page.choices.settings.temperature) === 0;
  const fields = writingNames.map(
    (name): Child =>
      numberField({
        label: writingNumbers[name].title,
        hint: writingNumbers[name].description,
        value: page.choices.settings[name],
        step: writingNumbers[name].step,
        problem: settingProblem(page, name),
        onInput: (text) => dispatch({ type: 'setting', name, text }),
      }),
  );
  return h('details', { class: 'settings' }, [
    h('summary', {}, ['Sampling: ', settingsText(page)]),
    h('div', { class: 'fields' }, fields),
    isGreedy &&
      h('p', { class: 'quiet' }, [
        'At temperature 0 the likeliest token is taken: top k, top p and seed change nothing.',
      ]),
  ]);
}
