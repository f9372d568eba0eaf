import { shortName, showJson } from '../../problems/showValue.ts';
import type { Message } from './chat.ts';
import { badRow, type DataError, type DataPlace } from './dataError.ts';

/** Who speaks where the model is to learn. */
export const assistant = 'assistant';

/** Whether a turn is an answer, and not one that is only read: OpenAI's `weight: 0`. @throws DataError */
export function isLearned(row: DataPlace, { role, content, weight = 1, ...rest }: Turn, turn: number): boolean {
  if (role !== assistant) return false;
  if (weight !== 0 && weight !== 1 && weight !== null) {
    throw badRow(row, `\`weight\` of turn ${turn + 1} must be 0 or 1, got ${showJson(weight)}`, 'correct it');
  }
  if (weight !== 0 && content === '' && Object.keys(rest).length === 0) {
    const cure = 'fill it in, or write weight: 0 in the turn';
    throw badRow(row, `turn ${turn + 1} of the ${assistant} must not be empty`, cure);
  }
  return weight !== 0;
}

type Turn = Message & { readonly weight?: unknown };

/** A conversation without such a turn. */
export function nothingToLearn(row: DataPlace, messages: readonly Message[]): DataError {
  const roles = [...new Set(messages.map(({ role }) => role))];
  const isThere = roles.includes(assistant);
  const got = isThere ? 'only those of weight 0' : `only those of ${roles.map(shortName).join(', ')}`;
  const other = roles.find((role) => role.toLowerCase() === assistant);
  const cure = !isThere && other !== undefined ? `write ${assistant} in lower case` : 'remove the row';
  return badRow(row, `a conversation must have a turn of the ${assistant} to learn from, got ${got}`, cure);
}
