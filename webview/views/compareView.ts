import { counted } from '../../extension/problems/counted.ts';
import { formatCount } from '../../extension/view/figures.ts';
import { csvOf, latexOf, markdownOf, type TextTable } from '../../extension/view/tableText.ts';
import { lineGroups } from '../curves/curves.ts';
import { runLabels } from '../curves/runText.ts';
import { lineLook } from '../looks/palette.ts';
import { swatch } from '../looks/swatch.ts';
import { button, checkbox, dropdown, icon, iconButton } from '../page/components.ts';
import { type Description, h, takeKey } from '../page/dom.ts';
import { reportMessage, slotOf } from '../state/state.ts';
import { type CompareTable, compareTable } from './compareTable.ts';
import type { ViewContext } from './viewContext.ts';

/** Rows drawn at most: the others are in what is copied. */
const mostRows = 200;

function textTable({ columns, rows }: CompareTable): TextTable {
  return {
    columns: columns.map(({ title, isNumber }) => ({ title, isNumber })),
    rows: rows.map(({ cells }) => cells.map(({ text, exact }) => ({ text, exact }))),
  };
}

function toolbar({ state, memory, dispatch, send }: ViewContext, table: CompareTable): Description {
  const groups = lineGroups(state);
  const labels = memory.recall('baselines', [table], () => runLabels(groups.map(([first]) => first!)));
  const baseline = groups.find((group) => group.some(({ record }) => record.id === state.choices.baseline));
  const copy = (text: string) => send({ type: 'copy', text });
  return h('div', { class: 'toolbar', attributes: { role: 'toolbar', 'aria-label': 'Compare' } }, [
    dropdown({
      label: 'Show differences to',
      choices: [
        { value: '', text: 'No baseline' },
        ...groups.map(([first, ...others]) => ({
          value: first!.record.id,
          text: `Against ${labels.get(first!.record.id)!}${others.length > 0 ? `, mean of ${others.length + 1} seeds` : ''}`,
        })),
      ],
      value: baseline?.[0]?.record.id ?? '',
      onChange: (run) => dispatch({ type: 'baseline', run: run === '' ? null : run }),
    }),
    checkbox({
      label: 'Fold seeds',
      isChecked: state.choices.foldsSeeds,
      onChange: (isOn) => dispatch({ type: 'foldSeeds', isOn }),
    }),
    h('span', { class: 'spring' }),
    h('span', { class: 'tool-group' }, [
      h('span', { class: 'quiet' }, ['Copy as']),
      button({ label: 'Markdown', onClick: () => copy(markdownOf(textTable(table))) }),
      button({ label: 'CSV', onClick: () => copy(csvOf(textTable(table))) }),
      button({ label: 'LaTeX', onClick: () => copy(latexOf(textTable(table))) }),
    ]),
    state.hasHost &&
      button({
        label: 'Save Report',
        icon: 'file-code',
        onClick: () => send(reportMessage(state)),
      }),
  ]);
}

/** `id` put before `before`, or last. */
function moved(ids: readonly string[], id: string, before: string | null): string[] {
  const rest = ids.filter((known) => known !== id);
  const at = before === null ? rest.length : rest.indexOf(before);
  return [...rest.slice(0, at), id, ...rest.slice(at)];
}

