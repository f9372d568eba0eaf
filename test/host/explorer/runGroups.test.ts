import { describe, expect, it } from 'vitest';
import { bestRun, groupRuns, type RunView } from '../../../extension/host/explorer/runGroups.ts';
import { placeInQueue } from '../../../extension/runs/control/queue.ts';
import { runEntry } from '../../support/runEntry.ts';

const view = (parts: Partial<RunView>): RunView => ({ grouping: 'none', order: 'newest', filter: '', ...parts });
const best = (name: string, value: number) => ({ best: { name, value, step: 1 } });
const counted = (method: number) => {
  const { record } = runEntry();
  return { counts: { ...record.counts, method } };
};

const a = runEntry({ id: 'a', record: { methods: 'bitfit', ...counted(30) }, summary: best('accuracy', 0.9) });
const b = runEntry({ id: 'b', state: 'running', record: { methods: 'lora', ...counted(10) } });
const c = runEntry({ id: 'c', state: 'died', record: { methods: 'ln-tuning', ...counted(20) } });
const d = runEntry({ id: 'd', state: 'failed', notes: { name: 'an early try' }, summary: best('accuracy', 0.95) });
const e = runEntry({ id: 'e', state: 'queued', record: { model: 'org/other', methods: 'lora' } });
const all = [c, a, e, b, d];
const films = runEntry({
  id: 'f',
  record: { config: { data: { train: { file: 'films.csv' } } } },
  summary: best('accuracy', 0.92),
});

const ids = (parts: Partial<RunView>): string[] =>
  groupRuns(all, view(parts)).flatMap(({ runs }) => runs.map(({ id }) => id));
const titles = (parts: Partial<RunView>): string[] => groupRuns(all, view(parts)).map(({ title }) => title);

describe('runs are grouped', () => {
  it('groups by state in the order in which states matter, deaths with failures', () => {
    const groups = groupRuns(all, view({ grouping: 'state' }));
    expect(groups.map(({ title, runs }) => [title, runs.map(({ id }) => id).join('')])).toEqual([
      ['Running', 'b'],
      ['Queued', 'e'],
      ['Failed or died', 'dc'],
      ['Finished', 'a'],
    ]);
  });

  it('groups by methods, model, data and experiment', () => {
    expect(new Set(titles({ grouping: 'method' }))).toEqual(new Set(['lora', 'ln-tuning', 'bitfit']));
    expect(new Set(titles({ grouping: 'model' }))).toEqual(new Set(['model', 'other']));
    expect(titles({ grouping: 'data' })).toEqual(['sst2']);
    const named = runEntry({ record: { config: { name: 'mine' }, configPath: '/w/reviews.peft.yaml' } });
    const ofFile = runEntry({ record: { configPath: '/w/reviews.peft.yaml' } });
    const groups = groupRuns([named, ofFile], view({ grouping: 'experiment' }));
    expect(new Set(groups.map(({ title }) => title))).toEqual(new Set(['mine', 'reviews']));
  });

  it('says how many runs a group has and the best figure of its commonest metric', () => {
    const losses = [0.4, 0.3].map((value, index) => runEntry({ id: `l${index}`, summary: best('loss', value) }));
    const [group] = groupRuns([...losses, a], view({ grouping: 'state' }));
    expect(group?.description).toBe('3 · loss 0.300');
    expect(groupRuns([b], view({ grouping: 'state' }))[0]?.description).toBe('1');
  });

  it('shows no best figure where runs were judged on different rows', () => {
    expect(groupRuns([a, films], view({}))[0]?.description).toBe('2');
    expect(bestRun([a, films, b])).toBeUndefined();
    expect(bestRun([a, d, b])).toMatchObject({ run: d, name: 'accuracy', value: 0.95 });
    const judged = (validation: string, value: number) =>
      runEntry({ id: validation, record: { dataHashes: { validation } }, summary: best('accuracy', value) });
    expect(groupRuns([judged('1', 0.9), judged('2', 0.8)], view({}))[0]?.description).toBe('2');
  });

  it('shows the best figure beside runs whose own is not a number', () => {
    const collapsed = runEntry({ id: 'g', summary: best('accuracy', Number.NaN) });
    expect(bestRun([collapsed, a, d])).toMatchObject({ run: d, value: 0.95 });
    expect(bestRun([a, collapsed])).toMatchObject({ run: a, value: 0.9 });
    expect(groupRuns([collapsed], view({}))[0]?.description).toBe('1');
  });

  it('groups by tags, seed and folder', () => {
    const tagged = runEntry({ id: 't', notes: { tags: ['paper', 'v2'] }, record: { seed: 7, baseFolder: '/w/films' } });
    const of = (grouping: RunView['grouping']) => groupRuns([tagged], view({ grouping }))[0]?.title;
    expect([of('tag'), of('seed'), of('folder')]).toEqual(['#paper #v2', 'Seed 7', 'films']);
    expect(groupRuns([a], view({ grouping: 'tag' }))[0]?.title).toBe('No tag');
  });

  it('are grouped by the learning rate of the methods, by several where each has its own', () => {
    const rated = (config: Record<string, unknown>) => runEntry({ record: { config } });
    const of = (config: Record<string, unknown>) => groupRuns([rated(config)], view({ grouping: 'rate' }))[0]?.title;
    const rate = (name: string, learning_rate: number) => ({ [name]: { learning_rate } });
    expect(of({ methods: [rate('ln-tuning', 0.001)], training: { learning_rate: null } })).toBe('lr 1e-3');
    expect(of({ methods: [rate('prefix', 0.01), rate('ln-tuning', 0.001)] })).toBe('lr 1e-3, 0.01');
    expect(of({ methods: [{ 'head-only': {} }], training: { learning_rate: 0.02 } })).toBe('lr 0.02');
    expect(of({ methods: [{ 'head-only': {} }] })).toBe('No learning rate');
  });
});

