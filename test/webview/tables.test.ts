import { describe, expect, it } from 'vitest';
import { differingKeys, flatConfigOf, methodKey } from '../../extension/view/flatConfig.ts';
import { dataName, modelName } from '../../extension/view/runNames.ts';
import { csvOf, latexOf, markdownOf, type TextTable } from '../../extension/view/tableText.ts';
import { curveCards as cardsOf } from '../../webview/curves/curves.ts';
import { componentBars, layerBars, tensorTable, wantsLogAxis } from '../../webview/curves/parameterBars.ts';
import { readingsAt } from '../../webview/curves/readings.ts';
import { countsSentence, runLabels } from '../../webview/curves/runText.ts';
import { Memory } from '../../webview/page/memory.ts';
import { initialState, type Message, reduce } from '../../webview/state/state.ts';
import { compareTable as tableOf } from '../../webview/views/compareTable.ts';
import { testRun } from '../support/browserRuns.ts';

const thin = '\u202f';
const memory = new Memory();
const compareTable = (state: ReturnType<typeof initialState>) => tableOf(state, memory);
const curveCards = (state: ReturnType<typeof initialState>) => cardsOf(state, memory);
const stateOf = (runs: readonly ReturnType<typeof testRun>[], ...more: Message[]) =>
  [{ type: 'snapshot', runs: [...runs], foreign: [] } as Message, ...more].reduce(reduce, initialState(0, true));
const recordsOf = (runs: readonly ReturnType<typeof testRun>[]) => runs.map(({ record }) => record);
const text = (table: ReturnType<typeof compareTable>, column: string) => {
  const index = table.columns.findIndex(({ id }) => id === column);
  return table.rows.map(({ cells }) => cells[index]!.text);
};

