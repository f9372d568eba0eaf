import { describe, expect, it } from 'vitest';
import { runDescription, runFacts } from '../../../extension/host/explorer/runText.ts';
import { oneLine } from '../../../extension/view/oneLine.ts';
import { dataName, rowTitle, runTitle } from '../../../extension/view/runNames.ts';
import { at } from '../../support/newRun.ts';
import { runEntry } from '../../support/runEntry.ts';

const nowMs = Date.parse(at(10));
const described = (parts: Parameters<typeof runEntry>[0], place?: number): string =>
  runDescription(runEntry(parts), place, nowMs);

describe('the title of a run', () => {
  it('is its name, else methods and data', () => {
    expect(runTitle(runEntry())).toBe('ln-tuning · sst2');
    expect(runTitle(runEntry({ notes: { name: 'mine' } }))).toBe('mine');
  });

  it('names data by what tells it apart', () => {
    const named = (file: string): string => dataName(runEntry({ record: { config: { data: { train: { file } } } } }));
    expect(named('data/reviews-train.tsv')).toBe('reviews');
    expect(named('..\\sst2\\train.tsv')).toBe('sst2');
    expect(named('train.csv')).toBe('classification');
  });

  it('loses the middle of long data, never of the methods, and never half a character', () => {
    const file = `${'x'.repeat(40)}🎉${'y'.repeat(40)}.tsv`;
    const title = runTitle(
      runEntry({ record: { methods: 'prefix + adapter', config: { data: { train: { file } } } } }),
    );
    expect(title).toBe(`prefix + adapter · ${'x'.repeat(14)}…${'y'.repeat(13)}`);
  });

  it('keeps both ends of long names in a narrow list', () => {
    const named = (name: string): string => rowTitle(runEntry({ notes: { name } }));
    expect(named('prefix and adapter, norms of the last four layers')).toBe('prefix and adapte…last four layers');
    expect(named('prefix and adapter, norms of the last two layers')).toBe('prefix and adapte… last two layers');
    const data = { train: { file: `${'reviews-of-films'.repeat(2)}-2024.tsv` } };
    const methods = 'prefix + adapter + ln-tuning';
    expect(rowTitle(runEntry({ record: { methods, config: { data } } }))).toBe(`${methods} · revie…2024`);
  });

  it('is one line, whatever the name holds', () => {
    expect(oneLine('a\r\n\u2028b\u202ec\0d')).toBe('a b c d');
    expect(runTitle(runEntry({ notes: { name: '<b>x</b>\n$(flame) [y](command:z)' } }))).toBe(
      '<b>x</b> $(flame) [y](command:z)',
    );
  });
});

describe('the row of a run', () => {
  const summary = { step: 62, totalSteps: 100, elapsedSeconds: 62, updatedAt: at(9) };

  it('tells progress and what is left while it runs', () => {
    const best = { name: 'accuracy', value: 0.841, step: 50 };
    expect(described({ state: 'running', summary: { ...summary, best } })).toBe('62\u202f% · 0:38 left · acc 84.1');
    expect(described({ state: 'running', summary: { updatedAt: at(9) } })).toBe('starting');
  });

  it('tells what sets it apart before what is cut first', () => {
    const apart = ['rank 16', 's2'];
    const told = (parts: Parameters<typeof runEntry>[0]) => runDescription(runEntry(parts), 1, nowMs, apart);
    const best = { name: 'accuracy', value: 0.841, step: 50 };
    expect(told({ state: 'running', summary: { ...summary, best } })).toBe(
      '62\u202f% · 0:38 left · rank 16 · s2 · acc 84.1',
    );
    expect(told({ summary: { best, elapsedSeconds: 130 } })).toBe('rank 16 · s2 · acc 84.1 · 2m 10s');
    expect(told({ state: 'queued' })).toBe('1st in queue · rank 16 · s2');
    expect(told({ state: 'failed', message: 'no such model' })).toBe('rank 16 · s2 · failed: no such model');
  });

  it('says since when there is no news', () => {
    const text = runDescription(runEntry({ state: 'running', summary }), undefined, Date.parse(at(59)));
    expect(text).toMatch(/^no news since \d\d:\d\d:\d\d$/);
  });

  it('tells the place in the queue, and tags', () => {
    expect(described({ state: 'queued' }, 2)).toBe('2nd in queue');
    expect(described({ state: 'queued' })).toBe('in the queue');
    const notes = { pinned: true, protected: true, tags: ['paper', 'two\nlines'] };
    expect(described({ state: 'stopped', summary: { step: 1234 }, notes })).toBe(
      'stopped at step 1,234 · #paper · #two lines',
    );
    expect(described({ summary: { elapsedSeconds: 130, metrics: { loss: 0.4, macro_f1: 0.5 } } })).toBe(
      'F1 50.0 · 2m 10s',
    );
  });

  it('says why a run stopped that never began', () => {
    expect(described({ state: 'stopped', message: 'taken out of the queue' })).toBe('taken out of the queue');
  });

  it('tells a cause in its first words', () => {
    expect(described({ state: 'died', message: 'killed by SIGKILL\nmore' })).toBe('died: killed by SIGKILL more');
    expect(described({ state: 'failed', message: 'word '.repeat(30) })).toMatch(/^failed: (word ){11}…$/);
    expect(described({ state: 'unknown' })).toBe('unknown: no cause given');
  });
});

describe('the hover of a run', () => {
  const facts = (parts: Parameters<typeof runEntry>[0]): Record<string, string> =>
    Object.fromEntries(runFacts(runEntry(parts)).map(({ name, value }) => [name, value]));

  it('tells counts, engine, cause, tags and note', () => {
    const told = facts({
      state: 'died',
      message: 'killed by SIGKILL',
      notes: { tags: ['a', 'b'], note: 'look again' },
      summary: { best: { name: 'accuracy', value: 0.8, step: 1200 }, loss: 0.38912 },
    });
    expect(told).toMatchObject({
      State: 'died: killed by SIGKILL',
      Tunable: '38,400 (0.035\u202f%) + 592,130 head',
      Engine: 'onnx on cpu',
      Tags: 'a, b',
      Note: 'look again',
      Best: 'accuracy 80.0\u202f% at step 1,200',
      'Training loss': '0.389',
    });
    expect(facts({})).not.toHaveProperty('Note');
  });

  it('spells out what a preset stands for', () => {
    const methods = [{ prefix: { length: 16, mode: null } }, { adapter: { at: ['attention'] } }];
    expect(facts({ record: { methods: 'unified', config: { methods } } }).Methods).toBe(
      'unified: prefix (length 16) + adapter (at ["attention"])',
    );
  });
});
