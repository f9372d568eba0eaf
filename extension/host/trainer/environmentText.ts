/** Columns of a name; what is said of it stands behind. */
const nameWidth = 11;
const lineWidth = 100;

/** The trainer's table of engines and devices, for reading: long lines are broken between words, under what they belong to. */
export const environmentText = (table: string): string => table.trimEnd().split('\n').map(brokenLine).join('\n');

function brokenLine(line: string): string {
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(/(?<=\S)(?= )/)) {
    if (current.length + word.length > lineWidth && current.trim() !== '') {
      lines.push(current);
      current = ' '.repeat(nameWidth) + word.trimStart();
    } else {
      current += word;
    }
  }
  return [...lines, current].join('\n');
}

/** The command that installs what is missing, where the table names one. */
export const installCommand = (table: string): string | undefined =>
  /install it with: (.+?)(?:; |$)/m.exec(table)?.[1]?.trim();
