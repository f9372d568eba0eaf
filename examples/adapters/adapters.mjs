// Opens the base once and switches between runs: what a run tuned is fed beside the text.
import { Tokenizer } from '@huggingface/tokenizers';
import * as ort from 'onnxruntime-web';

const json = async (file) => (await fetch(`model/${file}`)).json();
const element = (id) => document.getElementById(id);

/** A run's tensors and labels, from a safetensors file. */
async function readAdapter(file) {
  const buffer = await (await fetch(`model/${file}`)).arrayBuffer();
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  const { __metadata__: about, ...entries } = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const tensors = Object.entries(entries).map(
    ([
      name,
      {
        shape,
        data_offsets: [start, end],
      },
    ]) => {
      const values = new Float32Array(buffer.slice(8 + length + start, 8 + length + end));
      return [name, new ort.Tensor('float32', values, shape)];
    },
  );
  return { tensors: Object.fromEntries(tensors), labels: JSON.parse(about.labels), bytes: buffer.byteLength };
}

const names = await json('adapters.json');
const tokenizer = new Tokenizer(await json('tokenizer.json'), await json('tokenizer_config.json'));
// Its file without defaults: onnxruntime for JavaScript passes no input that has one.
const session = await ort.InferenceSession.create('model/model.required.onnx', {
  executionProviders: ['wasm'],
  externalData: [{ path: 'model.onnx.data', data: 'model/model.onnx.data' }],
});
const adapters = new Map(await Promise.all(names.map(async (name) => [name, await readAdapter(name)])));

/** @returns the logits of a text by a run */
async function classify(name, text) {
  const { ids } = tokenizer.encode(text);
  const tensor = (values) => new ort.Tensor('int64', BigInt64Array.from(values, BigInt), [1, ids.length]);
  const given = {
    input_ids: tensor(ids),
    attention_mask: tensor(ids.map(() => 1)),
    token_type_ids: tensor(ids.map(() => 0)),
    ...adapters.get(name).tensors,
  };
  const feeds = Object.fromEntries(session.inputNames.map((input) => [input, given[input]]));
  const { logits } = await session.run(feeds);
  return [...logits.data];
}

let latest = 0;
async function show() {
  const asked = ++latest;
  const { labels, bytes } = adapters.get(element('run').value);
  const logits = await classify(element('run').value, element('text').value);
  if (asked !== latest) return;
  const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
  element('state').textContent = `${Math.ceil(bytes / 1000)} kB`;
  element('answer').replaceChildren(
    ...logits.map((logit, i) => {
      const row = document.createElement('tr');
      for (const text of [labels[i], (Math.exp(logit) / sum).toFixed(4)]) row.insertCell().textContent = text;
      row.dataset.logit = String(logit);
      return row;
    }),
  );
}

element('text').value = new URLSearchParams(location.search).get('text') ?? element('text').value;
element('run').replaceChildren(...names.map((name) => new Option(name.replace('.safetensors', ''), name)));
element('run').addEventListener('change', show);
element('text').addEventListener('input', show);
await show();
