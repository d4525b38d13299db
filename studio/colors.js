// The colours of series, in either scheme at least 3 to 1 against the card that they are drawn on (WCAG 2.2, 1.4.11), dots too.
import { useEffect, useState } from 'preact/hooks';

export const PALETTES = {
  light: [
    '#0f766e',
    '#a16207',
    '#4f46e5',
    '#be185d',
    '#4d7c0f',
    '#0369a1',
    '#9333ea',
    '#b91c1c',
    '#57534e',
    '#0e7490',
  ],
  dark: [
    '#2dd4bf',
    '#fbbf24',
    '#a5b4fc',
    '#f472b6',
    '#a3e635',
    '#38bdf8',
    '#c084fc',
    '#f87171',
    '#a8a29e',
    '#22d3ee',
  ],
};

/** How much of a dot covers what is under it, as the last two digits of its colour. */
export const DOT_ALPHA = 'cc';

const DARK = '(prefers-color-scheme: dark)';

/** Colour of the nth series, in the reader's scheme. @param {number} at */
export function colorOf(at) {
  const palette = PALETTES[matchMedia(DARK).matches ? 'dark' : 'light'];
  return palette[at % palette.length] ?? '';
}

/** The same for dots that lie one over the other. @param {number} at */
export const dotColorOf = (at) => `${colorOf(at)}${DOT_ALPHA}`;

/** Draws the component anew when the reader changes the scheme. */
export function useScheme() {
  const [, setRound] = useState(0);
  useEffect(() => {
    const scheme = matchMedia(DARK);
    const onChange = () => setRound((n) => n + 1);
    scheme.addEventListener('change', onChange);
    return () => scheme.removeEventListener('change', onChange);
  }, []);
}
