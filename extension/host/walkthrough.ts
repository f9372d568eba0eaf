import { commandId } from './commands/ids.ts';

interface WalkthroughStep {
  readonly id: string;
  readonly title: string;
  /** Sentences and buttons: Markdown's marks are shown as they are, links aside. */
  readonly description: string;
  readonly media: { readonly svg: string; readonly altText: string };
  readonly completionEvents: readonly string[];
}

/** A picture is drawn in the theme's own colours. */
const picture = (id: string, altText: string): WalkthroughStep['media'] => ({
  svg: `resources/walkthrough/${id}.svg`,
  altText,
});

/** From nothing to a model that was tuned, compared, tried and taken away; every step can be done without network. */
export const walkthroughSteps: readonly WalkthroughStep[] = [
  {
    id: 'open',
    title: 'Open the example workspace',
    description:
      'Two small models, data and configs: each step here takes seconds or minutes on any laptop, without network. You choose where they are put.\n[Open Example Workspace](command:peftLab.openExampleWorkspace)\nOr begin with a model and a file of your own: [New Experiment](command:peftLab.newExperiment).',
    media: picture('open', 'The files of the example workspace: data, two models, configs and a sweep'),
    completionEvents: [`onCommand:${commandId('openExampleWorkspace')}`, `onCommand:${commandId('newExperiment')}`],
  },
  {
    id: 'start',
    title: 'Start LN-tuning',
    description:
      'Open entities.peft.yaml: a model, data, and the method that tunes it. The line above it says how many weights that changes and what it costs, and starts it. Only the gain and bias of the LayerNorms are trained; the run goes on when you close the window.\n[Start LN-tuning](command:peftLab.startLnTuning)',
    media: picture(
      'start',
      'A config in the editor: above its first line stand Start LN-tuning, counts, memory and time',
    ),
    completionEvents: [`onCommand:${commandId('startLnTuning')}`, `onCommand:${commandId('startFromConfig')}`],
  },
  {
    id: 'compare',
    title: 'Compare it with BitFit',
    description:
      'Change ln-tuning to bitfit in the config and start again above its first line. Select both runs with Ctrl (macOS: Cmd) and compare: curves, cost and scores side by side, and only the keys in which the two configs differ.\n[Compare Runs](command:peftLab.compareRuns)',
    media: picture('compare', 'Entity F1 of two runs, step by step, and a table with their scores and tunable weights'),
    completionEvents: [`onCommand:${commandId('compareRuns')}`],
  },
  {
    id: 'sweep',
    title: 'Ask whether the difference is real',
    description:
      'Two runs cannot tell a better method from luck. A sweep tries learning rates for each method, judges the best with fresh seeds on rows that nothing was chosen by, and says what was shown and what was not. Above the first line of reviews.sweep.yaml stands how many minutes it takes here.\n[Start Sweep](command:peftLab.startSweep)',
    media: picture(
      'sweep',
      'The verdict of a sweep in a sentence, and every seed of two methods as a dot with intervals',
    ),
    completionEvents: [`onCommand:${commandId('startSweep')}`],
  },
  {
    id: 'write',
    title: 'Teach a language model',
    description:
      'places.peft.yaml teaches a small decoder to put records in words, in some seconds. Start it, then give its run a record of your own.\n[Try a Model](command:peftLab.tryModel)',
    media: picture(
      'write',
      'A record of a restaurant; before tuning the model answers with another record, then with a sentence',
    ),
    completionEvents: [`onCommand:${commandId('tryModel')}`],
  },
  {
    id: 'take',
    title: 'Take it with you',
    description:
      'Export what was tuned: it is opened again and its answers are compared before it is called done. Merge and Export Model writes a whole model folder.\n[Export Adapter](command:peftLab.exportAdapter)',
    media: picture(
      'take',
      'From a run to an adapter for PEFT, a whole model for transformers, ONNX, and GGUF for llama.cpp',
    ),
    completionEvents: [`onCommand:${commandId('exportAdapter')}`, `onCommand:${commandId('mergeAndExport')}`],
  },
];

/** The address of a button that opens the walkthrough. */
export const walkthroughCommand = 'command:workbench.action.openWalkthrough?%22peft-lab.peft-lab%23peftLab.start%22';
