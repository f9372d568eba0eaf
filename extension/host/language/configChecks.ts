import { type CheckedConfig, checkConfig } from '../../config/checks/check.ts';
import { checkAgainstWorld } from '../../config/checks/checkWorld.ts';
import type { Environment } from '../../config/checks/environment.ts';
import { carryOver } from '../../config/editor/carryOver.ts';
import { type ConfigCount, countConfig } from '../../config/editor/countConfig.ts';
import type { ResolvedConfig } from '../../config/resolved/resolve.ts';
import type { Diagnostic } from '../../config/text/diagnostic.ts';

/** One version of an open config. */
export interface ConfigText {
  /** Names the document: its address. */
  readonly key: string;
  readonly version: number;
  readonly text: string;
  /** Where relative paths start; undefined for a text that lies nowhere. */
  readonly folder: string | undefined;
}

/** What is known about one version of a config. */
export interface ConfigReport {
  readonly version: number;
  readonly checked: CheckedConfig;
  /** In the order of the text. Until files and model were looked at: what an earlier version showed of them, as far as it still holds. */
  readonly diagnostics: readonly Diagnostic[];
  /** Of the version that was looked at last. */
  readonly count: ConfigCount | undefined;
  /** Every default filled in; present when files and model were looked at and nothing is wrong. */
  readonly config: ResolvedConfig | undefined;
  /** Whether files and model were looked at for this very version. */
  readonly isComplete: boolean;
}

interface OpenConfig {
  source: ConfigText;
  report: ConfigReport;
  /** Findings that needed the world, and the text in which they stand. */
  world: { readonly diagnostics: readonly Diagnostic[]; readonly checked: CheckedConfig };
  /** Distinguishes one look at the world from the next: an older one's results are dropped. */
  look: number;
  timer: NodeJS.Timeout | undefined;
}

export interface ChecksOptions {
  environment(folder: string): Promise<Environment>;
  /** Told of every new report. */
  publish(key: string, report: ConfigReport): void;
  /** Told of what should not have happened while looking at files. */
  onError(error: unknown): void;
  /** How long a text must rest before files and model are looked at. */
  readonly restMs?: number;
}

const restMsDefault = 200;
/** Longer texts (some 4,000 lines) are checked when they rest, not at every keystroke. */
const longText = 64 * 1024;
const longTextRestMs = 150;

/** Checks open configs: text at once, files and model after a rest; what a newer version overtook is dropped. */
export class ConfigChecks {
  readonly #options: ChecksOptions;
  readonly #open = new Map<string, OpenConfig>();
  readonly #waiting = new Map<string, NodeJS.Timeout>();

  constructor(options: ChecksOptions) {
    this.#options = options;
  }

  /** A config was opened or edited. */
  changed(source: ConfigText): void {
    this.#stopWaiting(source.key);
    if (source.text.length <= longText || !this.#open.has(source.key)) {
      this.#checkText(source);
      return;
    }
    const timer = setTimeout(() => this.#checkText(source), longTextRestMs);
    this.#waiting.set(source.key, timer);
  }

  /** What is known of this version now; its text is checked if that was not done yet. */
  report(source: ConfigText): ConfigReport {
    const open = this.#open.get(source.key);
    return open?.source.version === source.version ? open.report : this.#checkText(source).report;
  }

  /** Everything there is to know about this version, files and model looked at anew. */
  async complete(source: ConfigText): Promise<ConfigReport> {
    this.report(source);
    const open = this.#open.get(source.key)!;
    return await this.#lookAtWorld(open);
  }

  /** Files may have changed: looks at them again for every open config. */
  worldChanged(): void {
    for (const open of this.#open.values()) this.#lookLater(open);
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

  #checkText(source: ConfigText): OpenConfig {
    this.#stopWaiting(source.key);
    const checked = checkConfig(source.text);
    const before = this.#open.get(source.key);
    const carried = before ? carryOver(before.world.diagnostics, before.world.checked.parsed, checked.parsed) : [];
    const report: ConfigReport = {
      version: source.version,
      checked,
      diagnostics: inOrder([...checked.diagnostics, ...carried]),
      count: before?.report.count,
      config: undefined,
      isComplete: false,
    };
    const open: OpenConfig = before ?? {
      source,
      report,
      world: { diagnostics: [], checked },
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

  #lookLater(open: OpenConfig): void {
    clearTimeout(open.timer);
    const look = () => this.#lookAtWorld(open).catch(this.#options.onError);
    open.timer = setTimeout(look, this.#options.restMs ?? restMsDefault);
  }

  async #lookAtWorld(open: OpenConfig): Promise<ConfigReport> {
    clearTimeout(open.timer);
    const { source, report } = open;
    const { checked } = report;
    if (source.folder === undefined) return report;
    const look = ++open.look;
    const environment = await this.#options.environment(source.folder);
    const [world, count] = await Promise.all([
      checkAgainstWorld(checked, environment),
      countConfig(checked, environment),
    ]);
    const complete: ConfigReport = {
      ...report,
      diagnostics: inOrder([...checked.diagnostics, ...world.diagnostics]),
      count,
      config: world.config,
      isComplete: true,
    };
    if (open.look === look) {
      open.world = { diagnostics: world.diagnostics, checked };
      open.report = complete;
      this.#options.publish(source.key, complete);
    }
    return complete;
  }
}

const inOrder = (diagnostics: readonly Diagnostic[]): readonly Diagnostic[] =>
  diagnostics.toSorted((a, b) => a.range.start.offset - b.range.start.offset);
