import { expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';

it('readConfig refuses an address with user and password, which fetch would never ask, and repeats neither', () => {
  for (const name of ['GROOVELAKE_SERVER_URL', 'SPOTIFY_API_URL', 'GROOVELAKE_JWKS_URL']) {
    const read = () => readConfig({ [name]: 'https://user:topsecret@host.example/v1' });
    expect(read).toThrow(
      new RegExp(`${name} is .*an http or https address without user and password is expected`),
    );
    expect(read).not.toThrow(/topsecret/);
  }
});

it('readConfig wants subscriptions to leave half of the connections to others', () => {
  expect(() => readConfig({ GROOVELAKE_MAX_CONNECTIONS: '12' })).toThrow(
    /GROOVELAKE_MAX_SUBSCRIPTIONS is "500"; at most half of GROOVELAKE_MAX_CONNECTIONS \(12\)/,
  );
  const both = { GROOVELAKE_MAX_CONNECTIONS: '12', GROOVELAKE_MAX_SUBSCRIPTIONS: '6' };
  expect(readConfig(both).maxSubscriptions).toBe(6);
});

it.each([
  'REFRESH',
  'HISTORY',
])('readConfig refuses two schedules of %s, of which one would be passed over', (name) => {
  const given = { [`GROOVELAKE_${name}_CRON`]: '0 4 * * *' };
  const schedules = (pipeline: string) => JSON.stringify([{ pipeline, cron: '0 6 * * *' }]);
  expect(() => readConfig({ ...given, GROOVELAKE_SCHEDULES: schedules(name) })).toThrow(
    `GROOVELAKE_${name}_CRON is set, and GROOVELAKE_SCHEDULES names ${name} too. Unset one of them.`,
  );
  expect(readConfig({ ...given, GROOVELAKE_SCHEDULES: schedules('TRANSFORM') }).schedules).toHaveLength(1);
});
