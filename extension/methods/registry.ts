import { adapter } from './adapter.ts';
import { bitfit } from './bitfit.ts';
import type { Method } from './declaration/method.ts';
import { full } from './full.ts';
import { headOnly } from './headOnly.ts';
import { ia3 } from './ia3.ts';
import { lnTuning } from './lnTuning.ts';
import { lora } from './lora.ts';
import { prefix } from './prefix.ts';

/**
 * Every method, in the order in which a union applies and merges them, whatever order a config lists them in: what
 * unfreezes, then what adds to a weight (LoRA), then what scales the sum ((IA)³), then what sits around the layers.
 */
export const methods: readonly Method[] = [full, headOnly, lnTuning, bitfit, lora, ia3, prefix, adapter];

/** Methods that PEFT stores as adapters of their own, by `peft_type`. */
export const peftCodecs = methods.flatMap(({ name, peft }) => (peft ? [{ name, peft }] : []));

export const findMethod = (name: string): Method | undefined => methods.find((method) => method.name === name);

/** The upper and the lower end of every comparison: listed after the methods that are compared. */
export const isReference = (name: string): boolean => name === full.name || name === headOnly.name;
