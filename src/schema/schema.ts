// The schema: every type registers itself with the builder, and this is all of them.
import type { GraphQLSchema } from 'graphql';
import { builder } from './builder.ts';
import './scalars.ts';
import './provenance.ts';
import './artist.ts';
import './album.ts';
import './track.ts';
import './audio-features.ts';
import './genre.ts';
import './search.ts';
import './stats.ts';
import './stats-fields.ts';
import './correlation.ts';
import './timeline.ts';
import './scatter.ts';
import './similarity.ts';
import './run.ts';
import './schedule.ts';
import './snapshot.ts';
import './sources.ts';
import './lineage.ts';
import './mutations.ts';
import './run-events.ts';

builder.queryType({
  description:
    'Everything that can be asked. Root fields are nullable, so that one failing field does not empty a dashboard. Lists are ordered by popularity, highest first, then id, unless stated otherwise; nulls come last.',
});

let schema: GraphQLSchema | undefined;

export function buildSchema(): GraphQLSchema {
  schema ??= builder.toSchema();
  return schema;
}
