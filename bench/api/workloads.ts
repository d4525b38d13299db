// What is asked: for each workload its variants, the request of each server, the rows in its answer, and the same rows computed
// independently by DuckDB straight from the Parquet files.
import { type DuckDb, quoteText } from '../../src/store/duckdb.ts';

export type ServerName = 'groovelake' | 'yardstick' | 'postgraphile';
export type Rows = readonly (readonly (string | number | null)[])[];
export type Variant = Readonly<Record<string, string | number>>;

export interface Workload {
  readonly title: string;
  readonly variants: (db: DuckDb) => Promise<Variant[]>;
  readonly requests: Readonly<Record<ServerName, (variant: Variant) => { query: string; variables: object }>>;
  readonly rows: Readonly<Record<ServerName, (data: Answer) => Rows>>;
  /** Over a table named tracks, artists, albums. */
  readonly expected: (variant: Variant) => string;
  /** Whether the order of rows is part of the answer. */
  readonly isOrdered: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: answers of two servers, read field by field
type Answer = any;

const SEED_COUNT = 2_000;
const sample = (select: string) => async (db: DuckDb) => db.all<Variant>(select);
const nodes = (data: Answer): Answer[] => data.tracks.nodes;

/** Reproducible numbers 0..range-1 from a row number. */
const dice = (salt: string, range: number) => `(hash('${salt}' || i) % ${range})::integer`;
const many = (count: number, columns: string) =>
  sample(`select ${columns} from (select unnest(range(${count})) as i) order by i`);

const PAGE: Omit<Workload, 'title' | 'variants'> = {
  requests: {
    groovelake: ({ e, y }) => ({
      query:
        `query ($e: Float!, $a: Int!, $b: Int!) { tracks(first: 20, where: { audioEnergy releaseYear: { gte: $a, lte: $b } }) {
        nodes { id name popularity releaseYear audioFeatures { energy } artists { name } } } }`.replace(
          'audioEnergy',
          'energy: { gte: $e },',
        ),
      variables: { e, a: y, b: Number(y) + 5 },
    }),
    yardstick: ({ e, y }) => ({
      query: `query ($e: Float!, $a: Int!, $b: Int!) { tracks(energyFrom: $e, yearFrom: $a, yearTo: $b, order: POPULARITY, limit: 20) {
        track_id name popularity release_year energy artist_name } }`,
      variables: { e, a: y, b: Number(y) + 5 },
    }),
    postgraphile: ({ e, y }) => ({
      query: `query ($e: Float, $a: Int, $b: Int) { allTracks(first: 20, orderBy: [POPULARITY_DESC, TRACK_ID_ASC],
        filter: { energy: { greaterThanOrEqualTo: $e }, releaseYear: { greaterThanOrEqualTo: $a, lessThanOrEqualTo: $b } }) {
        nodes { trackId name popularity releaseYear energy artistName } } }`,
      variables: { e, a: y, b: Number(y) + 5 },
    }),
  },
  rows: {
    groovelake: (data) =>
      nodes(data).map((t) => [
        t.id,
        t.name,
        t.popularity,
        t.releaseYear,
        t.audioFeatures.energy,
        t.artists[0].name,
      ]),
    yardstick: (data) =>
      data.tracks.map((t: Answer) => [
        t.track_id,
        t.name,
        t.popularity,
        t.release_year,
        t.energy,
        t.artist_name,
      ]),
    postgraphile: (data) =>
      data.allTracks.nodes.map((t: Answer) => [
        t.trackId,
        t.name,
        t.popularity,
        t.releaseYear,
        t.energy,
        t.artistName,
      ]),
  },
  expected: ({ e, y }) => `select track_id, name, popularity, release_year, energy, artist_name from tracks
    where energy >= ${e} and release_year between ${y} and ${Number(y) + 5} order by popularity desc, track_id limit 20`,
  isOrdered: true,
};

export const WORKLOADS: Readonly<Record<string, Workload>> = {
  W1: {
    title: 'a track by id: 6 fields',
    variants: sample(`select track_id as id from tracks order by hash(track_id), 1 limit ${SEED_COUNT}`),
    requests: {
      groovelake: ({ id }) => ({
        query:
          'query ($id: ID!) { track(id: $id) { id name artists { name } album { name } audioFeatures { energy tempo } } }',
        variables: { id },
      }),
      yardstick: ({ id }) => ({
        query: 'query ($id: ID!) { track(id: $id) { track_id name artist_name album_name energy tempo } }',
        variables: { id },
      }),
      postgraphile: ({ id }) => ({
        query:
          'query ($id: String!) { trackByTrackId(trackId: $id) { trackId name artistName albumName energy tempo } }',
        variables: { id },
      }),
    },
    rows: {
      groovelake: ({ track: t }) => [
        [t.id, t.name, t.artists[0].name, t.album.name, t.audioFeatures.energy, t.audioFeatures.tempo],
      ],
      yardstick: ({ track: t }) => [[t.track_id, t.name, t.artist_name, t.album_name, t.energy, t.tempo]],
      postgraphile: ({ trackByTrackId: t }) => [
        [t.trackId, t.name, t.artistName, t.albumName, t.energy, t.tempo],
      ],
    },
    expected: ({ id }) =>
      `select track_id, t.name, artist_name, b.name, energy, tempo from tracks t join albums b using (album_id) where track_id = ${quoteText(String(id))}`,
    isOrdered: true,
  },
  W2: {
    title: 'a page of 20 with a filter, by popularity',
    variants: many(
      SEED_COUNT,
      `(500 + ${dice('e', 450)}) / 1000.0::double as e, 1990 + ${dice('y', 25)} as y`,
    ),
    ...PAGE,
  },
  W2c: { title: 'the same with one constant request', variants: async () => [{ e: 0.8, y: 2010 }], ...PAGE },
  W3: {
    title: '50 tracks in id order, each with artist and album',
    // Groovelake pages by cursor: the variant holds the id before the page, and its place for the yardstick.
    variants: sample(`select offset_ as o, track_id as before from (
        select ${dice('o', 5_000)} as offset_, i from (select unnest(range(${SEED_COUNT})) as i)) v
      join (select track_id, row_number() over (order by track_id) - 1 as at from tracks) t on t.at = v.offset_ - 1 order by i`),
    requests: {
      groovelake: ({ before }) => ({
        query: `query ($after: String!) { tracks(first: 50, after: $after, orderBy: [{ field: ID }]) {
          nodes { id name artists { name } album { name releaseYear } } } }`,
        variables: {
          after: Buffer.from(JSON.stringify(['tracks ID.ASC.LAST', before])).toString('base64url'),
        },
      }),
      yardstick: ({ o }) => ({
        query: `query ($o: Int!) { tracks(order: ID, limit: 50, offset: $o) { track_id name artist { name } album { name release_year } } }`,
        variables: { o },
      }),
      postgraphile: ({ o }) => ({
        query: `query ($o: Int) { allTracks(first: 50, offset: $o, orderBy: [TRACK_ID_ASC]) {
          nodes { trackId name artistByArtistId { name } albumByAlbumId { name releaseYear } } } }`,
        variables: { o },
      }),
    },
    rows: {
      groovelake: (data) =>
        nodes(data).map((t) => [t.id, t.name, t.artists[0].name, t.album.name, t.album.releaseYear]),
      yardstick: (data) =>
        data.tracks.map((t: Answer) => [
          t.track_id,
          t.name,
          t.artist.name,
          t.album.name,
          t.album.release_year,
        ]),
      postgraphile: (data) =>
        data.allTracks.nodes.map((t: Answer) => [
          t.trackId,
          t.name,
          t.artistByArtistId.name,
          t.albumByAlbumId.name,
          t.albumByAlbumId.releaseYear,
        ]),
    },
    expected: ({ o }) => `select track_id, t.name, a.name, b.name, b.release_year
      from tracks t join artists a using (artist_id) join albums b on b.album_id = t.album_id order by track_id limit 50 offset ${o}`,
    isOrdered: true,
  },
  W4: {
    title: 'count and two averages by genre or year, above an energy',
    variants: many(1_000, `${dice('w4', 900)} / 1000.0::double as e, if(i % 2 = 0, 'genre', 'year') as g`),
    requests: {
      groovelake: ({ e, g }) => ({
        query: `query ($e: Float!, $g: [TrackDimension!]) { trackStats(where: { energy: { gte: $e } }, groupBy: $g, first: 100) {
          nodes { group { label } count energy { avg } tempo { avg } } } }`,
        variables: { e, g: [g === 'genre' ? 'GENRE' : 'RELEASE_YEAR'] },
      }),
      yardstick: ({ e, g }) => ({
        query: `query ($e: Float!, $g: Group!) { stats(group: $g, energyFrom: $e) { key count energy tempo } }`,
        variables: { e, g: g === 'genre' ? 'GENRE' : 'YEAR' },
      }),
      // It has no count of a group: the count of different ids is the same number, and costs it a sort.
      postgraphile: ({ e, g }) => ({
        query: `query ($e: Float) { allTracks(filter: { energy: { greaterThanOrEqualTo: $e } }) {
          groupedAggregates(groupBy: [${g === 'genre' ? 'PLAYLIST_GENRE' : 'RELEASE_YEAR'}]) {
          keys distinctCount { trackId } average { energy tempo } } } }`,
        variables: { e },
      }),
    },
    rows: {
      groovelake: (data) =>
        data.trackStats.nodes.map((s: Answer) => [s.group.label, s.count, s.energy.avg, s.tempo.avg]),
      yardstick: (data) => data.stats.map((s: Answer) => [s.key, s.count, s.energy, s.tempo]),
      postgraphile: (data) =>
        data.allTracks.groupedAggregates.map((s: Answer) => [
          s.keys[0],
          Number(s.distinctCount.trackId),
          s.average.energy,
          s.average.tempo,
        ]),
    },
    expected: ({ e, g }) =>
      `select ${g === 'genre' ? 'playlist_genre' : 'release_year::varchar'}, count(*), favg(energy), favg(tempo)
       from tracks where energy >= ${e} group by 1`,
    isOrdered: false,
  },
  W5: {
    title: 'the 10 most popular whose name contains a word',
    variants: sample(`select word as w from (
        select unnest(list_distinct(regexp_extract_all(lower(name), '[a-z]{4,}'))) as word from (select name from tracks order by track_id limit 20000))
      group by word having count(*) >= 5 order by count(*) desc, word limit 300`),
    requests: {
      groovelake: ({ w }) => ({
        query:
          'query ($w: String!) { tracks(first: 10, where: { name: { contains: $w } }) { nodes { id name popularity } } }',
        variables: { w },
      }),
      yardstick: ({ w }) => ({
        query:
          'query ($w: String!) { tracks(contains: $w, order: POPULARITY, limit: 10) { track_id name popularity } }',
        variables: { w },
      }),
      postgraphile: ({ w }) => ({
        query: `query ($w: String) { allTracks(first: 10, orderBy: [POPULARITY_DESC, TRACK_ID_ASC],
          filter: { name: { includesInsensitive: $w } }) { nodes { trackId name popularity } } }`,
        variables: { w },
      }),
    },
    rows: {
      groovelake: (data) => nodes(data).map((t) => [t.id, t.name, t.popularity]),
      yardstick: (data) => data.tracks.map((t: Answer) => [t.track_id, t.name, t.popularity]),
      postgraphile: (data) => data.allTracks.nodes.map((t: Answer) => [t.trackId, t.name, t.popularity]),
    },
    expected: ({ w }) =>
      `select track_id, name, popularity from tracks where name ilike '%${w}%' order by popularity desc, track_id limit 10`,
    isOrdered: true,
  },
};
