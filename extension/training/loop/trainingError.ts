/** Training that cannot go on; the last good checkpoint is kept. */
export class TrainingError extends Error {
  override readonly name = 'TrainingError';
}
