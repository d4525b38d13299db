// A short list under each object of a level, e.g. the artists of tracks: how one object's is resolved, and how all of them at once.
import type { NestedField } from '../store/catalog/listing.ts';
import type { Context } from './context.ts';

/** Options of a field whose parents have ids. */
export function nestedListOf<T>(field: NestedField<readonly T[]>) {
  return {
    resolve: async ({ id }: WithId, _args: object, { loaders }: Context): Promise<T[]> => [
      ...(await loaders.nested(field, id)),
    ],
    extensions: {
      reads: ['id'],
      resolveLevel: (parents: readonly WithId[], _args: object, { loaders }: Context) =>
        loaders.nestedLevel(
          field,
          parents.map(({ id }) => id),
        ),
    },
  };
}

interface WithId {
  readonly id: string;
}
