import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import { FEATURE_ORDER, PART_NAMES } from '../../../src/recommend/recipe.ts';
import { openFixtureCatalog } from '../../fixtures/gold.ts';
import { openSimilarCatalog, type SimilarCatalog } from '../../fixtures/similar-catalog.ts';
import { execute, query } from '../execute.ts';

const COUNT = 120;
const SEED = 20261126;

function makeTracks() {
  const random = seededRandomness(SEED);
  return Array.from({ length: COUNT }, (_, at) => ({
    track_id: `t${String(at).padStart(3, '0')}`,
    artists: [`a${at % 15}`, ...(at % 10 === 0 ? ['guest'] : [])],
    popularity: 99 - (at % 100),
    release_year: 1970 + (at % 50),
    duration_ms: 180_000 + at,
    ...(at === 7
      ? {}
      : {
          energy: random.next(),
          valence: random.next(),
          danceability: random.next(),
          acousticness: random.next(),
        }),
  }));
}

interface Similar {
  reason: string | null;
  isExact: boolean;
  unknownSeeds: string[];
  nodes: {
    track: { id: string };
    similarity: number;
    distance: number;
    contributions: { value: number }[];
  }[];
}

describe('similar tracks', () => {
  let opened: SimilarCatalog;
  const tracks = makeTracks();
  beforeAll(async () => {
    opened = await openSimilarCatalog({
      artists: [
        ...Array.from({ length: 15 }, (_, at) => ({
          artist_id: `a${at}`,
          genres: [at % 2 ? 'odd' : 'even'],
        })),
        { artist_id: 'guest' },
        { artist_id: 'silent' },
      ],
      tracks: [...tracks, { track_id: 'mute', artists: ['silent'] }],
    });
  });
  afterAll(() => opened.close());

  const ask = async (
    args: string,
    fields = 'track { id } similarity distance contributions { feature value }',
  ) =>
    (await query(opened, `{ similarTracks(${args}) { reason isExact unknownSeeds nodes { ${fields} } } }`))
      .similarTracks as Similar;
  const count = async (source: string) => {
    const before = opened.open.statements;
    await query(opened, source);
    return opened.open.statements - before;
  };

  it('are near the seed, explain themselves, and come in a stable order', async () => {
    const answer = await ask('to: ["t001"], first: 5');
    expect(answer.nodes).toHaveLength(5);
    for (const { similarity, distance, contributions } of answer.nodes) {
      expect(similarity).toBeCloseTo(1 - distance, 12);
      expect(contributions.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(distance, 12);
    }
    expect(await ask('to: ["t001"], first: 5')).toEqual(answer);
  });

  it('keep to any filter', async () => {
    const filters: [string, (track: (typeof tracks)[number]) => boolean][] = [
      ['releaseYear: { gte: 2000 }', ({ release_year }) => release_year >= 2000],
      ['popularity: { between: [10, 40] }', ({ popularity }) => popularity >= 10 && popularity <= 40],
      ['artists: { some: { id: { eq: "a3" } } }', ({ artists }) => artists.includes('a3')],
      ['genres: { some: { eq: "odd" } }', ({ artists: [first = ''] }) => Number(first.slice(1)) % 2 === 1],
      ['not: { energy: { gt: 0.5 } }', ({ energy = Number.NaN }) => !(energy > 0.5)],
    ];
    for (const [where, passes] of filters) {
      const { nodes } = await ask(`to: ["t002"], where: { ${where} }, first: 100, maxPerArtist: 100`);
      const expected = tracks.filter(
        (track) => passes(track) && track.energy !== undefined && track.track_id !== 't002',
      );
      expect(nodes.map(({ track }) => track.id).sort()).toEqual(
        expected.map(({ track_id }) => track_id).sort(),
      );
    }
  });

  it('count a track for all of its artists: the guests of the seeds stay away too, and share the cap', async () => {
    const guests = tracks.filter(({ artists }) => artists.includes('guest')).map(({ track_id }) => track_id);
    const found = async (args: string) => {
      const { nodes } = await ask(`to: ["t010"], first: 100, ${args}`);
      return nodes.filter(({ track }) => guests.includes(track.id)).length;
    };
    expect(await found('maxPerArtist: 100')).toBeGreaterThan(4);
    expect(await found('maxPerArtist: 100, includeSeedArtists: false')).toBe(0);
    expect(await found('maxPerArtist: 4')).toBe(4);
  });

  it('show a song once, and never the song of the seed, unless versions are asked for', async () => {
    const few = await openSimilarCatalog({
      artists: [{ artist_id: 'a' }],
      tracks: ['One', 'One - Live', 'Two', 'Two (Remix)', 'Three'].map((name, at) => ({
        track_id: `t${at}`,
        name,
        artists: ['a'],
        energy: at / 5,
      })),
    });
    const names = async (args: string) => {
      const { similarTracks, track } = (await query(
        few,
        `{ similarTracks(to: ["t0"]${args}, maxPerArtist: 9) { nodes { track { name } } }
           track(id: "t0") { similarTracks(maxPerArtist: 9${args}) { nodes { track { name } } } } }`,
      )) as { similarTracks: Similar; track: { similarTracks: Similar } };
      expect(track.similarTracks).toEqual(similarTracks);
      return similarTracks.nodes.map((node) => (node.track as unknown as { name: string }).name).sort();
    };
    expect(await names('')).toEqual(['Three', expect.stringMatching(/^Two/)]);
    expect(await names(', includeVersions: true')).toEqual(['One - Live', 'Three', 'Two', 'Two (Remix)']);
    await few.close();
  });

  it.each([
    ['to: ["nobody"]', 'UNKNOWN_TRACK', ['nobody']],
    ['to: ["mute"]', 'NO_AUDIO_FEATURES', ['mute']],
    // A mood beside seeds is not answered as one without.
    ['to: ["nobody"], mood: { energy: 0.5 }', 'UNKNOWN_TRACK', ['nobody']],
    ['to: ["mute", "nobody"], mood: { energy: 0.5 }', 'NO_AUDIO_FEATURES', ['mute', 'nobody']],
    ['listened: [{ id: "nobody" }]', 'UNKNOWN_TRACK', ['nobody']],
    ['to: ["t001"], where: { releaseYear: { gt: 3000 } }', 'FILTER_TOO_NARROW', []],
    ['to: ["t001", "nobody"]', null, ['nobody']],
  ])('say why there are none or fewer: %s', async (args, reason, unknown) => {
    const answer = await ask(args);
    expect([answer.reason, answer.unknownSeeds]).toEqual([reason, unknown]);
  });

  it('say that the catalogue holds no more, and that there is no index', async () => {
    const few = await openSimilarCatalog({ tracks: tracks.slice(0, 3) });
    const answer = await query(
      few,
      '{ similarTracks(to: ["t001"], maxPerArtist: 10) { reason nodes { distance } } }',
    );
    expect(answer).toMatchObject({ similarTracks: { reason: 'CATALOGUE_TOO_SMALL', nodes: [{}, {}] } });
    await few.close();
    const none = await openFixtureCatalog({ tracks: [{ track_id: 'mute' }] });
    const nothing = await query(
      none,
      '{ similarTracks(to: ["mute"]) { reason } similarityIndex { vectors } similarArtists(to: "x") { similarity } track(id: "mute") { audioFeatures { energy } similarTracks { reason } } }',
    );
    expect(nothing).toEqual({
      similarTracks: { reason: 'INDEX_NOT_READY' },
      similarityIndex: null,
      similarArtists: null,
      track: { audioFeatures: null, similarTracks: { reason: 'INDEX_NOT_READY' } },
    });
    await none.close();
  });

  it('of a page of tracks cost one statement for the filter, and one for the tracks', async () => {
    const page = (first: number, year: number) =>
      `{ tracks(first: ${first}) { nodes { similarTracks(first: 3, where: { releaseYear: { gte: ${year} } }) { nodes { distance track { name } } } } } }`;
    expect(await count(page(50, 1981))).toBe(await count(page(1, 1982)));
    // What the filter leaves is known by now.
    expect(await count(page(50, 1981))).toBe((await count(page(50, 1983))) - 1);
  });

  it.each([
    'mood: { energy: 0.1, valence: 0.9 }',
    'away: ["t002", "t003", "gone"]',
    'includeSeedArtists: false',
    'weights: { energy: 1, valence: 0 }, mood: { valence: 0.5 }, away: ["t002"], includeSeedArtists: false, maxPerArtist: 1',
  ])('of a page of tracks are those of the query: %s', async (args) => {
    const fields = '{ reason unknownAway nodes { track { id } distance contributions { feature value } } }';
    const { tracks: page } = (await query(
      opened,
      `{ tracks(first: 3, where: { hasAudioFeatures: true }) { nodes { id similarTracks(${args}) ${fields} } } }`,
    )) as { tracks: { nodes: { id: string; similarTracks: Similar }[] } };
    for (const { id, similarTracks } of page.nodes) {
      const root = await query(opened, `{ similarTracks(to: ["${id}"], ${args}) ${fields} }`);
      expect(similarTracks).toEqual(root.similarTracks);
    }
    expect(page.nodes[0]?.similarTracks.nodes.length).toBeGreaterThan(0);
  });

  it('say of a track without features that it has none, without a statement', async () => {
    const source = (id: string) =>
      `{ track(id: "${id}") { audioFeatures { energy } similarTracks { reason } } }`;
    expect(await query(opened, source('mute'))).toEqual({
      track: { audioFeatures: null, similarTracks: { reason: 'NO_AUDIO_FEATURES' } },
    });
    expect(await count(source('mute'))).toBe(await count('{ track(id: "mute") { name } }'));
  });

  it('follow a listening history: none of it comes back, and each neighbor names the track it is nearest to', async () => {
    const { similarTracks } = await query(
      opened,
      `query ($listened: [ListenedTrackInput!]) {
        similarTracks(listened: $listened, first: 20) { unknownSeeds nodes { track { id } seed { id } } }
      }`,
      {
        variables: {
          listened: [
            { id: 't001', plays: 40, daysAgo: 3 },
            { id: 't002', plays: 2 },
            { id: 't050', daysAgo: 400 },
            { id: 'gone', plays: 1 },
          ],
        },
      },
    );
    const { nodes, unknownSeeds } = similarTracks as {
      unknownSeeds: string[];
      nodes: { track: { id: string }; seed: { id: string } }[];
    };
    expect(unknownSeeds).toEqual(['gone']);
    expect(nodes).toHaveLength(20);
    expect(nodes.filter(({ track }) => ['t001', 't002', 't050'].includes(track.id))).toEqual([]);
    expect(nodes.every(({ seed }) => ['t001', 't002', 't050'].includes(seed.id))).toBe(true);
  });

  it.each([
    ['to: []', 'to'],
    [`to: [${'"x" '.repeat(101)}]`, 'to'],
    ['to: ["t001"], mood: { energy: 1.1 }', 'mood.energy'],
    ['to: ["t001"], mood: { valence: -0.1 }', 'mood.valence'],
    ['to: ["t001"], mood: { tempo: 401 }', 'mood.tempo'],
    ['mood: { tempo: 0 }', 'mood.tempo'],
    ['mood: { loudness: 0.5 }', 'mood.loudness'],
    ['to: ["t001"], mood: { loudness: -61 }', 'mood.loudness'],
    ['mood: { durationMs: 0 }', 'mood.durationMs'],
    ['mood: { releaseYear: 0 }', 'mood.releaseYear'],
    ['mood: { popularity: 101 }', 'mood.popularity'],
    ['mood: { energy: null }', 'to'],
    ['away: ["t001"]', 'to'],
    ['mood: { energy: 0.5 }, weights: { energy: 0 }', 'weights'],
    ['to: ["t001"], weights: { context: -1 }', 'weights.context'],
    ['to: ["t001"], weights: { artist: 11 }', 'weights.artist'],
    [`to: ["t001"], weights: { ${PART_NAMES.map((part) => `${part}: 0`).join(' ')} }`, 'weights'],
    ['to: ["t001"], maxPerArtist: 0', 'maxPerArtist'],
    ['to: ["t001"], interests: 6', 'interests'],
    ['to: ["t001"], first: 0', 'first'],
    ['to: ["t001"], first: 101', 'first'],
    ['listened: [{ id: "t001", plays: 0 }]', 'listened[0].plays'],
    ['listened: [{ id: "t001", daysAgo: -1 }]', 'listened[0].daysAgo'],
  ])('refuse %s', async (args, field) => {
    const { data, errors } = await execute(opened, `{ similarTracks(${args}) { reason } }`);
    expect(data).toEqual({ similarTracks: null });
    expect(errors?.[0]?.message).toContain(field);
    expect(errors?.[0]?.message).toMatch(/expected/);
  });

  it('accept a mood alone, and what it targets is all it is measured by', async () => {
    const { nodes } = (await ask('mood: { energy: 0.9, valence: 0.9 }')) as unknown as {
      nodes: { contributions: { feature: string }[] }[];
    };
    expect(nodes).toHaveLength(10);
    expect(nodes[0]?.contributions.map(({ feature }) => feature).sort()).toEqual(['energy', 'valence']);
  });

  it('name the tracks to move away from that are none', async () => {
    const { similarTracks } = await query(
      opened,
      '{ similarTracks(mood: { energy: 0.9 }, away: ["t001", "gone"]) { unknownSeeds unknownAway nodes { track { id } } } }',
    );
    expect(similarTracks).toMatchObject({ unknownSeeds: [], unknownAway: ['gone'] });
    expect((similarTracks as { nodes: unknown[] }).nodes).toHaveLength(10);
  });

  it('follow a mood beside a seed in every feature there are targets for', async () => {
    const sounds = { energy: 0.9, acousticness: 0.1, danceability: 0.2, valence: 0.7 };
    const others = { releaseYear: 1975, durationMs: 180_100, popularity: 20 };
    const unknown = { loudness: -8, tempo: 120, liveness: 0.2, speechiness: 0.1, instrumentalness: 0.4 };
    const targets = { ...sounds, ...others, ...unknown };
    const { similarTracks } = await query(
      opened,
      `query ($mood: MoodInput) { similarTracks(to: ["t001"], mood: $mood) { isExact nodes { track { id } distance contributions { feature value } } } }`,
      { variables: { mood: targets } },
    );
    const { isExact, nodes } = similarTracks as unknown as {
      isExact: boolean;
      nodes: {
        track: { id: string };
        distance: number;
        contributions: { feature: string; value: number }[];
      }[];
    };
    expect([isExact, nodes.length]).toEqual([true, 10]);
    expect(Object.keys(targets).sort()).toEqual([...FEATURE_ORDER].sort());
    const indexed = tracks.filter((track) => 'energy' in track);
    const meanOf = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const partOf = (feature: 'energy' | 'release_year', target: number, id: string) => {
      const values = new Map(indexed.map((track) => [track.track_id, track[feature] ?? Number.NaN]));
      const mean = meanOf([...values.values()]);
      const variance = meanOf([...values.values()].map((value) => (value - mean) ** 2));
      return ((values.get(id) ?? Number.NaN) - target) ** 2 / variance / 8;
    };
    for (const { track, distance, contributions } of nodes) {
      expect(contributions.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(distance, 12);
      const parts = new Map(contributions.map(({ feature, value }) => [feature, value]));
      for (const name of Object.keys(targets)) expect(parts.get(name)).toBeGreaterThanOrEqual(0);
      expect(parts.get('energy')).toBeCloseTo(partOf('energy', targets.energy, track.id), 4);
      expect(parts.get('releaseYear')).toBeCloseTo(partOf('release_year', targets.releaseYear, track.id), 4);
    }
  });

  it('have an index that says how it was built', async () => {
    const { similarityIndex } = await query(
      opened,
      '{ similarityIndex { snapshotId recipe fittedOn vectors dim space m recallAt10 recallAt10Blended } }',
    );
    expect(similarityIndex).toEqual({
      snapshotId: opened.fixture.manifest.id,
      fittedOn: opened.fixture.manifest.id,
      recipe: 'logs-year2-popularity0.5-artist2-context1/v2',
      vectors: COUNT - 1,
      dim: 26,
      recallAt10Blended: 1,
      space: 'cosine',
      m: null,
      recallAt10: 1,
    });
  });
});

describe('the map of the music', () => {
  it('has points, regions and axes; and a track knows its place on it', async () => {
    const opened = await openSimilarCatalog({ tracks: [...makeTracks(), { track_id: 'mute' }] });
    const { musicMap } = (await query(
      opened,
      '{ musicMap(sample: 30, where: { releaseYear: { lt: 1990 } }) { points { x y cluster track { id releaseYear mapPosition { x y cluster { id label } } } } clusters { id label size x y } axes { label share } silhouette } }',
    )) as {
      musicMap: {
        points: {
          x: number;
          y: number;
          cluster: number;
          track: {
            releaseYear: number;
            mapPosition: { x: number; y: number; cluster: { id: number; label: string } };
          };
        }[];
        clusters: { id: number; label: string; size: number }[];
        axes: unknown[];
      };
    };
    expect(musicMap.points).toHaveLength(30);
    const labels = new Map(musicMap.clusters.map(({ id, label }) => [id, label]));
    for (const { x, y, cluster, track } of musicMap.points) {
      expect(track.releaseYear).toBeLessThan(1990);
      expect(track.mapPosition).toEqual({ x, y, cluster: { id: cluster, label: labels.get(cluster) } });
    }
    const passing = makeTracks().filter(
      ({ release_year, energy }) => release_year < 1990 && energy !== undefined,
    );
    expect(musicMap.clusters.reduce((sum, { size }) => sum + size, 0)).toBe(passing.length);
    expect(musicMap.axes).toHaveLength(2);
    expect(await query(opened, '{ track(id: "mute") { mapPosition { x } } }')).toEqual({
      track: { mapPosition: null },
    });
    const { errors } = await execute(opened, '{ musicMap(sample: 10001) { silhouette } }');
    expect(errors?.[0]?.message).toMatch(/"sample" is 10001; a whole number from 1 to 10000/);
    await opened.close();
  });

  it('is null without an index', async () => {
    const none = await openFixtureCatalog({ tracks: [{ track_id: 'mute' }] });
    expect(await query(none, '{ musicMap { silhouette } track(id: "mute") { mapPosition { x } } }')).toEqual({
      musicMap: null,
      track: { mapPosition: null },
    });
    await none.close();
  });
});

describe('similar artists', () => {
  it('come nearest first, itself left out; null and empty where there is nothing to compare', async () => {
    const opened = await openSimilarCatalog({
      artists: [{ artist_id: 'silent' }, ...Array.from({ length: 15 }, (_, at) => ({ artist_id: `a${at}` }))],
      artist_merges: [{ named_id: 'nOld', artist_id: 'a1' }],
      tracks: [...makeTracks(), { track_id: 'mute', artists: ['silent'] }],
    });
    const answer = (await query(
      opened,
      '{ similarArtists(to: "a1", first: 4) { similarity distance artist { id } } artist(id: "a1") { similarArtists(first: 4) { artist { id } } } silent: artist(id: "silent") { similarArtists { similarity } } none: similarArtists(to: "silent") { similarity } }',
    )) as {
      similarArtists: { similarity: number; distance: number; artist: { id: string } }[];
      artist: { similarArtists: { artist: { id: string } }[] };
      silent: unknown;
      none: unknown;
    };
    const ids = answer.similarArtists.map(({ artist }) => artist.id);
    expect(ids).toHaveLength(4);
    expect(ids).not.toContain('a1');
    expect(answer.artist.similarArtists.map(({ artist }) => artist.id)).toEqual(ids);
    const similarities = answer.similarArtists.map(({ similarity }) => similarity);
    expect(similarities).toEqual([...similarities].sort((a, b) => b - a));
    expect([answer.silent, answer.none]).toEqual([{ similarArtists: [] }, null]);
    expect(
      await query(
        opened,
        '{ old: similarArtists(to: "nOld", first: 4) { artist { id } } artist(id: "nOld") { id similarArtists(first: 4) { artist { id } } } }',
      ),
    ).toEqual({
      old: ids.map((id) => ({ artist: { id } })),
      artist: { id: 'a1', similarArtists: ids.map((id) => ({ artist: { id } })) },
    });
    await opened.close();
  });
});
