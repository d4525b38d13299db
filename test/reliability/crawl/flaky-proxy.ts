// A TCP proxy in this process that treats connections badly, by chance from a seed.

import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import { seededRandomness } from '../../../src/clock.ts';

export type Mischief =
  | 'none'
  | 'latency'
  | 'resetAtOnce'
  | 'resetMidHeaders'
  | 'resetMidBody'
  | 'halfOpen'
  | 'slowBytes';
const ALL: readonly Mischief[] = [
  'latency',
  'resetAtOnce',
  'resetMidHeaders',
  'resetMidBody',
  'halfOpen',
  'slowBytes',
];

export interface FlakyProxy {
  readonly port: number;
  /** Connections by what befell them. */
  readonly counts: Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/** Forwards to a port of this machine; a share of the connections is treated badly. */
export async function startFlakyProxy(
  target: number,
  { seed, share }: { seed: number; share: number },
): Promise<FlakyProxy> {
  const random = seededRandomness(seed);
  const counts: Record<string, number> = {};
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const mischief = random.next() < share ? (ALL[Math.floor(ALL.length * random.next())] ?? 'none') : 'none';
    counts[mischief] = (counts[mischief] ?? 0) + 1;
    // A good connection lives for some answers only, so that there are many connections.
    const lifeBytes = mischief === 'none' ? 30_000 + 200_000 * random.next() : Number.POSITIVE_INFINITY;
    const upstream = connect(target, '127.0.0.1');
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    if (mischief === 'resetAtOnce') return client.resetAndDestroy();
    if (mischief === 'halfOpen') return client.resume();
    client.pipe(upstream);
    misbehave(upstream, client, mischief, lifeBytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    counts,
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function misbehave(upstream: Socket, client: Socket, mischief: Mischief, lifeBytes: number): void {
  let bytes = 0;
  upstream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    switch (mischief) {
      case 'resetMidHeaders':
        client.write(chunk.subarray(0, 20), () => client.resetAndDestroy());
        return;
      case 'resetMidBody':
        client.write(chunk.subarray(0, Math.max(1, chunk.length - 10)), () => client.resetAndDestroy());
        return;
      case 'latency':
        setTimeout(() => client.write(chunk), 50);
        return;
      case 'slowBytes':
        drip(client, chunk);
        return;
      default:
        client.write(chunk, () => {
          if (bytes > lifeBytes && bytes % 3 === 0) client.end();
        });
    }
  });
}

function drip(client: Socket, chunk: Buffer): void {
  let at = 0;
  const timer = setInterval(() => {
    if (at >= chunk.length || client.destroyed) return clearInterval(timer);
    client.write(chunk.subarray(at, at + 1));
    at += 1;
  }, 20);
}
