/** One turn of a conversation; templates may read more of it than these: `name`, `tool_calls` … */
export interface Message {
  readonly role: string;
  readonly content?: unknown;
}

/** A conversation as a model's chat template writes it. */
export interface Rendering {
  readonly text: string;
  /** Whether the template asked for the date, which is always the same one here. */
  readonly isDated: boolean;
}

export interface ChatTemplate {
  /** The end of a text: `eos_token`. */
  readonly end: string | undefined;
  /**
   * Writes a conversation as one text, special tokens included.
   * @param isOpen whether the beginning of an answer follows: `add_generation_prompt`
   * @throws Error with what the template says of a conversation that it does not allow · DataError where it comes to no end
   */
  render(messages: readonly Message[], isOpen: boolean): Rendering;
}
