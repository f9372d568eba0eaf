import { randomBytes } from 'node:crypto';

/** Sorts by time of creation: `20250131-142530-482-ln-tuning-7f3a` (UTC, milliseconds, name, four random digits). */
export function newId(time: Date, name: string): string {
  const [date = '', clock = ''] = time.toISOString().replaceAll(/[-:Z]/g, '').split('T');
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 40);
  return [date, clock.replace('.', '-'), slug, randomBytes(2).toString('hex')].filter((part) => part !== '').join('-');
}
