// Image, Provenance and Observation: what several entities have.
import type { Observation } from '../store/catalog/observations.ts';
import { bodyOfDocument, documentKey, type Provenance } from '../store/catalog/provenance.ts';
import { builder } from './builder.ts';
import { ImageRef, RunRef } from './refs.ts';
import { findRunBehind, WITHHELD } from './run-words.ts';

ImageRef.implement({
  description: 'A picture at the source.',
  fields: (t) => ({
    url: t.exposeString('url', { nullable: false, description: 'Address of the picture.' }),
    width: t.exposeInt('width', { description: 'Width in pixels; null when the source does not tell.' }),
    height: t.exposeInt('height', { description: 'Height in pixels; null when the source does not tell.' }),
  }),
});

export const ProvenanceRef = builder.objectRef<Provenance>('Provenance').implement({
  description: 'Which landed document a row came from. One per source and kind of document that contributes.',
  fields: (t) => ({
    source: t.exposeString('source', {
      nullable: false,
      description: 'spotify, tidytuesday, sandbox (synthetic), ...',
    }),
    fetchedAt: t.field({
      type: 'DateTime',
      nullable: false,
      description: 'When it was fetched or imported.',
      resolve: (provenance) => Date.parse(provenance.fetchedAt),
    }),
    run: t.field({
      type: RunRef,
      description: `The run that landed it; null when that is no longer on record. ${WITHHELD}; null for others.`,
      resolve: (provenance, _args, context) => findRunBehind(provenance.runId, context),
    }),
    raw: t.field({
      type: 'JSON',
      description: 'The document as received, unchanged; null when it is no longer kept.',
      resolve: (provenance, _args, context) =>
        context.loaders.nested(bodyOfDocument, documentKey(provenance.document)),
    }),
  }),
});

export const ObservationRef = builder.objectRef<Observation>('Observation').implement({
  description: 'A figure as a source gave it at one time.',
  fields: (t) => ({
    observedAt: t.field({
      type: 'DateTime',
      nullable: false,
      description: 'When it was fetched.',
      resolve: (observation) => Date.parse(observation.observedAt),
    }),
    value: t.exposeFloat('value', {
      nullable: false,
      description: 'The figure, in the unit of its measure.',
    }),
    source: t.exposeString('source', { nullable: false, description: 'The source that gave it.' }),
  }),
});
