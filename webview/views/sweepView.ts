import type { SweepAction } from '../../extension/contract/panel.ts';
import type { CostName, SweepView, VerdictView } from '../../extension/contract/sweepView.ts';
import { verdictLines } from '../../extension/experiments/verdict/verdictLines.ts';
import { metricOf } from '../../extension/metrics/registry.ts';
import { counted } from '../../extension/problems/counted.ts';
import { headingOf } from '../../extension/view/figures.ts';
import { leftText, wholePercent } from '../../extension/view/runState.ts';
import { doneText, runningTexts, sweepName, sweepWords, titleIn } from '../../extension/view/sweepText.ts';
import { csvOf, latexOf, markdownOf, type TextTable } from '../../extension/view/tableText.ts';
import { pointConfiguration } from '../charts/pointChart.ts';
import { rangeChartHeightPx, rangeConfiguration } from '../charts/rangeChart.ts';
import type { LineLook } from '../looks/palette.ts';
import { swatch } from '../looks/swatch.ts';
import { button, dropdown, icon, segmented } from '../page/components.ts';
import { type Child, type Description, h } from '../page/dom.ts';
import { shownSweep } from '../state/state.ts';
import { armLooks, besideTheBest } from '../sweep/armLooks.ts';
import { costPlot, type PointPlot, tunedKeys, tuningPlot } from '../sweep/pointPlots.ts';
import { differenceRows, type RangePlot, scoreRows } from '../sweep/rangeRows.ts';
import { leaderboardTable, pairTable, scoreTable, tuningTable } from '../sweep/sweepTables.ts';
import { cardFrame, plainTable } from './chartCard.ts';
import { flipsCard } from './flipsCard.ts';
import type { ViewContext } from './viewContext.ts';

const stateIcons: { readonly [S in SweepView['state']]: string } = {
  running: 'sync',
  finished: 'pass',
  open: 'debug-stop',
};

/** More runs under way than this are counted. */
const mostNamed = 4;

function head({ state, send }: ViewContext, view: SweepView): Description {
  const word = sweepWords[view.state];
  const act = (action: SweepAction): void => send({ type: 'sweepAction', action, sweep: view.id });
  const running = runningTexts(view);
  const share = (view.finished + view.dropped + view.failed) / Math.max(1, view.total);
  const percent = wholePercent(share);
  return h('header', { class: 'run-head sweep-head' }, [
    h('div', { class: 'run-title' }, [
      h('h2', { attributes: { dir: 'auto' } }, [sweepName(view)]),
      h('p', { class: 'quiet' }, [view.runCount]),
    ]),
    state.hasHost &&
      view.state !== 'finished' &&
      h('div', { class: 'run-actions' }, [
        view.state === 'running'
          ? button({ key: 'stop', label: 'Stop', icon: 'debug-stop', onClick: () => act('stop') })
          : button({
              key: 'resume',
              label: 'Resume',
              icon: 'debug-continue',
              isPrimary: true,
              onClick: () => act('resume'),
            }),
      ]),
    h('div', { class: 'run-state' }, [
      h('span', { class: `state state-${view.state === 'open' ? 'stopped' : view.state}` }, [
        icon(stateIcons[view.state]),
      ]),
      // Time and steps change too often to be read out.
      h('span', { class: 'sweep-state', attributes: { role: 'status' } }, [
        h('b', {}, [word]),
        ' ',
        h('span', {}, [doneText(view)]),
      ]),
      view.secondsLeft !== undefined && h('span', {}, [`about ${leftText(view.secondsLeft)}`]),
      ...running.slice(0, mostNamed).map((text) => h('span', { key: text, class: 'quiet' }, [`now: ${text}`])),
      running.length > mostNamed && h('span', { class: 'quiet' }, [`and ${running.length - mostNamed} more`]),
    ]),
    h(
      'div',
      {
        class: 'progress',
        attributes: {
          role: 'progressbar',
          'aria-label': 'Finished runs',
          'aria-valuenow': percent,
          'aria-valuemin': 0,
          'aria-valuemax': 100,
        },
      },
      [
        h('div', {
          class: `progress-bar${view.state === 'open' ? ' state-stopped' : ''}`,
          style: { width: `${percent}%` },
        }),
      ],
    ),
  ]);
}

