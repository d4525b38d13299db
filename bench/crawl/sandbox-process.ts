// The sandbox in a process of its own: prints its addresses as a line of JSON, and when it is told to stop, what it cost.
import { systemClock } from '../../src/clock.ts';
import { createCatalogue } from '../../src/sources/sandbox/catalogue.ts';
import { startSandbox } from '../../src/sources/sandbox/server.ts';
import type { Profile } from '../../src/sources/sandbox/settings.ts';

const [artists, albumsEach, tracksEach, profile] = process.argv.slice(2);
const catalogue = createCatalogue({
  artists: Number(artists),
  albumsEach: Number(albumsEach),
  tracksEach: Number(tracksEach),
});
const sandbox = await startSandbox({ clock: systemClock, catalogue, profile: profile as Profile });
const { apiUrl, accountsUrl, kworbUrl, reccobeatsUrl, clientId, clientSecret } = sandbox;
const sizes = {
  artists: catalogue.artists.length,
  albums: catalogue.albumById.size,
  tracks: catalogue.trackById.size,
};
process.stdout.write(
  `${JSON.stringify({ apiUrl, accountsUrl, kworbUrl, reccobeatsUrl, clientId, clientSecret, sizes })}\n`,
);
const before = process.cpuUsage();
process.on('SIGTERM', () => {
  const { user, system } = process.cpuUsage(before);
  const requests = sandbox.requests.count();
  process.stdout.write(`${JSON.stringify({ requests, cpuSeconds: (user + system) / 1e6 })}\n`, () =>
    process.exit(0),
  );
});
