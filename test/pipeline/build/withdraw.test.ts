import { describe, expect, it, onTestFinished } from 'vitest';
import type { LandedDocument } from '../../../src/store/landing/landing-store.ts';
import { contentOf } from './incremental-equality.ts';
import { openPublisher } from './publish-harness.ts';

/** A track, as it was fetched on a day. */
const track = (at: number, name: string, day = 1): LandedDocument => {
  const id = `3c${at}`.padEnd(22, 'x');
  return {
    source: 'spotify',
    kind: 'track',
    id,
    fetchedAt: day * 86_400_000,
    body: JSON.stringify({ id, name, artists: [{ id: '1a0'.padEnd(22, 'x'), name: 'One' }] }),
  };
};
const GOOD = [track(1, 'Song'), track(2, 'Other')];
const WRONG = [track(1, 'Gnos', 2)];

async function open() {
  const publisher = await openPublisher();
  onTestFinished(() => publisher.close());
  return publisher;
}

describe('a withdrawn batch', () => {
  it('is left out of builds as though it had never landed, and counts again once it is restored', async () => {
    const [without, publisher] = [await open(), await open()];
    await without.addBatch('good', GOOD);
    await publisher.addBatch('good', GOOD);
    await publisher.addBatch('wrong', WRONG);
    const wanted = (await without.publish()).manifest;
    const wrong = (await publisher.publish()).manifest;
    const withdrawn = await publisher.publish({ withdraw: ['wrong'] });
    expect(withdrawn.message).toContain('a batch of the served snapshot is gone or withdrawn; 1 withdrawn');
    expect(withdrawn.manifest?.batches).toEqual(['good']);
    expect(withdrawn.manifest && contentOf(withdrawn.manifest)).toEqual(wanted && contentOf(wanted));
    await publisher.addBatch('more', [track(3, 'Third')]);
    expect((await publisher.publish()).manifest?.batches).toEqual(['good', 'more']);
    await publisher.publish({ withdraw: ['more'] });
    const restored = await publisher.publish({ restore: ['wrong'] });
    expect(restored.message).toContain('1 new of 2 sealed batches');
    expect(restored.manifest && contentOf(restored.manifest)).toEqual(wrong && contentOf(wrong));
  });

  it('that the served snapshot does not hold leaves nothing to do, and the run says what it moved', async () => {
    const publisher = await open();
    await publisher.addBatch('good', GOOD);
    await publisher.publish();
    await publisher.addBatch('wrong', WRONG);
    expect(await publisher.publish({ withdraw: ['wrong'] })).toMatchObject({
      manifest: null,
      message: 'withdrawn: 1 batch; nothing new since the served snapshot',
    });
    expect(await publisher.publish()).toMatchObject({
      manifest: null,
      message: 'nothing new since the served snapshot',
    });
  });

  it('that was restored since is not withdrawn again by a retry of the run that withdrew it', async () => {
    const publisher = await open();
    await publisher.addBatch('good', GOOD);
    await publisher.addBatch('wrong', WRONG);
    await publisher.publish();
    const told = { withdraw: ['wrong'] };
    await publisher.publish(told);
    expect((await publisher.publish({ restore: ['wrong'] })).manifest?.batches).toContain('wrong');
    expect(await publisher.publish(told)).toMatchObject({ manifest: null });
    expect(await publisher.landing.findBatch('wrong')).toMatchObject({ withdrawnAt: null });
  });

  it('is refused before any other is changed where there is none of that id, or it is to be restored too', async () => {
    const publisher = await open();
    await publisher.addBatch('good', GOOD);
    await expect(publisher.publish({ withdraw: ['good', 'godo'] })).rejects.toThrow(
      '"godo" is no sealed batch; the id of one is expected',
    );
    await expect(publisher.publish({ withdraw: ['good'], restore: ['good'] })).rejects.toThrow(
      '"good" is to be withdrawn and restored',
    );
    expect(await publisher.landing.findBatch('good')).toMatchObject({ withdrawnAt: null });
  });
});
