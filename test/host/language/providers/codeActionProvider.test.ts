import { expect, it, vi } from 'vitest';

const editor = vi.hoisted(() => {
  class CodeActionKind {
    constructor(readonly value: string) {}
    append(part: string): CodeActionKind {
      return new CodeActionKind(this.value === '' ? part : `${this.value}.${part}`);
    }
    contains({ value }: CodeActionKind): boolean {
      return this.value === '' || value === this.value || value.startsWith(`${this.value}.`);
    }
    intersects(other: CodeActionKind): boolean {
      return this.contains(other) || other.contains(this);
    }
    static readonly Empty = new CodeActionKind('');
    static readonly QuickFix = new CodeActionKind('quickfix');
    static readonly Refactor = new CodeActionKind('refactor');
    static readonly Source = new CodeActionKind('source');
    static readonly SourceFixAll = new CodeActionKind('source.fixAll');
  }
  return { CodeActionKind };
});
vi.mock('vscode', () => ({
  ...editor,
  CodeAction: class {
    constructor(
      readonly title: string,
      readonly kind: { readonly value: string },
    ) {}
  },
  WorkspaceEdit: class {
    set(): void {}
  },
  TextEdit: class {},
  Range: class {
    intersection(): object {
      return {};
    }
    isEqual(): boolean {
      return true;
    }
  },
  Position: class {},
}));

const { FileCodeActions } = await import('../../../../extension/host/language/providers/codeActionProvider.ts');
const { checkConfig } = await import('../../../../extension/config/checks/check.ts');

const checked = checkConfig('modle: m\ntraining: {epoch: 2}\n');
const actions = new FileCodeActions(() => ({
  diagnostics: checked.diagnostics,
  checked: { value: checked.value } as never,
}));
const offered = (only: unknown) =>
  actions
    .provideCodeActions({ uri: 'a' } as never, {} as never, { only, diagnostics: [] } as never)
    .map(({ kind }) => kind!.value);

const { CodeActionKind } = editor;

it.each([
  ['source actions', CodeActionKind.Source],
  ['all cures at once', CodeActionKind.SourceFixAll],
  ['those of this extension', CodeActionKind.SourceFixAll.append('peftLab')],
])('offers all safe cures together where a person asks for %s', (_, kind) => {
  expect(offered(kind)).toEqual(['source.fixAll.peftLab']);
});

it('offers each cure by itself, and all together, at the light bulb', () => {
  for (const kind of [undefined, CodeActionKind.Empty, CodeActionKind.QuickFix]) {
    expect(new Set(offered(kind))).toEqual(new Set(['quickfix']));
  }
});

it('offers nothing where something else is asked for', () => {
  expect(offered(CodeActionKind.Refactor)).toEqual([]);
  expect(offered(CodeActionKind.SourceFixAll.append('eslint'))).toEqual([]);
});
