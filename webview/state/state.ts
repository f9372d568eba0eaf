import type {
  FlipsAnswer,
  FlipsQuestion,
  ForeignRun,
  HostMessage,
  PageMessage,
  PanelView,
  RunSnapshot,
  ScaleAnswer,
} from '../../extension/contract/panel.ts';
import { summaryAfter } from '../../extension/contract/summaryAfter.ts';
import type { CostName, SweepView } from '../../extension/contract/sweepView.ts';
import { isUnderWay } from '../../extension/view/runState.ts';
import { extendSeries } from '../../extension/view/series.ts';
import { assignSlots, preferredSlot } from '../looks/palette.ts';
import { type Axis, type Choices, defaultChoices, type Grouping } from './choices.ts';

export interface PageState {
  /** False until the first snapshot. */
  readonly isLoaded: boolean;
  /** False in a report: nothing can be stopped, saved by a dialog, or opened. */
  readonly hasHost: boolean;
  /** The title of a report, which was saved at `nowMs`. */
  readonly savedAs: string | null;
  readonly nowMs: number;
  readonly runs: ReadonlyMap<string, RunSnapshot>;
  readonly foreign: readonly ForeignRun[];
  /** How many older runs there are that the page was not told of. */
  readonly untold: number;
  /** Sweeps that were looked at, by id. */
  readonly sweeps: ReadonlyMap<string, SweepView>;
  /** Why the last look at a sweep told nothing, by id. */
  readonly sweepProblems: ReadonlyMap<string, string>;
  /** What was answered about the rows of two arms, by pair; null while they are compared. */
  readonly flips: ReadonlyMap<string, FlipsAnswer | null>;
  /** What is known of runs with their change scaled, by id; null while it is computed. */
  readonly scales: ReadonlyMap<string, ScaleAnswer | null>;
  readonly choices: Choices;
}

/** An action of the user on the page, or a tick of the clock. */
type PageEvent =
  | { readonly type: 'tick'; readonly nowMs: number }
  | { readonly type: 'view'; readonly view: PanelView }
  | { readonly type: 'activate'; readonly run: string }
  | { readonly type: 'toggle'; readonly run: string }
  | { readonly type: 'check'; readonly runs: readonly string[] }
  | { readonly type: 'checkBefore' }
  | { readonly type: 'openList'; readonly isOpen: boolean }
  | { readonly type: 'filter'; readonly text: string }
  | { readonly type: 'group'; readonly grouping: Grouping }
  | { readonly type: 'axis'; readonly axis: Axis }
  | { readonly type: 'smoothing'; readonly smoothing: number }
  | { readonly type: 'logScale'; readonly isOn: boolean }
  | { readonly type: 'foldSeeds'; readonly isOn: boolean }
  | { readonly type: 'zoom'; readonly zoom: Choices['zoom'] }
  | { readonly type: 'asTable'; readonly chart: string; readonly isOn: boolean }
  | { readonly type: 'logCounts'; readonly isOn: boolean }
  | { readonly type: 'driftStep'; readonly step: number }
  | { readonly type: 'scaleAt'; readonly scale: number }
  | { readonly type: 'sort'; readonly column: string }
  | { readonly type: 'hideColumn'; readonly column: string; readonly isHidden: boolean }
  | { readonly type: 'orderColumns'; readonly columns: readonly string[] }
  | { readonly type: 'baseline'; readonly run: string | null }
  | { readonly type: 'sweepQuestion'; readonly question: number }
  | { readonly type: 'sweepCost'; readonly cost: CostName }
  | { readonly type: 'sweepKey'; readonly key: string }
  | { readonly type: 'flipArms'; readonly arms: readonly string[] };

export type Message = Exclude<HostMessage, { type: 'mark' }> | PageEvent;

export function initialState(nowMs: number, hasHost: boolean, choices: Choices = defaultChoices): PageState {
  return {
    isLoaded: false,
    hasHost,
    savedAs: null,
    nowMs,
    runs: new Map(),
    foreign: [],
    untold: 0,
    sweeps: new Map(),
    sweepProblems: new Map(),
    flips: new Map(),
    scales: new Map(),
    choices,
  };
}

/** Newest first. */
export function byAge(a: RunSnapshot, b: RunSnapshot): number {
  return a.record.createdAt === b.record.createdAt
    ? b.record.id.localeCompare(a.record.id)
    : b.record.createdAt.localeCompare(a.record.createdAt);
}

