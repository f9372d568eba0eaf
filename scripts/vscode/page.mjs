// VS Code's page in Chromium: its address, and its console and exit code.

/**
 * The address of a workspace, or of an empty window, in a server, with the extension of this checkout or another folder under development.
 * @param {number} port
 * @param {{workspace?: string, extension?: string, tests?: string, token?: string}} options
 */
export function pageAddress(port, { workspace, extension, tests, token }) {
  const remote = (file) => `vscode-remote://localhost:${port}${encodeURI(file)}`;
  const payload = [
    ['skipWelcome', 'true'],
    ['skipReleaseNotes', 'true'],
    ...(extension === undefined ? [] : [['extensionDevelopmentPath', remote(extension)]]),
    ...(tests === undefined ? [] : [['extensionTestsPath', remote(tests)]]),
  ];
  const query = new URLSearchParams({
    ...(token === undefined ? {} : { tkn: token }),
    ...placeOf(workspace),
    payload: JSON.stringify(payload),
  });
  return `http://localhost:${port}/?${query}`;
}

const placeOf = (workspace) => {
  if (workspace === undefined) return { ew: 'true' };
  return workspace.endsWith('.code-workspace') ? { workspace } : { folder: workspace };
};

/** Lets the page say how the tests in its extension host went; `exited` resolves with the exit code. */
export async function listenToTests(page, onLine) {
  let exit;
  const exited = new Promise((resolve) => {
    exit = resolve;
  });
  await page.exposeFunction('codeAutomationLog', (_type, words) => onLine(words.map(String).join(' ')));
  await page.exposeFunction('codeAutomationExit', (code) => exit(code));
  return { exited };
}
