// API keys, the audit log, and who is asking.
import type { ApiKey, AuditEntry } from '../../store/access/access-store.ts';
import { builder } from '../builder.ts';
import { AFTER, defineConnection } from '../connection.ts';
import { countedList } from '../counted-list.ts';
import { RunRef } from '../refs.ts';
import { InvalidInputRef, NotFoundRef } from '../runs/mutation-errors.ts';
import { isKind } from '../runs/operate.ts';
import { listAuditPage } from './audit-pages.ts';
import * as manage from './manage-keys.ts';

/** Asked for at one place, http/scopes.ts. */
const ADMIN = { scope: 'admin' };

const ScopeEnum = builder.enumType('Scope', {
  description: 'What a caller may do. OPERATE includes READ, ADMIN includes both.',
  values: {
    READ: { description: 'Ask every query and subscription that names no other scope.', value: 'read' },
    OPERATE: {
      description:
        'Trigger, cancel and retry runs, change schedules, roll back, withdraw and restore batches, and see statements.',
      value: 'operate',
    },
    ADMIN: { description: 'Make and revoke keys, and read the audit log.', value: 'admin' },
  } as const,
});

const ViewerRef = builder
  .objectRef<{ scope: 'read' | 'operate' | 'admin'; actor: string }>('Viewer')
  .implement({
    description: 'Who is asking.',
    fields: (t) => ({
      actor: t.exposeString('actor', {
        nullable: false,
        description: 'As the audit log names them: key:ID NAME, jwt:SUBJECT, GROOVELAKE_API_KEY or loopback.',
      }),
      scope: t.field({
        type: ScopeEnum,
        nullable: false,
        description: 'What they may do.',
        resolve: ({ scope }) => scope,
      }),
    }),
  });

const ApiKeyRef = builder.objectRef<ApiKey>('ApiKey').implement({
  description: 'A key that opens this API. Its text is told once, when it is made.',
  fields: (t) => ({
    id: t.exposeID('id', { nullable: false, description: 'Part of its text: gl_ID_SECRET.' }),
    name: t.exposeString('name', { nullable: false, description: 'What it is for.' }),
    scope: t.field({
      type: ScopeEnum,
      nullable: false,
      description: 'What it may do.',
      resolve: ({ scope }) => scope,
    }),
    createdAt: t.field({
      type: 'DateTime',
      nullable: false,
      description: 'When it was made.',
      resolve: ({ createdAt }) => createdAt,
    }),
    createdBy: t.exposeString('createdBy', { nullable: false, description: 'Who made it.' }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'From when it opens nothing any more; null: it does not expire.',
      resolve: ({ expiresAt }) => expiresAt,
    }),
    revokedAt: t.field({
      type: 'DateTime',
      description: 'Since when it opens nothing any more; null: it is not revoked.',
      resolve: ({ revokedAt }) => revokedAt,
    }),
    lastUsedAt: t.field({
      type: 'DateTime',
      description: 'Its last use, to the minute; null before the first.',
      resolve: ({ lastUsedAt }) => lastUsedAt,
    }),
  }),
});

const AuditEntryRef = builder.objectRef<AuditEntry>('AuditEntry').implement({
  description: 'One change that somebody asked for.',
  fields: (t) => ({
    id: t.id({ nullable: false, description: 'Grows by one per entry.', resolve: (e) => String(e.sequence) }),
    at: t.field({
      type: 'DateTime',
      nullable: false,
      description: 'When it was asked for.',
      resolve: ({ at }) => at,
    }),
    actor: t.exposeString('actor', {
      nullable: false,
      description: 'Who asked: key:ID NAME, jwt:SUBJECT, GROOVELAKE_API_KEY, loopback or command line.',
    }),
    scope: t.field({
      type: ScopeEnum,
      nullable: false,
      description: 'What they may do.',
      resolve: ({ scope }) => scope,
    }),
    action: t.exposeString('action', { nullable: false, description: "The mutation's name." }),
    input: t.field({
      type: 'JSON',
      description: 'Its arguments, without secrets; null when it has none.',
      resolve: ({ input }) => input,
    }),
    outcome: t.exposeString('outcome', {
      description:
        'The type it was answered with, or the code of an error; null while under way, or where the process died in it.',
    }),
    run: t.field({
      type: RunRef,
      description: 'The run it started, stopped or repeated; null where there is none.',
      resolve: ({ runId }, _args, context) => (runId === null ? null : context.runs.findRun(runId)),
    }),
  }),
});

const AuditConnectionRef = defineConnection('AuditEntry', AuditEntryRef);

