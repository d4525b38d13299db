// A map of the music: tracks as points by what they sound like, with named regions.
import type { DrawnCluster, DrawnMap, DrawnPoint } from '../../recommend/map/draw.ts';
import { DEFAULT_SAMPLE, MAX_SAMPLE } from '../../store/catalog/stats/scatter.ts';
import { builder } from '../builder.ts';
import { getTrack } from '../catalog/track-reference.ts';
import type { Context } from '../context.ts';
import { TrackFilterInput } from '../filters.ts';
import { readListSize } from '../list-size.ts';
import { TrackRef } from '../refs.ts';
import { SAMPLE } from '../stats/scatter.ts';
import { findLabels } from './similarity-requests.ts';

const X =
  'Position from left to right, in standard deviations of the ten features of sound together; more energy is to the right.';
const Y = 'Position from bottom to top, likewise; more danceable is up.';

const MapClusterRef = builder.objectRef<DrawnCluster>('MapCluster').implement({
  description:
    'A region of the map: tracks that sound alike, by k-means over the ten features of sound. How many there are is what gave the greatest mean silhouette, of 4 to 12.',
  fields: (t) => ({
    id: t.exposeInt('id', { nullable: false, description: 'Its number, from 0, the largest first.' }),
    label: t.exposeString('label', {
      nullable: false,
      description: 'The features in which it differs most from the catalogue, strongest first.',
    }),
    size: t.exposeInt('size', { nullable: false, description: 'Its tracks, those that pass the filter.' }),
    x: t.exposeFloat('x', { nullable: false, description: 'Mean of all of its points from left to right.' }),
    y: t.exposeFloat('y', { nullable: false, description: 'Mean of all of its points from bottom to top.' }),
  }),
});

const MapAxisRef = builder.objectRef<DrawnMap['axes'][number]>('MapAxis').implement({
  description: 'A direction of the map: a principal axis of the ten features of sound.',
  fields: (t) => ({
    label: t.exposeString('label', {
      nullable: false,
      description:
        'Its three strongest features with the sign in which they grow, e.g. "+energy +loudness -acousticness".',
    }),
    share: t.exposeFloat('share', {
      nullable: false,
      description: 'Share of the variance along it, 0..1.',
    }),
  }),
});

const MapPointRef = builder.objectRef<DrawnPoint>('MapPoint').implement({
  description: 'A track on the map.',
  fields: (t) => ({
    x: t.exposeFloat('x', { nullable: false, description: X }),
    y: t.exposeFloat('y', { nullable: false, description: Y }),
    cluster: t.int({
      nullable: false,
      description: 'The number of its cluster.',
      resolve: ({ cluster }) => cluster.id,
    }),
    track: t.field({
      type: TrackRef,
      nullable: false,
      description: 'The track.',
      resolve: (point, _args, context) => getTrack(context, point.trackId),
    }),
  }),
});

const MapPositionRef = builder.objectRef<DrawnPoint>('MapPosition').implement({
  description: 'Where a track is on the map of the music.',
  fields: (t) => ({
    x: t.exposeFloat('x', { nullable: false, description: X }),
    y: t.exposeFloat('y', { nullable: false, description: Y }),
    cluster: t.field({
      type: MapClusterRef,
      nullable: false,
      description: 'Its region.',
      resolve: ({ cluster }) => cluster,
    }),
  }),
});

const MusicMapRef = builder.objectRef<DrawnMap>('MusicMap').implement({
  description:
    'Tracks as points by what they sound like: the first two principal axes of ten features (all but year and popularity), each in standard deviations cut at 3. Made once for each snapshot; the same data give the same map.',
  fields: (t) => ({
    points: t.field({
      type: [MapPointRef],
      nullable: false,
      description: 'A sample of the tracks that pass, by id; the same one every time.',
      resolve: ({ points }) => [...points],
    }),
    clusters: t.field({
      type: [MapClusterRef],
      nullable: false,
      description: 'Its regions that have tracks, by number.',
      resolve: ({ clusters }) => [...clusters],
    }),
    axes: t.field({
      type: [MapAxisRef],
      nullable: false,
      description: 'From left to right, then from bottom to top.',
      resolve: ({ axes }) => [...axes],
    }),
    silhouette: t.exposeFloat('silhouette', {
      nullable: false,
      description: 'How well the clusters stand apart: mean silhouette of a sample, -1..1.',
    }),
  }),
});

builder.queryField('musicMap', (t) =>
  t.field({
    type: MusicMapRef,
    args: {
      where: t.arg({ type: TrackFilterInput, description: 'Which tracks; all unless stated.' }),
      sample: t.arg.int({ description: SAMPLE }),
    },
    description: 'The map of the music; null when the snapshot has no index.',
    resolve: (_root, { where, sample }, context) => readMap(context, where, sample),
  }),
);

builder.objectField(TrackRef, 'mapPosition', (t) =>
  t.field({
    type: MapPositionRef,
    description:
      'Where it is on the map of the music; null when it has no audio features, and when the snapshot has no index (similarityIndex is null then).',
    resolve: (track, _args, context) => context.similarity?.findOnMap(track.id) ?? null,
  }),
);

/** @throws InvalidInputError */
async function readMap(
  context: Context,
  where: Parameters<typeof findLabels>[2],
  sample: number | null | undefined,
): Promise<DrawnMap | null> {
  const most = readListSize(sample, DEFAULT_SAMPLE, MAX_SAMPLE, 'sample');
  const { catalog, similarity } = context;
  if (!catalog || !similarity) return null;
  return similarity.drawMap(await findLabels(context, similarity, where), most);
}
