import type { ThemeKind } from './themes.ts';

/** First the editor's own chart colours, blue and orange leading because colour-blind readers tell them apart best. */
const chartVariables = ['charts-blue', 'charts-orange', 'charts-green', 'charts-purple', 'charts-red', 'charts-yellow'];

/** Then eight hues that differ in lightness as well, at least 3:1 against the backgrounds of their themes. */
const onDark = ['#56c5e8', '#f2a5c8', '#d8dd5a', '#8fa2ff', '#3fbf9f', '#e0b088', '#c7c7d1', '#ff8fe6'];
const onLight = ['#00788c', '#b3367f', '#6b6e00', '#4451c4', '#00704f', '#8a5426', '#5c5c6b', '#a01aa8'];

/** Variable names of the editor's colours, or colours. */
export function lineColours(kind: ThemeKind): readonly string[] {
  const fixed = kind === 'vscode-dark' || kind === 'vscode-high-contrast' ? onDark : onLight;
  return [...chartVariables, ...fixed];
}

/** 14 colours and 5 dash patterns share no factor: 70 runs go by before both come back together. */
const dashes: readonly (readonly number[])[] = [[], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4]];

export const markerShapes = ['circle', 'rect', 'triangle', 'rectRot', 'star', 'crossRot', 'cross'] as const;
export type MarkerShape = (typeof markerShapes)[number];

/** How a run is drawn everywhere; `slot` is the run's own, for life. */
export interface LineLook {
  readonly colourIndex: number;
  readonly dash: readonly number[];
  readonly marker: MarkerShape;
}

export function lineLook(slot: number): LineLook {
  return {
    colourIndex: slot % (chartVariables.length + onDark.length),
    dash: dashes[slot % dashes.length]!,
    marker: markerShapes[slot % markerShapes.length]!,
  };
}

/**
 * Slots of runs that have none yet: the lowest free ones, in the order of the runs' ids (which begin with their time),
 * so that a run that comes or goes never changes another's colour.
 */
export function assignSlots(
  slots: Readonly<Record<string, number>>,
  ids: readonly string[],
): Readonly<Record<string, number>> {
  const missing = ids.filter((id) => !Object.hasOwn(slots, id)).sort();
  if (missing.length === 0) return slots;
  const used = new Set(Object.values(slots));
  const result = new Map(Object.entries(slots));
  let next = 0;
  for (const id of missing) {
    while (used.has(next)) next += 1;
    used.add(next);
    result.set(id, next);
  }
  return Object.fromEntries(result);
}
