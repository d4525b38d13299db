// A sample of tracks as points.
import {
  DEFAULT_SAMPLE,
  MAX_SAMPLE,
  type ScatterPoint,
  sampleScatter,
} from '../../store/catalog/stats/scatter.ts';
import { builder } from '../builder.ts';
import { getTrack } from '../catalog/track-reference.ts';
import { TrackFilterInput } from '../filters.ts';
import { TrackRef } from '../refs.ts';
import { TrackDimensionEnum, TrackMeasureEnum } from './stats-enums.ts';

export const SAMPLE = `Points at most, 1..${MAX_SAMPLE}; ${DEFAULT_SAMPLE} unless stated.`;

export const ScatterPointRef = builder.objectRef<ScatterPoint>('ScatterPoint').implement({
  description: 'One track as a point; of a listening period, one play.',
  fields: (t) => ({
    x: t.exposeFloat('x', { nullable: false, description: 'Its value of the first measure.' }),
    y: t.exposeFloat('y', { nullable: false, description: 'Its value of the second measure.' }),
    color: t.exposeString('color', {
      description:
        'Its label of colorBy, the alphabetically first of several; null for none, or without colorBy.',
    }),
    track: t.field({
      type: TrackRef,
      nullable: false,
      description: 'The track.',
      resolve: (point, _args, context) => getTrack(context, point.trackId),
    }),
  }),
});

builder.queryField('scatter', (t) =>
  t.field({
    type: [ScatterPointRef],
    args: {
      x: t.arg({ type: TrackMeasureEnum, required: true, description: 'Measure of the horizontal axis.' }),
      y: t.arg({ type: TrackMeasureEnum, required: true, description: 'Measure of the vertical axis.' }),
      colorBy: t.arg({
        type: TrackDimensionEnum,
        description: 'Dimension that colors the points; no color unless stated.',
      }),
      where: t.arg({ type: TrackFilterInput, description: 'Which tracks; all unless stated.' }),
      sample: t.arg.int({ description: SAMPLE }),
      seed: t.arg.int({
        description: 'The same seed gives the same sample of the same snapshot; 0 unless stated.',
      }),
    },
    description: 'A seeded random sample of the tracks that have both measures, for scatter plots.',
    resolve: (_root, args, context) => sampleScatter(context.catalog, args),
  }),
);
