import type { RunSnapshot } from '../../extension/contract/panel.ts';
import { counted } from '../../extension/problems/counted.ts';
import { isUnderWay } from '../../extension/view/runState.ts';
import { csvOf, type TextTable } from '../../extension/view/tableText.ts';
import { fileNameOf, type LegendName, pngOf } from '../charts/exportImage.ts';
import { axisTitles } from '../curves/axisText.ts';
import { type CurveCard, isFlagged, lookIn, namedLines } from '../curves/curves.ts';
import { curveCsv, curveTable } from '../curves/curveTable.ts';
import { divergedTexts } from '../curves/divergence.ts';
import { type Range, zoomWithin } from '../curves/range.ts';
import { swatch } from '../looks/swatch.ts';
import { icon, iconButton } from '../page/components.ts';
import { type Child, type Description, h } from '../page/dom.ts';
import { shownRuns } from '../state/state.ts';
import type { ViewContext } from './viewContext.ts';

/** A plain table with numbers to the right and exact values on hover. */
export function plainTable(table: TextTable, caption: string): Description {
  return h('div', { class: 'table-scroll', attributes: { tabindex: 0, role: 'region', 'aria-label': caption } }, [
    h('table', { class: 'data' }, [
      h('thead', {}, [
        h(
          'tr',
          {},
          table.columns.map(({ title, isNumber }) =>
            h('th', { class: isNumber ? 'number' : '', attributes: { scope: 'col' } }, [title]),
          ),
        ),
      ]),
      h(
        'tbody',
        {},
        table.rows.map((cells) =>
          h(
            'tr',
            {},
            cells.map(({ text, exact }, index) =>
              h(
                'td',
                {
                  class: table.columns[index]?.isNumber ? 'number' : '',
                  attributes: { title: exact, dir: 'auto' },
                },
                [text],
              ),
            ),
          ),
        ),
      ),
    ]),
  ]);
}

/** A chart or its table, with what can be done about either. */
export function cardFrame(
  { state, board, theme, dispatch, send }: ViewContext,
  options: {
    readonly id: string;
    readonly title: string;
    readonly note: string;
    readonly legend?: readonly Child[];
    readonly chart: Description;
    readonly table: () => TextTable;
    /** All values, where the table shows some. */
    readonly csv?: () => string;
    /** Names below the picture of the chart. */
    readonly pictured?: readonly LegendName[];
  },
): Description {
  const isTable = state.choices.asTable.includes(options.id);
  const name = fileNameOf(options.title);
  const savePicture = async (): Promise<void> => {
    const canvas = board.canvasOf(options.id);
    if (!canvas) return;
    // What a chart says in words, its picture says too; names that the page leaves out are all in the picture.
    const told = canvas.closest('.card')!.querySelectorAll('.legend > :is(.quiet, .warning):not(.more)');
    const words = [...told].map(({ textContent }) => textContent ?? '');
    const { title, note, pictured: legend = [] } = options;
    const data = await pngOf(canvas, { title, note, legend, words }, theme);
    send({ type: 'save', name: `${name}.png`, data });
  };
  return h(
    'section',
    { key: options.id, class: 'card chart-card', attributes: { 'aria-label': options.title, 'data-card': options.id } },
    [
      h('header', {}, [
        h('h3', {}, [options.title]),
        h('span', { class: 'quiet' }, [options.note]),
        h('span', { class: 'spring' }),
        iconButton({
          label: isTable ? `Show ${options.title} as a chart` : `Show ${options.title} as a table`,
          icon: isTable ? 'graph-line' : 'table',
          isPressed: isTable,
          onClick: () => dispatch({ type: 'asTable', chart: options.id, isOn: !isTable }),
        }),
        !isTable &&
          iconButton({
            label: `Save ${options.title} as PNG`,
            icon: 'device-camera',
            onClick: () => void savePicture(),
          }),
        iconButton({
          label: `Save ${options.title} as CSV`,
          icon: 'desktop-download',
          onClick: () => send({ type: 'save', name: `${name}.csv`, data: options.csv?.() ?? csvOf(options.table()) }),
        }),
      ]),
      isTable ? plainTable(options.table(), `${options.title} as a table`) : options.chart,
      !isTable &&
        options.legend !== undefined &&
        options.legend.length > 0 &&
        h('div', { class: 'legend' }, options.legend),
    ],
  );
}

/** Names below one chart, and above all of them: the others are told on hover. */
const mostNames = 8;
const mostSharedNames = 40;

