import { describe, expect, it } from 'vitest';
import { asMarkdown, withoutIcons, withoutLinks } from '../../../extension/host/editor/plainText.ts';

describe('text from files', () => {
  it('makes no link in a notification, by the rule with which the editor finds links', () => {
    const links = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/gi;
    const hostile = 'a [b](command:x "y") [c](https://d) [e] (f) [[g](file:h)](command:i)';
    expect(hostile).toMatch(links);
    expect(withoutLinks(hostile)).not.toMatch(links);
    expect(withoutLinks(hostile).replaceAll('\u200b', '')).toBe(hostile);
  });

  it('makes no picture in a list', () => {
    expect(withoutIcons('$(flame) costs $5')).toBe('$\u200b(flame) costs $5');
  });

  it('is no markup in a hover, and keeps its words apart', () => {
    expect(asMarkdown('two words, 3 % of 1,000')).toBe('two words, 3 % of 1,000');
    expect(asMarkdown('**a** <b> &lt; [c](d) `e` $(f)')).toBe(
      '\\*\\*a\\*\\* &lt;b\\> &amp;lt; \\[c\\]\\(d\\) \\`e\\` $\u200b\\(f\\)',
    );
    expect(asMarkdown('one\r\n# two')).toBe('one\\\n\\# two');
  });
});
