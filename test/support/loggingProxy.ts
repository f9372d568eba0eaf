import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

export interface LoggingProxy {
  readonly port: number;
  /** `GET http://host/path` or `CONNECT host:port`, and with whose login. */
  readonly seen: { readonly asked: string; readonly login: string | undefined }[];
  close(): Promise<void>;
}

/** A proxy on this machine; with `status`, one that refuses everything. */
export async function startProxy(status?: number): Promise<LoggingProxy> {
  const seen: LoggingProxy['seen'][number][] = [];
  const see = (asked: string, login: string | undefined) => void seen.push({ asked, login });
  const server = createServer((incoming, answer) => {
    see(`${incoming.method} ${incoming.url}`, incoming.headers['proxy-authorization']);
    if (status !== undefined) return void answer.writeHead(status).end();
    const { method, headers } = incoming;
    const onward = request(incoming.url!, { method: method!, headers }, (got) => {
      answer.writeHead(got.statusCode!, got.headers);
      got.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    incoming.pipe(onward);
  });
  server.on('connect', (incoming, socket) => {
    see(`CONNECT ${incoming.url}`, incoming.headers['proxy-authorization']);
    if (status !== undefined) return void socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
    const [host, port] = incoming.url!.split(':');
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [onward, socket]) end.on('error', () => onward.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
