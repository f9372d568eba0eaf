import { env } from 'onnxruntime-node';

/** What the bundled engine is, and where this program lets it compute. */
export interface EngineFacts {
  readonly version: string;
  readonly device: 'cpu';
}

export const engineFacts = (): EngineFacts => ({
  version: env.versions.node ?? env.versions.common,
  device: 'cpu',
});
