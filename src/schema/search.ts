// Search across artists, albums and tracks.
import { NotFoundError } from '../errors.ts';
import { type SearchHit, searchNames } from '../store/catalog/search.ts';
import { builder } from './builder.ts';
import { AFTER, defineConnection, FIRST } from './connection.ts';
import type { Context } from './context.ts';
import { AlbumRef, ArtistRef, TrackRef } from './refs.ts';

const SearchTypeEnum = builder.enumType('SearchType', {
  description: 'What is searched for.',
  values: {
    ARTIST: { description: 'Artists.' },
    ALBUM: { description: 'Albums.' },
    TRACK: { description: 'Tracks.' },
  } as const,
});

const SearchNode = builder.unionType('SearchNode', {
  description: 'What a search finds.',
  types: [ArtistRef, AlbumRef, TrackRef],
  resolveType: (node) => ('albumType' in node ? 'Album' : 'durationMs' in node ? 'Track' : 'Artist'),
});

const SearchHitRef = builder.objectRef<SearchHit>('SearchHit').implement({
  description: 'One thing that was found.',
  fields: (t) => ({
    node: t.field({
      type: SearchNode,
      nullable: false,
      description: 'What was found.',
      resolve: (hit, _args, context) => getNode(hit, context),
    }),
    score: t.exposeFloat('score', {
      nullable: false,
      description:
        'How well the name matches, signs aside (exact 1, beginning 0.8, beginning of a word 0.6, elsewhere 0.4, with a slip in a word 0.2) plus popularity / 1000.',
    }),
  }),
});

const SearchConnectionRef = defineConnection('Search', SearchHitRef);

builder.queryField('search', (t) =>
  t.field({
    type: SearchConnectionRef,
    args: {
      term: t.arg.string({
        required: true,
        description:
          'Words that the name holds, in any order, 1..200 characters. A word of one letter is a whole word of the name, one of two its beginning; a word of five letters or more may have one letter added, left out, changed, or swapped with its neighbour.',
      }),
      types: t.arg({ type: [SearchTypeEnum], description: 'What to search for; everything unless stated.' }),
      first: t.arg.int({ description: FIRST }),
      after: t.arg.string({ description: AFTER }),
    },
    description:
      'Finds artists, albums and tracks by name: without regard to accents and case, by beginnings of words, forgiving a slip in longer ones; best match first, then most popular. Of a term that fits more than 4,000 names of a type, the most popular of them and those that are the term itself are found; names without a slip have 4,000 of their own.',
    resolve: (_root, args, context) => searchNames(context.catalog, args, context.config),
  }),
);

async function getNode({ type, id }: SearchHit, { loaders }: Context) {
  const loader = { ARTIST: loaders.artistById, ALBUM: loaders.albumById, TRACK: loaders.trackById }[type];
  const node = await loader.load(id);
  if (node) return node;
  throw new NotFoundError(type.toLowerCase(), id);
}
