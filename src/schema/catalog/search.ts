// Search across artists, albums and tracks.
import { NotFoundError } from '../../errors.ts';
import { type SearchHit, searchNames } from '../../store/catalog/search.ts';
import { builder } from '../builder.ts';
import { defineConnection, PAGE_ARGS } from '../connection.ts';
import type { Context } from '../context.ts';
import { AlbumRef, ArtistRef, TrackRef } from '../refs.ts';

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
        'How well the name fits, signs and a leading "the" aside: it is the term 1, begins with it 0.8, a word of it does 0.6, holds all words elsewhere 0.4, with a slip in a word 0.2. Of tracks and albums also how well the name and names of its artists fit together, if that is more: the term says all of both 0.9 (what is in brackets or after a dash aside), all of one and words of the other from their beginning 0.7, words of both from their beginning 0.5, words elsewhere 0.35, with a slip 0.1. Plus popularity / 1000; an artist or album without popularity is as popular as the most popular of its tracks (of an album, of its first 30).',
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
          'Words that the name holds, in any order, 1..200 characters; for tracks and albums words of the name together with words of its artists\' names, "beatles yesterday". A word of one letter is a whole word of a name, one of two its beginning; a word of five letters or more may have one letter added, left out, changed, or swapped with its neighbour. "and" stands for "&" too, and signs within a word may be left out or written as blanks.',
      }),
      types: t.arg({ type: [SearchTypeEnum], description: 'What to search for; everything unless stated.' }),
      includeDuplicates: t.arg.boolean({
        description:
          'Whether every track of a recording and every market twin of an album is found. Unless true, a recording is found once, by the track that fits best, then is most popular; tracks(where: { recordingId: { eq: ... } }) lists the others. So are market twins, albums of one UPC: by the one whose name fits best, then is the preferred one (the most popular, then that with most tracks).',
      }),
      ...PAGE_ARGS,
    },
    description:
      "Finds artists, albums and tracks by name: without regard to accents and case, by beginnings of words, forgiving a slip in longer ones; best match first, then most popular, then those with most tracks. Of a term that fits more than 4,000 names of a type, the most popular of them and those that are the term itself are found (fewer of a term of many words); names without a slip have 4,000 of their own. Names together with artists are found where a word of the term is rare: where no more than 4,000 tracks, or albums, have it in their name or in an artist's.",
    resolve: (_root, args, context) => searchNames(context.catalog, args, context.config),
  }),
);

async function getNode({ type, id }: SearchHit, { loaders }: Context) {
  const loader = { ARTIST: loaders.artistById, ALBUM: loaders.albumById, TRACK: loaders.trackById }[type];
  const node = await loader.load(id);
  if (node) return node;
  throw new NotFoundError(type.toLowerCase(), id);
}
