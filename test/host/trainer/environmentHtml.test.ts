import { describe, expect, it } from 'vitest';
import type { EnvironmentFacts } from '../../../extension/contract/environmentFacts.ts';
import { environmentHtml, pageCommands } from '../../../extension/host/trainer/environmentHtml.ts';

const facts: EnvironmentFacts = {
  version: '1.2.3',
  node: 'v22.1.0',
  platform: 'linux x64',
  cores: 8,
  memoryBytes: 16e9,
  onnx: { version: '1.30.0', webgpuProblem: 'webgpu needs a GPU with a driver' },
  torch: {
    python: '/a b/python (.venv)',
    device: null,
    problem: "there is no torch in it; install it with: '/a b/python' -m pip install torch; then look again",
  },
};
const sources = { styleSource: 'https://x/environment.css', resourceOrigin: 'https://x' };
const page = (changed: Partial<EnvironmentFacts> = {}, chosenBy?: string): string =>
  environmentHtml({ ...facts, ...changed }, chosenBy === undefined ? undefined : { python: 'p', chosenBy }, sources);

/** What a reader sees, blanks aside. */
const textOf = (html: string): string =>
  html
    .replace(/<head>.*<\/head>/s, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');

/** Commands behind the buttons, with their arguments. */
const commandsOf = (html: string): (readonly [string, unknown])[] =>
  [...html.matchAll(/href="command:([^"?]*)\??([^"]*)"/g)].map(([, name, words]) => [
    name!,
    words === '' ? undefined : JSON.parse(decodeURIComponent(words!)),
  ]);

describe('the page about the environment', () => {
  it('tells each engine by a word beside its icon, with what is missing', () => {
    const text = textOf(page({}, '.venv of the workspace'));
    expect(text).toContain('onnxruntime on the CPU Ready Version 1.30.0');
    expect(text).toContain('WebGPU Not ready webgpu needs a GPU with a driver');
    expect(text).toContain('PyTorch Not ready there is no torch in it');
    expect(text).toContain('Python /a b/python (.venv) Chosen by .venv of the workspace');
    expect(text).toContain('PEFT Lab 1.2.3 on Node v22.1.0 Platform linux x64, 8 cores, 16.0 GB');
  });

  it('offers to choose the Python, to copy the command that installs what is missing, and to look again', () => {
    expect(commandsOf(page())).toEqual([
      ['peftLab.checkEnvironment', undefined],
      ['workbench.action.openSettings', ['peftLab.pythonPath']],
      ['peftLab.environment.copyInstall', ["'/a b/python' -m pip install torch"]],
    ]);
    expect(commandsOf(page()).every(([name]) => Object.values<string>(pageCommands).includes(name))).toBe(true);
  });

  it('has nothing to copy where all is there', () => {
    const html = page({
      onnx: { version: '1', webgpuProblem: null },
      torch: { python: 'p', device: 'cuda', problem: null },
    });
    expect(textOf(html)).toContain('WebGPU Ready');
    expect(textOf(html)).toContain('PyTorch Ready Device cuda');
    expect(html).not.toContain(pageCommands.copyInstall);
  });

  it('runs no script, and shows paths and causes as text', () => {
    const html = page({ torch: { python: '<b>"p"</b>', device: null, problem: '<script>&</script>' } });
    expect(html).toContain('&lt;b&gt;&quot;p&quot;&lt;/b&gt;');
    expect(html).not.toContain('<script');
    expect(html).toContain("default-src 'none'; style-src https://x; font-src https://x");
  });
});
