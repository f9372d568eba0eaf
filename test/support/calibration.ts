import type { CalibrationLine } from '../../extension/estimate/speeds/machineSpeeds.ts';

/** Speeds of no machine in particular, as the measuring process finds them. */
export const someSpeeds = {
  product: 1e-11,
  int8Product: 2e-12,
  move: 1e-10,
  kernel: 5e-6,
  tune: 1e-8,
  layOut: 1e-9,
  quantize: 1e-8,
  open: 0.1,
};

/** What the measuring process says, on a machine that others use for a share of the time. */
export const calibrationLines = (othersShare = 0.05, product = someSpeeds.product): readonly CalibrationLine[] => [
  { type: 'ready' },
  { type: 'progress', done: 1, total: 4 },
  { type: 'speeds', speeds: { ...someSpeeds, product }, othersShare },
];
