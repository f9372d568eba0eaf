import { curveCards } from '../curves/curves.ts';
import { wholeRange } from '../curves/range.ts';
import { button, checkbox, segmented, slider } from '../page/components.ts';
import { type Description, h } from '../page/dom.ts';
import { type Axis, axes } from '../state/choices.ts';
import { curveChartCard, sharedLegend } from './chartCard.ts';
import type { ViewContext } from './viewContext.ts';

const axisTexts: { readonly [A in Axis]: string } = { step: 'Step', epoch: 'Epoch', time: 'Time', tokens: 'Tokens' };

function toolbar({ state, dispatch }: ViewContext): Description {
  const { choices } = state;
  const percent = Math.round(choices.smoothing * 100);
  return h('div', { class: 'toolbar', attributes: { role: 'toolbar', 'aria-label': 'How curves are drawn' } }, [
    segmented({
      label: 'X axis',
      name: 'axis',
      choices: axes.map((value) => ({ value, text: axisTexts[value] })),
      value: choices.axis,
      onChange: (axis) => dispatch({ type: 'axis', axis }),
    }),
    slider({
      label: 'Smoothing',
      min: 0,
      max: 100,
      step: 5,
      value: percent,
      text: percent === 0 ? 'off' : `${percent}\u202f%`,
      onInput: (value) => dispatch({ type: 'smoothing', smoothing: value / 100 }),
    }),
    checkbox({
      label: 'Log y axis',
      isChecked: choices.hasLogScale,
      onChange: (isOn) => dispatch({ type: 'logScale', isOn }),
    }),
    checkbox({
      label: 'Fold seeds',
      isChecked: choices.foldsSeeds,
      onChange: (isOn) => dispatch({ type: 'foldSeeds', isOn }),
    }),
    h('span', { class: 'spring' }),
    h('span', { class: 'tool-group' }, [
      h('span', { class: 'quiet hint' }, ['Drag in a chart to zoom, double-click to reset']),
      button({
        label: 'Reset zoom',
        icon: 'zoom-out',
        isDisabled: choices.zoom === null,
        onClick: () => dispatch({ type: 'zoom', zoom: null }),
      }),
    ]),
  ]);
}

export function curvesView(context: ViewContext): readonly Description[] {
  const cards = curveCards(context.state, context.memory);
  const whole = wholeRange(cards);
  // The loss has a line of every run.
  const shared = cards[0] ? sharedLegend(cards[0], context) : null;
  return [
    toolbar(context),
    ...(shared ? [shared.legend] : []),
    h(
      'div',
      { class: 'chart-grid' },
      cards.map((card) => curveChartCard(context, card, context.state.choices.smoothing, whole, shared?.names)),
    ),
  ];
}