/** How many of the newest runs are overlaid when the user has not chosen any. */
const checkedAtFirst = 5;

/** Choices that fit the runs: gone runs are forgotten, and there is always something to see. */
function fitted(choices: Choices, runs: PageState['runs']): Choices {
  const newest = [...runs.values()].sort(byAge);
  const inFront = newest.find((run) => run.state === 'running') ?? newest[0];
  const hadChosen = choices.active !== null;
  const isActiveThere = choices.active !== null && runs.has(choices.active);
  const kept = choices.checked.filter((id) => runs.has(id));
  return {
    ...choices,
    active: isActiveThere ? choices.active : (inFront?.record.id ?? null),
    checked: hadChosen ? kept : newest.slice(0, checkedAtFirst).map((run) => run.record.id),
    checkedBefore: choices.checkedBefore?.filter((id) => runs.has(id)) ?? null,
    baseline: choices.baseline !== null && runs.has(choices.baseline) ? choices.baseline : null,
  };
}

/** Two arms of a sweep, whichever is named first. */
export const pairKey = ({ sweep, first, second }: FlipsQuestion): string =>
  JSON.stringify([sweep, ...[first, second].sort()]);

/** What was answered about the rows of a sweep holds for the results that it had; questions wait on. */
function flipsAfter({ sweeps, flips }: PageState, now: SweepView): PageState['flips'] {
  const resultsOf = ({ runs }: SweepView): string =>
    runs.flatMap(({ run, state }) => (state === 'finished' ? [run] : [])).join();
  const before = sweeps.get(now.id);
  if (before === undefined || resultsOf(before) === resultsOf(now)) return flips;
  return new Map([...flips].filter(([, answer]) => answer?.sweep !== now.id));
}

function withRuns(state: PageState, runs: PageState['runs']): PageState {
  return { ...state, isLoaded: true, runs, choices: fitted(state.choices, runs) };
}

function withRun(state: PageState, id: string, change: (run: RunSnapshot) => RunSnapshot): PageState {
  const run = state.runs.get(id);
  // Events of a run that was removed meanwhile still arrive: there is nothing to change.
  if (!run) return state;
  return { ...state, runs: new Map(state.runs).set(id, change(run)) };
}

function choose(state: PageState, chosen: Partial<Choices>): PageState {
  return { ...state, choices: { ...state.choices, ...chosen } };
}

function without<T>(list: readonly T[], item: T): T[] {
  return list.filter((entry) => entry !== item);
}

/** The state after a message; the runs that are shown then have looks of their own. */
export function reduce(state: PageState, message: Message): PageState {
  const next = withSweepInFront(state, changed(state, message));
  const { active, checked } = next.choices;
  if (next.choices === state.choices) return next;
  const shown = active === null || checked.includes(active) ? checked : [...checked, active];
  const slots = assignSlots(next.choices.slots, shown);
  return slots === next.choices.slots ? next : choose(next, { slots });
}

/** Who looks at another run of a sweep looks at that sweep. */
function withSweepInFront(before: PageState, next: PageState): PageState {
  const sweep = activeRun(next)?.record.sweep?.id;
  const isOther = next.choices.active !== before.choices.active || next.choices.sweep === null;
  if (!isOther || sweep === undefined || sweep === next.choices.sweep) return next;
  // Of another sweep a report would tell nothing.
  if (!next.hasHost && !next.sweeps.has(sweep)) return next;
  return choose(next, { sweep, sweepQuestion: 0, sweepKey: null });
}

