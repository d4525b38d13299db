// The cursor of an event log: the event's place in it, opaque to clients.
import { InvalidInputError } from '../../errors.ts';

export function toEventCursor(event: { readonly sequence: number }): string {
  return Buffer.from(`event:${event.sequence}`).toString('base64url');
}

/** The place a cursor names; 0, the beginning, for none. @throws InvalidInputError */
export function readEventCursor(cursor: string | null | undefined): number {
  if (cursor === null || cursor === undefined) return 0;
  const match = /^event:(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (match) return Number(match[1]);
  throw new InvalidInputError(
    `The cursor "${cursor}" is not one of an event log. Use "cursor" or "endCursor" of an earlier answer.`,
    {
      field: 'after',
      given: cursor,
      expected: 'a cursor of an earlier answer',
    },
  );
}
