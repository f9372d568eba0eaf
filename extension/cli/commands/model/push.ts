import { rmSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Command, Option } from 'commander';
import { type ExportFormat, exportFormats, type GgufDtype } from '../../../contract/exportFormat.ts';
import type { PushPlan } from '../../../contract/push.ts';
import { readGuarded, sizeLimits } from '../../../files/guardedFile.ts';
import { keepTouched, sweepLeftovers } from '../../../files/leftovers.ts';
import { hubSettings } from '../../../hub/hubSettings.ts';
import type { Upload, UploadFile } from '../../../hub/upload.ts';
import { counted } from '../../../problems/counted.ts';
import { UserError } from '../../../problems/userError.ts';
import { baseOf } from '../../../runs/folder/engineChoice.ts';
import type { RunEntry } from '../../../runs/folder/runEntry.ts';
import { defaultRunsFolder } from '../../../runs/folder/store.ts';
import { exitCodeOf } from '../../../supervisor/ending.ts';
import { formatBytes } from '../../../view/figures.ts';
import { type Cli, type OtherBaseOption, otherBaseOption, type RunsOption, runsOption, storeOf } from '../../cli.ts';
import { lineIsYes } from '../../output/askYes.ts';
import { table } from '../../output/format.ts';
import { openReport } from '../../output/progressView.ts';
import { demandGguf, dtypeOption } from './export.ts';

interface PushOptions extends RunsOption, OtherBaseOption {
  readonly to: string;
  readonly format: ExportFormat;
  readonly dtype?: GgufDtype;
  readonly public?: boolean;
  readonly update?: boolean;
  readonly yes?: boolean;
  readonly byLines?: boolean;
}

export function registerPush(program: Command, cli: Cli): void {
  program
    .command('push <run>')
    .summary('upload a tuned model to the Hugging Face hub')
    .description(
      'Exports a run into a temporary folder, with a model card, lists the files and their destination, and uploads them after a yes. The repository is private unless --public is given. Needs a token with write access: HF_TOKEN, or that of `hf auth login`.',
    )
    .requiredOption('--to <owner/name>', 'repository to make on the hub; the owner is your account or an organisation')
    .addOption(new Option('--format <format>', 'as of export').choices(exportFormats).default('peft'))
    .addOption(dtypeOption())
    .option('--public', 'make the repository public')
    .option('--update', 'add the files to an existing repository; its visibility stays')
    .option('--yes', 'do not ask')
    .addOption(new Option('--by-lines', 'tell the plan and the address as JSON, and read yes from stdin').hideHelp())
    .option(...otherBaseOption)
    .option(...runsOption)
    .action(cli.action((name: string, options: PushOptions) => push(cli, name, options)));
}

async function push(cli: Cli, name: string, options: PushOptions): Promise<number> {
  checkOptions(cli, options);
  const store = storeOf(options, defaultRunsFolder);
  const run = await store.read(store.resolve(name));
  const { demandUploadable } = await import('../../../hub/upload.ts');
  const settings = hubSettings(process.env);
  demandUploadable(options.to, settings);
  const { overSeeds } = await import('../../sweeps/overSeeds.ts');
  const publication = { repository: options.to, overSeeds: await overSeeds(store, run) };
  const operations = await cli.loadOperations();
  const { format } = options;
  const spare = await spareFolder();
  try {
    const out = path.join(spare.folder, 'model');
    const exporting = openReport(cli.stderr);
    const exported = operations.export(run.folder, format, out, exporting.report, { ...options, publication });
    const { verified } = await exported.finally(() => exporting.close());
    const upload: Upload = {
      name: options.to,
      files: await filesBelow(out),
      title: `Upload ${format} of run ${run.id} with PEFT Lab`,
      visibility: options.update ? 'as-is' : options.public ? 'public' : 'private',
    };
    const plan = await planOf(upload, { out, verified, endpoint: settings.endpoint, warning: warningOf(run, format) });
    cli.note(`${verified}\n${planText(plan)}`);
    const asked = (): Promise<boolean> =>
      options.byLines ? askByLines(cli, plan) : cli.confirm!('Upload these files?');
    if (!options.yes && !(await asked())) {
      cli.note('nothing was sent\n');
      return 1;
    }
    const sending = openReport(cli.stderr);
    const total = upload.files.reduce((sum, { size }) => sum + size, 0);
    const onProgress = (bytes: number): void => sending.report('uploading', bytes, total, 'bytes');
    const uploading = operations.upload(upload, settings, { onProgress });
    const address = await uploading.finally(() => sending.close());
    cli.print(`${options.byLines ? JSON.stringify({ address }) : address}\n`);
    return 0;
  } finally {
    await spare.close();
  }
}

