// PostGraphile 5 with the two community plugins that the workloads need: filters and aggregates. Reads DATABASE_URL and PORT.
import { PgAggregatesPreset } from '@graphile/pg-aggregates';
import { makePgService } from 'postgraphile/adaptors/pg';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { PostGraphileConnectionFilterPreset } from 'postgraphile-plugin-connection-filter';

export default {
  extends: [PostGraphileAmberPreset, PostGraphileConnectionFilterPreset, PgAggregatesPreset],
  pgServices: [makePgService({ connectionString: process.env.DATABASE_URL, poolConfig: { max: 10 } })],
  grafserv: { port: Number(process.env.PORT), host: '127.0.0.1', watch: false, graphiql: false },
  grafast: { explain: false },
};
