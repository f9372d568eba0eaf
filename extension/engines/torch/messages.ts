import * as z from 'zod';

/** Version of the messages; both sides must have the same. */
export const protocolVersion = 3;

/** JSON has no NaN or infinity: they travel as text. */
const real = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform(Number)]);

/** The program's first words, sent whatever it lacks. */
export const helloMessage = z.object({
  type: z.literal('hello'),
  protocol: z.number(),
  /** `3.11.7` */
  python: z.string(),
  /** Path of the interpreter itself. */
  executable: z.string(),
  /** Processes that train together. */
  processes: z.int().default(1),
  /** Version of torch, or null where it cannot be imported. */
  torch: z.string().nullable(),
  /** Why torch is not usable. */
  problem: z.string().optional(),
  /** Version of CUDA that torch was built for, or null. */
  cuda: z.string().nullable(),
  /** CUDA devices in order. */
  devices: z.array(z.object({ name: z.string(), memoryBytes: z.number() })),
});
export type Hello = z.infer<typeof helloMessage>;

const shape = z.array(z.int().nonnegative());
const tensors = z.array(z.object({ name: z.string(), dtype: z.enum(['f32', 'i64']), shape }));

/** An answer to the request of the same id. */
export const answerMessage = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('result'), id: z.int(), tensors }),
  z.object({
    type: z.literal('error'),
    id: z.int(),
    /** `internal` is a surprise; the other messages tell the user what to do. */
    code: z.enum(['memory', 'compile', 'internal']),
    message: z.string(),
    /** Where a surprise happened, in lines. */
    trace: z.array(z.string()).optional(),
  }),
]);

/** Outputs that stayed on the device, by name, with the numbers that they were given. */
export const runResult = z.object({
  kept: z.record(z.string(), z.object({ number: z.int(), dtype: z.enum(['f32', 'i64', 'bool']), shape })).optional(),
});

/** What was found by trying, beside tensors that were read. */
export const readResult = z.object({ settled: z.record(z.string(), z.number()).optional() });

export const gradientResult = z.object({ loss: real });

export const stepResult = z.object({
  loss: real,
  gradientNorm: real,
  /** Into how many parts batches had to be split to fit into memory, where it was more than one. */
  parts: z.int().optional(),
  /** Told once: how long compiling took, or why it did not work. */
  compile: z.union([z.object({ seconds: z.number() }), z.object({ problem: z.string() })]).optional(),
  /** Now and then, on CUDA: of the device, whoever uses it. */
  usage: z
    .object({
      utilisation: z.number().optional(),
      memoryBytes: z.number().optional(),
      powerWatts: z.number().optional(),
    })
    .optional(),
});
export type StepNews = z.infer<typeof stepResult>;
