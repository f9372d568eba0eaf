#!/usr/bin/env node
'use strict';

// As the bundle itself does first of all; until it is read and compiled, the debugger must stay shut too.
process.on('SIGUSR1', () => {});

const { existsSync } = require('node:fs');
const { join } = require('node:path');

const bundle = join(__dirname, '..', 'dist', 'trainer.cjs');
if (!existsSync(bundle)) {
  process.stderr.write(`peft-lab: not built yet: ${bundle} is missing; run \`npm run build\` first\n`);
  process.exit(1);
}
require(bundle);
