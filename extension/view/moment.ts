/** `07:10:30`, in local time. */
export const timeOfDay = (moment: number | string): string => dateTime(moment).slice(-8);

/** `2026-11-29 07:10`, where seconds have no room. */
export const dateMinute = (moment: number | string | null): string =>
  moment === null ? '–' : dateTime(moment).replace(/(\d\d:\d\d):\d\d$/, '$1');

/** `2026-11-29 07:10:30`, in local time: the same wherever a moment is shown, whatever the language of the system. */
export function dateTime(moment: number | string): string {
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return String(moment);
  const local = new Date(date.getTime() - 60_000 * date.getTimezoneOffset());
  return local.toISOString().slice(0, 19).replace('T', ' ');
}
