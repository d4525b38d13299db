import { describe, expect, it } from 'vitest';
import { createFeatureTable } from '../../src/recommend/feature-table.ts';
import { fitRecipe, measureDrift, standardise } from '../../src/recommend/fit.ts';
import {
  COMPONENTS,
  CONTEXT_WEIGHT,
  type FeatureName,
  OWN_DIM,
  SOUND_DIM,
} from '../../src/recommend/recipe.ts';
import { makeVectors, standardiseTable } from '../../src/recommend/vectors.ts';
import { blankRow, makeContext, makeRows, makeTable } from './rows.ts';

const YEAR = 10;
const ENERGY = 1;

async function vectorsOf(
  rows: Parameters<typeof makeTable>[0],
  context: Parameters<typeof makeContext>[1] = [],
) {
  const table = makeTable(rows);
  const fit = fitRecipe(table, 's1');
  const standard = standardiseTable(table, fit);
  return { fit, ...standard, ...makeVectors(table, standard, await makeContext(table, context)) };
}

describe('fitRecipe', () => {
  it('gives mean and deviation of what is known, and the year counts double', () => {
    const rows = [0.2, 0.4, 0.6].map((energy, at) => blankRow(`t${at}`, { energy, releaseYear: 2000 + at }));
    const fit = fitRecipe(makeTable([...rows, blankRow('t9')]), 's1');
    expect(fit.mean[ENERGY]).toBeCloseTo(0.4, 12);
    expect(fit.deviation[ENERGY]).toBeCloseTo(Math.sqrt(0.08 / 3), 12);
    expect(standardise(fit, ENERGY, 0.6)).toBeCloseTo(0.2 / Math.sqrt(0.08 / 3), 12);
    expect(standardise(fit, YEAR, 2002)).toBeCloseTo(2 / Math.sqrt(2 / 3), 12);
  });

  it('gives a constant feature deviation 1, so that it says nothing', () => {
    const fit = fitRecipe(makeTable([blankRow('a', { energy: 0.5 }), blankRow('b', { energy: 0.5 })]), 's1');
    expect(fit.deviation[ENERGY]).toBe(1);
    expect(standardise(fit, ENERGY, 0.5)).toBe(0);
  });
});

describe('a component', () => {
  it('leads back to the feature in its own unit, but for what its floor took', () => {
    const [known] = makeRows(1);
    for (const { name, transform, invert } of COMPONENTS) {
      const value = known?.[name] ?? 128;
      expect(invert(transform(value)) / value).toBeCloseTo(1, 12);
    }
    const byName = new Map(COMPONENTS.map((component) => [component.name, component]));
    const back = (name: FeatureName, value: number) =>
      byName.get(name)?.invert(byName.get(name)?.transform(value) ?? Number.NaN);
    expect(back('instrumentalness', 0)).toBeCloseTo(0, 15);
    expect(back('durationMs', 1)).toBeCloseTo(10_000, 6);
  });
});

