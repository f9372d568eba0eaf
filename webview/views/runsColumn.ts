import type { RunSnapshot } from '../../extension/contract/panel.ts';
import { counted } from '../../extension/problems/counted.ts';
import { formatMetric, headingOf } from '../../extension/view/figures.ts';
import { keptValue } from '../../extension/view/keptValue.ts';
import { filterOf } from '../../extension/view/runFilter.ts';
import { dataName, modelName, runName } from '../../extension/view/runNames.ts';
import { progressOf, progressText, stateLooks } from '../../extension/view/runState.ts';
import { apartWords, tellApart } from '../../extension/view/tellApart.ts';
import { lineGroups } from '../curves/curves.ts';
import { causeOf, menuContext } from '../curves/runText.ts';
import { lineLook } from '../looks/palette.ts';
import { swatch } from '../looks/swatch.ts';
import { button, dropdown, icon, iconButton, textField } from '../page/components.ts';
import { type Description, h, takeKey } from '../page/dom.ts';
import { type Grouping, groupings } from '../state/choices.ts';
import { byAge, type PageState, reportMessage, slotOf } from '../state/state.ts';
import type { ViewContext } from './viewContext.ts';

const groupingTexts: { readonly [G in Grouping]: string } = {
  none: 'No groups',
  method: 'By method',
  data: 'By data',
  state: 'By state',
};

const groupOf: { readonly [G in Grouping]: (run: RunSnapshot) => string } = {
  none: () => '',
  method: (run) => run.record.methods,
  data: dataName,
  state: (run) => stateLooks[run.state].word,
};

/** Runs that the filter leaves, newest first, pinned ones before them, by group. */
function listedRuns({
  state,
}: Pick<ViewContext, 'state'>): readonly { readonly group: string; readonly runs: readonly RunSnapshot[] }[] {
  const kept = [...state.runs.values()].filter(filterOf(state.choices.filter));
  kept.sort((a, b) => Number(b.notes.pinned) - Number(a.notes.pinned) || byAge(a, b));
  const groups = new Map<string, RunSnapshot[]>();
  for (const run of kept) {
    const group = groupOf[state.choices.grouping](run);
    const members = groups.get(group);
    if (members) members.push(run);
    else groups.set(group, [run]);
  }
  return [...groups].map(([group, runs]) => ({ group, runs })).sort((a, b) => a.group.localeCompare(b.group));
}

/** The figure at the end of a row: progress, or the kept value. */
function figureOf(run: RunSnapshot): string {
  const progress = run.summary ? progressOf(run.summary) : undefined;
  if (run.state === 'queued') return run.queuePosition === null ? '' : `#${run.queuePosition}`;
  if (run.state === 'running' && progress !== undefined) return progressText(progress);
  const best = keptValue(run);
  return best ? formatMetric(best.name, best.value) : '';
}

function titleText(run: RunSnapshot): string {
  const best = keptValue(run);
  const cause = causeOf(run);
  return [
    runName(run),
    `${dataName(run)} · ${modelName(run)} · seed ${run.record.seed} · ${stateLooks[run.state].word}`,
    ...(cause === undefined ? [] : [cause]),
    ...(best ? [`${headingOf(best.name)} ${best.value} at step ${best.step}`] : []),
    ...(run.changed.length > 0 ? ['', ...run.changed.map(({ key, value }) => `${key}: ${value}`)] : []),
  ].join('\n');
}

/** The words under a name that tell namesakes apart; the seed has a place of its own in the row. */
function detailsOf(runs: readonly RunSnapshot[]): ReadonlyMap<string, string> {
  const apart = tellApart(runs, runName);
  const textOf = ({ record }: RunSnapshot): string => {
    const { words = [], moment } = apart.get(record) ?? {};
    return apartWords({ words, ...(moment !== undefined && { moment }) }).join(' · ');
  };
  return new Map(runs.map((run) => [run.record.id, textOf(run)]));
}

const optionId = (id: string) => `run-${id}`;

