// Who is credited on the same tracks as an artist.
import { type Collaborator, collaboratorsOf } from '../../store/catalog/collaborators.ts';
import { builder } from '../builder.ts';
import { readListSize } from '../list-size.ts';
import { ArtistRef } from '../refs.ts';
import { getArtist } from './artist-reference.ts';

const DEFAULT_FIRST = 10;

const CollaboratorRef = builder.objectRef<Collaborator>('Collaborator').implement({
  description: 'An artist with tracks in common.',
  fields: (t) => ({
    artist: t.field({
      type: ArtistRef,
      nullable: false,
      description: 'The artist.',
      resolve: ({ artistId }, _args, context) => getArtist(context, artistId),
    }),
    trackCount: t.exposeInt('trackCount', {
      nullable: false,
      description:
        'Tracks of the catalogue that credit both, 1 or more; the tracks of one recording count each.',
    }),
  }),
});

builder.objectField(ArtistRef, 'collaborators', (t) =>
  t.field({
    type: [CollaboratorRef],
    nullable: false,
    args: { first: t.arg.int({ description: `Artists at most, 1..100; ${DEFAULT_FIRST} unless stated.` }) },
    description:
      'Artists that are credited on tracks with this one, those with most tracks first, then the most popular. Empty when it is alone on all of its tracks.',
    extensions: { usualSize: DEFAULT_FIRST },
    resolve: async ({ id }, { first }, { loaders, config }) => [
      ...(await loaders.nested(collaboratorsOf(readListSize(first, DEFAULT_FIRST, config.maxPageSize)), id)),
    ],
  }),
);
