import type { BuildOptions } from 'esbuild';

/** What goes into `dist/webview`; the main build takes these options as they are. */
export const webviewBuild: BuildOptions;
