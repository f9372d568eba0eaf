/** What a cluster is set to, as far as jobs of ours depend on it. */
export interface ClusterFacts {
  /** Between SIGTERM and SIGKILL. */
  readonly killWaitSeconds: number;
  /** An array's tasks are numbered from 0 to this less one, at most. */
  readonly maxArraySize: number;
}

/** Slurm's own values where `scontrol show config` does not tell them. */
const usual = { killWaitSeconds: 30, maxArraySize: 1001 };

/** Reads `scontrol show config`: `KillWait = 30 sec`, `MaxArraySize = 1001`. */
export function parseClusterFacts(text: string): ClusterFacts {
  const numberOf = (name: string): number | undefined => {
    const found = new RegExp(`^${name}\\s*=\\s*(\\d+)`, 'm').exec(text)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  return {
    killWaitSeconds: numberOf('KillWait') ?? usual.killWaitSeconds,
    maxArraySize: numberOf('MaxArraySize') ?? usual.maxArraySize,
  };
}

/** How long a supervisor may wait for its worker after SIGTERM: so that it can still put the end on record. */
export const graceMsOf = (killWaitSeconds: number): number => Math.max(1, killWaitSeconds - 5) * 1000;
