/** The command that installs what is missing, where what the trainer says of it names one. */
export const installCommand = (problem: string): string | undefined =>
  /install it with: (.+?)(?:; |$)/m.exec(problem)?.[1]?.trim();
