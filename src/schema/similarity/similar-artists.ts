// Artists whose tracks are spread most alike.
import type { SimilarArtistId } from '../../recommend/similar-artists.ts';
import { builder } from '../builder.ts';
import { getArtist } from '../catalog/artist-reference.ts';
import type { Context } from '../context.ts';
import { readListSize } from '../list-size.ts';
import { ArtistRef } from '../refs.ts';

const DEFAULT_FIRST = 10;
const FIRST = `Artists, 1..100; ${DEFAULT_FIRST} unless stated.`;

const SimilarArtistRef = builder.objectRef<SimilarArtistId>('SimilarArtist').implement({
  description:
    'A near artist, by the distributions of their tracks (mean and deviation of each feature) and the company they keep (playlists, genres).',
  fields: (t) => ({
    artist: t.field({
      type: ArtistRef,
      nullable: false,
      description: 'The artist.',
      resolve: (similar, _args, context) => getArtist(context, similar.artistId),
    }),
    similarity: t.exposeFloat('similarity', {
      nullable: false,
      description: '1 / (1 + distance), 0..1: 1 the same.',
    }),
    distance: t.exposeFloat('distance', {
      nullable: false,
      description:
        "2-Wasserstein distance of the artists' tracks, in standard deviations of the catalogue, with that of their contexts; 0 or more.",
    }),
  }),
});

builder.objectField(ArtistRef, 'similarArtists', (t) =>
  t.field({
    type: [SimilarArtistRef],
    nullable: false,
    args: { first: t.arg.int({ description: FIRST }) },
    description:
      'The nearest artists, nearest first; empty when none of its tracks has audio features, and when the snapshot has no index (similarityIndex is null then).',
    extensions: { usualSize: DEFAULT_FIRST },
    resolve: async (artist, { first }, context) =>
      (await findSimilarArtists(context, artist.id, first)) ?? [],
  }),
);

builder.queryField('similarArtists', (t) =>
  t.field({
    type: [SimilarArtistRef],
    args: {
      to: t.arg.id({
        required: true,
        description: "The artist's id, or one made from its name that it has left behind.",
      }),
      first: t.arg.int({ description: FIRST }),
    },
    description:
      'The artists nearest to one, nearest first; null when there is no such artist (artist says so), when the snapshot has no index (similarityIndex is null then), and else when none of its tracks has audio features.',
    extensions: { usualSize: DEFAULT_FIRST },
    resolve: async (_root, { to, first }, context) =>
      findSimilarArtists(context, (await context.loaders.artistById.load(to))?.id ?? to, first),
  }),
);

async function findSimilarArtists(
  context: Context,
  artistId: string,
  first: number | null | undefined,
): Promise<SimilarArtistId[] | null> {
  const size = readListSize(first, DEFAULT_FIRST, context.config.maxPageSize);
  return (context.catalog && (await context.similarity?.findArtists(artistId, size, context.signal))) ?? null;
}
