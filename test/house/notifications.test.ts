import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const host = path.resolve(import.meta.dirname, '../../extension/host');

describe('notifications', () => {
  it('go through `notify`, which makes no links of names and causes from files', () => {
    const files = readdirSync(host, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    const direct = files.filter((name) =>
      /\bshow(Information|Warning|Error)Message\(/.test(readFileSync(path.join(host, name), 'utf8')),
    );
    expect(direct).toEqual(['editor/notify.ts']);
  });
});
