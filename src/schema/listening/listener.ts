// A listener: whose plays are asked about, and the way to everything about them.
import type { Account } from '../../store/listening/accounts.ts';
import type { ExportReport } from '../../store/listening/export-reports.ts';
import type { Listening } from '../../store/listening/open.ts';
import { listPlays, listUnresolved, type UnresolvedName } from '../../store/listening/plays-list.ts';
import { type Span, spanOfYear } from '../../store/listening/span.ts';
import { checkTimeZone } from '../../store/listening/time-zones.ts';
import { builder } from '../builder.ts';
import { PAGE_ARGS } from '../connection.ts';
import { countedList } from '../counted-list.ts';
import { readListSize } from '../list-size.ts';
import { ListeningPeriodRef } from './listening-period.ts';
import { PlayConnectionRef } from './play.ts';

/** An account with its plays open for this request. */
export interface Listener {
  readonly account: Account;
  readonly listening: Listening;
  readonly exports: readonly ExportReport[];
}

const TIME_ZONE = 'IANA name, e.g. Europe/Berlin: where hours, days and years begin; UTC unless stated.';

/** What two optional instants and a zone mean. @throws InvalidInputError */
function toSpan(args: {
  from?: number | null | undefined;
  to?: number | null | undefined;
  timeZone?: string | null | undefined;
}): Span {
  return {
    from: args.from ?? null,
    to: args.to ?? null,
    timeZone: checkTimeZone(args.timeZone ?? 'UTC'),
  };
}

const ExportReportRef = builder.objectRef<ExportReport>('ExportReport').implement({
  description:
    'What became of the rows of one imported export: rows = plays + podcasts + audiobooks + duplicates + unresolved + rejected.',
  fields: (t) => ({
    name: t.exposeString('name', { nullable: false, description: 'Name of the file or folder.' }),
    importedAt: t.field({
      type: 'DateTime',
      nullable: false,
      description: 'When it had landed.',
      resolve: ({ importedAt }) => importedAt,
    }),
    rows: t.field({ type: 'Long', nullable: false, description: 'Rows read.', resolve: (r) => r.rows }),
    plays: t.field({
      type: 'Long',
      nullable: false,
      description: 'Plays that count and whose track is known by its id.',
      resolve: (r) => r.plays,
    }),
    podcasts: t.field({
      type: 'Long',
      nullable: false,
      description: 'Episodes, set aside.',
      resolve: (r) => r.podcasts,
    }),
    audiobooks: t.field({
      type: 'Long',
      nullable: false,
      description: 'Chapters of audiobooks, set aside.',
      resolve: (r) => r.audiobooks,
    }),
    duplicates: t.field({
      type: 'Long',
      nullable: false,
      description: 'Plays that another row, export or the API tells too.',
      resolve: (r) => r.duplicates,
    }),
    unresolved: t.field({
      type: 'Long',
      nullable: false,
      description: 'Plays that count, but whose names no track was found for; see Listener.unresolved.',
      resolve: (r) => r.unresolved,
    }),
    rejected: t.field({
      type: 'Long',
      nullable: false,
      description: 'Rows that could not be used.',
      resolve: (r) => r.rejected,
    }),
    unread: t.field({
      type: ['String'],
      nullable: false,
      description:
        'Files that were not read to their end, each with the reason, as one that was cut off in its download: what the rest of them holds is in no count, and an import of the whole file adds it. Empty: all were read.',
      resolve: ({ unread }) => Object.entries(unread).map(([file, reason]) => `${file}: ${reason}`),
    }),
    reasons: t.field({
      type: 'JSON',
      nullable: false,
      description: 'How many rows were rejected, by file and reason.',
      resolve: (r) => r.reasons,
    }),
  }),
});

