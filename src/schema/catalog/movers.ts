// Whose figures changed most: artists, albums and tracks that gained, or lost.
import type { ObjectRef } from '@pothos/core';
import { InvalidInputError, NotFoundError } from '../../errors.ts';
import {
  findAlbumMovers,
  findArtistMovers,
  findTrackMovers,
  type Mover,
  type MoversRequest,
} from '../../store/catalog/movers.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { DirectionEnum } from '../enums.ts';
import { AlbumFilterInput, ArtistFilterInput, TrackFilterInput } from '../filters.ts';
import { readListSize } from '../list-size.ts';
import { AlbumRef, ArtistRef, TrackRef } from '../refs.ts';
import { ArtistMeasureEnum } from './artist.ts';
import { ObservedMeasureEnum } from './history.ts';
import { ObservationRef } from './provenance.ts';

const DEFAULT_FIRST = 10;
/** What gold itself counts. */
const NOT_OBSERVED = new Set(['TRACK_COUNT', 'ALBUM_COUNT']);

const MoverOrderEnum = builder.enumType('MoverOrder', {
  description: 'What tells who moved most.',
  values: {
    CHANGE: { description: 'How much it changed.' },
    GROWTH: { description: 'How much it changed over what it was; what was 0 is left out.' },
  } as const,
});

const ArtistMoverRef = defineMover('ArtistMover', 'artist', ArtistRef, ({ loaders }, id) =>
  loaders.artistById.load(id),
);
const AlbumMoverRef = defineMover('AlbumMover', 'album', AlbumRef, ({ loaders }, id) =>
  loaders.albumById.load(id),
);
const TrackMoverRef = defineMover('TrackMover', 'track', TrackRef, ({ loaders }, id) =>
  loaders.trackById.load(id),
);

function defineMover<T>(
  name: string,
  kind: 'artist' | 'album' | 'track',
  node: ObjectRef<never, T> | { readonly $inferType: T },
  load: (context: Context, id: string) => Promise<T | null>,
) {
  const nodeRef = node as unknown as ReturnType<typeof builder.objectRef<object>>;
  return builder.objectRef<Mover>(name).implement({
    description: `How a figure of one ${kind} changed between two crawls.`,
    fields: (t) => ({
      [kind]: t.field({
        type: nodeRef,
        nullable: false,
        description: `The ${kind}.`,
        resolve: async ({ id }, _args, context) => {
          const found = await load(context, id);
          if (found) return found;
          throw new NotFoundError(kind, id);
        },
      }),
      before: t.field({
        type: ObservationRef,
        nullable: false,
        description: 'The last figure that was fetched by `from`, or else the first one.',
        resolve: ({ before }) => before,
      }),
      now: t.field({
        type: ObservationRef,
        nullable: false,
        description: 'The last figure that was fetched before `to`, of the same source.',
        resolve: ({ now }) => now,
      }),
      change: t.exposeFloat('change', {
        nullable: false,
        description: 'now less before, in the unit of the measure; below 0 for what was lost.',
      }),
      growth: t.exposeFloat('growth', {
        description: 'change over before, e.g. 0.1 for a tenth more; null where before is 0.',
      }),
    }),
  });
}

const MOVER_ARGS = builder.args((t) => ({
  from: t.field({
    type: 'DateTime',
    description:
      'Since when: what is compared with is the last figure that was fetched by then, or the first one after it. The first of all unless stated.',
  }),
  to: t.field({
    type: 'DateTime',
    description: 'Until when: the last figure that was fetched before; the last of all unless stated.',
  }),
  by: t.field({ type: MoverOrderEnum, description: 'What tells who moved most; CHANGE unless stated.' }),
  direction: t.field({
    type: DirectionEnum,
    description:
      'DESC unless stated: those that gained, most first. ASC: those that lost, most first. What moved the other way, or not at all, is left out.',
  }),
  first: t.int({ description: `How many at most, 1..100; ${DEFAULT_FIRST} unless stated.` }),
}));
const MEASURE = 'Which figure; POPULARITY unless stated.';
const BETWEEN =
  'whose figure changed most between two moments, of those that were observed more than once; of equals the first by id. Data sets do not say when their figures were taken, so that nothing of theirs moves.';

builder.queryFields((t) => ({
  artistMovers: t.field({
    type: [ArtistMoverRef],
    args: {
      measure: t.arg({
        type: ArtistMeasureEnum,
        required: true,
        description: 'Which figure: any but TRACK_COUNT and ALBUM_COUNT, which are not observed over time.',
      }),
      where: t.arg({ type: ArtistFilterInput, description: 'Which artists; all unless stated.' }),
      ...MOVER_ARGS,
    },
    description: `Artists ${BETWEEN}`,
    extensions: { usualSize: DEFAULT_FIRST },
    resolve: (_root, { where, ...args }, context) =>
      findArtistMovers(context.catalog, where, toRequest(args, context)),
  }),
  albumMovers: t.field({
    type: [AlbumMoverRef],
    args: {
      measure: t.arg({ type: ObservedMeasureEnum, description: MEASURE }),
      where: t.arg({ type: AlbumFilterInput, description: 'Which albums; all unless stated.' }),
      ...MOVER_ARGS,
    },
    description: `Albums ${BETWEEN}`,
    extensions: { usualSize: DEFAULT_FIRST },
    resolve: (_root, { where, ...args }, context) =>
      findAlbumMovers(context.catalog, where, toRequest(args, context)),
  }),
  trackMovers: t.field({
    type: [TrackMoverRef],
    args: {
      measure: t.arg({ type: ObservedMeasureEnum, description: MEASURE }),
      where: t.arg({ type: TrackFilterInput, description: 'Which tracks; all unless stated.' }),
      ...MOVER_ARGS,
    },
    description: `Tracks ${BETWEEN}`,
    extensions: { usualSize: DEFAULT_FIRST },
    resolve: (_root, { where, ...args }, context) =>
      findTrackMovers(context.catalog, where, toRequest(args, context)),
  }),
}));

type MoverArgs = { readonly [A in keyof MoversRequest]?: MoversRequest[A] | null | undefined };

/** @throws InvalidInputError */
function toRequest({ measure, from, to, by, direction, first }: MoverArgs, context: Context): MoversRequest {
  if (measure && NOT_OBSERVED.has(measure)) {
    const expected = 'POPULARITY, FOLLOWERS, STREAMS or MONTHLY_LISTENERS';
    throw new InvalidInputError(
      `"measure" is ${measure}, which is not observed over time; ${expected} is expected.`,
      { field: 'measure', given: measure, expected },
    );
  }
  return {
    measure: measure ?? 'POPULARITY',
    from,
    to,
    by: by ?? 'CHANGE',
    direction: direction ?? 'DESC',
    first: readListSize(first, DEFAULT_FIRST, context.config.maxPageSize),
  };
}
