// Where tracks and albums may be played.
import { marketsOfAlbum, marketsOfTrack } from '../../store/catalog/markets.ts';
import { builder } from '../builder.ts';
import { AlbumRef, TrackRef } from '../refs.ts';

const MARKETS =
  'Markets in which it may be played: ISO 3166-1 alpha-2 countries, from A to Z; null where no source names one.';

builder.objectField(TrackRef, 'markets', (t) =>
  t.stringList({
    description: MARKETS,
    resolve: async ({ id }, _args, { loaders }) => copyOf(await loaders.nested(marketsOfTrack, id)),
    extensions: { reads: ['id'] },
  }),
);

builder.objectField(AlbumRef, 'markets', (t) =>
  t.stringList({
    description: `${MARKETS} Those of its tracks may differ.`,
    resolve: async ({ id }, _args, { loaders }) => copyOf(await loaders.nested(marketsOfAlbum, id)),
    extensions: { reads: ['id'] },
  }),
);

const copyOf = (markets: readonly string[] | null) => markets && [...markets];
