import { type Theme, themeOf } from '../../webview/looks/theme.ts';

/** The editor's light theme as charts see it. */
export const testTheme = (): Theme => themeOf('vscode-light', () => '');
