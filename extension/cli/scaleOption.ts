import { numberOf } from './numberOption.ts';

export interface ScaleOption {
  readonly scale?: number;
}

/** The option of commands that take a tuned model with its change scaled. */
export const scaleOption = [
  '--scale <λ>',
  'take γ₀ + λ·Δγ for what was tuned of the base’s own terms (1: as trained; `peft-lab scale` finds the best)',
  (text: string) => numberOf('--scale', text, { from: 0 }),
] as const;
