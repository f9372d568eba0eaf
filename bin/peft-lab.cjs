#!/usr/bin/env node
'use strict';

const { existsSync } = require('node:fs');
const { join } = require('node:path');

const bundle = join(__dirname, '..', 'dist', 'trainer.cjs');
if (!existsSync(bundle)) {
  process.stderr.write(`peft-lab: not built yet: ${bundle} is missing; run \`npm run build\` first\n`);
  process.exit(1);
}
require(bundle);
