import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { renderHelp } from '../../src/cli/help.ts';

const read = (path: string) => readFileSync(path, 'utf8');

it('docs/commands.md lists the commands as "groovelake help" does', () => {
  const [, listed] = /^```\n(Groovelake: [\s\S]*?)```$/m.exec(read('docs/commands.md')) ?? [];
  expect(listed).toBe(`${renderHelp(COMMANDS)}\n`);
});

it('commands of README and docs can be pasted: npx finds groovelake, a shell alone does not', () => {
  const docs = readdirSync('docs', { recursive: true, encoding: 'utf8' }).map((path) => `docs/${path}`);
  const pages = ['README.md', ...docs.filter((path) => path.endsWith('.md'))];
  const bare = pages.flatMap((page) =>
    [...read(page).matchAll(/^```bash\n([\s\S]*?)^```$|^ {4}(.*)$|^(\$ .*)$/gm)]
      .flatMap(([, ...found]) => found.join('').split('\n'))
      .filter((line) => /^\s*(\$ )?groovelake [a-z]/.test(line))
      .map((line) => `${page}: ${line}`),
  );
  expect(bare).toEqual([]);
});