/** A legend of the chart's other signs. */
function signsIn({ lines, marks }: CurveCard): readonly string[] {
  const has = (kind: string) => lines.some((line) => line.kind === kind);
  return [
    ...(has('training') && has('evaluation') ? ['with markers: evaluation'] : []),
    ...(lines.some(isFlagged) ? ['⚑ kept'] : []),
    ...(marks.some(({ kind }) => kind === 'resumed') ? ['┆ resumed'] : []),
    ...(marks.some(({ kind }) => kind === 'checkpoint') ? ['┊ checkpoint'] : []),
  ];
}

/** One legend for charts of the same runs, so that none repeats it; nothing where a single name needs none. */
export function sharedLegend(
  card: CurveCard,
  context: ViewContext,
): { readonly names: ReadonlySet<string>; readonly legend: Description } | null {
  const names = new Set(namedLines(card).keys());
  if (names.size < 2) return null;
  const attributes = { role: 'group', 'aria-label': 'Runs in the charts' };
  return {
    names,
    legend: h(
      'div',
      { key: 'legend', class: 'legend shared', attributes },
      entriesOf(card, new Set(), mostSharedNames, context),
    ),
  };
}

/** @param told entries that a legend for all charts has told already */
function legendOf(card: CurveCard, told: ReadonlySet<string>, context: ViewContext): readonly Description[] {
  const entries = entriesOf(card, told, mostNames, context);
  return [...entries, ...signsIn(card).map((text) => h('span', { key: text, class: 'quiet' }, [text]))];
}

function entriesOf(
  card: CurveCard,
  told: ReadonlySet<string>,
  most: number,
  { theme }: ViewContext,
): readonly Description[] {
  const entries = new Map([...namedLines(card)].filter(([name]) => !told.has(name)));
  const [shown, rest] = [[...entries.values()].slice(0, most), [...entries.values()].slice(most)];
  return [
    ...shown.map((line) =>
      h('span', { key: `${line.group} ${line.label}`, class: 'legend-entry', attributes: { title: line.label } }, [
        swatch(lookIn(card, line), theme),
        h('span', { class: 'legend-label', attributes: { dir: 'auto' } }, [line.label]),
      ]),
    ),
    ...(rest.length > 0
      ? [
          h('span', { class: 'quiet more', attributes: { title: rest.map(({ label }) => label).join('\n') } }, [
            `and ${rest.length} more`,
          ]),
        ]
      : []),
  ];
}

/** More runs than this that diverged are counted; all are told on hover. */
const mostDiverged = 3;

function divergedNote(card: CurveCard): Description | null {
  const texts = divergedTexts(card);
  if (texts.length === 0) return null;
  const left = texts.length - mostDiverged;
  const told = [...texts.slice(0, mostDiverged), ...(left > 0 ? [`and ${counted(left, 'more run')}`] : [])];
  return h('span', { class: 'warning', attributes: { title: texts.join('\n') } }, [icon('warning'), told.join('; ')]);
}

function emptyText(runs: readonly RunSnapshot[]): string {
  if (!runs.every((run) => run.isRead)) return 'Reading the journal…';
  return runs.some(isUnderWay) ? 'No points yet' : 'It ended before its first point';
}

export function curveChartCard(
  context: ViewContext,
  card: CurveCard,
  smoothing: number,
  whole: Range | null,
  /** Names that a legend for all charts tells. */
  told: ReadonlySet<string> = new Set(),
): Description {
  const { state, theme, board } = context;
  const { hasLogScale } = state.choices;
  const zoom = zoomWithin(state.choices.zoom, whole);
  const diverged = divergedNote(card);
  const isEmpty = card.lines.length === 0;
  return cardFrame(context, {
    id: card.id,
    title: card.title,
    note: `by ${axisTitles[card.axis]}`,
    legend: [...(diverged ? [diverged] : []), ...legendOf(card, told, context)],
    chart: isEmpty
      ? h('div', { class: 'chart none quiet' }, [emptyText(shownRuns(state))])
      : board.frame(card, { zoom, whole, smoothing, hasLogScale, theme }),
    table: () => curveTable(card, zoom),
    csv: () => curveCsv(card),
    pictured: [...namedLines(card).values()].map((line) => {
      const sign = lookIn(card, line);
      return { label: line.label, colour: theme.lines[sign.colourIndex]!, sign };
    }),
  });
}
