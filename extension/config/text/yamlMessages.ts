import type { ErrorCode, YAMLParseError, YAMLWarning } from 'yaml';
import type { Diagnostic, Fix } from './diagnostic.ts';
import type { LineIndex } from './lineIndex.ts';

/** Each YAML error as rule and cure. */
const rules: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: 'an alias must stand alone; remove its anchor or tag',
  BAD_ALIAS: 'an alias must have a name; write *name',
  BAD_COLLECTION_TYPE: 'a tag must fit the value it stands before; remove the tag',
  BAD_DIRECTIVE: 'a line that starts with % must be a YAML directive; remove it',
  BAD_DQ_ESCAPE: 'text in double quotes must use valid escapes; write \\\\ for a backslash, or use single quotes',
  BAD_INDENT: 'entries of one mapping or list must start at the same column, and brackets must be closed',
  BAD_PROP_ORDER: 'an anchor or tag must stand before its value; move it',
  BAD_SCALAR_START: 'text must not start with this character unquoted; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'a line must hold one `key: value`; put the second on a line of its own, or the value in quotes',
  BLOCK_IN_FLOW: 'inside brackets only bracketed lists and mappings may nest; write them in one form',
  DUPLICATE_KEY: 'a key must appear once; remove one',
  IMPOSSIBLE: 'must be YAML',
  KEY_OVER_1024_CHARS: 'a key must have at most 1024 characters',
  MISSING_CHAR: 'must be followed by what closes it: a colon after a key, a closing quote or bracket',
  MULTILINE_IMPLICIT_KEY: 'a key must stand on one line and be followed by a colon',
  MULTIPLE_ANCHORS: 'a value must have at most one anchor; remove one',
  MULTIPLE_DOCS: 'a config must be one YAML document; remove the `---` and what follows',
  MULTIPLE_TAGS: 'a value must have at most one tag; remove one',
  NON_STRING_KEY: 'a key must be text',
  RESOURCE_EXHAUSTION: 'a config must stay small; write it with less nesting',
  TAB_AS_INDENT: 'indentation must be spaces, got a tab; use two spaces',
  TAG_RESOLVE_FAILED: 'a tag must be one that YAML defines; remove it',
  UNEXPECTED_TOKEN: 'must be `key: value` lines or a list of `- item` lines, got something else here',
};

/** A YAML error or warning in our words, with its place and, where one edit cures it, a fix. */
export function explainYamlError(
  error: YAMLParseError | YAMLWarning,
  text: string,
  lines: LineIndex,
): Pick<Diagnostic, 'code' | 'message' | 'range' | 'fixes'> {
  const range = lines.range(error.pos[0], error.pos[1]);
  const fixes: Fix[] = [];
  if (error.code === 'TAB_AS_INDENT') {
    const lineStart = lines.lineStart(range.start.line);
    const indent = /^[ \t]*/.exec(text.slice(lineStart))![0];
    fixes.push({
      title: 'Indent with spaces',
      edits: [{ range: lines.range(lineStart, lineStart + indent.length), newText: indent.replaceAll('\t', '  ') }],
    });
  }
  return {
    code: `yaml-${error.code.toLowerCase().replaceAll('_', '-')}`,
    message: rules[error.code],
    range,
    ...(fixes.length > 0 && { fixes }),
  };
}
