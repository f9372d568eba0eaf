import type { ThemeKind } from '../../webview/looks/themes.ts';
import recorded from '../golden/themes/themes.json' with { type: 'json' };

interface RecordedTheme {
  readonly kind: ThemeKind;
  readonly variables: Readonly<Record<string, string>>;
}

/** Themes that come with the editor, as it tells them to a page. */
export const editorThemes = recorded.themes as unknown as Readonly<Record<EditorTheme, RecordedTheme>>;
export type EditorTheme = keyof typeof recorded.themes;
export const editorThemeNames = Object.keys(recorded.themes) as readonly EditorTheme[];