function header({ state, dispatch }: ViewContext, table: CompareTable): Description {
  const ids = table.columns.map(({ id }) => id);
  const { sort } = state.choices;
  return h(
    'tr',
    {},
    table.columns.map(({ id, title, isNumber }, index) => {
      const isSorted = sort?.column === id;
      const shift = (by: number) => {
        const target = by < 0 ? ids[index - 1] : (ids[index + 2] ?? null);
        if (target !== undefined) dispatch({ type: 'orderColumns', columns: moved(ids, id, target) });
      };
      return h(
        'th',
        {
          key: id,
          class: isNumber ? 'number' : '',
          attributes: {
            scope: 'col',
            draggable: 'true',
            'aria-sort': isSorted ? (sort.isDescending ? 'descending' : 'ascending') : undefined,
          },
          on: {
            dragstart: (event) => (event as DragEvent).dataTransfer?.setData('application/x-column', id),
            dragover: (event) => event.preventDefault(),
            drop: (event) => {
              event.preventDefault();
              const dragged = (event as DragEvent).dataTransfer?.getData('application/x-column') ?? '';
              if (ids.includes(dragged) && dragged !== id)
                dispatch({ type: 'orderColumns', columns: moved(ids, dragged, id) });
            },
          },
        },
        [
          h('span', { class: 'th-inner' }, [
            h(
              'button',
              {
                class: 'sort',
                attributes: {
                  type: 'button',
                  title: `Sort by ${title}. Alt with an arrow key moves the column, Delete hides it.`,
                },
                on: {
                  click: () => dispatch({ type: 'sort', column: id }),
                  keydown: (event) => {
                    const { key, altKey } = event as KeyboardEvent;
                    if (altKey && key === 'ArrowLeft') shift(-1);
                    else if (altKey && key === 'ArrowRight') shift(1);
                    else if (key === 'Delete' && id !== 'run')
                      dispatch({ type: 'hideColumn', column: id, isHidden: true });
                    else return;
                    takeKey(event);
                  },
                },
              },
              [title, isSorted && icon(sort.isDescending ? 'arrow-down' : 'arrow-up')],
            ),
            id !== 'run' &&
              h('span', { class: 'hide-column' }, [
                iconButton({
                  label: `Hide ${title}`,
                  icon: 'close',
                  onClick: () => dispatch({ type: 'hideColumn', column: id, isHidden: true }),
                }),
              ]),
          ]),
        ],
      );
    }),
  );
}

export function compareView(context: ViewContext): readonly Description[] {
  const { state, theme, dispatch } = context;
  const table = compareTable(state, context.memory);
  const body = table.rows.slice(0, mostRows).map(({ key, runs, cells, isBaseline }) => {
    const first = runs[0]!.record.id;
    const isActive = runs.some((run) => run.record.id === state.choices.active);
    return h(
      'tr',
      {
        key,
        class: `${isActive ? 'active' : ''}${isBaseline ? ' baseline' : ''}`,
        on: { click: () => dispatch({ type: 'activate', run: first }) },
      },
      cells.map(({ text, exact, isBest }, index) => {
        const column = table.columns[index]!;
        if (column.id !== 'run') {
          return h(
            'td',
            {
              key: column.id,
              class: `${column.isNumber ? 'number' : 'words'}${isBest ? ' best' : ''}`,
              attributes: { title: exact, dir: 'auto' },
            },
            [isBest && h('span', { class: 'hidden-text' }, ['best: ']), text],
          );
        }
        return h('th', { key: 'run', class: 'row-name', attributes: { scope: 'row', title: exact } }, [
          h('span', { class: 'row-name-inner' }, [
            swatch(lineLook(slotOf(state, runs.at(-1)!.record.id)), theme),
            h(
              'button',
              {
                class: 'plain',
                attributes: { type: 'button', dir: 'auto' },
                on: { click: () => dispatch({ type: 'activate', run: first }) },
              },
              [text],
            ),
            isBaseline && h('span', { class: 'tag' }, ['baseline']),
            // Where no run is chosen, the one in front stands in.
            state.choices.checked.length > 0 &&
              iconButton({
                label: `Take ${text} out of the comparison`,
                icon: 'close',
                onClick: () => {
                  const ids = new Set(runs.map((run) => run.record.id));
                  dispatch({ type: 'check', runs: state.choices.checked.filter((id) => !ids.has(id)) });
                },
              }),
          ]),
        ]);
      }),
    );
  });
  return [
    toolbar(context, table),
    h(
      'div',
      { class: 'table-scroll wide', attributes: { tabindex: 0, role: 'region', 'aria-label': 'Comparison of runs' } },
      [h('table', { class: 'data compare' }, [h('thead', {}, [header(context, table)]), h('tbody', {}, body)])],
    ),
    ...(table.rows.length > mostRows
      ? [
          h('p', { class: 'quiet' }, [
            `${formatCount(mostRows)} of ${counted(table.rows.length, 'row')} are shown, as they are sorted. What is copied has all of them.`,
          ]),
        ]
      : []),
    ...(table.hidden.length > 0
      ? [
          h('div', { class: 'hidden-columns' }, [
            h('span', { class: 'quiet' }, ['Hidden columns']),
            ...table.hidden.map(({ id, title }) =>
              h(
                'button',
                {
                  key: id,
                  class: 'chip',
                  attributes: { type: 'button', title: `Show ${title}` },
                  on: { click: () => dispatch({ type: 'hideColumn', column: id, isHidden: false }) },
                },
                [icon('add'), title],
              ),
            ),
          ]),
        ]
      : []),
  ];
}
