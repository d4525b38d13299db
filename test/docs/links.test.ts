import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { DATASETS } from '../../src/sources/files/datasets.ts';

const PAGES = globSync('**/*.md', { exclude: (name) => name === 'node_modules' || name === 'data' });

const read = (path: string) => readFileSync(path, 'utf8').replace(/^```[\s\S]*?^```$/gm, '');

/** The anchors of a page's headings, as GitHub makes them. */
const anchorsOf = (path: string) =>
  [...read(path).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );

/** Where a page leads: paths from the project's folder, with anchors. Addresses elsewhere are left out. */
const linksOf = (page: string) =>
  [...read(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^\w+:/.test(link))
    .map((link) => (link.startsWith('#') ? page + link : join(dirname(page), link)));

it('what pages link to is there, headings too', () => {
  expect(PAGES.length).toBeGreaterThan(60);
  const broken = PAGES.flatMap((page) =>
    linksOf(page)
      .filter((link) => {
        const [path = '', anchor] = link.split('#');
        return !existsSync(path) || (anchor !== undefined && !anchorsOf(path).includes(anchor));
      })
      .map((link) => `${page}: ${link}`),
  );
  expect(broken).toEqual([]);
});

it('docs/README.md leads to every page and decision, README to every page', () => {
  const pages = PAGES.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md');
  const led = (page: string) => linksOf(page).map((link) => link.split('#')[0]);
  expect(pages.filter((page) => !led('docs/README.md').includes(page))).toEqual([]);
  const own = pages.filter((page) => dirname(page) === 'docs');
  expect(own.filter((page) => !led('README.md').includes(page))).toEqual([]);
});

it('docs/data-sets.md says of every data set where it comes from', () => {
  const page = readFileSync('docs/data-sets.md', 'utf8');
  const rows = DATASETS.map(({ source }) => new RegExp(`^\\| \`\\w+\\.csv\` \\| \`${source}\` \\|.*$`, 'm'));
  expect(rows.filter((row) => !row.test(page))).toEqual([]);
});
