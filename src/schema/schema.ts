// The schema: every type registers itself with the builder, and this is all of them.
import { GraphQLSchema, isScalarType } from 'graphql';
import { invariant } from '../errors.ts';
import { createAsOfDirective } from './as-of.ts';
import { auditMutations } from './audit.ts';
import { builder } from './builder.ts';
import './scalars.ts';
import './provenance.ts';
import './artist.ts';
import './album.ts';
import './track.ts';
import './markets.ts';
import './copyrights.ts';
import './collaborators.ts';
import './history.ts';
import './movers.ts';
import './audio-features.ts';
import './features-by-provider.ts';
import './genre.ts';
import './playlist.ts';
import './search.ts';
import './stats.ts';
import './stats-fields.ts';
import './correlation.ts';
import './timeline.ts';
import './scatter.ts';
import './similarity.ts';
import './similarity-index.ts';
import './similar-artists.ts';
import './music-map.ts';
import './run.ts';
import './schedule.ts';
import './run-history.ts';
import './snapshot.ts';
import './sources.ts';
import './lineage.ts';
import './listener.ts';
import './recommended.ts';
import './for-you.ts';
import './mutations.ts';
import './batch.ts';
import './access.ts';
import './run-events.ts';

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
