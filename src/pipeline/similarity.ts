// Step index: the similarity index of the candidate, published with it.

import { isHnswAvailable } from '../recommend/hnsw-index.ts';
import type { FeatureRow } from '../recommend/recipe.ts';
import { writeSimilarity } from '../recommend/similarity-files.ts';
import { getBuildSession } from './build-session.ts';
import type { Step } from './step.ts';

export const indexStep: Step = {
  name: 'index',
  run: async (context) => {
    const session = getBuildSession(context);
    const rows = await session.db.all<FeatureRow>(SELECT, [], { signal: context.signal });
    if (rows.length === 0)
      return { status: 'SKIPPED', rowsIn: 0, rowsOut: 0, message: 'no track has audio features' };
    if (!isHnswAvailable()) {
      context.event(
        'WARN',
        'index.exact',
        'hnswlib-node was not compiled on this machine: similar tracks are found by exact search',
      );
    }
    const { config } = context;
    const folder = await session.candidate.openArtifact('similarity');
    const facts = await writeSimilarity(folder, rows, {
      snapshotId: session.candidate.snapshotId,
      m: config.indexM,
      efConstruction: config.indexEfConstruction,
      ef: config.indexEf,
      exactBelow: config.indexExactBelow,
      monotonic: context.clock.monotonic,
      onProgress: (done, total) => {
        context.signal.throwIfAborted();
        context.progress(done, total, 'vectors');
      },
    });
    await session.candidate.addArtifact('similarity');
    return {
      rowsIn: rows.length,
      rowsOut: facts.vectors,
      message:
        facts.m === null
          ? `${facts.vectors} vectors, exact search`
          : `${facts.vectors} vectors, recall@10 ${facts.recallAt10.toFixed(4)}`,
    };
  },
};

const SELECT = `
  select t.track_id as "trackId", ta.artist_id as "artistId", t.recording_id as "recordingId", t.danceability, t.energy, t.loudness,
    t.valence, t.speechiness, t.liveness, t.acousticness, t.instrumentalness, t.duration_ms as "durationMs", t.tempo,
    t.release_year as "releaseYear", t.popularity
  from gold.tracks t
  left join gold.track_artists ta on ta.track_id = t.track_id and ta.position = 1
  where t.features_provider is not null`;