const UnresolvedNameRef = builder.objectRef<UnresolvedName>('UnresolvedName').implement({
  description: 'Names of plays that came without an id and match no track of the catalogue.',
  fields: (t) => ({
    artistName: t.exposeString('artistName', {
      nullable: false,
      description: 'Name of the artist as the export has it.',
    }),
    trackName: t.exposeString('trackName', {
      nullable: false,
      description: 'Name of the track as the export has it.',
    }),
    plays: t.exposeInt('plays', { nullable: false, description: 'How many plays.' }),
    minutes: t.exposeFloat('minutes', { nullable: false, description: 'Minutes played.' }),
  }),
});

export const ListenerRef = builder.objectRef<Listener>('Listener').implement({
  description:
    'Somebody whose plays are kept, and what they played. Visible to the keys of that account alone; without keys, on an open loopback address, to whoever is there.',
  fields: (t) => ({
    id: t.id({
      nullable: false,
      description: 'Ours; says nothing about the person. "sandbox" is the invented listener.',
      resolve: ({ account }) => account.id,
    }),
    displayName: t.string({
      nullable: false,
      description: 'As they call themselves; "" where unknown.',
      resolve: ({ account }) => account.displayName,
    }),
    plays: t.field({
      type: PlayConnectionRef,
      nullable: false,
      args: {
        from: t.arg({ type: 'DateTime', description: 'Plays that ended then or later; all unless stated.' }),
        to: t.arg({ type: 'DateTime', description: 'Plays that ended before; all unless stated.' }),
        ...PAGE_ARGS,
      },
      description: 'Plays, the newest first.',
      resolve: ({ listening }, { from, to, ...page }, { config }) =>
        listPlays(listening, toSpan({ from, to }), page, config),
    }),
    period: t.field({
      type: ListeningPeriodRef,
      nullable: false,
      args: {
        from: t.arg({ type: 'DateTime', description: 'First instant; from the first play unless stated.' }),
        to: t.arg({
          type: 'DateTime',
          description: 'First instant after it; to the last play unless stated.',
        }),
        timeZone: t.arg.string({ description: TIME_ZONE }),
      },
      description: 'Figures over a stretch of time, or over everything.',
      resolve: ({ listening }, args) => ({ listening, span: toSpan(args) }),
    }),
    wrapped: t.field({
      type: ListeningPeriodRef,
      nullable: false,
      args: {
        year: t.arg.int({ required: true, description: 'A year from 2006 on.' }),
        timeZone: t.arg.string({ description: TIME_ZONE }),
      },
      description: 'Figures over a calendar year: the year in review.',
      resolve: ({ listening }, { year, timeZone }) => ({
        listening,
        span: spanOfYear(year, timeZone ?? 'UTC'),
      }),
    }),
    unresolved: t.field({
      type: [UnresolvedNameRef],
      nullable: false,
      args: { first: t.arg.int({ description: 'Names at most, 1..100; 20 unless stated.' }) },
      description: 'Names that no track was found for, the most played first.',
      resolve: ({ listening }, { first }, { config }) =>
        listUnresolved(listening, readListSize(first, 20, config.maxPageSize)),
    }),
    exports: t.field({
      type: [ExportReportRef],
      nullable: false,
      description: 'The exports that were imported, oldest first, each with what became of its rows.',
      ...countedList(({ exports }: Listener) => exports),
    }),
  }),
});

builder.queryFields((t) => ({
  me: t.field({
    type: ListenerRef,
    description:
      'The listener whose key is sent; without keys, on an open loopback address, the only one there is; where there is none, the sandbox listener. An error says that the key of an account is needed. Null: nothing of theirs was imported yet.',
    resolve: (_root, _args, context) => context.findListener(null),
  }),
  listener: t.field({
    type: ListenerRef,
    args: { id: t.arg.id({ required: true, description: 'Id of the account.' }) },
    description: 'A listener by id. Null: there is none, or the key sent is not theirs.',
    resolve: (_root, { id }, context) => context.findListener(id),
  }),
}));
