import type { TextDocument } from 'vscode';
import type { Environment, ModelFacts } from '../../config/checks/environment.ts';
import type { Diagnostic } from '../../config/text/diagnostic.ts';
import type { TaskName } from '../../tasks/registry.ts';
import type { DataPreview } from '../../tasks/rows/preview.ts';
import type { Reporter } from './report.ts';

/** What `main` brings from rooms that the host does not import; each is loaded when it is first asked for. */
export interface Services {
  readonly reporter: Reporter;
  /** Checks a config completely, its files and model too, and shows what is wrong in the editor. */
  readonly check: (document: TextDocument) => Promise<readonly Diagnostic[]>;
  /** Files and models as configs of a folder see them. */
  readonly worldOf: (folder: string) => Promise<Environment>;
  /** What is known of a model; one of the hub is asked for there. */
  readonly lookUpModel: (model: string, folder: string) => Promise<ModelFacts>;
  /** Shows how the model reads the rows of the config in front, or the row under the cursor. @throws Error */
  readonly showTokens: () => Promise<void>;
  /** @throws Error that says why a file is no data */
  readonly previewData: (file: string) => Promise<DataPreview<TaskName>>;
}
