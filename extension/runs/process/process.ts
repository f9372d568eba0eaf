import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { ProcessRecord } from '../../contract/run.ts';
import { errorCode, isCode } from '../../files/failure.ts';
import type { Command } from '../../processes/child.ts';
import { exitText } from '../../processes/exit.ts';
import { runCommand } from '../../processes/runCommand.ts';
import { ownJob } from '../../slurm/ownJob.ts';

const commandTimeoutMs = 15_000;

/** A pid is reused; together with the start time it names one process. */
interface ProcessIdentity {
  readonly pid: number;
  /** As the system reports it; opaque. */
  readonly startTime: string;
}

/** `unknown` where this system cannot tell: another host, another user's process, no tool to ask. Never a guess. */
export type Liveness = 'alive' | 'dead' | 'unknown';

/** The identity of this process, as written into `process.json` and `claim`. */
export async function currentProcess(): Promise<ProcessRecord> {
  const job = ownJob();
  return {
    ...(await identify(process.pid)),
    host: hostname(),
    bootId: await bootId(),
    claimedAt: new Date().toISOString(),
    ...(job && { job }),
  };
}

/** @throws Error when the system does not tell a start time for it. */
export async function identify(pid: number): Promise<ProcessIdentity> {
  const startTime = (await startTimes([pid])).get(pid);
  if (startTime === undefined) throw new Error(`process ${pid}: the system reports no start time for it`);
  return { pid, startTime };
}

/** Whether processes of this host, from the current boot, are still there. Zombies are dead. */
export async function livenessOf(identities: readonly ProcessIdentity[]): Promise<readonly Liveness[]> {
  const present = identities.map(({ pid }) => presence(pid));
  const asked = identities.filter((_, index) => present[index] !== 'dead').map(({ pid }) => pid);
  let times: ReadonlyMap<number, string> | undefined;
  try {
    times = await startTimes(asked);
  } catch {
    // Without the system's process table pids alone could mislead: say that it is not known.
  }
  return identities.map(({ pid, startTime }, index) => {
    if (present[index] === 'dead') return 'dead';
    const now = times?.get(pid);
    if (now !== undefined) return now === startTime ? 'alive' : 'dead';
    return times === undefined || present[index] === 'unknown' ? 'unknown' : 'dead';
  });
}

/**
 * Whether the supervisor, or else its worker, of a run is there.
 * Another boot of the same host: dead. Another host, or another container of the same boot: unknown.
 */
export async function livenessOfRun(record: ProcessRecord): Promise<Liveness> {
  return (await livenessOfRuns([record]))[0]!;
}

/** The same for many runs, asking the system once. */
export async function livenessOfRuns(records: readonly ProcessRecord[]): Promise<readonly Liveness[]> {
  if (records.length === 0) return [];
  const here = { host: hostname(), bootId: await bootId() };
  const isHere = (record: ProcessRecord): boolean => record.host === here.host && record.bootId === here.bootId;
  const processesOf = (record: ProcessRecord): ProcessIdentity[] =>
    isHere(record) ? [record, ...(record.worker === undefined ? [] : [record.worker])] : [];
  const liveness = [...(await livenessOf(records.flatMap(processesOf)))];
  return records.map((record) => {
    const own = liveness.splice(0, processesOf(record).length);
    if (own.length === 0) return isOver(record, here) ? 'dead' : 'unknown';
    return own.find((state) => state === 'alive') ?? own.find((state) => state === 'unknown') ?? 'dead';
  });
}

/** Whether the machine has been started anew since. Containers of one name may share a boot: each sees its own pids alone. */
const isOver = (record: Pick<ProcessRecord, 'host' | 'bootId'>, here: typeof record): boolean =>
  record.host === here.host && record.bootId.split(' ')[0] !== here.bootId.split(' ')[0];

/** A cheap first look by pid alone: `alive` means only that some process has this pid. */
function presence(pid: number): Liveness {
  try {
    process.kill(pid, 0);
    return 'alive';
  } catch (error) {
    return errorCode(error) === 'ESRCH' ? 'dead' : 'unknown';
  }
}

async function startTimes(pids: readonly number[]): Promise<ReadonlyMap<number, string>> {
  if (pids.length === 0) return new Map();
  if (process.platform === 'linux') {
    const found = await Promise.all(pids.map(async (pid) => [pid, await linuxStartTime(pid)] as const));
    return new Map(found.flatMap(([pid, time]) => (time === undefined ? [] : [[pid, time]])));
  }
  return process.platform === 'win32' ? windowsStartTimes(pids) : posixStartTimes(pids);
}

/** Field 22 of `/proc/<pid>/stat`: clock ticks since boot. The command name before it may hold spaces and brackets. */
async function linuxStartTime(pid: number): Promise<string | undefined> {
  let stat: string;
  try {
    stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

async function posixStartTimes(pids: readonly number[]): Promise<ReadonlyMap<number, string>> {
  const environment = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  const words = ['-o', 'pid=,stat=,lstart=', '-p', pids.join(',')];
  // ps exits with 1 when none of the pids exists.
  return parsePs(await outputOf({ program: 'ps', arguments: words, environment }, [0, 1]));
}

/** `pid stat lstart` lines → pid → start time. */
export function parsePs(output: string): ReadonlyMap<number, string> {
  const times = new Map<number, string>();
  for (const line of output.split('\n')) {
    const match = /^\s*(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line);
    if (match !== null && !match[2]!.startsWith('Z')) times.set(Number(match[1]), match[3]!);
  }
  return times;
}

async function windowsStartTimes(pids: readonly number[]): Promise<ReadonlyMap<number, string>> {
  const query = `Get-Process -Id ${pids.join(',')} -ErrorAction SilentlyContinue | ForEach-Object { "$($_.Id) R $($_.StartTime.ToFileTimeUtc())" }`;
  const words = ['-NoProfile', '-NonInteractive', '-Command', `${query}; exit 0`];
  return parsePs(await outputOf({ program: 'powershell.exe', arguments: words }, [0]));
}

/** @throws Error when the program does not end with one of these codes */
async function outputOf(command: Command, sound: readonly (number | null)[]): Promise<string> {
  const { stdout, ...exit } = await runCommand(command, commandTimeoutMs);
  if (sound.includes(exit.code)) return stdout;
  throw new Error(`${command.program}: must list processes, got ${exit.startError?.message ?? exitText(exit)}`);
}

/**
 * Names this boot on Linux, where start times count from boot (with the pid namespace: pids mean nothing outside it).
 * Elsewhere start times are absolute and the boot does not matter.
 */
async function bootId(): Promise<string> {
  if (process.platform !== 'linux') return process.platform;
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  return `${boot} ${await readlink('/proc/self/ns/pid')}`;
}
