// What was chosen for a listener to play, day by day.

import type { NoNeighborsReason } from '../../recommend/similar-tracks.ts';
import { type ForYou, type ForYouTrack, listForYouDays, readForYou } from '../../store/listening/for-you.ts';
import { builder } from '../builder.ts';
import { countedList } from '../counted-list.ts';
import { ListenerRef } from '../listening/listener.ts';
import { SnapshotRef, TrackRef } from '../refs.ts';
import { ReasonEnum } from './similarity.ts';

const ForYouTrackRef = builder.objectRef<ForYouTrack>('ForYouTrack').implement({
  description: 'A track chosen for a day.',
  fields: (t) => ({
    track: t.field({
      type: TrackRef,
      description: 'The track; null where the catalogue has it no longer.',
      resolve: ({ trackId }, _args, { loaders }) => loaders.trackById.load(trackId),
    }),
    similarity: t.float({
      nullable: false,
      description:
        'Cosine of its vector and that of the interest it is near to, on the day it was chosen, -1..1.',
      resolve: ({ distance }) => 1 - distance,
    }),
    seed: t.field({
      type: TrackRef,
      description: 'The played track that it is nearest to; null where the catalogue has it no longer.',
      resolve: ({ seedId }, _args, { loaders }) => (seedId === null ? null : loaders.trackById.load(seedId)),
    }),
  }),
});

const ForYouRef = builder.objectRef<ForYou>('ForYou').implement({
  description:
    'What a listener might play on one day: tracks near those played most and lately, none of them a recording that was played, nor another version of a played track that has audio features; another choice every day. It follows from the snapshot, the plays and the day alone.',
  fields: (t) => ({
    day: t.exposeString('day', { nullable: false, description: 'The day in UTC, e.g. 2026-11-26.' }),
    madeAt: t.field({
      type: 'DateTime',
      nullable: false,
      description: 'When it was chosen.',
      resolve: ({ madeAt }) => madeAt,
    }),
    snapshotId: t.exposeID('snapshotId', {
      nullable: false,
      description: 'Id of the snapshot it was chosen from.',
    }),
    snapshot: t.field({
      type: SnapshotRef,
      description: 'That snapshot; null once it is kept no longer.',
      resolve: ({ snapshotId }, _args, { snapshots }) => snapshots.findManifest(snapshotId),
    }),
    reason: t.field({
      type: ReasonEnum,
      description: 'Why there are none, or fewer than usual; null otherwise.',
      resolve: ({ reason }) => reason as NoNeighborsReason | null,
    }),
    nodes: t.field({
      type: [ForYouTrackRef],
      nullable: false,
      description: 'The tracks, the nearest first; 30 unless GROOVELAKE_FOR_YOU_TRACKS says otherwise.',
      ...countedList(({ tracks }: ForYou) => tracks),
    }),
  }),
});

builder.objectFields(ListenerRef, (t) => ({
  forYou: t.field({
    type: ForYouRef,
    args: {
      day: t.arg.string({ description: 'A day in UTC, e.g. 2026-11-26; the latest unless stated.' }),
    },
    description: 'What was chosen for the day by a run of HISTORY; null when nothing was.',
    resolve: ({ account }, { day }, { config }) => readForYou(config.dataDir, account.id, day ?? null),
  }),
  forYouDays: t.field({
    type: ['String'],
    nullable: false,
    description: 'Days there is a choice of, the newest first.',
    resolve: ({ account }, _args, { config }) => listForYouDays(config.dataDir, account.id),
  }),
}));
