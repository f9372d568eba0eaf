import { type ExportFormat, exportFormats } from '../contract/exportFormat.ts';
import type { ConfiguredMethod } from '../methods/declaration/method.ts';
import { isAdapter } from '../methods/declaration/peft.ts';
import { mergeObstacle } from '../methods/entries/union.ts';
import { peftCodecs } from '../methods/registry.ts';
import { families, familyOf } from '../models/families.ts';
import type { ModelDimensions } from '../models/model/dimensions.ts';
import { writingHead } from '../models/model/model.ts';
import { findTask, type TaskName } from '../tasks/registry.ts';

/** The facts that decide which formats can hold a tuned model. */
interface FormatSubject {
  readonly model: ModelDimensions;
  readonly task: TaskName;
  readonly methods: readonly ConfiguredMethod[];
}

/** Why a format cannot hold the model, or undefined when it can. */
function formatProblem(format: ExportFormat, subject: FormatSubject): string | undefined {
  switch (format) {
    case 'peft':
      return peftProblem(subject);
    case 'merged':
      return mergeObstacle(subject.model, subject.methods);
    case 'gguf':
      return ggufProblem(subject);
    case 'onnx':
    case 'native':
      return undefined;
  }
}

/** The problem with the formats that can hold the model instead; undefined when there is none. */
export function formatRefusal(format: ExportFormat, subject: FormatSubject): string | undefined {
  const problem = formatProblem(format, subject);
  const others = exportFormats.filter((other) => formatProblem(other, subject) === undefined);
  return problem && `${problem}; export it as ${inWords(others, 'or')}`;
}

function ggufProblem({ model, task, methods }: FormatSubject): string | undefined {
  const { gguf, title } = familyOf(model);
  const known = families.filter((family) => family.gguf).map((family) => family.title);
  if (!gguf) return `a GGUF file holds one of ${inWords(known, 'and')}, got ${title}`;
  if (findTask(task).head !== writingHead) return `a GGUF file holds models that write text, got ${task}`;
  const obstacle = gguf.obstacle(model);
  return obstacle === undefined
    ? mergeObstacle(model, methods)
    : `llama.cpp computes ${title} differently, got ${obstacle}`;
}

function peftProblem({ model, task, methods }: FormatSubject): string | undefined {
  if (findTask(task).huggingFace.peftType === null) return `a PEFT adapter has no place for the head of ${task}`;
  const foreign = methods.find(({ method }) => method.peft === undefined);
  if (foreign) return `${foreign.method.title} is not among the methods that PEFT can load`;
  const adapters = methods.filter(({ method }) => isAdapter(method.peft));
  if (adapters.length > 1) {
    const known = peftCodecs.filter(({ peft }) => isAdapter(peft)).map(({ name }) => name);
    const beside = peftCodecs.filter(({ peft }) => !isAdapter(peft)).map(({ name }) => name);
    const got = adapters.map(({ method }) => method.name).join(' + ');
    return `one PEFT adapter holds one of ${inWords(known, 'and')} (beside ${inWords(beside, 'and')}), got ${got}`;
  }
  return methods.map(({ method, options }) => method.peft?.obstacle?.(options, model)).find((found) => found);
}

/** `a, b and c` */
const inWords = (names: readonly string[], word: 'and' | 'or'): string =>
  names.join(', ').replace(/, (?=[^,]+$)/, ` ${word} `);
