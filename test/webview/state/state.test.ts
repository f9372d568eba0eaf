import { describe, expect, it } from 'vitest';
import type { RunSnapshot } from '../../../extension/contract/panel.ts';
import { choices as choicesSchema, defaultChoices } from '../../../webview/state/choices.ts';
import {
  activeRun,
  initialState,
  type Message,
  type PageState,
  pairKey,
  reduce,
  reportMessage,
  shownRuns,
} from '../../../webview/state/state.ts';
import { progressEvent, testRun } from '../../support/browserRuns.ts';
import { filmsSweep, runOfFilms } from '../../support/browserSweep.ts';

const snapshot = (...runs: RunSnapshot[]): Message => ({ type: 'snapshot', runs, foreign: [] });
const stateAfter = (...messages: Message[]): PageState => messages.reduce(reduce, initialState(0, true));
const ids = (runs: readonly RunSnapshot[]) => runs.map((run) => run.record.id);
const [a, b, c] = [testRun(0), testRun(1, { methods: 'unified', state: 'running' }), testRun(2, { methods: 'lora' })];

describe('a snapshot', () => {
  it('puts the running run in front and overlays the newest', () => {
    const state = stateAfter(snapshot(a, b, c));
    expect(activeRun(state)).toBe(b);
    expect(ids(shownRuns(state))).toEqual(ids([c, b, a]));
  });

  it('keeps what the user chose before', () => {
    const state = stateAfter(
      snapshot(a, b, c),
      { type: 'activate', run: a.record.id },
      { type: 'check', runs: [] },
      snapshot(a, b, c),
    );
    expect(activeRun(state)).toBe(a);
    expect(state.choices.checked).toEqual([]);
    expect(shownRuns(state)).toEqual([a]);
  });

  it('forgets choices of runs that are gone', () => {
    const state = stateAfter(
      snapshot(a, b, c),
      { type: 'baseline', run: b.record.id },
      { type: 'removed', run: b.record.id },
    );
    expect(state.choices.baseline).toBeNull();
    expect(state.choices.checked).not.toContain(b.record.id);
    expect(activeRun(state)).toBe(c);
  });

  it('leaves nothing in front when it holds nothing', () => {
    const state = stateAfter(snapshot());
    expect(state.isLoaded).toBe(true);
    expect(activeRun(state)).toBeUndefined();
    expect(shownRuns(state)).toEqual([]);
  });
});

describe('colours', () => {
  it('come back from an earlier page with the runs, unless this one knows better', () => {
    const looks = { [a.record.id]: 7, [b.record.id]: 8 };
    const state = stateAfter({ type: 'snapshot', runs: [a, b, c], foreign: [], looks });
    expect(state.choices.slots).toMatchObject(looks);
    const again = reduce(state, { type: 'snapshot', runs: [a, b, c], foreign: [], looks: { [a.record.id]: 1 } });
    expect(again.choices.slots).toEqual(state.choices.slots);
  });

  it('stay a run’s own when others come and go', () => {
    const before = stateAfter(snapshot(a, b, c)).choices.slots;
    const state = stateAfter(
      snapshot(a, b, c),
      { type: 'removed', run: a.record.id },
      { type: 'run', run: testRun(3, { state: 'queued' }) },
      { type: 'run', run: a },
    );
    expect(state.choices.slots).toMatchObject(before);
    expect(new Set(Object.values(state.choices.slots)).size).toBe(4);
  });
});

describe('news of a run', () => {
  it('extends its curves and its summary', () => {
    const state = stateAfter(snapshot(b), {
      type: 'append',
      run: b.record.id,
      events: [progressEvent(300, 360, 0.123, 0)],
    });
    const run = activeRun(state)!;
    expect(run.series.progress.loss.at(-1)).toBe(0.123);
    expect(run.summary).toMatchObject({ step: 300, loss: 0.123 });
    expect(b.series.progress.step.at(-1)).toBe(223);
  });

  it('changes only what the host says', () => {
    const state = stateAfter(snapshot(b), {
      type: 'update',
      run: b.record.id,
      change: { state: 'died', queuePosition: undefined },
    });
    expect(activeRun(state)).toMatchObject({ state: 'died', queuePosition: b.queuePosition });
  });

  it('changes nothing when the run is unknown', () => {
    const state = stateAfter(snapshot(a));
    expect(reduce(state, { type: 'append', run: 'gone', events: [] })).toBe(state);
  });

  it('joins a run that has just begun to the charts', () => {
    const state = stateAfter(snapshot(a), { type: 'check', runs: [] }, { type: 'run', run: b });
    expect(state.choices.checked).toEqual([b.record.id]);
  });

  it('leaves the charts alone when an old run is read late, or a sweep makes its next run', () => {
    const ofSweep = { ...runOfFilms(3), state: 'running' } as const;
    const before = stateAfter(snapshot(a, b), { type: 'check', runs: ids([a]) });
    const state = [c, ofSweep].reduce((now, run) => reduce(now, { type: 'run', run }), before);
    expect(state.runs.size).toBe(4);
    expect(state.choices.checked).toEqual(ids([a]));
  });
});

