import { configKeys } from '../../extension/config/schema/keyTable.ts';
import { optionKeys } from '../../extension/methods/entries/entryOptions.ts';
import { presets } from '../../extension/methods/presets.ts';
import { methods } from '../../extension/methods/registry.ts';
import { keyTable } from './keyTable.ts';
import { generatedFrom } from './markdown.ts';

/** Every key of a config, as declared. */
export function configPage(): string {
  const { children } = configKeys();
  const data = children.get('data')!;
  const training = children.get('training')!;
  const splits = data.children.get('train')!;
  const early = training.children.get('early_stopping')!;
  const entries = [...methods, ...presets].map(({ name, title }) => {
    const options = [...optionKeys(name)!.children.keys()].map((key) => `\`${key}\``);
    return `- [\`${name}\`](methods/${name}.md) (${title}): ${options.join(', ')}`;
  });
  return `${generatedFrom('extension/config/schema/schema.ts and the methods')}

# Config

*What does each key of an experiment mean, which values may it have, and what holds where it is left out?*

An experiment is a file \`NAME.peft.yaml\`. Four keys are enough:

\`\`\`yaml
model: google-bert/bert-base-uncased
task: classification
data: {train: train.tsv, validation: dev.tsv}
methods: [ln-tuning]
\`\`\`

Relative paths start from the folder of the config. \`peft-lab check FILE\` lists every problem; \`--set key=value\`
(\`--set training.epochs=5\`, \`--set methods[0].prefix.length=8\`) changes a key for one run.

${keyTable(children)}

## data

${data.description}

${keyTable(data.children)}

A split (\`train\`, \`validation\`, \`test\`) is a path, or a mapping where a file has columns, format or length of its own:

${keyTable(splits.children)}

## methods

A list of entries, each a name or \`name: {options}\`; several form a union, in which every method keeps its own learning
rate. Each page says what the method tunes, how many numbers that is, and what its options mean:

${entries.join('\n')}

## training

${training.description}

${keyTable(training.children)}

\`early_stopping\`:

${keyTable(early.children)}
`;
}
