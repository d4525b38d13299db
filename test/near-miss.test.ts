import { describe, expect, it } from 'vitest';
import { findNearMiss } from '../src/near-miss.ts';

describe('findNearMiss', () => {
  const known = ['danceability', 'energy', 'valence'];

  it('returns the nearest of the known names, whatever the case', () => {
    expect(findNearMiss('Dancability', known)).toBe('danceability');
    expect(findNearMiss('energi', known)).toBe('energy');
  });

  it('returns null where none is near, or none is known', () => {
    expect(findNearMiss('tempo', known)).toBeNull();
    expect(findNearMiss('energy', [])).toBeNull();
  });

  it('returns null for a text that is longer than any name', () => {
    expect(findNearMiss('x'.repeat(101), ['x'.repeat(101)])).toBeNull();
  });
});
