import { env } from './engine.ts';

/** Version of the bundled engine. */
export const engineVersion = (): string => env.versions.node ?? env.versions.common;
