import { readFileSync } from 'node:fs';
import * as z from 'zod';

const profile = z.array(
  z.object({
    cat: z.string(),
    name: z.string(),
    args: z.object({ op_name: z.string().optional(), provider: z.string().optional() }).optional(),
  }),
);

/** Where the nodes of a model were computed, as the engine recorded it. */
export interface NodePlaces {
  /** Nodes in all. */
  readonly nodes: number;
  /** ONNX ops that the CPU computed for want of a kernel on the device, with their numbers of nodes; most first. */
  readonly onHost: ReadonlyMap<string, number>;
}

/** Reads the engine's profile of one model's runs. @throws Error when the file is not one */
export function readNodePlaces(file: string): NodePlaces {
  const events = profile.parse(JSON.parse(readFileSync(file, 'utf8')));
  const seen = new Set<string>();
  const onHost = new Map<string, number>();
  for (const { cat, name, args } of events) {
    const { op_name: op, provider } = args ?? {};
    if (cat !== 'Node' || !name.endsWith('_kernel_time') || op === undefined || op.startsWith('Memcpy')) continue;
    if (seen.has(name)) continue; // A second run of the same model.
    seen.add(name);
    if (provider === 'CPUExecutionProvider') onHost.set(op, (onHost.get(op) ?? 0) + 1);
  }
  return { nodes: seen.size, onHost: new Map([...onHost].sort(([, a], [, b]) => b - a)) };
}

/** `computes 300 of 362 nodes; the CPU does Slice ×14, Max ×2` */
export function describeNodePlaces({ nodes, onHost }: NodePlaces): string {
  const left = [...onHost.values()].reduce((sum, count) => sum + count, 0);
  if (left === 0) return `computes all ${nodes} nodes`;
  const list = [...onHost].map(([op, count]) => `${op} ×${count}`).join(', ');
  return `computes ${nodes - left} of ${nodes} nodes; the CPU does ${list}`;
}
