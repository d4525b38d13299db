// Components are written as tagged templates: no build step stands between this folder and the browser.
import htm from 'htm';
import { h } from 'preact';

export const html = htm.bind(h);