describe('compareTable', () => {
  const ln = [1, 2].map((seed) => testRun(seed, { seed }));
  const unified = testRun(5, { methods: 'unified', quality: 0.87, learningRate: 0.003 });

  it('folds seeds into mean ± deviation and marks the best', () => {
    const table = compareTable(stateOf([...ln, unified]));
    expect(text(table, 'run')).toEqual(['unified', 'ln-tuning · n = 2']);
    const index = table.columns.findIndex(({ id }) => id === 'metric:accuracy');
    expect(table.rows[1]!.cells[index]!.text).toMatch(/^83\.\d ± 0\.\d\u202f%$/);
    expect(table.rows.map(({ cells }) => cells[index]!.isBest)).toEqual([true, false]);
    expect(text(table, 'metric:loss')[1]).toMatch(/^0\.\d{3} ± 0\.\d{3}$/);
    expect(componentBars([ln], false)).toMatchObject({
      rows: ['ln-tuning · n = 2'],
      ends: [expect.stringMatching(/^Accuracy 83\.\d/)],
    });
  });

  it('is the same table as before while nothing that it shows has changed', () => {
    const state = stateOf([...ln, unified]);
    const table = compareTable(state);
    expect(compareTable(reduce(state, { type: 'tick', nowMs: 1 }))).toBe(table);
    expect(compareTable(reduce(state, { type: 'activate', run: ln[1]!.record.id }))).toBe(table);
    expect(compareTable(reduce(state, { type: 'foldSeeds', isOn: false }))).not.toBe(table);
    const stopped = { type: 'update', run: ln[0]!.record.id, change: { state: 'stopped' } } as const;
    expect(text(compareTable(reduce(state, stopped)), 'state')).toContain('finished, stopped');
  });

  it('counts the seeds that have a value', () => {
    const started = testRun(3, { seed: 3, state: 'running', done: 5 });
    const queued = testRun(4, { seed: 4, state: 'queued' });
    const table = compareTable(stateOf([ln[0]!, started, queued]));
    expect(text(table, 'run')).toEqual(['ln-tuning · n = 3']);
    expect(text(table, 'metric:accuracy')).toEqual([expect.stringMatching(/^83\.\d\u202f% · n = 1$/)]);
    expect(text(table, 'tunable')).toEqual(['9,984']);
    expect(componentBars([[ln[0]!, started, queued]], false)).toMatchObject({
      rows: ['ln-tuning · n = 3'],
      ends: [expect.stringMatching(/^Accuracy 83\.\d\u202f% · n = 1$/)],
    });
  });

  it('marks a best of each set of rows that judged several runs, and none over them', () => {
    const ofData = (name: string) => ({
      config: { data: { train: { file: `${name}/train.tsv` }, validation: { file: `${name}/dev.tsv` } } },
    });
    const runs = [
      testRun(1, { quality: 0.95, ...ofData('easy') }),
      testRun(2, { quality: 0.84, ...ofData('hard') }),
      testRun(3, { quality: 0.7, methods: 'lora', method: 500, ...ofData('hard') }),
    ];
    const bestsOf = (shown: typeof runs) => {
      const { columns, rows } = compareTable(stateOf(shown, { type: 'foldSeeds', isOn: false }));
      const index = (id: string) => columns.findIndex((column) => column.id === id);
      return ['metric:accuracy', 'metric:loss', 'tunable'].map((id) =>
        rows.flatMap(({ runs, cells }) => (cells[index(id)]!.isBest ? [runs[0]!.record.id] : [])).sort(),
      );
    };
    const [easy, hard, cheap] = runs.map(({ record }) => record.id);
    expect(bestsOf([runs[0]!, runs[1]!])).toEqual([[], [], []]);
    expect(bestsOf(runs)).toEqual([[hard], [hard], [cheap]]);
    const worse = testRun(4, { quality: 0.6, ...ofData('easy') });
    expect(bestsOf([...runs, worse])).toEqual([[easy, hard], [easy, hard], [cheap]]);
  });

  it('marks a best of seeds that draw rows of their own where every side has the same seeds', () => {
    const drawn = { config: { data: { train: { file: 'data/train.tsv' }, validation: null, validation_split: 0.1 } } };
    const of = (methods: string, quality: number, seeds: readonly number[]) =>
      seeds.map((seed) => testRun(Math.round(100 * quality) + seed, { methods, quality, seed, ...drawn }));
    const hasBest = (...runs: readonly ReturnType<typeof testRun>[]) => {
      const { columns, rows } = compareTable(stateOf(runs));
      const index = columns.findIndex(({ id }) => id === 'metric:accuracy');
      return rows.some(({ cells }) => cells[index]!.isBest);
    };
    expect(hasBest(...of('lora', 0.9, [1, 2]), ...of('bitfit', 0.8, [1, 2]))).toBe(true);
    expect(hasBest(...of('lora', 0.9, [1, 2]), ...of('bitfit', 0.8, [1, 3]))).toBe(false);
    expect(hasBest(...of('lora', 0.9, [1]), ...of('bitfit', 0.8, [2]))).toBe(false);
  });

  it('names runs of one config and seed by the moment at which each began, a group of seeds by how many it holds', () => {
    const again = testRun(9, { seed: 1 });
    expect(text(compareTable(stateOf([again, testRun(8, { seed: 1 })])), 'run')).toEqual([
      expect.stringMatching(/^ln-tuning · \d\d:\d\d$/),
      expect.stringMatching(/^ln-tuning · \d\d:\d\d$/),
    ]);
    expect(new Set(text(compareTable(stateOf([again, testRun(8, { seed: 1 })])), 'run')).size).toBe(2);
    const [first, second] = text(compareTable(stateOf([...ln, again])), 'run').sort();
    expect([first, second]).toEqual([expect.stringMatching(/^ln-tuning · \d\d:\d\d$/), 'ln-tuning · n = 2']);
  });

  it('has the metrics that runs are judged by before all others, whatever their tasks', () => {
    const ofTask = (index: number, metrics: Readonly<Record<string, number>>) => {
      const run = testRun(index);
      return { ...run, summary: { ...run.summary!, best: null, metrics } };
    };
    const { columns } = compareTable(
      stateOf([
        ofTask(0, { loss: 0.1, perplexity: 1.1, accuracy: 0.9 }),
        ofTask(1, { loss: 0.2, entity_f1: 0.8, entity_recall: 0.7, accuracy: 0.9 }),
      ]),
    );
    const metrics = columns.flatMap(({ id }) => (id.startsWith('metric:') ? [id.slice('metric:'.length)] : []));
    expect(metrics.slice(0, 3).sort()).toEqual(['entity_f1', 'loss', 'perplexity']);
    expect(metrics.slice(3).sort()).toEqual(['accuracy', 'entity_recall']);
  });

  it('takes the smallest error for the best, in the table, in the curve and in the order of readings', () => {
    const withErrors = (seed: number, errors: readonly number[]) => {
      const run = testRun(seed, { seed });
      const evaluations = errors.map((mse, at) => {
        const metrics = { mse, sentiment_accuracy: 1 - mse };
        return { step: 100 * (at + 1), epoch: at + 1, split: 'validation' as const, metrics };
      });
      const last = { step: 100 * errors.length, metrics: evaluations.at(-1)!.metrics };
      const least = Math.min(...errors);
      const best = { name: 'mse', value: least, step: 100 * (errors.indexOf(least) + 1) };
      const { metrics } = evaluations[errors.indexOf(least)]!;
      const summary = { ...run.summary!, last, best, metrics, metricsStep: best.step };
      return { ...run, summary, series: { ...run.series, evaluations } };
    };
    const runs = [withErrors(1, [0.5, 0.2, 0.4]), withErrors(2, [0.3, 0.6, 0.7])];
    const state = stateOf(runs, { type: 'foldSeeds', isOn: false });
    const cellsOf = (column: string) => {
      const { columns, rows } = compareTable(state);
      const index = columns.findIndex(({ id }) => id === column);
      return rows.map(({ cells }) => `${cells[index]!.text}${cells[index]!.isBest ? ', best' : ''}`).sort();
    };
    expect(cellsOf('metric:mse')).toEqual(['0.200, best', '0.300']);
    expect(cellsOf('metric:sentiment_accuracy')).toEqual([`70.0${thin}%`, `80.0${thin}%, best`]);
    const card = curveCards(state).find(({ id }) => id === 'evaluation:mse')!;
    expect(card.lines.map(({ kept }) => kept?.y).sort()).toEqual([0.2, 0.3]);
    expect(readingsAt(card, 300, { from: 0, to: 360 }, 0).map(({ value }) => value)).toEqual([0.4, 0.7]);
  });

  it('shows config keys that differ, and no others', () => {
    const { columns } = compareTable(stateOf([...ln, unified]));
    expect(columns.map(({ id }) => id).filter((id) => id.startsWith('config:'))).toEqual([
      'config:training.learning_rate',
    ]);
  });

  it('shows differences to a baseline, in points for ratios', () => {
    const table = compareTable(stateOf([ln[0]!, unified], { type: 'baseline', run: ln[0]!.record.id }));
    expect(text(table, 'metric:accuracy')).toEqual([
      expect.stringMatching(/^\+\d\.\d$/),
      expect.stringMatching(/^83\.\d/),
    ]);
    expect(text(table, 'tunable')).toEqual(['+149,856', '9,984']);
    expect(table.rows.map(({ isBaseline }) => isBaseline)).toEqual([false, true]);
  });

  it('shows no differences to a baseline that was judged on other rows', () => {
    const other = testRun(6, {
      config: { data: { train: { file: 'b/train.tsv' }, validation: { file: 'b/dev.tsv' } } },
    });
    const table = compareTable(stateOf([ln[0]!, other], { type: 'baseline', run: ln[0]!.record.id }));
    expect(text(table, 'metric:accuracy')).toEqual([
      expect.stringMatching(/^8\d\.\d.%$/),
      expect.stringMatching(/^8\d\.\d.%$/),
    ]);
    expect(text(table, 'tunable')).toEqual(['9,984', '9,984']);
  });

  it('sorts what configs set by number, in whichever notation it stands, before words and with what is not set last', () => {
    const sorted = (values: readonly unknown[]) => {
      const runs = values.map((patience, index) => testRun(index, { config: { training: { patience } } }));
      const check = { type: 'check', runs: runs.map(({ record }) => record.id) } as const;
      const by = { type: 'sort', column: 'config:training.patience' } as const;
      return text(compareTable(stateOf(runs, check, { type: 'foldSeeds', isOn: false }, by, by)), by.column);
    };
    expect(sorted(['0.01', 0.0006, null, 'auto', 0.003, 1e-7, '5e-4', 0.00002, 10])).toEqual([
      '1e-7',
      '0.00002',
      '5e-4',
      '0.0006',
      '0.003',
      '0.01',
      '10',
      'auto',
      '',
    ]);
  });

  it('sorts both ways with missing values last, hides and orders columns', () => {
    const queued = testRun(9, { methods: 'lora', state: 'queued' });
    const runs = [ln[0]!, unified, queued];
    const by = (isDescending: boolean) =>
      text(
        compareTable(
          stateOf(
            runs,
            { type: 'sort', column: 'metric:accuracy' },
            ...(isDescending ? [] : [{ type: 'sort', column: 'metric:accuracy' } as Message]),
          ),
        ),
        'run',
      );
    expect(by(true)).toEqual(['unified', 'ln-tuning', 'lora']);
    expect(by(false)).toEqual(['ln-tuning', 'unified', 'lora']);
    const table = compareTable(
      stateOf(
        runs,
        { type: 'hideColumn', column: 'state', isHidden: true },
        { type: 'orderColumns', columns: ['memory', 'run'] },
      ),
    );
    expect(table.hidden.map(({ id }) => id)).toEqual(['state']);
    expect(table.columns[0]!.id).toBe('memory');
  });

  it('does not call a run cheap that is not over', () => {
    const table = compareTable(stateOf([ln[0]!, testRun(7, { state: 'running', methods: 'lora' }), unified]));
    const index = table.columns.findIndex(({ id }) => id === 'time');
    expect(table.rows.some(({ cells }) => cells[index]!.isBest)).toBe(false);
  });
});

