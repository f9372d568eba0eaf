// Writes on texts with llama.cpp: `node llamaProgram.mjs FOLDER < JSON`, FOLDER being where node-llama-cpp is installed, the
// JSON {files, texts, count}. Answers on the last line, for each file and text, with the text's ids and those of what is
// written on it, the likeliest each time.
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

const library = path.join(process.argv[2], 'node_modules', 'node-llama-cpp', 'dist', 'index.js');
const { getLlama, LlamaLogLevel } = await import(pathToFileURL(library).href);
const { files, texts, count } = JSON.parse(await text(process.stdin));
const llama = await getLlama({ build: 'never', gpu: false, skipDownload: true, logLevel: LlamaLogLevel.error });
const answers = [];
for (const modelPath of files) {
  const model = await llama.loadModel({ modelPath, checkTensors: true });
  const context = await model.createContext({ contextSize: 64, threads: 2 });
  const rows = [];
  for (const given of texts) {
    const ids = model.tokenize(given, true);
    const sequence = context.getSequence();
    const written = [];
    for await (const id of sequence.evaluate(ids, { temperature: 0, yieldEogToken: true })) {
      written.push(id);
      if (written.length >= count) break;
    }
    sequence.dispose();
    rows.push({ ids, written });
  }
  answers.push(rows);
  await model.dispose();
}
console.log(JSON.stringify(answers));
process.exit(0);
