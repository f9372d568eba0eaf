import type { ChartConfiguration } from 'chart.js';
import type { RunSnapshot } from '../../extension/contract/panel.ts';
import { counted } from '../../extension/problems/counted.ts';
import { formatCount, formatSignificant } from '../../extension/view/figures.ts';
import { runName } from '../../extension/view/runNames.ts';
import { csvOf } from '../../extension/view/tableText.ts';
import { barConfiguration, barRowHeightPx } from '../charts/barChart.ts';
import type { LegendName } from '../charts/exportImage.ts';
import { depthSentence, driftTable, heatMapConfiguration, heatMapHeightPx, largestDrift } from '../charts/heatMap.ts';
import { lineGroups } from '../curves/curves.ts';
import { type Bars, barsTable, componentBars, layerBars, tensorTable, wantsLogAxis } from '../curves/parameterBars.ts';
import { countsSentence } from '../curves/runText.ts';
import { componentColours } from '../looks/componentColours.ts';
import { lineLook } from '../looks/palette.ts';
import { button, checkbox, slider } from '../page/components.ts';
import { type Child, type Description, h } from '../page/dom.ts';
import { activeRun, slotOf } from '../state/state.ts';
import { cardFrame, plainTable } from './chartCard.ts';
import { scaleCard } from './scaleCard.ts';
import type { ViewContext } from './viewContext.ts';

/** More groups of runs than this would make each layer a comb. */
const mostLayeredGroups = 4;

function colourLegend(bars: Bars, colours: readonly string[]): readonly Description[] {
  return bars.series.map(({ name, values }, index) =>
    h('span', { key: name, class: 'legend-entry' }, [
      h('span', { class: 'block', style: { background: colours[index]! } }),
      h('span', { class: 'legend-label', attributes: { dir: 'auto' } }, [
        values.length === 1 ? `${name} ${formatCount(values[0]!)}` : name,
      ]),
    ]),
  );
}

const pictured = ({ series }: Bars, colours: readonly string[]): readonly LegendName[] =>
  series.map(({ name }, index) => ({ label: name, colour: colours[index]!, sign: 'block' }));

function componentCard(context: ViewContext): Description {
  const { state, theme, dispatch } = context;
  const groups = lineGroups(state);
  const hasLogAxis = state.choices.hasLogCounts ?? wantsLogAxis(groups.flat());
  const bars = componentBars(groups, hasLogAxis);
  const colours = componentColours(
    bars.series.map(({ name }) => name),
    theme,
  );
  const isStacked = !hasLogAxis;
  const title = 'Tunable weights by component';
  return cardFrame(context, {
    id: 'components',
    title: 'By component',
    note: 'tunable weights',
    legend: [
      ...colourLegend(bars, colours),
      h('span', { class: 'spring' }),
      checkbox({ label: 'Log axis', isChecked: hasLogAxis, onChange: (isOn) => dispatch({ type: 'logCounts', isOn }) }),
      hasLogAxis && h('span', { class: 'quiet' }, ['bars stand side by side: on a log axis lengths do not add up']),
    ],
    chart: context.board.still({
      id: 'components',
      label: `${title}: ${counted(bars.rows.length, 'run')}. The table has the numbers.`,
      heightPx: 48 + bars.rows.length * (isStacked ? barRowHeightPx(bars) : 36),
      memo: [JSON.stringify(bars), hasLogAxis, theme],
      configuration: () => barConfiguration(bars, { colours, isStacked, hasLogAxis, theme }),
    }),
    table: () => barsTable(bars, 'run'),
    pictured: pictured(bars, colours),
  });
}

function layerCard(context: ViewContext): Description | null {
  const { state, theme } = context;
  const active = activeRun(state);
  const shown = lineGroups(state);
  const groups = shown.length <= mostLayeredGroups ? shown : active ? [[active]] : [];
  const bars = layerBars(groups);
  if (bars.rows.length === 0) return null;
  const colours = bars.series.map(({ run }) => theme.lines[lineLook(slotOf(state, run ?? '')).colourIndex]!);
  const title = 'Tunable weights by layer';
  return cardFrame(context, {
    id: 'layers',
    title: 'By layer',
    note: `tunable weights${groups.length < shown.length ? ` of ${runName(groups[0]![0]!)}` : ''}, without the head`,
    legend: colourLegend(bars, colours),
    chart: context.board.still({
      id: 'layers',
      label: `${title}: ${counted(bars.rows.length, 'layer')}. The table has the numbers.`,
      heightPx: 40 + bars.rows.length * Math.max(20, 8 * bars.series.length + 8),
      memo: [JSON.stringify(bars), theme, colours.join()],
      configuration: () => barConfiguration(bars, { colours, isStacked: false, hasLogAxis: false, theme }),
    }),
    table: () => barsTable(bars, 'layer'),
    pictured: pictured(bars, colours),
  });
}

