import { describe, expect, it, vi } from 'vitest';

const editor = vi.hoisted(() => ({ run: (_command: string): void => {}, told: [] as string[] }));
vi.mock('vscode', () => ({
  window: { showInformationMessage: async (message: string) => void editor.told.push(message) },
  commands: { executeCommand: (command: string) => editor.run(command) },
}));

const { RunPicker } = await import('../../../extension/host/actions/pickRuns.ts');
const { runEntry } = await import('../../support/runEntry.ts');

it('shows the run that was clicked, also where its list is drawn anew at that moment', async () => {
  const entry = runEntry({ id: 'clicked' });
  const catalog = { runs: [entry], find: (folder: string) => (folder === entry.folder ? entry : undefined) };
  const row = { kind: 'run', folder: entry.folder };
  let looks = 0;
  const treeView = {
    get selection() {
      looks++;
      return looks < 5 ? [] : [row];
    },
  };
  const picker = new RunPicker(catalog as never, { runsOf: () => [] }, treeView as never);
  expect(await picker.clicked()).toEqual([entry]);
  expect(looks).toBeGreaterThanOrEqual(5);
});

const [a, b, c] = [runEntry({ id: 'a' }), runEntry({ id: 'b' }), runEntry({ id: 'c' })];

it.each([
  { selected: [a], focused: b, meant: [b] },
  { selected: [a], focused: a, meant: [a] },
  { selected: [a, b], focused: b, meant: [b, a] },
  { selected: [a, b, c], focused: c, meant: [a, b, c] },
  { selected: [a, b], focused: c, meant: [c] },
  { selected: [], focused: c, meant: [c] },
])(
  'takes a key for the row with the focus, and leaves the selection as it was',
  async ({ selected, focused, meant }) => {
    const rows = new Map([a, b, c].map((entry) => [entry, { kind: 'run', folder: entry.folder }]));
    const treeView = {
      selection: selected.map((entry) => rows.get(entry)),
      listeners: new Set<() => void>(),
      onDidChangeSelection(listener: () => void) {
        treeView.listeners.add(listener);
        return { dispose: () => treeView.listeners.delete(listener) };
      },
    };
    editor.run = (command) => {
      expect(command).toBe('list.toggleSelection');
      const row = rows.get(focused);
      const { selection } = treeView;
      treeView.selection = selection.includes(row) ? selection.filter((other) => other !== row) : [...selection, row];
      for (const listener of treeView.listeners) listener();
    };
    const catalog = { find: (folder: string) => [a, b, c].find((entry) => entry.folder === folder) };
    const picker = new RunPicker(catalog as never, { runsOf: () => [] }, treeView as never);
    const args = await picker.givenOrFocused([]);
    expect(args[0]).toBe(rows.get(focused));
    const found = picker.given(args);
    expect(new Set(found)).toEqual(new Set(meant));
    expect(found.length).toBe(meant.length);
    expect(new Set(treeView.selection)).toEqual(new Set(selected.map((entry) => rows.get(entry))));
    expect(treeView.listeners.size).toBe(0);
  },
);

const question = { title: 'Stop which runs?', fits: () => true, none: 'No run is running.', many: true };
const listed = { runs: [a], unreadable: [{ folder: '/runs/odd', problem: 'has no run.json' }] };
const find = (folder: string) => listed.runs.find((entry) => entry.folder === folder);
const picker = new RunPicker({ ...listed, find } as never, { runsOf: () => [] }, {
  visible: false,
  selection: [],
} as never);

it.each([
  { kind: 'run', folder: '/runs/gone' },
  { kind: 'unreadable', folder: '/runs/odd' },
])('acts on no other run than that of a row that has none: $kind', async (row) => {
  editor.told.length = 0;
  expect(await picker.pick([row, [row]], question)).toBeUndefined();
  expect(editor.told).toEqual(['That run is gone, or cannot be read any more.']);
  expect(await picker.pick([], question)).toEqual([a]);
  expect(editor.told).toHaveLength(1);
});

describe('rows in different states', () => {
  const states = { ended: 'finished', under: 'running', waiting: 'queued' } as const;
  const all = Object.entries(states).map(([id, state]) => runEntry({ id, state }));
  const of = new RunPicker(
    { runs: all, unreadable: [], find: (folder: string) => all.find((run) => run.folder === folder) } as never,
    { runsOf: () => [] },
    { visible: false, selection: [] } as never,
  );
  const rows = all.map(({ folder }) => ({ kind: 'run', folder }));
  const live = { ...question, fits: ({ state }: { readonly state: string }) => state !== 'finished' };

  it('stand for those among them that a command can act on, wherever it was called', async () => {
    for (const row of rows) {
      const picked = await of.pick([row, rows], live);
      expect(picked?.map(({ id }) => id)).toEqual(['under', 'waiting']);
    }
  });

  it('are said to be none that fits where there is none', async () => {
    editor.told.length = 0;
    expect(await of.pick([rows[1], rows.slice(1)], { ...live, fits: () => false })).toEqual([]);
    expect(editor.told).toEqual(['No run is running.']);
  });

  it('leave it to the action to say what keeps one run alone', async () => {
    expect((await of.pick([rows[0], [rows[0]]], live))?.map(({ id }) => id)).toEqual(['ended']);
  });

  it('mean the one that was pressed where a command is about one', async () => {
    const one = { title: question.title, fits: live.fits, none: question.none };
    expect((await of.pick([rows[2], rows], one))?.map(({ id }) => id)).toEqual(['waiting']);
  });
});

it('names runs where there are some, none where no row was named, and says where that of a row is gone', () => {
  editor.told.length = 0;
  expect([picker.named([{ kind: 'run', folder: a.folder }]), picker.named([])]).toEqual([[a], []]);
  expect(editor.told).toEqual([]);
  expect(picker.named([{ kind: 'run', folder: '/runs/gone' }])).toBeUndefined();
  expect(editor.told).toEqual(['That run is gone, or cannot be read any more.']);
});

it('knows the folder of a row, also of one that cannot be read as a run, and of no place elsewhere', () => {
  const rows = [
    { kind: 'run', folder: a.folder },
    { kind: 'unreadable', folder: '/runs/odd' },
    { kind: 'unreadable', folder: '/etc' },
  ];
  expect([...rows, undefined].map((row) => picker.folderOf(row))).toEqual([
    a.folder,
    '/runs/odd',
    undefined,
    undefined,
  ]);
});
