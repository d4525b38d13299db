// Filters as a client gives them: CONTRACT's inputs. Null is the same as leaving out.
import type { DateFilter } from './date-filter.ts';
import type { FloatFilter, Given, IdFilter, IntFilter, LongFilter, StringFilter } from './predicates.ts';

export interface Combined<F> {
  readonly and?: Given<readonly F[]>;
  readonly or?: Given<readonly F[]>;
  readonly not?: Given<F>;
}

export interface ListFilter<F> {
  readonly some?: Given<F>;
  readonly none?: Given<F>;
  readonly every?: Given<F>;
}

export interface StringListFilter extends ListFilter<StringFilter> {
  readonly isEmpty?: Given<boolean>;
}

/** Of a playlist, or of a track's place in one. */
export interface PlaylistFilter extends Combined<PlaylistFilter> {
  readonly id?: Given<IdFilter>;
  readonly name?: Given<StringFilter>;
  readonly trackCount?: Given<IntFilter>;
  readonly followers?: Given<LongFilter>;
  /** Under which the track is listed there: of a playlist, some track. */
  readonly genre?: Given<StringFilter>;
  readonly subgenre?: Given<StringFilter>;
}

export interface GenreFilter extends Combined<GenreFilter> {
  readonly name?: Given<StringFilter>;
  readonly artistCount?: Given<IntFilter>;
  readonly trackCount?: Given<IntFilter>;
}

export type PlaylistListFilter = Omit<ListFilter<PlaylistFilter>, 'every'>;

export interface TrackFilter extends Combined<TrackFilter> {
  readonly id?: Given<IdFilter>;
  readonly recordingId?: Given<IdFilter>;
  /** Whether it stands for its recording (gold.recordings). */
  readonly isPreferred?: Given<boolean>;
  readonly name?: Given<StringFilter>;
  readonly popularity?: Given<IntFilter>;
  readonly durationMs?: Given<IntFilter>;
  readonly isExplicit?: Given<boolean>;
  readonly releaseYear?: Given<IntFilter>;
  readonly releaseDate?: Given<DateFilter>;
  readonly isrc?: Given<StringFilter>;
  /** Of the track itself or of any of its artists. */
  readonly genres?: Given<StringListFilter>;
  readonly artists?: Given<ListFilter<ArtistFilter>>;
  readonly album?: Given<AlbumFilter>;
  readonly playlists?: Given<PlaylistListFilter>;
  /** ISO 3166-1 alpha-2, in capitals. */
  readonly market?: Given<string>;
  readonly hasAudioFeatures?: Given<boolean>;
  readonly danceability?: Given<FloatFilter>;
  readonly energy?: Given<FloatFilter>;
  readonly valence?: Given<FloatFilter>;
  readonly acousticness?: Given<FloatFilter>;
  readonly instrumentalness?: Given<FloatFilter>;
  readonly liveness?: Given<FloatFilter>;
  readonly speechiness?: Given<FloatFilter>;
  readonly tempo?: Given<FloatFilter>;
  readonly loudness?: Given<FloatFilter>;
  readonly key?: Given<IntFilter>;
  readonly mode?: Given<'MAJOR' | 'MINOR'>;
  readonly timeSignature?: Given<IntFilter>;
  readonly source?: Given<StringFilter>;
}

export interface ArtistFilter extends Combined<ArtistFilter> {
  readonly id?: Given<IdFilter>;
  readonly name?: Given<StringFilter>;
  readonly popularity?: Given<IntFilter>;
  readonly followers?: Given<LongFilter>;
  readonly genres?: Given<StringListFilter>;
  readonly streams?: Given<LongFilter>;
  readonly monthlyListeners?: Given<LongFilter>;
  readonly trackCount?: Given<IntFilter>;
  readonly albumCount?: Given<IntFilter>;
  readonly albums?: Given<ListFilter<AlbumFilter>>;
  readonly tracks?: Given<ListFilter<TrackFilter>>;
}

export interface AlbumFilter extends Combined<AlbumFilter> {
  readonly id?: Given<IdFilter>;
  /** Whether it stands for its market twins, if it has any. */
  readonly isPreferred?: Given<boolean>;
  readonly upc?: Given<StringFilter>;
  readonly name?: Given<StringFilter>;
  readonly popularity?: Given<IntFilter>;
  readonly albumType?: Given<'ALBUM' | 'SINGLE' | 'COMPILATION'>;
  readonly label?: Given<StringFilter>;
  readonly releaseYear?: Given<IntFilter>;
  readonly releaseDate?: Given<DateFilter>;
  readonly totalTracks?: Given<IntFilter>;
  readonly market?: Given<string>;
  readonly artists?: Given<ListFilter<ArtistFilter>>;
  readonly tracks?: Given<ListFilter<TrackFilter>>;
}
