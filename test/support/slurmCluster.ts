import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Nodes with host names of their own and their processors; the third is in a partition of its own. */
const nodes = { n1: 1, n2: 1, n3: 2 } as const;
export type NodeName = keyof typeof nodes;
const names = Object.keys(nodes) as NodeName[];

const programs = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'scontrol'];

/** Why a real Slurm cannot be had here; undefined where it can. */
export function whyNoCluster(): string | undefined {
  if (process.getuid?.() !== 0) return 'nodes with host names of their own need root';
  const missing = programs.filter((program) => spawnSync('which', [program]).status !== 0);
  if (missing.length > 0) return `${missing.join(', ')} cannot be found`;
  if (spawnSync('unshare', ['--uts', 'hostname', 'n1']).status !== 0)
    return 'host names of their own are not allowed here';
  return undefined;
}

/**
 * A Slurm of this machine alone, in one folder: a controller, three nodes, munge. No services, no cgroups, no network but the
 * loopback.
 */
export class SlurmCluster {
  readonly environment: NodeJS.ProcessEnv;
  readonly #folder: string;
  readonly #daemons = new Map<string, ChildProcess>();

  private constructor(folder: string) {
    this.#folder = folder;
    this.environment = { ...process.env, SLURM_CONF: this.#file('slurm.conf') };
  }

  /** @param folder a new one with a short path: sockets lie in it */
  static async start(folder: string): Promise<SlurmCluster> {
    const cluster = new SlurmCluster(folder);
    await cluster.#up();
    return cluster;
  }

  /** Runs one of Slurm's programs. @returns what it says */
  ask(program: string, ...words: readonly string[]): string {
    return execFileSync(program, words, { env: this.environment, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  startNode(node: NodeName): void {
    const command = `hostname ${node} && exec slurmd -D -N ${node} -f ${this.#file('slurm.conf')}`;
    this.#start(node, 'unshare', '--uts', 'sh', '-c', command);
  }

  /** Ends a node's daemon as a crash would: what it started goes on. */
  async killNode(node: NodeName): Promise<void> {
    await this.#end(node, 'SIGKILL');
  }

  async stop(): Promise<void> {
    // Jobs first: a node that is ended before them leaves them behind.
    for (const node of names) if (this.#isGone(node)) this.startNode(node);
    await until('all nodes answer', () => this.#nodeStates().every((state) => /^(idle|alloc|mixed|comp)/.test(state)));
    spawnSync('scancel', ['--user=root'], { env: this.environment });
    await until('nothing runs any more', () => this.#nodeStates().every((state) => state === 'idle'));
    for (const name of [...names, 'slurmctld', 'munged']) await this.#end(name, 'SIGTERM');
  }

  /** The last lines of every daemon, for a test that fails. */
  logs(): string {
    const tail = (name: string): string => {
      try {
        return readFileSync(this.#file(name), 'utf8').split('\n').slice(-25).join('\n');
      } catch {
        return '';
      }
    };
    return [...names, 'slurmctld'].map((name) => `${name}:\n${tail(`${name}.log`)}`).join('\n');
  }

  #file(name: string): string {
    return path.join(this.#folder, name);
  }

  async #up(): Promise<void> {
    // Munge wants everyone to reach its socket.
    mkdirSync(this.#folder, { recursive: true, mode: 0o755 });
    for (const name of ['state', ...names.map((node) => `spool-${node}`)]) mkdirSync(this.#file(name));
    writeFileSync(this.#file('munge.key'), randomBytes(64), { mode: 0o400 });
    writeFileSync(this.#file('slurm.conf'), this.#settings(await freePorts(1 + names.length)));
    const munge = { key: 'key-file', socket: 'socket', pid: 'pid-file', log: 'log-file', seed: 'seed-file' };
    const files = Object.entries(munge).map(([name, option]) => `--${option}=${this.#file(`munge.${name}`)}`);
    this.#start('munged', 'munged', '--foreground', '--force', ...files);
    const socket = `--socket=${this.#file('munge.socket')}`;
    await until('munge answers', () => spawnSync('munge', [socket, '--no-input']).status === 0);
    this.#start('slurmctld', 'slurmctld', '-D', '-i');
    for (const node of names) this.startNode(node);
    await until('all nodes are idle', () => this.#nodeStates().every((state) => state === 'idle'));
  }

  #nodeStates(): readonly string[] {
    const words = ['--noheader', '--Node', '--partition=low,apart', '--format=%T'];
    return spawnSync('sinfo', words, { env: this.environment, encoding: 'utf8' }).stdout.trim().split('\n');
  }

  #isGone(name: string): boolean {
    const daemon = this.#daemons.get(name);
    return daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null;
  }

  #settings([controller, ...ports]: readonly number[]): string {
    const file = (name: string): string => this.#file(name);
    return [
      'ClusterName=test',
      'SlurmctldHost=localhost(127.0.0.1)',
      `SlurmctldPort=${controller}`,
      'SlurmUser=root',
      'SlurmdUser=root',
      // A requeued job waits until its old credential has run out: this long, and a second.
      `AuthInfo=socket=${file('munge.socket')},cred_expire=5`,
      'AuthType=auth/munge',
      `StateSaveLocation=${file('state')}`,
      `SlurmdSpoolDir=${file('spool-%n')}`,
      `SlurmctldPidFile=${file('slurmctld.pid')}`,
      `SlurmdPidFile=${file('slurmd-%n.pid')}`,
      `SlurmctldLogFile=${file('slurmctld.log')}`,
      `SlurmdLogFile=${file('%n.log')}`,
      // Containers seldom allow cgroups; this follows the tree of processes.
      'ProctrackType=proctrack/linuxproc',
      'TaskPlugin=task/none',
      'JobAcctGatherType=jobacct_gather/none',
      'AccountingStorageType=accounting_storage/none',
      'MpiDefault=none',
      'SwitchType=switch/none',
      'SlurmdParameters=config_overrides',
      'SelectType=select/cons_tres',
      'SelectTypeParameters=CR_CPU',
      'SchedulerParameters=bf_interval=1,sched_interval=1,sched_min_interval=0,batch_sched_delay=0',
      'PreemptType=preempt/partition_prio',
      'PreemptMode=REQUEUE',
      'SlurmctldParameters=preempt_send_user_signal',
      'KillWait=15',
      'SlurmdTimeout=10',
      'ReturnToService=2',
      ...names.map(
        (node, i) => `NodeName=${node} NodeHostname=localhost NodeAddr=127.0.0.1 Port=${ports[i]} CPUs=${nodes[node]}`,
      ),
      'PartitionName=low Nodes=n1,n2 Default=YES PriorityTier=1 PreemptMode=REQUEUE GraceTime=60 State=UP',
      'PartitionName=high Nodes=n1,n2 PriorityTier=10 PreemptMode=OFF State=UP',
      'PartitionName=apart Nodes=n3 PreemptMode=OFF State=UP',
      '',
    ].join('\n');
  }

  #start(name: string, program: string, ...words: readonly string[]): void {
    const output = openSync(this.#file(`${name}.out`), 'a');
    const daemon = spawn(program, words, { env: this.environment, detached: true, stdio: ['ignore', output, output] });
    this.#daemons.set(name, daemon);
  }

  async #end(name: string, signal: NodeJS.Signals): Promise<void> {
    if (this.#isGone(name)) return;
    const daemon = this.#daemons.get(name)!;
    const gone = new Promise<void>((resolve) => daemon.once('exit', () => resolve()));
    daemon.kill(signal);
    await gone;
  }
}

/** Waits for a state, however long a busy machine takes. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, limitMs = 120_000): Promise<void> {
  for (const end = Date.now() + limitMs; !(await holds()); await delay(20))
    if (Date.now() > end) throw new Error(`gave up waiting until ${what}`);
}

/**
 * Ports that nobody listens on, below those that the system gives to connections: a daemon that is started again must
 * find its own still free.
 */
async function freePorts(count: number): Promise<readonly number[]> {
  const found = new Set<number>();
  while (found.size < count) {
    const port = randomInt(10_000, 30_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    found.add(port);
  }
  return [...found];
}
