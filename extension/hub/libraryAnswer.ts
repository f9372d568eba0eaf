import { badAnswer, HubError, type Repository } from './hubErrors.ts';

/** Runs a call of the hub library: what the connection did not name is an answer that no hub gives. */
export async function libraryAnswer<T>(repository: Repository, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof HubError || (error instanceof Error && error.name === 'AbortError')) throw error;
    throw badAnswer(
      repository,
      `the hub's answer cannot be read (${error instanceof Error ? error.message : error})`,
      error,
    );
  }
}