describe('answers of the host', () => {
  const pair = (first: string, second: string) => ({ sweep: 'films-1', first, second });
  const flips = (first: string, second: string, problem: string): Message => ({
    type: 'flips',
    ...pair(first, second),
    flips: [],
    problem,
  });

  it('keeps the rows of each pair, whichever is answered last', () => {
    const asked = stateAfter({ type: 'askFlips', ...pair('a', 'b') }, { type: 'askFlips', ...pair('a', 'c') });
    expect([...asked.flips.values()]).toEqual([null, null]);
    const state = [flips('a', 'c', 'of a and c'), flips('a', 'b', 'of a and b')].reduce(reduce, asked);
    const known = (first: string, second: string) => state.flips.get(pairKey(pair(first, second)))?.problem;
    expect([known('a', 'b'), known('c', 'a'), known('b', 'c')]).toEqual(['of a and b', 'of a and c', undefined]);
    expect(reduce(state, { type: 'askFlips', ...pair('b', 'a') }).flips.get(pairKey(pair('a', 'b')))).toBeNull();
  });

  it('forgets the rows of a sweep of which other runs have results, and nothing that was asked', () => {
    const [before, after] = [filmsSweep(30), filmsSweep(31)];
    const { id } = before;
    const of = (sweep: string, first: string): Message => ({ ...flips(first, 'b', 'none'), sweep }) as Message;
    const asked: Message = { type: 'askFlips', sweep: id, first: 'd', second: 'b' };
    const known = stateAfter({ type: 'sweep', sweep: before }, of(id, 'a'), of('other-1', 'a'), asked);
    const pairs = (state: PageState) => [...state.flips.values()].map((answer) => answer?.sweep ?? null);
    expect(pairs(known)).toEqual([id, 'other-1', null]);
    const told = reduce(known, { type: 'sweep', sweep: before });
    expect(pairs(told)).toEqual([id, 'other-1', null]);
    expect(pairs(reduce(told, { type: 'sweep', sweep: after }))).toEqual(['other-1', null]);
    // A page that was just shown again is told what is known before it is told of the sweep.
    expect(pairs(stateAfter(of(id, 'a'), { type: 'sweep', sweep: after }))).toEqual([id]);
  });

  it('forgets the scales of a run that goes on', () => {
    const run = c.record.id;
    const known = stateAfter(snapshot(a, c), { type: 'scaled', run, problem: 'has none' });
    expect(reduce(known, { type: 'update', run, change: { state: 'stopped' } }).scales.has(run)).toBe(true);
    expect(reduce(known, { type: 'update', run, change: { state: 'running' } }).scales.has(run)).toBe(false);
  });
});

