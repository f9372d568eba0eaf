import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportModel } from '../../../extension/export/exportModel.ts';
import { openGguf, readGgufTensor } from '../../../extension/export/gguf/ggufFile.ts';
import { smallDecoder } from '../../support/smallDecoder.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { tunedDecoder } from '../../support/tunedModels.ts';

const sizes = { hidden_size: 64, head_dim: 16, intermediate_size: 96, bos_token_id: 0, eos_token_id: 2 };

/** A base folder, and a quantised GGUF file of it. */
async function quantised(more: object = {}): Promise<{ readonly base: string; readonly file: string }> {
  const folder = temporaryFolder();
  const base = await smallDecoder(path.join(folder, 'base'), 'llama', { ...sizes, ...more });
  await exportModel(await tunedDecoder(base), 'gguf', path.join(folder, 'q8'), { dtype: 'q8_0' });
  return { base, file: path.join(folder, 'q8', 'model.gguf') };
}
const out = () => path.join(temporaryFolder(), 'out');

describe('norms written into a GGUF file', () => {
  it('are the tuned ones in a copy that is the file everywhere else', async () => {
    const { base, file } = await quantised();
    const tuned = await tunedDecoder(base, 'ln-tuning');
    const target = out();
    const { verified } = await exportModel(tuned, 'gguf', target, { onto: file });
    expect(verified).toMatch(/5 tensors are the tuned ones, the 15 others and the metadata equal .* byte for byte/);
    const card = readFileSync(path.join(target, 'README.md'), 'utf8');
    expect(card).toContain('its bytes were compared when it was written, not its logits. Folders of its kind');
    expect(card).not.toContain('logits compared');
    const copy = path.join(target, 'model.gguf');
    const [before, after] = [readFileSync(file), readFileSync(copy)];
    const { tensors } = await openGguf(copy);
    const norms = [...tensors.values()].filter(({ name }) => name.includes('norm'));
    for (const norm of norms) {
      expect(await readGgufTensor(copy, norm)).not.toEqual(await readGgufTensor(file, norm));
      after.set(before.subarray(norm.start, norm.start + 4 * 64), norm.start);
    }
    expect(after.equals(before)).toBe(true);
    expect(await readGgufTensor(copy, tensors.get('output_norm.weight')!)).toEqual(tuned.tensors.get('norm.weight'));
  });

  it.each([
    ['LoRA', '[lora, ln-tuning]', /blk\.0\.attn_q\.weight: was tuned and is Q8_0 there.*leave --onto out/],
    ['nothing of the base', '', /no tensor of the base model was tuned/],
  ])('are refused for %s', async (_, methods, message) => {
    const { base, file } = await quantised();
    const tuned = await tunedDecoder(base, methods || undefined);
    await expect(exportModel(tuned, 'gguf', out(), { onto: file })).rejects.toThrow(message);
  });

  it('are refused for a file of another model, unless that is wanted', async () => {
    const { base, file } = await quantised();
    const tuned = await tunedDecoder(base, 'ln-tuning');
    const { start } = (await openGguf(file)).tensors.get('blk.1.ffn_norm.weight')!;
    const bytes = readFileSync(file);
    bytes.writeFloatLE(7, start);
    writeFileSync(file, bytes);
    await expect(exportModel(tuned, 'gguf', out(), { onto: file })).rejects.toThrow(
      /blk\.1\.ffn_norm\.weight: must hold the base’s values.*--allow-other-base/,
    );
    await exportModel(tuned, 'gguf', out(), { onto: file, allowOtherBase: true });

    const { file: deeper } = await quantised({ num_hidden_layers: 3 });
    await expect(exportModel(tuned, 'gguf', out(), { onto: deeper })).rejects.toThrow(
      /llama\.block_count: must be 2, as in the base, got 3/,
    );
    await expect(exportModel(tuned, 'gguf', out(), { onto: path.join(base, 'config.json') })).rejects.toThrow(
      /config\.json: must be a GGUF file/,
    );
  });

  // A norm of 64 numbers comes last.
  it.each([
    ['F32', 0, 4 * 64],
    ['Q4_K', 12, 144],
    ['a type that is not known', 99, 1],
  ])('are refused for a file whose last tensor, of %s, is cut off', async (_, type, size) => {
    const { base, file } = await quantised();
    const last = [...(await openGguf(file)).tensors.values()].sort((a, b) => b.start - a.start)[0]!;
    const bytes = readFileSync(file);
    // In the list a tensor's type stands behind its name, the number of its dimensions, and those.
    bytes.writeUInt32LE(type, bytes.indexOf(last.name) + last.name.length + 4 + 8);
    writeFileSync(file, bytes.subarray(0, last.start + size));
    await openGguf(file);
    writeFileSync(file, bytes.subarray(0, last.start + size - 1));
    const target = out();
    const exported = exportModel(await tunedDecoder(base, 'ln-tuning'), 'gguf', target, { onto: file });
    await expect(exported).rejects.toThrow(`${file}: ${last.name}: is cut off; download or write the file again`);
    expect(existsSync(target)).toBe(false);
  });
});
