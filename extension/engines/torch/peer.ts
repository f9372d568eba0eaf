import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { plain } from '../../files/plainText.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { UserError } from '../../problems/userError.ts';
import { withPipes } from '../../runs/control/spawn.ts';
import { exitText } from '../../runs/process/exitText.ts';
import { decodeTensors, encodeFrame, type Frame, FrameError, FrameReader, type NamedTensor } from './frames.ts';
import { withLastWords } from './lastWords.ts';
import { answerMessage, type Hello, helloMessage } from './messages.ts';

/** How to start the program. */
export interface PeerCommand {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

export interface PeerOptions {
  /** Importing torch from a slow disk takes its time; what has not said hello by then never will. */
  readonly helloTimeoutMs: number;
  /** After its input has ended, the program may take this long to go. */
  readonly closeTimeoutMs: number;
  /** Sees everything that is sent: for recordings. */
  readonly onSent?: (pieces: readonly Uint8Array[]) => void;
}

export interface Answer {
  readonly header: Readonly<Record<string, unknown>>;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

interface Pending {
  readonly what: string;
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** Lines of stderr that an error shows. */
const tailLines = 20;
/** Output of a dead program may still be on its way for this long. */
const drainMs = 500;

export const defaultPeerOptions: PeerOptions = { helloTimeoutMs: 180_000, closeTimeoutMs: 5_000 };

/**
 * A child program that answers framed requests over stdin and stdout. When it dies, or says anything but frames,
 * whatever is still asked of it fails, with its last words.
 */
export class Peer {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #reader = new FrameReader();
  readonly #pending = new Map<number, Pending>();
  readonly #options: PeerOptions;
  readonly #name: string;
  readonly #gone: Promise<void>;
  #stderrTail: string[] = [];
  #partialLine = '';
  #nextId = 1;
  #failure: UserError | undefined;
  #closing = false;
  #onHello: { resolve(hello: Hello): void; reject(error: Error): void } | undefined;

  private constructor(command: PeerCommand, options: PeerOptions) {
    this.#options = options;
    this.#name = command.program;
    const child = spawn(command.program, command.arguments, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: command.environment,
      windowsHide: true,
    });
    this.#child = withPipes(child, command.program);
    this.#child.stdout.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
    // A pipe breaks when the program ends, and then its exit tells why.
    this.#child.stdin.on('error', () => void this.#demandExit('stdin'));
    this.#child.stdout.on('end', () => void this.#demandExit('stdout'));
    this.#gone = this.#watch();
  }

  /**
   * Starts the program and waits for its hello.
   * @throws UserError when it cannot be started, ends first, says something else, or stays silent
   */
  static async start(command: PeerCommand, options: PeerOptions): Promise<{ peer: Peer; hello: Hello }> {
    const peer = new Peer(command, options);
    const timer = setTimeout(() => {
      const seconds = options.helloTimeoutMs / 1000;
      peer.#fail(`must say hello within ${seconds} s of its start, got nothing; check that it is Python and runs`);
    }, options.helloTimeoutMs);
    try {
      const hello = await new Promise<Hello>((resolve, reject) => {
        peer.#onHello = { resolve, reject };
      });
      return { peer, hello };
    } finally {
      clearTimeout(timer);
    }
  }

