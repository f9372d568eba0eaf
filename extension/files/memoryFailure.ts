import { messageOf } from '../problems/messageOf.ts';

/** Whether an engine, its device, Python or Node says so that there is no memory left. */
export const tellsOfMemory = (text: string): boolean =>
  /bad_?alloc|bad allocation|allocate memory|alloc(ation |_)failed|(out of|not enough) memory|MemoryError/i.test(text);

/** What is told of an error that says so, with the cure; undefined for any other, and for one that has its own cure. */
export function memoryFailure(error: unknown): string | undefined {
  const message = messageOf(error);
  if (!tellsOfMemory(message) || / must .*, got .*; /s.test(message)) return undefined;
  return `memory ran out (${message}); stop other programs, or choose a smaller training.batch_size, data.max_length or model`;
}
