import { describe, expect, it } from 'vitest';
import { graceMsOf, parseClusterFacts } from '../../extension/slurm/clusterFacts.ts';
import { limitOfEach } from '../../extension/slurm/taskList.ts';

describe('the settings of a cluster', () => {
  it('are read from what scontrol shows', () => {
    const captured = `Configuration data as of 2026-11-29T16:37:53
AuthInfo                = socket=/run/munge.socket,cred_expire=5
ClusterName             = lab
KillWait                = 60 sec
MaxArraySize            = 4001
UnkillableStepTimeout   = 30 sec
`;
    expect(parseClusterFacts(captured)).toEqual({ killWaitSeconds: 60, maxArraySize: 4001 });
  });

  it('are those that Slurm comes with where it does not say', () => {
    expect(parseClusterFacts('')).toEqual({ killWaitSeconds: 30, maxArraySize: 1001 });
  });

  it('leave a supervisor five seconds to put the end on record', () => {
    expect([graceMsOf(30), graceMsOf(60), graceMsOf(5)]).toEqual([25_000, 55_000, 1000]);
  });

  it('share out how many may run at once', () => {
    expect([limitOfEach(undefined, 3), limitOfEach(8, 3), limitOfEach(2, 3)]).toEqual([undefined, 2, 1]);
  });
});
