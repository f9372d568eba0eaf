import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type JournalEvent, journalLine } from '../../../extension/contract/journal.ts';
import type { ProcessRecord, RunNotes } from '../../../extension/contract/run.ts';
import { updateNotes } from '../../../extension/runs/folder/notes.ts';
import { RunStore } from '../../../extension/runs/folder/store.ts';
import { currentProcess } from '../../../extension/runs/process/process.ts';
import { appears, artifacts, dashboard, limit, row } from '../../support/editorPage.ts';
import { newRun } from '../../support/newRun.ts';
import { useEditor } from '../../support/useEditor.ts';

const themes = {
  light: 'Default Light Modern',
  dark: 'Default Dark Modern',
  'high-contrast': 'Default High Contrast',
  'high-contrast-light': 'Default High Contrast Light',
} as const;

/** Those in view, by their order. */
const charts = [0, 1];

const hostile = '<img src=x onerror="window.pwned=1"> [x](command:workbench.action.quit) $(flame) **bold**';
const longName =
  'prefix of length 24 with an adapter at attention, bottleneck 48, and the norms of the last four layers';

const brokenConfig = `# What is wrong here is underlined, with its cure.
model: model
task: classification
data:
  train: data/reviews-train.tsv
  validation: data/reviews-valid.tsv
methods:
  - ln-tuning: {learning_rate: 5}
  - adaptor
trainig:
  epochs: 3
`;

/** The journal of a run of 100 steps as far as it came. */
function story(step: number, offset: number): JournalEvent[] {
  const time = (at: number): string => new Date(Date.now() - (step - at) * 1000).toISOString();
  const events: JournalEvent[] = [
    {
      type: 'hello',
      time: time(0),
      version: 1,
      run: 'run',
      pid: 1,
      codeVersion: '0.2.0',
      executor: 'onnx',
      device: 'cpu',
    },
  ];
  for (let at = 1; at <= step; at++) {
    events.push({
      type: 'progress',
      time: time(at),
      step: at,
      totalSteps: 100,
      epoch: at / 50,
      loss: 0.2 + offset / 10 + Math.exp(-at / 20) + 0.05 * Math.sin(at * 1.7 + offset),
      learningRate: 1e-3 * (1 - at / 100),
      gradientNorm: 1 + 0.3 * Math.cos(at),
      tokens: at * 1000,
      tokensPerSecond: 1000,
      elapsedSeconds: at,
    });
    if (at % 25 !== 0) continue;
    const metrics = { loss: 0.6 - at / 300, accuracy: 0.7 + at / 700 - offset / 50 };
    events.push({ type: 'evaluation', time: time(at), step: at, epoch: at / 50, split: 'validation', metrics });
  }
  return events;
}

