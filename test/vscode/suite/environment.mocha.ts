import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, it } from 'mocha';
import * as vscode from 'vscode';

const folder = (): string => vscode.workspace.workspaceFolders![0]!.uri.fsPath;
const venv = (): string => path.join(folder(), '.venv');

describe('Check Environment', () => {
  afterEach(async () => {
    rmSync(venv(), { recursive: true, force: true });
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('finds the .venv of the workspace, and says what it lacks with the command that installs it', async () => {
    const extension = vscode.extensions.getExtension('peft-lab.peft-lab')!;
    await extension.activate();
    // Stands in for a Python without torch.
    const program = path.join(extension.extensionPath, 'test/engines/torch/fakeProgram.mjs');
    const python = path.join(venv(), 'bin', 'python');
    mkdirSync(path.dirname(python), { recursive: true });
    const node = `ELECTRON_RUN_AS_NODE=1 exec '${process.execPath}'`;
    writeFileSync(python, `#!/bin/sh\n${node} '${program}' 'no torch'\n`);
    chmodSync(python, 0o755);

    await vscode.commands.executeCommand('peftLab.checkEnvironment');
    const { document } = vscode.window.activeTextEditor!;
    const text = document.getText();
    assert.equal(document.isDirty, false);
    assert.equal(document.isUntitled, false);
    // Lines are wrapped at any width.
    const editor = vscode.workspace.getConfiguration('editor', document);
    assert.deepEqual([editor.get('wordWrap'), editor.get('minimap.enabled')], ['on', false]);
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      document.uri,
    );
    assert.deepEqual(
      lenses.map(({ command }) => command?.title),
      ['Choose the Python', 'Copy Install Command', 'Look Again'],
    );
    assert.match(text, /^onnx {7}ready: onnxruntime 1\./m);
    assert.match(text, /^webgpu {5}(ready|not ready: device: webgpu needs a GPU with a driver)/m);
    assert.match(text, /^torch {6}not ready: .*install it with: .* -m pip install torch/m);
    assert.ok(text.includes(`python     ${python}`), text);
    assert.match(text, /chosen by \.venv of the workspace$/m);
  });
});
