// The real sender against the example's receiver, with a stand-in for sendmail that writes to a file.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createReceiver, sendBySendmail } from '../../examples/mail-webhook/receiver.ts';
import { seededRandomness, systemClock } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { silentLog } from '../../src/log.ts';
import { createWebhooks, sign } from '../../src/server/webhooks.ts';
import { openSqliteDeliveries } from '../../src/store/deliveries/sqlite.ts';
import { openSqliteRuns } from '../../src/store/runs/sqlite.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

it('mails a failure once, refuses what is not genuine, and asks for another try when it cannot mail', async () => {
  const folder = makeTempFolder();
  const sendmail = join(folder, 'sendmail');
  writeFileSync(sendmail, `#!/bin/sh\ncat >> "${join(folder, 'mail')}"\n`);
  chmodSync(sendmail, 0o755);
  let isBroken = true;
  const mail = sendBySendmail(sendmail, 'ops@example.org');
  const tried: string[] = [];
  const server = createReceiver({
    secret: SECRET,
    mail: (subject, text) => {
      tried.push(subject);
      return isBroken ? Promise.reject(new Error('no mail today')) : mail(subject, text);
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}/`;
  const runs = openSqliteRuns(':memory:');
  const deliveries = openSqliteDeliveries(':memory:');
  onTestFinished(async () => {
    server.close();
    await runs.close();
    await deliveries.close();
  });

  const config = readConfig({ GROOVELAKE_WEBHOOK_URLS: url, GROOVELAKE_WEBHOOK_SECRET: SECRET });
  const random = { ...seededRandomness(1), next: () => 0 };
  // A pause of two and a half seconds and more is not waited for.
  let ahead = 0;
  const clock = { ...systemClock, now: () => systemClock.now() + ahead };
  const look = async () => {
    const listLogins = async () => [];
    const webhooks = createWebhooks({ config, runs, deliveries, listLogins, clock, random, log: silentLog });
    webhooks.start();
    await systemClock.sleep(20);
    await webhooks.stop();
  };
  await look();
  await systemClock.sleep(5);
  const { run } = await runs.createRun(
    { pipeline: 'CRAWL', trigger: 'CLI', parameters: {}, createdAt: clock.now() },
    [],
  );
  const claimed = await runs.claimRun(run.id, { id: 'w', now: clock.now(), leaseMs: 9_000 });
  const error = { code: 'EXTRACT', message: 'no\nanswer', isRetryable: true, step: null, hint: null };
  await runs.finishRun(
    { runId: run.id, fence: claimed?.fence ?? 0 },
    { status: 'FAILED', at: clock.now(), error },
  );
  const until = async (isSo: () => Promise<boolean> | boolean) => {
    while (!(await isSo())) await look();
  };
  await until(() => tried.length > 0);
  expect(await deliveries.countByState()).toMatchObject({ PENDING: 1, DELIVERED: 0 });
  isBroken = false;
  ahead = 10_000;
  await until(async () => (await deliveries.countByState()).DELIVERED === 1);
  const text = readFileSync(join(folder, 'mail'), 'utf8');
  expect(text).toContain(
    `To: ops@example.org\nSubject: [groovelake] run.failed: CRAWL ${run.id} is FAILED: no answer\n`,
  );
  expect(text.match(/^Subject:/gm)).toHaveLength(1);
  const forged = await fetch(url, { method: 'POST', headers: { 'webhook-signature': 'v1,x' }, body: '{}' });
  expect(forged.status).toBe(401);
});

it('goes on after whatever a stranger sends', async () => {
  const mailed: string[] = [];
  const server = createReceiver({ secret: SECRET, mail: async (subject) => void mailed.push(subject) });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const timestamp = String(Math.floor(systemClock.now() / 1000));
  const post = async (signature: string, body = '{}') => {
    const headers = { 'webhook-id': 'm', 'webhook-timestamp': timestamp, 'webhook-signature': signature };
    return (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body })).status;
  };
  const genuine = sign({ secret: SECRET, id: 'm', timestamp, body: '{}' });
  // As many characters as a genuine one, and more bytes.
  expect(await post(`v1,${'\u00e9'.repeat(genuine.length - 3)}`)).toBe(401);
  await new Promise<void>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{}', () => socket.destroy());
      socket.on('close', () => resolve());
    });
  });
  await systemClock.sleep(50);
  const notice = JSON.stringify({ type: 'run.failed', at: '', data: { message: 'it failed', run: null } });
  expect(await post(sign({ secret: SECRET, id: 'm', timestamp, body: notice }), notice)).toBe(204);
  expect(mailed).toEqual(['[groovelake] run.failed: it failed']);
});
