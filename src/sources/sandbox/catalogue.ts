// The synthetic catalogue: artists, albums and tracks from a seed, with the oddities of real ones (SOURCES 1.7, 7.4).
import { BANDS, type Band } from './bands.ts';
import { type Draw, drawFor, makeId } from './draw.ts';
import { drawFeatures, type Features, GENRES, type GenreProfile, meetMean } from './features.ts';
import { artistName, HARD_NAMES, labelName, title } from './words.ts';

export interface SandboxArtist {
  readonly id: string;
  readonly name: string;
  readonly genres: readonly string[];
  readonly popularity: number;
  readonly followers: number;
  readonly streams: number;
  readonly hasImage: boolean;
  readonly albums: SandboxAlbum[];
  /** Albums of others that it is a guest on. */
  readonly appearsOn: SandboxAlbum[];
}

export interface SandboxAlbum {
  readonly id: string;
  readonly name: string;
  readonly type: 'album' | 'single' | 'compilation';
  readonly artist: SandboxArtist;
  /** YYYY, YYYY-MM or YYYY-MM-DD; now and then 0000. */
  readonly releaseDate: string;
  readonly precision: 'year' | 'month' | 'day';
  readonly label: string;
  readonly popularity: number;
  readonly upc: string;
  readonly hasImages: boolean;
  /** Somebody's own file stands at the end of its list of tracks. */
  readonly hasLocalFile: boolean;
  /** May differ from the number of tracks. */
  readonly totalTracks: number;
  readonly tracks: SandboxTrack[];
}

export interface SandboxTrack {
  readonly id: string;
  readonly name: string;
  readonly album: SandboxAlbum;
  readonly artists: readonly SandboxArtist[];
  readonly disc: number;
  readonly number: number;
  readonly durationMs: number;
  readonly isExplicit: boolean;
  readonly popularity: number;
  readonly isrc: string | null;
  /** Null: never analysed. */
  readonly features: Features | null;
  /** What is played in its place in a market; set for the tracks of market twins. */
  readonly original?: SandboxTrack;
}

export interface Catalogue {
  readonly seed: number;
  /** By streams, most first, as the ranking has them. */
  readonly artists: readonly SandboxArtist[];
  readonly artistById: ReadonlyMap<string, SandboxArtist>;
  readonly albumById: ReadonlyMap<string, SandboxAlbum>;
  readonly trackById: ReadonlyMap<string, SandboxTrack>;
}

export interface CatalogueOptions {
  readonly seed?: number;
  /** At least the ten bands; 320 unless stated, which makes about 4,000 albums and 35,000 tracks. */
  readonly artists?: number;
  /** Albums of each artist that is no oddity; 6 to 20 by chance unless stated. */
  readonly albumsEach?: number;
  /** Tracks on each album, on average; by the kind of album unless stated. */
  readonly tracksEach?: number;
}

type Sizes = Pick<CatalogueOptions, 'albumsEach' | 'tracksEach'>;

const THIS_YEAR = 2026;

/** Which artists, by their place in the list, have which oddity of real catalogues. */
const ODD = {
  /** The first of as many as there are names that are hard to write or to search for. */
  hardNames: 12,
  mergedId: 20,
  noAlbums: 30,
  manyAlbums: 31,
  boxSet: 32,
  extremeDurations: 33,
  localFile: 34,
  noImage: 35,
  namesakes: [40, 41],
};

/** More than two of Spotify's pages hold. */
const MANY_ALBUMS = 112;

/** The same options give the same catalogue, to the letter. */
export function createCatalogue({
  seed = 7,
  artists: count = 320,
  ...sizes
}: CatalogueOptions = {}): Catalogue {
  const total = Math.max(count, BANDS.length);
  const artists = Array.from({ length: total }, (_, at) => makeArtist(seed, at, total));
  for (const [at, artist] of artists.entries()) addAlbums(seed, at, artist, { all: artists, sizes });
  for (const artist of artists) addTwins(seed, artist);
  const albums = artists.flatMap((artist) => artist.albums);
  return {
    seed,
    artists: [...artists].sort((a, b) => b.streams - a.streams || (a.id < b.id ? -1 : 1)),
    artistById: new Map([
      ...artists.map((artist) => [artist.id, artist] as const),
      // An id that was merged into another: the answer's id differs from the one asked for.
      ...artists
        .slice(ODD.mergedId, ODD.mergedId + 1)
        .map((artist) => [makeId(seed, 'merged artist'), artist] as const),
    ]),
    albumById: new Map(albums.map((album) => [album.id, album])),
    trackById: new Map(albums.flatMap((album) => album.tracks.map((track) => [track.id, track]))),
  };
}

