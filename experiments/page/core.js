// Small tools that every part of the page uses: elements, marks, numbers in words, tables, files, styles, data.
// Nothing here knows what a network is, and nothing happens before a function is called.

export const $ = (query, root = document) => root.querySelector(query);
export const $$ = (query, root = document) => [...root.querySelectorAll(query)];
const SVG_NAMESPACE = 'http://www.w3.org/2000/svg';

function makeElement(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter(child => child != null && child !== false));
  return element;
}
// el('button', { class: 'plain', onclick: f }, 'Text', [more, elements], null): null and false are left out.
export const el = (tag, attributes, ...children) => makeElement(document.createElement(tag), attributes, children);
export const svg = (tag, attributes, ...children) => makeElement(document.createElementNS(SVG_NAMESPACE, tag), attributes, children);
// A variable or the name of a node, in the serif of formulas.
export const math = (text, sub) => el('span', { class: 'math' }, text, sub != null ? el('sub', {}, sub) : null);

export const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
export const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);
// Whether the reader has asked for less motion.
export const isCalm = () => typeof matchMedia === 'function' && matchMedia('(prefers-reduced-motion: reduce)').matches;
// The first index in 0..n at which `holds` is true, or n; `holds` must be false, then true.
export function firstIndex(n, holds) {
  let low = 0, high = n;
  while (low < high) { const middle = (low + high) >> 1; if (holds(middle)) high = middle; else low = middle + 1; }
  return low;
}

// ---- marks: colour, shape and dash say the same thing three times --------------------------------------------------

export const SHAPES = {
  circle: r => `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`,
  square: r => `M${-r * .9} ${-r * .9}h${1.8 * r}v${1.8 * r}h${-1.8 * r}z`,
  triangle: r => `M0 ${-r * 1.1}L${r * 1.1} ${r * .85}H${-r * 1.1}z`,
  diamond: r => `M0 ${-r * 1.2}L${r * 1.1} 0L0 ${r * 1.2}L${-r * 1.1} 0z`,
  down: r => `M0 ${r * 1.1}L${r * 1.1} ${-r * .85}H${-r * 1.1}z`,
  plus: r => `M${-r * .4} ${-r}h${r * .8}v${r * .6}h${r * .6}v${r * .8}h${-r * .6}v${r * .6}h${-r * .8}v${-r * .6}h${-r * .6}v${-r * .8}h${r * .6}z`,
  right: r => `M${r * 1.1} 0L${-r * .85} ${r * 1.1}V${-r * 1.1}z`,
  bow: r => `M${-r} ${-r}L${r} ${r}V${-r}L${-r} ${r}z`,
  cross: r => `M${-r} ${-r}L${r} ${r}M${r} ${-r}L${-r} ${r}`,
};
export const glyph = (shape, r, attributes) => svg('path', { d: SHAPES[shape](r), ...attributes });
// A mark in a line of text. `colour` is a CSS colour, such as seriesStyle(0).colour.
export function inlineGlyph(shape, colour) {
  return svg('svg', { viewBox: '-6 -6 12 12', width: '.72em', height: '.72em', 'aria-hidden': 'true', class: 'inline-glyph' },
    glyph(shape, 5, shape === 'cross' ? { fill: 'none', stroke: colour, 'stroke-width': 2.5 } : { fill: colour }));
}

const SERIES_COLOURS = ['blue', 'orange', 'teal', 'plum', 'olive', 'slate', 'sky', 'rose'];
const SERIES_SHAPES = ['circle', 'square', 'triangle', 'diamond', 'down', 'plus', 'right', 'bow'];
// Stroke and gap in rem; the first is a solid line.
const SERIES_DASHES = [[], [.6, .25], [.7, .25, .12, .25], [.35, .2], [1.2, .3], [.12, .2], [.7, .2, .1, .2, .1, .2], [1.2, .25, .35, .25]];
// The look of series i, counted from 0. From the ninth on the colours come again with other dashes and shapes.
export function seriesStyle(i) {
  const turned = i + Math.floor(i / 8), dashes = SERIES_DASHES[turned % 8];
  return {
    colour: `var(--${SERIES_COLOURS[i % 8]})`,
    shape: SERIES_SHAPES[turned % 8],
    dash: dashes.length ? dashes.map(d => d + 'rem').join(' ') : 'none',
  };
}
// The colour that a layer's tint stands for: the number of a series, 'alert' or 'neutral'.
export const tintColour = tint => tint === 'alert' ? 'var(--alert)' : typeof tint === 'number' ? seriesStyle(tint).colour : 'var(--slate)';

