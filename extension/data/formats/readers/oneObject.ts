import { endOfString } from '../../../files/boundedJson.ts';
import { showJson } from '../../../problems/showValue.ts';
import { columnsCure, DataError } from '../../../tasks/rows/dataError.ts';

/** A member of an object, as far as it is seen: its key in quotes, and its value's first characters without white space. */
interface Member {
  readonly key: string;
  readonly value: string;
}

interface Look {
  readonly members: readonly Member[];
  /** Where the object ends; undefined: not in this text. */
  readonly end: number | undefined;
  /** Whether it has a line end outside of strings. */
  readonly spansLines: boolean;
}

/** Characters of a value that tell what it is. */
const tellingCharacters = 200;

/**
 * Refuses JSON that is one object in place of rows, by its beginning: rows under a key, columns, rows by their number, an
 * object over several lines.
 * @param start a file's first block, from a brace on
 * @throws DataError
 */
export function refuseOneObject(file: string, start: string): void {
  const { members, end, spansLines } = look(start);
  const isAlone = end === undefined || start.slice(end).trim() === '';
  const refuse = (got: string, cure: string): never => {
    throw new DataError({ file }, `must hold one JSON object a line or one list of objects, got ${got}`, cure);
  };
  const have = (value: RegExp): boolean => members.length > 0 && members.every((member) => value.test(member.value));
  const startOf = (key: string): string => members.find((member) => member.key === `"${key}"`)?.value ?? '';

  if (isAlone) {
    if (startOf('columns').startsWith('[') && startOf('data').startsWith('[[')) {
      refuse('one object of columns and data', columnsCure('split'));
    }
    if (have(/^\{"0":/) || (members.length > 1 && have(/^\[\[/))) {
      refuse('one object of columns', columnsCure());
    }
    if (members.length > 1 && have(/^\{"/)) refuse('one object of rows', columnsCure('index'));
    const rows = members.find(
      ({ key, value }) => value.startsWith('[{') && (members.length === 1 || holders.test(key)),
    );
    if (rows && !chatTurn.test(rows.value)) {
      refuse(`one object with rows in ${showJson(JSON.parse(rows.key))}`, `keep that list alone: jq '.[${rows.key}]'`);
    }
  }
  if (!spansLines) return;
  // A first row that is broken looks like an object that goes on: it is told with its line, and may be skipped.
  if (isAlone && have(/^\[/)) refuse('one object of lists', columnsCure());
  if (end !== undefined && isJson(start.slice(0, end)))
    refuse('an object over several lines', 'write each on one: jq -c .');
}

/** Names under which rows lie beside what is said of them; other lists may be one row's own. */
const holders =
  /^"(data|rows|examples|items|records|instances|samples|entries|documents|results|train|validation|test)"$/i;

/** The beginning of a conversation, a list that is one row's. */
const chatTurn = /^\[\{"(role|content|from|value)":/;

function look(text: string): Look {
  const members: Member[] = [];
  let depth = 0;
  let spansLines = false;
  let key: string | undefined;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '"': {
        const end = endOfString(text, at);
        if (depth === 1) key ??= text.slice(at, end + 1);
        at = end;
        break;
      }
      case ':':
        if (depth === 1 && key !== undefined) {
          members.push({ key, value: text.slice(at + 1, at + 1 + tellingCharacters).replaceAll(/\s/g, '') });
        }
        break;
      case ',':
        if (depth === 1) key = undefined;
        break;
      case '\n':
        spansLines = true;
        break;
      case '{':
      case '[':
        depth++;
        break;
      case '}':
      case ']':
        if (--depth === 0) return { members, end: at + 1, spansLines };
    }
  }
  return { members, end: undefined, spansLines };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