const driftTitle = 'Change of tuned tensors';

function driftCard(context: ViewContext): Description | null {
  const { state, theme, dispatch } = context;
  const run = activeRun(state);
  const drifts = run?.drift ?? [];
  const at = drifts.findIndex(({ step }) => step === state.choices.driftStep);
  const index = at === -1 ? drifts.length - 1 : at;
  const drift = drifts[index];
  if (run && !drift && run.driftProblem !== undefined) return driftProblemCard(run, run.driftProblem);
  if (!run || !drift) return null;
  const largest = largestDrift(drifts);
  const depth = depthSentence(drift);
  let readout: Element | null = null;
  return cardFrame(context, {
    id: 'drift',
    title: driftTitle,
    note: `mean |Δ| from the start to step ${formatCount(drift.step)}, ${runName(run)}`,
    legend: [
      h('span', { class: 'ramp-legend' }, [
        h('span', { class: 'quiet' }, ['0']),
        h('span', { class: 'ramp', attributes: { 'aria-hidden': 'true' } }),
        h('span', { class: 'quiet' }, [formatSignificant(largest)]),
      ]),
      drifts.length > 1 &&
        slider({
          label: 'Checkpoint',
          min: 0,
          max: drifts.length - 1,
          step: 1,
          value: index,
          text: `step ${formatCount(drift.step)}`,
          onInput: (value) => dispatch({ type: 'driftStep', step: drifts[value]!.step }),
        }),
      h('span', {
        class: 'readout',
        attributes: { 'aria-live': 'polite' },
        hook: { update: (element) => (readout = element) },
      }),
      depth !== undefined && h('span', { class: 'quiet' }, [depth]),
    ],
    chart: context.board.still({
      id: 'drift',
      label: `${driftTitle} at step ${drift.step}: ${counted(drift.layers.length, 'layer')}. The table has the numbers.`,
      heightPx: heatMapHeightPx(drift),
      memo: [drift, largest, theme],
      configuration: () =>
        heatMapConfiguration(drift, largest, theme, (text) => {
          if (readout) readout.textContent = text;
        }) as unknown as ChartConfiguration<'matrix'>,
    }),
    table: () => driftTable(drift),
    pictured: [{ label: `0 … ${formatSignificant(largest)}`, colour: theme.accent, sign: 'ramp' }],
  });
}

const driftProblemCard = (run: RunSnapshot, problem: string): Description =>
  h('section', { key: 'drift', class: 'card', attributes: { 'aria-label': driftTitle } }, [
    h('header', {}, [h('h3', {}, [driftTitle]), h('span', { class: 'quiet' }, [runName(run)])]),
    h('p', { class: 'warning', attributes: { role: 'status' } }, [problem]),
  ]);

function tensorsCard({ send }: ViewContext, run: RunSnapshot): Description {
  const table = tensorTable(run);
  const title = run.tensors.length > 0 ? 'Tuned tensors' : 'Tuned weights';
  return h('section', { key: 'tensors', class: 'card', attributes: { 'aria-label': title } }, [
    h('header', {}, [
      h('h3', {}, [title]),
      h('span', { class: 'quiet' }, [`of ${runName(run)}`]),
      h('span', { class: 'spring' }),
      button({ label: 'Copy CSV', icon: 'copy', onClick: () => send({ type: 'copy', text: csvOf(table) }) }),
    ]),
    plainTable(table, `${title} as a table`),
  ]);
}

export function parametersView(context: ViewContext): readonly Child[] {
  const run = activeRun(context.state);
  if (!run) return [];
  const drift = driftCard(context);
  const tensors = tensorsCard(context, run);
  return [
    h('p', { class: 'sentence' }, [h('b', {}, [runName(run)]), `: ${countsSentence(run)}`]),
    componentCard(context),
    h('div', { class: 'chart-grid' }, [layerCard(context), drift ?? tensors]),
    scaleCard(context, run),
    drift && tensors,
  ];
}