/** The look of each run where it is drawn: that of its group while seeds are folded into one line. */
function slotsOf(state: PageState): ReadonlyMap<string, number> {
  const { view } = state.choices;
  const groups = view === 'curves' || view === 'compare' ? lineGroups(state) : [];
  return new Map(
    groups.flatMap((runs) => runs.map(({ record }) => [record.id, slotOf(state, runs.at(-1)!.record.id)] as const)),
  );
}

function row({ state, theme, dispatch }: ViewContext, run: RunSnapshot, details: string, slot: number): Description {
  const { id } = run.record;
  const isChecked = state.choices.checked.includes(id);
  const isActive = state.choices.active === id;
  const look = stateLooks[run.state];
  const figure = figureOf(run);
  return h(
    'div',
    {
      key: id,
      class: `run${isActive ? ' active' : ''}${isChecked ? ' checked' : ''}`,
      attributes: {
        role: 'option',
        id: optionId(id),
        'aria-selected': String(isChecked),
        title: titleText(run),
        'data-run': id,
        'data-vscode-context': menuContext(run),
      },
      memo: [
        run.state,
        run.message,
        run.notes,
        run.summary,
        run.changed,
        run.queuePosition,
        run.series.evaluations,
        isChecked,
        isActive,
        slot,
        theme,
        details,
      ],
      on: { click: () => dispatch({ type: 'activate', run: id }) },
    },
    [
      h(
        'span',
        {
          class: 'run-check',
          attributes: { title: isChecked ? 'Take out of the charts' : 'Show in the charts' },
          on: {
            click: (event) => {
              event.stopPropagation();
              dispatch({ type: 'toggle', run: id });
            },
          },
        },
        [isChecked && icon('check')],
      ),
      swatch(lineLook(slot), theme),
      h('span', { class: `state state-${run.state}` }, [icon(look.icon, look.word)]),
      h('span', { class: 'run-words' }, [
        h('span', { class: 'run-line' }, [
          h('span', { class: 'run-name', attributes: { dir: 'auto' } }, [runName(run)]),
          run.notes.pinned && icon('pinned', 'pinned'),
          run.notes.protected && icon('lock', 'protected'),
          h('span', { class: 'run-seed' }, [`s${run.record.seed}`]),
          h('span', { class: 'run-figure' }, [figure]),
        ]),
        details !== '' && h('span', { class: 'run-details', attributes: { title: details } }, [details]),
      ]),
    ],
  );
}

function onListKey({ state, dispatch }: ViewContext, visible: readonly RunSnapshot[], event: KeyboardEvent): void {
  const at = visible.findIndex((run) => run.record.id === state.choices.active);
  const moves: Readonly<Record<string, number>> = {
    ArrowDown: Math.min(visible.length - 1, at + 1),
    ArrowUp: Math.max(0, at - 1),
    Home: 0,
    End: visible.length - 1,
  };
  const next = visible[moves[event.key] ?? -1];
  if (next) {
    dispatch({ type: 'activate', run: next.record.id });
    document.getElementById(optionId(next.record.id))?.scrollIntoView({ block: 'nearest' });
  } else if (event.key === ' ' && visible[at]) dispatch({ type: 'toggle', run: visible[at].record.id });
  else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) {
    dispatch({ type: 'check', runs: visible.map((run) => run.record.id) });
  } else return;
  takeKey(event);
}