const ICONS = {
  start: 'M2 2h2v12H2zM14 2v12L5 8z', back2: 'M8 2v12L0 8zM15.500 2v12L7.500 8z', back: 'M12 2v12L3 8z', play: 'M3 1.500v13L14 8z',
  pause: 'M3 2h4v12H3zM9 2h4v12H9z', fwd: 'M4 2v12L13 8z', fwd2: 'M.5 2v12L8.500 8zM8 2v12L16 8z', end: 'M12 2h2v12h-2zM2 2v12L11 8z',
  mark: 'M3.500 1h9v14L8 11 3.500 15z', more: 'M2 5h12L8 12z',
  ask: 'M8 1.200a4 4 0 0 0-4 4h2a2 2 0 1 1 3 1.750C7.600 7.800 7 8.500 7 10v.8h2V10c0-.6.3-.9 1-1.400A4 4 0 0 0 8 1.200zM7 12.500h2v2H7z',
};
export const icon = name => svg('svg', { viewBox: '0 0 16 16', 'aria-hidden': 'true', class: 'icon' }, svg('path', { d: ICONS[name] }));

// ---- numbers in words ----------------------------------------------------------------------------------------------

const THIN_SPACE = '\u202f';
// 54130 -> '54 130': whole numbers in groups of three, from five digits on.
export function countText(n) {
  const digits = String(Math.abs(Math.round(n)));
  const grouped = digits.length > 4 ? digits.replace(/\B(?=(\d{3})+$)/g, THIN_SPACE) : digits;
  return (n < 0 ? '−' : '') + grouped;
}
// At most so many significant digits, without trailing zeros: 5.2487 -> '5.25', 1234.5 -> '1235'.
export function numberText(value, digits = 3) {
  if (value == null || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const size = Math.floor(Math.log10(Math.abs(value)));
  if (size < -4) return value.toExponential(Math.max(0, digits - 1)).replace('-', '−').replace(/\.?0+e/, 'e');
  if (size >= digits) return countText(value);
  return String(Number(value.toFixed(clamp(digits - 1 - size, 0, 12)))).replace('-', '−');
}
const SI_PREFIXES = [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k'], [1, ''], [1e-3, 'm'], [1e-6, 'µ'], [1e-9, 'n'], [1e-12, 'p']];
// 5248700, 'bps' -> '5.25 Mbps'.
export function siText(value, unit, digits = 3) {
  if (value == null || Number.isNaN(value)) return '–';
  if (value === 0) return `0 ${unit}`;
  // Rounding may reach the next prefix: 999 999 is 1 M, not 1000 k.
  const rounded = Number(Math.abs(value).toPrecision(digits));
  const [factor, prefix] = SI_PREFIXES.find(([f]) => rounded >= f) || SI_PREFIXES.at(-1);
  return `${numberText(value / factor, digits)} ${prefix}${unit}`;
}
export const bitRateText = bps => siText(bps, 'bps');
export const bytesText = bytes => siText(bytes, 'B');
export const percentText = share => share == null ? '–' : `${numberText(share * 100)} %`;
// A length of time: 0.0457 -> '45.7 ms'. Seconds stay seconds however many.
export function durationText(seconds, digits = 3) {
  if (seconds == null || Number.isNaN(seconds)) return '–';
  return Math.abs(seconds) >= 1 ? `${numberText(seconds, Math.max(digits, 4))} s` : siText(seconds, 's', digits);
}
// A unit for moments of a run that lasts so long: ms below a second (and so on), with decimals that tell `steps` moments apart.
export function timeScale(endSeconds, steps = 2000) {
  const [factor, unit] = endSeconds >= 1 ? [1, 's'] : endSeconds >= 1e-3 ? [1e3, 'ms'] : endSeconds >= 1e-6 ? [1e6, 'µs'] : [1e9, 'ns'];
  const step = endSeconds * factor / steps;
  return { factor, unit, decimals: step > 0 ? clamp(-Math.floor(Math.log10(step)), 0, 6) : 0 };
}
// A moment, with as many decimals as a run of this length wants, so that numbers keep their width: '28.40 s'.
export function momentText(seconds, endSeconds) {
  const { factor, unit, decimals } = timeScale(endSeconds);
  return `${(seconds * factor).toFixed(decimals)} ${unit}`;
}
// 1 packet, 2 packets, 0 packets.
export const plural = (n, one, many = one + 's') => `${countText(n)} ${n === 1 ? one : many}`;
export const costText = cost => cost == null || cost < 0 ? '∞' : String(cost);
export const sentence = text => text ? text[0].toUpperCase() + text.slice(1) : '';

// ---- tables and files ----------------------------------------------------------------------------------------------

const csvCell = value => /[",\n\r]/.test(value) ? `"${value.replace(/"/g, '""')}"` : value;
export const csvText = (columns, rows) => [columns, ...rows].map(row => row.map(c => csvCell(c == null ? '' : String(c))).join(',')).join('\n') + '\n';

export function saveText(name, text, type = 'text/plain') {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  el('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

const isNumeric = cell => typeof cell === 'number' || (typeof cell === 'string' && /^(< )?[+−-]?\d/.test(cell));
// A real table. Cells are texts, numbers or elements; a column of numbers stands at the right. `rowHead` makes the first column heads.
export function dataTable(columns, rows, { caption, rowHead = false, className = 'data' } = {}) {
  const right = columns.map((_, c) => rows.length > 0 && rows.every(row => row[c] == null || row[c] === '' || row[c] === '–' || isNumeric(row[c])));
  const cell = (value, c) => {
    const isHead = rowHead && c === 0;
    return el(isHead ? 'th' : 'td', { scope: isHead ? 'row' : null, class: right[c] && !isHead ? 'n' : null }, value == null ? '' : value instanceof Node ? value : String(value));
  };
  return el('table', { class: className }, caption ? el('caption', { class: 'sr' }, caption) : null,
    el('thead', {}, el('tr', {}, columns.map((c, i) => el('th', { scope: 'col', class: right[i] && !(rowHead && i === 0) ? 'n' : null }, c)))),
    el('tbody', {}, rows.map(row => el('tr', {}, row.map(cell)))));
}

// A dialog over the page; it is thrown away when closed. Focus goes back to where it was by itself.
export function openDialog(title, content, { foot = [], className = '' } = {}) {
  const dialog = el('dialog', { 'aria-label': title, class: className, onclose: () => dialog.remove(), onclick: e => { if (e.target === dialog) dialog.close(); } },
    el('div', { class: 'dialog-body' }, el('h2', {}, title), el('div', { class: 'dialog-scroll', tabindex: 0, role: 'region', 'aria-label': title }, content),
      el('div', { class: 'foot' }, el('span', { class: 'foot-left' }, foot), el('button', { class: 'plain', type: 'button', autofocus: true, onclick: () => dialog.close() }, 'Close'))));
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

const DIALOG_ROWS = 2000;
// Any picture as a table, with a download. `note` stands above it; the CSV always has all rows.
export function tableDialog(title, columns, rows, csvName, note = null) {
  const shown = rows.slice(0, DIALOG_ROWS);
  const more = rows.length > shown.length ? `The first ${countText(shown.length)} of ${countText(rows.length)} rows; the download has all.` : null;
  const content = [note || more ? el('p', { class: 'kick' }, [note, more].filter(Boolean).join(' ')) : null, dataTable(columns, shown, { caption: title })];
  const save = el('button', { class: 'link', type: 'button', onclick: () => saveText(csvName, csvText(columns, rows), 'text/csv') }, `Download ${csvName}`);
  return openDialog(title, content, { foot: [save, el('span', { class: 'kick' }, plural(rows.length, 'row'))] });
}

// ---- styles --------------------------------------------------------------------------------------------------------

export const STYLES = ['auto', 'light', 'dark', 'projector'];
export function setStyle(name) {
  const chosen = STYLES.includes(name) ? name : 'auto';
  const isDark = typeof matchMedia === 'function' && matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset.style = chosen === 'auto' ? (isDark ? 'dark' : 'light') : chosen;
  document.documentElement.dataset.chosen = chosen;
}
export const shownStyle = () => document.documentElement.dataset.style;

// ---- data ----------------------------------------------------------------------------------------------------------

export const readJsonBlock = id => JSON.parse($('#' + id).textContent);
// A block of JSON that is deflated and written in base64.
export async function inflateBlock(id) {
  const bytes = Uint8Array.from(atob($('#' + id).textContent.trim()), c => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return JSON.parse(await new Response(stream).text());
}

export const readHash = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
// Values that are null or empty are left out. The history does not grow.
export function writeHash(values) {
  const text = new URLSearchParams(Object.entries(values).filter(([, v]) => v != null && v !== '')).toString();
  if (location.hash.slice(1) !== text) history.replaceState(null, '', '#' + text);
}

// Tells the page around this one, that of netsim serve, what is chosen or where the replay stands (docs/serve.md).
export function tellAround(message) {
  if (globalThis.parent && globalThis.parent !== globalThis) globalThis.parent.postMessage(message, '*');
}
