import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const SCHEMES = ['light', 'dark'] as const;

/** The colours of a custom property of the style sheet: light, dark. */
function readProperty(name: string): readonly string[] {
  const css = readFileSync('studio/studio.css', 'utf8');
  return (
    new RegExp(`--${name}: light-dark\\((#\\w{6}|#\\w{3}), (#\\w{6})\\)`).exec(css)?.slice(1).map(widen) ?? []
  );
}

const widen = (color: string) => (color.length === 4 ? color.replace(/\w/g, '$&$&') : color);

const channels = (color: string) => [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));

/** Relative luminance of WCAG 2.2. */
function luminance(rgb: readonly number[]): number {
  const [r = 0, g = 0, b = 0] = rgb
    .map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: readonly number[], other: readonly number[]): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

describe.each(SCHEMES)('colours in the %s scheme', (scheme) => {
  const at = SCHEMES.indexOf(scheme);
  const colorOf = (name: string) => channels(readProperty(name)[at] ?? '');

  it.each([
    'ink',
    'quiet',
    'accent',
    'bad',
    'warn',
    'good',
  ])('text in --%s is 4.5 to 1 on both grounds', (name) => {
    for (const ground of ['ground', 'card'])
      expect(contrast(colorOf(name), colorOf(ground))).toBeGreaterThanOrEqual(4.5);
  });

  it('every series is 3 to 1 on its card, dots that the card shines through too', () => {
    const code = readFileSync('studio/colors.js', 'utf8');
    const palette = new RegExp(`${scheme}: \\[([^\\]]+)\\]`).exec(code)?.[1]?.match(/#\w{6}/g) ?? [];
    const alpha = Number.parseInt(/DOT_ALPHA = '(\w\w)'/.exec(code)?.[1] ?? '', 16) / 255;
    expect(palette).toHaveLength(10);
    const card = colorOf('card');
    for (const series of palette) {
      const dot = channels(series).map((value, i) => value * alpha + (card[i] ?? 0) * (1 - alpha));
      expect(contrast(channels(series), card)).toBeGreaterThanOrEqual(3);
      expect(contrast(dot, card)).toBeGreaterThanOrEqual(3);
    }
  });
});
