import '../../../processes/keepDebuggerShut.ts';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { leaveSignalsToSupervisor } from '../../../processes/signals.ts';
import type { DataError } from '../../../tasks/rows/dataError.ts';
import { notParquet, ParquetFile } from './decode.ts';
import {
  type DecodingAnswer,
  type DecodingLimits,
  type DecodingQuestion,
  type DecodingTask,
  overLimit,
} from './protocol.ts';

/** A process of its own that decodes one Parquet file, asked over its channel, until nobody can ask any more. */
async function serveDecoding(): Promise<void> {
  leaveSignalsToSupervisor();
  process.on('disconnect', () => process.exit());
  const [task] = (await once(process, 'message')) as [DecodingTask];
  const turns = watch(task.limits);
  let file: Promise<ParquetFile> | undefined;
  const answer = (reply: DecodingAnswer): void => {
    Atomics.add(turns, 0, 1);
    process.send?.(reply, () => {});
  };
  const fail = (error: unknown): void => {
    const { rule, cure }: DataError = notParquet(task.file, error);
    answer({ ok: false, rule, cure });
  };
  // Of several columns that are damaged, the library tells of one.
  process.on('unhandledRejection', fail);
  process.on('uncaughtException', fail);
  process.on('message', async (question: DecodingQuestion) => {
    Atomics.add(turns, 0, 1);
    try {
      file ??= ParquetFile.open(task.file);
      const { columns } = await file;
      if (question.type === 'columns') answer({ ok: true, columns });
      else if (question.type === 'note') answer({ ok: true, note: (await file).note(question.key) });
      else answer({ ok: true, rows: await (await file).next(question.columns) });
    } catch (error) {
      fail(error);
    }
  });
}

/**
 * Ends this process where an answer takes more than it may, from a thread of its own: decoding blocks the main one.
 * @returns how often work was begun and ended: odd while there is some
 */
function watch({ memoryMib, processorMs }: DecodingLimits): Int32Array {
  const turns = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(
    `const { workerData: { turns, memoryBytes, processorMs, overLimit } } = require('node:worker_threads');
    let [turn, usedMs] = [0, 0];
    const spentMs = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
    const end = (why) => { require('node:fs').writeSync(2, why); process.kill(process.pid, 'SIGKILL'); };
    setInterval(() => {
      const now = Atomics.load(turns, 0);
      if (now !== turn) [turn, usedMs] = [now, spentMs()];
      if (process.memoryUsage.rss() > memoryBytes) end(overLimit.memory);
      if (turn % 2 === 1 && spentMs() - usedMs > processorMs) end(overLimit.time);
    }, 10);`,
    {
      eval: true,
      workerData: { turns, memoryBytes: memoryMib * 2 ** 20, processorMs, overLimit },
      resourceLimits: { maxYoungGenerationSizeMb: 1 },
    },
  );
  worker.unref();
  return turns;
}

void serveDecoding();
