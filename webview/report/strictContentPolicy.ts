import { config } from 'zod';

// Compiled checks need `eval`, which the page's content policy forbids. Schemas read this once, when they are made, so
// this module is the first that the page imports.
config({ jitless: true });
