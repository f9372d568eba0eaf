import { type QuickPickItem, window } from 'vscode';
import type { TrainerProgram } from '../../processes/trainerCommand.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { runTitle } from '../../view/runNames.ts';
import { apartWords, tellApart } from '../../view/tellApart.ts';
import { withoutIcons } from '../editor/plainText.ts';
import { ModelServer } from '../trainer/modelServer.ts';
import { answerText } from './answerText.ts';

/** Typing rests this long before models are asked. */
const restMs = 250;

/** Between the two texts of a pair, which are typed into one field. */
const divider = '||';

/** A text, or two with `||` between them, goes in at the top; below, what each tuned model says of it, while it is typed. */
export function tryModels(runs: readonly RunEntry[], trainer: TrainerProgram, folder: string): void {
  const server = new ModelServer(trainer, folder);
  const box = window.createQuickPick<QuickPickItem>();
  let round = 0;
  let timer: NodeJS.Timeout | undefined;
  const answers = runs.map(() => '');
  const arePairs = runs.map(readsPairs);
  const needs = (i: number): string => (arePairs[i] ? `Type a text, ${divider} and a second text` : 'Type a text');
  const apart = tellApart(runs, runTitle);
  const show = (): void => {
    box.items = runs.map((run, i) => ({
      label: withoutIcons(runTitle(run)),
      description: withoutIcons(apartWords(apart.get(run.record)).join(' · ')),
      detail: withoutIcons(answers[i] || needs(i)),
      // The list says what models say; it is not searched.
      alwaysShow: true,
    }));
  };
  const ask = async (text: string, own: number): Promise<void> => {
    box.busy = true;
    await Promise.all(
      runs.map(async (run, i) => {
        const [first, second] = arePairs[i] ? pairOf(text) : [text];
        const said =
          first === undefined
            ? ''
            : await server.ask(run.folder, first, second).then(answerText, (error: Error) => error.message);
        if (own !== round) return;
        answers[i] = said;
        show();
      }),
    );
    if (own === round) box.busy = false;
  };
  box.title = runs.length === 1 ? 'Try the tuned model' : `Try ${runs.length} tuned models`;
  box.placeholder = arePairs.includes(true) ? `A text to judge, or FIRST ${divider} SECOND` : 'A text to judge';
  box.ignoreFocusOut = true;
  box.onDidChangeValue((text) => {
    clearTimeout(timer);
    const own = ++round;
    if (text.trim() === '') {
      answers.fill('');
      box.busy = false;
    } else timer = setTimeout(() => void ask(text.trim(), own), restMs);
    show();
  });
  box.onDidHide(() => {
    clearTimeout(timer);
    round++;
    server.close();
    box.dispose();
  });
  show();
  box.show();
}

/** Whether a run learned from two texts a row. */
const readsPairs = ({ record }: RunEntry): boolean => record.config.data.train.text_pair != null;

/** The two texts; none until there is a second one. */
function pairOf(text: string): readonly string[] {
  const place = text.indexOf(divider);
  const pair = place < 0 ? [] : [text.slice(0, place).trim(), text.slice(place + divider.length).trim()];
  return pair.includes('') ? [] : pair;
}