const AuditFilterInput = builder.inputType('AuditFilter', {
  description: 'Which entries: all conditions given must hold.',
  fields: (t) => ({
    actions: t.stringList({ description: 'Of one of these mutations, e.g. cancelRun.' }),
    actor: t.string({ description: 'By exactly this actor.' }),
    runId: t.id({ description: 'About this run.' }),
    after: t.field({ type: 'DateTime', description: 'Asked for later than this.' }),
    before: t.field({ type: 'DateTime', description: 'Asked for earlier than this.' }),
  }),
});

const ALL_KEYS = countedList((_root: object, _args, { accessStore }) => accessStore.listKeys());

builder.queryFields((t) => ({
  viewer: t.field({
    type: ViewerRef,
    description: 'Who is asking, and what they may do.',
    resolve: (_root, _args, context) => context.access,
  }),
  apiKeys: t.field({
    type: [ApiKeyRef],
    description: 'All keys, newest first, revoked ones too. Needs scope ADMIN.',
    resolve: ALL_KEYS.resolve,
    extensions: { ...ADMIN, ...ALL_KEYS.extensions },
  }),
  auditLog: t.field({
    type: AuditConnectionRef,
    extensions: ADMIN,
    args: {
      first: t.arg.int({ description: 'Entries per page, 1..100; 20 unless stated.' }),
      after: t.arg.string({ description: AFTER }),
      where: t.arg({ type: AuditFilterInput, description: 'Which entries; all unless stated.' }),
    },
    description: 'Every mutation that was asked for, newest first. Needs scope ADMIN.',
    resolve: (_root, args, context) => listAuditPage(context.accessStore, args, context.config.maxPageSize),
  }),
}));

const CreateApiKeySuccessRef = builder
  .objectRef<manage.CreateApiKeySuccess>('CreateApiKeySuccess')
  .implement({
    description: 'The key was made.',
    isTypeOf: (value) => isKind(value, 'CreateApiKeySuccess'),
    fields: (t) => ({
      apiKey: t.field({
        type: ApiKeyRef,
        nullable: false,
        description: 'The key as kept.',
        resolve: ({ apiKey }) => apiKey,
      }),
      text: t.exposeString('text', {
        nullable: false,
        description:
          'What to send as "Authorization: Bearer TEXT". It is told this once; only its hash is kept.',
      }),
    }),
  });

const CreateApiKeyResult = builder.unionType('CreateApiKeyResult', {
  description: 'The key, or why it was not made.',
  types: [CreateApiKeySuccessRef, InvalidInputRef],
});

const RevokeApiKeySuccessRef = builder
  .objectRef<manage.RevokeApiKeySuccess>('RevokeApiKeySuccess')
  .implement({
    description: 'The key opens nothing any more.',
    isTypeOf: (value) => isKind(value, 'RevokeApiKeySuccess'),
    fields: (t) => ({
      apiKey: t.field({
        type: ApiKeyRef,
        nullable: false,
        description: 'The key as revoked.',
        resolve: ({ apiKey }) => apiKey,
      }),
    }),
  });

const RevokeApiKeyResult = builder.unionType('RevokeApiKeyResult', {
  description: 'The revoked key, or why not.',
  types: [RevokeApiKeySuccessRef, NotFoundRef],
});

const CreateApiKeyInput = builder.inputType('CreateApiKeyInput', {
  description: 'A key to make.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'What it is for, up to 100 characters.' }),
    scope: t.field({ type: ScopeEnum, required: true, description: 'What it may do.' }),
    expiresAt: t.field({ type: 'DateTime', description: 'From when it opens nothing; never unless stated.' }),
  }),
});

const RevokeApiKeyInput = builder.inputType('RevokeApiKeyInput', {
  description: 'A key to revoke.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Its id.' }) }),
});

builder.mutationFields((t) => ({
  createApiKey: t.field({
    type: CreateApiKeyResult,
    nullable: false,
    extensions: ADMIN,
    args: { input: t.arg({ type: CreateApiKeyInput, required: true, description: 'The key.' }) },
    description: 'Makes a key. From the first one on, every request needs one. Needs scope ADMIN.',
    resolve: (_root, { input }, context) => manage.createKey(context, input),
  }),
  revokeApiKey: t.field({
    type: RevokeApiKeyResult,
    nullable: false,
    extensions: ADMIN,
    args: { input: t.arg({ type: RevokeApiKeyInput, required: true, description: 'Which key.' }) },
    description: 'Revokes a key, at once. Needs scope ADMIN.',
    resolve: (_root, { input }, context) => manage.revokeKey(context, input.id),
  }),
}));
