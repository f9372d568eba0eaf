import './report/strictContentPolicy.ts';
import { hostMessage } from '../extension/contract/panel.ts';
import { createChartBoard } from './charts/chartBoard.ts';
import { setUpCharts } from './charts/chartSetup.ts';
import { drawOnPaper } from './charts/onPaper.ts';
import { editorLink, reportLink } from './hostLink.ts';
import { dressPage, watchTheme } from './looks/pageTheme.ts';
import { registerComponents } from './page/components.ts';
import { patch } from './page/dom.ts';
import { DrawQueue } from './page/drawQueue.ts';
import { keepFocus } from './page/keepFocus.ts';
import { Memory } from './page/memory.ts';
import { drawing, hearHost } from './page/startPage.ts';
import { readReport } from './report/reportData.ts';
import { choices as choicesSchema } from './state/choices.ts';
import { chosenRuns, initialState, lookedAt, type Message, type PageState, reduce } from './state/state.ts';
import { pageView } from './views/pageView.ts';

const report = readReport(document);
const link = report ? reportLink() : editorLink();
const kept = choicesSchema.safeParse(link.kept());
let state: PageState = report
  ? // What was under way when it was saved is shown as it was then.
    { ...initialState(report.savedAtMs, false, report.choices), savedAs: report.title }
  : initialState(Date.now(), true, kept.success ? kept.data : undefined);
let theme = dressPage();
let mark: number | null = null;

registerComponents();
setUpCharts();
const root = document.getElementById('page')!;
const queue = new DrawQueue();
const memory = new Memory();
const board = createChartBoard(queue, (zoom) => dispatch({ type: 'zoom', zoom }));

function render(): void {
  keepFocus(root, () => patch(root, [pageView({ state, theme, board, memory, dispatch, send: link.post })]));
  const reached = mark;
  mark = null;
  if (reached !== null) queue.whenDrawn(() => link.post({ type: 'taken', mark: reached }));
}

const renderSoon = drawing(render);

function dispatch(message: Message): void {
  const before = state.choices;
  state = reduce(state, message);
  if (state.choices !== before) {
    link.keep(state.choices);
    if (state.choices.slots !== before.slots) link.post({ type: 'looks', looks: state.choices.slots });
    const [now, was] = [lookedAt(state.choices), lookedAt(before)];
    if (now.active !== was.active || state.choices.checked !== before.checked || now.sweep !== was.sweep)
      link.post(now);
  }
  renderSoon();
}

hearHost(hostMessage, link.post, (message) => {
  if (message.type === 'mark') {
    mark = message.mark;
    renderSoon();
  } else dispatch(message);
});

if (report)
  drawOnPaper(queue, () => {
    theme = dressPage();
    render();
  });

watchTheme((next) => {
  theme = next;
  renderSoon();
});

// Time left and silence move on without news.
setInterval(() => {
  if (!report && [...state.runs.values()].some((run) => run.state === 'running'))
    dispatch({ type: 'tick', nowMs: Date.now() });
}, 1000);

render();
if (report) dispatch(report.message);
else link.post({ type: 'ready', chosen: chosenRuns(state.choices) });
