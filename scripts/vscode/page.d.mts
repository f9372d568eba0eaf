export function pageAddress(
  port: number,
  options: {
    readonly workspace: string;
    readonly extension?: string;
    readonly tests?: string;
    readonly token?: string;
  },
): string;
