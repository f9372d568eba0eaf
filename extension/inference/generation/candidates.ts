/** The settings that decide which tokens can be drawn. */
export interface Filters {
  /** Logits are divided by it. */
  readonly temperature: number;
  /** Only so many of the likeliest tokens are drawn from; 0: all. */
  readonly topK: number;
  /** Only the likeliest tokens are drawn from that together have this probability; 1: all. */
  readonly topP: number;
}

/** The tokens that can be drawn, in order of their ids, with their weights. */
export interface Candidates {
  readonly ids: readonly number[];
  readonly weights: readonly number[];
}

/** The tokens that `topK` and `topP` leave at a temperature above 0. */
export function candidates(logits: Float32Array, { temperature, topK, topP }: Filters): Candidates {
  const most = logits[likeliest(logits)]!;
  const weightOf = (id: number) => Math.exp((logits[id]! - most) / temperature);
  let ids = [...logits.keys()];
  if (topK > 0 && topK < ids.length) ids = firstOf(ids, (id) => logits[id]!, topK);
  let weights = ids.map(weightOf);
  if (topP < 1) {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    // Together, tokens below this share have less than what is left out: they need not be sorted.
    const least = (total * (1 - topP)) / ids.length;
    const places = [...weights.keys()].filter((place) => weights[place]! >= least);
    places.sort((a, b) => weights[b]! - weights[a]! || ids[a]! - ids[b]!);
    let sum = 0;
    const enough = places.findIndex((place) => {
      sum += weights[place]!;
      return sum >= topP * total;
    });
    const kept = places.slice(0, enough < 0 ? places.length : enough + 1).sort((a, b) => ids[a]! - ids[b]!);
    [ids, weights] = [kept.map((place) => ids[place]!), kept.map((place) => weights[place]!)];
  }
  return { ids, weights };
}

/** The ids of the `count` largest values, in order of the ids; ids must be in order. */
function firstOf(ids: readonly number[], logitOf: (id: number) => number, count: number): number[] {
  const limit = Float32Array.from(ids, logitOf).sort().at(-count)!;
  const above = ids.filter((id) => logitOf(id) > limit);
  const equal = ids.filter((id) => logitOf(id) === limit).slice(0, count - above.length);
  return [...above, ...equal].sort((a, b) => a - b);
}

/** The id of the largest logit, the lowest of equal ones. */
export function likeliest(logits: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logits.length; id++) if (logits[id]! > logits[best]!) best = id;
  return best;
}
