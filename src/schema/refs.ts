// References to the object types, so that one file per type can name the others without a ring of imports.
import type {
  Album,
  Artist,
  AudioFeatures,
  Genre,
  Image,
  Playlist,
  Track,
} from '../store/catalog/entities.ts';
import type { BatchView } from '../store/landing/describe-batch.ts';
import type { Run, RunEvent, RunStep, Schedule } from '../store/runs/run-store.ts';
import type { Manifest } from '../store/snapshots/manifest.ts';
import { builder } from './builder.ts';

export const ArtistRef = builder.objectRef<Artist>('Artist');
export const AlbumRef = builder.objectRef<Album>('Album');
export const TrackRef = builder.objectRef<Track>('Track');
export const AudioFeaturesRef = builder.objectRef<AudioFeatures>('AudioFeatures');
export const GenreRef = builder.objectRef<Genre>('Genre');
export const PlaylistRef = builder.objectRef<Playlist>('Playlist');
export const ImageRef = builder.objectRef<Image>('Image');
export const RunRef = builder.objectRef<Run>('Run');
export const RunStepRef = builder.objectRef<RunStep>('RunStep');
export const RunEventRef = builder.objectRef<RunEvent>('RunEvent');
export const ScheduleRef = builder.objectRef<Schedule>('Schedule');
export const BatchRef = builder.objectRef<BatchView>('Batch');
export const SnapshotRef = builder.objectRef<Manifest>('Snapshot');
