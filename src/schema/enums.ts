// Enumerations that several types share.
import { builder } from './builder.ts';

export const ModeEnum = builder.enumType('Mode', {
  description: 'Modality of a track.',
  values: {
    MAJOR: { description: 'Major.' },
    MINOR: { description: 'Minor.' },
  } as const,
});

export const AlbumTypeEnum = builder.enumType('AlbumType', {
  description: 'What kind of release an album is.',
  values: {
    ALBUM: { description: 'A full-length album.' },
    SINGLE: { description: 'A single or EP.' },
    COMPILATION: { description: 'A compilation, often of various artists.' },
  } as const,
});

export const DirectionEnum = builder.enumType('Direction', {
  description: 'Which end comes first.',
  values: {
    ASC: { description: 'Lowest first; text from A to Z.' },
    DESC: { description: 'Highest first; text from Z to A.' },
  } as const,
});

export const NullsOrderEnum = builder.enumType('NullsOrder', {
  description: 'Where rows without a value go.',
  values: {
    FIRST: { description: 'Before all that have one.' },
    LAST: { description: 'After all that have one.' },
  } as const,
});

export const LayerEnum = builder.enumType('Layer', {
  description: 'A layer of the lakehouse.',
  values: {
    BRONZE: { description: 'Documents as received.' },
    SILVER: { description: 'Typed rows, one per entity and source.' },
    GOLD: { description: 'Entities and links as the API serves them.' },
    WAREHOUSE: { description: 'Wide tables for BI and models.' },
  } as const,
});

type LayerName = 'BRONZE' | 'SILVER' | 'GOLD' | 'WAREHOUSE';

/** silver -> SILVER */
export function toLayer(folder: string): LayerName {
  return folder.toUpperCase() as LayerName;
}
