import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type CommandDeclaration, commandTable } from '../../extension/host/commands/commandTable.ts';
import { settingsTable } from '../../extension/host/editor/settingsTable.ts';
import { manifest, manifestTexts } from '../../extension/host/manifest.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (name: string): Record<string, unknown> => JSON.parse(readFileSync(path.join(root, name), 'utf8'));
const renew = 'run `node scripts/run.mjs scripts/generateManifest.ts`';

describe('the manifest', () => {
  const { top, contributes } = manifest();
  const written = read('package.json');

  it('is what the code declares', () => {
    expect(written, renew).toMatchObject(top);
    const parts = written.contributes as Record<string, unknown>;
    for (const [key, value] of Object.entries(contributes)) expect(parts[key], `${key}: ${renew}`).toEqual(value);
    expect(read('package.nls.json'), renew).toEqual(manifestTexts());
  });

  it('has a text for every %key%, and a key for every text', () => {
    const used = new Set([...JSON.stringify(written).matchAll(/"%([\w.]+)%"/g)].map((match) => match[1]!));
    expect([...used].sort()).toEqual(Object.keys(manifestTexts()).sort());
  });

  it('hides what needs an argument from the palette, and offers it somewhere else', () => {
    const commands = Object.entries(commandTable) as [string, CommandDeclaration][];
    const hidden = commands.filter(([, { palette }]) => palette === 'never');
    expect(hidden.length).toBeGreaterThan(10);
    const byClick = ['showMoreRuns', 'showSelectedRun'];
    const nowhere = hidden.filter(([name, { run, head }]) => !run && !head && !byClick.includes(name));
    expect(nowhere).toEqual([]);
  });

  it('shows at most three inline actions at a run, whatever its state', () => {
    const menus = contributes.menus as Record<string, { command: string; when?: string; group?: string }[]>;
    const inline = menus['view/item/context']!.filter(({ group }) => group?.startsWith('inline'));
    for (const state of ['queued', 'running', 'finished', 'stopped', 'failed', 'died', 'unknown']) {
      const shown = inline.filter(({ when }) => holds(when!, `run ${state}`));
      expect(shown.length, state).toBeLessThanOrEqual(3);
      expect(shown.length, state).toBeGreaterThanOrEqual(1);
    }
  });

  it.each(['stopped', 'failed', 'died', 'unknown'])('offers to resume or retry a run that is %s', (state) => {
    const menus = contributes.menus as Record<string, { command: string; when?: string; group?: string }[]>;
    const offered = menus['view/item/context']!.filter(({ when }) => holds(when!, `run ${state}`));
    const names = offered.map(({ command }) => command);
    expect(names.filter((name) => /\.(resume|retry)Run$/.test(name))).toEqual([
      ...['peftLab.resumeRun', 'peftLab.resumeRun', 'peftLab.retryRun'],
    ]);
  });

  it('offers at a row of the dashboard what it offers at a run, buttons aside', () => {
    const menus = contributes.menus as Record<string, { command: string; when?: string; group?: string }[]>;
    for (const words of ['run failed', 'run finished pinned', 'run running protected']) {
      const offered = (menu: string) =>
        menus[menu]!.filter(({ group, when }) => !group!.startsWith('inline') && holds(when!, words)).map(
          ({ command }) => command,
        );
      expect(offered('webview/context'), words).toEqual(offered('view/item/context'));
      expect(offered('webview/context').length).toBeGreaterThan(5);
    }
  });

  it('offers at a folder that cannot be read as a run only to show it', () => {
    const menus = contributes.menus as Record<string, { command: string; when?: string }[]>;
    const ofOne = menus['view/item/context']!.filter(({ when }) => !when!.endsWith('&& listMultiSelection'));
    const offered = ofOne.filter(({ when }) => holds(when!, 'run unreadable'));
    expect(offered.map(({ command }) => command)).toEqual(['peftLab.revealRun']);
  });

  it('offers for several selected files what is done with each of them, and nothing else', () => {
    const menus = contributes.menus as Record<string, { command: string; when?: string }[]>;
    const ofMany = menus['explorer/context']!.filter(({ when }) => !when!.includes('!listMultiSelection'));
    expect(ofMany.map(({ command }) => command)).toEqual(['peftLab.startFromConfig', 'peftLab.startSweep']);
    expect(menus['editor/title/run']!.map(({ when }) => when).join()).not.toContain('listMultiSelection');
  });

  it('writes walkthrough steps without marks that are shown as they are', () => {
    const texts = Object.entries(manifestTexts()).filter(([key]) => /^walkthrough\..*description$/.test(key));
    expect(texts.length).toBeGreaterThan(2);
    for (const [key, text] of texts) expect(text.replaceAll(/\]\(command:[^)]*\)/g, ''), key).not.toMatch(/[`*_]/);
  });

  it('lets keys act in the run explorer alone', () => {
    const keys = contributes.keybindings as { command: string; key: string; when: string }[];
    expect(keys.map(({ command, key }) => [key, command])).toEqual([
      ['f2', 'peftLab.renameRun'],
      ['delete', 'peftLab.deleteRuns'],
    ]);
    for (const { when } of keys) expect(when).toBe('focusedView == peftLab.runs && listFocus && !inputFocus');
  });

  it('keeps commands for many runs though one of them differs', () => {
    const menus = contributes.menus as Record<string, { command: string; when?: string }[]>;
    for (const name of ['pinRuns', 'unpinRuns', 'protectRuns', 'unprotectRuns', 'deleteRuns']) {
      const [entry] = menus['view/item/context']!.filter(({ command }) => command === `peftLab.${name}`);
      expect(entry?.when, name).toContain('(listMultiSelection || ');
    }
    const ofGroups = menus['view/item/context']!.filter(({ when }) => when?.includes('viewItem == group'));
    expect(ofGroups.map(({ command }) => command)).toEqual([
      'peftLab.sweepOverMethods',
      'peftLab.compareRuns',
      'peftLab.tagRuns',
      'peftLab.deleteRuns',
    ]);
  });

  it('says one thing where no run is shown, in every state of the window', () => {
    const keys = ['peftLab.incomplete', 'peftLab.loaded', 'peftLab.filtered', 'isWorkspaceTrusted'] as const;
    const welcomes = contributes.viewsWelcome as { contents: string; when: string }[];
    const shown = (folders: number, ...set: readonly string[]): string[] =>
      welcomes
        .filter(({ when }) =>
          when.split(' && ').every((part) => {
            if (part.startsWith('workspaceFolderCount')) return (folders === 0) === part.includes('==');
            const key = part.replace('!', '');
            expect(keys as readonly string[]).toContain(key);
            return set.includes(key) !== part.startsWith('!');
          }),
        )
        .map(({ contents }) => contents);
    const [incomplete, loaded, filtered, trusted] = keys;
    expect(shown(0, loaded, trusted)).toEqual(['%welcome.noFolder%']);
    expect(shown(1, trusted)).toEqual(['%welcome.loading%']);
    expect(shown(1, filtered)).toEqual(['%welcome.loading%']);
    expect(shown(1, loaded, trusted)).toEqual(['%welcome.trusted%']);
    expect(shown(1, loaded)).toEqual(['%welcome.restricted%']);
    expect(shown(1, loaded, filtered, trusted)).toEqual(['%welcome.filtered%']);
    expect(shown(1, loaded, incomplete, trusted)).toEqual(['%welcome.incomplete%']);
    for (let state = 0; state < 16; state++) {
      const set = keys.filter((_, bit) => (state >> bit) & 1);
      for (const folders of [0, 1]) expect(shown(folders, ...set), `${folders} ${set.join()}`).toHaveLength(1);
    }
  });

  it('names only commands that are there where no run is shown, and says what to do', () => {
    const own = Object.keys(commandTable).map((name) => `peftLab.${name}`);
    const texts = Object.entries(manifestTexts()).filter(([key]) => /^(welcome|walkthrough)\./.test(key));
    const commands = texts.flatMap(([, text]) => [...text.matchAll(/\(command:([\w.]+)/g)].map((match) => match[1]!));
    expect(commands.filter((name) => name.startsWith('peftLab.') && !own.includes(name))).toEqual([]);
    expect(commands).toEqual(expect.arrayContaining(['peftLab.openExampleWorkspace', 'workbench.trust.manage']));
    for (const [key, text] of texts.filter(([key]) => key.startsWith('welcome.') && key !== 'welcome.loading')) {
      expect(text, key).toContain('](command:');
    }
  });

  it('draws each step of the walkthrough in the colours of the theme alone', () => {
    const [walkthrough] = contributes.walkthroughs as {
      steps: { media: { svg: string }; completionEvents: string[] }[];
    }[];
    expect(walkthrough!.steps.length).toBeGreaterThan(4);
    for (const { media, completionEvents } of walkthrough!.steps) {
      const picture = readFileSync(path.join(root, media.svg), 'utf8');
      // The editor lets a picture load nothing, and run no style sheet of its own.
      expect(picture, media.svg).not.toMatch(/#[\da-f]{3,8}\b|rgb|style|<image|<script|href/i);
      expect(picture.length, media.svg).toBeLessThan(8000);
      expect(completionEvents.length).toBeGreaterThan(0);
    }
  });

  it('draws in the walkthrough the files of the example workspace, in the order of the editor', () => {
    const files = readdirSync(path.join(root, 'examples')).filter((name) => name.endsWith('.yaml'));
    const picture = readFileSync(path.join(root, 'resources/walkthrough/open.svg'), 'utf8');
    const drawn = [...picture.matchAll(/>([^<]+\.yaml)</g)].map((match) => match[1]!);
    expect(drawn).toEqual(files.sort());
  });

  it('puts settings under headings of the extension, each once', () => {
    const sections = contributes.configuration as { id: string; title: string; properties: object }[];
    expect(sections.map(({ id, title }) => [id, title])).toEqual([
      ['peftLab.runs', 'Runs'],
      ['peftLab.engine', 'Engine'],
    ]);
    const names = sections.flatMap(({ properties }) => Object.keys(properties));
    expect(names.sort()).toEqual(
      Object.keys(settingsTable)
        .map((name) => `peftLab.${name}`)
        .sort(),
    );
  });

  it('starts nothing at startup, and names files that are there', () => {
    expect(JSON.stringify(top.activationEvents)).not.toContain('*');
    expect(JSON.stringify(top.activationEvents)).not.toContain('onStartupFinished');
    const files = [...JSON.stringify({ top, contributes }).matchAll(/"(?:\.\/)?(resources\/[^"]+)"/g)].map(
      (match) => match[1]!,
    );
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) expect(existsSync(path.join(root, file)), file).toBe(true);
    const [language] = (written.contributes as { languages: { icon: Record<string, string> }[] }).languages;
    for (const file of Object.values(language!.icon)) expect(existsSync(path.join(root, file)), file).toBe(true);
  });
});

/** Evaluates the conditions that the table writes, for a given context value of one row. */
function holds(when: string, viewItem: string): boolean {
  return when.split(' && ').every((part) => {
    const [, only] = /^viewItem == (\w+)$/.exec(part) ?? [];
    if (only !== undefined) return only === viewItem;
    const ofOne = part.replace(/^\(listMultiSelection \|\| (.*)\)$/, '$1');
    const [, not, pattern] = /^(!?)\(?viewItem =~ \/(.*?)\/\)?$/.exec(ofOne) ?? [];
    return pattern === undefined || new RegExp(pattern).test(viewItem) === (not === '');
  });
}
