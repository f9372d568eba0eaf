/** Work longer than this is continued in a later frame, so that typing and scrolling never wait for charts. */
const sliceMs = 12;

const waiting = new Map<object, () => void>();
let isScheduled = false;
let onDrawn: (() => void)[] = [];

function drain(): void {
  isScheduled = false;
  const start = performance.now();
  for (const [owner, draw] of waiting) {
    waiting.delete(owner);
    draw();
    if (performance.now() - start > sliceMs) break;
  }
  if (waiting.size > 0) schedule();
  else tellDrawn();
}

function tellDrawn(): void {
  const told = onDrawn;
  onDrawn = [];
  for (const then of told) then();
}

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  // A hidden page gets no frames, but a report that is printed or a test still wants its charts.
  if (document.visibilityState === 'hidden') setTimeout(drain, 50);
  else requestAnimationFrame(() => setTimeout(drain, 0));
}

/** Draws soon, once for any number of requests by one owner. */
export function drawSoon(owner: object, draw: () => void): void {
  waiting.set(owner, draw);
  schedule();
}

export function cancelDraw(owner: object): void {
  waiting.delete(owner);
}

/** Calls back when nothing waits to be drawn any more: at once where nothing does. */
export function whenDrawn(then: () => void): void {
  onDrawn.push(then);
  if (waiting.size === 0) tellDrawn();
}
