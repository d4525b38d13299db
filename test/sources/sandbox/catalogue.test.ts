import { describe, expect, it } from 'vitest';
import { BANDS } from '../../../src/sources/sandbox/bands.ts';
import { createCatalogue, type SandboxTrack } from '../../../src/sources/sandbox/catalogue.ts';

const catalogue = createCatalogue();
const tracks = [...catalogue.trackById.values()];
const features = tracks.flatMap((track) => track.features ?? []);

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  const sum = (f: (at: number) => number) => a.reduce((total, _, at) => total + f(at), 0);
  const da = (at: number) => (a[at] ?? 0) - ma;
  const db = (at: number) => (b[at] ?? 0) - mb;
  return sum((at) => da(at) * db(at)) / Math.sqrt(sum((at) => da(at) ** 2) * sum((at) => db(at) ** 2));
}

describe('the synthetic catalogue', () => {
  it('is the same for the same seed and another for another', () => {
    const names = (seed: number) =>
      createCatalogue({ seed, artists: 20 }).artists.map(({ id, name }) => `${id} ${name}`);
    expect(names(7)).toEqual(names(7));
    expect(names(7)).not.toEqual(names(8));
  });

  it('has the promised size', () => {
    expect(catalogue.artists.length).toBeGreaterThanOrEqual(300);
    expect(catalogue.albumById.size).toBeGreaterThanOrEqual(3_000);
    expect(tracks.length).toBeGreaterThanOrEqual(30_000);
  });

  it("has ids shaped like Spotify's, below 2^128", () => {
    for (const id of [
      ...catalogue.artistById.keys(),
      ...catalogue.albumById.keys(),
      ...catalogue.trackById.keys(),
    ]) {
      expect(id).toMatch(/^[0-7][0-9A-Za-z]{21}$/);
    }
  });

  it.each(
    BANDS.map((band) => [band.name, band] as const),
  )("meets the published averages of %s within 1 %% of each feature's range", (_name, band) => {
    const own = catalogue.artistById.get(band.id)?.albums.flatMap((album) => album.tracks) ?? [];
    const average = (pick: (track: SandboxTrack) => number) =>
      own.reduce((sum, track) => sum + pick(track), 0) / own.length;
    for (const name of [
      'acousticness',
      'danceability',
      'energy',
      'instrumentalness',
      'liveness',
      'speechiness',
      'valence',
    ] as const) {
      expect(
        Math.abs(average((track) => track.features?.[name] ?? Number.NaN) - band[name]),
      ).toBeLessThanOrEqual(0.01);
    }
    expect(
      Math.abs(average((track) => track.features?.loudness ?? Number.NaN) - band.loudness),
    ).toBeLessThanOrEqual(0.6);
    expect(
      Math.abs(average((track) => track.features?.tempo ?? Number.NaN) - band.tempo),
    ).toBeLessThanOrEqual(2.5);
    expect(Math.abs(average((track) => track.durationMs) / 60_000 - band.minutes)).toBeLessThanOrEqual(0.1);
  });

  it('has features that go together as in real music', () => {
    const energy = features.map((f) => f.energy);
    expect(
      Math.abs(
        correlation(
          energy,
          features.map((f) => f.loudness),
        ) - 0.7,
      ),
    ).toBeLessThan(0.1);
    expect(
      Math.abs(
        correlation(
          energy,
          features.map((f) => f.acousticness),
        ) + 0.6,
      ),
    ).toBeLessThan(0.1);
  });

  it('is skewed: few are popular, most releases are recent', () => {
    const popular = tracks.filter((track) => track.popularity > 70).length / tracks.length;
    const years = tracks
      .map((track) => Number(track.album.releaseDate.slice(0, 4)))
      .filter((year) => year > 0);
    expect(popular).toBeLessThan(0.1);
    expect(years.filter((year) => year >= 2010).length / years.length).toBeGreaterThan(0.5);
    expect(Math.min(...years)).toBeLessThan(1985);
  });

  it('has the oddities of real catalogues', () => {
    const albums = [...catalogue.albumById.values()];
    expect(catalogue.artists.some((artist) => artist.albums.length === 0)).toBe(true);
    expect(catalogue.artists.some((artist) => artist.albums.length > 100)).toBe(true);
    expect(catalogue.artists.some((artist) => artist.genres.length === 0)).toBe(true);
    expect(
      albums.some((album) => album.tracks.length > 50 && album.tracks.some((track) => track.disc > 1)),
    ).toBe(true);
    expect(albums.some((album) => album.name === '')).toBe(true);
    expect(albums.some((album) => album.releaseDate === '0000')).toBe(true);
    expect(new Set(albums.map((album) => album.precision))).toEqual(new Set(['day', 'month', 'year']));
    const upcs = Map.groupBy(albums, (album) => album.upc);
    expect([...upcs.values()].some((twins) => twins.length > 1)).toBe(true);
    expect(tracks.some((track) => track.features === null)).toBe(true);
    expect(features.some((f) => f.key === -1)).toBe(true);
    expect(features.some((f) => f.tempo === 0)).toBe(true);
    expect(features.some((f) => f.loudness > 0)).toBe(true);
    const names = catalogue.artists.map(({ name }) => name);
    expect(new Set(names).size).toBeLessThan(names.length);
  });
});
