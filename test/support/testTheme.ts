import { linesOn, type Theme } from '../../webview/looks/theme.ts';
import { defaultThemes } from '../../webview/looks/themes.ts';

/** The editor's light theme as charts see it. */
export const testTheme = (): Theme => ({
  kind: 'vscode-light',
  isHighContrast: false,
  background: '#ffffff',
  foreground: '#3b3b3b',
  muted: '#6e6e6e',
  border: '#cccccc',
  accent: '#1a85ff',
  warning: '#bf8803',
  grid: 'rgba(0, 0, 0, 0.08)',
  fontFamily: 'sans-serif',
  fontSize: 13,
  lines: linesOn('#ffffff', 'vscode-light', (name) => defaultThemes['vscode-light'][name]!),
});
