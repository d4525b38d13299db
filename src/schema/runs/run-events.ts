// The subscriptions. Whoever waits is woken by the notifier and reads the store, so nothing is lost between two reads, and a
// slow client holds no buffer. Before each look it is asked whether he may still: a key may have been revoked, a token have expired.

import { NotFoundError } from '../../errors.ts';
import { runTopic, SNAPSHOT_TOPIC, waitForNews } from '../../store/runs/notifier.ts';
import { hasEnded, type RunEvent } from '../../store/runs/run-store.ts';
import type { Manifest } from '../../store/snapshots/manifest.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { RunEventRef, SnapshotRef } from '../refs.ts';
import { readEventCursor } from './event-cursor.ts';
import { tell, WITHHELD } from './run-words.ts';

const PAGE = 100;

builder.subscriptionType({ description: 'What is pushed over server-sent events.' });

builder.subscriptionFields((t) => ({
  runEvents: t.field({
    type: RunEventRef,
    nullable: false,
    args: {
      runId: t.arg.id({ required: true, description: 'The run.' }),
      after: t.arg.string({
        description: "Cursor of the last event seen; from the run's beginning unless stated.",
      }),
    },
    description: `A run's events from the cursor on, or from its beginning; ends when the run ends. ${WITHHELD}; none for others.`,
    subscribe: (_root, args, context) => streamRunEvents(context, args.runId, readEventCursor(args.after)),
    resolve: (event) => event,
  }),
  snapshotPublished: t.field({
    type: SnapshotRef,
    nullable: false,
    args: {
      after: t.arg.id({
        description:
          'Id of the last snapshot seen: kept ones that were published after it come first, oldest first; the served one where a rollback went back behind it. From now on unless stated.',
      }),
    },
    description: 'Each snapshot that becomes the served one.',
    subscribe: (_root, { after }, context) => streamSnapshots(context, after ?? null),
    resolve: (manifest) => manifest,
  }),
}));

async function* streamRunEvents(context: Context, runId: string, after: number): AsyncGenerator<RunEvent> {
  let last = after;
  for (;;) {
    await context.requireAccess();
    // The run is read before its events: one that has ended by now has no event after those.
    const run = await context.runs.findRun(runId);
    if (!run) throw new NotFoundError('run', runId);
    const mayRead = context.mayReadRun(run);
    const events = mayRead ? await context.runs.listEvents(runId, { after: last, first: PAGE }) : [];
    for (const event of tell(context, run)(events)) {
      yield event;
      last = event.sequence;
    }
    if (events.length === PAGE) continue;
    if (hasEnded(run.status) || isOver(context)) return;
    await waitForNews(runTopic(runId), context);
  }
}

async function* streamSnapshots(context: Context, after: string | null): AsyncGenerator<Manifest> {
  // A client that has seen another than the served one is told of that, also where a rollback has gone back behind it meanwhile.
  let last = after ?? context.findServedSnapshot()?.id;
  for (const missed of after === null ? [] : await listSince(context, after)) {
    last = missed.id;
    yield missed;
  }
  while (!isOver(context)) {
    await context.requireAccess();
    const served = context.findServedSnapshot();
    if (served && served.id !== last) {
      last = served.id;
      yield served;
    }
    await waitForNews(SNAPSHOT_TOPIC, context);
  }
}

/** Kept snapshots up to the served one that came after, oldest first; ids sort by time. */
async function listSince(context: Context, after: string): Promise<Manifest[]> {
  const served = context.findServedSnapshot();
  const kept = await context.snapshots.listManifests();
  return served ? kept.filter(({ id }) => id > after && id <= served.id).reverse() : [];
}

function isOver(context: Context): boolean {
  return context.signal.aborted || context.notifier.isClosed;
}
