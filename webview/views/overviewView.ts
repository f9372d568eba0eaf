import type { RunAction, RunSnapshot } from '../../extension/contract/panel.ts';
import { metricOf } from '../../extension/metrics/registry.ts';
import {
  formatBytes,
  formatCount,
  formatDifference,
  formatDuration,
  formatExact,
  formatPercent,
  formatQuantity,
  formatSignificant,
  headingOf,
  type Quantity,
} from '../../extension/view/figures.ts';
import { methodKey } from '../../extension/view/flatConfig.ts';
import { keptValue } from '../../extension/view/keptValue.ts';
import { dateTime, timeOfDay } from '../../extension/view/moment.ts';
import { dataName, modelName, runName } from '../../extension/view/runNames.ts';
import {
  isUnderWay,
  progressOf,
  resumableStates,
  silentSinceMs,
  stateLooks,
  wholePercent,
} from '../../extension/view/runState.ts';
import { sparkline } from '../charts/sparkline.ts';
import { curveCards, evaluationMetrics } from '../curves/curves.ts';
import { wholeRange } from '../curves/range.ts';
import { causeOf, countsSentence, menuContext, progressTexts } from '../curves/runText.ts';
import { smooth } from '../curves/smooth.ts';
import { lineLook } from '../looks/palette.ts';
import { button, icon } from '../page/components.ts';
import { type Child, type Description, h } from '../page/dom.ts';
import { activeRun, slotOf } from '../state/state.ts';
import { curveChartCard } from './chartCard.ts';
import type { ViewContext } from './viewContext.ts';

/**
 * Actions on a run, the likeliest first and in blue. A run that failed by itself would fail again where it
 * is resumed unchanged; one that was stopped or killed goes on.
 */
function actions({ state, send, dispatch }: ViewContext, run: RunSnapshot): readonly Child[] {
  const { id } = run.record;
  const act = (action: RunAction, label: string, iconName: string, isPrimary = false) =>
    button({ label, icon: iconName, isPrimary, onClick: () => send({ type: 'action', action, run: id }) });
  const canResume = resumableStates.includes(run.state);
  const hasWeights = run.state === 'finished' || run.state === 'stopped';
  const compare = () => {
    dispatch({ type: 'check', runs: [...new Set([...state.choices.checked, id])] });
    dispatch({ type: 'view', view: 'compare' });
  };
  const rerun = act('rerunWithChanges', 'Re-run with Changes', 'edit', run.state === 'failed');
  const inHost = [
    isUnderWay(run) && act('stop', 'Stop', 'debug-stop'),
    run.state === 'failed' && rerun,
    canResume && act('resume', 'Resume', 'debug-continue', run.state !== 'failed'),
    hasWeights && act('tryModel', 'Try', 'comment-discussion'),
    hasWeights && act('exportAdapter', 'Export', 'export'),
    !isUnderWay(run) && run.state !== 'failed' && rerun,
  ];
  const files = [act('openLog', 'Open Log', 'output'), act('openConfig', 'Open Config', 'settings')];
  return [
    ...(state.hasHost ? inHost : []),
    state.runs.size > 1 && button({ label: 'Compare', icon: 'diff', onClick: compare }),
    ...(state.hasHost ? files : []),
  ];
}

function head(context: ViewContext, run: RunSnapshot): Description {
  const { nowMs } = context.state;
  const look = stateLooks[run.state];
  const progress = run.summary ? progressOf(run.summary) : undefined;
  const isSilent = silentSinceMs(run, nowMs) !== undefined;
  return h('header', { class: 'run-head', attributes: { 'data-vscode-context': menuContext(run) } }, [
    h('div', { class: 'run-title' }, [
      h('h2', { attributes: { title: run.record.id, dir: 'auto' } }, [runName(run)]),
      h('p', { class: 'quiet' }, [
        [
          ...(run.notes.name ? [run.record.methods] : []),
          dataName(run),
          modelName(run),
          `seed ${run.record.seed}`,
        ].join(' · '),
      ]),
    ]),
    h('div', { class: 'run-actions' }, actions(context, run)),
    h('div', { class: `run-state state-${isSilent ? 'silent' : run.state}` }, [
      icon(isSilent ? 'warning' : look.icon),
      h('b', {}, [look.word]),
      ...progressTexts(run, nowMs).map((text) => h('span', { class: 'quiet' }, [text])),
    ]),
    progress !== undefined &&
      run.state !== 'finished' &&
      h(
        'div',
        {
          class: 'progress',
          attributes: {
            role: 'progressbar',
            'aria-label': 'Progress',
            'aria-valuemin': 0,
            'aria-valuemax': 100,
            'aria-valuenow': wholePercent(progress),
          },
        },
        [h('div', { class: `progress-bar state-${run.state}`, style: { width: `${(progress * 100).toFixed(2)}%` } })],
      ),
  ]);
}

