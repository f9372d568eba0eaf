export interface Server {
  readonly port: number;
  readonly exited: Promise<number | null>;
  output(): string;
  stop(): Promise<void>;
}

export const serverRunsHere: boolean;
export function installServer(): void;
export function serverVersion(): string;
export function canCutOff(): boolean;
export function installExtension(vsix: string, dataFolder: string): void;
export function setMachineSettings(dataFolder: string, settings: Readonly<Record<string, unknown>>): void;
export function removeFolder(folder: string): Promise<void>;
export function startServer(options: {
  readonly dataFolder: string;
  readonly token?: string;
  readonly trustAll?: boolean;
  readonly development?: boolean;
  readonly port?: number;
  readonly environment?: NodeJS.ProcessEnv;
  readonly cutOff?: boolean;
}): Promise<Server>;
