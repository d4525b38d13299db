import { describe, expect, it } from 'vitest';
import { createFamilies } from '../../src/sources/families.ts';
import { createVirtualClock } from '../fixtures/virtual-clock.ts';
import { scriptSource } from './scripted-source.ts';

const kept = (memory: Map<string, unknown>, family: string) => memory.get(`family:${family}`);

const DAY_MS = 86_400_000;

describe('createFamilies', () => {
  it('keeps what was found out about the key, and says whether it was news', async () => {
    const { families, memory } = scriptSource([]);
    expect(await families.withhold('tracks', 'status 403')).toBe(true);
    expect(await families.withhold('tracks', 'status 403')).toBe(false);
    expect(await families.limitPages('artist-albums', 10)).toBe(true);
    expect(await families.limitPages('artist-albums', 10)).toBe(false);
    const later = scriptSource([], { memory }).families;
    expect(await later.isWithheld('tracks')).toBe(true);
    expect(await later.findPageLimit('artist-albums')).toBe(10);
    expect(await later.isWithheld('albums')).toBe(false);
  });

  it('forgets what the key was refused too long ago, and keeps what is found out then', async () => {
    const { families, memory, clock } = scriptSource([]);
    await families.withhold('tracks', 'status 403');
    await families.limitPages('artist-albums', 10);
    await families.block('albums', clock.now() + 60_000, 'status 429');
    const refusedSince = clock.now() + 1;
    const later = scriptSource([], { memory, refusedSince });
    expect(await later.families.isWithheld('tracks')).toBe(false);
    expect(await later.families.findPageLimit('artist-albums')).toBe(null);
    await expect(later.families.holdOff('albums')).rejects.toMatchObject({ code: 'SOURCE_DEFERRED' });
    later.families.count('tracks');
    await later.families.save();
    expect(kept(memory, 'tracks')).toMatchObject({ isWithheld: false, requests: 1 });
    await later.clock.sleep(1_000);
    expect(await later.families.withhold('tracks', 'status 403')).toBe(true);
    expect(await scriptSource([], { memory, refusedSince }).families.isWithheld('tracks')).toBe(true);
  });

  it('forgets a refusal that nobody noted the time of', async () => {
    const memory = new Map<string, unknown>([['family:tracks', { key: 'k', isWithheld: true }]]);
    expect(await scriptSource([], { memory, refusedSince: 1 }).families.isWithheld('tracks')).toBe(false);
  });

  it("keeps nothing about another key but the block, which is the developer account's", async () => {
    const { families, memory, clock } = scriptSource([]);
    await families.withhold('tracks', 'status 403');
    await families.limitPages('tracks', 10);
    await families.block('tracks', clock.now() + 60_000, 'status 429');
    const other = scriptSource([], { memory, key: 'another' }).families;
    expect(await other.isWithheld('tracks')).toBe(false);
    expect(await other.findPageLimit('tracks')).toBe(null);
    await expect(other.holdOff('tracks')).rejects.toMatchObject({ code: 'SOURCE_DEFERRED' });
  });

  it('adds up requests over runs, and over two runs at once', async () => {
    const { families, memory } = scriptSource([]);
    const other = scriptSource([], { memory }).families;
    families.count('tracks');
    other.count('tracks');
    other.count('tracks');
    await families.save();
    await other.save();
    families.count('tracks');
    await families.save();
    await families.save();
    expect(kept(memory, 'tracks')).toMatchObject({ requests: 4 });
    expect(families.counts()).toEqual({ tracks: 2 });
  });

  it('takes back no block that another run has met meanwhile, and shortens none', async () => {
    const { families, memory, clock } = scriptSource([]);
    const other = scriptSource([], { memory }).families;
    await families.holdOff('tracks');
    families.count('tracks');
    const until = clock.now() + 5e8;
    await other.block('tracks', until, 'status 429');
    await families.save();
    expect(memory.get('block:tracks')).toEqual({ until });
    expect(await other.block('tracks', clock.now() + 1, 'status 429')).toMatchObject({ until });
  });

  it('keeps a block that another process writes while this one is in the middle of keeping its counts', async () => {
    const { families, memory, clock } = scriptSource([]);
    let go = () => {};
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    let isHeld = false;
    const slow = createFamilies({
      source: 'scripted',
      clock,
      key: 'k',
      memory: {
        get: async (key) => {
          const value = memory.get(key);
          if (isHeld) await held;
          return value;
        },
        set: async (key, value) => void memory.set(key, value),
      },
    });
    await slow.holdOff('tracks');
    slow.count('tracks');
    isHeld = true;
    const saving = slow.save();
    const until = clock.now() + 80_000_000;
    await families.block('tracks', until, 'status 429');
    go();
    await saving;
    await expect(scriptSource([], { memory }).families.holdOff('tracks')).rejects.toMatchObject({ until });
    expect(kept(memory, 'tracks')).toMatchObject({ requests: 1 });
  });

  it('holds to a block as versions before kept it', async () => {
    const { clock } = scriptSource([]);
    const until = clock.now() + 80_000_000;
    const memory = new Map<string, unknown>([['family:tracks', { key: 'k', blockedUntil: until }]]);
    const { families } = scriptSource([], { memory });
    await expect(families.holdOff('tracks')).rejects.toMatchObject({ until });
    await families.save();
    await expect(scriptSource([], { memory }).families.holdOff('tracks')).rejects.toMatchObject({ until });
  });

  it('passes over what was kept while the clock was ahead, and says so of a block, once', async () => {
    const ahead = scriptSource([]);
    const { memory } = ahead;
    await ahead.clock.sleep(365 * DAY_MS);
    await ahead.families.block('tracks', ahead.clock.now() + 60_000, 'status 429');
    await ahead.families.withhold('albums', 'status 403');
    const said: string[] = [];
    const { families, clock } = scriptSource([], {
      memory,
      onOddClock: (message) => void said.push(message),
    });
    expect(await families.isWithheld('albums')).toBe(false);
    expect(await families.holdOff('tracks')).toBe(0);
    expect(await families.holdOff('tracks')).toBe(0);
    expect(said).toEqual([expect.stringMatching(/block of "tracks" until 2027-11-20.*clock was ahead/)]);
    const until = clock.now() + 7 * DAY_MS;
    await families.block('tracks', until, 'status 429');
    expect(await families.holdOff('tracks').catch((error: unknown) => error)).toMatchObject({ until });
    await expect(scriptSource([], { memory }).families.holdOff('tracks')).rejects.toMatchObject({ until });
  });

  it('holds a pause for as long as it was meant, though the machine sets its clock back', async () => {
    const clock = createVirtualClock();
    const memory = { get: async () => undefined, set: async () => {} };
    const families = createFamilies({ source: 'scripted', memory, clock, key: 'k' });
    families.pause('tracks', 5_000);
    clock.step(-DAY_MS);
    expect(await families.holdOff('tracks')).toBe(5_000);
    await clock.advance(5_000);
    expect(await families.holdOff('tracks')).toBe(0);
  });

  it('runs the first work of a family alone, and the next one first when that fails', async () => {
    const { families } = scriptSource([]);
    const log: string[] = [];
    const work = (name: string, fails = false) =>
      families.afterFirst('tracks', async () => {
        log.push(`${name} begins`);
        await Promise.resolve();
        log.push(`${name} ends`);
        if (fails) throw new Error(name);
        return name;
      });
    const all = await Promise.allSettled([work('a', true), work('b'), work('c')]);
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(log.slice(0, 3)).toEqual(['a begins', 'a ends', 'b begins']);
    expect(await work('d')).toBe('d');
  });
});
