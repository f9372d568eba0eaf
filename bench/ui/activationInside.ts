import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';

/** Keystrokes timed in one window. */
const edits = 20;

/** Waits for a condition in turns of the event loop, so that nothing is added to what is timed. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

interface Marks {
  getMarks(): readonly { readonly name: string; readonly startTime: number }[];
}

/** Milliseconds between the editor's own marks around one part of an activation. */
function spent(part: string): number {
  const { MonacoPerformanceMarks: marks } = globalThis as unknown as { readonly MonacoPerformanceMarks: Marks };
  const at = (which: 'will' | 'did'): number =>
    marks.getMarks().find(({ name }) => name === `code/extHost/${which}${part}/peft-lab.peft-lab`)!.startTime;
  return at('did') - at('will');
}

/** Inside the extension host: activates the extension, then types in a config of 1,000 lines. */
export async function run(): Promise<void> {
  const extension = vscode.extensions.getExtension('peft-lab.peft-lab')!;
  if (extension.isActive) throw new Error('the extension was active before anybody needed it');
  let changedAt = 0;
  // Before the extension listens: an event's listeners are called in turn.
  vscode.workspace.onDidChangeTextDocument(() => {
    changedAt = performance.now();
  });
  const started = performance.now();
  await extension.activate();
  const activationMs = performance.now() - started;
  const ownMs = spent('LoadExtensionCode') + spent('ActivateExtension');

  const file = vscode.Uri.file(path.join(vscode.workspace.workspaceFolders![0]!.uri.fsPath, 'bench.peft.yaml'));
  const lines = readFileSync(file.fsPath, 'utf8').split('\n');
  const at = lines.findIndex((line) => line.startsWith('  epochs: '));
  const editor = await vscode.window.showTextDocument(file);
  const errors = (): number =>
    vscode.languages.getDiagnostics(file).filter(({ range }) => range.start.line === at).length;
  const type = async (epochs: string, isWrong: boolean): Promise<number> => {
    const { range } = editor.document.lineAt(at);
    await editor.edit((edit) => edit.replace(range, `  epochs: ${epochs}`));
    await until(() => errors() > 0 === isWrong);
    return performance.now() - changedAt;
  };
  await type('0', true);
  const keystrokesMs: number[] = [];
  for (let round = 0; round < edits; round++) {
    keystrokesMs.push(await type(round % 2 === 0 ? '3' : '0', round % 2 === 1));
  }
  console.log(`BENCH ${JSON.stringify({ activationMs, ownMs, keystrokesMs })}`);
}
