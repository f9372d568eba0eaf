import type { Chat, ChatEvent, ChatWriter } from '../../contract/chat.ts';
import type { PromptForm, ServedPrompt, ServedWriter } from '../../contract/serve.ts';
import type { WritingSettings } from '../../contract/writing.ts';
import { tellsOfMemory } from '../../files/memoryFailure.ts';
import { messageOf } from '../../problems/messageOf.ts';
import { chatAfter, emptyChat, isWriting } from '../../view/chatAfter.ts';
import type { ModelServer } from '../trainer/modelServer.ts';

/** A model that can be chosen for a chat. */
export interface Candidate extends Pick<ChatWriter, 'id' | 'title' | 'detail'> {
  readonly served: ServedWriter;
}

/** What is asked of all models in a chat. */
interface ChatQuestion {
  readonly prompt: string;
  readonly settings: WritingSettings;
  /** Null: as each model was trained. */
  readonly form: PromptForm | null;
}

type Server = Pick<ModelServer, 'open' | 'write' | 'close' | 'isThere'>;

interface ChatParts {
  readonly runs: readonly Candidate[];
  /** The base models of these runs, each once. */
  readonly bases: readonly Candidate[];
  readonly startServer: () => Server;
  readonly tell: (event: ChatEvent) => void;
}

/** A chat with models that one process holds open: it starts with the chat, and again after it died. */
export class ChatSession {
  readonly #parts: ChatParts;
  #chat: Chat;
  #server: Server | undefined;
  #abort = new AbortController();
  /** Counts what was asked, and cleared: what is written for an earlier one is not heard. */
  #turn = 0;
  #isClosed = false;

  constructor(parts: ChatParts, hasBase: boolean) {
    this.#parts = parts;
    this.#chat = { ...emptyChat, hasBase };
  }

  get chat(): Chat {
    return this.#chat;
  }

  /** Opens the models, so that the first answer need not wait for it. */
  async open(): Promise<void> {
    await Promise.all(this.#candidates().map((candidate) => this.#openOne(candidate)));
  }

  /** Resolves when all have answered. */
  async ask({ prompt, settings, form }: ChatQuestion): Promise<void> {
    if (isWriting(this.#chat) || prompt.trim() === '') return;
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const turn = ++this.#turn;
    const asked = this.#candidates();
    this.#tell({ type: 'asked', prompt, writers: asked.map(({ id }) => id) });
    await Promise.all(asked.map((candidate) => this.#answer(candidate, { settings, form }, { turn, signal })));
  }

  stop(): void {
    this.#abort.abort();
  }

  clear(): void {
    this.stop();
    this.#turn++;
    this.#tell({ type: 'cleared' });
  }

  async setBase(isOn: boolean): Promise<void> {
    if (isOn === this.#chat.hasBase || isWriting(this.#chat)) return;
    this.#tell({ type: 'base', isOn });
    for (const base of this.#parts.bases) {
      if (!isOn) this.#tell({ type: 'writerGone', writer: base.id });
      // It may be left out, or the chat closed, while one opens.
      else if (this.#chat.hasBase && !this.#isClosed) await this.#openOne(base);
    }
  }

  /** Ends the process with all that it writes: nothing is told or started any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.stop();
    const server = this.#server;
    this.#server = undefined;
    await server?.close();
  }

  #candidates(): readonly Candidate[] {
    const { runs, bases } = this.#parts;
    return this.#chat.hasBase ? [...runs, ...bases] : runs;
  }

  /** @throws Error once the chat is closed */
  #running(): Server {
    if (this.#isClosed) throw new Error('this chat is closed; open another');
    if (this.#server?.isThere !== true) this.#server = this.#parts.startServer();
    return this.#server;
  }

  /** @returns whether it can be asked */
  async #openOne({ served, ...named }: Candidate): Promise<boolean> {
    const writer = (change: Pick<ChatWriter, 'state'> & Partial<ChatWriter>): void => {
      if (!this.#candidates().some(({ id }) => id === named.id)) return;
      this.#tell({ type: 'writer', writer: { ...named, facts: null, problem: null, ...change } });
    };
    writer({ state: 'opening' });
    try {
      writer({ state: 'ready', facts: await this.#running().open(served) });
      return true;
    } catch (error) {
      writer({ state: 'failed', problem: problemText(error) });
      return false;
    }
  }

  async #answer(
    candidate: Candidate,
    { settings, form: wanted }: Omit<ChatQuestion, 'prompt'>,
    { turn, signal }: { readonly turn: number; readonly signal: AbortSignal },
  ): Promise<void> {
    const { id: writer, served } = candidate;
    const tell = (event: ChatEvent): void => {
      if (turn === this.#turn) this.#tell(event);
    };
    const known = (): ChatWriter | undefined => this.#chat.writers.find(({ id }) => id === writer);
    // One that could not be opened, or whose process died, is tried again: what was wrong may be right now.
    const isOpen = known()?.state === 'opening' || (known()?.state === 'ready' && this.#server?.isThere);
    if (!isOpen && !(await this.#openOne(candidate))) {
      tell({ type: 'failed', writer, problem: known()?.problem ?? '' });
      return;
    }
    try {
      const server = this.#running();
      const { forms } = known()?.facts ?? (await server.open(served));
      const form = wanted !== null && forms.includes(wanted) ? wanted : forms[0]!;
      const written = await server.write(
        { writer: served, settings, prompt: promptOf(this.#chat, writer, form) },
        {
          onRead: (tokens) => tell({ type: 'read', writer, tokens }),
          onText: (text) => tell({ type: 'piece', writer, text }),
          signal,
        },
      );
      tell({ type: 'written', writer, written });
    } catch (error) {
      tell({ type: 'failed', writer, problem: problemText(error) });
    }
  }

  #tell(event: ChatEvent): void {
    if (this.#isClosed) return;
    this.#chat = chatAfter(this.#chat, event);
    this.#parts.tell(event);
  }
}

/** The last prompt: alone, or behind what was said before, by this model alone. */
function promptOf({ turns }: Chat, writer: string, form: PromptForm): ServedPrompt {
  const last = turns.at(-1)!.prompt;
  if (form === 'text') return last;
  const before = turns.slice(0, -1).flatMap(({ prompt, answers }) => {
    const text = answers[writer]?.text ?? '';
    // A template would refuse a question without an answer before the next one.
    if (text === '') return [];
    return [
      { role: 'user', content: prompt },
      { role: 'assistant', content: text },
    ] as const;
  });
  return [...before, { role: 'user', content: last }];
}

/** Why a model did not answer, and what to do. */
function problemText(error: unknown): string {
  const message = messageOf(error);
  if (!tellsOfMemory(message) && !message.includes('by SIGKILL')) return message;
  return `${message}; if memory ran out, leave out the base model, stop other runs, or choose a smaller model`;
}
