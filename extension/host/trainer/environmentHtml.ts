import type { EnvironmentFacts } from '../../contract/environmentFacts.ts';
import { counted } from '../../problems/counted.ts';
import { formatBytes } from '../../view/figures.ts';
import { installCommand } from './installCommand.ts';
import type { PythonChoice } from './pythonChoice.ts';

/** Commands that the page's buttons run; nothing else on it can. */
export const pageCommands = {
  lookAgain: 'peftLab.checkEnvironment',
  settings: 'workbench.action.openSettings',
  copyInstall: 'peftLab.environment.copyInstall',
} as const;

interface PageSources {
  readonly styleSource: string;
  /** Where the style sheet and the icon font may come from: `webview.cspSource`. */
  readonly resourceOrigin: string;
}

/** The page about engines, devices and versions: without scripts; its buttons are links to commands. */
export function environmentHtml(
  facts: EnvironmentFacts,
  choice: PythonChoice | undefined,
  { styleSource, resourceOrigin }: PageSources,
): string {
  const { version, node, platform, cores, memoryBytes, onnx, torch } = facts;
  const install = torch.problem === null ? undefined : installCommand(torch.problem);
  const policy = `default-src 'none'; style-src ${resourceOrigin}; font-src ${resourceOrigin}`;
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="UTF-8">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <meta name="viewport" content="width=device-width, initial-scale=1.0">
    <title>Environment</title>
    <link rel="stylesheet" href="${styleSource}">
  </head>
  <body>
    <main>
      <h1>Environment</h1>
      <p class="quiet">What training can use on this machine.</p>
      <p class="actions">${button('Look Again', 'refresh', pageCommands.lookAgain)}</p>
      ${part('onnxruntime on the CPU', null, [
        fact('Version', onnx.version),
        '<p>Comes with the extension: nothing to install.</p>',
      ])}
      ${part('WebGPU', onnx.webgpuProblem, ['<p class="quiet">A GPU for <code>executor: onnx</code>.</p>'])}
      ${part('PyTorch', torch.problem, [
        ...(torch.device === null ? [] : [fact('Device', torch.device)]),
        ...(torch.python === null ? [] : [fact('Python', torch.python)]),
        ...(choice === undefined ? [] : [fact('Chosen by', choice.chosenBy)]),
        ...(install === undefined ? [] : [`<pre>${escapeHtml(install)}</pre>`]),
        '<p class="quiet">NVIDIA GPUs, for <code>executor: torch</code>. Only this engine needs a Python.</p>',
        `<p class="actions">${[
          button('Choose the Python', 'settings-gear', pageCommands.settings, 'peftLab.pythonPath'),
          ...(install === undefined ? [] : [button('Copy Install Command', 'copy', pageCommands.copyInstall, install)]),
          link('How to Install PyTorch', 'link-external', 'https://pytorch.org/get-started/locally/'),
        ].join(' ')}</p>`,
      ])}
      <section>
        <h2>This machine</h2>
        ${fact('PEFT Lab', `${version} on Node ${node}`)}
        ${fact('Platform', `${platform}, ${counted(cores, 'core')}, ${formatBytes(memoryBytes)}`)}
      </section>
    </main>
  </body>
</html>
`;
}

/** One engine, or one device: its state by an icon and a word, and what is missing. */
function part(title: string, problem: string | null, body: readonly string[]): string {
  const [icon, word] = problem === null ? ['pass', 'Ready'] : ['circle-slash', 'Not ready'];
  const state = `<span class="${problem === null ? 'ready' : 'missing'}">${codicon(icon!)} ${word}</span>`;
  const cause = problem === null ? '' : `<p>${escapeHtml(problem)}</p>`;
  return `<section>
        <h2>${escapeHtml(title)} ${state}</h2>
        ${[cause, ...body].join('\n        ')}
      </section>`;
}

const fact = (name: string, value: string): string =>
  `<p class="fact"><span class="quiet">${escapeHtml(name)}</span> <span>${escapeHtml(value)}</span></p>`;

const codicon = (name: string): string => `<span class="codicon codicon-${name}" aria-hidden="true"></span>`;

const link = (title: string, icon: string, address: string): string =>
  `<a class="button" href="${escapeHtml(address)}">${codicon(icon)} ${escapeHtml(title)}</a>`;

const button = (title: string, icon: string, command: string, ...words: readonly string[]): string =>
  link(title, icon, `command:${command}${words.length === 0 ? '' : `?${encodeURIComponent(JSON.stringify(words))}`}`);

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