describe('the editor in four themes', () => {
  let store: RunStore;
  const complaints: string[] = [];
  const editor = useEditor('pictures', {
    prepare: async (workspace) => {
      writeFileSync(path.join(workspace, 'broken.peft.yaml'), brokenConfig);
      mkdirSync(path.join(workspace, '.vscode'));
      paint('light');
      store = new RunStore(path.join(workspace, '.peft-lab', 'runs'));
      await makeRuns();
    },
    watch: (opened) =>
      opened.on('console', (message) => {
        if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
      }),
  });
  let page: Page;
  beforeAll(() => {
    page = editor.page;
  });

  const paint = (theme: keyof typeof themes): void =>
    writeFileSync(
      path.join(editor.workspace, '.vscode', 'settings.json'),
      JSON.stringify({ 'workbench.colorTheme': themes[theme], 'workbench.startupEditor': 'none' }),
    );

  /** A run in every state; the one that runs is held by this process, so that the others wait. */
  async function makeRuns(): Promise<void> {
    const here = await currentProcess();
    const gone = { ...here, pid: 2 ** 22 - 1, startTime: 'never', claimedAt: '2025-01-01T00:00:00Z' };
    const make = (
      events: readonly JournalEvent[],
      parts: Parameters<typeof newRun>[0] & { readonly notes?: Partial<RunNotes> } = {},
      holder: ProcessRecord | undefined = gone,
    ): void => {
      const { notes = {}, ...record } = parts;
      const data = { train: { file: 'data/reviews-train.tsv' } };
      const made = store.create(newRun({ baseFolder: editor.workspace, config: { data }, ...record }), holder);
      writeFileSync(path.join(made.folder, 'journal.jsonl'), events.map(journalLine).join(''));
      updateNotes(made.folder, notes);
    };
    const end = (state: 'finished' | 'stopped' | 'failed' | 'died', step: number, message?: string): JournalEvent => ({
      type: 'end',
      time: new Date().toISOString(),
      state,
      step,
      attempt: 1,
      ...(message === undefined ? {} : { message }),
    });
    make([...story(100, 0), end('finished', 100)], { notes: { pinned: true, tags: ['paper'] } });
    make([...story(100, 1), end('finished', 100)], { methods: 'bitfit', notes: { name: longName, protected: true } });
    make([...story(100, 2), end('finished', 100)], {
      methods: 'prefix + adapter + ln-tuning',
      notes: { name: hostile },
    });
    make([...story(40, 1), end('stopped', 40)], { methods: 'lora' });
    make([...story(30, 2), end('failed', 30, 'training.learning_rate: loss became NaN at step 30; lower it')]);
    make([...story(55, 1), end('died', 55, 'the worker was killed by SIGKILL')], { methods: 'unified' });
    make(story(20, 0), { methods: 'pfeiffer' }, { ...here, host: 'another-machine', bootId: 'other' });
    make(story(62, 0), { methods: 'unified', seed: 2 }, here);
    const { folder: waiting } = store.create(newRun({ baseFolder: editor.workspace, methods: 'head-only' }));
    updateNotes(waiting, {});
  }

  it('shows runs in every state, a config with its problems, and the dashboard', async () => {
    await row(page, /^broken\.peft\.yaml/).dblclick(limit);
    await page.getByRole('tab', { name: 'PEFT Lab' }).first().click(limit);
    // Without the sidebar that is not ours.
    await page.keyboard.press('Control+Alt+B');
    for (const state of ['running', 'queued', 'failed', 'died', 'unknown', 'stopped', 'finished']) {
      await row(page, new RegExp(`, ${state}, `))
        .first()
        .waitFor(limit);
    }
    await row(page, /^ln-tuning · reviews, finished/).click(limit);
    await dashboard(page).getByText('finished').first().waitFor(limit);
    const drawing = (chart: number): Promise<string> =>
      dashboard(page)
        .locator('[data-chart] canvas')
        .nth(chart)
        .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
    for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
      const before = await Promise.all(charts.map(drawing));
      paint(theme);
      const kind = dashboard(page).locator('body');
      await expect.poll(() => kind.getAttribute('data-vscode-theme-kind'), limit).toBe(`vscode-${theme}`);
      if (theme !== 'light') {
        // Canvases are painted anew, in slices.
        for (const [index, chart] of charts.entries()) {
          await expect.poll(() => drawing(chart), limit).not.toBe(before[index]);
        }
      }
      await page.screenshot({ path: path.join(artifacts, `editor-${theme}.png`) });
      const tip = page.locator('.workbench-hover, .monaco-hover').filter({ hasText: 'Methods' }).first();
      await expect
        .poll(async () => {
          // A list that is painted anew under the pointer shows no tip: people move it a little.
          await page.mouse.move(700, 900);
          await row(page, /^broken|^<img/)
            .first()
            .hover(limit);
          return await appears(tip, 3000);
        }, limit)
        .toBe(true);
      await page.screenshot({ path: path.join(artifacts, `hover-${theme}.png`) });
      expect(await tip.locator('img, b, strong strong').count()).toBe(0);
      expect(await tip.locator('a').count()).toBe(0);
      await page.mouse.move(700, 900);
      await tip.waitFor({ ...limit, state: 'hidden' });
    }
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
    expect(complaints).toEqual([]);
  });

  it('cures what is underlined', async () => {
    const cure = page.locator('.action-widget').getByText('Rename to training');
    await expect
      .poll(async () => {
        // What changes the editor's layout closes the list, or keeps it from opening: people ask again.
        await page.locator('.view-line', { hasText: 'trainig' }).getByText('trainig').click(limit);
        await page.keyboard.press('Control+.');
        return await appears(cure, 5000);
      }, limit)
      .toBe(true);
    await page.screenshot({ path: path.join(artifacts, 'quick-fix.png') });
    await cure.click(limit);
    await page.locator('.view-line', { hasText: /^training:/ }).waitFor(limit);
  });

  it('fits in 300 pixels beside long names', async () => {
    const explorer = page.locator('.sidebar');
    const wide = await explorer.evaluate((element) => element.scrollWidth <= element.clientWidth + 1);
    expect(wide).toBe(true);
    expect((await explorer.boundingBox())!.width).toBeLessThan(320);
  });
});
