import { StringDecoder } from 'node:string_decoder';
import { setTimeout as delay } from 'node:timers/promises';
import { startFailure } from '../../files/failure.ts';
import { plain } from '../../files/plainText.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { UserError } from '../../problems/userError.ts';
import { Child, type Command, drainMs } from '../../processes/child.ts';
import { exitText } from '../../processes/exit.ts';
import { Requests } from '../../processes/requests.ts';
import { decodeTensors, encodeFrame, type Frame, FrameError, FrameReader, type NamedTensor } from './frames.ts';
import { withLastWords } from './lastWords.ts';
import { answerMessage, type Hello, helloMessage } from './messages.ts';

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

/** Lines of stderr that an error shows. */
const tailLines = 20;

export const defaultPeerOptions: PeerOptions = { helloTimeoutMs: 180_000, closeTimeoutMs: 5_000 };

/**
 * A child program that answers framed requests over stdin and stdout. When it dies, or says anything but frames,
 * whatever is still asked of it fails, with its last words.
 */
export class Peer {
  readonly #child: Child;
  readonly #reader = new FrameReader();
  readonly #hello = new Requests<Hello>();
  readonly #requests = new Requests<Answer>();
  readonly #options: PeerOptions;
  readonly #name: string;
  readonly #gone: Promise<void>;
  #closing = false;

  private constructor(command: Command, options: PeerOptions) {
    this.#options = options;
    this.#name = command.program;
    const decoder = new StringDecoder('utf8');
    this.#child = new Child(command, {
      input: true,
      onOutput: (chunk) => this.#receive(chunk),
      // Passed on, so that it is in the run's log.
      onErrorOutput: (chunk) => process.stderr.write(plain(decoder.write(chunk))),
    });
    this.#gone = this.#watch();
    // A pipe breaks when the program ends, and then its exit tells why.
    void this.#demandExit('stdin');
    void this.#demandExit('stdout');
  }

  /**
   * Starts the program and waits for its hello.
   * @throws UserError when it cannot be started, ends first, says something else, or stays silent
   */
  static async start(command: Command, options: PeerOptions): Promise<{ peer: Peer; hello: Hello }> {
    const peer = new Peer(command, options);
    const ms = options.helloTimeoutMs;
    const onLate = () =>
      peer.#fail(`must say hello within ${ms / 1000} s of its start, got nothing; check that it is Python and runs`);
    const hello = await peer.#hello.ask(() => {}, 'hello', { ms, onLate });
    return { peer, hello };
  }

  /** @throws UserError with the program's reason, or when it dies before it answers */
  async request(
    type: string,
    fields: Readonly<Record<string, unknown>>,
    tensors: readonly NamedTensor[],
  ): Promise<Answer> {
    if (this.#closing && this.#requests.failure === undefined)
      throw new UserError(`${this.#name}: is closed, got the request ${type}`, 'torch');
    return await this.#requests.ask((id) => {
      const pieces = encodeFrame({ type, id, ...fields }, tensors);
      this.#options.onSent?.(pieces);
      this.#child.write(...pieces);
    }, type);
  }

  /** Whether it can be asked anything. */
  get isAlive(): boolean {
    return this.#requests.failure === undefined && !this.#closing;
  }

  /** Ends the program's input, which ends the program; a hanging one is killed. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#child.close(this.#options.closeTimeoutMs);
    await this.#gone;
  }

  #receive(chunk: Buffer): void {
    if (this.#requests.failure) return;
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
    if (this.#hello.waiting.length > 0) {
      const hello = helloMessage.safeParse(header);
      if (!hello.success) throw new FrameError(`its first frame is no hello: ${JSON.stringify(header).slice(0, 200)}`);
      this.#hello.take()!.resolve(hello.data);
      return;
    }
    const answer = answerMessage.parse(header);
    const tensors = answer.type === 'result' ? decodeTensors(answer.tensors, payload) : new Map<string, Tensor>();
    const pending = this.#requests.take(answer.id);
    if (!pending) throw new UserError(`an answer to the request ${answer.id}, which was not made`, 'torch');
    if (answer.type === 'result') {
      pending.resolve({ header: answer, tensors });
    } else if (answer.code === 'internal') {
      const { message, trace } = answer;
      const told = `${pending.what}: ${message}; resume the run to try again, with --executor onnx if it fails again`;
      const fail = (lines: readonly string[]) =>
        pending.reject(new UserError(withLastWords(told, lines.slice(-tailLines)), 'torch'));
      if (trace) fail(trace);
      // The cause lies in another process, whose words come by stderr, on another pipe than the answer.
      else void delay(drainMs).then(() => fail(this.#child.lastWords));
    } else {
      pending.reject(new UserError(answer.message, 'torch'));
    }
  }

  async #watch(): Promise<void> {
    const exit = await this.#child.exit;
    if (exit.startError) {
      this.#fail(`cannot be started (${startFailure(exit.startError)}); name a Python that has torch`);
    } else if (this.#hello.waiting.length > 0) {
      const got = exitText(exit);
      this.#fail(`must say hello first, got ${got}; check that this is Python 3.9 or newer and starts by itself`);
    } else {
      // Requests are answered in order: others had not begun. Nobody waits for these two.
      const busy = this.#requests.waiting.find((what) => what !== 'stage' && what !== 'close');
      if (this.#closing && busy === undefined) return;
      const during = busy === undefined ? '' : ` during ${busy}`;
      this.#fail(`must run as long as the run, got ${exitText(exit)}${during}; resume the run to go on`);
    }
  }

  /** Without this stream nothing can be asked of the program any more: it must be ending. */
  async #demandExit(stream: 'stdin' | 'stdout'): Promise<void> {
    await this.#child.streamEnd(stream);
    await Promise.race([this.#gone, delay(this.#options.closeTimeoutMs, undefined, { ref: false })]);
    if (!this.#closing) this.#fail(`must keep its ${stream} open as long as the run; resume the run to go on`);
  }

  /** Nothing can be asked of the program from here on. */
  #fail(reason: string): void {
    if (this.#requests.failure) return;
    const told = withLastWords(`the torch program ${this.#name}: ${reason}`, this.#child.lastWords.slice(-tailLines));
    const failure = new UserError(told, 'torch');
    this.#hello.fail(failure);
    this.#requests.fail(failure);
    this.#child.kill();
  }
}