/** A temporary folder, gone with this process: also when that is told to end, or after an hour, where it was killed. */
async function spareFolder(): Promise<{ readonly folder: string; close(): Promise<void> }> {
  sweepLeftovers(tmpdir(), /^peft-lab-push-[A-Za-z0-9]{6}$/);
  const folder = await mkdtemp(path.join(tmpdir(), 'peft-lab-push-'));
  const untouch = keepTouched(folder);
  const end = (): void => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(exitCodeOf('stopped'));
  };
  for (const signal of endSignals) process.on(signal, end);
  return {
    folder,
    close: async () => {
      for (const signal of endSignals) process.off(signal, end);
      untouch();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** @throws UserError for what does not go together, and where nobody can say yes */
function checkOptions(cli: Cli, options: PushOptions): void {
  demandGguf(options.format, options.dtype && '--dtype');
  if (options.public && options.update) {
    throw new UserError(
      '--public: must not be given beside --update, which leaves who sees the repository; leave one out',
      'usage',
    );
  }
  if (!options.yes && !options.byLines && cli.confirm === undefined) {
    throw new UserError('push: asks before it sends anything, got no terminal to ask on; add --yes', 'usage');
  }
}

async function filesBelow(folder: string): Promise<readonly UploadFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return await Promise.all(
    files.sort().map(async (file) => ({
      path: path.relative(folder, file).split(path.sep).join('/'),
      file,
      size: (await stat(file)).size,
    })),
  );
}

const seenBy: Readonly<Record<Upload['visibility'], string>> = {
  private: 'a new private repository',
  public: 'a new repository that everybody sees',
  'as-is': 'a repository that is there; who sees it stays',
};

/** All that an answer to the question depends on. */
async function planOf(
  { name, files, visibility }: Upload,
  {
    out,
    endpoint,
    ...told
  }: { readonly out: string; readonly endpoint: string } & Pick<PushPlan, 'verified' | 'warning'>,
): Promise<PushPlan> {
  const isCard = files.some((file) => file.path === 'README.md');
  return {
    to: `${endpoint}/${name}`,
    seenBy: seenBy[visibility],
    files: files.map(({ path, size }) => ({ path, size })),
    card: isCard ? String(await readGuarded(path.join(out, 'README.md'), sizeLimits.modelJson)) : '',
    ...told,
  };
}

function warningOf({ folder, record }: RunEntry, format: ExportFormat): string {
  if (baseOf(folder, record).commit !== null || format !== 'peft') return '';
  return 'the base is a folder of this machine: adapter_config.json holds its path, and others need that model to load the adapter; --format merged goes without';
}

async function askByLines(cli: Cli, plan: PushPlan): Promise<boolean> {
  cli.print(`${JSON.stringify({ plan })}\n`);
  return await lineIsYes(process.stdin);
}

function planText({ to, seenBy, files, warning }: PushPlan): string {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const rows = files.map(({ path, size }) => [path, formatBytes(size)]);
  const warned = warning === '' ? '' : `warning: ${warning}\n`;
  return `to ${to}, ${seenBy}:\n${table(['file', 'size'], rows)}${counted(files.length, 'file')}, ${formatBytes(total)}\n${warned}`;
}
