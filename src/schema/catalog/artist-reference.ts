// An artist that a figure of gold refers to: it is there, because a check holds the references whole.
import { NotFoundError } from '../../errors.ts';
import type { Artist } from '../../store/catalog/entities.ts';
import type { Context } from '../context.ts';

/** @throws NotFoundError */
export async function getArtist(context: Context, id: string): Promise<Artist> {
  const artist = await context.loaders.artistById.load(id);
  if (artist) return artist;
  throw new NotFoundError('artist', id);
}