describe('runs that wait', () => {
  const waiting = ['1', '2', '3'].map((id) => runEntry({ id, state: 'queued' }));
  const putFirst = (id: string, putFirstAt: string) => runEntry({ id, state: 'queued', notes: { putFirstAt } });
  const order = (runs: Parameters<typeof groupRuns>[0]): string[] =>
    groupRuns(runs, view({ grouping: 'state', order: 'newest' })).flatMap((group) => group.runs.map(({ id }) => id));

  it('stand in the order in which they start, however runs are sorted', () => {
    expect(order([waiting[2]!, waiting[0]!, waiting[1]!])).toEqual(['1', '2', '3']);
  });

  it('stand behind those that were put first, the last such in front', () => {
    const [early, late] = [putFirst('4', '2026-01-01T00:00:00Z'), putFirst('5', '2026-01-02T00:00:00Z')];
    expect(order([...waiting, early, late])).toEqual(['5', '4', '1', '2', '3']);
  });

  it('have a place in the queue of their own runs folder', () => {
    const elsewhere = { ...waiting[0]!, folder: '/other/1' };
    const queue = [elsewhere, ...waiting];
    expect(queue.map((run) => placeInQueue(run, queue))).toEqual([1, 1, 2, 3]);
    expect(placeInQueue(a, queue)).toBeUndefined();
  });
});

describe('runs are sorted', () => {
  it('sorts by time, figure, cost and name; runs without a figure come last', () => {
    expect(ids({ order: 'newest' })).toEqual(['e', 'd', 'c', 'b', 'a']);
    expect(ids({ order: 'oldest' })).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(ids({ order: 'best' }).slice(0, 2)).toEqual(['d', 'a']);
    expect(ids({ order: 'tunable' }).slice(0, 3)).toEqual(['b', 'c', 'a']);
    expect(ids({ order: 'name' })[0]).toBe('d');
  });

  it('sorts small losses first', () => {
    const [low, high] = [0.2, 0.9].map((value) => runEntry({ id: `loss ${value}`, summary: best('loss', value) }));
    const [group] = groupRuns([high!, low!], view({ order: 'best' }));
    expect(group?.runs.map(({ id }) => id)).toEqual(['loss 0.2', 'loss 0.9']);
  });

  it('keeps runs that were judged alike together when the best come first', () => {
    const loss = runEntry({ id: 'l', summary: best('loss', 0.1) });
    const nan = runEntry({ id: 'n', summary: best('accuracy', Number.NaN) });
    const [group] = groupRuns([a, loss, b, d, films, nan], view({ order: 'best' }));
    expect(group?.runs.map(({ id }) => id)).toEqual(['d', 'a', 'n', 'l', 'f', 'b']);
  });

  it('sorts pinned runs first', () => {
    const pinned = runEntry({ id: '0', notes: { pinned: true } });
    const [group] = groupRuns([...all, pinned], view({ order: 'newest' }));
    expect(group?.runs[0]).toBe(pinned);
  });
});
