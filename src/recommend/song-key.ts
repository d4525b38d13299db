// Which song a track is a version of, told by its name: "Long Live - Remastered 2010", "Long Live (feat. X) [Live]" and "Long Live" are one.
// What says nothing but which version it is goes; all else stays, since a bracket or a dash may as well hold a subtitle, a part or a movement.

/**
 * What is left of a track's name when guests and versions are taken away, in plain letters: equal for the versions of one song of an artist.
 * Null where a name does not tell songs apart: an artist may have several of "Intro".
 */
export function songKey(name: string): string | null {
  const folded = foldText(name.slice(0, LONGEST_READ));
  const { title, notes, tails } = takeApart(folded);
  const kept = [title, ...notes.filter((note) => !isVersion(note)), ...keepTails(tails)];
  const key = toWords(kept.map(withoutGuests).join(' ')) || toWords(folded) || folded;
  return key === '' || NAMES_OF_MANY.test(key) ? null : key;
}

/** What follows in a longer name is not read: patterns take their time with very long texts. */
const LONGEST_READ = 300;

/** Without accents, in lower case, with one sign for each kind of dash and quotation mark. */
function foldText(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase().replaceAll('`', "'").trim();
  return text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/[\u2010-\u2015]/g, '-')
    .replace(/[\u2018\u2019`´]/g, "'")
    .replace(/[\u201c\u201d\u201e]/g, '"')
    .trim();
}

const ASCII = /^\p{ASCII}*$/u;

interface NameParts {
  /** What stands before the first dash, with the brackets that open it: "(Sittin' On) The Dock of the Bay". */
  readonly title: string;
  /** What stands in other brackets. */
  readonly notes: readonly string[];
  /** What stands behind dashes, in order. */
  readonly tails: readonly string[];
}

function takeApart(text: string): NameParts {
  if (!HAS_NOTES.test(text)) return { title: text, notes: [], tails: [] };
  const pieces = [''];
  const notes: string[] = [];
  const add = (some: string) => {
    pieces[pieces.length - 1] += some;
  };
  for (let at = 0; at < text.length; ) {
    const sign = text[at] as string;
    if (sign === '(' || sign === '[') {
      const end = findClosing(text, at);
      const inside = text.slice(at + 1, end);
      if (pieces.length === 1 && pieces[0]?.trim() === '') add(inside);
      else notes.push(...inside.split(/[()[\]]/).flatMap(splitNotes));
      at = end + 1;
    } else if (text.startsWith(' - ', at)) {
      pieces.push('');
      at += 3;
    } else {
      add(sign);
      at += 1;
    }
  }
  const [title = '', ...tails] = pieces;
  return { title, notes, tails: tails.flatMap(splitNotes) };
}

const HAS_NOTES = /[([]| - /;

/** Where the bracket at a place is closed, those within it passed over; the end of the text where nobody closes it. */
function findClosing(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    if ('(['.includes(text[at] as string)) depth += 1;
    else if (')]'.includes(text[at] as string)) depth -= 1;
    if (depth === 0) return at;
  }
  return text.length;
}

/** "Mono Version / Remastered 2002" is two notes; "10/20-22/76" and "w/ X" are none. */
function splitNotes(text: string): string[] {
  return text.split(/ \/ |;|(?<=[a-z]{2})\/(?=[a-z])/);
}

/** Where a version is named, what comes after it says where and when: "Live at Royal Albert Hall, London, UK - May 26, 1966". */
function keepTails(tails: readonly string[]): string[] {
  const version = tails.findIndex(isVersion);
  return tails.filter((tail, at) => (version >= 0 && at > version ? PARTS.test(tail) : !isVersion(tail)));
}

/** "Song feat. X" without what names the guest. */
function withoutGuests(title: string): string {
  return title.replace(/(?<=\S) (?:feat\.?|ft\.|featuring) .*$/, '');
}

/** Whether a note says nothing but which version it is, or who else is heard: "Live", "with X", "X feat. Y Remix", "Live feat. X". */
function isVersion(note: string): boolean {
  const text = note.trim();
  const bare = withoutGuests(text);
  const texts = bare === text ? [text] : [text, bare];
  return !PARTS.test(text) && VERSIONS.some((pattern) => texts.some((one) => pattern.test(one)));
}

/** A part that is a track of its own, and a movement. */
const PARTS =
  /\b(?:pts?|parts?|partes?|parties?|teil|vol|volume|chapter|act|mvt|movement)\b\.? ?(?:\d|[ivx]+\b|one|two|three)|\b(?:no|nr)\b\.? ?\d|\b(?:interlude|intro|outro|skit|prelude|reprise|coda|medley|variation)\b|^[ivx]+\. /;

/** What subtitles go on with, not versions: "with me", "live for you". */
const OF_SUBTITLES = String.raw`(?! (?:me|you|u|us|him|her|my|your|or|no|a)\b)`;
const END = String.raw`(?: \d+"?| with${OF_SUBTITLES} .*)?$`;

const VERSIONS = [
  // Guests.
  `^(?:feat|ft|featuring|w/|prod|with${OF_SUBTITLES})(?:$|[^a-z])`,
  // Words that hardly a subtitle has.
  String.raw`\b(?:re-?mix\w*|rmx|edit|edited|version|versao|versione|remaster\w*|remasteris\w*|re-?record\w*|rework\w*|bootleg|mash-?up|vs|karaoke|unplugged|acoustic|acustic[oa]|acoustique|akustik|soundtrack(?! (?:of|to)\b)|ao vivo|en vivo|en directo|dal vivo|\d\w* anniversary|(?:stereo|mono) mix)\b`,
  String.raw`^(?:live(?: (?:(?:at|from|in|on|for)(?= \S)${OF_SUBTITLES}|(?:version|sessions?|acoustic|performance|recording|bbc|\d.*)\b)|,|$)|recorded (?:at|live|in)\b|bonus\b|demo\b|alternate\b)`,
  String.raw`\bfrom "|^from the .*\b(?:movie|film|motion picture|album|series|musical)\b`,
  // Behind a name, "Bassjackers Radio"; "on the radio", "in the mix" and "rub a dub" are subtitles.
  String.raw`(?:^|(?<!\S (?:the|a|an|my|your|our|his|her)) )(?:mix|demo|dub|instrumental|sessions?|mono|stereo|recording|performance|vip|uncut|extended|edition|radio)${END}`,
  // By themselves or behind such a word; "where I live", "take cover" and "paper cut" are subtitles.
  String.raw`(?:^|(?:^|[ -])(?:acoustic|live|radio|studio|bbc|mtv|unplugged|mix|re-?mix|version|sessions?|original|extended|short|alternate|early|first|rough|album|single|club|director's|piano|guitar|\d+"?)[ -])(?:live|cover|take|cut)${END}`,
  String.raw`^(?:(?:19|20)\d\d|original|main|single|explicit|clean|dirty|album|video|studio|official(?: video| audio)?|acapella|a cappella|stripped|sped up|slowed(?: down)?)$`,
].map((pattern) => new RegExp(pattern));

/** Letters and digits, words apart by one blank; other names for a part are one. */
function toWords(text: string): string {
  return text
    .replaceAll('&', ' and ')
    .replaceAll("'", '')
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, ' ')
    .trim()
    .replace(/\b(?:pts|parts?|partes?|parties?|teil)\b(?= )/g, 'pt');
}

const NAMES_OF_MANY =
  /^(?:intro|introduction|interlude|intermission|outro|skit|untitled|prelude|overture|reprise|medley|instrumental|freestyle|(?:hidden|bonus) track|(?:intro|interlude|outro|skit|untitled|track) \d+)$/;
