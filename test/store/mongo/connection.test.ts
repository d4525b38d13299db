import { MongoServerError } from 'mongodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { openMongo } from '../../../src/store/mongo/connection.ts';
import { isPassing, toMongoStoreError } from '../../../src/store/mongo/errors.ts';
import { startWireMongo } from '../../fixtures/wire-mongo/server.ts';

const PASSWORD = 'correct-horse';
const failure = (code: number, message = 'said the server') => new MongoServerError({ message, code });

describe('MONGODB_URI', () => {
  it('is refused without being repeated when it is no MongoDB address', () => {
    const given = { MONGODB_URI: `http://someone:${PASSWORD}@db/` };
    expect(() => readConfig(given)).toThrow(
      /MONGODB_URI is not acceptable; an address that begins with mongodb:/,
    );
    expect(() => readConfig(given)).not.toThrow(new RegExp(PASSWORD));
  });

  it('is refused without being repeated when the driver cannot read it', async () => {
    const config = readConfig({ MONGODB_URI: `mongodb://someone:${PASSWORD}@db:port/x` });
    const error = (await openMongo(config).catch((thrown: unknown) => thrown)) as Error;
    expect(error).toMatchObject({ code: 'CONFIG', message: expect.stringContaining('percent-encoded') });
    expect(`${error.message} ${error.stack} ${error.cause}`).not.toContain(PASSWORD);
  });

  it.each([
    ['', 'groovelake'],
    ['/', 'groovelake'],
    ['/music', 'music'],
    ['/my%2Dmusic?appName=x', 'my-music'],
    ['/?directConnection=true', 'groovelake'],
  ])('"...%s" names the database "%s"', async (end, name) => {
    const server = await startWireMongo({ isReplicaSet: false });
    const [base] = server.uri.split('/fake');
    const mongo = await openMongo(readConfig({ MONGODB_URI: `${base}${end}` }));
    expect(mongo.db.databaseName).toBe(name);
    await mongo.close();
    await server.close();
  });
});

describe('openMongo(settings)', () => {
  it('says within the configured time that no server is there, and that trying again may help', async () => {
    const server = await startWireMongo({ isReplicaSet: false });
    await server.close();
    const uri = server.uri.replace('mongodb://', `mongodb://someone:${PASSWORD}@`);
    const opening = openMongo(readConfig({ MONGODB_URI: uri, GROOVELAKE_MONGODB_TIMEOUT_MS: '200' }));
    const error = (await opening.catch((thrown: unknown) => thrown)) as Error;
    expect(error).toMatchObject({ code: 'STORE', isRetryable: true });
    expect(error.message).toMatch(/No MongoDB server that takes writes was found/);
    expect(`${error.message} ${error.stack} ${JSON.stringify(error.cause)}`).not.toContain(PASSWORD);
  });

  it.each([
    [false, undefined],
    [true, 'majority'],
  ])('asks for a journalled majority on every write, and reads from a majority where there is one (%s)', async (isReplicaSet, level) => {
    const server = await startWireMongo({ isReplicaSet });
    onTestFinished(() => server.close());
    const seen: unknown[] = [];
    server.before('insert', ({ writeConcern }) => seen.push(writeConcern));
    server.before('find', ({ readConcern }) => seen.push(readConcern));
    const mongo = await openMongo(readConfig({ MONGODB_URI: server.uri }));
    await mongo.db.collection('x').insertOne({ a: 1 });
    await mongo.db.collection('x').findOne({});
    await mongo.close();
    expect(seen).toEqual([{ w: 'majority', j: true, wtimeout: 10_000 }, level && { level }]);
  });
});

describe('toMongoStoreError(error)', () => {
  it.each([
    ['a full disk', 14_031, { code: 'DISK_FULL', isRetryable: true }],
    ['a user who may not', 13, { code: 'CONFIG', isRetryable: false }],
    ['a wrong password', 18, { code: 'CONFIG', isRetryable: false }],
    ['a server that shuts down', 91, { code: 'STORE', isRetryable: true }],
    ['a lost primary', 10_107, { code: 'STORE', isRetryable: true }],
    ['a document that the validator refuses', 121, { code: 'STORE', isRetryable: false }],
    ['a duplicate key', 11_000, { code: 'STORE', isRetryable: false }],
  ])('gives %s a code of ours', (_what, code, expected) => {
    expect(toMongoStoreError(failure(code))).toMatchObject({ ...expected, cause: { code } });
    expect(isPassing(failure(code))).toBe(expected.code === 'STORE' && expected.isRetryable);
  });

  it('leaves errors of others as they are', () => {
    const error = new TypeError('ours');
    expect(toMongoStoreError(error)).toBe(error);
    expect(isPassing(error)).toBe(false);
  });
});
