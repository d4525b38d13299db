// What both landing stores say of bodies that are no longer there.
import { GroovelakeError } from '../../errors.ts';
import { type Batch, type DocumentKind, KEPT_BODIES } from './landing-store.ts';

/** @throws GroovelakeError (RUN_STATE) where the bodies of this kind have been let go */
export function requireBodies(batch: Pick<Batch, 'id' | 'releasingSince'>, kind: DocumentKind): void {
  if (batch.releasingSince === null || KEPT_BODIES.includes(kind)) return;
  throw new GroovelakeError(
    'RUN_STATE',
    `The bodies of batch "${batch.id}" have left the landing store for bronze on ${new Date(batch.releasingSince).toISOString()}, and its ${kind} documents were asked for. Restore the files of bronze from a backup.`,
  );
}

/** @throws GroovelakeError (RUN_STATE) for an open batch: its documents may still change, and no build reads it */
export function requireSealed(batch: Pick<Batch, 'id' | 'sealedAt'>): void {
  if (batch.sealedAt !== null) return;
  throw new GroovelakeError(
    'RUN_STATE',
    `The batch "${batch.id}" is open: until it is sealed no build reads it, and its bodies stay.`,
  );
}
