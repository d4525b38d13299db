// How long a regular expression is once the engine (RE2) has compiled it: a few characters may stand for thousands.
import { MAX_PATTERN_LENGTH } from '../../store/catalog/predicates.ts';

/** Letters of all alphabets are some hundred ranges in the automaton of a pattern: (\pL?){30} takes 1.2 s. */
const CLASS_CHARACTERS = 100;
/** Counts stop here, so that a repetition of repetitions stays a number. */
const MOST = 1e9;

/**
 * Characters of a pattern as the engine compiles it, with what is repeated a stated number of times written out as often: a{3}(bc){2,4} has 11.
 * A pattern that is not valid has some number too; it is refused when it runs.
 */
export function countExpanded(pattern: string): number {
  const text = pattern.slice(0, MAX_PATTERN_LENGTH);
  let group = { sum: 0, last: 0 };
  const around: (typeof group)[] = [];
  const add = (count: number, last = count) => {
    group = { sum: Math.min(group.sum + count, MOST), last: Math.min(last, MOST) };
  };
  for (let at = 0; at < text.length; ) {
    const end = endOfToken(text, at);
    const token = text.slice(at, end);
    const repeat = /^\{(\d+)(?:,(\d*))?\}$/.exec(token);
    // What is repeated may be repeated again, behind a token that adds nothing.
    if (repeat) {
      const times = Math.max(1, Number(repeat[2] || repeat[1]));
      add(group.last * (times - 1), group.last * times);
    } else if (/^[*+?]$/.test(token)) add(1, group.last + 1);
    else if (token.startsWith('\\Q')) for (const _ of literalOf(token)) add(1);
    else if (token === '(') {
      around.push(group);
      group = { sum: 0, last: 0 };
    } else if (token === ')') {
      const inner = group.sum;
      group = around.pop() ?? group;
      add(inner);
    } else if (!token.startsWith('(?')) add(/^[[\\]/.test(token) ? countClass(token) : 1);
    at = end;
  }
  return around.reduce((sum, outer) => sum + outer.sum, group.sum);
}

/**
 * A repetition, a class in brackets, a letter behind a backslash, what \Q makes literal or flags for what follows are one token, as RE2 reads
 * them: what it takes for a class and we for a group, or the other way round, would be counted once however often it is repeated.
 */
function endOfToken(text: string, at: number): number {
  if (text[at] === '[') return endOfClass(text, at);
  if (text.startsWith('\\Q', at)) return endOfLiteral(text, at);
  const whole = WHOLE[text[at] ?? '']?.exec(text.slice(at, at + MAX_PATTERN_LENGTH));
  return whole ? at + whole[0].length : endOfCharacter(text, at);
}

const WHOLE: Readonly<Record<string, RegExp>> = {
  '{': /^\{\d{1,6}(?:,\d{0,6})?\}/,
  '(': /^\(\?[a-zA-Z-]*\)/,
};

function endOfLiteral(text: string, at: number): number {
  const close = text.indexOf('\\E', at + 2);
  return close < 0 ? text.length : close + 2;
}

function literalOf(token: string): string {
  return token.slice(2).replace(/\\E$/, '');
}

/** One that is written as it is, or behind a backslash. */
function endOfCharacter(text: string, at: number): number {
  if (text[at] !== '\\') return at + ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
  const isNamed = /[pPx]/.test(text[at + 1] ?? '');
  const close = isNamed && text[at + 2] === '{' ? text.indexOf('}', at) : -1;
  if (close >= 0) return close + 1;
  return at + (/[pP]/.test(text[at + 1] ?? '') ? 3 : 2);
}

function endOfClass(text: string, start: number): number {
  let at = start + (text[start + 1] === '^' ? 2 : 1);
  // First of all "]" stands for itself.
  do at = endOfMember(text, at);
  while (at < text.length && text[at] !== ']');
  return at + 1;
}

/** [:alpha:], a character, or two with "-" between them. */
function endOfMember(text: string, at: number): number {
  const named = text.startsWith('[:', at) ? text.indexOf(':]', at + 2) : -1;
  if (named >= 0) return named + 2;
  const end = endOfCharacter(text, at);
  const isSet = /^\\[pdsw]/i.test(text.slice(at, at + 2));
  const isRange = !isSet && text[end] === '-' && end + 1 < text.length && text[end + 1] !== ']';
  return isRange ? endOfCharacter(text, end + 1) : end;
}

/** A class has as many ranges as are written in it. */
function countClass(token: string): number {
  const alphabets = token.match(/\\p/gi)?.length ?? 0;
  return (token.startsWith('[') ? token.length : 1) + CLASS_CHARACTERS * alphabets;
}
