// A catalogue drawn by seed, opened through the API, and the model that is asked the same.
import { afterAll, beforeAll, expect } from 'vitest';
import { drawModel, type Maybe, type Model, toGoldRows } from '../../fixtures/catalogue-model.ts';
import { type FixtureCatalog, openFixtureCatalog } from '../../fixtures/gold.ts';
import { createRandomFilters } from '../../fixtures/random-filters.ts';
import { createTestDraw } from '../../fixtures/test-draw.ts';
import { query } from '../execute.ts';

const SEED = Number(process.env.GROOVELAKE_TEST_SEED ?? 20261126);
const ROUNDS = 10 * Number(process.env.GROOVELAKE_TEST_ROUNDS ?? 1);

const { draw, beginPerTest } = createTestDraw(SEED);
export const { pick, whole, next } = draw;
export const model: Model = drawModel(draw);
export const filters = createRandomFilters(draw, model);

let opened: FixtureCatalog;

/** Opens the catalogue for the tests of a file. */
export function openDrawnCatalogue(): void {
  beforeAll(async () => {
    console.log(
      `differential: seed ${SEED} (GROOVELAKE_TEST_SEED), ${ROUNDS} rounds a question (GROOVELAKE_TEST_ROUNDS)`,
    );
    opened = await openFixtureCatalog(toGoldRows(model));
  });
  afterAll(() => opened.close());
  beginPerTest();
}

/** Asks the API. */
export const ask = (document: string, options: { variables?: Record<string, unknown> } = {}) =>
  query(opened, document, options);

export const rounds = () => Array.from({ length: ROUNDS }, (_, at) => at);

export const compareTexts = (x: string, y: string) => Buffer.compare(Buffer.from(x), Buffer.from(y));

/** Equal to 1e-9 of the value; null is null. */
export function near(given: unknown, expected: Maybe<number>, what: string): void {
  if (expected === null || given === null) {
    expect(given, what).toBe(expected);
    return;
  }
  const distance = Math.abs(Number(given) - expected) / Math.max(Math.abs(expected), 1e-12);
  expect(
    distance <= 1e-9 || Math.abs(Number(given) - expected) < 1e-12,
    `${what}: ${given} for ${expected}`,
  ).toBe(true);
}
