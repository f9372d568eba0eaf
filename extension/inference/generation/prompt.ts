import { readJson } from '../../checkpoint/modelConfig.ts';
import { columnsOf } from '../../data/rows/splitIndex.ts';
import { showJson } from '../../problems/showValue.ts';
import { UserError } from '../../problems/userError.ts';
import { readRunRecord } from '../../runs/folder/store.ts';
import type { Message } from '../../tasks/rows/chat.ts';
import { messagesIn } from '../../tasks/rows/conversation.ts';
import type { Columns } from '../../tasks/rows/row.ts';
import { configOf } from '../../training/prepare/runConfig.ts';
import type { Writer } from './openGenerator.ts';

/** The columns that a writer's run learned from, which say how it reads prompts; a model reads them as they stand. */
export const columnsLearned = (writer: Writer): Columns =>
  writer.kind === 'model' ? {} : columnsOf(configOf(readRunRecord(writer.run)).config.data.train);

/** Where a conversation from the command line stands, for what is said of it. */
export const typedMessages = { file: 'messages' } as const;

const asMessages = 'write it like [{"role": "user", "content": "Hello"}]';

/** Reads a file of JSON with messages, or with an object that has them under `messages`. @throws UserError */
export async function readMessages(file: string): Promise<readonly Message[]> {
  const value = await readJson(file, 'name a file of JSON', { mend: asMessages });
  const list = (value as { readonly messages?: unknown } | null)?.messages ?? value;
  const messages = messagesIn(list);
  if (messages) return messages;
  throw new UserError(`${file}: must be a list of messages, got ${showJson(list)}; ${asMessages}`);
}
