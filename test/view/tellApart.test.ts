import { describe, expect, it } from 'vitest';
import type { RunEntry } from '../../extension/runs/folder/runEntry.ts';
import { runTitle } from '../../extension/view/runNames.ts';
import { foldSeeds } from '../../extension/view/seedGroup.ts';
import { apartWords, tellApart } from '../../extension/view/tellApart.ts';
import { runEntry } from '../support/runEntry.ts';

const data = { train: { file: 'data/sst2/train.tsv' }, validation: null };
const nowMs = new Date(2026, 10, 29, 15, 0).getTime();

interface Parts {
  readonly methods?: unknown;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly seed?: number;
  readonly createdAt?: Date;
  readonly name?: string;
}

function runs(...parts: readonly Parts[]): readonly RunEntry[] {
  return parts.map(({ methods = [], config, seed = 1, createdAt = new Date(nowMs), name = '' }, index) =>
    runEntry({
      id: `r${index}`,
      notes: { name },
      record: {
        config: { data, methods, training: { seed }, ...config },
        seed,
        createdAt: createdAt.toISOString(),
      },
    }),
  );
}

const told = (...parts: readonly Parts[]): string[] => {
  const entries = runs(...parts);
  const apart = tellApart(entries, runTitle);
  return entries.map(({ record }) => apartWords(apart.get(record)).join(' · '));
};

describe('runs of one title', () => {
  it('are told apart by the options of their methods', () => {
    expect(
      told(
        { methods: [{ lora: { rank: 2, targets: ['query'] } }] },
        { methods: [{ lora: { rank: 16, targets: ['query', 'value'] } }] },
      ),
    ).toEqual(['rank 2 · targets query', 'rank 16 · targets query+value']);
  });

  it('say a rate of all methods once, and name the method of one that only it has', () => {
    const rates = (prefix: number, norm: number): Parts => ({
      methods: [{ prefix: { learning_rate: prefix } }, { 'ln-tuning': { learning_rate: norm } }],
    });
    expect(told(rates(1e-3, 1e-3), rates(1e-2, 2e-2))).toEqual(['lr 1e-3', 'prefix lr 0.01 · ln-tuning lr 0.02']);
  });

  it('are told apart by any key of the config, and by nothing that has no say in what is learned', () => {
    expect(
      told(
        { config: { model: 'org/small', training: { epochs: 3, max_steps: null }, threads: 1 } },
        { config: { model: '/models/large', training: { epochs: null, max_steps: 50 }, threads: 4 } },
      ),
    ).toEqual(['small · epochs 3', 'large · max_steps 50']);
    expect(told({ config: { threads: 1 } }, { config: { threads: 2 }, seed: 2 })).toEqual(['s1', 's2']);
  });

  it('are told apart by seed, then by date and time', () => {
    expect(told({ seed: 1 }, { seed: 2 })).toEqual(['s1', 's2']);
    const [today, before] = [new Date(2026, 10, 29, 14, 5, 10), new Date(2026, 10, 28, 9, 30)];
    expect(told({ createdAt: today }, { createdAt: before })).toEqual(['11-29 14:05', '11-28 09:30']);
    const later = new Date(2026, 10, 29, 14, 5, 48);
    expect(told({ createdAt: today }, { createdAt: later })).toEqual(['11-29 14:05:10', '11-29 14:05:48']);
  });

  it('need nothing more where their titles differ', () => {
    expect(told({ name: 'mine' }, { seed: 2 })).toEqual(['', '']);
  });

  it('may hold any text', () => {
    const odd = told(
      { methods: [{ 'a\nb': { c: { d: 'x\ny'.repeat(30) } } }, { text: {} }] },
      { methods: [{ 'a\nb': { c: { d: 1 } } }, { text: {} }] },
    );
    expect(odd[0]).toMatch(/^d x y.{20}…$/);
    expect(odd[0]).not.toContain('\n');
  });
});

describe('runs that repeat an experiment', () => {
  it('are folded by seed, each seed once: a further run of one seed stands by itself', () => {
    const [a, b, again, other] = runs({ seed: 1 }, { seed: 2 }, { seed: 1 }, { seed: 1, config: { threads: 9 } });
    const folded = foldSeeds([a!, b!, again!, other!]);
    expect(folded.map((group) => group.map(({ id }) => id))).toEqual([['r0', 'r1'], ['r2'], ['r3']]);
  });
});
