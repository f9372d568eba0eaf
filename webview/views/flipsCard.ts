import type { FlipsAnswer, FlipsQuestion } from '../../extension/contract/panel.ts';
import type { FlippedRow, RowFlipsView } from '../../extension/contract/rowFlips.ts';
import type { SweepView, VerdictView } from '../../extension/contract/sweepView.ts';
import { pText } from '../../extension/experiments/verdict/scoreText.ts';
import { hasRightRows } from '../../extension/metrics/registry.ts';
import { formatCount } from '../../extension/view/figures.ts';
import { csvOf, latexOf, markdownOf, type TextTable } from '../../extension/view/tableText.ts';
import { button, dropdown } from '../page/components.ts';
import { type Child, type Description, h } from '../page/dom.ts';
import { type PageState, pairKey } from '../state/state.ts';
import { plainTable } from './chartCard.ts';
import type { ViewContext } from './viewContext.ts';

function flipsTable({ first, second, rows }: RowFlipsView): TextTable {
  const share = (right: number, runs: number) => ({ text: `${right}/${runs}` });
  return {
    columns: [
      { title: 'right', isNumber: false },
      { title: 'line', isNumber: true },
      { title: first.name, isNumber: true },
      { title: second.name, isNumber: true },
      { title: 'label', isNumber: false },
      { title: 'text', isNumber: false },
    ],
    rows: rows.map(({ right, row, line, firstRight, secondRight, label = '', text = '' }: FlippedRow) => [
      { text: right === 'first' ? first.name : second.name },
      { text: line === undefined ? `row ${row}` : String(line) },
      share(firstRight, first.runs),
      share(secondRight, second.runs),
      { text: label },
      { text },
    ]),
  };
}

/** Rows that one of two arms has right and the other wrong: asked of the host, which reads outcomes and texts, or in a report; null where no row is right or wrong. */
export function flipsCard(
  { state, dispatch, send }: ViewContext,
  view: SweepView,
  verdict: VerdictView,
): Description | null {
  if (!hasRightRows(verdict.metric)) return null;
  const arms = verdict.leaderboard.filter(({ scores }) => scores.length > 0).map(({ arm }) => arm);
  const { flipArms } = state.choices;
  const chosen = flipArms.every((arm) => arms.includes(arm)) ? flipArms : [];
  const [first = arms[0], second = arms.find((arm) => arm !== first)] = chosen;
  if (first === undefined || second === undefined) return null;
  const question = { sweep: view.id, first, second };
  const answer = answerTo(question, state);
  // A report holds the answers that it has.
  if (!state.hasHost && ![...state.flips.values()].some((known) => known?.sweep === view.id)) return null;
  const ask = (): void => {
    dispatch({ type: 'askFlips', ...question });
    send({ type: 'flips', ...question });
  };
  const found = answer?.flips.find(({ title }) => title === verdict.title);
  const picker = (label: string, value: string, arms: readonly string[], put: (arm: string) => readonly string[]) =>
    dropdown({
      label,
      choices: arms.map((arm) => ({ value: arm, text: arm })),
      value,
      onChange: (arm) => dispatch({ type: 'flipArms', arms: put(arm) }),
    });
  const others = (arm: string): readonly string[] => arms.filter((other) => other !== arm);
  const copy = (text: string) => send({ type: 'copy', text });
  const table = found && flipsTable(found);
  return h('section', { key: 'flips', class: 'card flips', attributes: { 'aria-label': 'Rows that flip' } }, [
    h('header', {}, [
      h('h3', {}, ['Rows that flip']),
      h('span', { class: 'spring' }),
      table &&
        h('span', { class: 'tool-group' }, [
          button({ label: 'Markdown', onClick: () => copy(markdownOf(table)) }),
          button({ label: 'CSV', onClick: () => copy(csvOf(table)) }),
          button({ label: 'LaTeX', onClick: () => copy(latexOf(table)) }),
        ]),
    ]),
    h('div', { class: 'toolbar' }, [
      picker('First arm', first, others(second), (arm) => [arm, second]),
      h('span', {}, ['and']),
      picker('Second arm', second, others(first), (arm) => [first, arm]),
      state.hasHost &&
        button({
          label: 'Compare Rows',
          icon: 'diff',
          isDisabled: answer === null,
          onClick: ask,
        }),
    ]),
    ...(found && table ? answered(found, table) : []),
    answer === null && h('p', { class: 'quiet', attributes: { role: 'status' } }, ['Comparing…']),
    !state.hasHost &&
      answer === undefined &&
      h('p', { class: 'quiet', attributes: { role: 'status' } }, [
        'This report holds the rows of the pairs above only.',
      ]),
    answer &&
      !found &&
      h('p', { class: 'quiet', attributes: { role: 'status' } }, [answer.problem ?? 'These rows cannot be compared.']),
  ]);
}

/** What is known of two arms, whichever was named first; null while they are compared. */
function answerTo(question: FlipsQuestion, { flips }: PageState): FlipsAnswer | null | undefined {
  const known = flips.get(pairKey(question));
  return !known || known.first === question.first
    ? known
    : { ...known, ...question, flips: known.flips.map(turnedFlips) };
}

const turnedFlips = ({ first, second, onlyFirst, onlySecond, rows, ...rest }: RowFlipsView): RowFlipsView => ({
  ...rest,
  first: second,
  second: first,
  onlyFirst: onlySecond,
  onlySecond: onlyFirst,
  rows: rows.map(({ right, firstRight, secondRight, ...row }) => ({
    ...row,
    right: right === 'first' ? 'second' : 'first',
    firstRight: secondRight,
    secondRight: firstRight,
  })),
});

function answered(flips: RowFlipsView, table: TextTable): readonly Child[] {
  const { first, second, onlyFirst, onlySecond, bothRight, bothWrong, p, withoutTexts } = flips;
  const counts = [
    `${formatCount(onlyFirst)} right with ${first.name} alone`,
    `${formatCount(onlySecond)} with ${second.name} alone`,
    `${formatCount(bothRight)} with both`,
    `${formatCount(bothWrong)} with neither`,
  ];
  const { rows } = table;
  return [
    h('p', { class: 'sentence', attributes: { role: 'status' } }, [
      `${counts.join(', ')} (McNemar's exact ${pText(p)}).`,
    ]),
    withoutTexts !== undefined && h('p', { class: 'quiet' }, [withoutTexts]),
    rows.length > 0 && plainTable(table, 'Rows that one of two arms alone has right'),
    rows.length < onlyFirst + onlySecond &&
      h('p', { class: 'quiet' }, [
        `${formatCount(rows.length)} of ${formatCount(onlyFirst + onlySecond)} rows, the clearest of each arm; copies hold the same`,
      ]),
  ];
}
