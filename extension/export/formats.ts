import { type ExportFormat, exportFormats } from '../contract/exportFormat.ts';
import type { ConfiguredMethod } from '../methods/declaration/method.ts';
import { mergeObstacle } from '../methods/declaration/union.ts';
import type { ModelDimensions } from '../models/dimensions.ts';
import { familyOf } from '../models/families.ts';
import type { HeadKind } from '../models/model.ts';

/** What decides which formats can hold a tuned model. */
export interface FormatSubject {
  readonly model: ModelDimensions;
  readonly head: HeadKind;
  readonly methods: readonly ConfiguredMethod[];
}

/** Methods that PEFT knows as adapters of their own; LN-tuning also fits beside one of the others. */
const peftMethods = ['lora', 'ia3', 'prefix', 'ln-tuning'] as const;

/** Why a format cannot hold the model, or undefined when it can. */
function formatProblem(format: ExportFormat, subject: FormatSubject): string | undefined {
  switch (format) {
    case 'peft':
      return peftProblem(subject);
    case 'merged':
      return mergeObstacle(subject.methods);
    case 'onnx':
    case 'native':
      return undefined;
  }
}

/** The problem with the formats that can hold the model instead; undefined when there is none. */
export function formatRefusal(format: ExportFormat, subject: FormatSubject): string | undefined {
  const problem = formatProblem(format, subject);
  const others = exportFormats.filter((other) => formatProblem(other, subject) === undefined);
  return problem && `${problem}; export it as ${others.join(', ').replace(/, (?=[^,]+$)/, ' or ')}`;
}

function peftProblem({ model, head, methods }: FormatSubject): string | undefined {
  if (head === 'masked-lm') return 'a PEFT adapter has no place for a masked-LM head';
  const names = methods.map(({ method }) => method.name);
  const foreign = methods.find(({ method }) => !(peftMethods as readonly string[]).includes(method.name));
  if (foreign) return `${foreign.method.title} is not among the methods that PEFT can load`;
  const main = names.filter((name) => name !== 'ln-tuning');
  if (main.length > 1) {
    return `one PEFT adapter holds one of lora, ia3 and prefix (beside ln-tuning), got ${main.join(' + ')}`;
  }
  const prefix = methods.find(({ method }) => method.name === 'prefix');
  if (!prefix) return undefined;
  if ((prefix.options as { readonly positions: string }).positions !== 'shifted') {
    return 'PEFT moves the positions of real tokens behind the prefix, and this one was trained with positions: unchanged';
  }
  return familyOf(model).prefixObstacle;
}
