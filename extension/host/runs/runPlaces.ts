import { isSamePlace } from '../../files/samePlace.ts';

/** One place where runs lie, with the workspace folders whose runs go there. */
export interface RunPlace<Folder> {
  readonly place: string;
  readonly folders: readonly [Folder, ...Folder[]];
}

/** The places of the runs of workspace folders, each once: an absolute `peftLab.runsFolder` is that of all of them. */
export function runPlaces<Folder>(
  folders: readonly Folder[],
  placeOf: (folder: Folder) => string,
): readonly RunPlace<Folder>[] {
  const places: { readonly place: string; readonly folders: [Folder, ...Folder[]] }[] = [];
  for (const folder of folders) {
    const place = placeOf(folder);
    const known = places.find((other) => isSamePlace(other.place, place));
    if (known === undefined) places.push({ place, folders: [folder] });
    else known.folders.push(folder);
  }
  return places;
}
