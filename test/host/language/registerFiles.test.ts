import { expect, it, vi } from 'vitest';

const seen = vi.hoisted(() => ({ done: [] as string[], granted: [] as (() => void)[] }));
vi.mock('vscode', () => {
  const nothing = () => ({ dispose() {} });
  /** Whatever is asked of it does nothing. */
  const quiet = (own: object): object => new Proxy(own, { get: (_, name) => Reflect.get(own, name) ?? nothing });
  const watcher = { onDidCreate: nothing, onDidChange: nothing, onDidDelete: nothing };
  return {
    DiagnosticSeverity: {},
    Uri: { parse: nothing },
    languages: quiet({}),
    workspace: quiet({
      textDocuments: [],
      createFileSystemWatcher: () => watcher,
      onDidGrantWorkspaceTrust: (listener: () => void) => seen.granted.push(listener),
    }),
  };
});
vi.mock('../../../extension/host/language/providers/completionProvider.ts', () => ({
  FileCompletions: class {},
  completionTriggers: [],
}));
vi.mock('../../../extension/host/language/providers/codeActionProvider.ts', () => ({
  FileCodeActions: class {},
  codeActionKinds: [],
}));
vi.mock('../../../extension/host/language/providers/readingAids.ts', () => ({ ReadingAids: class {} }));
vi.mock('../../../extension/host/language/checks/fileChecks.ts', () => ({
  FileChecks: class {
    worldChanged(): void {
      seen.done.push('looks at files again');
    }
  },
}));
vi.mock('../../../extension/host/language/checks/fileEstimates.ts', () => ({
  FileEstimates: class {
    forget(): void {
      seen.done.push('forgets estimates');
    }
  },
}));

const { registerFiles } = await import('../../../extension/host/language/registerFiles.ts');

it('tells what a run needs as soon as its workspace is trusted: nothing was started for it before', () => {
  const kind = { languageId: 'peft-yaml', pattern: /peft/, glob: '**/*', ending: '.peft.yaml' };
  registerFiles({ subscriptions: [] }, kind as never, {} as never);
  expect(seen.done).toEqual([]);
  for (const listener of seen.granted) listener();
  expect(seen.done).toEqual(['forgets estimates', 'looks at files again']);
});
