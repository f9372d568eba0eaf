import * as z from 'zod';
import { taskNames } from '../../tasks/registry.ts';
import { dataSchema } from './dataSchema.ts';
import { trainingSchema } from './trainingSchema.ts';

// zod's own template of a number takes any sign.
const cudaDevice = z
  .string()
  .regex(/^cuda:\d+$/)
  .meta({ rule: 'cuda:0, cuda:1, …' }) as z.ZodType<string> as z.ZodType<`cuda:${number}`>;

/**
 * The one declaration of the config: every key once, with type, range, default and a line of description. Types,
 * checks, hovers, completion, the JSON schema file and `docs/config.md` all derive from it. Entries of `methods` are
 * checked by the methods themselves, which declare their own options.
 */
export const configSchema = z
  .strictObject({
    name: z
      .string()
      .max(200)
      .nullable()
      .default(null)
      .describe('Name of the experiment as lists show it. Default: the name of the config file.'),
    model: z.string().min(1).meta({
      description:
        'Hugging Face model: a folder (relative to the config), or a hub id such as `google-bert/bert-base-uncased`.',
      completes: 'model',
      rule: 'a model folder or a hub id',
    }),
    revision: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe('Branch, tag or commit of a hub model. Default: `main`; a commit hash pins it.'),
    task: z.enum(taskNames).describe('What the head learns to predict.'),
    data: dataSchema.describe('Data files, their columns and how they are read.'),
    methods: z.union([z.string(), z.record(z.string(), z.unknown()), z.array(z.unknown()).min(1)]).meta({
      rule: 'a method or a list of methods',
      description:
        'Methods that tune the model: a list of method or preset names, each bare or with options (`ln-tuning: {terms: [bias]}`). Several form a union; a method may come more than once, with other options each time.',
      finding:
        'LN-tuning joins well with prefix and with adapters at the attention block; the union of prefix, attention adapter and LN-tuning (`unified`) did best, while FFN adapters with LN-tuning did worse (arXiv 2211.08682).',
    }),
    training: trainingSchema.prefault({}).describe('Optimizer, schedule, evaluation and seed.'),
    train_pooler: z
      .boolean()
      .default(true)
      .describe('Train the pooler with the classifier (classification and regression); it counts as head.'),
    executor: z
      .enum(['onnx', 'torch', 'auto'])
      .default('onnx')
      .describe(
        'Engine that computes: `onnx` needs nothing else, `torch` a Python with torch; `auto` takes torch where it finds a CUDA device.',
      ),
    device: z
      .union([z.enum(['auto', 'cpu', 'webgpu', 'cuda']), cudaDevice])
      .default('auto')
      .describe(
        'Where the engine computes: `cpu`, `webgpu` (a GPU with executor: onnx), `cuda` (the first NVIDIA GPU), `cuda:1` …; `auto` takes the best one.',
      ),
    python: z.string().min(1).nullable().default(null).meta({
      description:
        'Python of the torch executor, a path or a name on PATH. Default: `PEFT_LAB_PYTHON`, then `.venv` beside the config, then PATH.',
      completes: 'python',
    }),
    precision: z
      .enum(['fp32', 'bf16', 'fp16'])
      .default('fp32')
      .describe('Precision of matrix products (torch executor); tuned tensors, norms and losses stay fp32.'),
    compile: z
      .enum(['auto', 'on', 'off'])
      .default('auto')
      .describe(
        'Compile the training step with torch.compile (torch executor): `auto` does so on CUDA for runs of 5000 steps or more, and goes on without where it fails.',
      ),
    backbone: z
      .enum(['fp32', 'int8', 'auto'])
      .default('fp32')
      .describe(
        'Precision of products with frozen weights (onnx executor on the CPU): `fp32` is exact, `int8` about twice as fast on processors with byte products; `auto` compares loss and gradients on the first batches and takes int8 only where they agree. Tuned tensors, norms and losses stay fp32, and nothing that is exported is quantised.',
      ),
    num_processes: z
      .int()
      .min(1)
      .max(1024)
      .default(1)
      .describe('Processes of this machine that share every batch (torch executor): one for each GPU.'),
    torchrun: z
      .array(z.string().min(1))
      .min(1)
      .nullable()
      .default(null)
      .describe(
        'Arguments of torchrun for several machines: `[--nnodes=2, --rdzv-endpoint=host:29500]`. Default: this machine alone.',
      ),
    threads: z
      .int()
      .min(1)
      .max(1024)
      .nullable()
      .default(null)
      .describe("Threads for the engine's arithmetic. Default: one per physical core."),
  })
  .describe('One PEFT Lab experiment: a model, a task, data and the methods that tune it.');

/** The config as written, defaults filled in, methods not yet parsed. */
export type ConfigInput = z.output<typeof configSchema>;
