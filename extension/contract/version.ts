import manifest from '../../package.json' with { type: 'json' };

/** Version of the program, recorded with every run. */
export const codeVersion: string = manifest.version;
