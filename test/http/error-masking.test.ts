import { describe, expect, it } from 'vitest';
import { ask, start } from './plain-server.ts';

describe('errors', () => {
  it('of ours say what helps, with a stable code', async () => {
    const { body } = await ask((await start()).url, '{ refused }');
    expect(body.errors?.[0]).toMatchObject({
      message: '"first" is 0; 1 to 100 is expected.',
      extensions: { code: 'INVALID_INPUT', field: 'first', given: '0' },
    });
  });

  it('that are unexpected are masked, with an id that is in the log', async () => {
    const { url, logged } = await start();
    const { body } = await ask(url, '{ secret hello }');
    const error = body.errors?.[0];
    expect(error?.extensions.code).toBe('INTERNAL');
    expect(JSON.stringify(body)).not.toMatch(/passwd|file\.ts|select/);
    expect(body.data).toEqual({ secret: null, hello: 'world' });
    expect(
      logged.some((line) => line.includes(String(error?.extensions.id)) && line.includes('passwd')),
    ).toBe(true);
  });
});
