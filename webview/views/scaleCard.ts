import type { RunSnapshot } from '../../extension/contract/panel.ts';
import type { ScaleCurve } from '../../extension/contract/scale.ts';
import { metricOf } from '../../extension/metrics/registry.ts';
import { counted } from '../../extension/problems/counted.ts';
import { formatExact, formatMetric } from '../../extension/view/figures.ts';
import { runName } from '../../extension/view/runNames.ts';
import type { TextTable } from '../../extension/view/tableText.ts';
import { pointConfiguration } from '../charts/pointChart.ts';
import { lineLook } from '../looks/palette.ts';
import { button, slider } from '../page/components.ts';
import { type Child, type Description, h } from '../page/dom.ts';
import { slotOf } from '../state/state.ts';
import type { PointPlot } from '../sweep/pointPlots.ts';
import { cardFrame } from './chartCard.ts';
import type { ViewContext } from './viewContext.ts';

const title = 'Scale of the change';

/** The score of a run whose tuned terms stand at start + λ·change: computed when somebody asks, by the trainer. */
export function scaleCard(context: ViewContext, run: RunSnapshot): Description | null {
  const { state, send, dispatch } = context;
  const { id, counts } = run.record;
  const isOver = run.state === 'finished' || run.state === 'stopped';
  if (!state.hasHost || !isOver || counts.method === 0) return null;
  const answer = state.scales.get(id);
  if (answer?.curve) return curveCard(context, run, answer.curve);
  const ask = (): void => {
    dispatch({ type: 'askScale', run: id });
    send({ type: 'scale', run: id });
  };
  const about =
    'Scores of γ₀ + λ·Δγ at eleven λ from 0 (the start, with the trained head) to 1.5, on the validation rows. Nothing is trained.';
  return h('section', { key: 'scale', class: 'card', attributes: { 'aria-label': title } }, [
    h('header', {}, [h('h3', {}, [title]), h('span', { class: 'quiet' }, [runName(run)])]),
    h('p', { class: 'quiet' }, [about]),
    button({
      label: answer === null ? 'Evaluating…' : 'Evaluate Scales',
      ...{ icon: 'graph-line', isDisabled: answer === null, onClick: ask },
    }),
    answer?.problem !== undefined && h('p', { class: 'warning', attributes: { role: 'status' } }, [answer.problem]),
  ]);
}

function curveCard(context: ViewContext, run: RunSnapshot, curve: ScaleCurve): Description {
  const { state, theme, board, dispatch } = context;
  const { points, metric, best } = curve;
  const at = points.findIndex(({ scale }) => scale === (state.choices.scaleAt ?? best));
  const chosen = points[at] ?? points[0]!;
  const plot: PointPlot = {
    series: [
      {
        name: runName(run),
        look: lineLook(slotOf(state, run.record.id)),
        isJoined: true,
        dots: [],
        marks: points.map(({ scale, metrics }) => ({
          ...{ x: scale, y: metrics[metric]! },
          ...(scale === chosen.scale && { ring: 'chosen' as const }),
        })),
      },
    ],
    ...{ xQuantity: 'plain', yQuantity: metricOf(metric).quantity, isLog: false, front: [] },
  };
  return cardFrame(context, {
    id: 'scale',
    title,
    note: `${metricOf(metric).title} on ${counted(curve.rows, 'row')}, ${runName(run)}`,
    legend: legendOf(curve, chosen, (index) => dispatch({ type: 'scaleAt', scale: points[index]!.scale })),
    chart: board.still({
      id: 'scale',
      label: `${title}: ${metricOf(metric).title} at ${points.length} values of λ, best at ${best}. The table has the numbers.`,
      heightPx: 220,
      memo: [curve, chosen.scale, theme],
      configuration: () => pointConfiguration(plot, theme),
    }),
    table: () => scaleTable(curve),
  });
}

function legendOf(
  { points, best, kept, methods }: ScaleCurve,
  { scale, metrics }: ScaleCurve['points'][number],
  onInput: (index: number) => void,
): readonly Child[] {
  const values = Object.entries(metrics).map(([name, value]) => `${metricOf(name).title} ${formatMetric(name, value)}`);
  const said = [scale === best && 'best', scale === 1 && 'as tuned', scale === 0 && 'the start'].filter(Boolean);
  return [
    slider({
      label: 'λ',
      min: 0,
      max: points.length - 1,
      step: 1,
      value: points.findIndex((point) => point.scale === scale),
      text: `${scale}${said.length > 0 ? ` (${said.join(', ')})` : ''}`,
      onInput,
    }),
    h('span', { class: 'readout', attributes: { 'aria-live': 'polite' } }, [values.join(' · ')]),
    best !== 1 && h('span', { class: 'quiet' }, ['Chosen on these rows: judge it on others before you rely on it.']),
    kept.length > 0 &&
      h('span', { class: 'quiet' }, [`${methods.join(' and ')} scaled; ${kept.join(' and ')} as trained`]),
  ];
}

function scaleTable({ points, best }: ScaleCurve): TextTable {
  const names = Object.keys(points[0]!.metrics);
  return {
    columns: [
      { title: 'λ', isNumber: true },
      ...names.map((name) => ({ title: metricOf(name).title, isNumber: true })),
      { title: '', isNumber: false },
    ],
    rows: points.map(({ scale, metrics }) => [
      { text: String(scale) },
      ...names.map((name) => ({ text: formatMetric(name, metrics[name]!), exact: formatExact(metrics[name]!) })),
      { text: scale === best ? 'best' : '' },
    ]),
  };
}
