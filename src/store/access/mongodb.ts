// Keys and audit log of a shared deployment, in MongoDB: one document each, so that a key revoked anywhere is revoked everywhere at once.
import type { Filter } from 'mongodb';
import { invariant } from '../../errors.ts';
import type { Mongo } from '../mongo/connection.ts';
import { isDuplicateKey } from '../mongo/errors.ts';
import {
  type AccessStore,
  type ApiKey,
  type AuditEntry,
  type AuditFilter,
  FORGOTTEN,
} from './access-store.ts';

type KeyDocument = Omit<ApiKey, 'id'> & { readonly _id: string };

interface AuditDocument extends Omit<AuditEntry, 'sequence' | 'input'> {
  /** The sequence. */
  readonly _id: number;
  /** JSON, since its keys are not ours and may hold what MongoDB reads as a path. */
  readonly input: string;
  /** Names the writer's call, so that one whose answer was lost finds out that it had succeeded. */
  readonly writer: string;
}

const WRITER_BYTES = 8;
/** An entry that loses its number to another so often has met a fault, not a rival. */
const MOST_TRIES = 50;

/** The collections must be as migrations/ makes them. Closing is for whoever opened the connection. */
export function createMongoAccess({ db, call, random }: Mongo): AccessStore {
  const keys = db.collection<KeyDocument>('api_keys');
  const audit = db.collection<AuditDocument>('audit_log');

  const findKey = async (id: string) => {
    const found = await call(() => keys.findOne({ _id: id }));
    return found && toKey(found);
  };

  /** One more than the last number. Of two writers that read the same one, the second tries again. */
  const append = async (entry: Omit<AuditDocument, '_id'>): Promise<number> => {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const last = await audit.find().sort({ _id: -1 }).limit(1).next();
      // Looked for after the last number was read: an entry of ours that came through late has that number, or a lower one.
      const known = await audit.findOne({ writer: entry.writer });
      if (known) return known._id;
      const _id = (last?._id ?? 0) + 1;
      try {
        await audit.insertOne({ _id, ...entry });
        return _id;
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    }
    invariant(false, 'an audit entry finds no number');
  };

  return {
    saveKey: async ({ id, ...rest }) => {
      await call(() => keys.replaceOne({ _id: id }, rest, { upsert: true }));
    },
    findKey,
    listKeys: async () => {
      const found = await call(() => keys.find().sort({ createdAt: -1, _id: 1 }).toArray());
      return found.map(toKey);
    },
    hasKeys: async () => (await call(() => keys.findOne())) !== null,
    revokeKey: async (id, at) => {
      await call(() => keys.updateOne({ _id: id, revokedAt: null }, { $set: { revokedAt: at } }));
      return findKey(id);
    },
    touchKey: async (id, at) => {
      await call(() => keys.updateOne({ _id: id }, { $set: { lastUsedAt: at } }));
    },
    removeKeys: async () => {
      await call(() => keys.deleteMany());
    },

    forgetAccount: async ({ accountId, runIds, at }) => {
      const known = await call(() => keys.find({ accountId }).toArray());
      await call(() => keys.updateMany({ accountId }, { $set: { name: FORGOTTEN } }));
      await call(() => keys.updateMany({ accountId, revokedAt: null }, { $set: { revokedAt: at } }));
      for (const { _id } of known) {
        const actor = `key:${_id}`;
        const named = { $regex: `^${escapePattern(actor)}` };
        await call(() => audit.updateMany({ actor: named }, { $set: { actor } }));
        await call(() => keys.updateMany({ createdBy: named }, { $set: { createdBy: actor } }));
      }
      // Exports of no stated account were those of the only one there was.
      const isNamed = (input: string) =>
        input.includes(JSON.stringify(accountId)) ||
        (input.includes('"exports"') && !input.includes('"account"'));
      const mayBe = [
        { input: holding(JSON.stringify(accountId)) },
        { input: holding('"exports"') },
        { runId: { $in: [...runIds] } },
      ];
      const found = await call(() => audit.find({ action: { $ne: 'forgetAccount' }, $or: mayBe }).toArray());
      const about = found.filter(
        ({ input, runId }) => isNamed(input) || (runId !== null && runIds.includes(runId)),
      );
      const ids = about.map(({ _id }) => _id);
      await call(() => audit.updateMany({ _id: { $in: ids } }, { $set: { input: 'null' } }));
      return known.length;
    },

    beginAudit: ({ input, ...entry }) => {
      const writer = random.hex(WRITER_BYTES);
      const kept = { ...entry, input: JSON.stringify(input ?? null), outcome: null, runId: null, writer };
      return call(() => append(kept));
    },
    endAudit: async (sequence, { outcome, runId }) => {
      await call(() => audit.updateOne({ _id: sequence }, { $set: { outcome, runId } }));
    },
    listAudit: async ({ first, beforeSequence, filter = {} }) => {
      const before = beforeSequence === undefined ? {} : { _id: { $lt: beforeSequence } };
      const where = { ...toFilter(filter), ...before };
      const found = await call(() => audit.find(where).sort({ _id: -1 }).limit(first).toArray());
      return found.map(toEntry);
    },
    countAudit: (filter = {}) => call(() => audit.countDocuments(toFilter(filter))),
    emptyLog: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

/**
 * Adds keys that were made before the deployment was shared. One that is there under its id stays as it is: it may have been revoked.
 *
 * @returns how many were added
 */
export async function takeOverKeys({ db, call }: Mongo, given: readonly ApiKey[]): Promise<number> {
  const keys = db.collection<KeyDocument>('api_keys');
  let added = 0;
  for (const { id, ...rest } of given) {
    added += await call(async () => {
      try {
        await keys.insertOne({ _id: id, ...rest });
        return 1;
      } catch (error) {
        if (isDuplicateKey(error)) return 0;
        throw error;
      }
    });
  }
  return added;
}

/** The text itself as a pattern. */
function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function holding(text: string): { $regex: string } {
  return { $regex: escapePattern(text) };
}

function toKey({ _id, ...rest }: KeyDocument): ApiKey {
  return { id: _id, ...rest };
}

function toEntry({ _id, input, writer: _, ...rest }: AuditDocument): AuditEntry {
  return { sequence: _id, ...rest, input: JSON.parse(input) };
}

function toFilter({ actions, actor, runId, after, before }: AuditFilter): Filter<AuditDocument> {
  const at = {
    ...(after === undefined ? {} : { $gt: after }),
    ...(before === undefined ? {} : { $lt: before }),
  };
  return {
    ...(actions ? { action: { $in: [...actions] } } : {}),
    ...(actor === undefined ? {} : { actor }),
    ...(runId === undefined ? {} : { runId }),
    ...(Object.keys(at).length > 0 ? { at } : {}),
  };
}
