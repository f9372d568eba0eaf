/** Path of what the extension's page shows. */
export const readmePath: string;
/** Calls `use` with an ignore file that lets in one platform's native binaries beside what .vscodeignore names. */
export function withIgnoreFile<T>(target: string, use: (ignoreFile: string) => Promise<T>): Promise<T>;
export function writePackage(target: string, packagePath: string): Promise<void>;
