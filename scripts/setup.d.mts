/** Bundles the programs into dist/. */
export function build(): void;
