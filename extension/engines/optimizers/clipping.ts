/** Global L2 norm of gradients, √Σ g² over every element of every tensor; NaN or infinity if any element is. */
export function globalNorm(gradients: Iterable<Float32Array>): number {
  let square = 0;
  for (const gradient of gradients) {
    for (let i = 0; i < gradient.length; i++) square += gradient[i]! ** 2;
  }
  return Math.sqrt(square);
}

/**
 * What gradients are multiplied by so that their global norm is at most `maxNorm`: min(1, maxNorm/(norm + 10⁻⁶)), as
 * `torch.nn.utils.clip_grad_norm_`; 1 without a limit.
 */
export function clippingFactor(norm: number, maxNorm: number | undefined): number {
  return maxNorm === undefined ? 1 : Math.min(1, maxNorm / (norm + 1e-6));
}
