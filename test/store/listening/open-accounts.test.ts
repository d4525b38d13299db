import { describe, expect, it, onTestFinished } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { removeAccount } from '../../../src/store/listening/accounts.ts';
import { createOpenAccounts } from '../../../src/store/listening/open-accounts.ts';
import { createVirtualClock } from '../../fixtures/virtual-clock.ts';
import { makePlay, openListeningFixture } from './listening-fixture.ts';

async function openAccounts() {
  const { dataDir, manifest, accountId } = await openListeningFixture([makePlay({})]);
  const clock = createVirtualClock();
  const accounts = createOpenAccounts({ dataDir, config: readConfig({}), clock });
  onTestFinished(() => accounts.close());
  const { listening, release } = await accounts.acquire(accountId, manifest);
  const ask = () => listening.forRequest(new AbortController().signal).all('select 1 as one');
  return { dataDir, manifest, accountId, clock, accounts, ask, release };
}

describe('an account that is open', () => {
  it('stays open while its plays are there', async () => {
    const { clock, ask, release } = await openAccounts();
    release();
    await clock.advance(120_000);
    expect(await ask()).toEqual([{ one: 1 }]);
  });

  it('is closed within a minute when it was forgotten, asked for or not, but for who is asking', async () => {
    const { dataDir, manifest, accountId, clock, accounts, ask, release } = await openAccounts();
    await removeAccount(dataDir, accountId);
    await clock.advance(60_000);
    expect(await ask()).toEqual([{ one: 1 }]);
    release();
    await expect.poll(() => ask().catch(() => 'closed')).toBe('closed');
    await expect(accounts.acquire(accountId, manifest)).rejects.toThrow(/no listening/);
  });
});
