import { graphql, parse } from 'graphql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import { createListBudget } from '../../../src/http/limits/list-budget.ts';
import { checkScope } from '../../../src/http/scopes.ts';
import type { Context } from '../../../src/schema/context.ts';
import { buildSchema } from '../../../src/schema/schema.ts';
import { openSqliteAccess } from '../../../src/store/access/sqlite.ts';
import { createNotifier } from '../../../src/store/runs/notifier.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { createVirtualClock } from '../../fixtures/virtual-clock.ts';

function open(change: object = {}) {
  const runs = openSqliteRuns(':memory:', seededRandomness(1));
  const accessStore = openSqliteAccess(':memory:');
  onTestFinished(async () => {
    await runs.close();
    await accessStore.close();
  });
  const contextValue = {
    config: readConfig({}),
    lists: createListBudget(readConfig({})),
    clock: createVirtualClock(),
    random: seededRandomness(3),
    runs,
    accessStore,
    access: { scope: 'admin', actor: 'key:1 ops' },
    notifier: createNotifier(),
    signal: new AbortController().signal,
    wake: () => {},
    ...change,
  } as unknown as Context;
  const ask = async (source: string) => {
    const { data, errors } = await graphql({ schema: buildSchema(), source, contextValue });
    return JSON.parse(JSON.stringify(errors ? { errors } : data)) as unknown;
  };
  return { ask, runs, accessStore };
}

const AUDIT = `{ auditLog { totalCount nodes { actor scope action input outcome run { id } } } }`;

describe('the audit log', () => {
  it('has every mutation with who, what and outcome, and finds it by run', async () => {
    const { ask } = open();
    const { triggerPipeline } = (await ask(
      `mutation { triggerPipeline(input: { pipeline: TRANSFORM, idempotencyKey: "k" }) { ... on TriggerRunSuccess { run { id } } } }`,
    )) as { triggerPipeline: { run: { id: string } } };
    const { id } = triggerPipeline.run;
    await ask(`mutation { cancelRun(input: { runId: "${id}", reason: "mistake" }) { __typename } }`);
    await ask(`mutation { cancelRun(input: { runId: "nothing" }) { __typename } }`);
    expect(await ask(AUDIT)).toMatchObject({
      auditLog: {
        totalCount: 3,
        nodes: [
          { action: 'cancelRun', outcome: 'NotFoundError', run: null },
          {
            action: 'cancelRun',
            input: { runId: id, reason: 'mistake' },
            outcome: 'CancelRunSuccess',
            run: { id },
          },
          {
            actor: 'key:1 ops',
            scope: 'ADMIN',
            action: 'triggerPipeline',
            input: { pipeline: 'TRANSFORM', idempotencyKey: 'k' },
            outcome: 'TriggerRunSuccess',
          },
        ],
      },
    });
    const about = await ask(
      `{ auditLog(where: { runId: "${id}" }, first: 1) { nodes { action } pageInfo { hasNextPage endCursor } } }`,
    );
    expect(about).toMatchObject({
      auditLog: { nodes: [{ action: 'cancelRun' }], pageInfo: { hasNextPage: true } },
    });
  });

  it('keeps a mutation that fails by an unexpected error, with its code', async () => {
    const { ask, accessStore } = open({
      wake: () => {
        throw new Error('broken');
      },
    });
    await ask(`mutation { triggerPipeline(input: { pipeline: TRANSFORM }) { __typename } }`);
    expect(await accessStore.listAudit({ first: 1 })).toMatchObject([{ outcome: 'INTERNAL' }]);
  });

  it('that cannot be written keeps the change from being made', async () => {
    const full = { beginAudit: () => Promise.reject(new Error('disk full')) };
    const { ask, runs } = open({ accessStore: full });
    expect(
      await ask(`mutation { triggerPipeline(input: { pipeline: TRANSFORM }) { __typename } }`),
    ).toHaveProperty('errors');
    expect(await runs.countRuns()).toBe(0);
  });
});

describe('keys in the schema', () => {
  it('are made with a text that is told once, listed, and revoked', async () => {
    const { ask, accessStore } = open();
    const made = (await ask(
      `mutation { createApiKey(input: { name: "bi", scope: READ }) { ... on CreateApiKeySuccess { text apiKey { id createdBy scope } } } }`,
    )) as { createApiKey: { text: string; apiKey: { id: string } } };
    expect(made.createApiKey).toMatchObject({
      text: expect.stringMatching(/^gl_/),
      apiKey: { createdBy: 'key:1 ops', scope: 'READ' },
    });
    const { id } = made.createApiKey.apiKey;
    expect(await ask(`mutation { revokeApiKey(input: { id: "${id}" }) { __typename } }`)).toEqual({
      revokeApiKey: { __typename: 'RevokeApiKeySuccess' },
    });
    expect(await ask(`{ apiKeys { id revokedAt } viewer { actor scope } }`)).toMatchObject({
      apiKeys: [{ id, revokedAt: '2026-11-20T12:00:00.000Z' }],
      viewer: { actor: 'key:1 ops', scope: 'ADMIN' },
    });
    const written = JSON.stringify(await accessStore.listAudit({ first: 9 }));
    expect(written).not.toContain(made.createApiKey.text.split('_')[2]);
    expect(
      await ask(
        `mutation { createApiKey(input: { name: "", scope: READ }) { ... on InvalidInputError { field } } }`,
      ),
    ).toEqual({
      createApiKey: { field: 'name' },
    });
  });
});

describe('checkScope(schema, document, held) on the real schema', () => {
  const needed = (source: string) => checkScope(buildSchema(), parse(source), undefined)?.extensions.needed;

  it('wants operate for every mutation and admin for keys and audit', () => {
    expect(needed('{ tracks { totalCount } viewer { scope } __typename }')).toBe('read');
    expect(needed('subscription { snapshotPublished { id } }')).toBe('read');
    expect(needed('{ apiKeys { id } }')).toBe('admin');
    expect(needed('{ runs { totalCount } auditLog { totalCount } }')).toBe('admin');
    const mutations = Object.keys(buildSchema().getMutationType()?.getFields() ?? {});
    const admin = mutations.filter((name) => needed(`mutation { ${name} { __typename } }`) === 'admin');
    expect(admin.sort()).toEqual(['createApiKey', 'revokeApiKey']);
    const operate = mutations.filter((name) => needed(`mutation { ${name} { __typename } }`) === 'operate');
    expect(operate).toHaveLength(mutations.length - 2);
  });
});
