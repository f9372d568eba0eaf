/**
 * What cannot be done, told to whoever asked for it: `<where>: <rule>, got <value>; <what to do>`. Other errors without
 * fields of their own are faults of the program.
 * @param kind where somebody acts on it: wrong `usage` of a command has an exit code of its own, and where `torch` cannot
 * be used, `executor: auto` takes another one
 */
export class UserError extends Error {
  override readonly name = 'UserError';

  constructor(
    message: string,
    readonly kind?: 'usage' | 'torch',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