function makeArtist(seed: number, at: number, total: number): SandboxArtist {
  const draw = drawFor(seed, `artist ${at}`);
  const band = BANDS[at];
  // Few are very popular: the place in the list decides, chance shakes it a little.
  const drawn = 94 - 84 * ((at + 1) / total) ** 0.55 + 5 * draw.normal();
  const popularity = Math.round(Math.min(97, Math.max(1, band?.popularity ?? drawn)));
  const hard = HARD_NAMES[at - ODD.hardNames];
  const main = draw.pick(GENRES);
  const genres = band ? ['progressive rock', 'rock'] : drawGenres(draw, main);
  return {
    id: band?.id ?? makeId(seed, `artist ${at}`),
    // Two artists share a name; a search for it is ambiguous.
    name: band?.name ?? hard ?? (ODD.namesakes.includes(at) ? 'The Twin Lanterns' : artistName(draw)),
    genres,
    popularity,
    followers: Math.round(10 ** (2.6 + (popularity / 100) * 5.5 + 0.25 * draw.normal())),
    streams: Math.round(10 ** (5.6 + (popularity / 100) * 5.2 + 0.15 * draw.normal()) / 1e5) * 1e5,
    hasImage: !draw.chance(0.03) && at !== ODD.noImage,
    albums: [],
    appearsOn: [],
  };
}

function drawGenres(draw: Draw, main: GenreProfile): string[] {
  if (draw.chance(0.12)) return [];
  const genres = new Set([main.name]);
  while (genres.size < 4 && draw.chance(0.35)) genres.add(draw.pick(GENRES).name);
  return [...genres];
}

function addAlbums(
  seed: number,
  at: number,
  artist: SandboxArtist,
  { all, sizes }: Pick<AlbumParts, 'all' | 'sizes'>,
): void {
  const draw = drawFor(seed, `albums ${at}`);
  const band = BANDS[at];
  const odd = at === ODD.noAlbums ? 0 : at === ODD.manyAlbums ? MANY_ALBUMS : null;
  const drawn = band ? draw.whole(10, 18) : (odd ?? draw.whole(6, 20));
  const count = odd ?? sizes.albumsEach ?? drawn;
  const profile = profileOf(artist);
  const debut = band ? draw.whole(1969, 1982) : THIS_YEAR - Math.floor(2 + 50 * draw.unit() ** 2.4);
  for (let i = 0; i < count; i++)
    artist.albums.push(
      makeAlbum(seed, `${at}/${i}`, artist, {
        band,
        profile,
        debut,
        all,
        sizes,
        isBox: at === ODD.boxSet && i === 0,
        hasLocalFile: at === ODD.localFile && i === 0,
      }),
    );
  if (at === ODD.extremeDurations) setExtremes(artist.albums);
  if (band) meetAverages(band, artist.albums);
}

interface AlbumParts {
  readonly band: Band | undefined;
  readonly profile: GenreProfile;
  readonly debut: number;
  readonly all: readonly SandboxArtist[];
  readonly sizes: Sizes;
  /** A box set: several discs and more than fifty tracks. */
  readonly isBox: boolean;
  readonly hasLocalFile: boolean;
}

function makeAlbum(seed: number, name: string, artist: SandboxArtist, parts: AlbumParts): SandboxAlbum {
  const draw = drawFor(seed, `album ${name}`);
  const type =
    parts.band || parts.isBox || draw.chance(0.66) ? 'album' : draw.chance(0.86) ? 'single' : 'compilation';
  const drawn = type === 'single' ? draw.whole(1, 3) : draw.whole(8, 15);
  const wanted = parts.sizes.tracksEach;
  const tracks = parts.isBox ? 64 : wanted === undefined ? drawn : Math.floor(wanted + draw.unit());
  const year = Math.min(
    THIS_YEAR,
    parts.debut + Math.floor((THIS_YEAR - parts.debut + 1) * draw.unit() ** 0.8),
  );
  const precision = draw.chance(0.84) ? 'day' : draw.chance(0.97) ? 'year' : 'month';
  const month = String(draw.whole(1, 12)).padStart(2, '0');
  const day = `${year}-${month}-${String(draw.whole(1, 28)).padStart(2, '0')}`;
  const isUndated = !parts.band && draw.chance(0.004);
  const album: SandboxAlbum = {
    id: makeId(seed, `album ${name}`),
    name: !parts.band && draw.chance(0.002) ? '' : title(draw),
    type,
    artist,
    releaseDate: isUndated
      ? '0000'
      : precision === 'day'
        ? day
        : precision === 'month'
          ? day.slice(0, 7)
          : String(year),
    precision: isUndated ? 'year' : precision,
    label: labelName(draw),
    popularity: Math.round(artist.popularity * (0.35 + 0.6 * draw.unit())),
    upc: String(draw.whole(100_000_000, 999_999_999)) + String(draw.whole(100, 999)),
    hasImages: !draw.chance(0.01),
    hasLocalFile: parts.hasLocalFile,
    totalTracks: tracks + (draw.chance(0.01) ? 1 : 0),
    tracks: [],
  };
  for (let i = 0; i < tracks; i++) album.tracks.push(makeTrack(seed, `${name}/${i}`, album, i, parts));
  return album;
}

