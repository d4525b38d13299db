// What albums state about their rights.
import { findByKeys, findByKeysNow, type Listing, type NestedField } from './listing.ts';

export interface Copyright {
  readonly text: string;
  /** Null where the source says neither. */
  readonly type: 'COPYRIGHT' | 'SOUND_RECORDING' | null;
}

interface CopyrightsRow {
  readonly copyrights: readonly { readonly text: string; readonly type: string | null }[] | null;
}

const COPYRIGHTS: Listing<CopyrightsRow, readonly Copyright[]> = {
  name: 'copyrights',
  from: 'gold.albums b',
  columns: 'b.copyrights',
  toEntity: ({ copyrights }) => (copyrights ?? []).map(({ text, type }) => ({ text, type: toType(type) })),
  quick: { entity: 'albums', alias: 'b' },
};

/** In the order of the source; parents are ids of albums. */
export const copyrightsOfAlbum: NestedField<readonly Copyright[]> = {
  key: 'Album.copyrights',
  findNow: (catalog, ids) => findByKeysNow(catalog, COPYRIGHTS, ids)?.map((lines) => lines ?? []) ?? null,
  load: async (catalog, ids) =>
    (await findByKeys(catalog, COPYRIGHTS, 'b.album_id', ids)).map((lines) => lines ?? []),
};

function toType(type: string | null): Copyright['type'] {
  return type === 'C' ? 'COPYRIGHT' : type === 'P' ? 'SOUND_RECORDING' : null;
}
