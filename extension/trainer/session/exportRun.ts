import { exportModel } from '../export/exportModel.ts';
import type { ExportFormat, ExportReport, ReportProgress } from '../operations.ts';
import { openTuned } from './tunedRun.ts';

/** Writes a run's tuned model in some format and proves that it reads back the same. */
export async function exportRun(
  runFolder: string,
  format: ExportFormat,
  out: string,
  report: ReportProgress,
): Promise<ExportReport> {
  const { tuned } = await openTuned(runFolder, report);
  return await exportModel(tuned, format, out);
}