/** Sentences beyond this many fold away. */
const mostSentences = 6;

function told({ pairs, warnings }: VerdictView): Description {
  const line = (text: string, name: string, className = 'note') =>
    h('li', { key: text, class: className }, [icon(name), h('span', {}, [text])]);
  const sentences = verdictLines(pairs).map(({ text, verdict }) =>
    line(text, verdict === 'better' || verdict === 'worse' ? 'check' : verdict === 'open' ? 'dash' : 'circle-slash'),
  );
  const rest = sentences.slice(mostSentences);
  return h('section', { key: 'told', class: 'verdict', attributes: { 'aria-label': 'Verdict' } }, [
    h('ul', {}, sentences.slice(0, mostSentences)),
    rest.length > 0 &&
      h('details', {}, [h('summary', {}, [counted(rest.length, 'more comparison')]), h('ul', {}, rest)]),
    warnings.length > 0 &&
      h(
        'ul',
        { class: 'cautions' },
        warnings.map((text) => line(text, 'warning', 'note caution')),
      ),
  ]);
}

interface Named {
  readonly name: string;
  readonly look: LineLook;
}

const legendOf = (series: readonly Named[], { theme }: ViewContext): readonly Description[] =>
  series.map(({ name, look }) =>
    h('span', { key: name, class: 'legend-entry', attributes: { title: name } }, [
      swatch(look, theme),
      h('span', { class: 'legend-label', attributes: { dir: 'auto' } }, [name]),
    ]),
  );

function rangeCard(
  context: ViewContext,
  options: {
    readonly id: string;
    readonly title: string;
    readonly note: string;
    readonly plot: RangePlot;
    readonly signs: readonly string[];
    readonly table: () => TextTable;
  },
): Description {
  const { id, title, note, plot, signs, table } = options;
  return cardFrame(context, {
    id,
    title,
    note,
    legend: signs.map((text) => h('span', { key: text, class: 'quiet' }, [text])),
    chart: context.board.still({
      id,
      label: `${title}: ${plot.rows.map(({ name, end }) => `${name} ${end}`).join('; ')}. The table has the numbers.`,
      heightPx: rangeChartHeightPx(plot),
      memo: [JSON.stringify(plot), context.theme],
      configuration: () => rangeConfiguration(plot, context.theme),
    }),
    table,
  });
}

function pointCard(
  context: ViewContext,
  options: {
    readonly id: string;
    readonly title: string;
    readonly note: string;
    readonly plot: PointPlot;
    readonly extra: readonly Child[];
    readonly table: () => TextTable;
  },
): Description {
  const { id, title, note, plot, extra, table } = options;
  return cardFrame(context, {
    id,
    title,
    note,
    legend: [...legendOf(plot.series, context), ...extra],
    chart: context.board.still({
      id,
      label: `${title}: ${counted(plot.series.length, 'arm')}. The table has the numbers.`,
      heightPx: 240,
      memo: [JSON.stringify(plot), context.theme],
      configuration: () => pointConfiguration(plot, context.theme),
    }),
    table,
    pictured: plot.series.map(({ name, look }) => ({
      label: name,
      colour: context.theme.lines[look.colourIndex]!,
      sign: look,
    })),
  });
}

function tuningCard(context: ViewContext, view: SweepView, cells: readonly number[]): Description | null {
  const keys = tunedKeys(view);
  const key = keys.find((known) => known === context.state.choices.sweepKey) ?? keys[0];
  const own = view.tuning.filter(({ cell }) => cells.includes(cell));
  if (key === undefined || own.every(({ points }) => points.every(({ scores }) => scores.length === 0))) return null;
  const plot = tuningPlot(view, cells, key, armLooks(view));
  const edges = own.flatMap(({ cell, edges }) =>
    edges.map((edge) => `${view.cells[cell]!.arm}: best ${edge} at the edge`),
  );
  const hasDropped = own.some(({ points }) => points.some(({ isDropped }) => isDropped));
  return pointCard(context, {
    id: 'sweep-tuning',
    title: `${headingOf(own[0]!.metric)} by ${key.split('.').at(-1)!.replaceAll('_', ' ')}`,
    note: 'tuning runs, validation rows',
    plot,
    extra: [
      keys.length > 1 &&
        dropdown({
          label: 'Tuned key on the x axis',
          choices: keys.map((value) => ({ value, text: value })),
          value: key,
          onChange: (value) => context.dispatch({ type: 'sweepKey', key: value }),
        }),
      h('span', { class: 'quiet' }, [`○ chosen${hasDropped ? ', small and hollow: left behind by halving' : ''}`]),
      ...edges.map((text) => h('span', { key: text, class: 'warning' }, [icon('warning'), text])),
    ],
    table: () => tuningTable(view, cells),
  });
}

