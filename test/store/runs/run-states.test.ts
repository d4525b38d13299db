import { describe, expect, it } from 'vitest';
import { canMove, canStepMove, requireMove, requireStepMove } from '../../../src/store/runs/run-states.ts';
import { ENDED, RUN_STATUSES } from '../../../src/store/runs/run-store.ts';

describe('canMove(from, to)', () => {
  it('lets only a queued or parked run begin', () => {
    expect(RUN_STATUSES.filter((from) => canMove(from, 'RUNNING'))).toEqual(['QUEUED', 'WAITING']);
  });

  it('lets an ended run move only to QUEUED, and only where something is left to do', () => {
    for (const from of ENDED)
      for (const to of RUN_STATUSES) if (to !== 'QUEUED') expect(canMove(from, to)).toBe(false);
    expect(ENDED.filter((from) => canMove(from, 'QUEUED')).sort()).toEqual(
      ['CANCELLED', 'CRASHED', 'FAILED', 'PARTIAL', 'TIMED_OUT'].sort(),
    );
  });

  it('never parks a run that is being cancelled', () => {
    expect(canMove('CANCELLING', 'WAITING')).toBe(false);
  });

  it('lets a run that is being cancelled end as its last step did', () => {
    expect(ENDED.every((to) => canMove('CANCELLING', to))).toBe(true);
  });
});

describe('canStepMove(from, to)', () => {
  it('takes staying as no move', () => {
    expect(canStepMove('SUCCEEDED', 'SUCCEEDED')).toBe(true);
  });

  it('lets an ended step only begin again', () => {
    expect(canStepMove('SUCCEEDED', 'PENDING')).toBe(true);
    expect(canStepMove('SUCCEEDED', 'RUNNING')).toBe(false);
    expect(canStepMove('FAILED', 'SUCCEEDED')).toBe(false);
  });
});

describe('requireMove and requireStepMove', () => {
  it('name the run, both states and what is legal', () => {
    expect(() => requireMove('r1', 'CANCELLING', 'WAITING')).toThrow(
      /run "r1" is CANCELLING and cannot become WAITING; one of SUCCEEDED, .* is expected/,
    );
    expect(() => requireMove('r1', 'SKIPPED', 'RUNNING')).toThrow(/it stays as it is/);
    expect(() => requireStepMove('r1', 'gold', 'PENDING', 'SUCCEEDED')).toThrow(
      expect.objectContaining({ code: 'RUN_STATE' }),
    );
  });
});
