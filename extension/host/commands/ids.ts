import type { CommandName } from './commandTable.ts';

/** A command's id in VS Code. */
export const commandId = (name: CommandName): string => `peftLab.${name}`;
/** The run explorer's view. */
export const runsViewId = 'peftLab.runs';
/** The dashboard's panel. */
export const dashboardType = 'peftLab.dashboard';
