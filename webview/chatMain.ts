import './report/strictContentPolicy.ts';
import { type ChatEvent, type ChatPageMessage, chatEvent } from '../extension/contract/chat.ts';
import { isWriting } from '../extension/view/chatAfter.ts';
import { askMessage, type ChatPageEvent, chatChoices, initialPage, pageAfter } from './chat/chatState.ts';
import { chatView } from './chat/chatView.ts';
import { editorLink } from './hostLink.ts';
import { dressPage, watchTheme } from './looks/pageTheme.ts';
import { registerComponents } from './page/components.ts';
import { patch } from './page/dom.ts';
import { drawing, hearHost } from './page/startPage.ts';

/** Whoever has scrolled up further than this reads something, and is left there. */
const nearEndPixels = 48;

const link = editorLink<ChatPageMessage>();
const kept = chatChoices.safeParse(link.kept());
let page = initialPage(kept.success ? kept.data : undefined);

registerComponents();
dressPage();
watchTheme(() => {});
const root = document.getElementById('page')!;
const field = (): HTMLTextAreaElement | null => root.querySelector('textarea');

function render(): void {
  const before = root.querySelector('.turns');
  const isAtEnd = !before || before.scrollHeight - before.scrollTop - before.clientHeight < nearEndPixels;
  const isFirst = field() === null;
  patch(root, [chatView({ page, dispatch, submit, send: link.post })]);
  const turns = root.querySelector('.turns');
  if (turns && isAtEnd) turns.scrollTop = turns.scrollHeight;
  if (isFirst) field()?.focus();
}

const renderSoon = drawing(render);

function dispatch(event: ChatEvent | ChatPageEvent): void {
  const before = page.choices;
  page = pageAfter(page, event);
  if (page.choices !== before) link.keep(page.choices);
  if (event.type === 'sent' || event.type === 'example' || event.type === 'cleared') field()?.focus();
  renderSoon();
}

/** Sends what is typed by now: the last letters may not have been drawn yet. */
function submit(): void {
  const message = askMessage(page);
  if (message === undefined) return;
  link.post(message);
  dispatch({ type: 'sent' });
}

hearHost(chatEvent, link.post, dispatch);
window.addEventListener('keydown', ({ key }) => {
  if (key === 'Escape' && page.chat !== null && isWriting(page.chat)) link.post({ type: 'stop' });
});

render();
link.post({ type: 'ready' });
