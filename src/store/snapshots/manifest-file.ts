// The file of a manifest: JSON whose last field is the hash of the rest, so that it can be trusted without CURRENT too.
import { GroovelakeError, SnapshotError } from '../../errors.ts';
import { sha256 } from './files.ts';
import { MANIFEST_FORMAT, type Manifest } from './manifest.ts';

export function printManifest(manifest: Manifest): string {
  const body = JSON.stringify(manifest, null, 1);
  return `${body.slice(0, -2)}${hashLine(body)}`;
}

/** @throws GroovelakeError FORMAT for a newer format, SNAPSHOT for a file that is not what was written */
export function parseManifest(text: string, id: string): Manifest {
  const { format } = JSON.parse(text) as Manifest;
  if (format > MANIFEST_FORMAT) {
    throw new GroovelakeError(
      'FORMAT',
      `The snapshot "${id}" has format ${format}; this version reads up to ${MANIFEST_FORMAT}. Use a newer Groovelake.`,
    );
  }
  const body = findBody(text);
  if (body !== null) return JSON.parse(body) as Manifest;
  throw new SnapshotError(`The manifest of snapshot "${id}" is damaged: it is not what was written.`);
}

/** The body that a manifest's file was printed from; null when the file is not what was written. */
function findBody(text: string): string | null {
  const at = text.lastIndexOf(',\n "sha256": ');
  const body = `${text.slice(0, at)}\n}`;
  return at > 0 && text.slice(at) === hashLine(body) ? body : null;
}

function hashLine(body: string): string {
  return `,\n "sha256": "${sha256(body)}"\n}\n`;
}
