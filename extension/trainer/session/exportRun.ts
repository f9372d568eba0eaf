import { summarizeJournal } from '../../runs/summaryFile.ts';
import { exportModel } from '../export/exportModel.ts';
import type { BaseOptions, ExportFormat, ExportReport, ReportProgress } from '../operations.ts';
import { openTuned } from './tunedRun.ts';

/** Writes a run's tuned model in some format and proves that it reads back the same. */
export async function exportRun(
  runFolder: string,
  format: ExportFormat,
  out: string,
  report: ReportProgress,
  options: BaseOptions = {},
): Promise<ExportReport> {
  const { tuned, record } = await openTuned(runFolder, report, options);
  const summary = await summarizeJournal(runFolder, record.createdAt);
  return await exportModel(tuned, format, out, { run: { record, summary } });
}
