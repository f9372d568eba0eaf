import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { until } from './workspaceRuns.ts';

const start = 'model: model\ntask: classification\n';
const data = 'data:\n  train: data/reviews-train.tsv\n  validation: data/reviews-validation.tsv\n';
const right = `${start}${data}methods: [ln-tuning]\n`;

const isOurs = ({ source }: vscode.Diagnostic): boolean => source === 'PEFT Lab';
const findings = (uri: vscode.Uri): vscode.Diagnostic[] => vscode.languages.getDiagnostics(uri).filter(isOurs);
const codes = (uri: vscode.Uri): unknown[] => findings(uri).map(({ code }) => code);

const all = (document: vscode.TextDocument): vscode.Range =>
  document.validateRange(new vscode.Range(0, 0, document.lineCount, 0));

const hoverText = (hovers: readonly vscode.Hover[]): string =>
  hovers.flatMap(({ contents }) => contents.map((part) => (typeof part === 'string' ? part : part.value))).join('\n');

describe('the config language', () => {
  let folder: string;
  let files = 0;

  before(() => {
    folder = vscode.workspace.workspaceFolders![0]!.uri.fsPath;
  });
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });

  /** Writes a config into the workspace and opens it. */
  async function open(text: string, name = `language ${++files}.peft.yaml`): Promise<vscode.TextEditor> {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    return await vscode.window.showTextDocument(vscode.Uri.file(file));
  }

  /** Opens a text with `|` where the cursor goes. */
  async function openAt(marked: string, name?: string): Promise<vscode.TextEditor> {
    const editor = await open(marked.replace('|', ''), name);
    const at = editor.document.positionAt(marked.indexOf('|'));
    editor.selection = new vscode.Selection(at, at);
    return editor;
  }

  const fixesAt = async (document: vscode.TextDocument, range: vscode.Range, kind?: string) =>
    (
      await vscode.commands.executeCommand<vscode.CodeAction[]>(
        'vscode.executeCodeActionProvider',
        document.uri,
        range,
        kind,
      )
    ).filter(({ edit }) => edit !== undefined);

  it('knows configs by name and gives them a language of their own', async () => {
    const { document } = await open(right);
    assert.equal(document.languageId, 'peft-yaml');
    await until('no findings', () => findings(document.uri).length === 0);
  });

  it('underlines what is wrong exactly, and cures it', async () => {
    const { document } = await open(right.replace('task:', 'tsk:').replace('ln-tuning', 'ln-tunning'));
    await until('findings', () => codes(document.uri).includes('unknown-key'));
    const key = findings(document.uri).find(({ code }) => code === 'unknown-key')!;
    assert.deepEqual([key.range.start.line, key.range.start.character, key.range.end.character], [1, 0, 3]);
    assert.match(key.message, /did you mean task\?/);

    const [fix] = await fixesAt(document, key.range);
    assert.equal(fix?.title, 'Rename to task');
    assert.ok(await vscode.workspace.applyEdit(fix.edit!));
    const method = findings(document.uri).find(({ code }) => code === 'method')!;
    assert.equal(document.getText(method.range), 'ln-tunning');
    const [change] = await fixesAt(document, method.range);
    assert.equal(change?.title, 'Change to ln-tuning');
    assert.ok(await vscode.workspace.applyEdit(change.edit!));
    assert.equal(document.getText(), right);
    await until('no findings', () => findings(document.uri).length === 0);
  });

  it('fixes all that is safe at once', async () => {
    const { document } = await open(`${right}training:\n  epoch: 2\n  batch_size: 9000\n  lr_scheduler: linaer\n`);
    await until('findings', () => findings(document.uri).length === 3);
    const [fixAll] = await fixesAt(document, all(document), vscode.CodeActionKind.SourceFixAll.value);
    assert.equal(fixAll?.title, 'Fix all 2 problems that have one safe fix');
    assert.ok(await vscode.workspace.applyEdit(fixAll.edit!));
    // A bound is no cure: what was meant is not known.
    assert.equal(document.getText(), `${right}training:\n  epochs: 2\n  batch_size: 9000\n  lr_scheduler: linear\n`);
  });

  it('says within a keystroke what the text shows', async () => {
    const filler = Array.from({ length: 990 }, (_, line) => `# line ${line}\n`).join('');
    const editor = await open(`${right}${filler}training:\n  epochs: 3\n`);
    const { document } = editor;
    await until('the first report', () => findings(document.uri).length === 0);
    // By what there is to tell: a finding, and that it is gone.
    const told: Record<'there' | 'back', number[]> = { there: [], back: [] };
    for (let round = 0; round < 10; round++) {
      const wanted = round % 2 === 0;
      const line = document.lineCount - 2;
      const value = document.lineAt(line).range.with(new vscode.Position(line, 10));
      const typed = performance.now();
      await editor.edit((edit) => edit.replace(value, wanted ? '0' : '3'));
      while (codes(document.uri).includes('out-of-range') !== wanted) {
        assert.ok(performance.now() - typed < 60_000, 'a minute and no news');
        await new Promise((resolve) => setImmediate(resolve));
      }
      told[wanted ? 'there' : 'back'].push(performance.now() - typed);
    }
    const [best, worst] = [Math.min, Math.max].map((pick) => [pick(...told.there), pick(...told.back)]);
    const shown = (times: readonly number[]): string => times.map((time) => `${time.toFixed(1)} ms`).join(' and ');
    console.log(
      `      an edit of 1,000 lines, there and back with its findings: ${shown(best!)}, worst ${shown(worst!)}`,
    );
    // What else the machine does only adds to it.
    assert.ok(Math.max(...best!) < 250, shown(best!));
  });

  it('looks at data files, and again when they change', async () => {
    const name = `data/it's ünï côdé ${++files}.tsv`;
    const quoted = `'${name.replace("'", "''")}'`;
    const { document } = await open(right.replace('data/reviews-train.tsv', quoted).replaceAll('\n', '\r\n'));
    assert.equal(document.eol, vscode.EndOfLine.CRLF);
    await until('the missing file', () => codes(document.uri).includes('missing-file'));
    const [missing] = findings(document.uri);
    assert.equal(document.getText(missing!.range), quoted);

    writeFileSync(path.join(folder, name), 'text\tklass\ngood\t1\nbad\t0\n');
    await until('the missing column', () => codes(document.uri).includes('missing-column'));
    writeFileSync(path.join(folder, name), 'text\tlabel\ngood\tpositive\nbad\tnegative\n');
    await until('no findings', () => findings(document.uri).filter(({ severity }) => severity === 0).length === 0);
    rmSync(path.join(folder, name));
    await until('the missing file again', () => codes(document.uri).includes('missing-file'));
  });

  it('moves an adapter from FFN to attention', async () => {
    const { document } = await open(`${start}${data}methods:\n  - ln-tuning\n  - adapter: {at: ffn}\n`);
    await until('the advice', () => codes(document.uri).includes('ffn-with-norm'));
    const advice = findings(document.uri).find(({ code }) => code === 'ffn-with-norm')!;
    const [fix] = await fixesAt(document, advice.range);
    assert.equal(fix?.title, 'Move the adapter from FFN to attention');
    assert.ok(await vscode.workspace.applyEdit(fix.edit!));
    assert.match(document.getText(), /- adapter: \{at: attention\}/);
  });

  it('counts what is tuned in the line that starts it, and behind each method', async () => {
    const { document } = await open(`${start}${data}methods: [ln-tuning, lora]\n`);
    const titles = async () =>
      (await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', document.uri, 5)).map(
        ({ range, command }) => `${range.start.line} ${command?.title.replaceAll('\u00a0', ' ')} → ${command?.command}`,
      );
    await until('the counts', async () => (await titles()).some((title) => title.includes('tunable')));
    const lens = (await titles()).find((title) => title.includes('tunable'));
    assert.match(
      lens!,
      /^0 ▷ Start LN-tuning \+ LoRA {3}[\d,]+ tunable \+ [\d,]+ head \([\d.]+\u202f%\)( {3}~.*)? → peftLab\.startFromConfig$/,
    );
    const hints = await vscode.commands.executeCommand<vscode.InlayHint[]>(
      'vscode.executeInlayHintProvider',
      document.uri,
      all(document),
    );
    assert.deepEqual(
      hints.map(({ position }) => position.character),
      [19, 25],
    );
    const counts = hints.map(({ label }) => Number(String(label).replaceAll(',', '')));
    assert.equal(counts[0]! + counts[1]!, Number(/([\d,]+) tunable/.exec(lens!)![1]!.replaceAll(',', '')));
  });

  it('says beside the count what the run would need, of what is saved', async () => {
    const { document } = await open(right);
    const title = async () => {
      const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
        'vscode.executeCodeLensProvider',
        document.uri,
        5,
      );
      const started = lenses.find(({ command }) => command?.title.includes('Start'));
      return started?.command?.title.replaceAll('\u00a0', ' ') ?? '';
    };
    // The first time on a machine it is measured before.
    await until('the estimate', async () => / {3}~\d+ MB, ~[\d.]+ (s|min|h)$/.test(await title()), 300_000);
    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, document.lineAt(document.lineCount - 1).range.end, 'training: {epochs: 1}\n');
    assert.ok(await vscode.workspace.applyEdit(edit));
    assert.doesNotMatch(await title(), /MB/);
    assert.ok(await document.save());
    await until('the estimate of what was saved', async () => / MB, /.test(await title()));
    // Only a run on onnxruntime can be estimated.
    const settings = vscode.workspace.getConfiguration('peftLab');
    await settings.update('executor', 'torch', vscode.ConfigurationTarget.Workspace);
    try {
      await until('no estimate', async () => !/ MB, /.test(await title()));
    } finally {
      await settings.update('executor', undefined, vscode.ConfigurationTarget.Workspace);
    }
    await until('the estimate by the settings as they were', async () => / MB, /.test(await title()));
  });

  it('explains keys and methods', async () => {
    const { document } = await open(`${right}training:\n  weight_decay: 0\n`);
    const hover = async (word: string) => {
      const at = document.positionAt(document.getText().indexOf(word) + 1);
      return hoverText(await vscode.commands.executeCommand('vscode.executeHoverProvider', document.uri, at));
    };
    assert.match(await hover('weight_decay'), /LayerNorm gain toward 0.*\n?/);
    await until('the count in the hover', async () => /on this model [\d,]+ tunable/.test(await hover('ln-tuning')));
    assert.match(await hover('ln-tuning'), /2211\.08682/);
  });

  it('offers keys, words, methods, paths and columns in half-typed texts', async () => {
    const offered = async (marked: string) => {
      const { document, selection } = await openAt(marked);
      const list = await vscode.commands.executeCommand<vscode.CompletionList>(
        'vscode.executeCompletionItemProvider',
        document.uri,
        selection.active,
      );
      // The editor adds snippets, wherever one types.
      return list.items
        .filter(({ kind }) => kind !== vscode.CompletionItemKind.Snippet)
        .map(({ label }) => (typeof label === 'string' ? label : label.label));
    };
    assert.ok((await offered('mod|')).includes('model'));
    assert.deepEqual(await offered('training:\n  lr_scheduler: |'), ['linear', 'cosine', 'constant']);
    assert.ok((await offered(`${start}methods:\n  - |`)).includes('unified'));
    assert.ok((await offered('data:\n  train: data/|')).includes('reviews-train.tsv'));
    assert.deepEqual(await offered('data: {train: data/reviews-train.tsv, label: |'), ['text', 'label']);
    assert.deepEqual(await offered('# in a comment |'), []);
  });

  it('inserts what is chosen, indentation and all', async () => {
    const accept = async (marked: string) => {
      const editor = await openAt(marked);
      await vscode.commands.executeCommand('editor.action.triggerSuggest');
      const before = editor.document.version;
      await until('a suggestion', async () => {
        await vscode.commands.executeCommand('acceptSelectedSuggestion');
        return editor.document.version > before;
      });
      return editor.document.getText();
    };
    assert.equal(await accept('model: model\ntas|'), 'model: model\ntask: ');
    assert.equal(await accept('model: model\r\ndat|\r\n'), 'model: model\r\ndata:\r\n  \r\n');
    assert.equal(await accept('data:\n  train: data/reviews-tr|\n'), 'data:\n  train: data/reviews-train.tsv\n');
  });

  it('outlines sections, keys and methods', async () => {
    const { document } = await open(right);
    const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[]>(
      'vscode.executeDocumentSymbolProvider',
      document.uri,
    );
    assert.deepEqual(
      symbols.map(({ name }) => name),
      ['model', 'task', 'data', 'methods'],
    );
    assert.deepEqual(
      symbols.at(-1)?.children.map(({ name }) => name),
      ['ln-tuning'],
    );
  });

  it('checks a config of a megabyte as it is typed', async () => {
    const filler = `# ${'x'.repeat(78)}\n`.repeat(12_000);
    const editor = await open(`${right}${filler}trainig: {}\n`);
    const { document } = editor;
    assert.ok(document.getText().length > 950_000);
    await until('the unknown key', () => codes(document.uri).includes('unknown-key'));
    const [finding] = findings(document.uri);
    assert.equal(document.getText(finding!.range), 'trainig');
    await editor.edit((edit) => edit.replace(finding!.range, 'training'));
    await until('no findings', () => findings(document.uri).length === 0);
  });

  it('forgets a closed config, and refuses one of more than a megabyte', async () => {
    const file = path.join(folder, 'huge.peft.yaml');
    writeFileSync(file, `# ${'x'.repeat(1_200_000)}\n${right}`);
    // As a click in the explorer does: an editor opened through the API outlives its tab.
    const uri = vscode.Uri.file(file);
    await vscode.commands.executeCommand('vscode.open', uri);
    await until('the refusal', () => codes(uri).includes('config-too-large'));
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
    await until('nothing', () => findings(uri).length === 0);
  });
});