/** Why a run waits, stopped or did not finish. */
function trouble(run: RunSnapshot): Child {
  const { state, series } = run;
  const isBroken = state === 'failed' || state === 'died' || state === 'unknown';
  const cause = causeOf(run) ?? (isBroken ? 'The cause is unknown.' : undefined);
  if (cause === undefined) return null;
  return h('section', { class: `card trouble state-${state}`, attributes: { 'aria-label': 'Cause' } }, [
    h('p', {}, [icon(stateLooks[state].icon), h('span', {}, [cause])]),
    isBroken &&
      series.stderrTail.length > 0 &&
      h('pre', { attributes: { tabindex: 0, role: 'region', 'aria-label': 'Last lines of the error output' } }, [
        series.stderrTail.join('\n'),
      ]),
  ]);
}

function figure(title: string, value: Child, exact: string, notes: readonly Child[]): Description {
  return h('div', { key: title, class: 'card figure', attributes: { role: 'group', 'aria-label': title } }, [
    h('h3', {}, [title]),
    h('p', { class: 'figure-value', attributes: { title: exact } }, [value]),
    ...notes.map((note) => h('p', { class: 'quiet' }, [note])),
  ]);
}

/** `▲ 0.8 points`: how far one evaluation is from another; undefined where that reads as nothing. */
function changeText(change: number, quantity: Quantity): string | undefined {
  const size = formatDifference(Math.abs(change), quantity).replace('+', '');
  if (!/[1-9]/.test(size)) return undefined;
  return `${change > 0 ? '▲' : '▼'}\u2009${size}${quantity === 'share' ? ' points' : ''}`;
}

/** The kept weights' metric, and the last evaluation beside it where that is another one. */
function metricFigure(run: RunSnapshot): Description | null {
  const kept = keptValue(run);
  if (kept === undefined) return null;
  const { quantity } = metricOf(kept.name);
  const points = run.series.evaluations.filter(
    (point) => point.split === 'validation' && Object.hasOwn(point.metrics, kept.name),
  );
  const [before, last] = [points.at(-2), points.at(-1)];
  const change = before && last && changeText(last.metrics[kept.name]! - before.metrics[kept.name]!, quantity);
  const since = change && `${change} since step ${formatCount(before.step)}`;
  const isLast = !last || last.step === kept.step;
  return figure(headingOf(kept.name), formatQuantity(kept.value, quantity), formatExact(kept.value), [
    `kept, step ${formatCount(kept.step)}`,
    isLast ? since : [`last ${formatQuantity(last.metrics[kept.name]!, quantity)}`, since].filter(Boolean).join(' · '),
  ]);
}

function figures({ state, theme }: ViewContext, run: RunSnapshot): Description {
  const colour = theme.lines[lineLook(slotOf(state, run.record.id)).colourIndex]!;
  const { summary, series, record } = run;
  const { loss, step } = series.progress;
  const lastLoss = loss.at(-1) ?? summary?.loss ?? null;
  const { counts } = record;
  return h('div', { class: 'figures' }, [
    metricFigure(run),
    figure(
      'Training loss',
      lastLoss === null ? '–' : formatSignificant(lastLoss),
      lastLoss === null ? '' : formatExact(lastLoss),
      [
        loss.length > 1 && sparkline(smooth(step, loss, 0.3), colour),
        loss.length === 1 && `step ${formatCount(step[0]!)}`,
        loss.length === 0 && (!run.isRead ? 'reading…' : isUnderWay(run) ? 'no steps yet' : 'no steps'),
      ].filter(Boolean),
    ),
    figure(
      'Tunable',
      h('span', {}, [formatCount(counts.method), ' ', h('span', { class: 'change' }, [formatPercent(counts.percent)])]),
      `${counts.percent} % of ${counts.base}`,
      [counts.head === 0 ? null : `+ ${formatCount(counts.head)} head`],
    ),
    figure(
      'Speed',
      summary?.tokensPerSecond
        ? h('span', {}, [formatCount(summary.tokensPerSecond), ' ', h('span', { class: 'change' }, ['tokens/s'])])
        : '–',
      summary?.tokensPerSecond ? formatExact(summary.tokensPerSecond) : '',
      [
        summary?.memoryPeakBytes ? `${formatBytes(summary.memoryPeakBytes)} peak` : null,
        // The head says how long a run took that is over.
        run.state === 'running' && summary?.elapsedSeconds ? `${formatDuration(summary.elapsedSeconds)} so far` : null,
      ],
    ),
  ]);
}

