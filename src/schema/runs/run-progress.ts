// RunProgress and FamilyRequests: how far a run is, and what a crawl has asked of its sources.
import type { FamilyRequests, Run, RunProgress } from '../../store/runs/run-store.ts';
import { builder } from '../builder.ts';
import { countedList } from '../counted-list.ts';
import { findRemainingSeconds } from './run-estimate.ts';

const FamilyRequestsRef = builder.objectRef<FamilyRequests>('FamilyRequests').implement({
  description:
    "How many requests a run made to one family of a source's calls. A family is calls that share a limit.",
  fields: (t) => ({
    family: t.exposeString('family', {
      nullable: false,
      description: 'Name of the family: search, artist, artist-albums, ...',
    }),
    count: t.field({
      type: 'Long',
      nullable: false,
      description: 'Requests of this try so far.',
      resolve: (requests) => requests.count,
    }),
    left: t.field({
      type: 'Long',
      description:
        'How many more the run may make before its budget (maxRequests) is used up; null without one.',
      resolve: (requests) => requests.left,
    }),
  }),
});

export const RunProgressRef = builder.objectRef<RunProgress & { run: Run }>('RunProgress').implement({
  description: 'How far the current step is.',
  fields: (t) => ({
    done: t.field({
      type: 'Long',
      nullable: false,
      description: 'Units done; the message says of what.',
      resolve: (progress) => progress.done,
    }),
    total: t.field({
      type: 'Long',
      description: 'Units in all; null while not known.',
      resolve: (progress) => progress.total,
    }),
    share: t.float({
      description: 'done / total, 0..1; null while the total is not known.',
      resolve: findShare,
    }),
    remainingSeconds: t.float({
      description:
        "Seconds the run still takes, estimated from this step's share and the usual length of the steps to come; null when that cannot be told.",
      resolve: ({ run }, _args, context) => findRemainingSeconds(context, run),
    }),
    message: t.exposeString('message', {
      nullable: false,
      description: 'What the step is doing now, in words.',
    }),
    requests: t.field({
      type: [FamilyRequestsRef],
      nullable: false,
      description: 'What a crawl asked of its sources, by family; empty for other steps.',
      ...countedList(({ requests }: RunProgress) => requests ?? []),
    }),
  }),
});

function findShare({ done, total }: RunProgress): number | null {
  return total ? Math.min(1, done / total) : null;
}
