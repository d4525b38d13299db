import { describe, expect, it, onTestFinished } from 'vitest';
import { readLakehouse } from '../../src/pipeline/relations.ts';
import { openPublisher } from './publish-harness.ts';
import { makeFirstBatch, seeded } from './random-landing.ts';

describe('publishStep', () => {
  it('puts the key of each relation into the manifest', async () => {
    const publisher = await openPublisher();
    onTestFinished(() => publisher.close());
    await publisher.addBatch('b1', makeFirstBatch(seeded(1)));
    const { manifest } = await publisher.publish();
    const stated = readLakehouse().relations.filter(
      ({ layer, key }) => layer !== 'staging' && key.length > 0,
    );
    expect(
      manifest?.relations.flatMap(({ layer, name, key }) => (key ? [[layer, name, key]] : [])).sort(),
    ).toEqual(stated.map(({ layer, name, key }) => [layer, name, key]).sort());
  });
});
