/** The command that installs what is missing, where the trainer's table of engines and devices names one. */
export const installCommand = (table: string): string | undefined =>
  /install it with: (.+?)(?:; |$)/m.exec(table)?.[1]?.trim();