const costTexts: { readonly [C in CostName]: string } = {
  tunable: 'Tunable',
  seconds: 'Time',
  memory: 'Memory',
  kept: 'Kept',
};
const costWords: { readonly [C in CostName]: string } = {
  tunable: 'tunable numbers',
  seconds: 'mean time of a run',
  memory: 'memory of a run',
  kept: 'size of the kept weights',
};

function costCard(context: ViewContext, view: SweepView, verdict: VerdictView): Description | null {
  const { state, dispatch } = context;
  const known = (Object.keys(costTexts) as CostName[]).filter((name) =>
    verdict.leaderboard.some(({ costs, spread }) => spread !== undefined && costs[name] !== undefined),
  );
  const cost = known.find((name) => name === state.choices.sweepCost) ?? known[0];
  if (cost === undefined) return null;
  const plot = costPlot(verdict, cost, armLooks(view));
  const places = new Set(plot.series.flatMap(({ marks }) => marks.map(({ front }) => front)));
  const names = (place: string): string =>
    plot.series
      .filter(({ marks }) => marks[0]!.front === place)
      .map(({ name }) => name)
      .join(', ');
  return pointCard(context, {
    id: 'sweep-cost',
    title: `${headingOf(verdict.metric)} by cost`,
    note: `${costWords[cost]}, 95 % intervals`,
    plot,
    extra: [
      segmented({
        label: 'Cost',
        name: 'sweep-cost',
        choices: known.map((value) => ({ value, text: costTexts[value] })),
        value: cost,
        onChange: (value) => dispatch({ type: 'sweepCost', cost: value }),
      }),
      places.has('on') && h('span', { class: 'quiet' }, [`best for its cost: ${names('on')}`]),
      places.has('off') && h('span', { class: 'quiet' }, [`hollow, beaten in both: ${names('off')}`]),
      places.has('open') && h('span', { class: 'quiet' }, [`not told apart: ${names('open')}`]),
      places.has('unknown') && h('span', { class: 'quiet' }, [`too few seeds to place: ${names('unknown')}`]),
    ],
    table: () => leaderboardTable(verdict),
  });
}

function tableCard({ send }: ViewContext, verdict: VerdictView): Description {
  const table = leaderboardTable(verdict);
  const copy = (text: string) => send({ type: 'copy', text });
  return h('section', { key: 'leaderboard', class: 'card', attributes: { 'aria-label': 'Score and cost' } }, [
    h('header', {}, [
      h('h3', {}, ['Score and cost']),
      h('span', { class: 'spring' }),
      h('span', { class: 'tool-group' }, [
        button({ label: 'Markdown', onClick: () => copy(markdownOf(table)) }),
        button({ label: 'CSV', onClick: () => copy(csvOf(table)) }),
        button({ label: 'LaTeX', onClick: () => copy(latexOf(table)) }),
      ]),
    ]),
    plainTable(table, 'Score and cost of every arm'),
  ]);
}

/** Cells that one verdict is about: every `arms` of them in turn. */
function cellsOf({ cells }: SweepView, question: number): readonly number[] {
  const keys = cells.map(({ experiment, grid }) => JSON.stringify([experiment, grid]));
  const distinct = [...new Set(keys)];
  return keys.flatMap((key, cell) => (key === distinct[question] ? [cell] : []));
}

function questionPicker({ dispatch }: ViewContext, view: SweepView, question: number): Description | null {
  const titles = [...new Set(view.cells.map(({ experiment, grid }) => [experiment, ...grid].join(', ')))];
  if (titles.length < 2) return null;
  return dropdown({
    label: 'Data set and settings',
    choices: titles.map((text, index) => ({ value: String(index), text })),
    value: String(question),
    onChange: (value) => dispatch({ type: 'sweepQuestion', question: Number(value) }),
  });
}

