import * as z from 'zod';

/** What an upload to the hub would do, told before anything is sent. */
const pushPlan = z.object({
  /** Address of the repository. */
  to: z.string(),
  /** `a new private repository` */
  seenBy: z.string(),
  files: z.array(z.object({ path: z.string(), size: z.int().nonnegative() })),
  /** How the exported model was compared with the tuned one. */
  verified: z.string(),
  warning: z.string(),
  /** The model card, in Markdown. */
  card: z.string(),
});
export type PushPlan = z.infer<typeof pushPlan>;

/** One line of stdout of `push --by-lines`, which waits for a line `yes` between the two. */
export const pushLine = z.union([z.object({ plan: pushPlan }), z.object({ address: z.string() })]);
