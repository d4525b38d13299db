// The yardstick: what a competent developer writes over the same Parquet files in a day. Fastify and mercurius with its JIT; DuckDB in
// memory with an index on every key, four connections, each statement prepared once per connection, one loader per link.
// Reads TABLES_DIR, listens on PORT.
import { DuckDBInstance } from '@duckdb/node-api';
import Fastify from 'fastify';
import mercurius from 'mercurius';

const CONNECTIONS = 4;
const KEYS = { tracks: 'track_id', artists: 'artist_id', albums: 'album_id' };

const schema = `
  type Artist { artist_id: ID! name: String! }
  type Album { album_id: ID! name: String! release_year: Int }
  type Track {
    track_id: ID! name: String! popularity: Int release_year: Int energy: Float tempo: Float
    artist_name: String! album_name: String! artist: Artist! album: Album!
  }
  type Stats { key: String! count: Int! energy: Float tempo: Float }
  enum Order { ID POPULARITY }
  enum Group { GENRE YEAR }
  type Query {
    track(id: ID!): Track
    tracks(energyFrom: Float, yearFrom: Int, yearTo: Int, contains: String, order: Order!, limit: Int!, offset: Int): [Track!]!
    stats(group: Group!, energyFrom: Float!): [Stats!]!
  }`;

const instance = await DuckDBInstance.create(':memory:');
const first = await instance.connect();
for (const [table, key] of Object.entries(KEYS)) {
  await first.run(`create table ${table} as from '${process.env.TABLES_DIR}/${table}.parquet'`);
  await first.run(`create unique index ${table}_key on ${table} (${key})`);
}
const idle = [];
for (let at = 0; at < CONNECTIONS; at++)
  idle.push({ connection: await instance.connect(), prepared: new Map() });
const waiting = [];

async function query(sql, params) {
  const lane = idle.pop() ?? (await new Promise((resolve) => waiting.push(resolve)));
  try {
    let statement = lane.prepared.get(sql);
    if (!statement) {
      statement = await lane.connection.prepare(sql);
      lane.prepared.set(sql, statement);
    }
    statement.bind(params);
    return (await statement.runAndReadAll()).getRowObjectsJS();
  } finally {
    const next = waiting.shift();
    if (next) next(lane);
    else idle.push(lane);
  }
}

const COLUMNS =
  'track_id, name, popularity, release_year, energy, tempo, artist_name, album_name, artist_id, album_id';
const CONDITIONS = {
  energyFrom: (place) => `energy >= ${place}::double`,
  yearFrom: (place) => `release_year >= ${place}::integer`,
  yearTo: (place) => `release_year <= ${place}::integer`,
  contains: (place) => `name ilike '%' || ${place}::varchar || '%'`,
};
const ORDERS = { ID: 'track_id', POPULARITY: 'popularity desc, track_id' };
const GROUPS = { GENRE: 'playlist_genre', YEAR: 'release_year' };

function listTracks({ order, limit, offset = 0, ...given }) {
  const params = [];
  const conditions = Object.entries(CONDITIONS).flatMap(([name, toSql]) =>
    given[name] === undefined || given[name] === null ? [] : [toSql(`$${params.push(given[name])}`)],
  );
  const where = conditions.length > 0 ? `where ${conditions.join(' and ')}` : '';
  const [size, skip] = [`$${params.push(limit)}`, `$${params.push(offset)}`];
  return query(
    `select ${COLUMNS} from tracks ${where} order by ${ORDERS[order]} limit ${size}::integer offset ${skip}::integer`,
    params,
  );
}

function loadBy(table, columns) {
  const key = KEYS[table];
  return async (queries) => {
    const ids = [...new Set(queries.map(({ obj }) => obj[key]))];
    const places = ids.map((_, at) => `$${at + 1}`).join(', ');
    const rows = await query(`select ${columns} from ${table} where ${key} in (${places})`, ids);
    const found = new Map(rows.map((row) => [row[key], row]));
    return queries.map(({ obj }) => found.get(obj[key]) ?? null);
  };
}

const app = Fastify();
app.register(mercurius, {
  schema,
  jit: 1,
  resolvers: {
    Query: {
      track: async (_, { id }) =>
        (await query(`select ${COLUMNS} from tracks where track_id = $1`, [id]))[0] ?? null,
      tracks: (_, args) => listTracks(args),
      stats: (_, { group, energyFrom }) =>
        query(
          `select ${GROUPS[group]}::varchar as key, count(*)::integer as count, avg(energy) as energy, avg(tempo) as tempo
           from tracks where energy >= $1::double group by 1 order by 1`,
          [energyFrom],
        ),
    },
  },
  loaders: {
    Track: {
      artist: loadBy('artists', 'artist_id, name'),
      album: loadBy('albums', 'album_id, name, release_year'),
    },
  },
});
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
