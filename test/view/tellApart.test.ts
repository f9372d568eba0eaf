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
    const lora = (rank: number, ...targets: string[]): Parts => ({ methods: [{ lora: { rank, targets } }] });
    expect(told(lora(2, 'query'), lora(16, 'query', 'value'))).toEqual(['rank 2', 'rank 16']);
    expect(told(lora(2, 'query'), lora(16, 'query'), lora(16, 'query', 'value'))).toEqual([
      'rank 2',
      'rank 16 · targets query',
      'rank 16 · targets query+value',
    ]);
  });

  it('are told apart by their data, and by nothing that follows from the data', () => {
    const ofData = (name: string, task: string, columns: object, more: object = {}): Parts => {
      const files = {
        train: { file: `data/${name}-train.tsv`, ...columns },
        validation: { file: `${name}.tsv`, ...columns },
      };
      return {
        name: 'mine',
        config: { task, data: { ...files, max_length: 64 }, training: { length_window: 8 }, ...more },
      };
    };
    const reviews = ofData('reviews', 'classification', { text: 'text', label: 'label' });
    const entities = ofData('entities', 'token-classification', { tokens: 'words', label: 'tags' });
    const stars = ofData('reviews', 'regression', { text: 'text', label: 'stars' }, { training: { length_window: 1 } });
    expect(told(reviews, entities)).toEqual(['reviews', 'entities']);
    expect(told(reviews, stars, entities)).toEqual(['classification · reviews', 'regression · reviews', 'entities']);
    const faster = ofData(
      'entities',
      'token-classification',
      { tokens: 'words', label: 'tags' },
      { training: { learning_rate: 0.01 } },
    );
    const slower = { ...faster, config: { ...faster.config, training: { learning_rate: 0.001 } } };
    expect(told(reviews, faster, slower)).toEqual(['reviews', 'entities · lr 0.01', 'entities · lr 1e-3']);
  });

  it('name the file where the data go by one name, and as much of a path as tells it apart', () => {
    const ofFile = (file: string, more: object = {}): Parts => ({ config: { data: { train: { file } }, ...more } });
    expect(told(ofFile('a/sst2/train.tsv'), ofFile('b/sst2/train.tsv'))).toEqual([
      'train a/sst2/train.tsv',
      'train b/sst2/train.tsv',
    ]);
    const model = (model: string): Parts => ({ config: { model } });
    expect(told(model('/models/small'), model('org/large'))).toEqual(['small', 'large']);
    expect(told(model('/a/model'), model('/b/model'))).toEqual(['a/model', 'b/model']);
  });

  it('are told apart by their methods where a person gave them one name', () => {
    const mine = (methods: object[]): Parts => ({ name: 'mine', methods });
    expect(told(mine([{ lora: { rank: 8 } }]), mine([{ bitfit: {} }]), mine([{ lora: { rank: 4 } }]))).toEqual([
      'lora · rank 8',
      'bitfit',
      'lora · rank 4',
    ]);
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
    ).toEqual(['small', 'large']);
    const training = (epochs: number | null, max_steps: number | null, batch_size = 16): Parts => ({
      config: { training: { epochs, max_steps, batch_size } },
    });
    expect(told(training(3, null), training(null, 50), training(null, 50, 32))).toEqual([
      'epochs 3',
      'max_steps 50 · batch 16',
      'max_steps 50 · batch 32',
    ]);
    expect(told({ config: { threads: 1 } }, { config: { threads: 2 }, seed: 2 })).toEqual(['s1', 's2']);
  });

  it('are told apart by seed, then by date and time', () => {
    expect(told({ seed: 1 }, { seed: 2 })).toEqual(['s1', 's2']);
    const [today, before] = [new Date(2026, 10, 29, 14, 5, 10), new Date(2026, 10, 28, 9, 30)];
    expect(told({ createdAt: today }, { createdAt: before })).toEqual(['11-29 14:05', '11-28 09:30']);
    const later = new Date(2026, 10, 29, 14, 5, 48);
    expect(told({ createdAt: today }, { createdAt: later })).toEqual(['14:05:10', '14:05:48']);
    const morning = new Date(2026, 10, 29, 9, 30);
    expect(told({ createdAt: today }, { createdAt: morning })).toEqual(['14:05', '09:30']);
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
