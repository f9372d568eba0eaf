// npm run test:slurm: sweeps on a real Slurm of two nodes, which this machine runs for itself. Needs Debian's packages, which are
// installed where this process may do that, and root; elsewhere it says what is missing and ends well.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { installDebian } from './debian.mjs';
import { build, install, run, tool } from './setup.mjs';

const packages = ['slurmctld', 'slurmd', 'slurm-client', 'munge'];
const policy = '/usr/sbin/policy-rc.d';

install();
build();
if (spawnSync('which', ['slurmctld']).status !== 0) withoutServices(() => installDebian(...packages));
run(tool('vitest'), ['run', '--config', 'vitest.slurm.config.ts']);

/** Packages start their services: the tests run their own, in a folder of theirs. */
function withoutServices(act) {
  const mayWrite = process.platform === 'linux' && process.getuid?.() === 0 && !existsSync(policy);
  if (mayWrite) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    act();
  } finally {
    if (mayWrite) rmSync(policy);
  }
}
