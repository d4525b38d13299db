import { describe, expect, it } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import { ExtractError, GroovelakeError, SourceDeferredError, TransformError } from '../../../src/errors.ts';
import { countRetries, drawPause, findTimeout } from '../../../src/pipeline/runs/retry-policy.ts';
import { PIPELINE_STEPS } from '../../../src/store/runs/pipelines.ts';

const extract = (isRetryable: boolean) => new ExtractError('reset', { source: 'spotify' }, { isRetryable });

describe('countRetries(error, config)', () => {
  it('tries again what was thrown as passing, as often as GROOVELAKE_STEP_RETRIES says', () => {
    const config = readConfig({ GROOVELAKE_STEP_RETRIES: '3' });
    expect(countRetries(extract(true), config)).toBe(3);
    expect(countRetries(extract(false), config)).toBe(0);
    expect(countRetries(new Error('surprise'), config)).toBe(0);
  });

  it('goes by the code of the error where GROOVELAKE_ERROR_RETRIES names it', () => {
    const config = readConfig({ GROOVELAKE_ERROR_RETRIES: 'EXTRACT=5, TRANSFORM=1,INTERNAL=2' });
    expect(countRetries(extract(true), config)).toBe(5);
    expect(countRetries(new TransformError('gold.tracks', 'x'), config)).toBe(1);
    expect(countRetries(new Error('surprise'), config)).toBe(2);
    expect(countRetries(new Error('Out of Memory Error'), config)).toBe(0);
  });

  it('never tries again on a full disk, under a lost fence, after a cancel, or against the word of a source', () => {
    const config = readConfig({ GROOVELAKE_ERROR_RETRIES: 'INTERNAL=9' });
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const deferred = new SourceDeferredError({ source: 'spotify', family: 'album', until: 1 });
    const fenced = new GroovelakeError('FENCED', 'x', { isRetryable: true });
    for (const error of [full, deferred, fenced]) expect(countRetries(error, config)).toBe(0);
  });

  it.each(['DISK_FULL=1', 'EXTRACT=21', 'EXTRACT', 'EXTRACT=1,,'])('is not told "%s"', (text) => {
    expect(() => readConfig({ GROOVELAKE_ERROR_RETRIES: text })).toThrow(/GROOVELAKE_ERROR_RETRIES is/);
  });
});

describe('drawPause(error, retry, random)', () => {
  it('grows with every try up to a limit, and is longer for a source', () => {
    const always = { ...seededRandomness(1), next: () => 0.5 };
    const pauses = (error: unknown) => [0, 1, 9].map((retry) => drawPause(error, retry, always));
    expect(pauses(new Error('x'))).toEqual([500, 1_000, 30_000]);
    expect(pauses(extract(true))).toEqual([1_000, 2_000, 60_000]);
  });
});

describe('findTimeout(step, config)', () => {
  it('is the step’s own, else that of all; a crawl has a day', () => {
    const config = readConfig({ GROOVELAKE_STEP_TIMEOUT_MS: '5000', GROOVELAKE_STEP_TIMEOUTS: 'index=700' });
    expect(['index', 'gold', 'crawl'].map((step) => findTimeout(step, config))).toEqual([
      700, 5_000, 86_400_000,
    ]);
    expect(() => readConfig({ GROOVELAKE_STEP_TIMEOUTS: 'indx=700' })).toThrow(/names of crawl, import/);
  });

  it('can be said for every step of every pipeline', () => {
    const steps = Object.values(PIPELINE_STEPS).flatMap((pipeline) => pipeline.steps);
    const config = readConfig({ GROOVELAKE_STEP_TIMEOUTS: steps.map((step) => `${step}=700`).join() });
    expect(steps.map((step) => findTimeout(step, config))).toEqual(steps.map(() => 700));
  });
});
