import { baseDifference, identifyBase } from '../checkpoint/baseIdentity.ts';
import type { ExportFormat } from '../contract/exportFormat.ts';
import type { ReportProgress } from '../contract/reportProgress.ts';
import { openTuned, type TunedOptions } from '../inference/tunedRun.ts';
import { baseOf } from '../runs/folder/engineChoice.ts';
import { summarizeJournal } from '../runs/journal/summaryFile.ts';
import type { ExportReport } from './exportFolder.ts';
import type { ExportOptions } from './exportModel.ts';
import { exportModel } from './exportModel.ts';

/** Writes a run's tuned model in some format and proves that it reads back the same. */
export async function exportRun(
  runFolder: string,
  format: ExportFormat,
  out: string,
  report: ReportProgress,
  options: TunedOptions & Pick<ExportOptions, 'dtype' | 'onto' | 'publication'> = {},
): Promise<ExportReport> {
  const { tuned, record, config } = await openTuned(runFolder, report, options);
  const summary = await summarizeJournal(runFolder, record.createdAt);
  const found = options.allowOtherBase && (await identifyBase(config.model, record.baseFolder, tuned.model.folder));
  const otherBase = found ? baseDifference(baseOf(runFolder, record), found) : undefined;
  return await exportModel(tuned, format, out, { ...options, run: { record, summary, otherBase } });
}
