import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataFilePath, fetchDataFiles } from '../../../extension/data/rows/dataFile.ts';
import { withoutDownloads } from '../../../extension/hub/hubSettings.ts';
import { prepare } from '../../../extension/training/prepare/prepare.ts';
import { type HubServer, startHub } from '../../support/hubServer.ts';

const first = 'a'.repeat(40);
const second = 'b'.repeat(40);
const rows = (texts: readonly string[], labels: readonly number[]): { readonly bytes: Buffer; readonly lfs: true } => {
  const columnData = [
    { name: 'text', data: [...texts], type: 'STRING' as const },
    { name: 'label', data: [...labels], type: 'INT32' as const },
  ];
  const info = { info: { features: { label: { _type: 'ClassLabel', names: ['bad', 'good'] } } } };
  const kvMetadata = [{ key: 'huggingface', value: JSON.stringify(info) }];
  return { bytes: Buffer.from(parquetWriteBuffer({ columnData, kvMetadata })), lfs: true };
};
const train = rows(['a good film', 'a bad film', 'good', 'bad'], [1, 0, 1, 0]);
const validation = rows(['good film', 'bad film'], [1, 0]);

let hub: HubServer;
let home: string;
const environment = () => ({ HF_HOME: home, HF_ENDPOINT: hub.url });
const sst2 = 'hf://datasets/acme/sst2@~parquet/default/train/*.parquet';
const cached = (commit: string, path: string) =>
  join(home, 'hub', 'datasets--acme--sst2', 'snapshots', commit, ...path.split('/'));

/** Of a config, as far as the files go. */
const data = (file: string, more: object = {}) =>
  ({ train: { file }, validation: null, test: null, ...more }) as unknown as Parameters<typeof fetchDataFiles>[0];
const fetched = (file: string, more: object = {}, extra: object = {}) =>
  fetchDataFiles(data(file, more), () => {}, { ...environment(), ...extra });

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hub-data-'));
  const files = { 'default/train/0000.parquet': train, 'default/validation/0000.parquet': validation };
  hub = await startHub({
    'datasets/acme/sst2': {
      refs: { 'refs/convert/parquet': first, main: second },
      commits: { [first]: files, [second]: { 'data/train.csv': { bytes: Buffer.from('text,label\na,0\n') } } },
    },
    'datasets/acme/large': {
      refs: { 'refs/convert/parquet': first },
      commits: { [first]: { 'default/train/0000.parquet': train, 'default/train/0001.parquet': validation } },
    },
  });
});

afterEach(async () => {
  await hub.close();
  await rm(home, { recursive: true });
});

describe('a data file of the hub', () => {
  it('comes into the shared cache, and is told by its commit from then on', async () => {
    const pinned = await fetched(sst2);
    expect(pinned.train.file).toBe(`hf://datasets/acme/sst2@${first}/default/train/0000.parquet`);
    const path = dataFilePath(pinned.train.file, '/anywhere', environment());
    expect(path).toBe(cached(first, 'default/train/0000.parquet'));
    expect(readFileSync(path).equals(train.bytes)).toBe(true);
    expect(dataFilePath(sst2, '/anywhere', environment())).toBe(path);
  });

  it('is taken from the cache without a word to the hub, offline too', async () => {
    const pinned = await fetched(sst2);
    hub.requests.length = 0;
    expect((await fetched(sst2)).train.file).toBe(pinned.train.file);
    expect((await fetched(pinned.train.file, {}, { HF_HUB_OFFLINE: '1' })).train.file).toBe(pinned.train.file);
    expect(hub.requests).toEqual([]);
  });

  it('may be any file of any branch, and fetches nothing else', async () => {
    const pinned = await fetched('hf://datasets/acme/sst2/data/train.csv');
    expect(pinned.train.file).toBe(`hf://datasets/acme/sst2@${second}/data/train.csv`);
    expect(existsSync(cached(second, 'data/train.csv'))).toBe(true);
    expect(hub.requests.filter(({ path }) => path.includes('/resolve/'))).toHaveLength(1);
  });

  it.each([
    ['hf://datasets/acme/large@~parquet/default/train/*.parquet', /keeps this split in 2 files.*name one of them/],
    ['hf://datasets/acme/sst2@~parquet/default/dev/*.parquet', /has no default\/dev\/0000.parquet, got default\/train/],
    ['hf://datasets/acme/none/x.csv', /^data set acme\/none: is not on .*; check the spelling/],
    ['hf://datasets/acme/sst2@v9/data/train.csv', /data set acme\/sst2: has no revision "v9"/],
  ])('is refused with the cure when it is %s', async (file, message) => {
    await expect(fetched(file)).rejects.toThrow(message);
  });

  it.each([
    ['in one file', 'sst2', 'pinned'],
    ['in several', 'large', /acme\/large: the hub keeps this split in 2 files/],
  ])('that other tools brought is taken as the whole split only where the hub keeps it %s', async (_, name, told) => {
    const path0 = 'default/train/0000.parquet';
    const pinned = await fetched(`hf://datasets/acme/${name}@~parquet/${path0}`);
    const split = `hf://datasets/acme/${name}@~parquet/default/train/*.parquet`;
    const offline = { HF_HUB_OFFLINE: '1' };
    await expect(fetched(split, {}, offline)).rejects.toThrow(
      /offline mode is on and whether default\/train\/0000.parquet is all of the split was never asked; unset HF_HUB_OFFLINE once to ask, or name it, as file: hf:\/\/datasets\/acme\/\w+@refs%2Fconvert%2Fparquet\/default\/train\/0000.parquet$/,
    );
    await expect(fetched(split, {}, withoutDownloads({}))).rejects.toThrow(
      /: whether default\/train\/0000.parquet is all of the split was never asked; the first run asks the hub$/,
    );
    if (told !== 'pinned') return await expect(fetched(split)).rejects.toThrow(told);
    expect((await fetched(split)).train.file).toBe(pinned.train.file);
    expect((await fetched(split, {}, offline)).train.file).toBe(pinned.train.file);
  });

  it('is said to be missing when the cache lacks it offline', async () => {
    await expect(fetched(sst2, {}, { HF_HUB_OFFLINE: '1' })).rejects.toThrow(/offline mode is on and default\/train/);
  });

  it('is downloaded, checked and frozen with names and commit when a run is made', async () => {
    const before = { ...process.env };
    Object.assign(process.env, environment());
    try {
      const config = join(home, 'hub.peft.yaml');
      const model = resolve('examples/model');
      const source = (split: string) => `{hub: acme/sst2${split}}`;
      const lines = [`model: ${model}`, 'task: classification', 'methods: ln-tuning', 'data:'];
      await writeFile(config, `${lines.join('\n')}\n  train: ${source('')}\n  validation: ${source('')}\n`);
      const prepared = await prepare(config, [], () => {});
      if (!prepared.ok) throw new Error(JSON.stringify(prepared.problems));
      const { labels, config: frozen } = prepared.run;
      expect(labels).toEqual(['bad', 'good']);
      const { train, validation } = (frozen as unknown as { data: Record<string, { file: string }> }).data;
      expect(train!.file).toBe(`hf://datasets/acme/sst2@${first}/default/train/0000.parquet`);
      expect(validation!.file).toBe(`hf://datasets/acme/sst2@${first}/default/validation/0000.parquet`);
    } finally {
      process.env = before;
    }
  });
});
