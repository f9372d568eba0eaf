/**
 * Begins what may begin, a part of it at a time, and looks again whenever something has ended, for its end may let others begin.
 * @param look tells what is known now
 * @param begin begins some of what was seen; nothing, when there is no room beside so many or nothing is left
 * @param room resolves when there may be room although nothing has ended
 * @returns what was seen last: it has nothing to begin, and nothing was under way while it was looked at
 * @throws what one of them throws, once all are over
 */
export async function workThrough<Seen>(
  look: () => Promise<Seen>,
  begin: (seen: Seen, underWay: number) => readonly Promise<void>[],
  room: Promise<void>,
): Promise<Seen> {
  const underWay = new Set<Promise<void>>();
  let awaited = [room];
  void room.then(() => {
    awaited = [];
  });
  try {
    for (;;) {
      // What is seen while the last one ends may not know its end.
      const wasIdle = underWay.size === 0;
      const seen = await look();
      const begun = begin(seen, underWay.size);
      for (const one of begun) {
        const ending = one.then(() => void underWay.delete(ending));
        // One that fails stays, to be met below, though it may do so while nobody waits.
        ending.catch(() => {});
        underWay.add(ending);
      }
      if (begun.length === 0 && wasIdle) return seen;
      if (underWay.size > 0) await Promise.race([...underWay, ...awaited]);
    }
  } finally {
    await Promise.allSettled(underWay);
  }
}