function changed(state: PageState, message: Message): PageState {
  const { choices } = state;
  switch (message.type) {
    case 'snapshot': {
      const runs = new Map(message.runs.map((run) => [run.record.id, run]));
      const known = choose(state, { slots: { ...message.looks, ...choices.slots } });
      const sweeps = new Map([...state.sweeps, ...(message.sweeps ?? []).map((sweep) => [sweep.id, sweep] as const)]);
      const flips = new Map([...state.flips, ...(message.flips ?? []).map((flip) => [pairKey(flip), flip] as const)]);
      return { ...withRuns(known, runs), foreign: message.foreign, sweeps, flips };
    }
    case 'run': {
      const { id, sweep } = message.run.record;
      const next = withRuns(state, new Map(state.runs).set(id, message.run));
      // A run that starts while the page is open is what the user is waiting for; those of a sweep have its tab.
      const isStarted = isUnderWay(message.run) && sweep === undefined;
      return isStarted && state.runs.size > 0 && !state.runs.has(id)
        ? choose(next, { checked: [...without(next.choices.checked, id), id] })
        : next;
    }
    case 'foreign':
      return { ...state, foreign: message.foreign };
    case 'untold':
      return { ...state, untold: message.count };
    case 'sweep':
      return {
        ...state,
        sweeps: new Map(state.sweeps).set(message.sweep.id, message.sweep),
        sweepProblems: new Map([...state.sweepProblems].filter(([id]) => id !== message.sweep.id)),
        flips: flipsAfter(state, message.sweep),
      };
    case 'noSweep':
      return { ...state, sweepProblems: new Map(state.sweepProblems).set(message.sweep, message.problem) };
    case 'askFlips':
      return { ...state, flips: new Map(state.flips).set(pairKey(message), null) };
    case 'flips':
      return { ...state, flips: new Map(state.flips).set(pairKey(message), message) };
    case 'scaled':
      return { ...state, scales: new Map(state.scales).set(message.run, message) };
    case 'askScale':
      return { ...choose(state, { scaleAt: null }), scales: new Map(state.scales).set(message.run, null) };
    case 'scaleAt':
      return choose(state, { scaleAt: message.scale });
    case 'flipArms':
      return choose(state, { flipArms: [...message.arms] });
    case 'append':
      return withRun(state, message.run, (run) => ({
        ...run,
        series: extendSeries(run.series, message.events),
        summary: run.summary && message.events.reduce(summaryAfter, run.summary),
      }));
    case 'update': {
      const next = withRun(state, message.run, (run) => ({ ...run, ...definedOf(message.change) }));
      if (message.change.state !== 'running' || !state.scales.has(message.run)) return next;
      // A run that goes on will have changed otherwise.
      return { ...next, scales: new Map([...state.scales].filter(([run]) => run !== message.run)) };
    }
    case 'removed': {
      const runs = new Map(state.runs);
      runs.delete(message.run);
      return withRuns(state, runs);
    }
    case 'show': {
      const there = message.runs.filter((id) => state.runs.has(id));
      if (message.sweep !== undefined) return opened(state, message.sweep, there);
      if (there.length === 0) return choose(state, { view: message.view ?? choices.view });
      // Runs to compare are chosen as they are; a run that is clicked or started joins those that were chosen.
      const joined = [...choices.checked, ...there.filter((id) => !choices.checked.includes(id))];
      const checked = message.view === 'compare' ? there : joined;
      const isSame = checked.length === choices.checked.length && checked.every((id) => choices.checked.includes(id));
      return choose(state, {
        view: message.view ?? choices.view,
        active: there[0]!,
        ...(!isSame && { checked, checkedBefore: choices.checked }),
      });
    }
    case 'tick':
      return { ...state, nowMs: message.nowMs };
    case 'view':
      return choose(state, { view: message.view });
    case 'activate':
      return choose(state, { active: message.run, driftStep: null, scaleAt: null });
    case 'toggle':
      return choose(state, {
        checkedBefore: null,
        checked: choices.checked.includes(message.run)
          ? without(choices.checked, message.run)
          : [...choices.checked, message.run],
      });
    case 'check':
      return choose(state, { checked: [...message.runs], checkedBefore: null });
    case 'checkBefore':
      return choose(state, { checked: choices.checkedBefore ?? choices.checked, checkedBefore: null });
    case 'openList':
      return choose(state, { isListOpen: message.isOpen });
    case 'filter':
      return choose(state, { filter: message.text });
    case 'group':
      return choose(state, { grouping: message.grouping });
    case 'axis':
      // A range of steps means nothing in seconds.
      return choose(state, { axis: message.axis, zoom: null });
    case 'smoothing':
      return choose(state, { smoothing: Math.min(1, Math.max(0, message.smoothing)) });
    case 'logScale':
      return choose(state, { hasLogScale: message.isOn });
    case 'foldSeeds':
      return choose(state, { foldsSeeds: message.isOn });
    case 'zoom':
      return choose(state, { zoom: message.zoom });
    case 'asTable':
      return choose(state, {
        asTable: message.isOn
          ? [...without(choices.asTable, message.chart), message.chart]
          : without(choices.asTable, message.chart),
      });
    case 'logCounts':
      return choose(state, { hasLogCounts: message.isOn });
    case 'driftStep':
      return choose(state, { driftStep: message.step });
    case 'sort': {
      const { sort } = choices;
      const isSame = sort?.column === message.column;
      return choose(state, { sort: { column: message.column, isDescending: isSame ? !sort.isDescending : true } });
    }
    case 'hideColumn':
      return choose(state, {
        hiddenColumns: message.isHidden
          ? [...without(choices.hiddenColumns, message.column), message.column]
          : without(choices.hiddenColumns, message.column),
      });
    case 'orderColumns':
      return choose(state, { columnOrder: [...message.columns] });
    case 'baseline':
      return choose(state, { baseline: message.run });
    case 'sweepQuestion':
      return choose(state, { sweepQuestion: message.question });
    case 'sweepCost':
      return choose(state, { sweepCost: message.cost });
    case 'sweepKey':
      return choose(state, { sweepKey: message.key });
  }
}

