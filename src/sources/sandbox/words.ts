// Names made by rule from word lists of our own.
import type { Draw } from './draw.ts';

type Words = readonly [string, ...string[]];

const ADJECTIVES: Words = [
  'Amber',
  'Broken',
  'Carbon',
  'Distant',
  'Electric',
  'Feral',
  'Golden',
  'Hollow',
  'Idle',
  'Jagged',
  'Kinetic',
  'Lunar',
  'Midnight',
  'Neon',
  'Opal',
  'Paper',
  'Quiet',
  'Restless',
  'Silver',
  'Tidal',
  'Ultra',
  'Velvet',
  'Wandering',
  'Young',
];
const NOUNS: Words = [
  'Anchor',
  'Bridge',
  'Cinder',
  'Delta',
  'Ember',
  'Falcon',
  'Garden',
  'Harbor',
  'Island',
  'Jungle',
  'Kettle',
  'Lantern',
  'Meadow',
  'Needle',
  'Orbit',
  'Prairie',
  'Quarry',
  'River',
  'Signal',
  'Thunder',
  'Union',
  'Valley',
  'Window',
  'Yarrow',
  'Zephyr',
];
const FIRST_NAMES: Words = [
  'Ada',
  'Bruno',
  'Carla',
  'Dario',
  'Elif',
  'Finn',
  'Greta',
  'Hana',
  'Ivo',
  'Juno',
  'Kaya',
  'Levi',
  'Mira',
  'Noor',
  'Otis',
  'Pia',
  'Quinn',
  'Rosa',
  'Sami',
  'Tova',
  'Uma',
  'Vito',
  'Wren',
  'Yara',
  'Zeno',
];
const LAST_NAMES: Words = [
  'Almgren',
  'Bellweather',
  'Castellan',
  'Dufresne',
  'Eastlake',
  'Farrow',
  'Grunwald',
  'Hartigan',
  'Ibarra',
  'Juhl',
  'Kestrel',
  'Lindqvist',
  'Marlowe',
  'Novak',
  'Okafor',
  'Petrov',
  'Quist',
  'Ravel',
  'Sandoval',
  'Tanaka',
  'Umber',
  'Vance',
  'Whitlock',
];
const VERBS: Words = [
  'Call',
  'Carry',
  'Chase',
  'Drown',
  'Follow',
  'Hold',
  'Leave',
  'Lose',
  'Paint',
  'Remember',
  'Shake',
  'Trace',
  'Wake',
];
const ENDINGS: Words = [
  'Again',
  'at Dawn',
  'by the Sea',
  'for You',
  'in Blue',
  'Tonight',
  'Without Me',
  '(Interlude)',
  'Part II',
  'on Fire',
];

/** Names that break careless code: accents, other scripts, both directions, signs, emoji. */
export const HARD_NAMES: Words = [
  'Señor Ñandú',
  'Ångström & Søn',
  'A$AP Sandbox',
  'Slash/Back\\slash',
  'O\'Quote "Double"',
  '東京サンドボックス',
  'فرقة الرمال',
  'להקת החול',
  'Пески',
  'Emoji 🎸 Band',
  'Amp & Tag <b>',
  'Ünïcödé',
  'Ｆｕｌｌｗｉｄｔｈ',
  'Zalgo z̷',
  '100% Sand; DROP TABLE',
];

export function artistName(draw: Draw): string {
  const form = draw.unit();
  if (form < 0.3) return `${draw.pick(FIRST_NAMES)} ${draw.pick(LAST_NAMES)}`;
  if (form < 0.55) return `The ${draw.pick(ADJECTIVES)} ${draw.pick(NOUNS)}s`;
  if (form < 0.75) return `${draw.pick(ADJECTIVES)} ${draw.pick(NOUNS)}`;
  if (form < 0.88) return `${draw.pick(NOUNS)} & ${draw.pick(NOUNS)}`;
  return `${draw.pick(FIRST_NAMES)} ${draw.pick(NOUNS)} ${draw.whole(2, 99)}`;
}

export function title(draw: Draw): string {
  const form = draw.unit();
  if (form < 0.3) return `${draw.pick(ADJECTIVES)} ${draw.pick(NOUNS)}`;
  if (form < 0.55) return `${draw.pick(VERBS)} the ${draw.pick(NOUNS)}`;
  if (form < 0.8) return `${draw.pick(VERBS)} ${draw.pick(FIRST_NAMES)} ${draw.pick(ENDINGS)}`;
  return `${draw.pick(NOUNS)} ${draw.pick(ENDINGS)}`;
}

export function labelName(draw: Draw): string {
  return draw.chance(0.5) ? 'Sandbox Records' : `${draw.pick(NOUNS)} Sandbox Records`;
}
