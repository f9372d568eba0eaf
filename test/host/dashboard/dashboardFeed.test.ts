import { appendFileSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type JournalEvent, journalLine } from '../../../extension/contract/journal.ts';
import { type HostMessage, hostMessage, type TensorChange } from '../../../extension/contract/panel.ts';
import { runNotes } from '../../../extension/contract/run.ts';
import { DashboardFeed } from '../../../extension/host/dashboard/dashboardFeed.ts';
import type { UnreadableRun } from '../../../extension/host/runs/runWatch.ts';
import type { RunEntry } from '../../../extension/runs/folder/runEntry.ts';
import { startSummary } from '../../../extension/runs/journal/summary.ts';
import { type Choices, defaultChoices } from '../../../webview/state/choices.ts';
import { chosenRuns, initialState, type PageState, reduce } from '../../../webview/state/state.ts';
import { filmsSweep } from '../../support/browserSweep.ts';
import { end, hello, newRun, progress } from '../../support/newRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const place = temporaryFolder;
const journalOf = (run: RunEntry): string => path.join(run.folder, 'journal.jsonl');
const steps = (from: number, to: number): JournalEvent[] =>
  Array.from({ length: to - from + 1 }, (_, index) => progress(from + index));
const lines = (events: readonly JournalEvent[]): string => events.map(journalLine).join('');

function makeRun(root: string, id: string, events: readonly JournalEvent[], parts: Partial<RunEntry> = {}): RunEntry {
  const folder = path.join(root, id);
  mkdirSync(folder, { recursive: true });
  const text = lines(events);
  writeFileSync(path.join(folder, 'journal.jsonl'), text);
  return {
    id,
    folder,
    record: { ...newRun(), version: 1, id, createdAt: '2025-01-31T12:00:00.000Z' },
    summary: { ...startSummary('2025-01-31T12:00:00.000Z').summary, journalBytes: text.length },
    notes: runNotes.parse({}),
    state: 'finished',
    message: null,
    ...parts,
  };
}

/** A feed and the page that it tells, with the page's own state. */
function stage(
  runs: RunEntry[],
  options: {
    readonly worldGate?: Promise<void>;
    readonly loadGate?: Promise<void>;
    readonly choices?: Choices;
    readonly isSlow?: boolean;
    readonly isDriven?: () => boolean;
    readonly unreadable?: UnreadableRun[];
    /** Comes before the answer of a sweep's reader. */
    readonly sweepGate?: (id: string) => Promise<void>;
  } = {},
) {
  const told: HostMessage[] = [];
  const errors: unknown[] = [];
  const sweepReads: number[] = [];
  const drifts: {
    readonly run: RunEntry;
    readonly answer: (drift: TensorChange[]) => void;
    readonly fail: (error: Error) => void;
  }[] = [];
  let page: PageState = initialState(0, true, options.choices);
  const feed: DashboardFeed = new DashboardFeed({
    source: {
      get runs() {
        return runs;
      },
      get unreadable() {
        return options.unreadable ?? [];
      },
      whenLoaded: async () => await options.loadGate,
      get queue() {
        return runs.filter(({ state }) => state === 'queued');
      },
      find: (folder) => runs.find((run) => run.folder === folder),
      withId: (id) => runs.find((run) => run.id === id),
    },
    post: (input) => {
      const message = hostMessage.parse(input);
      told.push(message);
      if (message.type !== 'mark') page = reduce(page, message);
      else if (!options.isSlow) setImmediate(() => feed.taken(message.mark));
    },
    isDriven: options.isDriven ?? (() => false),
    onError: (error) => errors.push(error),
    worldOf: async () => {
      await options.worldGate;
      return {
        model: async () => ({ kind: 'unknown' }),
        listFolder: async () => [],
        columns: async () => undefined,
        labels: async () => undefined,
      };
    },
    sweepOf: async (id) => {
      sweepReads.push(runs.filter(({ record }) => record.sweep?.id === id).length);
      await options.sweepGate?.(id);
      return { ...filmsSweep(0), id };
    },
    driftOf: (run) => new Promise((answer, fail) => drifts.push({ run, answer, fail })),
  });
  onTestFinished(() => {
    feed.close();
    expect(errors).toEqual([]);
  });
  return {
    feed,
    told,
    errors,
    sweepReads,
    drifts,
    types: () => told.map(({ type }) => type),
    marks: () => told.flatMap((message) => (message.type === 'mark' ? [message.mark] : [])),
    points: (id: string) => page.runs.get(id)?.series.progress.step.length,
    page: () => page,
  };
}

