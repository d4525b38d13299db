// Rows of exports as Spotify hands them out, made up for tests and benches.

export const TRACK = '3n3Ppam7vgaVa1iaRUc9Lp';

/** A row of the extended history of today. */
export function extendedRow(about: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    ts: '2023-05-01T10:00:00Z',
    platform: 'Android OS 4.2.2 API 17 (samsung, GT-I9195)',
    ms_played: 180_000,
    conn_country: 'DE',
    ip_addr: '203.0.113.7',
    master_metadata_track_name: 'Limelight',
    master_metadata_album_artist_name: 'Rush',
    master_metadata_album_album_name: 'Moving Pictures',
    spotify_track_uri: `spotify:track:${TRACK}`,
    episode_name: null,
    episode_show_name: null,
    spotify_episode_uri: null,
    audiobook_title: null,
    audiobook_uri: null,
    audiobook_chapter_uri: null,
    audiobook_chapter_title: null,
    reason_start: 'trackdone',
    reason_end: 'fwdbtn',
    shuffle: false,
    skipped: true,
    offline: false,
    offline_timestamp: 1_682_935_000,
    incognito_mode: false,
    ...about,
  };
}

/** A row of `endsong_0.json`, as exports before 2023 had it. */
export function oldRow(about: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    ...extendedRow(),
    username: 'somebody',
    ip_addr: undefined,
    ip_addr_decrypted: '203.0.113.7',
    user_agent_decrypted: 'Mozilla/5.0 (secret)',
    skipped: null,
    audiobook_title: undefined,
    audiobook_uri: undefined,
    ...about,
  };
}

export function shortRow(about: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    endTime: '2023-05-01 10:00',
    artistName: 'Rush',
    trackName: 'Limelight',
    msPlayed: 180_000,
    ...about,
  };
}
