import * as z from 'zod';

const earlyStopping = z.strictObject({
  metric: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe("Validation metric to watch, e.g. `accuracy` or `loss`. Default: the task's main metric."),
  patience: z
    .int()
    .min(1)
    .default(3)
    .describe('Evaluations in a row without a better value after which training stops.'),
});

/** The config's `training` section; every key has a default. */
export const trainingSchema = z.strictObject({
  epochs: z
    .number()
    .gt(0)
    .max(10000)
    .nullable()
    .default(null)
    .describe('Passes over the training rows; a fraction is fine. Default: 3, unless `max_steps` is set.'),
  max_steps: z.int().min(1).nullable().default(null).describe('Optimizer steps to train for, instead of `epochs`.'),
  batch_size: z.int().min(1).max(4096).default(16).describe('Rows per forward and backward pass.'),
  gradient_accumulation: z
    .int()
    .min(1)
    .max(4096)
    .default(1)
    .describe('Batches per optimizer step: the effective batch is `batch_size` times this.'),
  length_window: z.int().min(1).max(10_000).nullable().default(null).meta({
    description:
      'Batches whose rows are sorted by length together, which saves padding; 1: chance alone decides which rows share a batch. Default: 8, and 1 for token-classification and masked-lm, whose loss counts tokens.',
    finding:
      'On WNUT-17 (1,000 sentences, five seeds) sorting cost LN-tuning 2 to 4 points of entity F1; with texts, windows of 8 were within noise of chance, at a third of its padding.',
  }),
  learning_rate: z.number().gt(0).max(1).nullable().default(null).meta({
    description: 'Peak learning rate of every method. Default: each method keeps its own.',
    finding:
      'Methods that tune few numbers, and small models, want larger steps: the hover of a method under `methods` has its rates.',
  }),
  head_learning_rate: z
    .number()
    .gt(0)
    .max(1)
    .nullable()
    .default(null)
    .describe(
      'Peak learning rate of the head. Default: `learning_rate` where it is set, else 1e-3, on models below a width of 512 3e-3.',
    ),
  weight_decay: z.number().min(0).max(1).default(0).meta({
    description: "AdamW's decoupled weight decay on everything that is tuned.",
    finding:
      'Decay pulls a LayerNorm gain toward 0, away from its pretrained value near 1: keep it at 0 for LN-tuning.',
  }),
  lr_scheduler: z
    .enum(['linear', 'cosine', 'constant'])
    .default('linear')
    .describe('How the learning rate falls after warm-up: linearly to 0, along a cosine to 0, or not at all.'),
  warmup_ratio: z
    .number()
    .min(0)
    .max(1)
    .default(0.06)
    .describe('Share of the steps during which the learning rate rises from 0 to its peak.'),
  max_grad_norm: z
    .number()
    .min(0)
    .default(1)
    .describe('Gradients are scaled down to this norm over all tuned tensors; 0 turns clipping off.'),
  label_smoothing: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe(
      'Share of the target probability spread evenly over all classes in training; evaluations judge without it.',
    ),
  dropout: z.number().min(0).lt(1).nullable().default(null).meta({
    description: "Dropout probability everywhere in the model. Default: the model's own.",
    finding: 'With few tuned numbers there is little to overfit.',
  }),
  mlm_probability: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.15)
    .describe('Share of the tokens to predict (masked-lm): 80 % masked, 10 % random, 10 % kept.'),
  eval_steps: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('Steps between evaluations on the validation rows. Default: after every epoch.'),
  eval_on_start: z.boolean().default(false).describe('Evaluate once before the first step, to see what tuning gains.'),
  checkpoint_steps: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('Steps between writes of the last checkpoint. Default: after every evaluation or epoch.'),
  early_stopping: earlyStopping
    .nullable()
    .default(null)
    .describe('Stop when a validation metric no longer improves: `{metric, patience}`. Default: off.'),
  keep_best: z
    .boolean()
    .default(true)
    .describe('End with the weights of the best evaluation instead of those of the last step.'),
  kept_activations_mb: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(1000)
    .describe(
      'Memory, in MB, for values below the lowest tuned tensor: without dropout they never change, so later epochs and other runs of a sweep reuse them (onnx executor). 0: compute them anew.',
    ),
  seed: z
    .int()
    .min(0)
    .max(0xffffffff)
    .default(42)
    .describe('Seed of first values, order of rows, dropout and splits: the same seed gives the same run.'),
});
