import { describe, expect, it, onTestFinished } from 'vitest';
import { addDocuments, lakehouse, openEmptyBuild } from './build-in-memory.ts';

/** Field, what its text is read as, and the range in which it can be used; `none` says that nothing was found. */
const FIELDS = [
  ...['danceability', 'energy', 'valence', 'acousticness', 'instrumentalness', 'liveness', 'speechiness'].map(
    (name) => ({ name, type: 'double', low: 0, high: 1, none: null }),
  ),
  { name: 'tempo', type: 'double', low: 0, high: 1_000, none: 0 },
  { name: 'loudness', type: 'double', low: -1_000, high: 1_000, none: null },
  { name: 'key', type: 'bigint', low: -1, high: 11, none: -1 },
  { name: 'mode', type: 'bigint', low: 0, high: 1, none: null },
  { name: 'time_signature', type: 'bigint', low: 0, high: 100, none: 0 },
] as const;

const ODD = [
  ...[
    '0',
    '1',
    '-0',
    '0.5',
    '1.0',
    '4.5',
    '5.5',
    '-1',
    '2',
    '7',
    '1e-7',
    '1e22',
    '1.7976931348623157e308',
    '1e400',
  ],
  ...['9223372036854775807', '9223372036854775808', '18446744073709551616', '123456789012345678901234567890'],
  ...['true', 'false', 'null', '[]', '[1]', '{}', '{"a":1}', 'NaN', '01', ''],
  ...[
    '"0.5"',
    '" 0.5 "',
    '"1"',
    '"true"',
    '"false"',
    '"abc"',
    '""',
    '"nan"',
    '"inf"',
    '"1e400"',
    '"0x10"',
    '"é"',
    '"a\\u0000b"',
  ],
];

const USUAL = Object.fromEntries(FIELDS.map(({ name }) => [name, '1']));

/** A body with one odd value, or with none of what it should have. */
function makeBodies(): string[] {
  const write = (fields: Readonly<Record<string, string>>) =>
    `{${Object.entries(fields)
      .map(([name, value]) => `"${name}": ${value}`)
      .join(', ')}}`;
  const one = FIELDS.flatMap(({ name }) => ODD.map((value) => write({ ...USUAL, [name]: value })));
  const without = FIELDS.map(({ name }) =>
    write(Object.fromEntries(Object.entries(USUAL).filter(([n]) => n !== name))),
  );
  const alone = FIELDS.flatMap(({ name }) =>
    ['0.25', 'true', '"x"', '[]'].map((value) => write({ [name]: value })),
  );
  const all = ['true', 'false', '"true"', '0', 'null'].map((value) =>
    write(Object.fromEntries(FIELDS.map(({ name }) => [name, value]))),
  );
  const none = [
    '',
    '{}',
    '[]',
    '[{"key": 1}]',
    'null',
    'true',
    '1',
    '"{}"',
    '{"key": 1',
    '{"KEY": 1}',
    '{"key": 1, "key": 5}',
  ];
  return [...one, ...without, ...alone, ...all, ...none];
}

/** The engine rounds a fraction to the next whole number: what has one is none. */
function readAs(type: string, text: string): string {
  const number = `try_cast(${text} as double)`;
  return type === 'double' ? number : `if(${number} % 1 = 0, try_cast(${number} as bigint), null)`;
}

/** Each field on its own, as the text that the body holds. */
const PLAIN = `select id,
  ${FIELDS.map(({ name, low, high, none }) => `if(n_${name} between ${low} and ${high} and n_${name} is distinct from ${none}, n_${name}, null) as ${name}`).join(', ')},
  if(${FIELDS.map(({ name }) => `t_${name} is null`).join(' and ')} and not is_json_object(body), 'the body is no object', null) as fault,
  list_filter([${FIELDS.map(({ name, low, high }) => `if(t_${name} is not null and (n_${name} between ${low} and ${high}) is not true, '${name} "' || t_${name}[1:40] || '" cannot be used', null)`).join(', ')}],
    lambda found: found is not null) as faults
from (select id, body, ${FIELDS.map(({ name, type }) => `try(json_transform(body, '{"${name}": "VARCHAR"}')).${name} as t_${name}, ${readAs(type, `t_${name}`)} as n_${name}`).join(', ')} from bronze.documents)`;

describe('staging.audio_features', () => {
  it('reads each number as its text says, and tells what cannot be used, whatever a body holds', async () => {
    const db = await openEmptyBuild();
    onTestFinished(() => db.close());
    const bodies = makeBodies();
    const idOf = (n: number) => `f${String(n).padStart(21, '0')}`;
    await addDocuments(
      db,
      bodies.map((body, n) => ({ source: 'spotify', kind: 'audio_features', id: idOf(n), body })),
    );
    const sql = lakehouse.relations.find(
      ({ layer, name }) => layer === 'staging' && name === 'audio_features',
    )?.sql;
    const columns = [...FIELDS.map(({ name }) => name), 'fault', 'faults'].join(', ');
    const typed = await db.all(`select track_id as id, ${columns} from (${sql}) order by id`);
    const plain = await db.all(`select id, ${columns} from (${PLAIN}) order by id`);
    expect(typed).toHaveLength(bodies.length);
    for (const [n, row] of typed.entries()) expect(row, bodies[n]).toEqual(plain[n]);
  });
});
