import { describe, expect, it } from 'vitest';
import { mayFetch } from '../../../src/sources/kworb/robots.ts';

const PATH = '/spotify/artists.html';

describe('mayFetch', () => {
  it.each([
    ['', true],
    ['User-agent: *\nDisallow:\n', true],
    ['User-agent: *\nDisallow: /\n', false],
    ['User-agent: *\r\nDisallow: /spotify/\r\n', false],
    ['user-AGENT: * # all\nDISALLOW: /private # not ours', true],
    ['User-agent: *\nDisallow: /spotify/\nAllow: /spotify/artists', true],
    ['User-agent: *\nAllow: /\nDisallow: /spotify/', false],
    ['User-agent: *\nDisallow: /spotify/*.html$', false],
    ['User-agent: *\nDisallow: /spotify/artists$', true],
    ['User-agent: *\nDisallow: /*artists*$', false],
    ['User-agent: *\nDisallow: /*tists*html', false],
    ['User-agent: *\nDisallow: *.html$', false],
    ['User-agent: *\nDisallow: /spotify*.htm$', true],
    ['User-agent: *\nDisallow: /spotify/artists.html*html', true],
    ['User-agent: *\nDisallow: /*?', true],
    [`User-agent: *\nDisallow: ${'*a'.repeat(1_000)}`, true],
    [`User-agent: *\nDisallow: ${'*'.repeat(10_000)}x$`, true],
    [`User-agent: *${' '.repeat(100_000)}x\nDisallow: /`, true],
    ['User-agent: Groovelake\nDisallow: /\n\nUser-agent: *\nDisallow:', false],
    ['User-agent: Other\nUser-agent: groovelake\nDisallow: /spotify', false],
    ['User-agent: Other\nDisallow: /', true],
    ['Disallow: /', true],
    ['<html>captive portal</html>', true],
  ])('reads %j as %s', (robots, expected) => {
    expect(mayFetch(robots, 'groovelake', PATH)).toBe(expected);
  });
});
