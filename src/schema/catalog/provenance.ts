// Image, Provenance and Observation: what several entities have.
import type { Observation } from '../../store/catalog/observations.ts';
import { bodyOfDocument, documentKey, type Provenance } from '../../store/catalog/provenance.ts';
import { builder } from '../builder.ts';
import { ImageRef, RunRef } from '../refs.ts';
import { findRunBehind, WITHHELD } from '../runs/run-words.ts';

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
    kind: t.string({
      nullable: false,
      description:
        'What the document is: artist, album, track, audio_features, playlist, ranking, or dataset_row.',
      resolve: ({ document }) => document.kind,
    }),
    documentId: t.id({
      nullable: false,
      description:
        "The document's id within source, kind and batch: the source's id of what it describes; for a row of a file its number, from 1, header not counted.",
      resolve: ({ document }) => document.id,
    }),
    batchId: t.id({
      nullable: false,
      description: 'The sealed batch it landed in, which bronze files are named by.',
      resolve: ({ document }) => document.batchId,
    }),
    contentHash: t.exposeString('contentHash', {
      nullable: false,
      description: 'SHA-256 of the body as it was received, 64 hexadecimal digits.',
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