  /** @throws UserError with the program's reason, or when it dies before it answers */
  request(type: string, fields: Readonly<Record<string, unknown>>, tensors: readonly NamedTensor[]): Promise<Answer> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#closing)
      return Promise.reject(new UserError(`${this.#name}: is closed, got the request ${type}`, 'torch'));
    const id = this.#nextId++;
    const pieces = encodeFrame({ type, id, ...fields }, tensors);
    try {
      this.#options.onSent?.(pieces);
    } catch (error) {
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { what: type, resolve, reject });
      this.#child.stdin.cork();
      for (const piece of pieces) this.#child.stdin.write(piece);
      this.#child.stdin.uncork();
    });
  }

  /** Whether it can be asked anything. */
  get isAlive(): boolean {
    return this.#failure === undefined && !this.#closing;
  }

  /** Ends the program's input, which ends the program; a hanging one is killed. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#child.stdin.end();
    const timeout = new AbortController();
    const late = delay(this.#options.closeTimeoutMs, undefined, { signal: timeout.signal }).then(
      () => void this.#child.kill('SIGKILL'),
      () => {},
    );
    await Promise.race([this.#gone, late.then(() => this.#gone)]);
    timeout.abort();
  }

  #receive(chunk: Buffer): void {
    if (this.#failure) return;
    try {
      for (const frame of this.#reader.push(chunk)) this.#dispatch(frame);
    } catch (error) {
      this.#fail(
        `must write frames only to its stdout, got something else (${(error as Error).message}); find what prints there ` +
          '(a wrapper script, sitecustomize.py, a .pth file), or name another Python, then resume the run',
      );
    }
  }

  #dispatch({ header, payload }: Frame): void {
    if (this.#onHello) {
      const hello = helloMessage.safeParse(header);
      if (!hello.success) throw new FrameError(`its first frame is no hello: ${JSON.stringify(header).slice(0, 200)}`);
      this.#onHello.resolve(hello.data);
      this.#onHello = undefined;
      return;
    }
    const answer = answerMessage.parse(header);
    const pending = this.#pending.get(answer.id);
    if (!pending) throw new UserError(`an answer to the request ${answer.id}, which was not made`, 'torch');
    this.#pending.delete(answer.id);
    if (answer.type === 'result') {
      pending.resolve({ header: answer, tensors: decodeTensors(answer.tensors, payload) });
    } else if (answer.code === 'internal') {
      const { message, trace } = answer;
      const told = `${pending.what}: ${message}; resume the run to try again, with --executor onnx if it fails again`;
      const fail = (lines: readonly string[]) =>
        pending.reject(new UserError(withLastWords(told, lines.slice(-tailLines)), 'torch'));
      if (trace) fail(trace);
      // The cause lies in another process, whose words come by stderr, on another pipe than the answer.
      else void delay(drainMs).then(() => fail(this.#stderrTail));
    } else {
      pending.reject(new UserError(answer.message, 'torch'));
    }
  }

  /** Passes stderr on, so that it is in the run's log, and remembers the end of it. */
  #hear(text: string): void {
    process.stderr.write(plain(text));
    const lines = (this.#partialLine + text).split(/\r?\n/);
    this.#partialLine = lines.pop()!;
    this.#stderrTail = [...this.#stderrTail, ...lines.filter((line) => line.trim() !== '')].slice(-tailLines);
  }

  async #watch(): Promise<void> {
    const { startError, exit } = await new Promise<{ startError?: Error; exit?: string }>((resolve) => {
      this.#child.once('error', (error) => {
        if (this.#child.pid === undefined) resolve({ startError: error });
      });
      this.#child.once('exit', (code, signal) => resolve({ exit: exitText(code, signal) }));
    });
    if (startError) {
      this.#fail(`cannot be started (${startError.message}); name a Python that has torch`);
      return;
    }
    const streams = [this.#child.stdout, this.#child.stderr];
    const drained = Promise.all(
      streams.map((stream) => stream.closed || new Promise((resolve) => stream.once('close', resolve))),
    );
    await Promise.race([drained, delay(drainMs, undefined, { ref: false })]);
    if (this.#partialLine.trim() !== '') this.#stderrTail = [...this.#stderrTail, this.#partialLine].slice(-tailLines);
    if (this.#onHello) {
      this.#fail(`must say hello first, got ${exit}; check that this is Python 3.9 or newer and starts by itself`);
      return;
    }
    // Requests are answered in order: others had not begun. Nobody waits for these two.
    const busy = [...this.#pending.values()].find(({ what }) => what !== 'stage' && what !== 'close');
    if (!this.#closing || busy !== undefined) {
      this.#fail(
        `must run as long as the run, got ${exit}${busy ? ` during ${busy.what}` : ''}; resume the run to go on`,
      );
    }
  }

  /** Without this stream nothing can be asked of the program any more: it must be ending. */
  async #demandExit(stream: 'stdin' | 'stdout'): Promise<void> {
    await Promise.race([this.#gone, delay(this.#options.closeTimeoutMs, undefined, { ref: false })]);
    if (!this.#closing) this.#fail(`must keep its ${stream} open as long as the run; resume the run to go on`);
  }

  /** Nothing can be asked of the program from here on. */
  #fail(reason: string): void {
    if (this.#failure) return;
    this.#failure = new UserError(
      withLastWords(`the torch program ${this.#name}: ${reason}`, this.#stderrTail),
      'torch',
    );
    this.#onHello?.reject(this.#failure);
    this.#onHello = undefined;
    for (const { reject } of this.#pending.values()) reject(this.#failure);
    this.#pending.clear();
    if (this.#child.pid !== undefined) this.#child.kill('SIGKILL');
  }
}
