import type { Image } from './entities.ts';

/** Widest first, as the entities promise; one without a width comes last. */
export function toImages(images: readonly Image[] | null): readonly Image[] {
  return [...(images ?? [])].sort((a, b) => (b.width ?? 0) - (a.width ?? 0));
}
