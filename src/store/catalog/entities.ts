// The entities as the rest of the program speaks of them. A value that the source withholds is null, never 0 or "";
// only `name` is never null.

export interface Image {
  readonly url: string;
  readonly width: number | null;
  readonly height: number | null;
}

export interface Artist {
  readonly id: string;
  readonly uri: string | null;
  readonly name: string;
  /** 0..100 */
  readonly popularity: number | null;
  readonly followers: number | null;
  readonly monthlyListeners: number | null;
  readonly streams: number | null;
  readonly externalUrl: string | null;
  /** Widest first. */
  readonly images: readonly Image[];
  readonly trackCount: number;
  readonly albumCount: number;
}

export interface Album {
  readonly id: string;
  readonly uri: string | null;
  readonly name: string;
  readonly albumType: 'ALBUM' | 'SINGLE' | 'COMPILATION' | null;
  /** 1997, 1997-05 or 1997-05-20 */
  readonly releaseDate: string | null;
  readonly releaseYear: number | null;
  readonly label: string | null;
  readonly popularity: number | null;
  readonly totalTracks: number | null;
  readonly upc: string | null;
  /** Of market twins the one that stands for them; its own where it has none. */
  readonly preferredAlbumId: string;
  readonly externalUrl: string | null;
  readonly images: readonly Image[];
}

export interface Track {
  readonly id: string;
  readonly recordingId: string;
  readonly uri: string | null;
  readonly name: string;
  readonly albumId: string | null;
  readonly durationMs: number | null;
  readonly isExplicit: boolean | null;
  readonly popularity: number | null;
  readonly isrc: string | null;
  readonly discNumber: number | null;
  readonly trackNumber: number | null;
  readonly previewUrl: string | null;
  readonly externalUrl: string | null;
  readonly releaseYear: number | null;
  /** 1997, 1997-05 or 1997-05-20 */
  readonly releaseDate: string | null;
  /** The one that its name is of. */
  readonly source: string;
  /** Null when no provider has features of this track. */
  readonly audioFeatures: AudioFeatures | null;
}

/** Scores 0..1; tempo in BPM; loudness in dB; key 0..11 (C = 0); mode 1 major, 0 minor; null = not detected. */
export interface AudioFeatures {
  readonly danceability: number | null;
  readonly energy: number | null;
  readonly valence: number | null;
  readonly acousticness: number | null;
  readonly instrumentalness: number | null;
  readonly liveness: number | null;
  readonly speechiness: number | null;
  readonly tempo: number | null;
  readonly loudness: number | null;
  readonly key: number | null;
  readonly mode: 'MAJOR' | 'MINOR' | null;
  readonly timeSignature: number | null;
  readonly provider: string;
}

export interface Genre {
  readonly name: string;
  readonly artistCount: number;
  readonly trackCount: number;
}

export interface Playlist {
  readonly id: string;
  readonly name: string;
  readonly trackCount: number;
  readonly description: string | null;
  readonly ownerName: string | null;
  readonly followers: number | null;
  readonly externalUrl: string | null;
  /** Widest first. */
  readonly images: readonly Image[];
  readonly genres: readonly string[];
  readonly subgenres: readonly string[];
}
