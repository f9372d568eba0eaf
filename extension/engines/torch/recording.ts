import { openSync, writeSync } from 'node:fs';
import { codeVersion } from '../../contract/version.ts';
import { UserError } from '../../problems/userError.ts';
import { encodeFrame } from './frames.ts';
import { protocolVersion } from './messages.ts';
import type { PeerOptions } from './peer.ts';

/** The environment variable that names the file into which a run's requests to the torch program are recorded. */
export const recordVariable = 'PEFT_LAB_RECORD';

/**
 * Writes everything that is sent into a file, which the Python program answers by itself with `--replay FILE`. The file
 * begins with a frame that names its version, and is made with the first request: a program that is only looked at
 * leaves no file. Written at once, so that a crash leaves what led to it.
 * @throws UserError (the function) when the file cannot be written
 */
export function recordTo(file: string): NonNullable<PeerOptions['onSent']> {
  let descriptor: number | undefined;
  return (pieces) => {
    try {
      if (descriptor === undefined) {
        descriptor = openSync(file, 'w');
        write(descriptor, encodeFrame({ type: 'recording', protocol: protocolVersion, codeVersion }, []));
      }
      write(descriptor, pieces);
    } catch (error) {
      throw new UserError(
        `${recordVariable}: must name a file that can be written, got ${file} (${(error as Error).message}); name another one`,
        'torch',
      );
    }
  };
}

function write(descriptor: number, pieces: readonly Uint8Array[]): void {
  for (const piece of pieces) {
    for (let done = 0; done < piece.length; ) done += writeSync(descriptor, piece, done);
  }
}
