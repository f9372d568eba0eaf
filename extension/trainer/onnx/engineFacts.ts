import { env } from 'onnxruntime-node';

/** Version of the bundled engine. */
export const engineVersion = (): string => env.versions.node ?? env.versions.common;
