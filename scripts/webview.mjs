// The pages' bundles, each one script and one style sheet, beside one icon font: the dashboard, for the panel and for
// reports alike, and the chat.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What goes into `dist/webview`; the main build takes these options as they are. */
export const webviewBuild = {
  absWorkingDir: root,
  entryPoints: {
    dashboard: 'webview/main.ts',
    'dashboard-style': 'webview/page.css',
    chat: 'webview/chatMain.ts',
    'chat-style': 'webview/chat.css',
    environment: 'webview/environment.css',
  },
  outdir: 'dist/webview',
  bundle: true,
  minify: true,
  format: 'iife',
  platform: 'browser',
  target: ['chrome122'],
  loader: { '.ttf': 'file' },
  assetNames: '[name]',
  legalComments: 'linked',
  logLevel: 'warning',
};

if (process.argv[1] === fileURLToPath(import.meta.url)) await build(webviewBuild);
