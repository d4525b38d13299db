import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { renderDictionary } from '../../docs/print-dictionary.ts';
import { listPublished } from '../lakehouse/build-in-memory.ts';

it('docs/data-dictionary.md is what lakehouse/ says (npm run docs:dictionary prints it anew)', async () => {
  expect(readFileSync('docs/data-dictionary.md', 'utf8')).toBe(renderDictionary(await listPublished()));
});
