// Local times beside the engine's own conversion, at drawn instants and around every change of the clocks.
import { describe, expect, it } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import { eachByClock, listOffsets } from '../../../src/store/listening/local-time.ts';
import { makePlay, openListeningFixture } from './listening-fixture.ts';

const SEED = 20261126;
const [FROM, TO] = [Date.UTC(2006, 0, 1), Date.UTC(2026, 10, 26)];
/** Half and quarter hours, the southern summer, a change within a summer, a change at one past midnight, a day that was left out. */
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Africa/Casablanca',
  'America/Caracas',
  'Pacific/Apia',
];

describe(`local time (seed ${SEED})`, () => {
  it('is what the engine shows in each zone, to the second before and after the clocks change', async () => {
    const random = seededRandomness(SEED);
    const drawn = Array.from({ length: 300 }, () => FROM + Math.floor((TO - FROM) * random.next()));
    const around = ZONES.flatMap((zone) =>
      listOffsets(zone, FROM, TO).flatMap(({ at }) => [at - 1_000, at - 1, at, at + 1_000]),
    );
    const instants = [...drawn, ...around].filter((at) => at > FROM && at < TO);
    const { listening } = await openListeningFixture(
      instants.map((endedAt, at) =>
        makePlay({ endedAt, trackName: `Track ${at}`, key: `p${String(at).padStart(6, '0')}` }),
      ),
    );
    for (const timeZone of ZONES) {
      for (const span of [
        { from: null, to: null, timeZone },
        { from: Date.UTC(2015, 2, 8, 9), to: Date.UTC(2015, 10, 1, 7), timeZone },
      ]) {
        const engine = await listening.all<{ shown: number }>(
          `select epoch_ms((ended_at at time zone 'UTC') at time zone ?) as shown from me.plays
           where ended_at >= make_timestamp(?::bigint * 1000) and ended_at < make_timestamp(?::bigint * 1000) order by ended_at, play_key`,
          [timeZone, BigInt(span.from ?? 0), BigInt(span.to ?? TO)],
        );
        const ours = await listening.figure('shown', span, (heard) => {
          const shown: number[] = [];
          eachByClock(heard, (_place, at) => shown.push(at));
          return shown;
        });
        expect(engine.length).toBeGreaterThan(0);
        expect({ timeZone, shown: ours }).toEqual({ timeZone, shown: engine.map(({ shown }) => shown) });
      }
    }
  });

  it('finds the second at which clocks change', () => {
    expect(listOffsets('Europe/Berlin', Date.UTC(2024, 0, 1), Date.UTC(2025, 0, 1))).toEqual([
      { at: Date.UTC(2024, 0, 1), offsetMs: 3_600_000 },
      { at: Date.UTC(2024, 2, 31, 1), offsetMs: 7_200_000 },
      { at: Date.UTC(2024, 9, 27, 1), offsetMs: 3_600_000 },
    ]);
  });
});
