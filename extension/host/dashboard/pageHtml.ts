import { randomBytes } from 'node:crypto';
import { Uri, type Webview } from 'vscode';
import { panelHtml } from './panelHtml.ts';

/** What a panel of ours may load, and that it can be searched. */
export const panelOptions = (pageFolder: Uri) => ({
  enableScripts: true,
  enableFindWidget: true,
  localResourceRoots: [pageFolder],
});

/** The HTML of a panel whose bundle is NAME.js with NAME-style.css. */
export function pageHtml(webview: Webview, pageFolder: Uri, name: 'dashboard' | 'chat'): string {
  const source = (file: string): string => webview.asWebviewUri(Uri.joinPath(pageFolder, file)).toString();
  return panelHtml({
    nonce: randomBytes(16).toString('base64url'),
    scriptSource: source(`${name}.js`),
    styleSource: source(`${name}-style.css`),
    resourceOrigin: webview.cspSource,
  });
}
