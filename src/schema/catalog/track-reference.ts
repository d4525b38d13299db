// A track that a figure of gold refers to: it is there, because a check holds the references whole.
import { NotFoundError } from '../../errors.ts';
import type { Track } from '../../store/catalog/entities.ts';
import type { Context } from '../context.ts';

/** @throws NotFoundError */
export async function getTrack(context: Context, id: string): Promise<Track> {
  const track = await context.loaders.trackById.load(id);
  if (track) return track;
  throw new NotFoundError('track', id);
}
