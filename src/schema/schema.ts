// The schema: every type registers itself with the builder, and this is all of them.
import { GraphQLSchema, isScalarType } from 'graphql';
import { invariant } from '../errors.ts';
import { auditMutations } from './access/audit.ts';
import { createAsOfDirective } from './as-of.ts';
import { builder } from './builder.ts';
import './scalars.ts';
import './catalog/provenance.ts';
import './catalog/artist.ts';
import './catalog/album.ts';
import './catalog/track.ts';
import './catalog/markets.ts';
import './catalog/copyrights.ts';
import './catalog/collaborators.ts';
import './catalog/history.ts';
import './catalog/movers.ts';
import './catalog/audio-features.ts';
import './catalog/features-by-provider.ts';
import './catalog/genre.ts';
import './catalog/playlist.ts';
import './catalog/search.ts';
import './stats/stats.ts';
import './stats/stats-fields.ts';
import './stats/correlation.ts';
import './stats/timeline.ts';
import './stats/scatter.ts';
import './similarity/similarity.ts';
import './similarity/similarity-index.ts';
import './similarity/similar-artists.ts';
import './similarity/music-map.ts';
import './runs/run.ts';
import './runs/schedule.ts';
import './runs/run-history.ts';
import './snapshots/snapshot.ts';
import './runs/sources.ts';
import './snapshots/lineage.ts';
import './listening/listener.ts';
import './similarity/recommended.ts';
import './similarity/for-you.ts';
import './runs/mutations.ts';
import './runs/batch.ts';
import './access/access.ts';
import './runs/run-events.ts';

builder.queryType({
  description:
    'Everything that can be asked. Root fields are nullable, so that one failing field does not empty a dashboard. Lists are ordered by popularity, highest first, then id, unless stated otherwise; nulls come last.',
});

let schema: GraphQLSchema | undefined;

export function buildSchema(): GraphQLSchema {
  schema ??= auditMutations(addDirectives(builder.toSchema()));
  return schema;
}

/** Adds what Pothos has no word for: @asOf. */
export function addDirectives(built: GraphQLSchema): GraphQLSchema {
  const dateTime = built.getType('DateTime');
  invariant(isScalarType(dateTime), 'DateTime is a scalar of the schema');
  const config = built.toConfig();
  return new GraphQLSchema({ ...config, directives: [...config.directives, createAsOfDirective(dateTime)] });
}
