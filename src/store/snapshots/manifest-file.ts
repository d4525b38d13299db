// The file of a manifest: JSON whose last field is the hash of the rest, so that it can be trusted without CURRENT too.
import { GroovelakeError, SnapshotError } from '../../errors.ts';
import { sha256 } from '../sha256.ts';
import { MANIFEST_FORMAT, type Manifest } from './manifest.ts';

export function printManifest(manifest: Manifest): string {
  const body = JSON.stringify(manifest, null, 1);
  return `${body.slice(0, -2)}${hashLine(body)}`;
}

/** @throws GroovelakeError FORMAT for a newer format, SNAPSHOT for a file that is not what was written */
export function parseManifest(text: string, id: string): Manifest {
  const { sha256: _found, ...manifest } = JSON.parse(text) as Manifest & { sha256?: string };
  const { format } = manifest;
  if (format > MANIFEST_FORMAT) {
    throw new GroovelakeError(
      'FORMAT',
      `The snapshot "${id}" has format ${format}; this version reads up to ${MANIFEST_FORMAT}. Use a newer Groovelake.`,
    );
  }
  if (isWhole(text)) return manifest;
  throw new SnapshotError(`The manifest of snapshot "${id}" is damaged: it is not what was written.`);
}

/** Whether the file of a manifest is what was written. */
function isWhole(text: string): boolean {
  const at = text.lastIndexOf(',\n "sha256": ');
  return at > 0 && text.slice(at) === hashLine(`${text.slice(0, at)}\n}`);
}

function hashLine(body: string): string {
  return `,\n "sha256": "${sha256(body)}"\n}\n`;
}
