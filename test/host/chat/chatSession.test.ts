import { describe, expect, it } from 'vitest';
import type { ChatEvent } from '../../../extension/contract/chat.ts';
import type { PromptForm, ServedPrompt, WriterFacts, WrittenFacts } from '../../../extension/contract/serve.ts';
import { type Candidate, ChatSession } from '../../../extension/host/chat/chatSession.ts';
import type { WritingListener, WritingOrder } from '../../../extension/host/trainer/modelServer.ts';

const settings = { maxTokens: 8, temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, seed: 0 };
const written: WrittenFacts = { tokens: 1, promptTokens: 1, reason: 'end', seconds: 1 };

/** A server that writes when a test says so. */
class PretendServer {
  isThere = true;
  isClosed = false;
  openProblem: string | undefined;
  readonly forms: PromptForm[];
  readonly orders: (WritingOrder & {
    readonly listener: WritingListener;
    readonly end: (facts?: WrittenFacts) => void;
    readonly fail: (error: Error) => void;
  })[] = [];

  readonly #opening: Promise<void>;

  /** @param opening what a model takes to open */
  constructor(forms: readonly PromptForm[], opening: Promise<void>) {
    this.forms = [...forms];
    this.#opening = opening;
  }

  async open(): Promise<WriterFacts> {
    await this.#opening;
    if (this.openProblem !== undefined) throw new Error(this.openProblem);
    return { forms: this.forms, examples: [] };
  }

