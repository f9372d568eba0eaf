import { snapshotMessage } from '../../extension/host/dashboard/hostMessages.ts';
import { TestBrowser } from '../../test/support/browser.ts';
import { longRun } from '../../test/support/browserRuns.ts';
import { defaultChoices } from '../../webview/state/choices.ts';
import { type Figure, time } from './figures.ts';

const points = 1_000_000;
const rounds = 5;
/** Longer than this, and a person feels that the page does not answer. */
const blockedTargetMs = 100;

/** What the page notes about itself, in milliseconds. */
interface Seen {
  started: number;
  /** When the page last put something on a canvas. */
  painted: number;
  first: number;
  longest: number;
}

/** Notes canvas work and the longest gap between turns of the page's event loop from now on. */
function watchPage(): void {
  const seen: Seen = { started: 0, painted: 0, first: 0, longest: 0 };
  const { stroke } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.stroke = function (this: CanvasRenderingContext2D, ...path: unknown[]) {
    Reflect.apply(stroke, this, path);
    seen.painted = performance.now();
    if (seen.first === 0) seen.first = seen.painted;
  };
  let last = performance.now();
  const channel = new MessageChannel();
  channel.port1.onmessage = () => {
    const now = performance.now();
    if (seen.started > 0) seen.longest = Math.max(seen.longest, now - Math.max(last, seen.started));
    last = now;
    channel.port2.postMessage(0);
  };
  channel.port2.postMessage(0);
  const begin = (): void => {
    Object.assign(seen, { started: performance.now(), painted: 0, first: 0, longest: 0 });
  };
  for (const type of ['mouseup', 'keydown', 'dblclick']) addEventListener(type, begin, { capture: true });
  Object.assign(window, { seen, begin });
}

/** Fills the run's columns in the page itself, and posts it as its host would. */
function postLongRun({ message, count }: { message: unknown; count: number }): void {
  const growing = message as { runs: { series: { progress: Record<string, Float64Array> } }[] };
  const { progress } = growing.runs[0]!.series;
  for (const name of Object.keys(progress)) {
    const scale = progress[name]![3]! / 4;
    progress[name] = Float64Array.from({ length: count }, (_, index) =>
      name === 'loss' || name === 'gradientNorm'
        ? Math.exp((-3 * index) / count) + 0.2 * Math.sin(index * 12.9898) ** 2
        : (index + 1) * scale,
    );
  }
  window.postMessage(growing, '*');
  // Writing the message is its host's work.
  (window as unknown as { begin(): void }).begin();
}

/** A run of a million points on the dashboard's page, drawn whole, zoomed, and zoomed out again. */
export async function chartTimes(): Promise<{ facts: Record<string, string>; figures: readonly Figure[] }> {
  const browser = await TestBrowser.start();
  const samples = new Map<string, number[]>();
  const note = (name: string, value: number): void => void samples.set(name, [...(samples.get(name) ?? []), value]);
  try {
    for (let round = 0; round < rounds; round++) {
      const { page, faults } = await browser.open({ kept: { ...defaultChoices, view: 'curves' }, height: 1600 });
      /** Waits until the charts rest, and notes how long that took and blocked. */
      const settle = async (name: string): Promise<void> => {
        const seen = await page.evaluate(async () => {
          const now = (window as unknown as { seen: Seen }).seen;
          const drawn = () =>
            [...document.querySelectorAll<HTMLElement>('.chart canvas')].map((it) => it.dataset.drawn);
          while (now.painted === 0 || performance.now() - now.painted < 500 || drawn().includes(undefined)) {
            await new Promise((resolve) => setTimeout(resolve, 10));
          }
          return { ...now };
        });
        note(`${name}: first chart`, seen.first - seen.started);
        note(`${name}: all charts`, seen.painted - seen.started);
        note(`${name}: longest time without an answer`, seen.longest);
      };
      await page.evaluate(watchPage);
      await page.evaluate(postLongRun, { message: snapshotMessage([longRun(4)], []) as never, count: points });
      await settle('shown');
      const box = (await page.locator('[data-chart="loss"]').boundingBox())!;
      await page.mouse.move(box.x + 120, box.y + 60);
      await page.mouse.down();
      await page.mouse.move(box.x + 240, box.y + 100, { steps: 4 });
      await page.mouse.up();
      await settle('zoomed into a fifth');
      await page.locator('[data-chart="loss"]').focus();
      await page.keyboard.press('+');
      await settle('zoomed in by a key');
      await page.mouse.dblclick(box.x + 200, box.y + 80);
      await settle('zoomed out again');
      if (faults.length > 0) throw new Error(faults.join('\n'));
      await page.context().close();
    }
  } finally {
    await browser.close();
  }
  const figures = [...samples].map(([name, values]) =>
    time(name, values, name.endsWith('without an answer') ? blockedTargetMs : undefined),
  );
  return { facts: { page: `${points.toLocaleString('en')} points in each of 7 charts` }, figures };
}