export function runsColumn(context: ViewContext): Description {
  const { state, dispatch, send } = context;
  const { choices } = state;
  const groups = listedRuns(context);
  const visible = groups.flatMap(({ runs }) => runs);
  const all = [...state.runs.values()];
  const details = context.memory.recall(
    'run details',
    all.flatMap(({ record, notes }) => [record, notes]),
    () => detailsOf(all),
  );
  const slots = slotsOf(state);
  const active = visible.find((run) => run.record.id === choices.active);
  const shape = { class: `runs${choices.isListOpen ? ' open' : ''}`, style: context.theme.side };
  return h('aside', { ...shape, attributes: { 'aria-label': 'Runs' } }, [
    h('div', { class: 'runs-head' }, [
      h('h2', {}, ['Runs']),
      h('span', { class: 'quiet', attributes: { title: 'Runs in the charts' } }, [
        choices.checked.length === 0 && choices.active !== null
          ? 'the run in front'
          : `${choices.checked.length} of ${state.runs.size}`,
      ]),
      h('span', { class: 'spring' }),
      choices.checkedBefore !== null &&
        iconButton({
          label: `Back to the earlier charts of ${counted(choices.checkedBefore.length, 'run')}`,
          icon: 'discard',
          onClick: () => dispatch({ type: 'checkBefore' }),
        }),
      iconButton({
        label: 'Show all listed runs in the charts',
        icon: 'check-all',
        onClick: () => dispatch({ type: 'check', runs: visible.map((run) => run.record.id) }),
      }),
      iconButton({
        label: 'Take all runs out of the charts',
        icon: 'clear-all',
        onClick: () => dispatch({ type: 'check', runs: [] }),
      }),
      state.hasHost &&
        iconButton({
          label: 'Save this view as a report',
          icon: 'file-code',
          onClick: () => send(reportMessage(state)),
        }),
      h('span', { class: 'narrow-only' }, [
        iconButton({
          label: choices.isListOpen ? 'Close the list of runs' : 'Open the list of runs',
          icon: choices.isListOpen ? 'chevron-up' : 'chevron-down',
          onClick: () => dispatch({ type: 'openList', isOpen: !choices.isListOpen }),
        }),
      ]),
    ]),
    h('div', { class: 'runs-tools' }, [
      textField({
        label: 'Filter runs',
        placeholder: 'Filter',
        icon: 'filter',
        value: choices.filter,
        onInput: (value) => dispatch({ type: 'filter', text: value }),
      }),
      dropdown({
        label: 'Group runs',
        choices: groupings.map((value) => ({ value, text: groupingTexts[value] })),
        value: choices.grouping,
        onChange: (grouping) => dispatch({ type: 'group', grouping }),
      }),
    ]),
    visible.length === 0
      ? h('div', { class: 'runs-none quiet' }, [
          h('p', {}, [choices.filter === '' ? 'No runs yet.' : 'No run matches the filter.']),
          choices.filter !== '' &&
            button({ label: 'Clear filter', onClick: () => dispatch({ type: 'filter', text: '' }) }),
        ])
      : h(
          'div',
          {
            class: 'runs-list',
            attributes: {
              role: 'listbox',
              tabindex: 0,
              'aria-multiselectable': 'true',
              'aria-label': 'Runs: arrow keys move, Space shows a run in the charts',
              'aria-activedescendant': active && optionId(active.record.id),
              // The focus is on the list, so a menu that a key opens is that of the run in front.
              'data-vscode-context': active && menuContext(active),
            },
            on: { keydown: (event) => onListKey(context, visible, event as KeyboardEvent) },
          },
          groups.map(({ group, runs }) =>
            h(
              'div',
              {
                key: `group-${group}`,
                class: 'run-group',
                attributes: group === '' ? { role: 'presentation' } : { role: 'group', 'aria-label': group },
              },
              [
                group !== '' &&
                  h('div', { class: 'group-name', attributes: { role: 'presentation' } }, [
                    group,
                    h('span', { class: 'quiet' }, [String(runs.length)]),
                  ]),
                ...runs.map((run) =>
                  row(
                    context,
                    run,
                    details.get(run.record.id)!,
                    slots.get(run.record.id) ?? slotOf(state, run.record.id),
                  ),
                ),
              ],
            ),
          ),
        ),
    state.untold > 0 &&
      h('p', { class: 'runs-older quiet' }, [
        `${counted(state.untold, 'older run')} not listed here: a click in the explorer brings one in.`,
      ]),
    state.foreign.length > 0 &&
      h('details', { class: 'foreign' }, [
        h('summary', {}, [icon('warning'), counted(state.foreign.length, 'unreadable run folder')]),
        h(
          'ul',
          {},
          state.foreign.map(({ id, reason }) => h('li', { key: id }, [h('b', {}, [id]), ` ${reason}`])),
        ),
      ]),
  ]);
}
