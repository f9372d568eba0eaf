/** Signals that stop a run. Terminals and clusters send them to every process of it; the supervisor alone acts. */
export const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const;
export type StopSignal = (typeof stopSignals)[number];

/** Has a process outlive the signals that its supervisor answers. */
export function leaveSignalsToSupervisor(): void {
  for (const signal of stopSignals) process.on(signal, () => {});
}
