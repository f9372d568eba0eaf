import * as z from 'zod';

/** What training can use on a machine, and what is missing: `peft-lab environment --json`. */
export const environmentFacts = z.object({
  version: z.string(),
  node: z.string(),
  platform: z.string(),
  cores: z.number(),
  memoryBytes: z.number(),
  onnx: z.object({
    version: z.string(),
    /** What WebGPU lacks here and how to get it; null where it computes. */
    webgpuProblem: z.string().nullable(),
  }),
  torch: z.object({
    /** Which Python, and where it was found; null where there is none. */
    python: z.string().nullable(),
    /** The device that it would take; null where torch cannot be used. */
    device: z.string().nullable(),
    /** What is missing and how to get it. */
    problem: z.string().nullable(),
  }),
});
export type EnvironmentFacts = z.infer<typeof environmentFacts>;
