import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

it('files that the READMEs of src/ name are there', () => {
  const readmes = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('README.md'))
    .map((path) => join('src', path));
  expect(readmes.length).toBeGreaterThan(5);
  const missing = readmes.flatMap((readme) =>
    [...readFileSync(readme, 'utf8').matchAll(/`([\w./-]+\.(?:ts|sql|md))`/g)]
      .map(([, path = '']) => path)
      .filter((path) => ![dirname(readme), 'src', '.'].some((folder) => existsSync(join(folder, path))))
      .map((path) => `${readme}: ${path}`),
  );
  expect(missing).toEqual([]);
});
