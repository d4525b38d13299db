import { describe, expect, it } from 'vitest';
import { songKey } from '../../src/recommend/song-key.ts';

describe('songKey', () => {
  // Names of the real CSV, but for those of parts and movements.
  it.each([
    [
      'bohemian rhapsody',
      ['Bohemian Rhapsody', 'Bohemian Rhapsody - 2011 Mix', 'Bohemian Rhapsody - Remastered 2011'],
    ],
    [
      'old town road',
      ['Old Town Road', 'Old Town Road - Remix', 'Old Town Road (feat. Billy Ray Cyrus) - Remix'],
    ],
    ['trampoline', ['Trampoline', 'Trampoline (with ZAYN)']],
    ['hot', ['Hot (Remix) [feat. Gunna and Travis Scott]', 'Hot (feat. Gunna)']],
    ['journey', ['Journey - Radio Mix', 'Journey Feat. Emma Carn - Radio Mix']],
    ['sexyback', ['SexyBack (feat. Timbaland) [Live (2007)]', 'SexyBack']],
    [
      'bailando',
      [
        'Bailando - Spanish Version',
        'Bailando - Ao Vivo em Brasília',
        'Bailando - En Vivo/2012',
        'Bailando - Acústico',
      ],
    ],
    ['like a rolling stone', ['Like a Rolling Stone - Live at Royal Albert Hall, London, UK - May 26, 1966']],
    [
      'hotel california',
      ['Hotel California - Live at The Los Angeles Forum, 10/20-22/76', 'Hotel California - 2013 Remaster'],
    ],
    [
      'tremor',
      [
        'Tremor - Radio Edit; 2014',
        'Tremor - Mono Version / Remastered 2002',
        'Tremor - Alternate Take/Remastered',
      ],
    ],
    [
      'happy',
      ['Happy - From “Despicable Me 2”', 'Happy (from the Original Motion Picture "Despicable Me 2")'],
    ],
    ['knockin da boots', ["Knockin' Da' Boots", 'Knockin’ da Boots']],
    ['que tengo que hacer', ['Que Tengo Que Hacer', '¿Qué Tengo Que Hacer?']],
    ['come and talk to me', ['Come & Talk To Me', 'Come and Talk to Me - Remix']],
    [
      'i cant get no satisfaction',
      ["(I Can't Get No) Satisfaction - Mono Version", "(I Can't Get No) Satisfaction"],
    ],
    [
      'shadow of a song',
      [
        'Shadow of a Song - Live feat. X',
        'Shadow of a Song - Instrumental feat. X',
        'Shadow of a Song (Live with X) [feat. Y]',
        'Shadow of a Song - X featuring Y Remix',
        'Shadow of a Song - No I.D. Remix',
        'Shadow of a Song - No One Remix',
        'Shadow of a Song - Bassjackers Radio',
        'Shadow of a Song - 12" Radio',
        'Shadow of a Song (V-Heads Radio Cut)',
        'Shadow of a Song (Short-Take)',
        'Shadow of a Song - Take 3',
        'Shadow of a Song - Acoustic Cover',
        'Shadow of a Song - 1985 Live',
        'Shadow of a Song - The Dub',
        'Shadow of a Song - 20th Anniversary',
        'Shadow of a Song - Live on KEXP',
      ],
    ],
    [
      'swagga like us t i and jay z',
      ['Swagga Like Us - T.I. and Jay-Z feat. X', 'Swagga Like Us (T.I. and Jay-Z)'],
    ],
    ['take on me', ['Take on Me - 1985 12" Mix', 'Take on Me (feat. X', 'Take on Me [Live]']],
  ])('gives all versions of "%s" one key', (key, names) => {
    expect(names.map(songKey)).toEqual(names.map(() => key));
  });

  it.each([
    [
      'parts',
      ['Another Brick in the Wall, Pt. 1', 'Another Brick in the Wall, Pt. 2', 'Another Brick in the Wall'],
    ],
    ['parts behind a dash', ['Echoes - Part 1', 'Echoes - Part 2', 'Echoes - Pt. 3 / Live']],
    ['parts in brackets', ['Shine On (Pts. 1-5)', 'Shine On (Pts. 6-9) [2011 Remaster]']],
    ['pieces in between', ['O', 'O - Reprise', 'O - Interlude (Live)']],
    [
      'movements',
      [
        'Piano Sonata No. 14 - I. Adagio',
        'Piano Sonata No. 14 - II. Allegretto',
        'Piano Sonata No. 14 - Live - III. Presto',
      ],
    ],
    [
      'movements by name',
      ['Requiem, K. 626: Dies irae', 'Requiem, K. 626 - Lacrimosa', 'Requiem, K. 626 - Rex tremendae (Live)'],
    ],
    [
      'subtitles',
      ['Stay', "Stay (Don't Go Away)", 'Stay (With Me)', 'Stay (Live Your Life)', 'Stay (Dying to Live)'],
    ],
    [
      'subtitles that end as versions do',
      [
        'Home',
        'Home (Where I Live)',
        'Home - How We Live',
        'Home (On the Radio)',
        'Home (Take Cover)',
        'Home (What It Takes to Take)',
        'Home (Paper Cut)',
        'Home (In the Mix)',
        'Home (Rub a Dub)',
      ],
    ],
    [
      'subtitles that begin as versions do',
      [
        'Home',
        'Home (Live On)',
        'Home (Live for You)',
        'Home (Live with Me)',
        'Home (Soundtrack of My Life)',
      ],
    ],
    ['numbered pieces', ['Study', 'Study - No. 1', 'Study - No 2', 'Study - Nr. 3']],
    ['volumes', ['Mixtape, Vol. 1', 'Mixtape, Vol. 2']],
    ['words with signs of their own', ['काला', 'काली', 'เพลง', 'เพลีง']],
  ])('tells %s apart', (_what, names) => {
    expect(new Set(names.map(songKey)).size).toBe(names.length);
  });

  it('takes other names of a part for one', () => {
    expect(new Set(['Echoes, Pt. 2', 'Echoes - Part 2', 'Echoes (Parte 2) - Live'].map(songKey)).size).toBe(
      1,
    );
  });

  it.each([
    '',
    '   ',
    'Intro',
    'Interlude',
    'Outro - Live',
    'Untitled 3',
    'Skit (feat. X)',
  ])('does not say which song "%s" is', (name) => {
    expect(songKey(name)).toBeNull();
  });

  it.each([
    ['(Live)', 'live'],
    ['(Remix) - Live', 'remix'],
    [' - Remix', 'remix'],
    ['???', '???'],
    ['feat. X', 'feat x'],
    ['1999 - 2019 Remaster', '1999'],
    ['Live', 'live'],
  ])('leaves something of "%s"', (name, key) => {
    expect(songKey(name)).toBe(key);
  });

  it('takes its time with no name', () => {
    /** The shortest of a few, in ms: what else the machine does makes some longer, and none shorter. */
    const measure = (name: string) =>
      Math.min(
        ...Array.from({ length: 5 }, () => {
          const started = performance.now();
          songKey(`Song - ${name}`);
          return performance.now() - started;
        }),
      );
    for (const part of ['mix with ', '(', ' - from the ']) {
      const [short, long] = [measure(part.repeat(2_000)), measure(part.repeat(64_000))];
      // Thirty-two times as long; in the square of it would be a thousand.
      expect(long, part).toBeLessThan(200 * Math.max(short, 0.01));
    }
  });
});
