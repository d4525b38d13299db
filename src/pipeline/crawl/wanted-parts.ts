// Of tracks that were played: the tracks, their albums and artists, and their features; and what became of each.
import { ExtractError, SourceDeferredError } from '../../errors.ts';
import type { Body, TakeBodies } from '../../sources/spotify/answers.ts';
import type { NoteIds } from '../../sources/spotify/fetch-by-id.ts';
import type { DocumentKind } from '../../store/landing/landing-store.ts';
import type { Lander } from './crawl-landing.ts';
import { createPutOff } from './crawl-put-off.ts';
import type { CrawlSources } from './crawl-sources.ts';

/** Of a run's tracks: those that the source answered, with a body or with nothing, those that it failed at in every try, and those held back. */
export interface Asked {
  readonly answered: readonly string[];
  readonly unanswered: readonly string[];
  readonly heldBack: ReadonlySet<string>;
  /** Milliseconds since 1970. */
  readonly heldBackUntil: number;
}

export interface FetchedParts {
  readonly asked: Asked;
  /** Tracks that a retry has to look at again. */
  readonly lacking: readonly string[];
  /** Why, where a source put off or failed at all that was asked. */
  readonly reason: Error | null;
}

/**
 * Fetches the tracks, and what they name. An addition: whatever a source fails at or puts off, what came is kept.
 *
 * A track of which a part is put off is not landed: in the catalogue no run would miss its album and artists any more. When the source
 * may be asked again it is wanted as before. Features hold back nothing: a provider that stands in makes no promise.
 */
export async function fetchParts(
  { spotify, otherFeatures, names }: CrawlSources,
  lander: Lander,
  ids: readonly string[],
): Promise<FetchedParts> {
  const { catalogue, features } = names;
  const had = new Set<string>();
  const failed = new Set<string>();
  const noteOf =
    (kind: DocumentKind): NoteIds =>
    ({ unknown = [], unanswered = [] }) => {
      for (const id of unknown) had.add(partOf(kind, id));
      for (const id of unanswered) failed.add(partOf(kind, id));
    };
  const takeOf =
    (source: string, kind: DocumentKind): TakeBodies =>
    async (some) => {
      for (const { id } of some) had.add(partOf(kind, id));
      await lander.take(source, kind, some);
    };
  const bodies: Body[] = [];
  const found: Found = { album: new Set(), artist: new Set(), byTrack: new Map() };
  const takeTracks: TakeBodies = async (some) => {
    for (const body of some) {
      had.add(partOf('track', body.id));
      note(body, found);
    }
    bodies.push(...some);
  };
  const putOff = createPutOff();
  const failure = await findFailure(async () => {
    await putOff.guard(() => spotify.tracks(ids, takeTracks, noteOf('track')));
    await putOff.guard(() => spotify.albums([...found.album], takeOf(catalogue, 'album'), noteOf('album')));
    await putOff.guard(() =>
      spotify.artists([...found.artist], takeOf(catalogue, 'artist'), noteOf('artist')),
    );
  });
  const partsOf = (id: string) => [partOf('track', id), ...(found.byTrack.get(id) ?? [])];
  const isWhole = (id: string) => partsOf(id).every((part) => had.has(part));
  const isPutOff = ({ id }: Body) => partsOf(id).some((part) => !had.has(part) && !failed.has(part));
  const later = putOff.findEarliest();
  const heldBack = new Set(later && !failure ? bodies.filter(isPutOff).map(({ id }) => id) : []);
  const kept = bodies.filter(({ id }) => !heldBack.has(id));
  await lander.take(catalogue, 'track', kept);
  const heard = kept.map(({ id }) => id);
  const miss = (source: string) => (some: readonly string[]) => lander.miss(source, 'audio_features', some);
  const unheard = await findFailure(async () => {
    const given = await spotify.audioFeatures(heard, takeOf(catalogue, 'audio_features'), miss(catalogue));
    if (given.isGiven && given.failure) throw given.failure;
    if (!given.isGiven) await otherFeatures(heard, takeOf(features, 'audio_features'), miss(features));
  });
  const silent = new Set(unheard === null ? [] : heard);
  return {
    asked: {
      answered: ids.filter((id) => had.has(partOf('track', id)) && !heldBack.has(id)),
      unanswered: ids.filter((id) => failed.has(partOf('track', id))),
      heldBack,
      heldBackUntil: later?.until ?? 0,
    },
    lacking: ids.filter((id) => !isWhole(id) || silent.has(id)),
    reason: failure ?? later ?? unheard,
  };
}

/** What a source failed with, or put the work off with; others are thrown. */
async function findFailure(work: () => Promise<unknown>): Promise<Error | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof SourceDeferredError || error instanceof ExtractError) return error;
    throw error;
  }
}

/** An album and a track may have the same id. */
function partOf(kind: DocumentKind, id: string): string {
  return `${kind}:${id}`;
}

/** What the tracks name: their albums and artists, and of each track all of these as parts. */
interface Found {
  readonly album: Set<string>;
  readonly artist: Set<string>;
  readonly byTrack: Map<string, readonly string[]>;
}

function note({ id, json }: Body, found: Found): void {
  const track = JSON.parse(json) as { album?: { id?: string }; artists?: { id?: string }[] };
  const albums = track.album?.id ? [track.album.id] : [];
  const artists = (track.artists ?? []).flatMap((artist) => artist.id ?? []);
  for (const album of albums) found.album.add(album);
  for (const artist of artists) found.artist.add(artist);
  const parts = [
    ...albums.map((each) => partOf('album', each)),
    ...artists.map((each) => partOf('artist', each)),
  ];
  found.byTrack.set(id, parts);
}