const soon = { timeout: 20_000, interval: 5 };

describe('the dashboard feed', () => {
  it('tells of all runs without curves, then reads those that are looked at, the shortest first', async () => {
    const root = place();
    const runs = [
      makeRun(root, 'a', steps(1, 300)),
      makeRun(root, 'b', steps(1, 20)),
      makeRun(root, 'c', steps(1, 5), { state: 'running' }),
    ];
    const { feed, told, points, page } = stage(runs);
    await feed.ready();
    expect(told.map(({ type }) => type)).toEqual(['snapshot']);
    expect([...page().runs.values()].map(({ isRead, series }) => [isRead, series.progress.step.length])).toEqual(
      Array.from({ length: 3 }, () => [false, 0]),
    );
    feed.look(['a', 'b'], 'b');
    await vi.waitFor(() => expect(points('a')).toBe(300), soon);
    expect(told.flatMap((message) => (message.type === 'run' ? [message.run.record.id] : []))).toEqual(['b', 'a']);
    expect(page().runs.get('a')?.isRead).toBe(true);
    // Nobody looks at the third one, though it runs.
    expect(page().runs.get('c')?.isRead).toBe(false);
  });

  it('tells of a run that can be read no more, and that it can be read again', async () => {
    const runs = [makeRun(place(), 'a', steps(1, 5))];
    const [run] = runs as [RunEntry];
    const unreadable: UnreadableRun[] = [];
    const { feed, types, page } = stage(runs, { unreadable });
    await feed.ready();
    runs.pop();
    unreadable.push({ folder: run.folder, problem: 'run.json is cut off' });
    feed.runsChanged([{ folder: run.folder, before: run, after: undefined }]);
    expect(page().foreign).toEqual([{ id: run.folder, reason: 'run.json is cut off' }]);
    await vi.waitFor(() => expect(page().runs.size).toBe(0), soon);
    unreadable.pop();
    runs.push(run);
    feed.runsChanged([{ folder: run.folder, before: undefined, after: run }]);
    await vi.waitFor(() => expect([...page().runs.keys()]).toEqual(['a']), soon);
    expect(page().foreign).toEqual([]);
    feed.runsChanged([{ folder: run.folder, before: run, after: run }]);
    expect(types().filter((type) => type === 'foreign')).toHaveLength(2);
  });

  it('tells of runs when all have been read, so that no choice is lost', async () => {
    const root = place();
    let letGo = (): void => {};
    const loadGate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const choices = { ...defaultChoices, active: 'a', checked: ['a', 'b'], baseline: 'a' };
    const runs = [makeRun(root, 'c', [])];
    const { feed, told, page } = stage(runs, { loadGate, choices });
    const isReady = feed.ready();
    const late = ['a', 'b'].map((id) => makeRun(root, id, []));
    runs.push(...late);
    feed.runsChanged(late.map((after) => ({ folder: after.folder, before: undefined, after })));
    await new Promise(setImmediate);
    expect(told).toEqual([]);
    letGo();
    await isReady;
    expect(page().choices).toMatchObject({ active: 'a', checked: ['a', 'b'], baseline: 'a' });
    expect(page().runs.size).toBe(3);
  });

  it('follows a run while somebody looks at it, and goes on where it stopped', async () => {
    const run = makeRun(place(), 'a', steps(1, 3), { state: 'running' });
    const { feed, points } = stage([run]);
    await feed.ready();
    feed.look(['a'], 'a');
    await vi.waitFor(() => expect(points('a')).toBe(3), soon);
    feed.look([], null);
    appendFileSync(journalOf(run), lines(steps(4, 6)));
    feed.runsChanged([{ folder: run.folder, before: run, after: run }]);
    await new Promise(setImmediate);
    expect(points('a')).toBe(3);
    feed.look(['a'], null);
    await vi.waitFor(() => expect(points('a')).toBe(6), soon);
    // A journal that was replaced is told anew.
    truncateSync(journalOf(run), lines(steps(1, 2)).length);
    await vi.waitFor(() => expect(points('a')).toBe(2), soon);
  });

  it('tells of a sweep that is looked at, and again when its runs move', async () => {
    const root = place();
    const sweep = { id: 'films-1', index: 0, stage: 'tuning' as const, arm: 'lora', experiment: 'films.peft.yaml' };
    const run = makeRun(root, 'films-1-0000', []);
    const first = { ...run, record: { ...run.record, sweep } };
    const runs = [first, makeRun(root, 'other', [])];
    const { feed, told, sweepReads, page } = stage(runs);
    await feed.ready();
    expect(sweepReads).toEqual([]);
    feed.lookAtSweep('films-1');
    await vi.waitFor(() => expect(page().sweeps.get('films-1')).toMatchObject({ total: 52 }), soon);
    expect(sweepReads).toEqual([1]);
    // What is told of another run, and what has not changed, is no news of it.
    feed.runsChanged([{ folder: runs[1]!.folder, before: runs[1], after: runs[1] }]);
    feed.lookAtSweep('films-1');
    await new Promise(setImmediate);
    expect(sweepReads).toEqual([1]);
    const second = { ...first, id: 'films-1-0001', folder: path.join(root, 'films-1-0001') };
    runs.push(second);
    feed.runsChanged([{ folder: second.folder, before: undefined, after: second }]);
    await vi.waitFor(() => expect(told.filter(({ type }) => type === 'sweep')).toHaveLength(2), soon);
    expect(sweepReads).toEqual([1, 2]);
    feed.lookAtSweep(null);
    runs.pop();
    feed.runsChanged([{ folder: second.folder, before: second, after: undefined }]);
    await new Promise(setImmediate);
    expect(sweepReads).toEqual([1, 2]);
  });

  it('tells of a sweep again when someone begins or ceases to drive it, though no run moves', async () => {
    let isDriven = false;
    const { feed, told, sweepReads } = stage([makeRun(place(), 'a', [])], { isDriven: () => isDriven });
    const telling = (count: number) =>
      vi.waitFor(() => expect(told.filter(({ type }) => type === 'sweep')).toHaveLength(count), soon);
    await feed.ready();
    feed.sweepsChanged();
    expect(sweepReads).toHaveLength(0);
    feed.lookAtSweep('films-1');
    await telling(1);
    for (const [now, count] of [true, false].map((one, i) => [one, i + 2] as const)) {
      isDriven = now;
      feed.sweepsChanged();
      await telling(count);
      feed.sweepsChanged();
      await new Promise(setImmediate);
      expect(sweepReads).toHaveLength(count);
    }
  });

  it('tells of a sweep whose tab was left meanwhile, and reads it again for a page that was not there', async () => {
    let answer = (): void => {};
    const sweepGate = () =>
      new Promise<void>((resolve) => {
        answer = resolve;
      });
    const { feed, told, sweepReads, page } = stage([makeRun(place(), 'a', [])], { sweepGate });
    const isTold = (count: number) =>
      vi.waitFor(() => expect(told.filter(({ type }) => type === 'sweep')).toHaveLength(count), soon);
    await feed.ready();
    feed.lookAtSweep('films-1');
    feed.lookAtSweep(null);
    answer();
    await isTold(1);
    expect([...page().sweeps.keys()]).toEqual(['films-1']);
    feed.lookAtSweep('films-1');
    expect(sweepReads).toHaveLength(1);

    feed.lookAtSweep('films-2');
    feed.pause();
    answer();
    await new Promise(setImmediate);
    await feed.ready();
    feed.lookAtSweep('films-2');
    await vi.waitFor(() => expect(sweepReads).toHaveLength(3), soon);
    answer();
    await isTold(2);
    expect([...page().sweeps.keys()]).toEqual(['films-1', 'films-2']);
  });

  it('tells why a sweep cannot be read, and tries again when it is looked at anew', async () => {
    let problem: string | undefined = 'sweep films-1: must lie in a runs folder of this window, got none';
    const sweepGate = async () => {
      if (problem !== undefined) throw new Error(problem);
    };
    const { feed, errors, sweepReads, page } = stage([makeRun(place(), 'a', [])], { sweepGate });
    await feed.ready();
    feed.lookAtSweep('films-1');
    await vi.waitFor(() => expect(page().sweepProblems.get('films-1')).toBe(problem), soon);
    expect(errors.splice(0).map(String)).toEqual([`Error: ${problem}`]);
    // Whoever goes on looking starts no process after process.
    feed.lookAtSweep('films-1');
    expect(sweepReads).toHaveLength(1);
    problem = undefined;
    feed.lookAtSweep(null);
    feed.lookAtSweep('films-1');
    await vi.waitFor(() => expect(page().sweeps.has('films-1')).toBe(true), soon);
    expect(page().sweepProblems.size).toBe(0);
  });

  it('tells why a run waits, stopped or died where its journal does not say it', async () => {
    const waits = { state: 'queued', message: 'job 7 waits: nothing is free (Resources)' } as const;
    const runs = [makeRun(place(), 'a', [], waits)];
    const { feed, page } = stage(runs);
    const why = () => page().runs.get('a');
    await feed.ready();
    expect(why()).toMatchObject(waits);
    const move = (parts: Pick<RunEntry, 'state' | 'message'>): void => {
      const before = runs[0]!;
      runs[0] = { ...before, ...parts };
      feed.runsChanged([{ folder: before.folder, before, after: runs[0] }]);
    };
    for (const parts of [
      { state: 'running', message: null },
      { state: 'died', message: 'job 7 ran out of memory; raise where.memory' },
      { state: 'stopped', message: 'job 7 was preempted' },
    ] as const) {
      move(parts);
      await vi.waitFor(() => expect(why()).toMatchObject(parts), soon);
    }
  });

  it('sends nothing before the page is done, and merges what came meanwhile', async () => {
    const run = makeRun(place(), 'a', steps(1, 3), { state: 'running' });
    const { feed, told, marks, points } = stage([run], { isSlow: true });
    await feed.ready();
    feed.look(['a'], null);
    await vi.waitFor(() => expect(points('a')).toBe(3), soon);
    const before = told.length;
    for (const step of [4, 5, 6, 7]) {
      appendFileSync(journalOf(run), lines([progress(step)]));
      feed.runsChanged([{ folder: run.folder, before: run, after: run }]);
      // Through the same reading as the feed's: a second one waits for the first.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(told.length).toBe(before);
    feed.taken(marks().at(-1)! - 1);
    expect(told.length).toBe(before);
    feed.taken(marks().at(-1)!);
    await vi.waitFor(() => expect(points('a')).toBe(7), soon);
    expect(told.slice(before).map(({ type }) => type)).toEqual(['append', 'update', 'mark']);
  });

  it('takes 50,000 events in one go as few messages, however slow the page', async () => {
    const run = makeRun(place(), 'a', steps(1, 3), { state: 'running' });
    const { feed, told, marks, points } = stage([run], { isSlow: true });
    await feed.ready();
    feed.look(['a'], null);
    await vi.waitFor(() => expect(points('a')).toBe(3), soon);
    const before = told.length;
    appendFileSync(journalOf(run), lines(steps(4, 50_003)));
    // Its own: a pause that other processes make is none of the host's.
    const busyMs = (): number => Object.values(process.cpuUsage()).reduce((sum, micros) => sum + micros / 1000, 0);
    let longestMs = 0;
    let last = busyMs();
    let marksTaken = 0;
    for (let taken = 0; points('a') !== 50_003; ) {
      const now = busyMs();
      longestMs = Math.max(longestMs, now - last);
      last = now;
      const mark = marks().at(-1)!;
      if (mark > taken) {
        taken = mark;
        marksTaken += 1;
        setTimeout(() => feed.taken(mark), 50);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const news = told.slice(before).filter(({ type }) => type !== 'mark');
    console.log(`50,000 events: ${news.length} messages, longest pause of the host ${Math.round(longestMs)} ms`);
    // One with what was appended and one with what became of the run, for each that the page has done.
    expect(news.length).toBeLessThanOrEqual(2 * (marksTaken + 1));
    expect(Math.max(...news.map((message) => (message.type === 'append' ? message.events.length : 0)))).toBeLessThan(
      5_001,
    );
    expect(longestMs).toBeLessThan(1000);
  });

  it('loses nothing that happens while the page gets ready', async () => {
    const root = place();
    let letGo = (): void => {};
    const worldGate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const runs = [makeRun(root, 'a', steps(1, 3), { state: 'running' })];
    const { feed, page, types } = stage(runs, { worldGate });
    const isReady = feed.ready();
    const before = runs[0]!;
    runs[0] = { ...before, state: 'finished' };
    runs.push(makeRun(root, 'b', [hello()]));
    feed.runsChanged([
      { folder: before.folder, before, after: runs[0] },
      { folder: runs[1]!.folder, before: undefined, after: runs[1] },
    ]);
    letGo();
    await isReady;
    await vi.waitFor(() => expect([...page().runs.keys()].sort()).toEqual(['a', 'b']), soon);
    expect(page().runs.get('a')?.state).toBe('finished');
    expect(types()[0]).toBe('snapshot');
  });

  it('is silent while the page is hidden and catches up when it is shown', async () => {
    const run = makeRun(place(), 'a', steps(1, 3), { state: 'running' });
    const runs = [run];
    const { feed, told, points, page } = stage(runs);
    await feed.ready();
    feed.look(['a'], 'a');
    await vi.waitFor(() => expect(points('a')).toBe(3), soon);
    feed.pause();
    const before = told.length;
    appendFileSync(journalOf(run), lines([...steps(4, 9), end('finished', 9)]));
    runs[0] = { ...run, state: 'finished' };
    feed.runsChanged([{ folder: run.folder, before: run, after: runs[0] }]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(told.length).toBe(before);
    await feed.ready();
    expect(page().runs.get('a')?.state).toBe('finished');
    feed.look(['a'], 'a');
    await vi.waitFor(() => expect(points('a')).toBe(9), soon);
  });

  it('says that a run is over after its last point', async () => {
    const run = makeRun(place(), 'a', steps(1, 3), { state: 'running' });
    const runs = [run];
    const { feed, types, points, page } = stage(runs);
    await feed.ready();
    feed.look(['a'], null);
    await vi.waitFor(() => expect(points('a')).toBe(3), soon);
    appendFileSync(journalOf(run), lines([...steps(4, 9), end('finished', 9)]));
    runs[0] = { ...run, state: 'finished' };
    feed.runsChanged([{ folder: run.folder, before: run, after: runs[0] }]);
    await vi.waitFor(() => expect(page().runs.get('a')?.state).toBe('finished'), soon);
    expect(points('a')).toBe(9);
    expect(types().lastIndexOf('append')).toBeLessThan(types().lastIndexOf('update'));
  });

  it('reads drift of the run in front alone, one process at a time, anew when it has another checkpoint', async () => {
    const root = place();
    const runs = ['a', 'b', 'c'].map((id) => makeRun(root, id, [hello()]));
    const { feed, drifts, page } = stage(runs);
    await feed.ready();
    feed.look(['a', 'b', 'c'], 'a');
    feed.look(['a', 'b', 'c'], 'b');
    feed.look(['a', 'b', 'c'], 'c');
    expect(drifts.map(({ run }) => run.id)).toEqual(['a']);
    drifts[0]!.answer([{ step: 1, columns: [], layers: [] }]);
    await vi.waitFor(() => expect(page().runs.get('a')?.drift).toHaveLength(1), soon);
    // The one that was passed over on the way is not read.
    expect(drifts.map(({ run }) => run.id)).toEqual(['a', 'c']);
    drifts[1]!.answer([]);
    feed.look(['a'], 'a');
    await new Promise(setImmediate);
    expect(drifts).toHaveLength(2);
    const before = runs[0]!;
    runs[0] = { ...before, summary: { ...before.summary, best: { name: 'accuracy', value: 0.9, step: 7 } } };
    feed.runsChanged([{ folder: before.folder, before, after: runs[0] }]);
    await vi.waitFor(() => expect(drifts.map(({ run }) => run.id)).toEqual(['a', 'c', 'a']), soon);
  });

  it('tells why the drift of a run cannot be read, and keeps what it told before', async () => {
    const root = place();
    const runs = ['a', 'b'].map((id) => makeRun(root, id, [hello()]));
    const { feed, drifts, page, errors } = stage(runs);
    await feed.ready();
    feed.look(['a'], 'a');
    drifts[0]!.fail(new Error('the base model is not here'));
    await vi.waitFor(() => expect(page().runs.get('a')?.driftProblem).toBe('the base model is not here'), soon);
    feed.look(['b'], 'b');
    drifts[1]!.answer([{ step: 1, columns: [], layers: [] }]);
    await vi.waitFor(() => expect(page().runs.get('b')?.drift).toHaveLength(1), soon);
    const before = runs[1]!;
    runs[1] = { ...before, summary: { ...before.summary, best: { name: 'accuracy', value: 0.9, step: 7 } } };
    feed.runsChanged([{ folder: before.folder, before, after: runs[1] }]);
    await vi.waitFor(() => expect(drifts).toHaveLength(3), soon);
    drifts[2]!.fail(new Error('the checkpoint is half written'));
    await vi.waitFor(() => expect(page().runs.get('b')?.driftProblem).toBe('the checkpoint is half written'), soon);
    expect(page().runs.get('b')?.drift).toHaveLength(1);
    await feed.ready();
    expect(page().runs.get('a')).toMatchObject({ drift: [], driftProblem: 'the base model is not here' });
    expect(errors.splice(0)).toHaveLength(2);
  });

  it('reads again what was refused, when the workspace may be read', async () => {
    const run = makeRun(place(), 'a', steps(1, 3));
    const { feed, drifts, errors, page } = stage([run]);
    await feed.ready();
    feed.look(['a'], 'a');
    await vi.waitFor(() => expect(drifts).toHaveLength(1), soon);
    drifts[0]!.fail(new Error('a: nothing is started where the workspace is not trusted; trust it, then look again'));
    await vi.waitFor(() => expect(page().runs.get('a')?.driftProblem).toMatch('not trusted'), soon);
    expect(errors.splice(0)).toHaveLength(1);
    feed.lookAgain();
    await vi.waitFor(() => expect(drifts).toHaveLength(2), soon);
    const drift = [{ step: 2, columns: ['gain'], layers: [{ layer: 'layer 0', meanAbsoluteChange: [0.1] }] }];
    drifts[1]!.answer(drift);
    await vi.waitFor(() => expect(page().runs.get('a')?.drift).toEqual(drift), soon);
  });

  it('tells a page that comes back of all that it had chosen, however old, and how many others are not told', async () => {
    const root = place();
    const runs = Array.from({ length: 303 }, (_, index) => makeRun(root, String(index).padStart(4, '0'), []));
    const before = stage(runs);
    await before.feed.ready();
    expect(before.page().untold).toBe(3);
    await before.feed.show({ type: 'show', runs: ['0000'], view: 'compare' });
    expect(before.page().untold).toBe(2);
    const choices = reduce(before.page(), { type: 'baseline', run: '0001' }).choices;
    before.feed.pause();
    const { feed, page } = stage(runs, { choices });
    await feed.ready(chosenRuns(choices));
    expect(page().choices).toMatchObject({ active: '0000', checked: ['0000'], baseline: '0001' });
    expect([page().runs.size, page().untold]).toEqual([302, 1]);
    const [gone] = runs.splice(2, 1);
    feed.runsChanged([{ folder: gone!.folder, before: gone, after: undefined }]);
    expect(page().untold).toBe(0);
  });

  it('tells of the newest 300 runs, of later ones, of the queue, and of an old one that is asked for', async () => {
    const root = place();
    const name = (index: number): string => `run-${String(index).padStart(4, '0')}`;
    const runs = Array.from({ length: 400 }, (_, index) => makeRun(root, name(index), []));
    const { feed, page } = stage(runs);
    await feed.ready();
    expect(page().runs.size).toBe(300);
    expect(page().runs.has(name(99))).toBe(false);
    await feed.show({ type: 'show', runs: [name(3)], view: 'compare' });
    expect(page().choices.active).toBe(name(3));
    const [late, old] = [makeRun(root, name(400), [], { state: 'queued' }), makeRun(root, name(0), [])];
    runs.push(late);
    feed.runsChanged([late, old].map((after) => ({ folder: after.folder, before: undefined, after })));
    await vi.waitFor(() => expect(page().runs.get(name(400))?.queuePosition).toBe(1), soon);
    expect(page().runs.has(name(0))).toBe(false);
    runs.splice(runs.indexOf(late), 1);
    feed.runsChanged([{ folder: late.folder, before: late, after: undefined }]);
    expect(page().runs.has(name(400))).toBe(false);
  });
});
