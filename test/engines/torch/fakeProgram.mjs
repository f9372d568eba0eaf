// Stands in for the torch program where tests need no torch: speaks frames, and comes to grief as it is told.
// node fakeProgram.mjs FATE
import { once } from 'node:events';
import { closeSync } from 'node:fs';

const [fate = 'none'] = process.argv.slice(2);
const prefixBytes = 16;

function write(header, payload = Buffer.alloc(0)) {
  const text = Buffer.from(JSON.stringify({ tensors: [], ...header }));
  const prefix = Buffer.alloc(prefixBytes);
  prefix.write('PLT1', 'latin1');
  prefix.writeUInt32LE(text.length, 4);
  prefix.writeBigUInt64LE(BigInt(payload.length), 8);
  process.stdout.write(Buffer.concat([prefix, text, payload]));
}

const hello = {
  type: 'hello',
  protocol: 3,
  python: '3.11.7',
  executable: '/opt/venv/bin/python',
  torch: '2.13.0+cpu',
  cuda: null,
  devices: [],
};
const hellos = {
  'no torch': { torch: null, problem: "ModuleNotFoundError: No module named 'torch'" },
  'old torch': { torch: '2.3.1' },
  'broken torch': { problem: 'OSError: libcudart.so.12: cannot open shared object file' },
  'other protocol': { protocol: 4 },
  'two GPUs': { torch: '2.13.0+cu130', cuda: '13.0', devices: [gpu('A'), gpu('B')] },
  'no driver': { torch: '2.13.0+cu130', cuda: '13.0' },
};
function gpu(letter) {
  return { name: `GPU ${letter}`, memoryBytes: 80e9 };
}

/** Values that were written, by part and name: read back as they came. */
const state = new Map();
const answers = {
  open: () => ({}),
  stage: () => ({}),
  close: () => ({}),
  write({ part, tensors }, payload) {
    let offset = 0;
    for (const { name, shape } of tensors) {
      const bytes = 4 * shape.reduce((n, dim) => n * dim, 1);
      state.set(`${part}/${name}`, { shape, bytes: payload.subarray(offset, offset + bytes) });
      offset += Math.ceil(bytes / 8) * 8;
    }
    return {};
  },
  // As many bytes as came with the step: batches that came ahead do not come again.
  step: (_, payload) => ({ loss: 'NaN', gradientNorm: fate === 'counts' ? payload.length : 0.5 }),
};

function read({ id, part, names }) {
  const tensors = names.map((name) => ({ name, dtype: 'f32', shape: state.get(`${part}/${name}`).shape }));
  const pieces = names.flatMap((name) => {
    const { bytes } = state.get(`${part}/${name}`);
    return [bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)];
  });
  write({ type: 'result', id, tensors }, Buffer.concat(pieces));
}

function answer(header, payload) {
  const { id, type } = header;
  if (type === 'step') {
    switch (fate) {
      case 'killed':
        return process.kill(process.pid, 'SIGKILL');
      case 'exit':
        process.stderr.write('one line\nthe last line, unfinished');
        return process.exit(3);
      case 'garbage':
        return process.stdout.write('Downloading 100%\n');
      case 'mute':
        setInterval(() => {}, 1000);
        return process.stdout.end();
      case 'deaf':
        // The loop over its input fails now, and is not to end it.
        process.on('uncaughtException', () => {});
        setInterval(() => {}, 1000);
        process.stdin.destroy();
        closeSync(0); // Node leaves the first three open.
        return write({ type: 'result', id, ...answers.step(header, payload) });
      case 'memory':
        return write({ type: 'error', id, code: 'memory', message: 'device: a batch of one row must fit' });
      case 'internal':
        return write({
          ...{ type: 'error', id, code: 'internal' },
          ...{ message: 'RuntimeError: shapes differ', trace: ['Traceback (most recent call last):'] },
        });
      case 'other answer':
        return write({ type: 'result', id: id + 5 });
    }
  }
  if (type === 'read') return read(header);
  write({ type: 'result', id, ...answers[type](header, payload) });
}

async function* frames() {
  let buffer = Buffer.alloc(0);
  for await (const chunk of process.stdin) {
    buffer = Buffer.concat([buffer, chunk]);
    while (buffer.length >= prefixBytes) {
      const end = prefixBytes + buffer.readUInt32LE(4) + Number(buffer.readBigUInt64LE(8));
      if (buffer.length < end) break;
      const split = prefixBytes + buffer.readUInt32LE(4);
      yield [JSON.parse(buffer.subarray(prefixBytes, split)), buffer.subarray(split, end)];
      buffer = buffer.subarray(end);
    }
  }
}

if (fate === 'print') process.stdout.write('Python 3.11.7 welcomes you\n');
if (fate === 'gone') process.exit(0);
if (fate !== 'silent') write({ ...hello, ...hellos[fate] });
for await (const [header, payload] of frames()) answer(header, payload);
// One that does not go although its input has ended.
if (fate === 'lingers')
  await once(
    setInterval(() => {}, 1000),
    'never',
  ).catch(() => {});
