// What makes an account's plays, as SQL: lakehouse/listening/.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface ListeningSql {
  /** One statement each. */
  readonly macros: readonly string[];
  /** The select of listening.plays. */
  readonly plays: string;
}

export function readListeningSql(
  folder = fileURLToPath(new URL('../../../lakehouse/', import.meta.url)),
): ListeningSql {
  const macros = readFileSync(`${folder}/macros.sql`, 'utf8').split(/;\s*$/m);
  return {
    macros: macros.filter((statement) => statement.replace(/--.*$/gm, '').trim() !== ''),
    plays: readFileSync(`${folder}/listening/plays.sql`, 'utf8'),
  };
}
