// What a webhook is told, and how it gets into the outbox.
import { createHash } from 'node:crypto';
import type { Delivery, DeliveryStore } from '../store/deliveries/delivery-store.ts';
import type { Run } from '../store/runs/run-store.ts';

export type NoticeType = 'run.failed' | 'run.recovered' | 'snapshot.published' | 'login.ends';

/** The body of a webhook. */
export interface Notice {
  /** The same for every try: a receiver drops the second of two. */
  readonly id: string;
  readonly type: NoticeType;
  readonly at: string;
  readonly data: {
    /** The run it is about; null for what no run did. */
    readonly run: Pick<Run, 'id' | 'pipeline' | 'status' | 'attempt' | 'error'> | null;
    readonly snapshotId: string | null;
    /** The account whose login ends, and when; null for other notices. */
    readonly login: { readonly accountId: string; readonly endsAt: string } | null;
    /** One sentence for whoever reads it as mail. */
    readonly message: string;
  };
}

export interface Receiver {
  readonly deliveries: DeliveryStore;
  readonly url: string;
  /** Types of notices that are told. */
  readonly types: readonly string[];
}

/** Puts notices of the wanted types into the outbox. @returns how many were new */
export function enqueue(
  notices: readonly Notice[],
  { deliveries, url, types }: Receiver,
  now: number,
): Promise<number> {
  const wanted = notices.filter(({ type }) => types.includes(type));
  return deliveries.enqueue(wanted.map((notice) => toDelivery(notice, url, now)));
}

type Marks = Pick<DeliveryStore, 'getMark' | 'setMark'>;

/**
 * What is remembered of one address: other processes share the outbox and tell others, each what it is set up to tell. Named by a digest,
 * for its path may be a secret; a new password makes it no other address.
 */
export function marksOf({ deliveries, url }: Receiver): Marks {
  const address = new URL(url);
  address.username = '';
  address.password = '';
  const digest = createHash('sha256').update(address.href).digest('hex').slice(0, 16);
  const toName = (name: string) => `${name} (${digest})`;
  return {
    getMark: (name) => deliveries.getMark(toName(name)),
    setMark: (name, value) => deliveries.setMark(toName(name), value),
  };
}

function toDelivery(notice: Notice, url: string, now: number): Delivery {
  return {
    id: `${notice.id} ${url}`,
    messageId: notice.id,
    url,
    type: notice.type,
    body: JSON.stringify(notice),
    state: 'PENDING',
    tries: 0,
    createdAt: now,
    nextAt: now,
    lastError: null,
  };
}
