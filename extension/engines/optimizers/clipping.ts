import { kernelOf } from './kernel.ts';

/** Global L2 norm of gradients, √Σ g² over every element of every tensor; NaN or infinity if any element is. */
export function globalNorm(gradients: Iterable<Float32Array>): number {
  let square = 0;
  for (const gradient of gradients) square += squares(gradient);
  return Math.sqrt(square);
}

/** Four sums at a time: one alone would wait for itself at each number. */
function squares(numbers: Float32Array): number {
  const whole = numbers.length - (numbers.length % 4);
  const first = numbers.byteOffset;
  let sum = kernelOf(numbers)?.squares(first, first + 4 * whole) ?? fourSums(numbers, whole);
  for (let i = whole; i < numbers.length; i++) sum += numbers[i]! * numbers[i]!;
  return sum;
}

/** The squares of as many numbers, a multiple of four, as the kernel adds them up. */
function fourSums(numbers: Float32Array, length: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < length; i += 4) {
    a += numbers[i]! * numbers[i]!;
    b += numbers[i + 1]! * numbers[i + 1]!;
    c += numbers[i + 2]! * numbers[i + 2]!;
    d += numbers[i + 3]! * numbers[i + 3]!;
  }
  return a + b + (c + d);
}

/**
 * What gradients are multiplied by so that their global norm is at most `maxNorm`: min(1, maxNorm/(norm + 10⁻⁶)), as
 * `torch.nn.utils.clip_grad_norm_`; 1 without a limit.
 */
export function clippingFactor(norm: number, maxNorm: number | undefined): number {
  return maxNorm === undefined ? 1 : Math.min(1, maxNorm / (norm + 1e-6));
}