/** A sweep is opened with one of its runs in front, and its runs of results in the charts where they are named. */
function opened(state: PageState, sweep: string, runs: string[]): PageState {
  const own = [...state.runs.values()].sort(byAge).find(({ record }) => record.sweep?.id === sweep);
  const { choices } = state;
  return choose(state, {
    view: 'sweep',
    sweep,
    sweepQuestion: 0,
    sweepKey: null,
    active: runs[0] ?? own?.record.id ?? choices.active,
    ...(runs.length > 0 && { checked: runs, checkedBefore: choices.checked }),
  });
}

/** Fields that are there, without those that are undefined. */
function definedOf<T extends object>(change: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(change).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

/** The run in front, if any. */
export function activeRun(state: PageState): RunSnapshot | undefined {
  return state.choices.active === null ? undefined : state.runs.get(state.choices.active);
}

/** The sweep in front, as far as it has been told. */
export const shownSweep = ({ sweeps, choices }: PageState): SweepView | undefined =>
  choices.sweep === null ? undefined : sweeps.get(choices.sweep);

/** Runs that the choices are about: whoever tells of runs leaves none of these out. */
export const chosenRuns = ({ active, checked, checkedBefore, baseline }: Choices): string[] => [
  ...new Set([...checked, ...(checkedBefore ?? []), active, baseline].filter((id) => id !== null)),
];

/** The subscription to the host: only an open view costs anything. */
export const lookedAt = ({ active, checked, view, sweep }: Choices): Extract<PageMessage, { type: 'select' }> => ({
  type: 'select',
  active,
  checked: [...checked],
  sweep: view === 'sweep' ? sweep : null,
});

/** Overlaid runs in the order of the list; the run in front where none is checked. */
export function shownRuns(state: PageState): readonly RunSnapshot[] {
  const checked = state.choices.checked.flatMap((id) => state.runs.get(id) ?? []).sort(byAge);
  const active = activeRun(state);
  return checked.length > 0 || !active ? checked : [active];
}

/** How a run is drawn: a look of its own among those that were shown, else the one that it would like. */
export function slotOf(state: PageState, id: string): number {
  return Object.hasOwn(state.choices.slots, id) ? state.choices.slots[id]! : preferredSlot(id);
}

/** The run that the open view tells about, ticked or not; a sweep is in the report that holds one of its runs. */
function toldAbout({ runs, choices: { view, active, checked, sweep } }: PageState): string | null {
  if (view === 'overview' || view === 'parameters') return active;
  if (view !== 'sweep' || sweep === null) return null;
  const own = [...runs.values()].filter(({ record }) => record.sweep?.id === sweep).sort(byAge);
  const ids = own.map(({ record }) => record.id);
  return ids.find((id) => id === active) ?? ids.find((id) => checked.includes(id)) ?? ids[0] ?? null;
}

/** Asks for a report of what is looked at, to open as it is now. */
export function reportMessage(state: PageState): PageMessage {
  const ids = shownRuns(state).map(({ record }) => record.id);
  const told = toldAbout(state);
  return {
    type: 'report',
    runs: told === null || ids.includes(told) ? ids : [...ids, told],
    choices: state.choices,
  };
}
