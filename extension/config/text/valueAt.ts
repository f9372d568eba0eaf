import type { ConfigPath } from '../checks/diagnostic.ts';

/** The value at a path of plain data; undefined where the path leads nowhere. */
export const valueAt = (value: unknown, path: ConfigPath): unknown =>
  path.reduce<unknown>((inner, step) => (inner as Record<string | number, unknown> | null | undefined)?.[step], value);
