import { mkdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { ChatEvent, ChatPageMessage } from '../../extension/contract/chat.ts';
import type { HostMessageInput, PageMessage } from '../../extension/contract/panel.ts';
import { panelHtml } from '../../extension/host/dashboard/panelHtml.ts';
import { chromiumHere } from '../../scripts/vscode/browser.mjs';
import { webviewBuild } from '../../scripts/webview.mjs';
import { defaultFonts, defaultThemes, type ThemeKind } from '../../webview/looks/themes.ts';
import { testTimeMs } from './browserRuns.ts';
import { type EditorTheme, editorThemes } from './editorThemes.ts';

declare global {
  interface Window {
    /** What the page told its host. */
    testSent: (PageMessage | ChatPageMessage)[];
    /** What the page keeps over reloads. */
    testState(): unknown;
    /** For a test's own counting inside the page. */
    testSeen: { most: number; charts: number };
    axe: { run(): Promise<unknown> };
  }
}

const root = fileURLToPath(new URL('../..', import.meta.url));
export const artifacts = join(root, 'test', 'artifacts');
export const themeKinds = Object.keys(defaultThemes) as ThemeKind[];

/** The browser to test in. */
export function chromiumPath(): string {
  const found = chromiumHere();
  if (!found) {
    throw new Error(
      'browser tests: Chromium is needed, got none; run `apt-get install -y chromium`, or set CHROMIUM_EXECUTABLE to one',
    );
  }
  return found;
}

export interface Bundle {
  readonly script: string;
  readonly style: string;
  readonly iconFont: Uint8Array;
}

/** The page's bundle, built in memory from the sources as they are. */
export async function buildBundle(name: 'dashboard' | 'chat' = 'dashboard'): Promise<Bundle> {
  const { outputFiles = [] } = await build({ ...webviewBuild, write: false });
  const find = (end: string) => {
    const file = outputFiles.find(({ path }) => path.endsWith(end));
    if (!file)
      throw new Error(
        `browser tests: the page's build gives ${end}, got ${outputFiles.map(({ path }) => path).join(', ')}`,
      );
    return file;
  };
  const [script, style] = [find(`/${name}.js`), find(`/${name}-style.css`)];
  return { script: script.text, style: style.text, iconFont: find('.ttf').contents };
}

export interface DashboardPage {
  readonly page: Page;
  /** What the page told its host. */
  sent(): Promise<PageMessage[]>;
  post(message: HostMessageInput): Promise<void>;
  /** Resolves when all charts have been drawn. */
  settled(): Promise<void>;
  /** Console errors, page errors and violations of the content policy. */
  readonly faults: string[];
  shot(name: string): Promise<void>;
}

/** The page of a chat, as the editor would show it. */
export interface ChatTestPage extends Pick<DashboardPage, 'page' | 'faults'> {
  sent(): Promise<ChatPageMessage[]>;
  post(event: ChatEvent): Promise<void>;
}

export interface OpenOptions {
  /** One of the editor's defaults by its kind, or any of those that were recorded by its name. */
  readonly theme?: ThemeKind | EditorTheme;
  readonly width?: number;
  readonly height?: number;
  readonly kept?: unknown;
}

/** Chromium with a server on a free port that plays the editor's part. */
export class TestBrowser {
  private readonly browser: Browser;
  private readonly server: Server;
  private readonly origin: string;

  private constructor(browser: Browser, server: Server) {
    this.browser = browser;
    this.server = server;
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(extraPages: ReadonlyMap<string, () => string> = new Map()): Promise<TestBrowser> {
    const [bundle, chat] = await Promise.all([buildBundle(), buildBundle('chat')]);
    const server = createServer(({ url = '' }, response) => {
      const path = url.split('?')[0]!;
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const html = (name: string): string =>
        panelHtml({
          nonce: 'cGVmdA',
          scriptSource: `${origin}/${name}.js`,
          styleSource: `${origin}/${name}-style.css`,
          resourceOrigin: origin,
        });
      const pages: Readonly<Record<string, () => readonly [string, string | Uint8Array]>> = {
        '/dashboard.js': () => ['text/javascript', bundle.script],
        '/dashboard-style.css': () => ['text/css', bundle.style],
        '/codicon.ttf': () => ['font/ttf', bundle.iconFont],
        '/chat.js': () => ['text/javascript', chat.script],
        '/chat-style.css': () => ['text/css', chat.style],
        '/': () => ['text/html', html('dashboard')],
        '/chat': () => ['text/html', html('chat')],
      };
      const extra = extraPages.get(path);
      const [type, body] = extra ? ['text/html', extra()] : (pages[path]?.() ?? ['', '']);
      response.writeHead(type ? 200 : 404, { 'content-type': `${type}; charset=utf-8` }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const browser = await chromium.launch({
      executablePath: chromiumPath(),
      // Bars to scroll by are part of what is looked at.
      ignoreDefaultArgs: ['--hide-scrollbars'],
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    mkdirSync(artifacts, { recursive: true });
    return new TestBrowser(browser, server);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async blank(width: number, height: number) {
    const context = await this.browser.newContext({
      viewport: { width, height },
      timezoneId: 'UTC',
      locale: 'en-GB',
      acceptDownloads: true,
    });
    const page = await context.newPage();
    const faults: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') faults.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => faults.push(`page: ${error.message}`));
    page.on('requestfailed', (request) => faults.push(`request: ${request.url()}`));
    await page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
        console.error(`content policy: ${violatedDirective} ${blockedURI}`);
      });
    });
    return { page, faults };
  }

  /** Any page of the server, such as a report. */
  async openPath(path: string, width = 1400, height = 900): Promise<{ page: Page; faults: string[] }> {
    const blank = await this.blank(width, height);
    await blank.page.goto(`${this.origin}${path}`);
    return blank;
  }

  /** The dashboard as the editor would show it: theme variables on the root element, classes on the body, host API. */
  async open(options: OpenOptions = {}): Promise<DashboardPage> {
    const { page, faults } = await this.dressed('/', options);
    const settled = async () => {
      await page.evaluate(async () => {
        const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
        let before = '';
        const isDrawn = () =>
          [...document.querySelectorAll<HTMLCanvasElement>('.chart:not(.static) canvas')].every(
            (canvas) => canvas.dataset.drawn !== undefined,
          );
        // The page's clock stands still.
        for (let still = 0, left = 1000; still < 4 || (!isDrawn() && left > 0); left--) {
          await frame();
          const now = [...document.querySelectorAll('canvas')]
            .map((canvas) => `${canvas.width}x${canvas.height}:${canvas.dataset.drawn}`)
            .join();
          still = now === before ? still + 1 : 0;
          before = now;
        }
        await document.fonts.ready;
        const undrawn = [...document.querySelectorAll('.chart[data-chart]')].filter(
          (chart) => !chart.querySelector('canvas'),
        );
        if (undrawn.length > 0) throw new Error(`charts without a canvas: ${undrawn.length}`);
        const empty = [...document.querySelectorAll<HTMLCanvasElement>('.chart:not(.static) canvas')].filter(
          (canvas) => canvas.dataset.drawn === undefined,
        );
        if (empty.length > 0) throw new Error(`charts that were never drawn: ${empty.length}`);
      });
    };
    return {
      page,
      faults,
      settled,
      sent: () => page.evaluate(() => window.testSent as PageMessage[]),
      post: (message) => page.evaluate((data) => window.postMessage(data, '*'), message as never),
      shot: async (name) => {
        await settled();
        await page.screenshot({ path: join(artifacts, `${name}.png`), caret: 'initial' });
      },
    };
  }

  /** The page of a chat, before anything is told to it. */
  async openChat(options: OpenOptions = {}): Promise<ChatTestPage> {
    const { page, faults } = await this.dressed('/chat', options);
    return {
      page,
      faults,
      sent: () => page.evaluate(() => window.testSent as ChatPageMessage[]),
      post: (event) => page.evaluate((data) => window.postMessage(data, '*'), event as never),
    };
  }

  private async dressed(path: string, { theme = 'vscode-dark', width = 1400, height = 900, kept }: OpenOptions) {
    const { page, faults } = await this.blank(width, height);
    await page.clock.setFixedTime(testTimeMs + 3_600_000);
    await page.addInitScript(
      ({ variables, classes, kind, scrollBars, kept: before }) => {
        const sent: unknown[] = [];
        let state: unknown = before;
        const api = {
          postMessage: (message: unknown) => sent.push(message),
          getState: () => state,
          setState: (next: unknown) => (state = next),
        };
        Object.assign(window, { acquireVsCodeApi: () => api, testSent: sent, testState: () => state });
        const dress = () => {
          for (const [name, value] of Object.entries(variables))
            document.documentElement.style.setProperty(`--vscode-${name}`, value);
          document.body.className = classes;
          document.body.setAttribute('data-vscode-theme-kind', kind);
          const bars = new CSSStyleSheet();
          bars.replaceSync(scrollBars);
          document.adoptedStyleSheets.push(bars);
        };
        new MutationObserver((_, observer) => {
          if (!document.body) return;
          observer.disconnect();
          dress();
        }).observe(document, { childList: true, subtree: true });
      },
      {
        ...dressOf(theme),
        scrollBars: editorScrollBars,
        kept: kept ?? null,
      },
    );
    await page.goto(`${this.origin}${path}`);
    await page.waitForFunction(() => window.testSent.some(({ type }) => type === 'ready'));
    return { page, faults };
  }
}

/** Bars to scroll by, as the editor gives them to its pages. */
const editorScrollBars = `
  ::-webkit-scrollbar { width: 10px; height: 10px; }
  ::-webkit-scrollbar-corner { background: transparent; }
  ::-webkit-scrollbar-thumb { min-height: 20px; background: var(--vscode-scrollbarSlider-background); }
`;

/** The marks of a theme on a page of the editor. */
function dressOf(theme: ThemeKind | EditorTheme) {
  const { kind, variables } =
    theme in editorThemes
      ? editorThemes[theme as EditorTheme]
      : { kind: theme as ThemeKind, variables: defaultThemes[theme as ThemeKind] };
  return {
    variables: { ...defaultFonts, ...variables },
    classes: kind === 'vscode-high-contrast-light' ? 'vscode-high-contrast vscode-high-contrast-light' : kind,
    kind,
  };
}

/** Dresses an open page in another theme, as the editor does when the user picks one. */
export async function changeTheme(page: Page, theme: ThemeKind): Promise<void> {
  await page.evaluate(({ variables, classes, kind }) => {
    document.documentElement.removeAttribute('style');
    for (const [name, value] of Object.entries(variables))
      document.documentElement.style.setProperty(`--vscode-${name}`, value);
    document.body.className = classes;
    document.body.setAttribute('data-vscode-theme-kind', kind);
  }, dressOf(theme));
}

/** axe-core's source, to run inside a page. */
const axeSource = readFileSync(join(root, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8');

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}

/** What shuts somebody out of the page as it is now, small or large. */
export async function axeFindings({ page }: Pick<DashboardPage, 'page'>): Promise<string[]> {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => window.axe.run() as Promise<AxeResult>);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} — ${failureSummary}`),
  );
}
