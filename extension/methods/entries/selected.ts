import type { ConfiguredMethod } from '../declaration/method.ts';

/** What was chosen for one entry of a union, from 0. */
interface ChosenTensors {
  readonly entry: number;
  readonly chosen: readonly string[];
}

/** A union with what a run has chosen, in the config's order. */
export const selectedMethods = <M extends ConfiguredMethod>(
  methods: readonly M[],
  entries: readonly ChosenTensors[],
): readonly M[] =>
  methods.map((configured, place) => {
    const { selection } = configured.method;
    const found = entries.find(({ entry }) => entry === place);
    return found && selection
      ? { ...configured, options: selection.settled(configured.options, found.chosen) }
      : configured;
  });
