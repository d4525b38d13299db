// Faults as text, for the command line and for tools in other languages: "albums#3=502", "token=401", "track#10x5=slow:2000".
import { InvalidInputError } from '../../errors.ts';
import type { Answer, Fault, Lie } from './faults.ts';
import { parseSetting } from './settings.ts';

const SHAPE = /^(\*|[a-z-]+)(?:#(\d+)(?:x(\d+))?)?=(.+)$/;
const LIES: readonly Lie[] = ['empty', 'repeated', 'endless', 'drifting', 'shifted'];
const EXPECTED_FAULT =
  'FAMILY[#NTH[xTIMES]]=ANSWER with ANSWER one of 502, 502:html, 502:text, 502:empty, 200:html, 429:SECONDS, quota:SECONDS, reset, ' +
  `truncate, wrongLength, damagedGzip, slow:MS, drip:MS, hang, ${LIES.join(', ')}, NAME:VALUE of a setting`;

/** @throws InvalidInputError that says what is accepted */
export function parseFault(text: string): Fault {
  const [, family, nth, times, answer = ''] = SHAPE.exec(text.trim()) ?? [];
  const parsed = family === undefined ? null : parseAnswer(answer);
  if (family === undefined || !parsed || nth === '0' || times === '0') {
    throw new InvalidInputError(`"${text}" is no fault; ${EXPECTED_FAULT} is expected.`, {
      field: 'fault',
      given: text,
      expected: EXPECTED_FAULT,
    });
  }
  return {
    family,
    ...(nth === undefined ? {} : { nth: Number(nth) }),
    ...(times === undefined ? {} : { times: Number(times) }),
    answer: parsed,
  };
}

function parseAnswer(text: string): Answer | null {
  const [word = '', detail] = splitOnce(text, ':');
  const lie = LIES.find((each) => each === word);
  if (lie) return { kind: 'lie', lie };
  if (
    word === 'reset' ||
    word === 'truncate' ||
    word === 'wrongLength' ||
    word === 'damagedGzip' ||
    word === 'hang'
  )
    return detail === undefined ? { kind: word } : null;
  if (word === 'slow' || word === 'drip')
    return /^\d+$/.test(detail ?? '') ? { kind: word, ms: Number(detail) } : null;
  if (word === 'quota') return quotaAnswer(detail);
  if (/^[1-5]\d\d$/.test(word)) return statusAnswer(Number(word), detail);
  return detail === undefined ? null : { kind: 'set', settings: parseSetting(word, detail) };
}

const TEXT = { 'content-type': 'text/plain' };

function statusAnswer(status: number, detail: string | undefined): Answer | null {
  if (status === 429 && detail !== undefined && !/[a-z]{4,}$/.test(detail))
    return { kind: 'status', status, body: 'Too many requests', headers: { ...TEXT, 'retry-after': detail } };
  if (detail === undefined || detail === 'html')
    return {
      kind: 'status',
      status,
      body: `<html><body><h1>${status}</h1></body></html>`,
      headers: { 'content-type': 'text/html' },
    };
  if (detail === 'text') return { kind: 'status', status, body: `error ${status}`, headers: TEXT };
  return detail === 'empty' ? { kind: 'status', status, body: '', headers: {} } : null;
}

function quotaAnswer(detail = '84000'): Answer | null {
  if (!/^\d+$/.test(detail)) return null;
  const error = { status: 429, message: 'Too many requests', reason: 'QUOTA_EXCEEDED' };
  const headers = { 'content-type': 'application/json', 'retry-after': detail };
  return { kind: 'status', status: 429, body: JSON.stringify({ error }), headers };
}

function splitOnce(text: string, mark: string): [string, string?] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
