// StatsGroup and GroupKey: what the rows of a group have in common.
import type { GroupEntity } from '../../store/catalog/stats/dimensions.ts';
import { NONE_LABEL, type StatsGroup } from '../../store/catalog/stats/groups.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { AlbumRef, ArtistRef, GenreRef, PlaylistRef } from '../refs.ts';

const GroupKeyRef = builder.objectRef<{ dimension: string; value: string | null }>('GroupKey').implement({
  description: 'The value of one dimension.',
  fields: (t) => ({
    dimension: t.exposeString('dimension', {
      nullable: false,
      description: 'The dimension, as in groupBy, e.g. RELEASE_YEAR.',
    }),
    value: t.exposeString('value', {
      description: 'Its value as text, for an entity its name; null for the rows that have none.',
    }),
  }),
});

/** The id behind a dimension of this entity, or null where the group is not by it. */
function keyOf(group: StatsGroup, entity: GroupEntity): string | null {
  const at = group.plan.dimensions.findIndex(({ dimension }) => dimension.entity === entity);
  return at < 0 ? null : (group.keys[at] ?? null);
}

const load =
  <T>(entity: GroupEntity, find: (context: Context, key: string) => Promise<T | null>) =>
  (group: StatsGroup, _args: object, context: Context) => {
    const key = keyOf(group, entity);
    return key === null ? null : find(context, key);
  };

export const StatsGroupRef = builder.objectRef<StatsGroup>('StatsGroup').implement({
  description: 'What the rows of a group have in common.',
  fields: (t) => ({
    label: t.string({
      nullable: false,
      description:
        "The values as text joined by ' / ', e.g. edm, 1997, Rush; '(none)' for no value; empty without groupBy.",
      resolve: (group) => group.labels.map((label) => label ?? NONE_LABEL).join(' / '),
    }),
    keys: t.field({
      type: [GroupKeyRef],
      nullable: false,
      description: 'One per dimension, in the order of groupBy.',
      resolve: (group) =>
        group.plan.dimensions.map(({ name }, at) => ({ dimension: name, value: group.labels[at] ?? null })),
    }),
    artist: t.field({
      type: ArtistRef,
      description: 'The artist, when grouped by ARTIST; null otherwise and for rows without one.',
      resolve: load('artist', (context, id) => context.loaders.artistById.load(id)),
    }),
    album: t.field({
      type: AlbumRef,
      description: 'The album, when grouped by ALBUM; null otherwise and for rows without one.',
      resolve: load('album', (context, id) => context.loaders.albumById.load(id)),
    }),
    genre: t.field({
      type: GenreRef,
      description: 'The genre, when grouped by GENRE; null otherwise and for rows without one.',
      resolve: load('genre', (context, name) => context.loaders.genreByName.load(name)),
    }),
    playlist: t.field({
      type: PlaylistRef,
      description:
        'The playlist, when grouped by PLAYLIST; null otherwise and for rows without one. Several may have one name: its id tells them apart.',
      resolve: load('playlist', (context, id) => context.loaders.playlistById.load(id)),
    }),
  }),
});
