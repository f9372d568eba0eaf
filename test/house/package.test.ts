import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { listFiles } from '@vscode/vsce';
import { beforeAll, describe, expect, it } from 'vitest';
import { readmePath, withIgnoreFile } from '../../scripts/packageFiles.mjs';
import { build } from '../../scripts/setup.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (name: string): string => readFileSync(path.join(root, name), 'utf8');
const native = /^node_modules\/onnxruntime-node\/bin\//;

describe('the packaged extension', () => {
  let files: string[] = [];
  beforeAll(async () => {
    if (!existsSync(path.join(root, 'dist', 'webview'))) build();
    // Its types do not know the last option.
    const options = { cwd: root, readmePath };
    files = await withIgnoreFile('linux-x64', (ignoreFile) => listFiles({ ...options, ignoreFile }));
  });

  it('holds every file that the manifest names', () => {
    const named = [...JSON.stringify(JSON.parse(read('package.json'))).matchAll(/"(?:\.\/)?([\w./-]+\.\w+)"/g)]
      .map((match) => match[1]!)
      .filter((name) => existsSync(path.join(root, name)));
    expect(named).toEqual(expect.arrayContaining(['dist/extension.cjs', 'resources/icon.png']));
    expect(named.filter((name) => !files.includes(name))).toEqual([]);
  });

  it('holds what the bundles load: the page, the Python program, the native module and its scripts', () => {
    expect(files).toEqual(
      expect.arrayContaining([
        ...['dist/trainer.cjs', 'dist/parquet.cjs', 'dist/python/run.py', 'dist/python/peft_lab_torch/program.py'],
        ...['dashboard.js', 'dashboard-style.css', 'codicon.ttf'].map((name) => `dist/webview/${name}`),
        ...['LICENSE', 'package.nls.json', 'dist/webview/dashboard.js.LEGAL.txt'],
      ]),
    );
    const asked = ['extension', 'trainer'].flatMap((name) =>
      [...read(`dist/${name}.cjs`).matchAll(/\brequire\("(onnxruntime-[\w-]+)"\)/g)].map((match) => match[1]!),
    );
    const scripts = asked.map((name) => createRequire(import.meta.url).resolve(name));
    expect(scripts.length).toBeGreaterThan(0);
    for (const script of scripts) followRequires(script, files);
  });

  it('holds what the extension reads later, and starts from a small file', () => {
    const chunks = readdirSync(path.join(root, 'dist/extension')).filter((name) => name.endsWith('.cjs'));
    expect(files).toEqual(expect.arrayContaining(chunks.map((name) => `dist/extension/${name}`)));
    for (const part of ['runDesk', 'registerLanguages', 'world', 'previewData']) {
      expect(chunks.filter((name) => name.startsWith(`${part}-`))).toHaveLength(1);
    }
    const main = 'dist/extension.cjs';
    const first = [
      main,
      ...[...read(main).matchAll(/=require\("\.\/(extension\/[^"]+)"\)/g)].map(([, name]) => `dist/${name}`),
    ];
    expect(first.length).toBeGreaterThan(1);
    expect(first.reduce((bytes, name) => bytes + read(name).length, 0)).toBeLessThan(320_000);
  });

  it('has a page of its own, whose links lead somewhere from everywhere', () => {
    expect(files).toContain(readmePath);
    expect(files).not.toContain('README.md');
    const links = ['CHANGELOG.md', readmePath].flatMap((name) =>
      [...read(name).matchAll(/\]\(([^)]*)\)|<(?:img|a)\b[^>]*?(?:src|href)="([^"]*)"/g)].map(([, a, b]) => a ?? b),
    );
    expect(links).toContain('https://arxiv.org/abs/2211.08682');
    expect(links.filter((link) => !link?.startsWith('https://'))).toEqual([]);
  });

  it("holds one platform's binaries", () => {
    expect(files.filter((name) => native.test(name)).sort()).toEqual(
      ['libonnxruntime.so.1', 'onnxruntime_binding.node'].map(
        (name) => `node_modules/onnxruntime-node/bin/napi-v6/linux/x64/${name}`,
      ),
    );
  });

  it('holds no source, test or source map', () => {
    const unwanted = /\.(ts|mts|map|tsx)$|^(test|bench|scripts|webview|docs|examples)\/|package-lock|__pycache__/;
    expect(files.filter((name) => unwanted.test(name))).toEqual([]);
    expect(
      files.filter((name) => name.startsWith('node_modules/') && !/onnxruntime-(node|common)\//.test(name)),
    ).toEqual([]);
    expect(files.length).toBeLessThan(150);
  });

  it('refuses a platform without binaries', async () => {
    await expect(withIgnoreFile('plan9-x64', async () => [])).rejects.toThrow(/must be a platform.*got plan9-x64/);
  });
});

/** Checks that a packaged script, and each script it requires, is packaged. */
function followRequires(script: string, files: readonly string[], seen = new Set<string>()): void {
  if (seen.has(script)) return;
  seen.add(script);
  expect(files).toContain(path.relative(root, script).split(path.sep).join('/'));
  const from = createRequire(script);
  for (const [, name] of readFileSync(script, 'utf8').matchAll(/\brequire\(["']([^"'`]+)["']\)/g)) {
    const found = from.resolve(name!);
    if (path.isAbsolute(found)) followRequires(found, files, seen);
  }
}
