/**
 * Names, tags and causes come from files that anyone may have written. In notifications the editor makes a link of
 * `[label](command:…)`, and its click runs the command: this text stays text.
 */
export const withoutLinks = (text: string): string => text.replaceAll('](', ']\u200b(');

/** Hovers read Markdown: this text comes out as it is, spaces between its words included. */
export const asMarkdown = (text: string): string =>
  withoutIcons(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`*_{}[\]()#+\-.!~|>:@]/g, '\\$&')
    .replaceAll(/\s*\n\s*/g, '\\\n');

/** Pick lists and the status bar make a picture of `$(name)`: this text stays text. */
export const withoutIcons = (text: string): string => text.replaceAll('$(', '$\u200b(');
