// What to play next: near what was played, often and lately, and not played yet.
import type { SimilarAnswer } from '../../recommend/similar-tracks.ts';
import { compileTrackFilter } from '../../store/catalog/filters.ts';
import { findNoSeedsReason, listPlayed, listSeeds } from '../../store/listening/seeds.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { readListSize } from '../list-size.ts';
import { type Listener, ListenerRef } from '../listening/listener.ts';
import { SimilarTracksRef } from './similarity.ts';
import { checkNearArgs, NEAR_ARGS } from './similarity-inputs.ts';
import { findSimilarTracks, type SimilarTracksArgs } from './similarity-requests.ts';

const SEEDS = 200;
const DEFAULT_FIRST = 20;
const DEFAULT_MAX_PER_ARTIST = 2;

interface RecommendArgs extends Omit<SimilarTracksArgs, 'to' | 'listened' | 'without'> {
  readonly includePlayed?: boolean | null | undefined;
}

async function recommend(
  { listening }: Listener,
  { includePlayed, ...args }: RecommendArgs,
  context: Context,
): Promise<SimilarAnswer> {
  const first = readListSize(args.first, DEFAULT_FIRST, context.config.maxPageSize);
  checkNearArgs(args);
  compileTrackFilter(args.where);
  const [listened, played] = await Promise.all([
    listSeeds(listening, context.clock.now(), SEEDS),
    listPlayed(listening),
  ]);
  if (listened.length === 0) {
    const reason = await findNoSeedsReason(listening);
    return { neighbors: [], isExact: true, reason, unknownSeedIds: [], unknownAwayIds: [] };
  }
  return findSimilarTracks(context, {
    ...args,
    listened,
    maxPerArtist: args.maxPerArtist ?? DEFAULT_MAX_PER_ARTIST,
    without: includePlayed ? [] : played,
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
          'Whether what was played may come, apart from the seeds; false unless stated: then no recording that was played, and, unless includeVersions is true, no other version of a played track that has audio features.',
      }),
      interests: t.arg.int({
        description: 'Into how many interests the seeds may be told apart, 1..5; 5 unless stated.',
      }),
      ...NEAR_ARGS,
    },
    description:
      'What to play next: tracks near the 200 played most and lately of those with audio features, the seeds (a play counts half after 180 days), told apart into interests, each with the seed it is nearest to and why. For the moment: mood and away.',
    resolve: recommend,
  }),
);