  write(order: WritingOrder, listener: WritingListener): Promise<WrittenFacts> {
    return new Promise((resolve, reject) => {
      const end = (facts = written): void => resolve(facts);
      this.orders.push({ ...order, listener, end, fail: reject });
      listener.signal.addEventListener('abort', () => resolve({ ...written, reason: 'stopped' }));
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

const run: Candidate = { id: 'run a', title: 'a', detail: 'tuned', served: { kind: 'run', run: '/runs/a' } };
const base: Candidate = { id: 'base a', title: 'Base model', detail: 'm', served: { kind: 'base', run: '/runs/a' } };

interface Beginning {
  readonly forms?: readonly PromptForm[];
  readonly hasBase?: boolean;
  readonly bases?: readonly Candidate[];
  readonly opening?: Promise<void>;
}

function begin({ forms = ['text'], hasBase = true, bases = [base], opening = Promise.resolve() }: Beginning = {}) {
  const servers: PretendServer[] = [];
  const events: ChatEvent[] = [];
  const session = new ChatSession(
    {
      ...{ runs: [run], bases, tell: (event) => events.push(event) },
      startServer() {
        servers.push(new PretendServer(forms, opening));
        return servers.at(-1)!;
      },
    },
    hasBase,
  );
  const ask = (prompt: string) => session.ask({ prompt, settings, form: null });
  /** When both models have been asked. */
  const orders = async (count: number) => {
    await expect.poll(() => servers.at(-1)!.orders.length).toBe(count);
    return servers.at(-1)!.orders;
  };
  return { session, servers, events, ask, orders };
}

describe('a chat with models', () => {
  it('lets the tuned model and its base write at once, each heard by itself', async () => {
    const { session, ask, orders } = begin();
    await session.open();
    expect(session.chat.writers.map(({ id, state }) => [id, state])).toEqual([
      ['run a', 'ready'],
      ['base a', 'ready'],
    ]);
    const answered = ask('The sea');
    const [tuned, bare] = await orders(2);
    expect([tuned!.writer.kind, bare!.writer.kind]).toEqual(['run', 'base']);
    tuned!.listener.onRead(['The', ' sea']);
    bare!.listener.onText(' and');
    tuned!.listener.onText(' is');
    tuned!.end();
    bare!.end();
    await answered;
    expect(session.chat.turns).toEqual([
      {
        prompt: 'The sea',
        answers: {
          'run a': { state: 'done', text: ' is', read: ['The', ' sea'], written, problem: null },
          'base a': { state: 'done', text: ' and', read: [], written, problem: null },
        },
      },
    ]);
  });

  it('stops all of them, and asks none while they write', async () => {
    const { session, ask, orders } = begin();
    await session.open();
    const answered = ask('one');
    await orders(2);
    await ask('two');
    expect(session.chat.turns).toHaveLength(1);
    session.stop();
    await answered;
    const reasons = Object.values(session.chat.turns[0]!.answers).map((answer) => answer.written?.reason);
    expect(reasons).toEqual(['stopped', 'stopped']);
  });

  it('tells each model of a conversation what it said itself, and leaves out what was not answered', async () => {
    const { session, ask, orders } = begin({ forms: ['conversation'] });
    await session.open();
    const prompts: ServedPrompt[] = [];
    for (const [i, prompt] of ['one', 'two', 'three'].entries()) {
      const answered = ask(prompt);
      const [tuned, bare] = (await orders(2 * (i + 1))).slice(-2);
      prompts.push(tuned!.prompt);
      tuned!.listener.onText(`tuned ${prompt}`);
      if (i === 1) bare!.fail(new Error('too long; shorten it'));
      else bare!.listener.onText(`base ${prompt}`);
      tuned!.end();
      bare!.end();
      await answered;
      if (i === 2) prompts.push(bare!.prompt);
    }
    const user = (content: string) => ({ role: 'user', content });
    const assistant = (content: string) => ({ role: 'assistant', content });
    expect(prompts.slice(1)).toEqual([
      [user('one'), assistant('tuned one'), user('two')],
      [user('one'), assistant('tuned one'), user('two'), assistant('tuned two'), user('three')],
      [user('one'), assistant('base one'), user('three')],
    ]);
  });

  it('asks a model that reads plain text for one prompt at a time', async () => {
    const { session, ask, orders } = begin({ hasBase: false });
    await session.open();
    for (const [i, prompt] of ['one', 'two'].entries()) {
      const answered = ask(prompt);
      const order = (await orders(i + 1)).at(-1)!;
      order.listener.onText('x');
      order.end();
      await answered;
      expect(order.prompt).toBe(prompt);
    }
  });

  it('hears nothing more of a text that was cleared away', async () => {
    const { session, ask, orders } = begin({ hasBase: false });
    await session.open();
    const first = ask('one');
    const [late] = await orders(1);
    session.clear();
    const second = ask('two');
    const order = (await orders(2)).at(-1)!;
    late!.listener.onText('late');
    await first;
    order.listener.onText('now');
    order.end();
    await second;
    expect(session.chat.turns.map(({ prompt, answers }) => [prompt, answers['run a']!.text])).toEqual([['two', 'now']]);
  });

  it('says why a model cannot be opened, and tries again with the next prompt', async () => {
    const { session, servers, ask, orders } = begin({ hasBase: false });
    const problem = '/runs/a: has no tuned weights yet; let it finish, or resume it';
    const opening = session.open();
    servers[0]!.openProblem = problem;
    await opening;
    expect(session.chat.writers[0]).toMatchObject({ state: 'failed', problem });
    await ask('one');
    expect(session.chat.turns[0]!.answers['run a']).toMatchObject({ state: 'failed', problem });
    servers[0]!.openProblem = undefined;
    const answered = ask('two');
    (await orders(1))[0]!.end();
    await answered;
    expect(session.chat.writers[0]).toMatchObject({ state: 'ready', problem: null });
  });

  it('starts its process again after it died, and says what helps where memory ran out', async () => {
    const { session, servers, ask, orders } = begin({ hasBase: false });
    await session.open();
    const answered = ask('one');
    (await orders(1))[0]!.fail(
      new Error('the trainer ended by SIGKILL (by hand, or by the system when memory ran out).'),
    );
    servers[0]!.isThere = false;
    await answered;
    expect(session.chat.turns[0]!.answers['run a']!.problem).toContain('leave out the base model, stop other runs');
    const again = ask('two');
    await expect.poll(() => servers.length).toBe(2);
    (await orders(1))[0]!.end();
    await again;
    expect(session.chat.turns[1]!.answers['run a']!.state).toBe('done');
  });

  it('opens and leaves out the base, and ends its process when it is closed', async () => {
    const { session, servers, ask, orders } = begin({ hasBase: false });
    await session.open();
    expect(session.chat.writers.map(({ id }) => id)).toEqual(['run a']);
    await session.setBase(true);
    expect(session.chat.writers.map(({ id }) => id)).toEqual(['run a', 'base a']);
    await session.setBase(false);
    const answered = ask('one');
    await orders(1);
    await session.close();
    await answered;
    expect(servers[0]!.isClosed).toBe(true);
  });

  it('starts no process any more once it is closed', async () => {
    const { promise: opening, resolve: open } = promised();
    const other: Candidate = { ...base, id: 'base b' };
    const { session, servers, ask } = begin({ hasBase: false, bases: [base, other], opening });
    const turnedOn = session.setBase(true);
    await session.close();
    open();
    await turnedOn;
    await ask('one');
    expect(servers.map(({ isClosed }) => isClosed)).toEqual([true]);
  });

  it('tells nothing any more once it is closed, whatever its process still says', async () => {
    const { session, events, ask, orders } = begin();
    await session.open();
    const answered = ask('one');
    const [tuned, bare] = await orders(2);
    const told = [...events];
    await session.close();
    tuned!.listener.onText('late');
    bare!.fail(new Error('the trainer ended by SIGTERM'));
    await answered;
    expect(events).toEqual(told);
  });

  it('leaves out a base that is ready only after it was left out', async () => {
    const { promise: opening, resolve: open } = promised();
    const { session, servers } = begin({ hasBase: false, opening });
    const turnedOn = session.setBase(true);
    expect(session.chat.writers.map(({ id, state }) => [id, state])).toEqual([['base a', 'opening']]);
    await session.setBase(false);
    open();
    await turnedOn;
    expect(session.chat.writers).toEqual([]);
    expect(servers).toHaveLength(1);
  });
});

/** A promise that a test settles. */
function promised(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
