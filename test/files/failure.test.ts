import { expect, it } from 'vitest';
import { errorMessage } from '../../extension/files/failure.ts';

it.each([
  new Error("Non-zero status code returned while running Gather node. Name:'' Status Message: std::bad_alloc"),
  new Error('Failed to allocate memory for requested buffer of size 1073741824'),
  new Error('CUDA out of memory. Tried to allocate 2.00 GiB'),
  new RangeError('Array buffer allocation failed'),
])('says of %s that memory ran out, and the cure', (error) => {
  expect(errorMessage(error)).toBe(
    `memory ran out (${error.message}); stop other programs, or choose a smaller training.batch_size, data.max_length or model`,
  );
});
