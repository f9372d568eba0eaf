import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ProgressLocation, Uri, window } from 'vscode';
import type { TrainerProgram } from '../../processes/trainerCommand.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { offerFile } from '../editor/revealFolder.ts';
import { runTrainerTask } from './trainerTask.ts';

/** Asks where to, and writes one self-contained HTML file about the runs, which opens with these choices of the page. */
export async function writeReport(
  runs: readonly RunEntry[],
  choices: Readonly<Record<string, unknown>> | undefined,
  trainer: TrainerProgram,
): Promise<void> {
  const [first] = runs;
  if (first === undefined) return;
  const target = await window.showSaveDialog({
    defaultUri: Uri.file(path.join(first.record.baseFolder, 'peft-lab-report.html')),
    filters: { HTML: ['html'] },
  });
  if (target === undefined) return;
  const spare = await mkdtemp(path.join(tmpdir(), 'peft-lab-report-'));
  const view = path.join(spare, 'choices.json');
  await writeFile(view, JSON.stringify(choices ?? {}));
  // The editor's dialog has asked about a file that is there.
  const words = ['report', ...runs.map(({ folder }) => folder), '--out', target.fsPath, '--view', view, '--force'];
  const place = ['--runs', path.dirname(first.folder)];
  const options = { location: ProgressLocation.Notification, title: 'Writing the report' };
  try {
    await window.withProgress(options, () =>
      runTrainerTask(trainer, [...words, ...place], { folder: path.dirname(first.folder) }),
    );
  } finally {
    await rm(spare, { recursive: true, force: true });
  }
  await offerFile(target.fsPath);
}
