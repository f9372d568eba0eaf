/** A part of a whole for people: `< 0.1 %`, `4.2 %`; whole percents from 10 % on. */
export function shareText(part: number, whole: number): string {
  const percent = (100 * part) / whole;
  if (percent > 0 && percent < 0.1) return '< 0.1 %';
  return `${percent.toFixed(percent < 10 ? 1 : 0)} %`;
}