describe('measureDrift', () => {
  const fit = fitRecipe(makeTable(makeRows(500)), 's1');

  it('is 0 for the same data, and grows with a shift and with a change of spread', () => {
    expect(measureDrift(fit, fit)).toBe(0);
    const shifted = {
      ...fit,
      mean: fit.mean.map((mean, at) => (at === 3 ? mean + 0.1 * (fit.deviation[3] ?? 0) : mean)),
    };
    expect(measureDrift(fit, shifted)).toBeCloseTo(0.1, 9);
    const spread = { ...fit, deviation: fit.deviation.map((value) => value * 2) };
    expect(measureDrift(fit, spread)).toBeCloseTo(Math.log(2), 9);
  });

  it('is infinite between recipes', () => {
    expect(measureDrift({ ...fit, recipe: 'another/v1' }, fit)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('makeVectors', () => {
  it('gives each track length 1: its own components, then twice the mean of its artist', async () => {
    const rows = makeRows(60);
    const { vectors, dim, norms, own } = await vectorsOf(rows);
    expect(dim).toBe(SOUND_DIM);
    for (let at = 0; at < rows.length; at++)
      expect(Math.hypot(...vectors.subarray(at * dim, (at + 1) * dim))).toBeCloseTo(1, 6);
    const mates = rows.flatMap((row, at) => (row.artistId === rows[7]?.artistId ? [at] : []));
    const sum = mates.reduce((total, at) => total + (own[at * OWN_DIM + ENERGY] ?? 0), 0);
    const expected = (2 * sum) / (mates.length + 1) / (norms[7] ?? 1);
    expect(vectors[7 * dim + OWN_DIM + ENERGY]).toBeCloseTo(expected, 6);
  });

  it('takes what is missing, not finite or below the floor of a logarithm as it can, and says what is missing', async () => {
    const rows = [
      blankRow('a'),
      blankRow('b', { energy: 0.5, tempo: Number.NaN, loudness: Number.NEGATIVE_INFINITY }),
      blankRow('c', { energy: 0.7, speechiness: -1, durationMs: 0, tempo: 0 }),
    ];
    const { vectors, missing } = await vectorsOf(rows);
    expect(vectors.every((value) => Number.isFinite(value))).toBe(true);
    expect(missing[0]).toBe(2 ** OWN_DIM - 1);
    expect((missing[1] ?? 0) & (1 << ENERGY)).toBe(0);
    expect((missing[1] ?? 0) & (1 << 9)).not.toBe(0);
  });

  it('points artists met in the same places the same way, and leaves those met nowhere to their sound', async () => {
    const rows = ['a', 'b', 'c', 'd', 'e'].map((id, at) => ({
      ...(makeRows(5)[at] ?? blankRow(id)),
      trackId: id,
      recordingId: id,
      artistId: id,
    }));
    const at = (artistId: string, place: string) => ({ artistId, place, count: 1 });
    const { vectors, dim } = await vectorsOf(rows, [
      at('a', 'metal'),
      at('b', 'metal'),
      at('c', 'jazz'),
      at('d', 'jazz'),
      at('nobody', 'jazz'),
      at('e', 'alone'),
    ]);
    const part = (label: number) => vectors.subarray(label * dim + SOUND_DIM, (label + 1) * dim);
    const dot = (one: number, other: number) =>
      part(one).reduce((sum, value, i) => sum + value * (part(other)[i] ?? 0), 0);
    const share = 1 - 1 / (1 + CONTEXT_WEIGHT ** 2);
    expect(dim).toBe(SOUND_DIM + 2);
    expect(dot(0, 1)).toBeCloseTo(share, 5);
    expect(dot(2, 3)).toBeCloseTo(share, 5);
    expect(dot(0, 2)).toBeCloseTo(0, 5);
    expect(Math.hypot(...part(4))).toBe(0);
    expect(Math.hypot(...vectors.subarray(4 * dim, 5 * dim))).toBeCloseTo(1, 6);
  });

  it('gives the same numbers for the same rows', async () => {
    const company = makeRows(200).map((row, at) => ({
      artistId: row.artistId ?? '',
      place: `p${at % 9}`,
      count: 1,
    }));
    expect((await vectorsOf(makeRows(200), company)).vectors).toEqual(
      (await vectorsOf(makeRows(200), company)).vectors,
    );
  });
});

describe('createFeatureTable', () => {
  it('takes rows in the order of their ids only', () => {
    const table = createFeatureTable();
    table.add(blankRow('b'));
    expect(() => table.add(blankRow('a'))).toThrow(/"a" comes after "b"/);
    expect(() => table.add(blankRow('b'))).toThrow(/ascending order/);
  });

  it('knows tracks and artists by their bytes, and a recording by its first indexed track', () => {
    const table = makeTable([
      blankRow('a', { artistId: 'Z' }),
      blankRow('b', { recordingId: 'a', artistId: 'Ä' }),
      blankRow('c', { recordingId: '0 not indexed' }),
      blankRow('d', { recordingId: '0 not indexed', artistId: 'Z' }),
      blankRow('é'),
      blankRow('𝄞'),
    ]);
    expect([...table.recordings]).toEqual([0, 0, 2, 2, 4, 5]);
    expect(['a', 'é', '𝄞', 'x', ''].map((id) => table.trackIds.find(id))).toEqual([0, 4, 5, -1, -1]);
    expect([...table.artists].map((at) => (at < 0 ? null : table.artistIds.at(at)))).toEqual([
      'Z',
      'Ä',
      null,
      'Z',
      null,
      null,
    ]);
    expect(() => table.trackIds.at(6)).toThrow(RangeError);
  });

  it('grows beyond its first thousand rows', () => {
    const rows = makeRows(3_000);
    const table = makeTable(rows);
    expect(table.count).toBe(3_000);
    expect(table.trackIds.at(2_999)).toBe(rows[2_999]?.trackId);
    expect(table.values[2_999 * OWN_DIM + ENERGY]).toBe(rows[2_999]?.energy);
  });
});
