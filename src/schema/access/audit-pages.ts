// Pages of the audit log in the shape of a connection; a cursor is the entry's sequence.
import { InvalidInputError } from '../../errors.ts';
import type { AccessStore, AuditEntry, AuditFilter } from '../../store/access/access-store.ts';
import { type Connection, createConnection, DEFAULT_PAGE_SIZE } from '../../store/catalog/page.ts';
import { readListSize, readValues } from '../list-size.ts';

interface AuditArgs {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly where?: { readonly [K in keyof AuditFilter]?: AuditFilter[K] | null } | null | undefined;
}

export function listAuditPage(
  store: AccessStore,
  args: AuditArgs,
  maxPageSize: number,
): Connection<AuditEntry> {
  const first = readListSize(args.first, DEFAULT_PAGE_SIZE, maxPageSize);
  const beforeSequence = readCursor(args.after);
  const where = args.where ?? {};
  const filter: AuditFilter = {
    actions: readValues(where.actions, 'actions'),
    actor: where.actor ?? undefined,
    runId: where.runId ?? undefined,
    after: where.after ?? undefined,
    before: where.before ?? undefined,
  };
  return createConnection({
    page: async () => {
      const entries = await store.listAudit({ first: first + 1, beforeSequence, filter });
      const edges = entries.slice(0, first).map((node) => ({ node, cursor: toCursor(node) }));
      const hasPreviousPage = beforeSequence !== undefined;
      return { edges, hasNextPage: entries.length > first, hasPreviousPage };
    },
    count: () => store.countAudit(filter),
  });
}

function toCursor({ sequence }: AuditEntry): string {
  return Buffer.from(`audit:${sequence}`).toString('base64url');
}

function readCursor(cursor: string | null | undefined): number | undefined {
  if (cursor === null || cursor === undefined) return undefined;
  const match = /^audit:(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (match) return Number(match[1]);
  throw new InvalidInputError(
    `The cursor "${cursor}" is not one of the audit log. Use "endCursor" of an earlier answer.`,
    { field: 'after', given: cursor, expected: 'a cursor of an earlier answer' },
  );
}
