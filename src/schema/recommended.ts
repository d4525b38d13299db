// What to play next: near what was played, often and lately, and not played yet.
import type { SimilarAnswer } from '../recommend/service.ts';
import { findNoSeedsReason, listPlayed, listSeeds } from '../store/listening/seeds.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { TrackFilterInput } from './filters.ts';
import { readListSize } from './list-size.ts';
import { type Listener, ListenerRef } from './listener.ts';
import { SimilarTracksRef } from './similarity.ts';
import { findSimilarTracks } from './similarity-requests.ts';

const SEEDS = 200;
const DEFAULT_FIRST = 20;
const DEFAULT_MAX_PER_ARTIST = 2;

type RecommendArgs = {
  first?: number | null | undefined;
  maxPerArtist?: number | null | undefined;
  includePlayed?: boolean | null | undefined;
  where?: typeof TrackFilterInput.$inferInput | null | undefined;
};

async function recommend(
  { listening }: Listener,
  args: RecommendArgs,
  context: Context,
): Promise<SimilarAnswer> {
  const first = readListSize(args.first, DEFAULT_FIRST, context.config.maxPageSize);
  const [listened, played] = await Promise.all([
    listSeeds(listening, context.clock.now(), SEEDS),
    listPlayed(listening),
  ]);
  if (listened.length === 0) {
    const reason = await findNoSeedsReason(listening);
    return { neighbors: [], isExact: true, reason, unknownSeedIds: [], unknownAwayIds: [] };
  }
  return findSimilarTracks(context, {
    listened,
    where: args.where,
    maxPerArtist: args.maxPerArtist ?? DEFAULT_MAX_PER_ARTIST,
    without: args.includePlayed ? [] : played,
    first,
  });
}

builder.objectField(ListenerRef, 'recommended', (t) =>
  t.field({
    type: SimilarTracksRef,
    nullable: false,
    args: {
      first: t.arg.int({ description: 'Tracks at most, 1..100; 20 unless stated.' }),
      maxPerArtist: t.arg.int({
        description: 'Most tracks that one artist is credited on; 2 unless stated.',
      }),
      includePlayed: t.arg.boolean({
        description:
          'Whether what was played may come, apart from the seeds; false unless stated: then no recording that was played, and no other version of a played track that has audio features.',
      }),
      where: t.arg({ type: TrackFilterInput, description: 'Which tracks; all unless stated.' }),
    },
    description:
      'What to play next: tracks near the 200 played most and lately of those with audio features (a play counts half after 180 days), told apart into interests, each with the seed it is nearest to and why.',
    resolve: recommend,
  }),
);
