// RELIABILITY c 38: every kind of fault at every command of landing a batch and of working on a run.
import { describe } from 'vitest';
import { describeFaults, FAULTS } from '../store/mongo/fault-sweep.ts';

describe.each([
  ['a standalone server', false],
  ['a replica set', true],
])('MongoDB as %s', (_name, isReplicaSet) => {
  describeFaults(FAULTS, isReplicaSet);
});
