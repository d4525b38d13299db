// groovelake sandbox export FOLDER: the personal data of the invented listener, as Spotify would hand it out.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { systemClock } from '../clock.ts';
import { InvalidInputError } from '../errors.ts';
import { createCatalogue } from '../sources/sandbox/catalogue.ts';
import { EXPORT_EDITIONS, type ExportEdition, writeExport } from '../sources/sandbox/exports.ts';
import { createListener } from '../sources/sandbox/listener.ts';
import { parseWords, readWholeNumber } from './arguments.ts';
import type { CommandParts } from './command.ts';

const YEAR_MS = 365 * 86_400_000;

export async function exportSandbox({ words, terminal }: CommandParts): Promise<number> {
  const parsed = parseWords(words, 1, {
    edition: { type: 'string' },
    years: { type: 'string' },
    seed: { type: 'string' },
  });
  const [folder] = parsed.positionals;
  if (folder === undefined) {
    throw new InvalidInputError(
      'sandbox export names no folder; a folder to write to is expected, e.g. "groovelake sandbox export my-data".',
      { field: 'folder', expected: 'a folder' },
    );
  }
  const edition = readEdition(String(parsed.values.edition ?? 'extended'));
  const seed = readWholeNumber(parsed, 'seed') ?? 7;
  const to = systemClock.now();
  const from = to - (readWholeNumber(parsed, 'years') ?? 2) * YEAR_MS;
  const listener = createListener(createCatalogue({ seed }));
  let rows = 0;
  for (const { name, text } of writeExport(listener, { edition, from, to, seed })) {
    const path = join(resolve(folder), name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    rows += JSON.parse(text).length;
    terminal.line(`${name}: ${Buffer.byteLength(text)} bytes`);
  }
  terminal.line(
    `${rows} rows of an invented listener. Import them into an account of their own, whose id the first command says:`,
  );
  terminal.line('  groovelake accounts create "Invented listener"');
  terminal.line(`  groovelake import ${folder} --account ID`);
  return 0;
}

function readEdition(given: string): ExportEdition {
  const edition = EXPORT_EDITIONS.find((name) => name === given);
  if (edition) return edition;
  throw new InvalidInputError(`--edition is "${given}"; one of ${EXPORT_EDITIONS.join(', ')} is expected.`, {
    field: 'edition',
    given,
    expected: EXPORT_EDITIONS.join(', '),
  });
}
