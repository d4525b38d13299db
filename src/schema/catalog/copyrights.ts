// What albums state about their rights.
import { type Copyright, copyrightsOfAlbum } from '../../store/catalog/copyrights.ts';
import { builder } from '../builder.ts';
import { nestedListOf } from '../nested-list.ts';
import { AlbumRef } from '../refs.ts';

const CopyrightTypeEnum = builder.enumType('CopyrightType', {
  description: 'What a right is in.',
  values: {
    COPYRIGHT: { description: 'The album and its artwork: C at the source.' },
    SOUND_RECORDING: { description: 'The recordings: P at the source.' },
  } as const,
});

const CopyrightRef = builder.objectRef<Copyright>('Copyright').implement({
  description: 'A line that an album states about its rights.',
  fields: (t) => ({
    text: t.exposeString('text', {
      nullable: false,
      description: 'The line as the source has it, usually a year and a name.',
    }),
    type: t.field({
      type: CopyrightTypeEnum,
      description: 'What the right is in; null where the source does not tell.',
      resolve: ({ type }) => type,
    }),
  }),
});

builder.objectField(AlbumRef, 'copyrights', (t) =>
  t.field({
    type: [CopyrightRef],
    nullable: false,
    description: 'Who holds rights in it, in the order of the source; empty where it names nobody.',
    ...nestedListOf(copyrightsOfAlbum),
  }),
);
