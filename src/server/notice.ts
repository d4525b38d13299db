// What a webhook is told, and how it gets into the outbox.
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

export interface Receivers {
  readonly deliveries: DeliveryStore;
  readonly urls: readonly string[];
  /** Types of notices that are told. */
  readonly types: readonly string[];
}

/** Puts notices of the wanted types into the outbox, one delivery for each address. @returns how many were new */
export function enqueue(
  notices: readonly Notice[],
  { deliveries, urls, types }: Receivers,
  now: number,
): Promise<number> {
  const wanted = notices.filter(({ type }) => types.includes(type));
  return deliveries.enqueue(wanted.flatMap((notice) => urls.map((url) => toDelivery(notice, url, now))));
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