function makeTrack(
  seed: number,
  name: string,
  album: SandboxAlbum,
  at: number,
  { band, profile, all, isBox }: AlbumParts,
): SandboxTrack {
  const draw = drawFor(seed, `track ${name}`);
  const guests = !band && draw.chance(0.12) ? [all[draw.whole(BANDS.length, all.length - 1)]] : [];
  const artists = [...new Set([album.artist, ...guests.filter((guest) => guest !== undefined)])];
  for (const guest of artists.slice(1)) if (!guest.appearsOn.includes(album)) guest.appearsOn.push(album);
  const perDisc = isBox ? 22 : 1_000;
  const minutes = Math.max(0.6, profile.minutes * (1 + 0.22 * draw.normal()));
  return {
    id: makeId(seed, `track ${name}`),
    name: title(draw) + (artists.length > 1 ? ` (feat. ${artists[1]?.name})` : ''),
    album,
    artists,
    disc: 1 + Math.floor(at / perDisc),
    number: 1 + (at % perDisc),
    durationMs: Math.round(minutes * 60_000),
    isExplicit: draw.chance(profile.explicit),
    popularity: Math.round(album.artist.popularity * draw.unit() ** 1.3),
    isrc: draw.chance(0.02) ? null : `QZSBX${String(draw.whole(0, 9_999_999)).padStart(7, '0')}`,
    features: drawOddFeatures(draw, profile, band !== undefined),
  };
}

/** The shortest and the longest that occur in real data (SOURCES 1.6). */
function setExtremes([album]: readonly SandboxAlbum[]): void {
  const [first, second] = album?.tracks ?? [];
  if (first) Object.assign(first, { durationMs: 14_708 });
  if (second) Object.assign(second, { durationMs: 5_403_500 });
}

/** Some tracks were never analysed, and some analyses found no key, no tempo or an odd meter. */
function drawOddFeatures(draw: Draw, profile: GenreProfile, isBand: boolean): Features | null {
  const features = drawFeatures(draw, profile);
  if (isBand) return features;
  if (draw.chance(0.015)) return null;
  if (draw.chance(0.01)) features.key = -1;
  if (draw.chance(0.004)) features.tempo = 0;
  if (draw.chance(0.006)) features.timeSignature = draw.pick([0, 1]);
  if (draw.chance(0.002)) features.loudness = 1.3;
  return features;
}

/** Moves a band's tracks so that their averages are the published ones. */
function meetAverages(band: Band, albums: readonly SandboxAlbum[]): void {
  const tracks = albums.flatMap((album) => album.tracks);
  const features = tracks.flatMap((track) => track.features ?? []);
  const scores = [
    'acousticness',
    'danceability',
    'energy',
    'instrumentalness',
    'liveness',
    'speechiness',
    'valence',
  ] as const;
  for (const name of scores) {
    const moved = meetMean(
      features.map((f) => f[name]),
      band[name],
      0.001,
      0.99,
      4,
    );
    for (const [at, value] of moved.entries()) Object.assign(features[at] ?? {}, { [name]: value });
  }
  const loudness = meetMean(
    features.map((f) => f.loudness),
    band.loudness,
    -48,
    0,
    3,
  );
  const tempo = meetMean(
    features.map((f) => f.tempo),
    band.tempo,
    48,
    220,
    3,
  );
  for (const [at, f] of features.entries()) Object.assign(f, { loudness: loudness[at], tempo: tempo[at] });
  const minutes = meetMean(
    tracks.map((track) => track.durationMs),
    band.minutes * 60_000,
    40_000,
    1_500_000,
    0,
  );
  for (const [at, track] of tracks.entries()) Object.assign(track, { durationMs: minutes[at] });
}

/** The same release under a second id, as markets have it: same UPC and recordings, other ids. */
function addTwins(seed: number, artist: SandboxArtist): void {
  if (BANDS.some(({ id }) => id === artist.id)) return;
  for (const album of [...artist.albums]) {
    if (!drawFor(seed, `twin ${album.id}`).chance(0.02)) continue;
    const twin: SandboxAlbum = { ...album, id: makeId(seed, `twin ${album.id}`), tracks: [] };
    for (const track of album.tracks)
      twin.tracks.push({ ...track, id: makeId(seed, `twin ${track.id}`), album: twin, original: track });
    artist.albums.push(twin);
  }
}

function profileOf(artist: SandboxArtist): GenreProfile {
  return GENRES.find(({ name }) => name === artist.genres[0]) ?? GENRES[0];
}
