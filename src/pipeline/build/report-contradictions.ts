// What rows of one file say differently of the same track: silver takes the last one's word, which need not be what was meant.
import { quoteName } from '../../store/duckdb.ts';
import type { StepContext } from '../step.ts';
import type { BuildSession } from './build-session.ts';
import { ofFreshBatches } from './fresh-batches.ts';

/** Columns of a row that a track has many of, or that are of the row itself. Every other is what a track has once. */
const NOT_COMPARED = new Set([
  ...['source', 'document_id', 'batch_id', 'run_id', 'fetched_at', 'content_hash', 'track_id'],
  ...['genre', 'playlist_id', 'playlist_name', 'playlist_genre', 'playlist_subgenre'],
  ...['reject_reason', 'faults'],
]);
/** An empty text, and a list of nobody, are no value. */
const WITHOUT_EMPTY =
  "nullif(name, '') as name, nullif(album_name, '') as album_name, nullif(artists, []) as artists";
const SHOWN_FIELDS = 5;

type Counts = Readonly<Record<string, number>>;

/** Says of how many tracks of new batches, and in which fields, most of them first; nothing where rows agree. A cell without a value contradicts none. */
export async function reportContradictions(
  { event, signal }: StepContext,
  session: Pick<BuildSession, 'db' | 'batches' | 'parent'>,
): Promise<void> {
  const ofFresh = ofFreshBatches(session);
  if (!ofFresh) return;
  const { db } = session;
  const isFresh = `reject_reason is null and ${ofFresh}`;
  // Most tracks have one row in a file, of most builds all; only the others are compared.
  const contested = `select batch_id, track_id from staging.dataset_tracks where ${isFresh} group by all having count(*) > 1`;
  if ((await db.all(`${contested} limit 1`, [], { signal })).length === 0) return;
  const names = (await db.describe('from staging.dataset_tracks', [], { signal })).map(({ name }) => name);
  const compared = names.filter((name) => !NOT_COMPARED.has(name));
  const quoted = compared.map(quoteName);
  const [found] = await db.all<{ tracks: number; example: string | null } & Counts>(
    `with contested as (${contested}),
    compared as (
      select track_id, ${quoted.map((field) => `count(distinct ${field}) > 1 as ${field}`).join(', ')}
      from (select * replace (${WITHOUT_EMPTY}) from staging.dataset_tracks) semi join contested using (batch_id, track_id)
      where ${isFresh}
      group by batch_id, track_id
    )
    select count(*) as tracks, min(track_id) as example, ${quoted.map((field) => `count_if(${field}) as ${field}`).join(', ')}
    from compared where ${quoted.join(' or ')}`,
    [],
    { signal },
  );
  if (!found?.tracks) return;
  const { tracks, example } = found;
  const fields = compared
    .map((field) => ({ field, n: found[field] ?? 0 }))
    .filter(({ n }) => n > 0)
    .sort((a, b) => b.n - a.n);
  const shown = fields.slice(0, SHOWN_FIELDS).map(({ field, n }) => `${field} of ${n}`);
  if (fields.length > SHOWN_FIELDS) shown.push('others');
  event(
    'WARN',
    'silver.contradictions',
    `${tracks} ${tracks === 1 ? 'track is' : 'tracks are'} on several rows of one file that say different things, of which the last holds: ${shown.join(', ')}; e.g. "${example}"`,
    { tracks, fields: Object.fromEntries(fields.map(({ field, n }) => [field, n])) },
  );
}
