import { describe, expect, it } from 'vitest';
import type { Environment } from '../../../extension/config/checks/environment.ts';
import type { Diagnostic } from '../../../extension/config/text/diagnostic.ts';
import { checkSweepText } from '../../../extension/experiments/editor/checkSweepText.ts';
import { checkSweepAgainstWorld } from '../../../extension/experiments/editor/checkSweepWorld.ts';

const environment: Environment = {
  model: async () => ({ kind: 'unknown' }),
  listFolder: async () => ['train.tsv', 'dev.tsv', 'test.tsv'].map((name) => ({ name, kind: 'file' })),
  columns: async () => ['text', 'label'],
  labels: async () => undefined,
};

const config = (train = 'train.tsv'): string =>
  `model: m\ntask: classification\ndata: {train: ${train}, validation: dev.tsv, test: test.tsv}\nmethods: [full]\n`;

/** Every finding as `line:column text-that-is-underlined: message`, and the fixes' titles. */
async function checked(text: string, configText = config(), defaults: readonly string[] = []) {
  const checked = checkSweepText(text);
  const files = {
    read: async (file: string) => (file === 'a.peft.yaml' ? { text: configText } : { problem: 'does not exist' }),
    listFolder: async () => [{ name: 'a.peft.yaml', kind: 'file' as const }],
  };
  const world = await checkSweepAgainstWorld(checked, '/w', { files, environment: async () => environment, defaults });
  const diagnostics = [...checked.diagnostics, ...world.diagnostics];
  const said = diagnostics.map(({ range, message }) => {
    const at = text.slice(range.start.offset, range.end.offset);
    return `${range.start.line}:${range.start.column} ${at}: ${message}`;
  });
  return { said, plan: world.plan, diagnostics };
}

/** The text with the only fix of the only finding that has some. */
function fixed(text: string, diagnostics: readonly Diagnostic[]): string {
  const [fix] = diagnostics.flatMap(({ fixes = [] }) => fixes);
  return fix!.edits.reduceRight(
    (before, { range, newText }) => before.slice(0, range.start.offset) + newText + before.slice(range.end.offset),
    text,
  );
}

const start = 'experiment: a.peft.yaml\nmethods: [ln-tuning, bitfit]\n';

describe('a sweep in the editor', () => {
  it('is right, with its plan, when its configs and their files are', async () => {
    const { said, plan } = await checked(`${start}tune: {training.learning_rate: [1e-3, 1e-2]}\nseeds: 4\n`);
    expect(said).toEqual([]);
    expect(plan?.tuningRuns).toHaveLength(8);
  });

  it.each([
    [`${start}tune: {training.learnin_rate: [1e-3]}\n`, '3:8 training.learnin_rate: unknown key', 'learning_rate: ['],
    [`${start}sedes: 4\n`, '3:1 sedes: unknown key sedes; did you mean seeds?', 'seeds: 4'],
    [`${start}reference: bitfitt\n`, '3:12 bitfitt: must be the name of an arm', 'reference: bitfit\n'],
    [
      'experiment: b.peft.yaml\nmethods: [lora, bitfit]\n',
      '1:13 b.peft.yaml: b.peft.yaml does not exist',
      'a.peft.yaml',
    ],
    ['experiment: a.peft.yaml\nmethods: [bitfit, [prefix, lorra]]\n', '2:28 lorra: unknown method', 'prefix, lora]'],
    ['methods: [lora, bitfit]\n', 'experiment is missing', 'experiment: NAME.peft.yaml\nmethods'],
    ['---\nmethods: [lora, bitfit]\n', 'experiment is missing', '---\nexperiment: NAME.peft.yaml\nmethods'],
  ])('says of %j what is wrong at its place, with a fix', async (text, message, after) => {
    const { said, diagnostics } = await checked(text);
    expect(said.join('\n')).toContain(message);
    expect(fixed(text, diagnostics)).toContain(after);
  });

  it.each(['', '---\n'])('offers an empty file a whole sweep: %j', async (text) => {
    const titles = (await checked(text)).diagnostics.flatMap(({ fixes = [] }) => fixes.map(({ title }) => title));
    expect(titles).toContain('Write a whole sweep');
  });

  it('says of a setting that its config refuses that it is one, and fills in no key that the config has', async () => {
    const wrong = await checked(`${start}seeds: 4\n`, config(), ['threads=0', 'task=regression']);
    expect(wrong.said).toEqual([
      '1:13 a.peft.yaml: a.peft.yaml with threads=0 of the settings: must be 1 … 1024, got 0',
    ]);
    const right = await checked(`${start}grid: {threads: [2, 4]}\nseeds: 5\n`, config(), ['threads=1']);
    expect(right.said).toEqual([]);
    expect(right.plan?.cells.map(({ configs }) => configs[0]?.threads)).toEqual([2, 2, 4, 4]);
  });

  it('underlines the very value that its config refuses, and the one that is unusual', async () => {
    const wrong = await checked(`${start}grid: {training.batch_size: [8, 0]}\n`);
    expect(wrong.said).toEqual(['3:33 0: must be 1 … 4096, got 0']);
    expect(wrong.plan).toBeUndefined();
    const odd = await checked(`${start}grid: {training.learning_rate: [1e-3, 0.5]}\nseeds: 5\n`);
    expect(odd.said[0]).toMatch(/^3:39 0\.5: should be /);
    expect(odd.diagnostics[0]!.severity).toBe('warning');
    const tried = await checked(`${start}tune: {training.learning_rate: [1e-3, 0.5]}\nseeds: 4\n`);
    expect(tried.said).toEqual([]);
  });

  it('says at the experiment what is wrong with its own files', async () => {
    const { said } = await checked(`${start}seeds: 4\n`, config('trian.tsv'));
    expect(said).toEqual([
      expect.stringMatching(/^1:13 a\.peft\.yaml: a\.peft\.yaml: data\.train: .*did you mean train\.tsv/),
    ]);
  });
});
