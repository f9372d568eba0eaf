/** Path of what the extension's page shows. */
export const readmePath: string;
/** Platforms that are packaged, as VS Code names them. */
export const targets: readonly string[];
/** The native binaries of one platform that are packaged.  for a platform without any */
export function binariesOf(target: string): readonly string[];
/** Calls `use` with an ignore file that lets in one platform's native binaries beside what .vscodeignore names. */
export function withIgnoreFile<T>(target: string, use: (ignoreFile: string) => Promise<T>): Promise<T>;
/** Writes the extension for one platform; returns its size in bytes. */
export function writePackage(target: string, packagePath: string): Promise<number>;
