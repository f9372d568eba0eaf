// Which packages the bundles hold, and the licences that go with them.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

const listFolder = join(root, 'dist', 'packages');

/** What is packaged beside the bundles. */
const unbundled = ['node_modules/onnxruntime-node', 'node_modules/onnxruntime-common'];

/** Licences that let a program under the MIT licence ship what stands under them. */
const accepted = ['MIT', 'ISC', '0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'CC-BY-4.0', 'BSL-1.0'];

/** Says which packages a bundle holds, for whoever packages it later. */
export function notePackages(bundle, { outputs }) {
  const files = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([file]) => file),
  );
  const folders = files.flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  mkdirSync(listFolder, { recursive: true });
  writeFileSync(join(listFolder, `${bundle}.json`), `${JSON.stringify([...new Set(folders)].sort(), null, 1)}\n`);
}

/** @returns {{name: string, version: string, licence: string, text: string}[]} of every package that is shipped */
export function shippedPackages() {
  const lists = readdirSync(listFolder).map((name) => JSON.parse(readFileSync(join(listFolder, name), 'utf8')));
  return [...new Set([...lists.flat(), ...unbundled])].sort().map((folder) => {
    const { name, version, license, author } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    if (!partsOf(license).every((part) => accepted.includes(part))) {
      throw new Error(`${name}: must stand under ${accepted.join(', ')}, got ${license}; leave it out`);
    }
    return { name, version, licence: license, text: licenceText(folder) ?? usualText(name, license, author) };
  });
}

/** The texts that a package brings: licences, and the notices that go with them. */
function licenceText(folder) {
  const files = readdirSync(join(root, folder))
    .filter((name) => /^(licen[cs]e|notice|copying)/i.test(name))
    .sort();
  return files.length === 0
    ? undefined
    : files.map((name) => readFileSync(join(root, folder, name), 'utf8').trim()).join('\n\n');
}

const holders = {
  '@bufbuild/protobuf': 'Buf Technologies, Inc.',
  '@microsoft/fast-element': 'Microsoft Corporation',
  '@microsoft/fast-foundation': 'Microsoft Corporation',
  '@microsoft/fast-web-utilities': 'Microsoft Corporation',
  'onnxruntime-node': 'Microsoft Corporation',
  'onnxruntime-common': 'Microsoft Corporation',
};

/** Some packages name their licence and bring no text. */
function usualText(name, licence, author) {
  const holder = holders[name] ?? (typeof author === 'string' ? author : author?.name) ?? `the authors of ${name}`;
  const texts = partsOf(licence).map((part) => {
    const file = join(root, 'scripts', 'licences', `${part}.txt`);
    if (!existsSync(file)) throw new Error(`${name}: must bring the text of its licence, got none; add ${file}`);
    return readFileSync(file, 'utf8').trim().replace('{holder}', holder);
  });
  return texts.join('\n\n');
}

/** `(A AND B)` names several. */
const partsOf = (licence) => String(licence).replaceAll(/[()]/g, '').split(' AND ');

/** The notices of a package: each text once, below the names of those that it holds for. */
export function thirdPartyNotices() {
  const byText = new Map();
  for (const { name, version, licence, text } of shippedPackages()) {
    byText.set(text, [...(byText.get(text) ?? []), `${name} ${version} (${licence})`]);
  }
  const parts = [...byText].map(([text, names]) => `${names.join('\n')}\n\n${text}`);
  const line = `\n\n${'-'.repeat(80)}\n\n`;
  return `PEFT Lab ships the following packages, each under its own licence. What onnxruntime itself is made of is listed at
https://github.com/microsoft/onnxruntime/blob/main/ThirdPartyNotices.txt${line}${parts.join(line)}\n`;
}
