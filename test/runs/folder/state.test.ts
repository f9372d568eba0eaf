import { describe, expect, it } from 'vitest';
import type { RunHolder, RunSummary } from '../../../extension/contract/run.ts';
import { queuedElsewhere, runStateOf } from '../../../extension/runs/folder/state.ts';
import { startSummary } from '../../../extension/runs/journal/summary.ts';
import { at } from '../../support/newRun.ts';

const fresh = startSummary(at(0)).summary;
const begun: RunSummary = { ...fresh, state: 'running', startedAt: at(2) };
const stopped: RunSummary = { ...begun, state: 'stopped', endedAt: at(9), attempt: 1, message: 'stopped on request' };
const holder: RunHolder = { pid: 1, startTime: '1', host: 'lab', bootId: 'b', claimedAt: at(1), attempt: 1 };
const endedAs = (attempt: number): RunSummary => ({ ...stopped, attempt });
const heldAs = (attempt: number): RunHolder => ({ ...holder, claimedAt: at(20), attempt });
const laterHolder = heldAs(2);

describe('runStateOf', () => {
  it.each([
    ['it was just taken', fresh, holder, 'alive', 'running'],
    ['its process is there', begun, holder, 'alive', 'running'],
    ['its process is gone without an end', begun, holder, 'dead', 'died'],
    ['its process is on another host', begun, holder, 'unknown', 'unknown'],
    ['its journal has an end, whatever the process', stopped, holder, 'alive', 'stopped'],
    ['its journal has an end and no process is known', stopped, undefined, 'unknown', 'stopped'],
    ['it is being resumed', stopped, laterHolder, 'alive', 'running'],
    ['resuming it failed before a word was written', stopped, laterHolder, 'dead', 'stopped'],
    ['its journal was begun by nobody known', begun, undefined, 'unknown', 'unknown'],
    ['an attempt has ended by its number, before it began by the clock', endedAs(2), heldAs(2), 'unknown', 'stopped'],
    [
      'an earlier attempt has ended, later by the clock',
      endedAs(1),
      { ...heldAs(2), claimedAt: at(1) },
      'alive',
      'running',
    ],
  ] as const)('when %s', (_, summary, process, liveness, state) => {
    expect(runStateOf({ summary, holder: process, liveness, queuedHere: () => false }).state).toBe(state);
  });

  it.each([
    ['is new', fresh, undefined, 'unknown', 'queued'],
    ['was stopped', stopped, holder, 'dead', 'queued'],
    ['has an end, and no process is known', stopped, undefined, 'unknown', 'queued'],
    ['died', begun, holder, 'dead', 'queued'],
    ['was begun by nobody known', begun, undefined, 'unknown', 'queued'],
    ['runs', begun, holder, 'alive', 'running'],
    ['is on another host', begun, holder, 'unknown', 'unknown'],
    ['was just taken', stopped, laterHolder, 'alive', 'running'],
  ] as const)('counts a run that this user queued here as queued unless somebody has it: one that %s', (...row) => {
    const [, summary, process, liveness, state] = row;
    expect(runStateOf({ summary, holder: process, liveness, queuedHere: () => true }).state).toBe(state);
  });

  it('counts a waiting run as queued only where this user queued it', () => {
    const { state, message } = runStateOf({
      summary: fresh,
      holder: undefined,
      liveness: 'unknown',
      queuedHere: () => false,
    });
    expect([state, message]).toEqual(['unknown', queuedElsewhere]);
  });

  it('says that a death without witness has an unknown cause', () => {
    expect(runStateOf({ summary: begun, holder, liveness: 'dead', queuedHere: () => false }).message).toMatch(
      /^cause unknown/,
    );
  });
});
