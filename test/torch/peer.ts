import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import {
  openSafetensors,
  readFloats,
  type SafetensorsTensor,
  writeSafetensors,
} from '../../extension/checkpoint/format/safetensors.ts';

/** The Python that has torch, transformers and peft; scripts/testTorch.mjs makes it. */
export function python(): string {
  const found = process.env.PEFT_LAB_PYTHON;
  if (!found) throw new Error('PEFT_LAB_PYTHON: must name a python with torch; run the tests with npm run test:torch');
  return found;
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** The program peer.py, which computes with PyTorch what the tests compare with. Importing torch takes it seconds. */
export class Peer {
  /** For files of both sides; gone after `close`. */
  readonly folder = mkdtempSync(path.join(tmpdir(), 'peft-lab-torch-'));
  readonly #child: ChildProcess;
  readonly #waiting: Waiting[] = [];
  #files = 0;
  #stderr = '';

  constructor() {
    this.#child = spawn(python(), [path.resolve('test/torch/peer.py')], { stdio: 'pipe' });
    this.#child.stderr!.on('data', (chunk) => {
      this.#stderr = (this.#stderr + chunk).slice(-4000);
    });
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      const answer = JSON.parse(line) as { readonly result?: unknown; readonly error?: string };
      const { resolve, reject } = this.#waiting.shift()!;
      if (answer.error === undefined) resolve(answer.result);
      else reject(new Error(`peer.py: ${answer.error}`));
    });
    this.#child.on('close', (code, signal) => {
      const error = new Error(`peer.py ended with ${signal ?? code} before it answered:\n${this.#stderr}`);
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    });
  }

  /** A path for a file or folder that exists on neither side yet. */
  path(name: string): string {
    return path.join(this.folder, `${this.#files++}-${name}`);
  }

  ask<Result>(command: string, request: object = {}): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve: resolve as Waiting['resolve'], reject });
      this.#child.stdin!.write(`${JSON.stringify({ command, ...request })}\n`);
    });
  }

  /** Asks for something that is computed from tensors and gives tensors. */
  async compute<Result>(
    command: string,
    request: object,
    given?: ReadonlyMap<string, SafetensorsTensor>,
  ): Promise<{ readonly result: Result; readonly tensors: ReadonlyMap<string, Float32Array> }> {
    const out = this.path('answer.safetensors');
    const file = given && this.path('question.safetensors');
    if (given && file) await writeSafetensors(file, given);
    const result = await this.ask<Result>(command, { ...request, out, ...(file ? { given: file } : {}) });
    return { result, tensors: await readTensors(out) };
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.stdin!.end();
    await closed;
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Every f32 tensor of a file; an answer without tensors has no file. */
async function readTensors(file: string): Promise<Map<string, Float32Array>> {
  const opened = await openSafetensors(file);
  const names = [...opened.entries].filter(([, { dtype }]) => dtype === 'F32').map(([name]) => name);
  const values = await Promise.all(names.map((name) => readFloats(opened, name)));
  return new Map(names.map((name, i) => [name, values[i]!]));
}
