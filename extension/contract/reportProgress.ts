/** Shows long work with rate and time left; `total` is undefined while it is not known. */
export type ReportProgress = (label: string, done: number, total: number | undefined, unit: string) => void;
