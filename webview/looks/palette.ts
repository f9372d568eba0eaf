import type { ThemeKind } from './themes.ts';

/**
 * First the editor's own chart colours, blue and orange leading because colour-blind readers tell them apart best. Its
 * yellow is not among them: on a light background it has to be as dark as the orange.
 */
const chartVariables = ['charts-blue', 'charts-orange', 'charts-green', 'charts-purple', 'charts-red'];

/** Then eight hues that differ in lightness as well, at least 3:1 against the backgrounds of their themes. */
const onDark = ['#56c5e8', '#f2a5c8', '#d8dd5a', '#8fa2ff', '#3fbf9f', '#e0b088', '#c7c7d1', '#ff8fe6'];
const onLight = ['#00788c', '#b3367f', '#6b6e00', '#4451c4', '#00704f', '#8a5426', '#5c5c6b', '#a01aa8'];

/** Variable names of the editor's colours, or colours. */
export function lineColours(kind: ThemeKind): readonly string[] {
  const fixed = kind === 'vscode-dark' || kind === 'vscode-high-contrast' ? onDark : onLight;
  return [...chartVariables, ...fixed];
}

const dashes: readonly (readonly number[])[] = [[], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4]];

const markerShapes = ['circle', 'rect', 'triangle', 'rectRot', 'star', 'crossRot', 'cross'] as const;
export type MarkerShape = (typeof markerShapes)[number];

/** Markers that are lines alone: they have nothing to fill. */
export const isStroked = (marker: MarkerShape): boolean => ['star', 'crossRot', 'cross'].includes(marker);

/** How a run is drawn everywhere; `slot` is the run's own. */
export interface LineLook {
  readonly colourIndex: number;
  readonly dash: readonly number[];
  readonly marker: MarkerShape;
}

const colours = chartVariables.length + onDark.length;

/** 13 colours, 5 dash patterns and 7 markers share no factor: 455 looks, and a colour comes back with other dashes and another marker. */
export function lineLook(slot: number, isAlone = false, furtherDash = 0): LineLook {
  return {
    colourIndex: slot % colours,
    // A line that stands alone is drawn plainly.
    dash: dashes[((isAlone ? 0 : slot) + furtherDash) % dashes.length]!,
    marker: markerShapes[slot % markerShapes.length]!,
  };
}

/** A colour that follows from a run's id alone, so that it is the same on every page and in every report (FNV-1a). */
export function preferredSlot(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i += 1) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  // The low bits of neighbours, which differ in a digit, are alike.
  return ((hash ^ (hash >>> 15)) >>> 0) % colours;
}

/**
 * Slots for the shown runs, all different: a run keeps the one it had, the older first (ids begin with their time); a
 * new one takes its preferred colour, or the next that no shown run has, and a further round only when all are taken.
 * Runs that are not shown keep theirs for when they come back.
 */
export function assignSlots(
  slots: Readonly<Record<string, number>>,
  shown: readonly string[],
): Readonly<Record<string, number>> {
  const taken = new Set<number>();
  const changed = new Map<string, number>();
  const isKnown = (id: string) => Object.hasOwn(slots, id);
  for (const id of [...shown].sort((a, b) => Number(isKnown(b)) - Number(isKnown(a)) || (a < b ? -1 : 1))) {
    const wanted = isKnown(id) ? slots[id]! : preferredSlot(id);
    let slot = wanted;
    // Each colour once in this round, from the wanted one on, then the next round.
    for (let tries = 1; taken.has(slot); tries += 1)
      slot = Math.floor(tries / colours) * colours + ((wanted + tries) % colours);
    taken.add(slot);
    if (!isKnown(id) || slots[id] !== slot) changed.set(id, slot);
  }
  return changed.size === 0 ? slots : Object.fromEntries([...Object.entries(slots), ...changed]);
}
