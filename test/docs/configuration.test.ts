import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { renderConfiguration } from '../../docs/print-config.ts';
import { SETTINGS } from '../../src/config.ts';

const page = readFileSync('docs/configuration.md', 'utf8');

it('docs/configuration.md is what src/config.ts says (npm run docs:config prints it anew)', () => {
  expect(page).toBe(renderConfiguration());
});

it('has a row for each setting, below the heading of its subject, and cells that no text in them breaks', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('|'));
  expect(new Set(rows.map((row) => row.match(/(?<!\\)\|/g)?.length))).toEqual(new Set([6]));
  const named = rows.flatMap((row) => /^\| `([A-Z_]+)` \|/.exec(row)?.[1] ?? []);
  expect(named).toEqual(Object.values(SETTINGS).map(({ variable }) => variable));
  const headings = page.match(/^## .*$/gm) ?? [];
  expect(headings).toHaveLength(8);
  // Each subject has its own table.
  expect(page.match(/^\|---/gm)).toHaveLength(headings.length);
});
