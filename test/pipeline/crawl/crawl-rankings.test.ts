import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { type Crawl, openCrawl } from './open-crawl.ts';

const askedFor = ({ sandbox }: Crawl) => sandbox.requests.count('kworb');

describe('a withdrawn ranking', () => {
  it('is fetched anew by the next crawl, and whole, however young it is', async () => {
    const crawl = await openCrawl();
    const first = await crawl.run({ top: 2 });
    const begin = askedFor(crawl);
    const second = await crawl.run({ top: 2 });
    expect(askedFor(crawl)).toBe(begin);
    expect(await crawl.landing.findBatch(`${second.id}-ranking`)).toBeNull();
    await crawl.landing.withdrawBatch(`${first.id}-ranking`, systemClock.now());
    const third = await crawl.run({ top: 2 });
    expect(askedFor(crawl)).toBe(begin + 1);
    expect((await crawl.messages(third, 'crawl.ranking')).join()).not.toContain('has not changed');
    expect((await crawl.landing.findBatch(`${third.id}-ranking`))?.sealedAt).not.toBeNull();
    expect(await crawl.landing.findBatch(`${third.id}-listeners`)).toBeNull();
  });
});