describe('copied tables', () => {
  const table: TextTable = {
    columns: [
      { title: 'run', isNumber: false },
      { title: 'accuracy_%', isNumber: true },
    ],
    rows: [
      [{ text: '=cmd|calc!A1' }, { text: '−0.5', exact: '-0.5' }],
      [{ text: 'a "b", c_d & <e>' }, { text: `83.5 ± 0.4${thin}%`, exact: '0.835 ± 0.004' }],
    ],
  };

  it('are CSV with exact values that no spreadsheet runs', () => {
    expect(csvOf(table)).toBe('run,accuracy_%\r\n\'=cmd|calc!A1,-0.5\r\n"a ""b"", c_d & <e>",0.835 ± 0.004\r\n');
  });

  it('are Markdown with markup escaped', () => {
    expect(markdownOf(table).split('\n').slice(1)).toEqual([
      '| --- | ---: |',
      '| =cmd\\|calc!A1 | −0.5 |',
      `| a "b", c\\_d \\& \\<e\\> | 83.5 ± 0.4 % |`,
      '',
    ]);
  });

  it('are LaTeX with specials escaped', () => {
    const lines = latexOf(table).split('\n');
    expect(lines[0]).toBe('\\begin{tabular}{lr}');
    expect(lines[2]).toBe('  run & accuracy\\_\\% \\\\');
    expect(lines[5]).toBe('  a "b", c\\_d \\& <e> & 83.5 $\\pm$ 0.4\\,\\% \\\\');
  });
});

