import { describe, expect, it } from 'vitest';
import { CancelledError } from '../../src/errors.ts';
import { labelSetOf } from '../../src/recommend/label-set.ts';
import type { SimilarRequest } from '../../src/recommend/similar-tracks.ts';
import { readSimilarity } from '../../src/recommend/similarity-files.ts';
import { blankRow, type CreditedRow, idOf, makeRows, openRows, seeds } from './rows.ts';

const ids = (answer: { neighbors: readonly { trackId: string }[] }) =>
  answer.neighbors.map(({ trackId }) => trackId);

describe('findMany', () => {
  it('gives the nearest by cosine, each recording once and never the seed, parts adding up to the distance', async () => {
    const { find, folder } = await openRows(makeRows(400));
    const { vectors, dim, trackIds, recordings } = await readSimilarity(folder, 's1', () => {});
    const seed = trackIds.find(idOf(50));
    const query = vectors.subarray(seed * dim, (seed + 1) * dim);
    const cosine = (label: number) =>
      query.reduce((sum, value, i) => sum + value * (vectors[label * dim + i] ?? 0), 0);
    const exact = Array.from({ length: 400 }, (_, label) => label)
      .filter((label) => recordings[label] !== recordings[seed])
      .sort((a, b) => cosine(b) - cosine(a));
    const once = exact.filter(
      (label, at) => exact.findIndex((other) => recordings[other] === recordings[label]) === at,
    );
    const answer = await find({ to: seeds(idOf(50)), maxPerArtist: 400 });
    expect(ids(answer)).toEqual(once.slice(0, 10).map((label) => trackIds.at(label)));
    expect([answer.isExact, answer.reason]).toEqual([true, null]);
    for (const { trackId, distance, contributions, nearestSeedId } of answer.neighbors) {
      expect(distance).toBeCloseTo(1 - cosine(trackIds.find(trackId)), 5);
      expect(contributions.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(distance, 12);
      expect(contributions.every(({ value }) => value >= 0)).toBe(true);
      expect(nearestSeedId).toBe(idOf(50));
    }
  });

  it('shows a song once and never that of a seed, unless versions are asked for', async () => {
    // The first ten are versions of one song, the next ten of another; a song of that name by somebody else is another one.
    const versions = [
      '',
      ' - Remastered 2011',
      ' (Live)',
      ' (feat. X)',
      ' - Radio Edit',
      ' - Y Remix',
      ' [Mono]',
    ];
    const rows = makeRows(300).map((row, at) => ({
      ...row,
      recordingId: row.trackId,
      name: at < 7 ? `One${versions[at]}` : at < 14 ? `Two${versions[at - 7]}` : at === 14 ? 'One' : row.name,
      artistId: at < 14 ? 'band' : at === 14 ? 'others' : row.artistId,
    }));
    const { find } = await openRows(rows);
    const found = async (request: Partial<SimilarRequest>) =>
      ids(await find({ first: 300, maxPerArtist: 300, ...request })).map((id) => Number(id.slice(1)));
    const near = await found({ to: seeds(idOf(3)) });
    expect(near).toHaveLength(300 - 7 - 6);
    expect(near.filter((at) => at < 7)).toEqual([]);
    expect(near).toContain(14);
    const all = await found({ to: seeds(idOf(3)), includeVersions: true });
    expect(all).toHaveLength(299);
    // Of another song the nearest version stands for it.
    expect(near.find((at) => at >= 7 && at < 14)).toBe(all.find((at) => at >= 7 && at < 14));
    const away = await found({ to: seeds(idOf(100)), away: [idOf(2)], without: [idOf(9)] });
    expect(away.filter((at) => at < 14)).toEqual([]);
  });

  it('keeps to the cap per artist, leaves out the artists of the seeds, and keeps to the filter', async () => {
    const rows = makeRows(300);
    const artistOf = new Map(rows.map((row) => [row.trackId, row.artistId]));
    const { find } = await openRows(rows);
    const capped = ids(await find({ to: seeds(idOf(10)), maxPerArtist: 1, first: 20 })).map((id) =>
      artistOf.get(id),
    );
    expect(new Set(capped).size).toBe(20);
    const others = ids(
      await find({ to: seeds(idOf(10)), includeSeedArtists: false, first: 100, maxPerArtist: 100 }),
    );
    expect(others.map((id) => artistOf.get(id))).not.toContain(artistOf.get(idOf(10)));
    const narrow = await find({ to: seeds(idOf(10)), among: labelSetOf([2, 3, 4], 300) });
    expect([...ids(narrow)].sort()).toEqual([idOf(2), idOf(3), idOf(4)]);
    expect([narrow.isExact, narrow.reason]).toEqual([true, 'FILTER_TOO_NARROW']);
  });

  it('counts a track for each of its artists, whatever their order', async () => {
    // Every fourth track is with a guest; the seed is with another one, who comes first on a track of their own.
    const rows: CreditedRow[] = makeRows(400).map((row, at) => ({
      ...row,
      artistId: at === 11 ? 'second' : `a${at}`,
      guests: at === 8 ? ['first', 'second'] : at % 4 === 0 ? ['first'] : [],
    }));
    const creditsOf = new Map(rows.map((row) => [row.trackId, [row.artistId, ...(row.guests ?? [])]]));
    const { find } = await openRows(rows);
    const creditsFound = async (request: Partial<SimilarRequest>) =>
      ids(await find({ to: seeds(idOf(8)), ...request })).map((id) => creditsOf.get(id) ?? []);
    const capped = await creditsFound({ maxPerArtist: 2, first: 100 });
    expect(capped).toHaveLength(100);
    expect(capped.filter((credits) => credits.includes('first'))).toHaveLength(2);
    const others = await creditsFound({ includeSeedArtists: false, first: 400 });
    expect(others.flat()).not.toContain('first');
    expect(others.flat()).not.toContain('second');
    expect(others.length).toBeGreaterThan(250);
  });

  it('fills the answer although the nearest all are by one artist', async () => {
    const rows = makeRows(600).map((row, at) => (at < 400 ? { ...row, artistId: 'many', energy: 0.5 } : row));
    const { find } = await openRows(rows);
    const answer = await find({ to: seeds(idOf(5)), maxPerArtist: 1, first: 30 });
    expect(answer.neighbors).toHaveLength(30);
  });

  it('meets the targets of a mood alone as nearly as it can', async () => {
    const rows = makeRows(2_000);
    const { find } = await openRows(rows);
    const byId = new Map(rows.map((row) => [row.trackId, row]));
    const deviate = (id: string) =>
      Math.abs((byId.get(id)?.energy ?? 0) - 0.9) + Math.abs((byId.get(id)?.valence ?? 0) - 0.1);
    const answer = await find({ mood: { energy: 0.9, valence: 0.1 }, maxPerArtist: 100 });
    expect(answer.isExact).toBe(true);
    for (const { trackId, distance, contributions, nearestSeedId } of answer.neighbors) {
      expect(deviate(trackId)).toBeLessThan(0.12);
      expect(contributions.map(({ feature }) => feature).sort()).toEqual(['energy', 'valence']);
      expect(contributions.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(distance, 12);
      expect(nearestSeedId).toBeNull();
    }
  });

  it('moves the seeds to a mood, and leaves the rest of them as it is', async () => {
    const rows = makeRows(3_000);
    const { find } = await openRows(rows);
    const mean = (answer: string[], name: 'energy' | 'valence') =>
      answer.reduce((sum, id) => sum + (rows.find((row) => row.trackId === id)?.[name] ?? 0), 0) /
      answer.length;
    const request = { to: seeds(idOf(30)), first: 40, maxPerArtist: 100 };
    const [plain, moved] = [
      ids(await find(request)),
      ids(await find({ ...request, mood: { energy: 1 }, weights: { energy: 3 } })),
    ];
    expect(mean(moved, 'energy')).toBeGreaterThan(mean(plain, 'energy') + 0.1);
    const again = ids(await find({ ...request, mood: {} }));
    expect(again).toEqual(plain);
  });

  it('leaves a feature out with weight 0, and weighs nothing else with weights of 1', async () => {
    const rows = makeRows(500);
    const { find } = await openRows(rows);
    const plain = await find({ to: seeds(idOf(20)) });
    expect(ids(await find({ to: seeds(idOf(20)), weights: { energy: 1, artist: 1 } }))).toEqual(ids(plain));
    const without = await find({ to: seeds(idOf(20)), weights: { releaseYear: 0 } });
    for (const { contributions, distance } of without.neighbors) {
      expect(contributions.find(({ feature }) => feature === 'releaseYear')?.value).toBe(0);
      expect(contributions.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(distance, 12);
    }
  });

  it('moves away from tracks, which do not come back', async () => {
    const { find } = await openRows(makeRows(500));
    const near = ids(await find({ to: seeds(idOf(1)) }));
    const turned = ids(await find({ to: seeds(idOf(1)), away: near.slice(0, 3) }));
    expect(turned.filter((id) => near.slice(0, 3).includes(id))).toEqual([]);
    expect(turned).not.toEqual(near);
  });

  it('says which tracks to move away from it passed over', async () => {
    const { find } = await openRows(makeRows(30));
    const request = { to: seeds(idOf(3)), away: ['unknown', idOf(9)] };
    const some = await find(request);
    expect([some.unknownAwayIds, some.unknownSeedIds]).toEqual([['unknown'], []]);
    expect(some.neighbors).toEqual((await find({ ...request, away: [idOf(9)] })).neighbors);
  });

  it('says which seeds it passed over, and that none was left', async () => {
    const { find } = await openRows(makeRows(30));
    const some = await find({ to: seeds(idOf(3), 'unknown') });
    expect([some.unknownSeedIds, some.neighbors.length]).toEqual([['unknown'], 10]);
    expect(await find({ to: seeds('unknown') })).toEqual({
      neighbors: [],
      isExact: true,
      reason: 'NO_AUDIO_FEATURES',
      unknownSeedIds: ['unknown'],
      unknownAwayIds: [],
    });
  });

  it('says what is not known of a neighbor', async () => {
    const { find } = await openRows(makeRows(40));
    const { neighbors } = await find({ to: seeds(idOf(1)), first: 37, maxPerArtist: 40 });
    expect(neighbors.find(({ trackId }) => trackId === idOf(17))?.missing).toEqual(['tempo']);
    expect(neighbors.find(({ trackId }) => trackId === idOf(18))?.missing).toEqual([]);
  });

  it.each([1, 2, 5])('answers with what there is for %i tracks', async (count) => {
    const { find } = await openRows(makeRows(count));
    const answer = await find({ to: seeds(idOf(0)), maxPerArtist: 50 });
    // The second track is another recording's twin of the first.
    expect(answer.neighbors).toHaveLength(Math.max(0, count - 2));
    expect(answer.reason).toBe('CATALOGUE_TOO_SMALL');
  });

  it('gives many requests the answers they have one by one', async () => {
    const { find, similarity } = await openRows(makeRows(1_500));
    const requests = [5, 70, 300].flatMap((at) => [
      { to: seeds(idOf(at)), maxPerArtist: 3, includeSeedArtists: true, first: 5 },
      { to: seeds(idOf(at)), maxPerArtist: 1, includeSeedArtists: false, first: 5, weights: { tempo: 2 } },
    ]);
    const together = await similarity.findMany(requests);
    for (const [at, request] of requests.entries()) expect(together[at]).toEqual(await find(request));
  });
});

describe('a search that nobody waits for any more', () => {
  const request = { maxPerArtist: 3, includeSeedArtists: true, first: 5, to: seeds(idOf(7)) };
  const reason = new CancelledError('has left');

  it.each([
    ['by one pass', [{ ...request, weights: { energy: 2 } }]],
    ['by the graph', Array.from({ length: 8 }, () => request)],
  ])('ends at its next pause: %s', async (_name, requests) => {
    const { similarity } = await openRows(makeRows(1_500), { search: { scanBelow: 0 } });
    await expect(similarity.findMany(requests, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(await similarity.findMany(requests, new AbortController().signal)).toHaveLength(requests.length);
  });

  it('ends at its next pause: for artists', async () => {
    const { similarity } = await openRows(makeRows(50));
    const artist = makeRows(50)[0]?.artistId ?? '';
    await expect(similarity.findArtists(artist, 3, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(await similarity.findArtists(artist, 3)).toHaveLength(3);
  });
});

describe('interests', () => {
  const near = (prefix: string, count: number, year: number) =>
    Array.from({ length: count }, (_, at) => ({
      ...blankRow(`${prefix}${String(at).padStart(3, '0')}`, { artistId: `${prefix}${at % 20}` }),
      energy: prefix === 'm' ? 0.95 : 0.15,
      acousticness: prefix === 'm' ? 0.001 : 0.9,
      valence: (at % 10) / 10,
      releaseYear: year + (at % 3),
    }));
  const rows = [...near('b', 100, 1963), ...near('m', 100, 1991), ...makeRows(300)];

  it('are told apart, and show by their share of the plays', async () => {
    const { find } = await openRows(rows);
    const listened = [
      { trackId: 'm001', weight: 6 },
      { trackId: 'm002', weight: 3 },
      { trackId: 'b001', weight: 3 },
    ];
    const answer = await find({ to: listened, interests: 5, first: 12, maxPerArtist: 12 });
    const metal = ids(answer).filter((id) => id.startsWith('m'));
    const bossa = ids(answer).filter((id) => id.startsWith('b'));
    expect(answer.neighbors).toHaveLength(12);
    expect([metal.length, bossa.length]).toEqual([9, 3]);
    for (const { trackId, nearestSeedId, distance, contributions } of answer.neighbors) {
      expect(nearestSeedId?.[0]).toBe(trackId[0]);
      expect(contributions.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(distance, 12);
    }
    expect(new Set(ids(answer)).size).toBe(12);
  });

  it('are one where the seeds are alike', async () => {
    const { find } = await openRows(rows);
    const request = { to: seeds('m001', 'm002', 'm003'), first: 8, maxPerArtist: 8 };
    expect(ids(await find({ ...request, interests: 5 }))).toEqual(
      ids(await find({ ...request, interests: 1 })),
    );
  });
});

describe('findArtists', () => {
  it('gives the artists whose tracks are spread most alike, by sound and by the company they keep', async () => {
    const rows = makeRows(400).map((row, at) => ({
      ...row,
      artistId: `artist ${at % 40}`,
      energy: at % 40 < 2 ? 0.97 : (row.energy ?? 0) * 0.7,
      releaseYear: at % 40 < 2 ? 1950 : row.releaseYear,
    }));
    const alone = await openRows(rows);
    const [first] = (await alone.similarity.findArtists('artist 0', 3)) ?? [];
    expect(first?.artistId).toBe('artist 1');
    expect(first?.similarity).toBeCloseTo(1 / (1 + (first?.distance ?? 0)), 12);
    const company = [0, 39].map((n) => ({ artistId: `artist ${n}`, place: 'club', count: 9 }));
    const met = await openRows(rows, {
      context: [...company, ...[3, 4].map((n) => ({ artistId: `artist ${n}`, place: 'pub', count: 1 }))],
    });
    const rank = async ({ similarity: one }: typeof met) =>
      (await one.findArtists('artist 0', 40))?.findIndex(({ artistId }) => artistId === 'artist 39') ?? -1;
    expect(await rank(met)).toBeLessThan(await rank(alone));
  });

  it('knows nothing of an artist without indexed tracks', async () => {
    const { similarity } = await openRows(makeRows(20));
    expect(await similarity.findArtists('nobody', 3)).toBeNull();
  });
});
