// The outbox of a shared deployment, in MongoDB: one document a delivery, taken by one write over the instant that was read.
import type { Filter, Sort } from 'mongodb';
import type { Mongo } from '../mongo/connection.ts';
import { isDuplicateKey } from '../mongo/errors.ts';
import {
  type AddressState,
  type Delivery,
  type DeliveryState,
  type DeliveryStore,
  findFurthest,
  findLastLeased,
} from './delivery-store.ts';

type DeliveryDocument = Omit<Delivery, 'id'> & { readonly _id: string };

const STATES: readonly DeliveryState[] = ['PENDING', 'DELIVERED', 'GIVEN_UP'];

/** The collections must be as migrations/ makes them. Closing is for whoever opened the connection. */
export function createMongoDeliveries({ db, call }: Mongo): DeliveryStore {
  const deliveries = db.collection<DeliveryDocument>('deliveries');
  const marks = db.collection<{ _id: string; value: string }>('notice_marks');

  /** Whether it was new, as far as answers came through: after a lost answer it counts as there before. */
  const add = ({ id, ...rest }: Delivery) =>
    call(async () => {
      try {
        await deliveries.insertOne({ _id: id, ...rest });
        return true;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    });

  /** After a lost answer it is nobody's until the lease is over, and then due again. */
  const lease = async ({ _id, nextAt }: DeliveryDocument, until: number) => {
    const asSeen = { _id, nextAt, state: 'PENDING' as const };
    return (await call(() => deliveries.updateOne(asSeen, { $set: { nextAt: until } }))).matchedCount === 1;
  };

  return {
    enqueue: async (given) => {
      let added = 0;
      for (const delivery of given) if (await add(delivery)) added += 1;
      return added;
    },
    take: async (now, { urls, leaseMs, first }) => {
      const due = await call(() =>
        deliveries
          .find({
            state: 'PENDING',
            $or: [{ nextAt: { $lte: now } }, { nextAt: { $gt: findFurthest(now) } }],
            url: { $in: [...urls] },
          })
          .sort({ nextAt: 1, _id: 1 })
          .limit(first)
          .toArray(),
      );
      const taken: Delivery[] = [];
      for (const document of due) if (await lease(document, now + leaseMs)) taken.push(toDelivery(document));
      return taken;
    },
    settle: async (id, { state, tries, nextAt, lastError }) => {
      await call(() => deliveries.updateOne({ _id: id }, { $set: { state, tries, nextAt, lastError } }));
    },
    takeWaiting: async (url, now, { leaseMs, besides }) => {
      const late = {
        url,
        state: 'PENDING' as const,
        nextAt: { $gt: findLastLeased(now) },
        _id: { $nin: [...besides] },
      };
      for (;;) {
        const next = await call(() => deliveries.find(late).sort({ nextAt: 1, _id: 1 }).limit(1).next());
        if (!next) return null;
        // One that another has taken meanwhile does not wait any more.
        if (await lease(next, now + leaseMs)) return toDelivery(next);
      }
    },
    countByState: async () => {
      const counts: Record<DeliveryState, number> = { PENDING: 0, DELIVERED: 0, GIVEN_UP: 0 };
      for (const state of STATES) counts[state] = await call(() => deliveries.countDocuments({ state }));
      return counts;
    },
    examine: async (urls) => {
      const states: AddressState[] = [];
      for (const url of urls) {
        const find = (of: Filter<DeliveryDocument>, order: Sort) =>
          call(() =>
            deliveries
              .find({ url, ...of })
              .sort(order)
              .limit(1)
              .next(),
          );
        const latest: Sort = { createdAt: -1, _id: -1 };
        const taken = await find({ state: 'DELIVERED' }, latest);
        const younger = { createdAt: { $gte: taken?.createdAt ?? -1 } };
        const waiting = await find(
          { ...younger, state: 'PENDING', tries: { $gt: 0 } },
          { tries: -1, createdAt: -1 },
        );
        const lost = await find({ ...younger, state: 'GIVEN_UP' }, { nextAt: -1 });
        states.push({
          url,
          waiting: waiting && { tries: waiting.tries, lastError: waiting.lastError },
          lost: lost && { nextAt: lost.nextAt, lastError: lost.lastError },
          givenUp: await call(() => deliveries.countDocuments({ url, state: 'GIVEN_UP' })),
          whyGivenUp: (await find({ state: 'GIVEN_UP' }, latest))?.lastError ?? null,
        });
      }
      return states;
    },
    removeOld: async (before) => {
      const settled = {
        state: { $in: STATES.filter((state) => state !== 'PENDING') },
        createdAt: { $lt: before },
      };
      const unsent = { state: 'PENDING' as const, nextAt: { $lt: before } };
      return {
        settled: (await call(() => deliveries.deleteMany(settled))).deletedCount,
        unsent: (await call(() => deliveries.deleteMany(unsent))).deletedCount,
      };
    },
    removeAbout: async (words) => {
      const isAbout = (text: string) => words.some((word) => text.includes(word));
      const named = await call(() => marks.find({}).toArray());
      for (const { _id } of named) if (isAbout(_id)) await call(() => marks.deleteOne({ _id }));
      const found: string[] = [];
      await call(async () => {
        found.length = 0;
        for await (const { _id, body } of deliveries.find({}))
          if (isAbout(_id) || isAbout(body)) found.push(_id);
      });
      for (const _id of found) await call(() => deliveries.deleteOne({ _id }));
      return found.length;
    },
    getMark: async (name) => (await call(() => marks.findOne({ _id: name })))?.value ?? null,
    setMark: async (name, value) => {
      if (value === null) await call(() => marks.deleteOne({ _id: name }));
      else await call(() => marks.replaceOne({ _id: name }, { value }, { upsert: true }));
    },
    emptyLog: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

function toDelivery({ _id, ...rest }: DeliveryDocument): Delivery {
  return { id: _id, ...rest };
}