describe('a report', () => {
  const ofSweep = (index: number, id: string): RunSnapshot => {
    const run = runOfFilms(index);
    return { ...run, record: { ...run.record, sweep: { ...run.record.sweep!, id } } };
  };
  const [first, second] = [ofSweep(3, 'first-1'), ofSweep(4, 'second-1')];

  it('stays with the sweeps that it holds, whichever run is put in front', () => {
    const sweeps = [{ ...filmsSweep(0), id: 'first-1' }];
    const told: Message = { type: 'snapshot', runs: [first, second], foreign: [], sweeps };
    const report = reduce(initialState(0, false, { ...defaultChoices, sweep: 'first-1' }), told);
    const inFront = (run: RunSnapshot): PageState => reduce(report, { type: 'activate', run: run.record.id });
    expect([first, second].map((run) => inFront(run).choices.sweep)).toEqual(['first-1', 'first-1']);
    const empty = reduce(initialState(0, false), snapshot(first, second));
    expect(empty.choices.sweep).toBeNull();
  });

  it('holds a run of the sweep that is shown', () => {
    const state = stateAfter(
      snapshot(a, first, second),
      { type: 'check', runs: ids([a]) },
      { type: 'show', view: 'sweep', runs: [], sweep: 'second-1' },
      { type: 'activate', run: a.record.id },
    );
    expect(state.choices.sweep).toBe('second-1');
    expect(reportMessage(state)).toMatchObject({ runs: ids([a, second]) });
    expect(reportMessage(reduce(state, { type: 'view', view: 'compare' }))).toMatchObject({ runs: ids([a]) });
  });
});

describe('choices', () => {
  it('follow the host to runs it shows', () => {
    const state = stateAfter(snapshot(a, b, c), {
      type: 'show',
      view: 'compare',
      runs: [c.record.id, 'gone', a.record.id],
    });
    expect(state.choices).toMatchObject({ view: 'compare', active: c.record.id, checked: [c.record.id, a.record.id] });
  });

  it('keep the overlaid runs when another one is clicked or started elsewhere, with a way back', () => {
    const chosen = stateAfter(snapshot(a, b, c), { type: 'check', runs: ids([a, b]) });
    const clicked = reduce(chosen, { type: 'show', runs: [c.record.id] });
    expect(clicked.choices).toMatchObject({ active: c.record.id, checked: ids([a, b, c]) });
    expect(reduce(clicked, { type: 'checkBefore' }).choices).toMatchObject({
      checked: ids([a, b]),
      checkedBefore: null,
      active: c.record.id,
    });
    const compared = reduce(chosen, { type: 'show', view: 'compare', runs: ids([c, b]) });
    expect(compared.choices.checked).toEqual(ids([c, b]));
    expect(reduce(compared, { type: 'checkBefore' }).choices.checked).toEqual(ids([a, b]));
    expect(reduce(clicked, { type: 'show', runs: [a.record.id] }).choices.checkedBefore).toEqual(ids([a, b]));
    expect(reduce(clicked, { type: 'toggle', run: a.record.id }).choices.checkedBefore).toBeNull();
  });

  it('reads back choices of an earlier version', () => {
    const { checkedBefore, ...earlier } = defaultChoices;
    expect(checkedBefore).toBeNull();
    expect(choicesSchema.parse(earlier)).toEqual(defaultChoices);
  });

  it('reset the zoom when the axis changes its unit', () => {
    const state = stateAfter({ type: 'zoom', zoom: { from: 1, to: 2 } }, { type: 'axis', axis: 'time' });
    expect(state.choices).toMatchObject({ axis: 'time', zoom: null });
  });

  it('sort downwards first, then upwards', () => {
    const once = stateAfter({ type: 'sort', column: 'loss' });
    expect(once.choices.sort).toEqual({ column: 'loss', isDescending: true });
    expect(reduce(once, { type: 'sort', column: 'loss' }).choices.sort).toEqual({
      column: 'loss',
      isDescending: false,
    });
  });

  it('are pure: no message changes the state it is given', () => {
    const state = stateAfter(snapshot(a, b, c));
    const before = structuredClone(state.choices);
    const messages: Message[] = [
      { type: 'toggle', run: a.record.id },
      { type: 'smoothing', smoothing: 7 },
      { type: 'asTable', chart: 'loss', isOn: true },
      { type: 'hideColumn', column: 'f1', isHidden: true },
      { type: 'orderColumns', columns: ['b', 'a'] },
      { type: 'foldSeeds', isOn: false },
      { type: 'tick', nowMs: 5 },
    ];
    const end = messages.reduce(reduce, state);
    expect(state.choices).toEqual(before);
    expect(end.choices).toMatchObject({ smoothing: 1, asTable: ['loss'], hiddenColumns: ['f1'], foldsSeeds: false });
    expect(choicesSchema.parse(end.choices)).toEqual(end.choices);
  });

  it('refuses choices that cannot be read back', () => {
    expect(choicesSchema.safeParse({ ...defaultChoices, view: 'elsewhere' }).success).toBe(false);
  });
});
