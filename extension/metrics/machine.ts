import { type Metric, notNegative } from './metric.ts';

export const gpuUtilisation: Metric<'gpu_utilisation'> = {
  name: 'gpu_utilisation',
  title: 'GPU utilisation',
  short: 'GPU',
  direction: null,
  quantity: 'share',
  definition: 'Share of the time in which the GPU was computing.',
};

export const gpuMemory: Metric<'gpu_memory_bytes'> = {
  name: 'gpu_memory_bytes',
  title: 'GPU memory',
  short: 'GPU memory',
  direction: 'lower',
  quantity: 'bytes',
  definition: 'Memory in use on the GPU.',
};

export const gpuPower: Metric<'gpu_power_watts'> = {
  name: 'gpu_power_watts',
  title: 'GPU power in watts',
  short: 'GPU watts',
  direction: null,
  quantity: 'plain',
  range: notNegative,
  definition: 'Power that the GPU draws.',
};
