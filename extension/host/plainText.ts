/**
 * Names, tags and causes come from files that anyone may have written. In notifications the editor makes a link of
 * `[label](command:…)`, and its click runs the command: this text stays text.
 */
export const withoutLinks = (text: string): string => text.replaceAll('](', ']\u200b(');

/** Pick lists and the status bar make a picture of `$(name)`: this text stays text. */
export const withoutIcons = (text: string): string => text.replaceAll('$(', '$\u200b(');
