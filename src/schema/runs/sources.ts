// Source and SourceFamily: what each source lets this key do, as found out so far.
import { listLogins } from '../../store/listening/logins.ts';
import { listSources, type SourceFamilyState, type SourceState } from '../../store/runs/source-states.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { countedList } from '../counted-list.ts';

const SourceStateEnum = builder.enumType('SourceState', {
  description: 'Whether a family of calls may be made.',
  values: {
    UNKNOWN: { description: 'Not tried yet.' },
    AVAILABLE: { description: 'The last call was answered.' },
    WITHHELD: { description: 'Refused to this key with a 403; a crawl goes another way where there is one.' },
    BLOCKED: { description: 'The source asked to be left alone until blockedUntil.' },
  } as const,
});

const SourceFamilyRef = builder.objectRef<SourceFamilyState>('SourceFamily').implement({
  description: 'Calls of a source that share a limit.',
  fields: (t) => ({
    name: t.exposeString('name', {
      nullable: false,
      description:
        'Name of the family: search, artist, artist-albums, album, album-tracks, track, features, ...',
    }),
    state: t.field({
      type: SourceStateEnum,
      nullable: false,
      description: 'Whether it may be called.',
      resolve: (family) => family.state,
    }),
    blockedUntil: t.field({
      type: 'DateTime',
      description: 'When it may be called again; null unless blocked.',
      resolve: (family) => family.blockedUntil,
    }),
    requests: t.field({
      type: 'Long',
      nullable: false,
      description: 'Requests so far.',
      resolve: (family) => family.requests,
    }),
    lastError: t.exposeString('lastError', {
      description: 'What it last refused with; null when it never did.',
    }),
  }),
});

const SourceRef = builder.objectRef<SourceState>('Source').implement({
  description: 'Where documents come from.',
  fields: (t) => ({
    name: t.exposeString('name', { nullable: false, description: 'spotify, kworb, reccobeats or sandbox.' }),
    isEnabled: t.exposeBoolean('isEnabled', { nullable: false, description: 'Whether crawls use it.' }),
    families: t.field({
      type: [SourceFamilyRef],
      nullable: false,
      description: 'Its families of calls, by name.',
      ...countedList((source: SourceState) => source.families),
    }),
    message: t.exposeString('message', {
      description:
        'What to know about it, e.g. by when an account must log in again; null when there is nothing.',
    }),
  }),
});

/** Whose login ends when is for operators and the account itself, as what its runs say. */
async function listSourcesFor({ runs, config, clock, mayReadRun }: Context): Promise<SourceState[]> {
  const logins = (await listLogins(config.dataDir)).filter(({ accountId }) =>
    mayReadRun({ pipeline: 'HISTORY', parameters: { account: accountId } }),
  );
  return listSources(runs, config, clock.now(), logins);
}

builder.queryField('sources', (t) =>
  t.field({
    type: [SourceRef],
    description: 'Where documents come from, and what each source lets this key do, as found by asking.',
    ...countedList((_root: object, _args, context) => listSourcesFor(context)),
  }),
);
