import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { listFiles } from '@vscode/vsce';
import { beforeAll, describe, expect, it } from 'vitest';
import { shippedPackages, thirdPartyNotices } from '../../scripts/notices.mjs';
import { binariesOf, readmePath, targets, withIgnoreFile } from '../../scripts/packageFiles.mjs';
import { build } from '../../scripts/setup.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (name: string): string => readFileSync(path.join(root, name), 'utf8');
const native = /^node_modules\/onnxruntime-node\/bin\//;

describe('the packaged extension', () => {
  let files: string[] = [];
  beforeAll(async () => {
    if (!existsSync(path.join(root, 'dist', 'packages'))) build();
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
        ...['dashboard.js', 'dashboard-style.css', 'chat.js', 'chat-style.css', 'codicon.ttf'].map(
          (name) => `dist/webview/${name}`,
        ),
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
    expect(first.reduce((bytes, name) => bytes + read(name).length, 0)).toBeLessThan(338_000);
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

  it.each([
    ['linux-x64', 'linux/x64', ['libonnxruntime.so.1'], 46.5e6],
    ['linux-arm64', 'linux/arm64', ['libonnxruntime.so.1'], 26e6],
    ['win32-x64', 'win32/x64', ['dxcompiler.dll', 'dxil.dll', 'onnxruntime.dll'], 49e6],
    ['darwin-arm64', 'darwin/arm64', ['libonnxruntime.1.dylib'], 45e6],
  ])('holds for %s the binaries of that platform, and what they load', (target, place, libraries, most) => {
    const packed = binariesOf(target);
    expect(packed).toEqual(
      [...libraries, 'onnxruntime_binding.node']
        .sort()
        .map((name) => `node_modules/onnxruntime-node/bin/napi-v6/${place}/${name}`),
    );
    expect(packed.reduce((sum, name) => sum + sizeOf(name), 0)).toBeLessThan(most);
    expect(targets).toContain(target);
  });

  it('holds no binaries but those of its platform', () => {
    expect(files.filter((name) => native.test(name)).sort()).toEqual(binariesOf('linux-x64'));
  });

  it('is as large as the engine, its programs and the examples make it', () => {
    const bytes = (pattern: RegExp) =>
      files.filter((name) => pattern.test(name)).reduce((sum, name) => sum + sizeOf(name), 0);
    expect(bytes(/^dist\//)).toBeLessThan(7e6);
    expect(bytes(/^examples\//)).toBeLessThan(8e6);
    expect(files.filter((name) => !native.test(name)).reduce((sum, name) => sum + sizeOf(name), 0)).toBeLessThan(16e6);
  });

  it('needs no library at once that Windows does not have and that it does not bring', () => {
    const packed = binariesOf('win32-x64');
    const brought = packed.map((name) => path.basename(name).toLowerCase());
    for (const name of packed.filter((one) => /onnxruntime(_binding)?\.(dll|node)$/.test(one))) {
      const needed = importedLibraries(readFileSync(path.join(root, name)));
      expect(needed.length, name).toBeGreaterThan(3);
      const system = /^(api-ms-win-|kernel32|setupapi|dbghelp|msvcp140|vcruntime140|advapi32|dxgi|d3d12|ole32|user32)/;
      expect(
        needed.filter((library) => !system.test(library) && !brought.includes(library)),
        name,
      ).toEqual([]);
    }
  });

  it('holds the example workspace, and nothing that was made beside it', () => {
    const configs = ['entities', 'entities-unified', 'places', 'reviews'].map((name) => `examples/${name}.peft.yaml`);
    const shipped = files.filter((name) => name.startsWith('examples/'));
    expect(shipped).toEqual(expect.arrayContaining([...configs, 'examples/reviews.sweep.yaml']));
    const isClaim = (name: string): boolean => name.startsWith('examples/claims/');
    for (const name of shipped.filter((one) => isClaim(one) && one.endsWith('.peft.yaml'))) {
      expect(read(name).match(/\{hub: /g), name).toHaveLength(3);
    }
    expect(shipped.filter(isClaim).filter((one) => one.endsWith('.sweep.yaml')).length).toBeGreaterThan(6);
    for (const name of shipped.filter((one) => !isClaim(one) && one.endsWith('.peft.yaml'))) {
      const named = [...read(name).matchAll(/^ *(?:model|train|validation|test): (\S+)$/gm)].map(
        ([, file]) => `examples/${file}`,
      );
      expect(named.length, name).toBeGreaterThan(2);
      for (const one of named)
        expect(
          shipped.some((file) => file === one || file.startsWith(`${one}/`)),
          one,
        ).toBe(true);
    }
    expect(shipped.filter((name) => /\/\.|exports|adapters/.test(name))).toEqual([]);
  });

  it('brings the licences of all packages that it ships', () => {
    expect(files).toContain('dist/ThirdPartyNotices.txt');
    const shipped = shippedPackages();
    expect(shipped.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'onnxruntime-node',
        'onnxruntime-common',
        'yaml',
        'zod',
        'undici',
        'chart.js',
        'preact',
        '@vscode/codicons',
      ]),
    );
    const text = thirdPartyNotices();
    for (const { name, version, licence, text: own } of shipped) {
      expect(text).toContain(`${name} ${version} (${licence})`);
      expect(own.length, name).toBeGreaterThan(300);
    }
    expect(text).toContain('Copyright (c) Microsoft Corporation');
    expect(text).not.toContain('{holder}');
  });

  it('holds no source, test or source map', () => {
    const unwanted = /\.(ts|mts|map|tsx)$|^(test|bench|scripts|webview|docs)\/|package-lock|__pycache__/;
    expect(files.filter((name) => unwanted.test(name))).toEqual([]);
    expect(
      files.filter((name) => name.startsWith('node_modules/') && !/onnxruntime-(node|common)\//.test(name)),
    ).toEqual([]);
    expect(files.length).toBeLessThan(160);
  });

  it('refuses a platform without binaries', () => {
    expect(() => binariesOf('plan9-x64')).toThrow(/must be a platform.*got plan9-x64/);
  });
});

const sizeOf = (name: string): number => statSync(path.join(root, name)).size;

/** Libraries that Windows looks for before a program file is used at all, in small letters; none that it loads later. */
function importedLibraries(file: Buffer): string[] {
  const header = file.readUInt32LE(0x3c);
  const [sections, optional] = [file.readUInt16LE(header + 6), header + 24];
  const table = optional + file.readUInt16LE(header + 20);
  const at = (address: number): number => {
    for (let one = table; one < table + sections * 40; one += 40) {
      const start = file.readUInt32LE(one + 12);
      if (address >= start && address < start + file.readUInt32LE(one + 16)) {
        return address - start + file.readUInt32LE(one + 20);
      }
    }
    throw new Error(`no section holds ${address}`);
  };
  const names: string[] = [];
  for (let entry = at(file.readUInt32LE(optional + 120)); file.readUInt32LE(entry + 12) !== 0; entry += 20) {
    const name = at(file.readUInt32LE(entry + 12));
    names.push(file.toString('latin1', name, file.indexOf(0, name)).toLowerCase());
  }
  return names;
}

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