describe('names of runs', () => {
  it('leave out what runs have in common', () => {
    const runs = [testRun(0), testRun(1, { learningRate: 0.003 }), testRun(2, { methods: 'lora' })];
    expect([...runLabels(runs).values()]).toEqual(['ln-tuning · lr 1e-3', 'ln-tuning · lr 3e-3', 'lora']);
    const seeds = [testRun(0, { seed: 1 }), testRun(1, { seed: 2 })];
    expect([...runLabels(seeds).values()]).toEqual(['ln-tuning · s1', 'ln-tuning · s2']);
    expect([...differingKeys(recordsOf(seeds)).keys()]).toEqual(['training.seed']);
  });

  it('name an option by which of two equal methods it belongs to', () => {
    const { config } = testRun(1, { config: { methods: [{ adapter: {} }, { lora: {} }, { adapter: {} }] } }).record;
    const keys = ['methods[0].adapter.at', 'methods[1].lora.rank', 'methods[2].adapter.at', 'training.epochs'];
    expect(keys.map((key) => methodKey(config, key))).toEqual([
      'adapter.at',
      'lora.rank',
      'adapter 2.at',
      'training.epochs',
    ]);
  });

  it('tell options of methods apart, and never read alike', () => {
    const tuned = (index: number, options: object, more: object = {}) =>
      testRun(index, { config: { methods: [{ 'ln-tuning': options }], ...more } });
    const runs = [
      tuned(0, { terms: ['gain'], learning_rate: 0.01 }),
      tuned(1, { terms: ['bias'], learning_rate: 0.01 }),
      tuned(2, { terms: ['bias'], learning_rate: 0.001 }),
      tuned(3, { terms: ['bias'], learning_rate: 0.001 }, { data: { train: { file: 'data/films.csv' } } }),
      tuned(4, { terms: ['bias'], learning_rate: 0.001 }, { data: { train: { file: 'data/films.csv' } } }),
    ];
    const labels = [...runLabels(runs).values()];
    expect(labels.slice(0, 3)).toEqual([
      'ln-tuning · terms gain · sst2',
      'ln-tuning · terms bias · lr 0.01 · sst2',
      'ln-tuning · terms bias · lr 1e-3 · sst2',
    ]);
    expect(new Set(labels).size).toBe(5);
    expect(differingKeys(recordsOf(runs.slice(0, 2)))).toEqual(new Map([['ln-tuning.terms', ['gain', 'bias']]]));
    const table = compareTable(stateOf(runs.slice(0, 3)));
    const ids = table.columns.map(({ id }) => id).filter((id) => id.startsWith('config:'));
    expect(ids).toEqual(['config:ln-tuning.terms', 'config:ln-tuning.learning_rate']);
    expect(text(table, 'config:ln-tuning.terms')).toEqual(['bias', 'bias', 'gain']);
    expect(table.rows.length).toBe(3);
  });

  it('take a key that one run lacks, and that is empty in another, for the same', () => {
    const own = { validation: { file: 'dev.tsv', delimiter: null, limit: null }, validation_split: null };
    const runs = [own, { validation: null, validation_split: 0.2 }].map((data, index) =>
      testRun(index, { config: { data: { train: { file: 'train.tsv' }, ...data } } }),
    );
    expect([...differingKeys(recordsOf(runs)).keys()]).toEqual(['data.validation.file', 'data.validation_split']);
  });

  it('compare an option among the runs that have its method, and a rate that follows from another once', () => {
    const run = (index: number, methods: object[], rate: number) =>
      testRun(index, { config: { methods, training: { learning_rate: rate, seed: 1 } } });
    const runs = [
      run(0, [{ lora: { rank: 2, learning_rate: 0.01 } }, { adapter: { bottleneck: 8 } }], 0.01),
      run(1, [{ lora: { rank: 16, learning_rate: 0.02 } }, { adapter: { bottleneck: 8 } }], 0.02),
      run(2, [{ prefix: { length: 4 } }, { prefix: { length: 5 } }], 0.02),
    ];
    const differing = differingKeys(recordsOf(runs));
    expect(Object.fromEntries(differing)).toEqual({
      'lora.rank': ['2', '16', ''],
      methods: ['lora + adapter', 'lora + adapter', 'prefix + prefix 2'],
      'training.learning_rate': ['0.01', '0.02', '0.02'],
    });
    expect(flatConfigOf(runs[2]!.record).get('prefix 2.length')).toBe('5');
  });

  it('name data and model by their last telling part', () => {
    const run = testRun(0);
    expect([dataName(run), modelName(run)]).toEqual(['sst2', 'all-MiniLM-L6-v2']);
    const file = testRun(0, { config: { data: { train: { file: 'C:\\data\\reviews.csv' } } } });
    expect(dataName(file)).toBe('reviews');
    const own = testRun(0, { config: { data: { train: { file: 'data/entities-train.conll' } } } });
    expect(dataName(own)).toBe('entities');
  });
});

