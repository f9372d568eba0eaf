import type { Page } from 'playwright-core';

export function pageAddress(
  port: number,
  options: {
    readonly workspace?: string;
    readonly extension?: string;
    readonly tests?: string;
    readonly token?: string;
  },
): string;
export function listenToTests(
  page: Page,
  onLine: (line: string) => void,
): Promise<{ readonly exited: Promise<number> }>;
