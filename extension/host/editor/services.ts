import type { TextDocument } from 'vscode';
import type { Environment, ModelFacts } from '../../config/checks/environment.ts';
import type { Diagnostic } from '../../config/text/diagnostic.ts';
import type { TaskName } from '../../tasks/registry.ts';
import type { DataPreview } from '../../tasks/rows/preview.ts';
import type { Reporter } from './report.ts';

/** Services from rooms that the host does not import, given by `main`; each is loaded when it is first used. */
export interface Services {
  readonly reporter: Reporter;
  /** Checks a config completely, its files and model too, and shows what is wrong in the editor. */
  readonly check: (document: TextDocument) => Promise<readonly Diagnostic[]>;
  /** Files and models as configs of a folder see them. */
  readonly worldOf: (folder: string) => Promise<Environment>;
  /** Facts about a model; the hub is asked about one of its own. */
  readonly lookUpModel: (model: string, folder: string) => Promise<ModelFacts>;
  /** Shows how the model reads the rows of the config in front, or the row under the cursor. @throws Error */
  readonly showTokens: () => Promise<void>;
  /** @throws Error that says why a file is no data */
  readonly previewData: (file: string, delimiter?: string | null) => Promise<DataPreview<TaskName>>;
}
