/** Headings below the extension's own in the list of settings. */
export const settingSections = { runs: 'Runs', engine: 'Engine' } as const;
type SettingSection = keyof typeof settingSections;

/** One setting, without the prefix `peftLab.`. */
export interface SettingDeclaration {
  readonly type: 'string' | 'integer' | 'boolean';
  readonly default: string | number | boolean;
  readonly enum?: readonly string[];
  readonly enumDescriptions?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  /** `machine-overridable`: what a machine has is not carried to others; `window`: anywhere. */
  readonly scope: 'window' | 'machine-overridable';
  /** A workspace that is not trusted cannot set it: it names a program, or where files are written. */
  readonly restricted?: true;
  /** Under which heading it stands. */
  readonly section: SettingSection;
  readonly description: string;
}

/** Every setting; the manifest and the types of `readSettings` are made from this. */
export const settingsTable = {
  runsFolder: {
    section: 'runs',
    type: 'string',
    default: '.peft-lab/runs',
    scope: 'machine-overridable',
    restricted: true,
    description:
      'Folder of the run folders; a relative path starts from the workspace folder. `~` and the variables `userHome` and `workspaceFolder` are known, for Python and Node too.',
  },
  executor: {
    section: 'engine',
    type: 'string',
    default: 'config',
    enum: ['config', 'onnx', 'torch', 'auto'],
    enumDescriptions: [
      'As each config says; `onnx` where it names none.',
      'onnxruntime, which comes with the extension.',
      'PyTorch, in a Python of your own.',
      'PyTorch where it finds a CUDA device, else onnxruntime.',
    ],
    scope: 'machine-overridable',
    description: 'Engine for runs and sweeps whose config names none. A sweep keeps what it was started with.',
  },
  device: {
    section: 'engine',
    type: 'string',
    default: 'auto',
    scope: 'machine-overridable',
    description:
      'Device for runs and sweeps whose config names none: `auto`, `cpu`, or what *Check Environment* lists. A sweep keeps what it was started with.',
  },
  threads: {
    section: 'engine',
    type: 'integer',
    default: 0,
    minimum: 0,
    maximum: 1024,
    scope: 'machine-overridable',
    description:
      "Threads for a run's arithmetic where its config names none; 0: one per physical core, in a sweep a share of them. A sweep keeps what it was started with.",
  },
  maxConcurrentRuns: {
    section: 'runs',
    type: 'integer',
    default: 1,
    minimum: 1,
    maximum: 64,
    scope: 'machine-overridable',
    description:
      'Runs of one workspace folder that may run at once. The rest wait in a queue that outlives windows and restarts; each workspace folder has a queue of its own. After a restart it goes on once a window shows its runs: by itself where they lie in `.peft-lab/runs`, elsewhere when a config or the view of runs is opened.',
  },
  pythonPath: {
    section: 'engine',
    type: 'string',
    default: '',
    scope: 'machine-overridable',
    restricted: true,
    description:
      "Python of the torch engine, for configs that name none. Empty: the Python extension's choice, then `.venv` of the workspace or beside the config, then PATH. A sweep keeps what it was started with.",
  },
  nodePath: {
    section: 'engine',
    type: 'string',
    default: '',
    scope: 'machine-overridable',
    restricted: true,
    description: "Node that the trainer runs on, 20 or newer. Empty: VS Code's own.",
  },
  notifications: {
    section: 'runs',
    type: 'string',
    default: 'all',
    enum: ['all', 'failures', 'none'],
    enumDescriptions: ['When a run finishes or fails.', 'When a run fails or dies.', 'Never.'],
    scope: 'window',
    description: 'Events that show a notification.',
  },
  openDashboardOnStart: {
    section: 'runs',
    type: 'boolean',
    default: true,
    scope: 'window',
    description: 'Open the dashboard when a run is started.',
  },
} as const satisfies Readonly<Record<string, SettingDeclaration>>;

export type SettingName = keyof typeof settingsTable;
