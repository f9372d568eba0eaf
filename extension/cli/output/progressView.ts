import { MultiBar, type SingleBar } from 'cli-progress';
import { type JournalEvent, type JournalEventOf, journalLine } from '../../contract/journal.ts';
import type { ReportProgress } from '../../contract/reportProgress.ts';
import { plain, plainInLine } from '../../files/plainText.ts';
import { formatCount, formatSpeed } from '../../view/figures.ts';
import { leftText, secondsLeft } from '../../view/runState.ts';
import { metricText, real } from './format.ts';

/** Lines between two progress lines where there is no terminal to draw on. */
const plainEveryMs = 10_000;

/** Shows one run as it goes. */
export interface RunView {
  events(events: readonly JournalEvent[]): void;
  message(text: string): void;
  close(): void;
}

/** One JSON object a line on stdout, as in the journal; messages go to stderr. */
export const jsonView = (print: (text: string) => void, note: (text: string) => void): RunView => ({
  events: (events) => print(events.map(journalLine).join('')),
  message: note,
  close: () => {},
});

/** The bars of runs that go on at the same time, one below the other. */
export class RunBars {
  readonly #stream: NodeJS.WriteStream;
  readonly #bars: MultiBar | undefined;
  /** Those of runs that have ended: the next one takes one over. */
  readonly #free: SingleBar[] = [];

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#bars = stream.isTTY ? barsOn(stream) : undefined;
  }

  /** The screen of one run. */
  screen(): Screen {
    return this.#bars
      ? new BarScreen(this.#stream, { bars: this.#bars, free: this.#free })
      : new LineScreen(this.#stream);
  }

  /** Writes above the bars. @param text with its line end */
  note(text: string): void {
    if (!this.#bars) {
      this.#stream.write(text);
      return;
    }
    this.#bars.log(text);
    this.#bars.update();
  }

  close(): void {
    this.#bars?.stop();
  }
}

/**
 * A progress bar with rate and time left on a terminal, a line now and then elsewhere.
 * @param bars where other runs are shown at the same time: lines then say which run they are about
 */
export function peopleView(stream: NodeJS.WriteStream, title: string, bars?: RunBars): RunView {
  const screen = screenOn(stream, bars?.screen());
  const about = bars ? `${title}: ` : '';
  return {
    events(events) {
      for (const event of events) {
        if (event.type === 'progress')
          screen.progress(title, event.step, event.totalSteps, 'steps', runDetail(event), secondsLeft(event));
        else {
          const line = eventLine(event);
          if (line !== undefined) screen.line(`${about}${line}`);
        }
      }
    },
    message: (text) => screen.line(text),
    close: () => screen.close(),
  };
}

/** The same for work that only counts: a download, an evaluation. Close it at the end. */
export function openReport(stream: NodeJS.WriteStream): { readonly report: ReportProgress; close(): void } {
  const screen = screenOn(stream);
  return {
    report: (label, done, total, unit) => screen.progress(label, done, total, unit, ''),
    close: () => screen.close(),
  };
}

function runDetail(event: JournalEventOf<'progress'>): string {
  return `loss ${metricText('loss', event.loss)} · ${formatSpeed(event.tokensPerSecond)}`;
}

function eventLine(event: JournalEvent): string | undefined {
  switch (event.type) {
    case 'evaluation': {
      const metrics = Object.entries(event.metrics).map(([name, value]) => `${name} ${metricText(name, value)}`);
      return plainInLine(`step ${event.step} · ${event.split}: ${metrics.join(' · ')}`);
    }
    case 'warning':
      return `warning: ${event.message}`;
    case 'note':
      return event.message;
    case 'resumed':
      return `resumed from step ${event.step}`;
    case 'hello':
    case 'progress':
    case 'metric':
    case 'checkpoint':
    case 'end':
      return undefined;
  }
}

interface Screen {
  /** @param left seconds, where somebody knows better than the pace since the first call */
  progress(label: string, done: number, total: number | undefined, unit: string, detail: string, left?: number): void;
  line(text: string): void;
  close(): void;
}

/** A bar on a terminal, lines elsewhere; neither obeys what stands in a text. */
function screenOn(
  stream: NodeJS.WriteStream,
  screen: Screen = stream.isTTY ? new BarScreen(stream) : new LineScreen(stream),
): Screen {
  return {
    progress: (label, done, total, unit, detail, left) =>
      screen.progress(plainInLine(label), done, total, unit, plainInLine(detail), left),
    line: (text) => screen.line(plain(text)),
    close: () => screen.close(),
  };
}

/** Rate and time left of a count that began at the first call. */
class Pace {
  #label = '';
  #startMs = 0;
  #startDone = 0;

  describe(label: string, done: number, total: number | undefined, unit: string, left?: number): string {
    if (label !== this.#label) {
      this.#label = label;
      this.#startMs = Date.now();
      this.#startDone = done;
    }
    const seconds = (Date.now() - this.#startMs) / 1000;
    const perSecond = (done - this.#startDone) / seconds;
    if (!(perSecond > 0) || seconds < 0.5) return '';
    const rate = unit === 'bytes' ? `${real(perSecond / 1e6)} MB/s` : `${real(perSecond)} ${unit}/s`;
    return total === undefined || done >= total ? rate : `${rate} · ${leftText(left ?? (total - done) / perSecond)}`;
  }
}

const barsOn = (stream: NodeJS.WriteStream): MultiBar =>
  new MultiBar({
    stream,
    format: '{label} {bar} {percentage}% · {of} · {detail}',
    barsize: 24,
    hideCursor: true,
    clearOnComplete: false,
    gracefulExit: false,
    barCompleteChar: '█',
    barIncompleteChar: '░',
  });

class BarScreen implements Screen {
  readonly #stream: NodeJS.WriteStream;
  readonly #bars: MultiBar;
  readonly #pace = new Pace();
  #bar: SingleBar | undefined;
  #label = '';

  /** Bars that nobody uses any more; undefined where all bars are this screen's. */
  readonly #free: SingleBar[] | undefined;

  /** @param shared with other screens */
  constructor(stream: NodeJS.WriteStream, shared?: { readonly bars: MultiBar; readonly free: SingleBar[] }) {
    this.#stream = stream;
    this.#free = shared?.free;
    this.#bars = shared?.bars ?? barsOn(stream);
  }

  progress(label: string, done: number, total: number | undefined, unit: string, detail: string, left?: number): void {
    const pace = this.#pace.describe(label, done, total, unit, left);
    const of =
      total === undefined ? `${formatCount(done)} ${unit}` : `${formatCount(done)}/${formatCount(total)} ${unit}`;
    const payload = { label, of, detail: [detail, pace].filter((text) => text !== '').join(' · ') };
    if (this.#bar === undefined || label !== this.#label) {
      this.#label = label;
      this.#bar?.stop();
      this.#bar = this.#free?.pop() ?? this.#bars.create(total ?? 0, done, payload);
    }
    this.#bar.setTotal(total ?? done + 1);
    this.#bar.update(done, payload);
  }

  line(text: string): void {
    if (this.#bar === undefined && this.#free === undefined) {
      this.#stream.write(`${text}\n`);
      return;
    }
    this.#bars.log(`${text}\n`);
    this.#bars.update();
  }

  close(): void {
    if (this.#free === undefined) this.#bars.stop();
    else if (this.#bar) this.#free.push(this.#bar);
  }
}

class LineScreen implements Screen {
  readonly #stream: NodeJS.WriteStream;
  readonly #pace = new Pace();
  #lastMs = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  progress(label: string, done: number, total: number | undefined, unit: string, detail: string, left?: number): void {
    const pace = this.#pace.describe(label, done, total, unit, left);
    const now = Date.now();
    if (now - this.#lastMs < plainEveryMs && done !== total) return;
    this.#lastMs = now;
    const of =
      total === undefined ? `${formatCount(done)} ${unit}` : `${formatCount(done)}/${formatCount(total)} ${unit}`;
    this.line([`${label}: ${of}`, detail, pace].filter((text) => text !== '').join(' · '));
  }

  line(text: string): void {
    this.#stream.write(`${text}\n`);
  }

  close(): void {}
}
