// Tells webhooks that an account must log in again: once when the end of its login comes near, and once when it has come.
import { toIso } from '../clock.ts';
import { describeLogin, type Login, listEnding } from '../store/listening/logins.ts';
import { enqueue, marksOf, type Notice, type Receiver } from './notice.ts';

/** @param days how long before its end a login is told of @returns how many deliveries were added */
export async function enqueueLoginNotices(
  receiver: Receiver,
  { logins, days }: { logins: readonly Login[]; days: number },
  now: number,
): Promise<number> {
  if (!receiver.types.includes('login.ends')) return 0;
  const marks = marksOf(receiver);
  let added = 0;
  for (const login of listEnding(logins, days, now)) {
    const notice = toNotice(login, now);
    const told = `${login.accountId} was told`;
    // The outbox forgets what was delivered long ago; the mark does not.
    if ((await marks.getMark(told)) === notice.id) continue;
    added += await enqueue([notice], receiver, now);
    await marks.setMark(told, notice.id);
  }
  return added;
}

function toNotice(login: Login, now: number): Notice {
  const { accountId } = login;
  const endsAt = toIso(login.endsAt);
  const stage = login.endsAt <= now ? 'over' : 'soon';
  return {
    id: `login.ends-${accountId}-${endsAt.slice(0, 10)}-${stage}`,
    type: 'login.ends',
    at: toIso(now),
    data: {
      run: null,
      snapshotId: null,
      login: { accountId, endsAt },
      message: describeLogin(login, now),
    },
  };
}
