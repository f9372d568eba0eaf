import { expect, it } from 'vitest';
import { endOfWorker } from '../../extension/supervisor/ending.ts';

it.each([
  [
    { code: null, signal: 'SIGABRT' },
    'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
  ],
  [{ code: null, signal: 'SIGABRT' }, "terminate called after throwing an instance of 'std::bad_alloc'"],
  [{ code: 134, signal: null }, 'FATAL ERROR: Zone Allocation failed - process out of memory'],
] as const)('says of a worker that ended with %j that memory ran out, where its last words tell so', (exit, word) => {
  const rest = { stopAsked: false, killedOnRequest: false, step: 3, checkpointStep: 2 };
  const { state, message } = endOfWorker({ ...exit, ...rest, stderrTail: ['', word] });
  const how = exit.signal === null ? 'exited with code 134' : 'was ended by SIGABRT';
  expect(state).toBe('died');
  expect(message).toBe(
    `the worker ${how}: memory ran out (try a smaller training.batch_size); resume goes on from step 2`,
  );
});
