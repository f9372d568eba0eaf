import { rm } from 'node:fs/promises';
import { window } from 'vscode';
import * as z from 'zod';
import { counted } from '../../problems/counted.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { formatBytes } from '../../view/figures.ts';
import { dateTime } from '../../view/moment.ts';
import { sweepName } from '../../view/sweepText.ts';
import { discardAll } from '../editor/discardAll.ts';
import { notify, tellGone } from '../editor/notify.ts';
import { withoutIcons } from '../editor/plainText.ts';
import { isLocal } from '../editor/revealFolder.ts';
import { sweepDescription } from '../explorer/sweepRows.ts';
import { folderBytes } from '../runs/folderSize.ts';
import type { RunCatalog } from '../runs/runCatalog.ts';
import type { SweepCatalog, SweepEntry } from '../runs/sweepCatalog.ts';

/** The explorer's row of a sweep. */
export const sweepRow = z.object({ kind: z.literal('sweep'), folder: z.string() });

/** The question of a command when no row was given: its words, and the sweeps that it offers. */
export interface SweepQuestion {
  readonly title: string;
  readonly fits: (sweep: SweepEntry) => boolean;
  /** Said when none fits. */
  readonly none: string;
  /** Whether it is done with each of several rows that are selected. */
  readonly many?: true;
}

/** Actions on existing sweeps. */
export class SweepActions {
  readonly #runs: RunCatalog;
  readonly #sweeps: SweepCatalog;

  constructor(runs: RunCatalog, sweeps: SweepCatalog) {
    this.#runs = runs;
    this.#sweeps = sweeps;
  }

  /**
   * The sweep of the row that a command was called at; of several that are selected those that fit. Else the one that fits, asked
   * for where there are several.
   */
  async pick([row, selected]: readonly unknown[], question: SweepQuestion): Promise<readonly SweepEntry[]> {
    const { title, fits, none, many } = question;
    const rows = many && Array.isArray(selected) && selected.length > 0 ? selected : [row];
    const given = rows.flatMap((each) => sweepRow.safeParse(each).data ?? []);
    if (given.length > 0) {
      const found = given.flatMap(({ folder }) => this.#sweeps.find(folder) ?? []);
      if (found.length === 0) tellGone('sweep');
      // Of one it is for the action to say what keeps it.
      if (found.length < 2) return found;
      const fitting = found.filter(fits);
      if (fitting.length === 0) void notify.information(none);
      return fitting;
    }
    const candidates = this.#sweeps.sweeps.filter(fits);
    if (candidates.length === 0) void notify.information(none);
    if (candidates.length < 2) return candidates;
    const items = candidates.map((sweep) => ({
      label: withoutIcons(sweepName(sweep.record)),
      description: withoutIcons(sweepDescription(sweep)),
      detail: dateTime(sweep.record.createdAt),
      sweep,
    }));
    const picked = await window.showQuickPick(items, { title, matchOnDescription: true });
    return picked === undefined ? [] : [picked.sweep];
  }

  /** Deletes a sweep with its runs after a confirmation; protected runs stay. */
  async delete({ folder, record, runs, view }: SweepEntry): Promise<void> {
    const name = sweepName(record);
    if (view?.state === 'running') {
      void notify.information(`${name}: must not run when it is deleted; stop it first.`);
      return;
    }
    const isKept = ({ notes }: RunEntry): boolean => notes.protected;
    const all = [...runs.values()];
    const gone = [...all.filter((run) => !isKept(run)).map((run) => run.folder), folder];
    const sizes = await Promise.all(gone.map(folderBytes));
    const size = formatBytes(sizes.reduce((sum, bytes) => sum + bytes, 0));
    const kept = all.filter(isKept).length;
    const where = isLocal() ? 'go to the trash' : 'are deleted for good: there is no trash here';
    const lines = [
      `Its record and ${counted(gone.length - 1, 'run')}, ${size} of checkpoints, tuned weights and journals, ${where}.`,
      ...(kept === 0 ? [] : [`${kept} more ${kept === 1 ? 'stays: it is' : 'stay: they are'} protected.`]),
    ];
    const yes = isLocal() ? 'Move to Trash' : 'Delete for Good';
    if (
      !(await notify.confirm(
        `Delete the sweep “${name}” and its ${counted(gone.length - 1, 'run')}?`,
        lines.join('\n'),
        yes,
      ))
    )
      return;
    try {
      // Its record last: what is left of a half-deleted sweep can be deleted again.
      await discardAll(gone, async (folders, discard) => {
        for (const one of folders) {
          if (one !== folder) await this.#runs.storeOf(one).delete(one, discard);
          else await (discard?.(one) ?? rm(one, { recursive: true }));
        }
      });
    } finally {
      await this.#runs.refresh();
      await this.#sweeps.refresh();
    }
  }
}
