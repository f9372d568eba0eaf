import * as z from 'zod';

/** Seeds from 0, as `training.seed` takes them. */
const seedList = z
  .array(z.int().min(0).max(0xffffffff))
  .min(1)
  .max(1000)
  .refine((seeds) => new Set(seeds).size === seeds.length, 'must name each seed once')
  .meta({ rule: 'a list of seeds' });

const seedChoice = z.union([z.int().min(1).max(1000), seedList]).meta({ rule: 'a number of seeds, or a list of them' });

const plain = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const valueList = z.array(plain).min(1).max(1000).meta({ rule: 'a list of values' });

const range = z
  .strictObject({
    from: z.number().describe('Least value.'),
    to: z.number().describe('Greatest value.'),
    scale: z
      .enum(['linear', 'log'])
      .default('linear')
      .describe('Spacing of the values: equal distances, or equal ratios.'),
    count: z
      .int()
      .min(2)
      .max(1000)
      .optional()
      .describe('How many values a grid takes from it, both ends included; random search needs none.'),
  })
  .meta({ rule: 'a range {from, to, scale, count}' });

const halving = z.strictObject({
  eta: z
    .int()
    .min(2)
    .max(10)
    .default(3)
    .describe('Reduction factor: with 3, one candidate in three goes on to the next rung.'),
  first: z
    .union([z.number().gt(0), z.string().regex(/^(?=.*[1-9])\d+(\.\d+)?\s*(epochs?|steps?)$/)])
    .default('1 epoch')
    .meta({ rule: 'a budget such as 1 epoch or 200 steps' })
    .describe('Budget of the first rung: epochs, or `200 steps`.'),
  runs: z
    .int()
    .min(2)
    .max(1000)
    .optional()
    .describe('Candidates drawn at random. Default: every combination of the values.'),
  seed: z.int().min(0).max(0xffffffff).default(0).describe('Seed of the draw.'),
});

const random = z.strictObject({
  runs: z.int().min(1).max(1000).default(10).describe('Combinations drawn for each arm.'),
  seed: z.int().min(0).max(0xffffffff).default(0).describe('Seed of the draw.'),
});

const searchRule = 'grid, {random: {runs: 10}} or {halving: {eta: 3, first: 1 epoch}}';

const search = z
  .union([
    z.enum(['grid', 'random', 'halving']),
    z
      .strictObject({
        random: random.optional().describe('Combinations drawn at random.'),
        halving: halving.optional().describe('Many start, the best of each rung go on.'),
      })
      .refine((kinds) => Object.keys(kinds).length === 1, `must be one of ${searchRule}`),
  ])
  .meta({ rule: searchRule });

const tune = z
  .object({
    search: search
      .default('grid')
      .describe(
        'Which values are tried: all combinations, some of them at random, or all of them with the worse ones stopped early.',
      ),
    seeds: seedChoice
      .default(2)
      .describe('Seeds of the tuning runs, different from those of the results. A number takes 1001, 1002, …'),
    metric: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe("Validation metric that decides. Default: the task's main metric."),
  })
  .catchall(z.union([valueList, range]).meta({ rule: 'a list of values or a range {from, to, scale, count}' }));

const where = z.strictObject({
  engine: z
    .enum(['local', 'slurm'])
    .default('local')
    .describe('Place of the runs: this machine, or a cluster with Slurm.'),
  at_once: z
    .int()
    .min(1)
    .max(10_000)
    .nullable()
    .default(null)
    .describe(
      'Runs at the same time. Default: one for each processor core, up to eight, where they have room in memory (onnx executor on the CPU), one for each of `gpus`, else one; as many as Slurm allows.',
    ),
  gpus: z
    .int()
    .min(0)
    .max(64)
    .default(0)
    .describe('GPUs of this machine, one for each run; on Slurm, GPUs of each job.'),
  partition: z.string().min(1).nullable().default(null).describe('Partition of the cluster. Default: its own default.'),
  account: z.string().min(1).nullable().default(null).describe('Account that the jobs are charged to.'),
  time: z
    .string()
    .regex(/^(?=.*[1-9])\d+(\.\d+)?\s*[mhd]$/)
    .nullable()
    .default(null)
    .meta({ rule: 'a time such as 30m, 2h or 1d' })
    .describe("Time limit of one job; a run that needs longer goes on in the next one. Default: the partition's own."),
  cpus: z.int().min(1).max(1024).default(1).describe('Processors of one job.'),
  gres: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('Devices of one job as the cluster names them: `gpu:a100:1`.'),
  memory: z
    .string()
    .regex(/^(?=.*[1-9])\d+[KMGT]?$/)
    .nullable()
    .default(null)
    .meta({ rule: 'an amount such as 500M or 16G' })
    .describe("Memory of one job. Default: the partition's own."),
  runs_per_job: z
    .int()
    .min(1)
    .max(1000)
    .nullable()
    .default(null)
    .describe('Runs that one job does in turn. Default: as many as take about ten minutes.'),
  setup: z.array(z.string()).default([]).describe('Shell lines before a job starts: `[module load cuda]`.'),
  options: z.array(z.string().min(1)).default([]).describe('Further options of sbatch: `[--qos=long]`.'),
});

const limit = z.strictObject({
  runs: z.int().min(1).nullable().default(null).describe('Most runs of the sweep; one with more is refused.'),
  hours: z
    .number()
    .gt(0)
    .nullable()
    .default(null)
    .describe(
      'Hours after which no further run starts; `sweep resume` goes on for as many hours again. On Slurm the hours of all runs count together.',
    ),
});

/** The one declaration of `NAME.sweep.yaml`: every key once, with type, range, default and a line of description. */
export const sweepSchema = z
  .strictObject({
    experiment: z
      .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
      .meta({ rule: 'a config file or a list of them', completes: 'config' })
      .describe('Configs to start from, relative to the sweep; several are several data sets.'),
    methods: z
      .array(z.unknown())
      .min(1)
      .max(200)
      .meta({ rule: 'a list of at least one method' })
      .describe('The arms that are compared: method or preset names, unions in brackets, or `own name: [methods]`.'),
    grid: z
      .record(z.string(), valueList)
      .default({})
      .describe('Config keys with the values they take in turn; every combination is compared on its own.'),
    tune: tune
      .nullable()
      .default(null)
      .describe('Config keys to tune: every arm searches the same values, judged on validation rows alone.'),
    seeds: seedChoice
      .default(10)
      .describe('Seeds of the runs that give the results, or how many: 10 takes 1 … 10. Fewer than 4 prove nothing.'),
    reference: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe('Arm that the others are compared with. Default: every pair is compared.'),
    where: where.prefault({}).describe('Place of the runs, and how many at once.'),
    limit: limit.prefault({}).describe('Limits of the sweep.'),
  })
  .describe('One PEFT Lab sweep: methods to compare, how each is tuned, and the seeds that judge them.');

/** A sweep as written, defaults filled in. */
export type SweepInput = z.output<typeof sweepSchema>;

/** Values between two ends. */
export type ValueRange = z.output<typeof range>;

/** A value that a sweep gives to a key. */
export type SweepValue = z.output<typeof plain>;
