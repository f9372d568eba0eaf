import type { Environment } from '../../../config/checks/environment.ts';
import { carryOver } from '../../../config/editor/carryOver.ts';
import { type Diagnostic, inTextOrder } from '../../../config/text/diagnostic.ts';
import type { ParsedConfig } from '../../../config/text/parse.ts';
import { isNamed, namedPaths } from './namedPaths.ts';

/** One version of an open file. */
export interface FileText {
  /** Names the document: its address. */
  readonly key: string;
  readonly version: number;
  readonly text: string;
  /** Where relative paths start; undefined for a text that lies nowhere. */
  readonly folder: string | undefined;
}

/** The findings from a text alone. */
export interface CheckedText {
  readonly parsed: ParsedConfig;
  readonly value: unknown;
  readonly diagnostics: readonly Diagnostic[];
}

/** Files and models as configs of a folder see them. */
type WorldOf = (folder: string) => Promise<Environment>;

/** How one kind of file is checked: `Checked` is what its text shows, `Facts` what files and models add. */
export interface CheckRules<Checked extends CheckedText, Facts> {
  checkText(text: string): Checked;
  /** The report before files and model were looked at, with the findings of an earlier version. */
  before(earlier: Facts | undefined): Facts;
  /** @returns with the paths that files of the text name in turn */
  lookAtWorld(
    checked: Checked,
    folder: string,
    worldOf: WorldOf,
  ): Promise<Facts & { readonly diagnostics: readonly Diagnostic[]; readonly alsoNamed?: readonly string[] }>;
}

/** The findings about one version of a file. */
export interface FileReport<Checked, Facts> {
  readonly version: number;
  readonly checked: Checked;
  /** In the order of the text. Until files and model were looked at: what an earlier version showed of them, as far as it still holds. */
  readonly diagnostics: readonly Diagnostic[];
  readonly facts: Facts;
  /** Whether files and model were looked at for this very version. */
  readonly isComplete: boolean;
}

interface OpenFile<Checked, Facts> {
  source: FileText;
  report: FileReport<Checked, Facts>;
  /** Findings that needed the world, and the text in which they stand. */
  world: { readonly diagnostics: readonly Diagnostic[]; readonly checked: Checked };
  /** Where its words would lead. */
  named: readonly string[];
  /** Where those of files that it names would lead. */
  alsoNamed: readonly string[];
  /** Distinguishes one look at the world from the next: an older one's results are dropped. */
  look: number;
  timer: NodeJS.Timeout | undefined;
}

interface ChecksOptions<Checked, Facts> {
  readonly environment: WorldOf;
  /** Told of every new report. */
  publish(key: string, report: FileReport<Checked, Facts>): void;
  /** Told of what should not have happened while looking at files. */
  onError(error: unknown): void;
  /** How long a text must rest before files and model are looked at. */
  readonly restMs?: number;
}

const restMsDefault = 200;
/** Longer texts (some 4,000 lines) are checked when they rest, not at every keystroke. */
const longText = 64 * 1024;
const longTextRestMs = 150;

/** Checks open files of one kind: text at once, files and model after a rest; what a newer version overtook is dropped. */
export class FileChecks<Checked extends CheckedText, Facts> {
  readonly #rules: CheckRules<Checked, Facts>;
  readonly #options: ChecksOptions<Checked, Facts>;
  readonly #open = new Map<string, OpenFile<Checked, Facts>>();
  readonly #waiting = new Map<string, NodeJS.Timeout>();

  constructor(rules: CheckRules<Checked, Facts>, options: ChecksOptions<Checked, Facts>) {
    this.#rules = rules;
    this.#options = options;
  }

  /** A file was opened or edited. */
  changed(source: FileText): void {
    this.#stopWaiting(source.key);
    if (source.text.length <= longText || !this.#open.has(source.key)) {
      this.#checkText(source);
      return;
    }
    const timer = setTimeout(() => this.#checkText(source), longTextRestMs);
    this.#waiting.set(source.key, timer);
  }

  /** The findings about this version so far; its text is checked if that was not done yet. */
  report(source: FileText): FileReport<Checked, Facts> {
    const open = this.#open.get(source.key);
    return open?.source.version === source.version ? open.report : this.#checkText(source).report;
  }

  /** Everything there is to know about this version, files and model looked at anew. */
  async complete(source: FileText): Promise<FileReport<Checked, Facts>> {
    this.report(source);
    const open = this.#open.get(source.key)!;
    return await this.#lookAtWorld(open);
  }

  /**
   * Files may have changed: looks at them again for every open one.
   * @param file the one that changed: for those that name it alone
   * @returns the keys of these
   */
  worldChanged(file?: string): readonly string[] {
    const concerned = [...this.#open].filter(
      ([, { named, alsoNamed }]) => file === undefined || isNamed(file, [...named, ...alsoNamed]),
    );
    for (const [, open] of concerned) this.#lookLater(open);
    return concerned.map(([key]) => key);
  }

  close(key: string): void {
    this.#stopWaiting(key);
    const open = this.#open.get(key);
    if (open === undefined) return;
    clearTimeout(open.timer);
    open.look++;
    this.#open.delete(key);
  }

  dispose(): void {
    for (const key of [...this.#open.keys()]) this.close(key);
  }

  #stopWaiting(key: string): void {
    clearTimeout(this.#waiting.get(key));
    this.#waiting.delete(key);
  }

  #checkText(source: FileText): OpenFile<Checked, Facts> {
    this.#stopWaiting(source.key);
    const checked = this.#rules.checkText(source.text);
    const before = this.#open.get(source.key);
    const carried = before ? carryOver(before.world.diagnostics, before.world.checked.parsed, checked.parsed) : [];
    const report: FileReport<Checked, Facts> = {
      version: source.version,
      checked,
      diagnostics: inTextOrder([...checked.diagnostics, ...carried]),
      facts: this.#rules.before(before?.report.facts),
      isComplete: false,
    };
    const open: OpenFile<Checked, Facts> = before ?? {
      source,
      report,
      world: { diagnostics: [], checked },
      named: [],
      alsoNamed: [],
      look: 0,
      timer: undefined,
    };
    Object.assign(open, { source, report });
    open.look++;
    this.#open.set(source.key, open);
    this.#options.publish(source.key, report);
    this.#lookLater(open);
    return open;
  }

  #lookLater(open: OpenFile<Checked, Facts>): void {
    clearTimeout(open.timer);
    const look = () => this.#lookAtWorld(open).catch(this.#options.onError);
    open.timer = setTimeout(look, this.#options.restMs ?? restMsDefault);
  }

  async #lookAtWorld(open: OpenFile<Checked, Facts>): Promise<FileReport<Checked, Facts>> {
    clearTimeout(open.timer);
    const { source, report } = open;
    const { checked } = report;
    if (source.folder === undefined) return report;
    const look = ++open.look;
    // What changes meanwhile leads to another look.
    open.named = namedPaths(checked.value, source.folder);
    const {
      diagnostics,
      alsoNamed = [],
      ...facts
    } = await this.#rules.lookAtWorld(checked, source.folder, this.#options.environment);
    const complete: FileReport<Checked, Facts> = {
      ...report,
      diagnostics: inTextOrder([...checked.diagnostics, ...diagnostics]),
      facts: facts as Facts,
      isComplete: true,
    };
    if (open.look === look) {
      open.world = { diagnostics, checked };
      open.alsoNamed = alsoNamed;
      open.report = complete;
      this.#options.publish(source.key, complete);
    }
    return complete;
  }
}
