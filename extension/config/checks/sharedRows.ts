import type { Finding } from '../../problems/finding.ts';
import { parseHubUrl } from '../resolved/hubUrl.ts';
import { writtenFile } from '../resolved/resolve.ts';
import { rowsRead, rowsText } from '../resolved/splitRows.ts';
import type { ConfigInput } from '../schema/schema.ts';

/** Warns of rows that judge a run although it learns from them, or was chosen by them. One warning for each split. */
export function sharedRowFindings({ data }: ConfigInput): readonly Finding[] {
  const read = (['train', 'validation', 'test'] as const).flatMap((name) => {
    const split = data[name];
    const own = typeof split === 'string' ? { file: split } : split;
    const file = own && writtenFile(name, own);
    return file ? [{ name, file, rows: rowsRead({ skip: own.skip ?? 0, limit: own.limit ?? null }) }] : [];
  });
  return read.flatMap(({ name, file, rows }, i): readonly Finding[] => {
    for (const other of read.slice(0, i)) {
      const both = { start: Math.max(rows.start, other.rows.start), end: Math.min(rows.end, other.rows.end) };
      if (both.start >= both.end || sameFile(other.file) !== sameFile(file)) continue;
      const use = other.name === 'train' ? 'trains on' : 'chooses the best step by';
      const cure = Number.isFinite(other.rows.end)
        ? `set data.${name}.skip: ${other.rows.end}`
        : Number.isFinite(rows.end) && rows.start === 0
          ? `set data.${other.name}.skip: ${rows.end}`
          : `name another file${name === 'validation' ? ', or set validation_split: 0.1 in its place' : ''}`;
      const message = `should be rows of their own, got those that data.${other.name} ${use} (${rowsText(both)} of ${file}), so scores are too good; ${cure}`;
      return [{ severity: 'warning', code: 'shared-rows', path: ['data', name], message, at: 'key' }];
    }
    return [];
  });
}

/** A file by one name, as far as its text tells. */
function sameFile(file: string): string {
  const hub = parseHubUrl(file);
  if (hub) return JSON.stringify([hub.name, hub.revision, hub.path]);
  const parts: string[] = [];
  for (const part of file.replaceAll('\\', '/').split('/')) {
    const isUp = part === '..' && parts.length > 0 && parts.at(-1) !== '..' && parts.at(-1) !== '';
    if (isUp) parts.pop();
    else if (part !== '.' && (part !== '' || parts.length === 0)) parts.push(part);
  }
  return parts.join('/');
}
