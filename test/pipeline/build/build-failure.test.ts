import { describe, expect, it } from 'vitest';
import { CancelledError } from '../../../src/errors.ts';
import { explainFailure } from '../../../src/pipeline/build/build-failure.ts';

const relation = { layer: 'gold', name: 'tracks' } as const;

/** What is told of a relation whose writing ends with `error`. */
async function fail(error: Error) {
  const told: string[] = [];
  const event = (level: string, type: string) => void told.push(`${level} ${type}`);
  const thrown = await explainFailure({ event }, relation, () => Promise.reject(error)).catch(
    (caught: unknown) => caught,
  );
  return { told, thrown };
}

describe('explainFailure', () => {
  it('names the relation for what the engine says', async () => {
    const { told, thrown } = await fail(new Error('Binder Error: no such column'));
    expect(told).toEqual(['ERROR build.failed']);
    expect(thrown).toMatchObject({
      message: '"gold.tracks" could not be built: Binder Error: no such column',
    });
  });

  it('says nothing of a failure when the run was told to stop', async () => {
    const stop = new CancelledError('The run was cancelled.');
    expect(await fail(stop)).toEqual({ told: [], thrown: stop });
  });
});
