import type { IncomingMessage, ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { sendExport } from '../../../src/http/export/send-export.ts';
import { createVirtualClock } from '../../fixtures/virtual-clock.ts';

const PIECE = 100_000;
const caching = { 'cache-control': 'no-store', vary: 'Accept' };
const headers = { etag: null, caching, snapshotId: 's', fileName: 'tracks.csv' };

/** Sends pieces of 100 kB to a client that takes `msPerPiece` for each, as far as it comes within `untilMs`. */
async function send(
  {
    pieces,
    msPerPiece,
    msToMake = 0,
  }: { pieces: number; msPerPiece: number | ((n: number) => number); msToMake?: number },
  untilMs: number,
  env = {},
) {
  const clock = createVirtualClock();
  let taken = 0;
  let isClosed = false;
  async function* make() {
    try {
      for (let n = 0; n < pieces; n++) {
        if (msToMake > 0) await clock.sleep(msToMake);
        yield new Uint8Array(PIECE);
      }
    } finally {
      isClosed = true;
    }
  }
  const client = new Writable({
    highWaterMark: 1,
    write: (_piece, _encoding, done) =>
      void clock.after(typeof msPerPiece === 'number' ? msPerPiece : msPerPiece(taken), () => {
        taken += 1;
        done();
      }),
  });
  const response = Object.assign(client, { writeHead: () => response }) as unknown as ServerResponse;
  const file = { contentType: 'text/csv', columns: [], bytes: make(), close: async () => {} };
  let outcome = 'under way';
  sendExport({ method: 'GET' } as IncomingMessage, response, file, headers, {
    clock,
    ...readConfig(env),
  }).then(
    () => {
      outcome = 'sent';
    },
    (error: Error) => {
      outcome = error.message;
    },
  );
  await clock.advance(untilMs);
  return { outcome, taken, isClosed };
}

describe('sendExport', () => {
  it('sends to a client that reads at the least pace for as long as it takes', async () => {
    expect(await send({ pieces: 40, msPerPiece: 10_000 }, 410_000)).toEqual({
      outcome: 'sent',
      taken: 40,
      isClosed: true,
    });
  });

  it('cuts a client that reads more slowly, once it has held the export up for a minute, however much it took at once before', async () => {
    const slow = await send({ pieces: 40, msPerPiece: 50_000 }, 75_000);
    expect(slow.outcome).toMatch(/less than 10 kB a second.*GROOVELAKE_EXPORT_MIN_KB_PER_SECOND/);
    expect([slow.taken, slow.isClosed]).toEqual([1, true]);
    const sudden = { pieces: 300, msPerPiece: (n: number) => (n < 200 ? 0 : 1_000_000) };
    expect((await send(sudden, 59_000)).outcome).toBe('under way');
    expect(await send(sudden, 61_000)).toMatchObject({ outcome: slow.outcome, taken: 200 });
    expect((await send({ pieces: 1, msPerPiece: 59_000 }, 59_000)).outcome).toBe('sent');
    expect((await send({ pieces: 1, msPerPiece: 80_000 }, 80_000)).outcome).toMatch(/less than 10 kB/);
  });

  it('does not take the time in which a piece is made for that of the client', async () => {
    expect((await send({ pieces: 3, msPerPiece: 1, msToMake: 150_000 }, 460_000)).outcome).toBe('sent');
  });

  it('reads its limits from the settings', async () => {
    const any = { GROOVELAKE_EXPORT_MIN_KB_PER_SECOND: '0' };
    expect((await send({ pieces: 5, msPerPiece: 90_000 }, 460_000, any)).outcome).toBe('sent');
    expect((await send({ pieces: 9, msPerPiece: 90_000 }, 620_000, any)).outcome).toMatch(
      /longer than 600000 ms.*GROOVELAKE_EXPORT_TIMEOUT_MS/,
    );
  });
});
