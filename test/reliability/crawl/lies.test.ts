// RELIABILITY c 17: a source that lies, once or for good. Once: everything lands all the same. For good: nothing half lands, and the run says so.
import { describe, expect, it } from 'vitest';
import { parseFault } from '../../../src/sources/sandbox/fault-text.ts';
import { albumsOf, openCrawl, sortedIds, tracksOf } from '../../pipeline/crawl/open-crawl.ts';

const LIES: readonly (readonly [string, string])[] = [
  ['the JSON is cut although its length is right', 'albums=truncate'],
  ['the connection ends in the middle of the body', 'tracks=reset'],
  ['fewer bytes come than were announced', 'tracks=wrongLength'],
  ['the body is damaged gzip', 'albums=damagedGzip'],
  ['success with a web page in it', 'features=200:html'],
  ['success with nothing in it', 'tracks=200:empty'],
  ['nothing ever comes', 'artists=hang'],
  ['the body comes byte by byte', 'albums=drip:100'],
  ['an empty page in the middle of a list', 'artist-albums=empty'],
  ['the same page again', 'artist-albums=repeated'],
  ['a list without end', 'artist-albums=endless'],
  ['a gateway that is down', 'albums=502'],
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
  it.each([...LIES, ...HARMLESS])('once: %s', async (_what, fault) => {
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

  it.each(LIES)('for good: %s', async (_what, fault) => {
    const { run, landing, landed, messages, chosen, parameters } = await openLies(fault, HASTY);
    const ended = await run(parameters);
    // A batch that cannot be had is fetched one by one; a list that has no other way is owed, and where there is none at all the run fails
    // and says why.
    if (ended.status === 'PARTIAL') {
      const said = [
        ...(await messages(ended, 'crawl.unanswered')),
        ...(await messages(ended, 'crawl.features')),
      ];
      expect(said.join()).toMatch(/could not be had|stay without audio features/);
    } else if (ended.status !== 'SUCCEEDED') {
      expect(ended.status).toBe('FAILED');
      expect(ended.error).toMatchObject({ code: 'EXTRACT', isRetryable: true });
    } else expect(await landed('track')).toEqual(sortedIds(tracksOf(chosen)));
    for (const batch of await landing.listBatches()) {
      for (const kind of ['artist', 'album', 'track', 'audio_features'] as const) {
        for await (const page of landing.readBatch(batch.id, kind))
          for (const { id, body } of page) expect((JSON.parse(body) as { id: string }).id).toBe(id);
      }
    }
    // Whatever is sealed is whole.
    const sealed = await landing.listBatches({ sealed: true });
    const albums = sealed.flatMap(({ counts }) => counts.filter(({ kind }) => kind === 'album'));
    for (const { documents } of albums)
      expect(chosen.map((artist) => artist.albums.length)).toContain(documents);
  });
});