function withoutResult(view: SweepView): Description | null {
  const failed = view.runs.filter(({ state }) => state === 'failed');
  if (failed.length === 0) return null;
  return h('details', { key: 'failed' }, [
    h('summary', {}, [`${counted(failed.length, 'run')} without a result`]),
    h(
      'ul',
      {},
      failed.map((run) => h('li', { key: String(run.index) }, [titleIn(view, run)])),
    ),
  ]);
}

export function sweepTab(context: ViewContext): readonly Child[] {
  const { state } = context;
  const { sweep } = state.choices;
  const view = shownSweep(state);
  const text = state.sweepProblems.get(sweep ?? '');
  // A sweep that was told before is still shown, under why it is not told anew.
  const problem =
    text !== undefined && h('p', { key: 'problem', class: 'warning', attributes: { role: 'alert' } }, [text]);
  if (view === undefined) {
    if (problem) return [problem];
    const what = sweep === null ? 'No run here belongs to a sweep.' : 'Reading the sweep…';
    return [h('p', { class: 'quiet', attributes: { role: 'status' } }, [what])];
  }
  const titles = new Set(view.cells.map(({ experiment, grid }) => JSON.stringify([experiment, grid])));
  const question = Math.min(state.choices.sweepQuestion, titles.size - 1);
  const cells = cellsOf(view, question);
  const { experiment, grid } = view.cells[cells[0]!]!;
  // Of a data set that has no result yet there is no verdict: titles name the file and the grid's values.
  const verdict = view.verdicts?.find(({ title }) =>
    titles.size === 1 ? true : title.endsWith([`(${experiment})`, ...grid].join(', ')),
  );
  const tuning = tuningCard(context, view, cells);
  if (verdict === undefined)
    return [
      problem,
      head(context, view),
      questionPicker(context, view, question),
      tuning ??
        h('p', { key: 'none', class: 'quiet' }, [
          view.state === 'finished' ? 'No run has a result.' : 'Charts come with the first results.',
        ]),
      withoutResult(view),
    ];
  const looks = armLooks(view);
  const rows = `the ${verdict.split} rows of ${verdict.title}`;
  const beside = besideTheBest(verdict);
  const differences = differenceRows(verdict, looks);
  const left = verdict.pairs.length - differences.rows.length;
  return [
    problem,
    head(context, view),
    questionPicker(context, view, question),
    told(verdict),
    h('div', { class: 'chart-grid' }, [
      rangeCard(context, {
        id: 'sweep-scores',
        title: `${verdict.split === 'test' ? 'Test' : 'Validation'} ${metricOf(verdict.metric).title}`,
        note: rows,
        plot: scoreRows(verdict, looks),
        signs: [
          '● a seed',
          '┣━┫ 95 % interval of the mean',
          `┆ ${verdict.reference ?? 'the best'}`,
          ...(beside.length > 0 ? [`not told apart from the best: ${beside.join(', ')}`] : []),
        ],
        table: () => scoreTable(verdict),
      }),
      differences.rows.some(({ mean }) => mean !== undefined) &&
        rangeCard(context, {
          id: 'sweep-differences',
          title: `Differences in ${metricOf(verdict.metric).title}`,
          note: differences.unit === '' ? rows : `${differences.unit}, ${rows}`,
          plot: differences,
          signs: [
            ...(differences.rows.some(({ interval }) => interval)
              ? [verdict.rowsDiffer ? '┣━┫ 95 % for rows that each seed draws' : '┣━┫ 95 % for these rows']
              : []),
            ...(differences.rows.some(({ wider }) => wider) ? ['── 95 % for new rows too, each pair by itself'] : []),
            ...(differences.rows.some(({ isStrong }) => isStrong) ? ['bold: a difference is shown'] : []),
            ...(left > 0 ? [`${counted(left, 'other pair')} in the table`] : []),
          ],
          table: () => pairTable(verdict),
        }),
      tuning,
      costCard(context, view, verdict),
    ]),
    tableCard(context, verdict),
    flipsCard(context, view, verdict),
    withoutResult(view),
  ];
}
