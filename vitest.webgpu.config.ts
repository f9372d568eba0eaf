import { defineConfig } from 'vitest/config';

/** What runs on WebGPU; sessions of one process share a device, and files run one after the other. */
export default defineConfig({
  test: {
    include: ['test/engines/onnx/lowering.test.ts', 'test/methods/parity.test.ts', 'test/webgpu/**/*.webgpu.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    fileParallelism: false,
    pool: 'forks',
  },
});
