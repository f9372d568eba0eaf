import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTensors, encodeFrame, FrameReader, type NamedTensor } from '../../../extension/engines/torch/frames.ts';
import type { Tensor } from '../../../extension/graph/tensor.ts';

const tensor = fc
  .array(fc.float({ noNaN: true }), { maxLength: 9 })
  .map((values): Tensor => ({ dtype: 'f32', shape: [values.length], data: Float32Array.from(values) }));

describe('frames', () => {
  it('arrive whole, however they are cut', () => {
    const frame = fc.record({ text: fc.string({ unit: 'grapheme' }), tensors: fc.array(tensor, { maxLength: 3 }) });
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 4 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
        (sent, cuts) => {
          const bytes = Buffer.concat(
            sent.flatMap(({ text, tensors }) =>
              encodeFrame(
                { text },
                tensors.map((value, i): NamedTensor => [`t${i}`, value]),
              ),
            ),
          );
          const reader = new FrameReader();
          const found = [];
          for (let at = 0; at < bytes.length; ) {
            const { value: step } = cuts.next();
            found.push(...reader.push(bytes.subarray(at, at + step)));
            at += step;
          }
          expect(reader.midFrame).toBe(false);
          expect(found.length).toBe(sent.length);
          for (const [i, { header, payload }] of found.entries()) {
            const { text, tensors } = header as { text: string; tensors: Parameters<typeof decodeTensors>[0] };
            expect(text).toBe(sent[i]!.text);
            expect([...decodeTensors(tensors, payload).values()]).toEqual(sent[i]!.tensors);
          }
        },
      ),
    );
  });

  it('are told from anything else by the first byte', () => {
    expect(() => new FrameReader().push(Buffer.from('W'))).toThrow('a frame must begin with "PLT1", got "W"');
    const reader = new FrameReader();
    expect(reader.push(Buffer.from('PLT'))).toEqual([]);
    expect(() => reader.push(Buffer.from('2'))).toThrow('got "PLT2"');
  });

  it('refuses frames with impossible lengths or contents', () => {
    const [prefix, header] = encodeFrame({}, []) as [Buffer, Buffer];
    const long = Buffer.from(prefix);
    long.writeUInt32LE(2 ** 30, 4);
    expect(() => new FrameReader().push(long)).toThrow('must have at most 2^28 and 2^32 bytes, got 1073741824');
    const broken = Buffer.concat([prefix, header]);
    broken[prefix.length] = 0x5b;
    expect(() => new FrameReader().push(broken)).toThrow("a frame's header must be JSON");
    expect(() => decodeTensors([{ name: 'x', dtype: 'f32', shape: [3] }], new ArrayBuffer(8))).toThrow(
      'x: the frame must hold 3 numbers, got 8 bytes',
    );
  });
});
