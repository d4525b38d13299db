// RELIABILITY c 17: a source that lies, once or for good. Once: everything lands all the same. For good: nothing half lands, and the run says so.
import { describe, expect, it } from 'vitest';
import type { Owed } from '../../../src/pipeline/crawl/crawl-owed.ts';
import { parseFault } from '../../../src/sources/sandbox/fault-text.ts';
import type { Batch, DocumentKind } from '../../../src/store/landing/landing-store.ts';
import { albumsOf, openCrawl, sortedIds, tracksOf } from '../../pipeline/crawl/open-crawl.ts';

type Ending = 'SUCCEEDED' | 'PARTIAL' | 'FAILED';

/**
 * A lie, and how a crawl ends that hears it for good: one that cannot have a batch fetches one by one; what has no other way is owed, by so many
 * batches; and where nothing else is answered the crawl fails.
 */
const LIES: readonly (readonly [string, string, Ending, Readonly<Record<string, number>>])[] = [
  ['the JSON is cut although its length is right', 'albums=truncate', 'FAILED', {}],
  ['the connection ends in the middle of the body', 'tracks=reset', 'FAILED', {}],
  ['fewer bytes come than were announced', 'tracks=wrongLength', 'FAILED', {}],
  ['the body is damaged gzip', 'albums=damagedGzip', 'FAILED', {}],
  ['success with a web page in it', 'features=200:html', 'PARTIAL', { features: 2 }],
  ['success with nothing in it', 'tracks=200:empty', 'FAILED', {}],
  ['nothing ever comes', 'artists=hang', 'SUCCEEDED', {}],
  ['the body comes byte by byte', 'albums=drip:100', 'FAILED', {}],
  ['an empty page in the middle of a list', 'artist-albums=empty', 'FAILED', { lists: 1 }],
  ['the same page again', 'artist-albums=repeated', 'FAILED', { lists: 1 }],
  ['a list without end', 'artist-albums=endless', 'FAILED', { lists: 1 }],
  ['a gateway that is down', 'albums=502', 'FAILED', {}],
];
const HARMLESS: readonly (readonly [string, string])[] = [
  ['a total that drifts', 'artist-albums=drifting'],
  ['an item put before all others meanwhile', 'artist-albums=shifted'],
];

const PATIENT = {
  GROOVELAKE_HTTP_TIMEOUT_MS: '15000',
  GROOVELAKE_HTTP_RETRIES: '2',
  GROOVELAKE_STEP_RETRIES: '2',
};
/** Trying again does not help against what stays so. */
const HASTY = { ...PATIENT, GROOVELAKE_HTTP_RETRIES: '0', GROOVELAKE_STEP_RETRIES: '0' };

/** An artist of more than a hundred albums, and one of few. */
async function openLies(fault: string, env: Record<string, string> = PATIENT) {
  // Only silence needs a short limit; on a busy machine a short one would end honest answers too.
  const limit = /hang|drip/.test(fault) ? { GROOVELAKE_HTTP_TIMEOUT_MS: '2000' } : {};
  const crawl = await openCrawl({ artists: 42, faults: [parseFault(fault)] }, { ...env, ...limit });
  const { artists } = crawl.sandbox.catalogue;
  const chosen = [...artists.filter(({ albums }) => albums.length > 100), ...artists.slice(0, 1)];
  return { ...crawl, chosen, parameters: { artistIds: chosen.map(({ id }) => id), batchSize: 1 } };
}

describe('a source that lies', () => {
  it.each(
    [...LIES, ...HARMLESS].map(([what, fault]) => [what, fault] as const),
  )('once: %s', async (_what, fault) => {
    const at = fault.startsWith('artist-albums') ? '#2' : '#1';
    const { run, landed, chosen, parameters } = await openLies(fault.replace('=', `${at}=`));
    const ended = await run(parameters);
    expect([ended.status, ended.error?.message]).toEqual(['SUCCEEDED', undefined]);
    expect(await landed('artist')).toEqual(sortedIds(chosen));
    expect(await landed('album')).toEqual(sortedIds(albumsOf(chosen)));
    expect(await landed('track')).toEqual(sortedIds(tracksOf(chosen)));
  });

  it.each(HARMLESS)('for good, and harmlessly: %s', async (_what, fault) => {
    const { run, landed, chosen, parameters } = await openLies(fault);
    expect((await run(parameters)).status).toBe('SUCCEEDED');
    expect(await landed('album')).toEqual(sortedIds(albumsOf(chosen)));
  });

  it.each(LIES)('for good: %s', async (_what, fault, ending, owing) => {
    const { run, landing, landed, messages, chosen, parameters } = await openLies(fault, HASTY);
    const ended = await run(parameters);
    expect(ended.status, ended.error?.message).toBe(ending);
    const owed = Object.values((ended.checkpoint?.owed ?? {}) as Record<string, Owed>);
    expect(countBy(owed.flatMap((each) => Object.keys(each)))).toEqual(owing);
    if (ending === 'FAILED') expect(ended.error).toMatchObject({ code: 'EXTRACT', isRetryable: true });
    else {
      expect(ended.error).toBeNull();
      expect(await landed('track')).toEqual(sortedIds(tracksOf(chosen)));
    }
    const said = [
      ...(await messages(ended, 'crawl.unanswered')),
      ...(await messages(ended, 'crawl.features')),
    ];
    expect(said).toHaveLength(owed.length);
    for (const message of said) expect(message).toMatch(/could not be had|stay without audio features/);
    const read = async (batch: Batch, kind: DocumentKind) => {
      const bodies: { id: string }[] = [];
      for await (const page of landing.readBatch(batch.id, kind))
        for (const { id, body } of page) {
          bodies.push(JSON.parse(body) as { id: string });
          expect(bodies.at(-1)?.id).toBe(id);
        }
      return sortedIds(bodies);
    };
    const unlisted = new Set(owed.flatMap(({ lists = [] }) => lists));
    for (const batch of await landing.listBatches()) {
      const [artists, albums, tracks] = [
        await read(batch, 'artist'),
        await read(batch, 'album'),
        await read(batch, 'track'),
      ];
      await read(batch, 'audio_features');
      if (batch.sealedAt === null) continue;
      // Whatever is sealed is whole: all that its artist has, or nothing of what is owed.
      const own = chosen.filter(({ id }) => artists.includes(id) && !unlisted.has(id));
      expect(artists).toHaveLength(1);
      expect(albums).toEqual(sortedIds(albumsOf(own)));
      expect(tracks).toEqual(sortedIds(tracksOf(own)));
    }
  });
});

function countBy(names: readonly string[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length]));
}
