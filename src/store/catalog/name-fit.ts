// How well a name fits a term. Plain text: both engines' rows are judged by the same code.
import { LEADING_THE, listReadings, type Word, withoutSigns } from './search-term.ts';

/**
 * Gives hundredths of the score for a search text, signs and a leading "the" aside: 100 when it is the term, 80 when it begins with it, 60
 * when a word of it does, 40 when it holds all words somewhere, 20 when one of them only with a slip.
 */
export function createNameFit(folded: string, words: readonly Word[]): (text: string) => number {
  const readings = listReadings(folded);
  const bare = [...new Set(readings.map((reading) => reading.replace(LEADING_THE, '')))];
  // A name in one word is told in two, and one with signs by its parts: "one republic", "ac dc".
  const joined = withoutSigns(folded.replace(LEADING_THE, '')).replaceAll(' ', '');
  const names = joined === '' ? bare : [...new Set([...bare, joined])];
  // A name stands in its text alone, or the first of two, or the second.
  const [alone, first] = [names.map((name) => ` ${name} `), names.map((name) => ` ${name}  `)];
  const second = names.flatMap((name) => [`  ${name} `, `  the ${name} `]);
  const beginnings = bare.map((reading) => ` ${reading}`);
  const secondBeginnings = bare.flatMap((reading) => [`  ${reading}`, `  the ${reading}`]);
  const ofWords = readings.map((reading) => ` ${reading}`);
  const spellings = words.map((word) => [word.text, ...word.others]);
  return (text) => {
    const bareText = text.startsWith(' the ') && text.length > 5 ? text.slice(4) : text;
    const isHeld = (part: string) => text.includes(part);
    const begins = (part: string) => bareText.startsWith(part);
    if (alone.includes(bareText) || first.some(begins) || second.some((end) => text.endsWith(end)))
      return 100;
    if (beginnings.some(begins) || secondBeginnings.some(isHeld)) return 80;
    if (ofWords.some(isHeld)) return 60;
    return spellings.every((either) => either.some(isHeld)) ? 40 : 20;
  };
}
