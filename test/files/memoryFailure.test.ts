import { expect, it } from 'vitest';
import { memoryFailure } from '../../extension/files/memoryFailure.ts';

it.each([
  new Error("Non-zero status code returned while running Gather node. Name:'' Status Message: std::bad_alloc"),
  new Error('Failed to allocate memory for requested buffer of size 1073741824'),
  new Error('CUDA out of memory. Tried to allocate 2.00 GiB'),
  new Error("DefaultCPUAllocator: can't allocate memory: you tried to allocate 4294967296 bytes"),
  new Error('CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`'),
  new Error('ENOMEM: not enough memory, read'),
  new RangeError('Array buffer allocation failed'),
])('says of %s that memory ran out, and the cure', (error) => {
  expect(memoryFailure(error)).toBe(
    `memory ran out (${error.message}); stop other programs, or choose a smaller training.batch_size, data.max_length or model`,
  );
});

it('says nothing of memory where another thing went wrong, or where the cure is there', () => {
  expect(memoryFailure(new Error('a: must be b, got c'))).toBeUndefined();
  const words = "got inputs of shape [8, 64] (DefaultCPUAllocator: can't allocate memory)";
  const own = `device: a batch of one row must fit into the memory of cpu, ${words}; lower data.max_length`;
  expect(memoryFailure(new Error(own))).toBeUndefined();
});
