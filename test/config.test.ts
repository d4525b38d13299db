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
