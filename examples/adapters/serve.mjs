// Serves the page over an exported folder: `node examples/adapters/serve.mjs FOLDER [PORT]`.
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = import.meta.dirname ?? path.dirname(fileURLToPath(import.meta.url));
const packages = path.join(here, '../../node_modules');
const types = {
  '.html': 'text/html',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

/** The folder and the file in it that a path of the page stands for. */
function placeOf(url, folder) {
  if (url.startsWith('/model/')) return [folder, url.slice('/model/'.length)];
  if (url.startsWith('/node_modules/')) return [packages, url.slice('/node_modules/'.length)];
  return [here, url === '/' ? 'index.html' : url.slice(1)];
}

const [folder, port = '8080'] = process.argv.slice(2);
if (folder === undefined) throw new Error('serve: give the folder that peft-lab export --format onnx-adapters wrote');
const server = createServer((request, response) => {
  try {
    const { pathname } = new URL(request.url, 'http://localhost');
    const [root, file] = placeOf(decodeURIComponent(pathname), path.resolve(folder));
    const whole = path.join(root, file);
    if (!whole.startsWith(root + path.sep)) throw new Error('outside');
    const body =
      file === 'adapters.json'
        ? JSON.stringify(readdirSync(root).filter((name) => name.endsWith('.safetensors')))
        : readFileSync(whole);
    response.writeHead(200, { 'content-type': types[path.extname(whole)] ?? 'application/octet-stream' }).end(body);
  } catch {
    response.writeHead(404).end();
  }
});
server.listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));
