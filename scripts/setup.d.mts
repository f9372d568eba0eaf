/** Bundles the programs into dist/. */
export function build(): void;

/** `npm ci`, unless node_modules already holds what package-lock.json asks for. */
export function install(): void;