/** A long key is broken behind its dots and underscores. */
const breakable = (key: string): readonly Child[] =>
  key.split(/(?<=[._])/).flatMap((part, index) => (index === 0 ? [part] : [h('wbr'), part]));

function pairs(title: string, entries: readonly (readonly [string, string])[], none: string): Description {
  return h('section', { class: 'card facts', attributes: { 'aria-label': title } }, [
    h('h3', {}, [title]),
    entries.length === 0
      ? h('p', { class: 'quiet' }, [none])
      : h(
          'dl',
          {},
          entries.flatMap(([key, value]) => [
            h('dt', { key: `t-${key}`, attributes: { title: key } }, breakable(key)),
            h('dd', { key: `d-${key}`, attributes: { title: value } }, [value]),
          ]),
        ),
  ]);
}

const mostEvents = 6;

function facts(run: RunSnapshot): Description {
  const { record, series } = run;
  const environment: (readonly [string, string])[] = [
    ['executor', record.executor],
    ['device', run.summary?.device ?? record.device],
    ['version', record.codeVersion],
    ...(record.gitCommit ? [['commit', record.gitCommit.slice(0, 10)] as const] : []),
    run.summary?.startedAt
      ? ['started', dateTime(run.summary.startedAt)]
      : [run.state === 'queued' ? 'queued' : 'created', dateTime(record.createdAt)],
    ['run', record.id],
  ];
  const events = series.log
    .slice(-mostEvents)
    .reverse()
    .map(({ time, text }) => [timeOfDay(time), text] as const);
  return h('div', { class: 'facts-row' }, [
    pairs(
      'Changed from defaults',
      run.changed.map(({ key, value }) => [methodKey(record.config, key), value] as const),
      'Nothing: every setting has its default.',
    ),
    pairs('Environment', environment, ''),
    h('section', { class: 'card facts', attributes: { 'aria-label': 'Last events' } }, [
      h('h3', {}, ['Last events']),
      events.length === 0
        ? h('p', { class: 'quiet' }, [run.isRead ? 'Nothing has happened yet.' : 'Reading the journal…'])
        : h(
            'ul',
            { class: 'events' },
            events.map(([time, text]) =>
              h('li', {}, [h('time', { class: 'quiet' }, [time]), h('span', { attributes: { title: text } }, [text])]),
            ),
          ),
    ]),
  ]);
}

export function overviewView(context: ViewContext): readonly Child[] {
  const run = activeRun(context.state);
  if (!run) return [];
  const { choices } = context.state;
  // The run in front by itself, whatever is overlaid elsewhere.
  const alone = { ...context.state, choices: { ...choices, checked: [run.record.id], foldsSeeds: false } };
  const cards = curveCards(alone, context.memory);
  const leading = keptValue(run)?.name ?? evaluationMetrics([run])[0];
  const shown = [cards.find(({ id }) => id === 'loss'), cards.find(({ id }) => id === `evaluation:${leading}`)].filter(
    (card) => card !== undefined,
  );
  return [
    head(context, run),
    trouble(run),
    figures(context, run),
    h(
      'div',
      { class: 'chart-grid' },
      shown.map((card) => curveChartCard({ ...context, state: alone }, card, choices.smoothing, wholeRange(shown))),
    ),
    h('p', { class: 'sentence' }, [countsSentence(run)]),
    facts(run),
    run.notes.note !== '' && h('p', { class: 'note' }, [icon('note'), h('span', {}, [run.notes.note])]),
  ];
}
