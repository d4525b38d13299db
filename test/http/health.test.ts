import { describe, expect, it } from 'vitest';
import { manifest, start } from './plain-server.ts';

describe('health', () => {
  it('is live from the first second, ready once there is data', async () => {
    const starting = await start({}, false);
    expect((await fetch(`${starting.url}/health/live`)).status).toBe(200);
    const response = await fetch(`${starting.url}/health/ready`);
    expect([response.status, await response.json()]).toEqual([503, { status: 'starting', reasons: [] }]);
    const ready = await start();
    expect(await (await fetch(`${ready.url}/health/ready`)).json()).toMatchObject({
      status: 'ready',
      snapshot: { id: manifest.id },
    });
  });

  it('tells a stranger how it stands, by codes, and nothing that names runs or people', async () => {
    const key = 'a-key-of-sixteen-or-more';
    const { url } = await start({ GROOVELAKE_API_KEY: key });
    const ask = async (headers: Record<string, string>) =>
      (await fetch(`${url}/health/ready`, { headers })).json();
    expect(await ask({})).toEqual({
      status: 'ready',
      reasons: [],
      snapshot: { ageSeconds: expect.any(Number) },
    });
    expect(await ask({ authorization: `Bearer ${key}` })).toMatchObject({ snapshot: { id: manifest.id } });
  });

  it('comes as Prometheus metrics too', async () => {
    const text = await (await fetch(`${(await start()).url}/metrics`)).text();
    for (const line of text.trim().split('\n')) {
      expect(line).toMatch(/^(# (HELP|TYPE) groovelake_\w+ .+|groovelake_\w+(\{[^}]*\})? -?[\d.e+-]+)$/);
    }
    expect(text).toContain('groovelake_statements_total 3');
    expect(text).toContain('groovelake_degraded{reason="RUN_FAILED"} 2');
    expect(text).toContain('groovelake_webhook_deliveries{state="DELIVERED"} 2');
    expect(text).toContain('groovelake_runs{pipeline="CRAWL",status="TIMED_OUT"} 0');
  });
});
