import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, it } from 'mocha';
import * as vscode from 'vscode';

const folder = (): string => vscode.workspace.workspaceFolders![0]!.uri.fsPath;
const venv = (): string => path.join(folder(), '.venv');

let restore = (): void => {};

describe('Check Environment', () => {
  afterEach(async () => {
    restore();
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

    const opened = panels();
    await vscode.commands.executeCommand('peftLab.checkEnvironment');
    await vscode.commands.executeCommand('peftLab.checkEnvironment');
    assert.equal(opened.length, 1);
    const [{ title, webview }] = opened as [vscode.WebviewPanel];
    assert.equal(title, 'Environment');
    assert.equal(vscode.workspace.textDocuments.filter(({ isUntitled }) => isUntitled).length, 0);
    assert.equal(webview.options.enableScripts, false);
    assert.match(webview.html, /onnxruntime on the CPU .*Ready</);
    assert.match(webview.html, /WebGPU .*(Ready<|Not ready<)/);
    assert.match(webview.html, /PyTorch .*Not ready</);
    assert.ok(webview.html.includes(python), webview.html);
    assert.ok(webview.html.includes('.venv of the workspace'), webview.html);

    const [, words] = /href="command:peftLab\.environment\.copyInstall\?([^"]*)"/.exec(webview.html)!;
    const [install] = JSON.parse(decodeURIComponent(words!)) as [string];
    assert.match(install, / -m pip install torch/);
  });
});

/** The panels that are opened from now on, until the next test. */
function panels(): vscode.WebviewPanel[] {
  const opened: vscode.WebviewPanel[] = [];
  const window = vscode.window as { createWebviewPanel: typeof vscode.window.createWebviewPanel };
  const create = window.createWebviewPanel;
  window.createWebviewPanel = (...words: Parameters<typeof create>) => {
    const panel = create(...words);
    opened.push(panel);
    return panel;
  };
  restore = () => {
    window.createWebviewPanel = create;
  };
  return opened;
}