describe('parameters', () => {
  const small = testRun(0);
  const large = testRun(1, { methods: 'full', method: 22_565_376 });

  it('are told in a sentence', () => {
    expect(countsSentence(small)).toBe(`9,984 of 22,565,376 weights move: 0.044${thin}%. The head adds 148,610.`);
    const { record } = small;
    const headless = { ...small, record: { ...record, counts: { ...record.counts, head: 0 } } };
    expect(countsSentence(headless)).toBe(`9,984 of 22,565,376 weights move: 0.044${thin}%.`);
  });

  it('take a log axis beyond a factor of 50, where parts do not stack', () => {
    expect(wantsLogAxis([small, large])).toBe(true);
    expect(wantsLogAxis([small, testRun(2, { method: 9984 * 50 })])).toBe(false);
    expect(componentBars([[small], [large]], true).series.map(({ name }) => name)).toEqual(['method', 'head']);
    expect(componentBars([[small], [large]], false).series.map(({ name }) => name)).toEqual([
      'ln-tuning',
      'full',
      'head',
    ]);
    expect(componentBars([[small]], false).ends).toEqual([expect.stringMatching(/^Accuracy 83\.\d/)]);
  });

  it('go from the embedding at the bottom to the last layer at the top', () => {
    const { rows } = layerBars([[small]]);
    expect([rows[0], rows.at(-1)]).toEqual(['layer 5', 'embedding']);
  });

  it('go by layer for seeds together, which tune as much', () => {
    const { series } = layerBars([[small, testRun(3)], [large]]);
    expect(series.map(({ name }) => name)).toEqual([expect.stringMatching(/^ln-tuning.* · n = 2$/), 'full']);
  });

  it('are listed by tensor, or by component where tensors are not told', () => {
    expect(tensorTable(small).rows[0]!.map((cell) => cell.text)).toEqual([
      'encoder.layer.0.attention.norm.gain',
      'ln-tuning',
      'norm.attention, layer 0',
      '384',
      '384',
      `0.0017${thin}%`,
    ]);
    expect(tensorTable(large).rows.map((cells) => cells[0]!.text)).toEqual(['full', 'head']);
  });
});
