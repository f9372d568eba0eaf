import type { Browser } from 'playwright-core';

export function chromiumHere(): string | undefined;
export function findChromium(): string;
export function launchChromium(): Promise<Browser>;
