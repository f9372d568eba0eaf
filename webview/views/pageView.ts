import { type PanelView, panelViews } from '../../extension/contract/panel.ts';
import { counted } from '../../extension/problems/counted.ts';
import { dateTime } from '../../extension/view/moment.ts';
import { dataName, modelName } from '../../extension/view/runNames.ts';
import { button, icon, tabs } from '../page/components.ts';
import { type Child, type Description, h } from '../page/dom.ts';
import { compareView } from './compareView.ts';
import { curvesView } from './curvesView.ts';
import { overviewView } from './overviewView.ts';
import { parametersView } from './parametersView.ts';
import { runsColumn } from './runsColumn.ts';
import { sweepTab } from './sweepView.ts';
import type { ViewContext } from './viewContext.ts';

const viewTexts: { readonly [V in PanelView]: string } = {
  overview: 'Overview',
  curves: 'Curves',
  parameters: 'Parameters',
  compare: 'Compare',
  sweep: 'Sweep',
};

const views: { readonly [V in PanelView]: (context: ViewContext) => readonly Child[] } = {
  overview: overviewView,
  curves: curvesView,
  parameters: parametersView,
  compare: compareView,
  sweep: sweepTab,
};

/** The tab shows it to eyes; a report has a heading of its own. */
const heading = (): Description => h('h1', { class: 'hidden-text' }, ['PEFT Lab']);

/** The page's own shape in grey, so that nothing jumps when the runs arrive. */
function skeleton(): Description {
  const block = (className: string) => h('div', { class: `bone ${className}` });
  return h('div', { class: 'layout loading', attributes: { 'aria-busy': 'true' } }, [
    h(
      'aside',
      { class: 'runs', attributes: { 'aria-label': 'Runs' } },
      Array.from({ length: 6 }, () => block('bone-row')),
    ),
    h('main', {}, [
      heading(),
      h('p', { class: 'quiet', attributes: { role: 'status' } }, ['Reading runs…']),
      h(
        'div',
        { class: 'figures' },
        Array.from({ length: 4 }, () => block('bone-figure')),
      ),
      h('div', { class: 'chart-grid' }, [block('bone-chart'), block('bone-chart')]),
    ]),
  ]);
}

function empty({ state, send }: ViewContext): Description {
  return h('main', { class: 'empty' }, [
    heading(),
    icon('beaker'),
    h('p', {}, ['No runs yet: the first one shows up here as soon as it starts.']),
    state.hasHost &&
      button({ label: 'Start LN-tuning', icon: 'play', isPrimary: true, onClick: () => send({ type: 'start' }) }),
    state.foreign.length > 0 &&
      h(
        'ul',
        { class: 'foreign quiet' },
        state.foreign.map(({ id, reason }) => h('li', { key: id }, [icon('warning'), ` ${id}: ${reason}`])),
      ),
  ]);
}

/** The first answers for a reader who knows nothing of it: data, number of runs and seeds, time. */
function reportHead({ state }: ViewContext): Description {
  const runs = [...state.runs.values()];
  const seeds = [...new Set(runs.map(({ record }) => record.seed))].sort((a, b) => a - b);
  const data = [...new Set(runs.map((run) => `${dataName(run)} (${modelName(run)})`))];
  const facts = [
    data.join(', '),
    counted(runs.length, 'run'),
    seeds.length > 8 ? counted(seeds.length, 'seed') : `${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}`,
    `saved ${dateTime(state.nowMs)}`,
  ];
  return h('header', { class: 'report-head' }, [
    h('h1', {}, [state.savedAs]),
    h('p', { class: 'quiet' }, [facts.join(' · ')]),
  ]);
}

export function pageView(context: ViewContext): Description {
  const { state, dispatch } = context;
  if (!state.isLoaded) return skeleton();
  if (state.runs.size === 0 && state.choices.view !== 'sweep') return empty(context);
  const { view } = state.choices;
  // Who runs no sweeps sees no tab of them.
  const hasSweep = view === 'sweep' || state.choices.sweep !== null;
  const layout = h('div', { class: `layout${view === 'sweep' ? ' of-sweep' : ''}` }, [
    runsColumn(context),
    h('main', {}, [
      state.savedAs === null && heading(),
      tabs({
        label: 'Views',
        tabs: panelViews.map((id) => ({ id, text: viewTexts[id], isHidden: id === 'sweep' && !hasSweep })),
        current: view,
        onChange: (next) => dispatch({ type: 'view', view: next }),
        content: [
          h('div', { key: view, class: `view view-${view}` }, [
            h('h2', { class: 'hidden-text' }, [viewTexts[view]]),
            ...views[view](context),
          ]),
        ],
      }),
    ]),
  ]);
  return state.savedAs === null ? layout : h('div', { class: 'report-page' }, [reportHead(context), layout]);
}
