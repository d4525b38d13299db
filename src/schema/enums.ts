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
