// Figures: charts over two axes drawn from numbers, with a cursor, zoom and a legend that hides; other pictures as they are.
import { $$, el, svg, clamp, rem, glyph, firstIndex, numberText, countText, momentText, seriesStyle, tintColour, tableDialog } from './core.js';

// ---- arithmetic that needs no page -----------------------------------------------------------------------------------

const HEADROOM = .06;
// Longer lines are thinned while drawing: first, lowest, highest and last of each pixel column.
const MOST_POINTS = 4000;

// About `wanted` ticks at multiples of 1, 2 or 5 times a power of ten.
export function linearTicks(low, high, wanted) {
  const rough = (high - low) / Math.max(1, wanted), power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find(m => m * power >= rough * (1 - 1e-9)) * power, decimals = clamp(-Math.floor(Math.log10(step) + 1e-9), 0, 12), ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step && ticks.length < 40; i++) {
    const value = Number((i * step).toFixed(decimals));
    ticks.push({ value, label: decimals ? value.toFixed(decimals).replace('-', '−') : countText(value) });
  }
  return ticks;
}
export function logTicks(low, high, wanted) {
  const decades = Math.log10(high / low);
  if (decades < .7) return linearTicks(low, high, wanted).filter(tick => tick.value > 0);
  const mantissas = decades * 3 <= wanted ? [1, 2, 5] : [1], stride = Math.max(1, Math.ceil(decades / wanted)), ticks = [];
  for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++) {
    if (((e % stride) + stride) % stride) continue;
    for (const m of mantissas) {
      const value = m * 10 ** e;
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) ticks.push({ value, label: e >= -3 && e <= 5 ? numberText(value, 6) : `${m === 1 ? '' : m + '·'}10${superscript(e)}` });
    }
  }
  return ticks;
}
const superscript = n => String(n).replace('-', '⁻').replace(/\d/g, d => '⁰¹²³⁴⁵⁶⁷⁸⁹'[d]);

// Points of a polyline in pixels, each [x, y] or null for a break; at most four a column.
export function thinPoints(points) {
  if (points.length <= MOST_POINTS) return points;
  const kept = [];
  let from = 0;
  while (from < points.length) {
    if (!points[from]) { kept.push(null); from++; continue; }
    const column = Math.floor(points[from][0]);
    let until = from, lowest = from, highest = from;
    while (until < points.length && points[until] && Math.floor(points[until][0]) === column) {
      if (points[until][1] < points[lowest][1]) lowest = until;
      if (points[until][1] > points[highest][1]) highest = until;
      until++;
    }
    for (const i of [...new Set([from, lowest, highest, until - 1])].sort((a, b) => a - b)) kept.push(points[i]);
    from = until;
  }
  return kept;
}

// The value of a line at x: of the last point before in a staircase, between two points else. Null where there is none.
export function lineValueAt(layer, x) {
  const { x: xs, y: ys, step } = layer, after = firstIndex(xs.length, i => xs[i] > x), i = after - 1;
  if (i < 0 || ys[i] == null) return null;
  if (xs[i] === x || step) return after < xs.length || xs[i] === x || step ? ys[i] : null;
  if (after >= xs.length || ys[after] == null) return null;
  return ys[i] + (ys[after] - ys[i]) * (x - xs[i]) / (xs[after] - xs[i]);
}

// Moves labels apart that would overlap, and keeps them between the ends. `wanted` is ascending.
export function spreadLabels(wanted, gap, low, high) {
  const at = wanted.slice();
  for (let i = 1; i < at.length; i++) at[i] = Math.max(at[i], at[i - 1] + gap);
  for (let i = at.length - 1, limit = high; i >= 0; i--, limit = at[i + 1] - gap) at[i] = Math.min(at[i], limit);
  for (let i = 0, limit = low; i < at.length; i++, limit = at[i - 1] + gap) at[i] = Math.max(at[i], limit);
  return at;
}

// A figure's plot: fields of the figure itself, or of its `panels`.
export const plotOf = figure => figure.panels ? (Array.isArray(figure.panels) ? figure : figure.panels) : null;

function layerExtent(layer, axis) {
  const lists = { line: ['x', 'y'], markers: ['x', 'y'], path: ['x', 'y'], whiskers: ['x', ['low', 'high']], band: ['x', ['low', 'high']], blocks: [['x0', 'x1'], ['y0', 'y1']] }[layer.kind];
  if (layer.kind === 'reference') return (axis === 'x') === !!layer.vertical ? [layer.value] : [];
  return lists ? [lists[axis === 'x' ? 0 : 1]].flat().flatMap(name => layer[name]) : [];
}
// From where to where an axis goes. Zero belongs to it, and a peak is seen to be one; time ends where the data end.
export function axisRange(axis, layers, which, isTight = false) {
  let low = Infinity, high = -Infinity;
  for (const layer of layers) for (const v of layerExtent(layer, which)) if (v != null && (!axis.log || v > 0)) { if (v < low) low = v; if (v > high) high = v; }
  if (low > high) [low, high] = axis.log ? [1, 10] : [0, 1];
  if (axis.log) {
    const room = isTight ? 1 : clamp((high / low) ** HEADROOM, 1.05, 1e3);
    [low, high] = high / low < 1.2 ? [low / 3, high * 3] : [low / room, high * room];
  } else {
    low = Math.min(low, 0); high = Math.max(high, 0);
    if (low === high) high = low + 1;
    const room = isTight ? 0 : HEADROOM * (high - low);
    if (low < 0) low -= room;
    if (high > 0) high += room;
  }
  low = axis.min ?? low; high = axis.max ?? high;
  return low < high ? [low, high] : [low, low + 1];
}
function axisScale([low, high], isLog, from, to) {
  const a = isLog ? Math.log10(low) : low, b = isLog ? Math.log10(high) : high, k = (to - from) / (b - a);
  const scale = isLog ? v => from + (Math.log10(v) - a) * k : v => from + (v - a) * k;
  scale.invert = p => isLog ? 10 ** (a + (p - from) / k) : a + (p - from) / k;
  return scale;
}

// ---- a figure ----------------------------------------------------------------------------------------------------------

let figureCount = 0;
// A figure of the contract as an element. Options: `time` links it to the shared cursor (dragging then sends 'gotime' with seconds),
// `dim: false` shows what comes after the cursor as clearly as what was, `title` need not be said again in a subtitle, `folder` stands before the names of files, `plain` leaves the head out,
// `onWindow(from, to)` hears of a zoom in seconds (null: all).
export function figureView(figure, options = {}) {
  return plotOf(figure) ? new PlotView(figure, options) : new PictureView(figure, options);
}

function figureHead(figure, options, openTable) {
  const file = figure.csv ? el('a', { href: (options.folder || '') + figure.csv, class: 'noprint', title: 'All numbers, in the file beside this report' }, figure.csv) : null;
  return el('div', { class: 'figtitle' }, el('h2', {}, figure.title), el('p', { class: 'kick', title: figure.subtitle || null }, subtitleOf(figure, options)),
    el('button', { type: 'button', class: 'link noprint', onclick: openTable }, 'Table'), file);
}
// The title of the experiment stands at the top of the page already.
const subtitleOf = ({ subtitle }, { title }) => title && subtitle?.startsWith(title) ? subtitle.slice(title.length).replace(/^ · /, '') : subtitle || '';
const hiddenNote = () => el('p', { class: 'fig-hidden-note empty' }, 'Hidden while predicting: this picture shows the whole run.');

// A picture as the engine drew it, on a white sheet, fitted into its place or as wide as that.
class PictureView {
  constructor(figure, options) {
    this.figure = figure;
    const image = el('img', { src: 'data:image/svg+xml;charset=utf-8,' + encodeURIComponent(figure.svg), alt: `${figure.title}. ${figure.subtitle || ''} The button Table has the same in words.`, class: 'fig-sheet',
      // A tall picture fitted into its place could not be read.
      onload: () => { if (image.naturalHeight > 1.2 * image.naturalWidth) size(true); } });
    this.body = el('div', { class: 'figbody picture' }, image);
    const size = isLarge => {
      this.body.classList.toggle('large', isLarge);
      for (const [i, button] of $$('button', this.sizes).entries()) button.setAttribute('aria-pressed', (i === 1) === isLarge);
      // What scrolls must be reachable by keyboard.
      if (isLarge) this.body.tabIndex = 0; else this.body.removeAttribute('tabindex');
    };
    this.sizes = el('div', { class: 'seg noprint', role: 'group', 'aria-label': 'Size' }, el('button', { type: 'button', onclick: () => size(false) }, 'Whole'), el('button', { type: 'button', onclick: () => size(true) }, 'Wide'));
    this.element = el('div', { class: 'fig untimed' }, el('header', {}, options.plain ? null : figureHead(figure, options, () => this.openTable()), el('div', { class: 'figbar noprint' }, this.sizes)), hiddenNote(), this.body);
    size(false);
  }
  openTable() {
    const table = this.figure.table || { columns: [], rows: [] };
    tableDialog(this.figure.title, table.columns, table.rows, `${this.figure.name}.csv`, this.figure.subtitle);
  }
  setCursor() {}
  setWindow() {}
  zoom() {}
  resize() {}
}

// Layers of one look and name are one entry of the legend, in whatever panels they stand.
const layerKey = layer => `${layer.kind === 'reference' ? 'reference' : layer.kind} ${layer.label} ${layer.style ?? layer.tint ?? layer.pattern ?? ''}`;

class PlotView {
  constructor(figure, options) {
    Object.assign(this, { figure, options, plot: plotOf(figure), id: `fig${figureCount++}`, hidden: new Set(), window: null, cursor: null, hover: null, isSelecting: false });
    this.isTime = !!(options.time && this.plot.seconds);
    this.layers = this.plot.panels.flatMap(panel => panel.layers);
    this.full = axisRange(this.plot.x, this.layers, 'x', !!this.plot.seconds || this.plot.x.max != null);
    this.bar = el('div', { class: 'figbar noprint' });
    this.svg = svg('svg', { role: 'group', 'aria-label': this.describe() });
    this.body = el('div', { class: 'figbody' }, this.svg);
    this.element = el('div', { class: this.plot.seconds && options.time ? 'fig' : 'fig untimed' }, el('header', {}, options.plain ? null : figureHead(figure, options, () => this.openTable()), this.bar), hiddenNote(), this.body);
    this.buildBar();
    this.bindPointer();
  }
  describe() {
    const series = this.entries().map(entry => entry.label).slice(0, 12).join(', ');
    return `${this.figure.title}: ${this.plot.panels.map(p => [p.title, p.y.label].filter(Boolean).join(', ')).slice(0, 6).join('; ')} over ${this.plot.x.label}${series ? `. Series: ${series}` : ''}`;
  }
  // Seconds of a value on the x axis and back.
  toX(seconds) { return seconds / this.plot.seconds; }

  // ---- legend and zoom -----------------------------------------------------------------------------------------

  entries() {
    const seen = new Map();
    for (const layer of this.layers) if (layer.label && layer.kind !== 'reference' && !seen.has(layerKey(layer))) seen.set(layerKey(layer), layer);
    return [...seen].map(([key, layer]) => ({ key, label: layer.label, layer }));
  }
  buildBar() {
    const entries = this.entries();
    this.buttons = entries.map(({ key, label, layer }) => el('button', { type: 'button', class: 'lg', 'aria-pressed': true, title: `Show or hide ${label}`, onclick: () => this.toggle(key) }, this.sample(layer), label));
    const all = isOn => { this.hidden = isOn ? new Set() : new Set(entries.map(e => e.key)); this.afterToggle(); };
    const many = entries.length > 8 ? el('div', { class: 'seg', role: 'group', 'aria-label': 'Series' }, el('button', { type: 'button', onclick: () => all(true) }, 'Show all'), el('button', { type: 'button', onclick: () => all(false) }, 'Hide all')) : null;
    const select = this.isTime ? el('button', { type: 'button', class: 'plain', 'aria-pressed': false, title: 'Dragging marks a stretch to zoom into, instead of moving the cursor (Shift and drag does, too)', onclick: e => { this.isSelecting = !this.isSelecting; e.target.setAttribute('aria-pressed', this.isSelecting); } }, 'Select') : null;
    const zoom = el('div', { class: 'seg', role: 'group', 'aria-label': 'Zoom' }, [['−', 'Zoom out', 'out'], ['+', 'Zoom in around the cursor', 'in'], ['All', 'The whole range', 'all']]
      .map(([text, label, how]) => el('button', { type: 'button', 'aria-label': how === 'all' ? null : label, title: label, onclick: () => this.zoom(how) }, text)));
    this.bar.replaceChildren(el('div', { class: 'legend-all', role: 'group', 'aria-label': 'Legend: show or hide' }, entries.length > 1 || this.layers.length > 1 ? this.buttons : []), ...[many, select, zoom].filter(Boolean));
  }
  toggle(key) { if (!this.hidden.delete(key)) this.hidden.add(key); this.afterToggle(); }
  afterToggle() {
    for (const [i, { key }] of this.entries().entries()) this.buttons[i].setAttribute('aria-pressed', !this.hidden.has(key));
    this.resize();
  }
  // A stretch of what it looks like.
  sample(layer) {
    const box = svg('svg', { viewBox: '0 0 32 14', 'aria-hidden': 'true' });
    if (layer.kind === 'line' || layer.kind === 'path') {
      const style = seriesStyle(layer.style ?? (typeof layer.tint === 'number' ? layer.tint : 0));
      box.append(svg('path', { d: 'M0 7H32', stroke: style.colour, 'stroke-width': 2.5, style: `stroke-dasharray:${style.dash}`, fill: 'none' }), svg('g', { transform: 'translate(16 7)' }, glyph(style.shape, 4, { fill: style.colour })));
    } else if (layer.kind === 'markers') box.append(svg('g', { transform: 'translate(16 7)' }, this.marker(layer, 5)));
    else if (layer.kind === 'whiskers') box.append(svg('path', { d: 'M16 1V13M12 1H20M12 13H20', stroke: tintColour(layer.tint), 'stroke-width': 2 }));
    else if (layer.kind === 'band') box.append(svg('rect', { x: 2, y: 2, width: 28, height: 10, fill: tintColour(layer.tint), 'fill-opacity': .22 }));
    else if (layer.pattern == null) box.append(svg('rect', { x: 2, y: 1, width: 28, height: 12, fill: 'none', stroke: 'var(--rule)' }));
    else { const defs = svg('defs'), id = `${this.id}-s${figureCount++}`; defs.append(hatchPattern(id, layer.pattern)); box.append(defs, svg('rect', { x: 2, y: 1, width: 28, height: 12, fill: `url(#${id})`, stroke: seriesStyle(layer.pattern).colour })); }
    return box;
  }
  marker(layer, r) {
    const colour = tintColour(layer.tint), isOpen = layer.shape === 'circle' || layer.shape === 'square';
    return glyph(layer.shape in MARKER_SHAPES ? MARKER_SHAPES[layer.shape] : 'circle', r, layer.shape === 'cross' ? { fill: 'none', stroke: colour, 'stroke-width': r * .5 } : { fill: isOpen ? 'var(--paper)' : colour, stroke: colour, 'stroke-width': r * .4 });
  }

  // ---- window and cursor -----------------------------------------------------------------------------------------

  setWindow(from, to) {
    const next = from == null ? null : this.plot.seconds ? [this.toX(from), this.toX(to)] : [from, to];
    this.setRange(next, false);
  }
  setRange(range, isTold = true) {
    const [low, high] = this.full;
    if (range) {
      const least = this.plot.x.log ? 0 : (high - low) / 5000, width = Math.max(range[1] - range[0], least);
      const from = clamp(range[0], low, Math.max(low, high - width));
      range = width >= (high - low) * .999 ? null : [from, Math.min(high, from + width)];
    }
    this.window = range;
    if (isTold && this.options.onWindow) this.options.onWindow(range && this.plot.seconds ? range[0] * this.plot.seconds : range?.[0] ?? null, range && this.plot.seconds ? range[1] * this.plot.seconds : range?.[1] ?? null);
    this.resize();
  }
  zoom(how) {
    const [from, to] = this.window || this.full;
    if (how === 'all') return this.setRange(null);
    const at = [this.hover, this.cursor].find(x => x != null && x >= from && x <= to) ?? (from + to) / 2, factor = how === 'in' ? .5 : 2;
    const width = (to - from) * factor, begin = at - (at - from) * factor;
    this.setRange(width >= this.full[1] - this.full[0] ? null : [begin, begin + width]);
  }
  setCursor(seconds, isFollowed = true) {
    const x = seconds == null || !this.isTime ? null : this.toX(seconds), hasMoved = isFollowed && x !== this.cursor;
    this.cursor = x;
    if (!this.width) return;
    // Zoomed in, the picture goes along with the cursor.
    if (hasMoved && x != null && this.window && (x < this.window[0] || x > this.window[1])) {
      const width = this.window[1] - this.window[0];
      return this.setRange([x - width * .1, x + width * .9]);
    }
    this.drawCursor();
  }

  // ---- drawing -----------------------------------------------------------------------------------------------------

  isShown(layer, panel) {
    if (this.hidden.has(layerKey(layer))) return false;
    // A band or whiskers without a name belong to the line of their colour.
    if (layer.label || !['band', 'whiskers'].includes(layer.kind)) return true;
    const line = panel.layers.find(other => other.kind === 'line' && other.style === layer.tint);
    return !line || !this.hidden.has(layerKey(line));
  }
  resize() {
    const width = this.body.clientWidth, height = this.body.clientHeight;
    if (width < 50 || height < 30) return;
    this.width = width;
    this.draw(width, height);
    this.drawCursor();
  }
  draw(width, height) {
    const size = rem(), { plot } = this, text = s => String(s).length * .54 * .9375 * size;
    const range = this.window || this.full, panels = plot.panels.map(panel => {
      const shown = panel.layers.filter(layer => this.isShown(layer, panel));
      return { panel, shown, range: axisRange(panel.y, shown, 'y') };
    });
    const rows = this.markRows(range, width, size);
    const foot = 1.5 * size, head = 1.625 * size, gap = .375 * size, top = rows.count * 1.25 * size, least = (panels.length > 6 ? 3 : 3.75) * size;
    const each = Math.max(least, (height - top - foot - panels.length * head - (panels.length - 1) * gap) / panels.length);
    const total = Math.max(height - 1, top + foot + panels.length * (head + each) + (panels.length - 1) * gap);
    for (const p of panels) p.ticks = axisTicks(p.panel.y, p.range, Math.max(2, Math.floor(each / (2.9 * size))), each / (1.05 * size));
    const left = Math.min(Math.max(2, ...panels.flatMap(p => p.ticks.map(t => text(t.label) / size + .9))), 12) * size;
    const references = panels.flatMap(p => p.shown.filter(l => l.kind === 'reference' && !l.vertical && l.label).map(l => text(l.label)));
    let right = width - clamp(Math.max(size * .75, ...references.map(w => w + .75 * size)), 0, Math.min(width * .2, 11 * size));
    // One scale for both axes: the plot is a square.
    if (plot.square) right = Math.min(right, left + each);
    const x = axisScale(range, plot.x.log, left, right);
    Object.assign(this, { x, left, right, top, size, range, height: total, panels, defs: svg('defs'), patterns: new Map() });
    this.svg.setAttribute('viewBox', `0 0 ${width} ${total}`);
    this.svg.style.height = `${total}px`;
    const content = svg('g'), overlay = svg('g');
    this.heads = svg('g');
    let y = top;
    for (const [i, p] of panels.entries()) {
      const from = y + head, to = from + each;
      Object.assign(p, { from, to, y: axisScale(p.range, p.panel.y.log, to, from), clip: `${this.id}-p${i}` });
      this.defs.append(svg('clipPath', { id: p.clip }, svg('rect', { x: left, y: from - 2, width: right - left, height: each + 4 })));
      content.append(this.drawPanel(p));
      y = to + gap;
    }
    const bottom = panels.at(-1).to;
    this.bottom = bottom;
    content.append(this.drawXAxis(bottom, size));
    overlay.append(this.drawMarks(rows, bottom), this.heads);
    this.cursorLayer = this.buildCursor();
    this.svg.replaceChildren(this.defs, content, this.cursorLayer.under, overlay, this.cursorLayer.over);
  }
  drawPanel(p) {
    const { left, right, size } = this, { panel, ticks, from, to, y } = p, group = svg('g');
    // What the figure is called need not be said twice.
    const title = [panel.title === this.figure.title ? '' : panel.title, panel.y.label].filter(Boolean).join(' · ');
    this.heads.append(svg('text', { class: 'head outlined', x: 0, y: from - .625 * size }, title));
    p.titleWidth = title.length * .56 * .9375 * size;
    for (const tick of ticks) {
      const at = y(tick.value);
      if (at < from - 1 || at > to + 1) continue;
      group.append(svg('line', { class: 'grid', x1: left, x2: right, y1: at, y2: at }), svg('text', { class: 'axis', x: left - .5 * size, y: at + .33 * size, 'text-anchor': 'end' }, tick.label));
    }
    if (!panel.y.log && p.range[0] <= 0) group.append(svg('line', { class: 'baseline', x1: left, x2: right, y1: y(0), y2: y(0) }));
    const data = svg('g', { 'clip-path': `url(#${p.clip})` });
    const order = ['shading', 'blocks', 'band', 'reference', 'path', 'whiskers', 'line'], marks = p.shown.filter(layer => layer.kind === 'markers');
    for (const kind of order) for (const layer of p.shown) if (layer.kind === kind) data.append(...this.drawLayer(layer, p));
    // Marks at an edge are whole.
    group.append(data, ...marks.flatMap(layer => this.drawMarkers(layer, p)), ...this.referenceLabels(p));
    return group;
  }
  drawLayer(layer, p) {
    const { x } = this, { y } = p, draw = {
      line: () => this.drawLine(layer, p),
      path: () => this.drawPath(layer, p),
      reference: () => [layer.vertical ? svg('line', { class: 'refline', x1: x(layer.value), x2: x(layer.value), y1: p.from, y2: p.to }) : svg('line', { class: 'refline', x1: this.left, x2: this.right, y1: y(layer.value), y2: y(layer.value) })],
      whiskers: () => this.drawWhiskers(layer, p),
      band: () => this.drawBand(layer, p),
      shading: () => layer.pattern == null ? [] : layer.from.map((from, i) => this.rect(x(from), x(layer.to[i]), p.from, p.to, layer.pattern, .5)),
      blocks: () => layer.x0.map((x0, i) => this.rect(x(x0), x(layer.x1[i]), y(layer.y1[i]), y(layer.y0[i]), layer.pattern, 1)),
    }[layer.kind];
    return draw ? draw().filter(Boolean) : [];
  }
  rect(x0, x1, y0, y1, pattern, strength) {
    const from = Math.max(Math.min(x0, x1), this.left - 2), to = Math.min(Math.max(x0, x1), this.right + 2);
    if (!(to > from)) return null;
    return svg('rect', { x: from, y: Math.min(y0, y1), width: to - from, height: Math.abs(y1 - y0), fill: this.hatch(pattern, to - from), 'fill-opacity': strength, stroke: to - from > 6 && strength === 1 ? seriesStyle(pattern).colour : 'none' });
  }
  // Hatches are told apart from each other without colour; a sliver has none.
  hatch(pattern, width) {
    if (width < 5) return `color-mix(in srgb, ${seriesStyle(pattern).colour} 60%, var(--paper))`;
    if (!this.patterns.has(pattern)) { const id = `${this.id}-h${pattern}`; this.patterns.set(pattern, id); this.defs.append(hatchPattern(id, pattern)); }
    return `url(#${this.patterns.get(pattern)})`;
  }
  pixels(xs, ys, p, isStep) {
    const { x, range } = this, points = [], isLogX = this.plot.x.log, isLogY = p.panel.y.log;
    // One point beyond each end, so that lines run out of the window.
    const first = Math.max(0, firstIndex(xs.length, i => xs[i] >= range[0]) - 1), isAscending = xs.length < 2 || xs[0] <= xs.at(-1);
    let last = null;
    for (let i = isAscending ? first : 0; i < xs.length; i++) {
      const bad = xs[i] == null || ys[i] == null || (isLogX && xs[i] <= 0) || (isLogY && ys[i] <= 0);
      if (bad) { if (points.length) points.push(null); last = null; continue; }
      const point = [x(xs[i]), p.y(ys[i])];
      if (isStep && last) points.push([point[0], last[1]]);
      points.push(last = point);
      if (isAscending && xs[i] > range[1]) break;
    }
    return points;
  }
  drawLine(layer, p) {
    const style = seriesStyle(layer.style ?? 0), points = this.pixels(layer.x, layer.y, p, layer.step), kept = thinPoints(points), parts = [];
    if (!kept.length) return [];
    parts.push(svg('path', { class: points.length > MOST_POINTS ? 'line thin' : 'line', d: pathData(kept), stroke: style.colour, style: `stroke-dasharray:${style.dash}` }));
    // A point between two breaks has no line.
    const lonely = points.filter((point, i) => point && !points[i - 1] && !points[i + 1]);
    const dots = layer.dots && points.length < 400 ? points.filter(Boolean) : lonely;
    if (dots.length < 400) for (const [cx, cy] of dots) parts.push(svg('g', { transform: `translate(${cx} ${cy})` }, glyph(style.shape, .28 * this.size, { fill: style.colour })));
    return parts;
  }
  // A path darkens from its beginning (a ring) to its end (a dot).
  drawPath(layer, p) {
    const colour = tintColour(layer.tint ?? 0), points = layer.x.map((v, i) => v == null || layer.y[i] == null ? null : [this.x(v), p.y(layer.y[i])]).filter(Boolean), parts = [], pieces = 10;
    for (let i = 0; i < pieces && points.length > 1; i++) {
      const piece = points.slice(Math.floor(i * (points.length - 1) / pieces), Math.floor((i + 1) * (points.length - 1) / pieces) + 1);
      if (piece.length > 1) parts.push(svg('path', { class: 'line', d: pathData(piece), stroke: colour, 'stroke-opacity': .35 + .65 * i / (pieces - 1) }));
    }
    const end = (point, words, attributes) => {
      if (!point) return;
      parts.push(svg('circle', { cx: point[0], cy: point[1], r: .3 * this.size, ...attributes }));
      if (words) parts.push(svg('text', { class: 'axis outlined', x: point[0] + .5 * this.size, y: point[1] - .3 * this.size }, words));
    };
    end(points[0], layer.start, { fill: 'var(--paper)', stroke: colour, 'stroke-width': 2 });
    end(points.at(-1), layer.end, { fill: colour });
    return parts;
  }
  drawMarkers(layer, p) {
    const seen = new Set(), parts = [], { left, right } = this;
    for (const [i, value] of layer.x.entries()) {
      if (value == null || layer.y[i] == null) continue;
      const cx = this.x(value), cy = p.y(layer.y[i]), cell = `${Math.round(cx / 2)} ${Math.round(cy / 2)}`;
      if (cx < left - 1 || cx > right + 1 || cy < p.from - 1 || cy > p.to + 1 || seen.has(cell)) continue;
      seen.add(cell);
      parts.push(svg('g', { transform: `translate(${cx} ${cy})` }, this.marker(layer, .3 * this.size)));
    }
    return parts;
  }
  drawWhiskers(layer, p) {
    const cap = layer.x.length > 60 ? 0 : .25 * this.size, parts = layer.x.map((v, i) => {
      if (v == null || layer.low[i] == null || layer.high[i] == null) return '';
      const at = this.x(v), low = p.y(layer.low[i]), high = p.y(layer.high[i]);
      return at < this.left - 9 || at > this.right + 9 ? '' : `M${at} ${low}V${high}` + (cap ? `M${at - cap} ${low}h${2 * cap}M${at - cap} ${high}h${2 * cap}` : '');
    });
    return [svg('path', { d: parts.join('') || 'M0 0', stroke: tintColour(layer.tint), 'stroke-width': 1.5, fill: 'none' })];
  }
  drawBand(layer, p) {
    const parts = [];
    let upper = [], lower = [];
    const close = () => { if (upper.length) parts.push(pathData([...upper, ...lower.reverse()]) + 'z'); upper = []; lower = []; };
    for (const [i, value] of layer.x.entries()) {
      if (value == null || layer.low[i] == null || layer.high[i] == null) close();
      else { upper.push([this.x(value), p.y(layer.high[i])]); lower.push([this.x(value), p.y(layer.low[i])]); }
    }
    close();
    return [svg('path', { d: parts.join('') || 'M0 0', fill: tintColour(layer.tint), 'fill-opacity': .2 })];
  }
  referenceLabels(p) {
    const { right, size, left } = this, inside = v => v >= p.from - 2 && v <= p.to + 2;
    const across = p.shown.filter(l => l.kind === 'reference' && !l.vertical && l.label && inside(p.y(l.value))).sort((a, b) => p.y(a.value) - p.y(b.value));
    const at = spreadLabels(across.map(l => p.y(l.value)), 1.1 * size, p.from, p.to);
    const most = Math.floor((this.width - right - .5 * size) / (.54 * .9375 * size)), short = s => s.length > most ? s.slice(0, Math.max(3, most - 1)) + '…' : s;
    const labels = across.map((l, i) => svg('text', { class: 'reflabel', x: right + .375 * size, y: at[i] + .33 * size }, svg('title', {}, l.label), short(l.label)));
    for (const l of p.shown) if (l.kind === 'reference' && l.vertical && l.label && this.x(l.value) >= left && this.x(l.value) <= right) {
      const isLate = this.x(l.value) > (left + right) / 2;
      labels.push(svg('text', { class: 'reflabel outlined', x: this.x(l.value) + (isLate ? -.375 : .375) * size, y: p.from + .9 * size, 'text-anchor': isLate ? 'end' : 'start' }, l.label));
    }
    return labels;
  }
  drawXAxis(bottom, size) {
    const { left, right, x, range, plot } = this, group = svg('g'), label = plot.x.label, width = s => String(s).length * .54 * .9375 * size;
    const y = bottom + 1.15 * size, labelWidth = width(label);
    const ticks = axisTicks(plot.x, range, Math.max(2, Math.floor((right - left) / (6 * size))), 99);
    // The name of the axis stands at its end, in the row of the numbers.
    const labelAt = Math.min(this.width, right + labelWidth + 1.25 * size);
    for (const tick of ticks) {
      const at = x(tick.value);
      if (at < left - 1 || at > right + 1) continue;
      group.append(svg('line', { class: 'baseline', x1: at, x2: at, y1: bottom, y2: bottom + .3 * size }));
      if (at + width(tick.label) / 2 < labelAt - labelWidth - .5 * size) group.append(svg('text', { class: 'axis', x: at, y, 'text-anchor': 'middle' }, tick.label));
    }
    group.append(svg('line', { class: 'baseline', x1: left, x2: right, y1: bottom, y2: bottom }), svg('text', { class: 'axis', x: labelAt, y, 'text-anchor': 'end' }, label));
    return group;
  }

  // ---- events and spans: named above the first panel, in rows so that no name covers another -----------------------

  markRows(range, width, size) {
    const { plot } = this, left = 3 * size, scale = axisScale(range, plot.x.log, left, width - size), most = 3, labels = [];
    const ends = Array(most).fill(-Infinity);
    const wide = s => String(s).length * .52 * .9375 * size;
    const marks = [...(plot.events || []).map(e => ({ ...e, at: e.x })), ...(plot.spans || []).map(s => ({ ...s, at: Math.max(s.from, range[0]), isSpan: s.to > range[0] && s.from < range[1] }))]
      .filter(m => m.label && (m.isSpan || (m.at >= range[0] && m.at <= range[1]))).sort((a, b) => a.at - b.at).slice(0, 60);
    for (const mark of marks) {
      const label = mark.label.length > 34 ? mark.label.slice(0, 33) + '…' : mark.label, at = scale(mark.at), isLeft = at + wide(label) + size > width;
      const from = isLeft ? at - wide(label) : at, row = ends.findIndex(end => end < from - .75 * size);
      if (row < 0) continue;
      ends[row] = from + wide(label) + .375 * size;
      labels.push({ label, at: mark.at, row, isLeft, full: mark.label });
    }
    return { count: labels.length ? Math.max(...labels.map(l => l.row)) + 1 : 0, labels };
  }
  drawMarks(rows, bottom) {
    const { x, left, right, size, range, plot, panels } = this, group = svg('g');
    for (const span of plot.spans || []) {
      const from = clamp(x(Math.max(span.from, range[0])), left, right), to = clamp(x(Math.min(span.to, range[1])), left, right);
      if (to > from) for (const p of panels) group.append(svg('rect', { x: from, y: p.from, width: to - from, height: p.to - p.from, fill: 'var(--slate)', 'fill-opacity': .1 }));
    }
    for (const event of plot.events || []) {
      if (event.x < range[0] || event.x > range[1]) continue;
      const label = rows.labels.find(l => l.at === event.x && l.full === event.label);
      const y1 = label ? label.row * 1.25 * size + .25 * size : panels[0].from;
      group.append(svg('line', { class: 'eventline', x1: x(event.x), x2: x(event.x), y1, y2: bottom }));
    }
    for (const { label, at, row, isLeft, full } of rows.labels) group.append(svg('text', { class: 'eventlabel outlined', x: clamp(x(at), left, right) + (isLeft ? -.3 : .3) * size, y: row * 1.25 * size + .95 * size, 'text-anchor': isLeft ? 'end' : 'start' }, label !== full ? svg('title', {}, full) : null, label));
    return group;
  }

  // ---- the cursor ----------------------------------------------------------------------------------------------------

  buildCursor() {
    const { panels, left, size, height, bottom } = this, top = panels[0].from, isDim = this.options.dim !== false;
    const layer = { under: svg('g'), over: svg('g') };
    layer.shade = panels.map(p => svg('rect', { y: p.from - 1, height: p.to - p.from + 2, fill: 'var(--paper)', class: isDim ? 'shade' : 'shade off' }));
    layer.veil = svg('g', { class: 'fig-veil' });
    const hatchId = `${this.id}-veil`;
    this.defs.append(svg('pattern', { id: hatchId, width: 8, height: 8, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' }, svg('rect', { width: 2, height: 8, fill: 'var(--hatch)' })));
    layer.veils = panels.map(p => { const rect = { y: p.from - 2, height: p.to - p.from + 4 }, parts = [svg('rect', { ...rect, class: 'veil' }), svg('rect', { ...rect, fill: `url(#${hatchId})`, class: 'veil-hatch' })]; layer.veil.append(...parts); return parts; }).flat();
    if (this.isTime) layer.under.append(...layer.shade, layer.veil);
    layer.hover = svg('line', { class: 'hoverline', y1: top, y2: bottom, visibility: 'hidden' });
    layer.labels = svg('g', { 'aria-hidden': 'true' });
    layer.reads = panels.map(p => svg('text', { class: 'read', x: this.width - .25 * size, y: p.from - .625 * size, 'text-anchor': 'end' }));
    layer.select = svg('rect', { class: 'selection', y: top, height: bottom - top, visibility: 'hidden' });
    layer.head = svg('g', { class: 'handle', role: 'slider', tabindex: 0, 'aria-label': this.isTime ? 'Time' : `Cursor over ${this.plot.x.label}`, 'aria-valuemin': Number(this.full[0].toPrecision(7)), 'aria-valuemax': Number(this.full[1].toPrecision(7)),
      onkeydown: e => this.onHandleKey(e), onblur: () => { if (!this.isTime) this.setHover(null); } },
      svg('rect', { x: -.6 * size, y: top, width: 1.2 * size, height: height - top, fill: 'transparent' }),
      svg('line', { class: 'playhead', y1: top - .25 * size, y2: bottom }),
      svg('path', { d: `M${-.4 * size} ${bottom + 1.05 * size}V${bottom + .4 * size}L0 ${bottom}L${.4 * size} ${bottom + .4 * size}V${bottom + 1.05 * size}z` }));
    layer.over.append(layer.select, layer.hover, layer.labels, ...layer.reads, layer.head);
    this.cursorAt = left;
    return layer;
  }
  drawCursor() {
    const { cursorLayer: layer, x, left, right, range, size } = this;
    if (!layer) return;
    // Without time the handle shows itself only when it is reached by keyboard; then it stands where the values are read.
    const at = this.isTime ? this.cursor : this.hover, isInside = at != null && at >= range[0] - 1e-12 && at <= range[1] + 1e-12;
    const px = isInside ? x(at) : left;
    layer.head.setAttribute('transform', `translate(${px} 0)`);
    layer.head.classList.toggle('unused', !isInside || !this.isTime);
    layer.head.setAttribute('aria-valuenow', Number((at ?? this.full[0]).toPrecision(7)));
    layer.head.setAttribute('aria-valuetext', at == null ? 'not set' : this.placeText(at));
    if (this.isTime) {
      const from = at == null ? right : clamp(x(at), left - 2, right), width = right - from + 2;
      for (const rect of [...layer.shade, ...layer.veils]) { rect.setAttribute('x', from); rect.setAttribute('width', Math.max(0, width)); }
    }
    layer.hover.setAttribute('visibility', this.hover != null ? 'visible' : 'hidden');
    if (this.hover != null) { layer.hover.setAttribute('x1', x(this.hover)); layer.hover.setAttribute('x2', x(this.hover)); }
    layer.labels.replaceChildren(...(this.isTime && isInside ? this.panels.flatMap(p => this.cursorLabels(p, at, px)) : []));
    for (const [i, p] of this.panels.entries()) this.drawReadout(layer.reads[i], p, this.hover ?? (this.isTime ? at : null), size);
  }
  // A place on the x axis in words: a moment with its unit, or a name.
  placeText(at) {
    const { x, seconds } = this.plot;
    return seconds ? momentText(at * seconds, this.full[1] * seconds) : x.names?.length ? valueText(at, x) : `${x.label.replace(/ \(.*\)$/, '')} ${numberText(at, 4)}`;
  }
  values(p, x) {
    return p.shown.filter(l => l.kind === 'line' && l.label).map(layer => ({ layer, value: lineValueAt(layer, x) })).filter(v => v.value != null);
  }
  cursorLabels(p, at, px) {
    const { size, left, right } = this, values = this.values(p, at).map(v => ({ ...v, y: p.y(v.value) })).filter(v => v.y >= p.from - 3 && v.y <= p.to + 3).sort((a, b) => a.y - b.y);
    const style = v => seriesStyle(v.layer.style ?? 0), isLate = px > left + .78 * (right - left);
    const marks = values.map(v => svg('g', { transform: `translate(${px} ${v.y})` }, glyph(style(v).shape, .34 * size, { fill: style(v).colour, stroke: 'var(--paper)', 'stroke-width': 1.5 })));
    // Where there are many, the row above the panel says them.
    if (values.length > 4 || (p.to - p.from) < values.length * 1.2 * size) return marks;
    const ys = spreadLabels(values.map(v => v.y - .55 * size), 1.15 * size, p.from + .2 * size, p.to - .3 * size);
    const texts = values.map((v, i) => svg('text', { class: 'lab', x: px + (isLate ? -.7 : .7) * size, y: ys[i] + .35 * size, 'text-anchor': isLate ? 'end' : 'start', style: `fill:${style(v).colour}` }, `${shortLabel(v.layer.label)} ${valueText(v.value, p.panel.y)}`));
    return [...marks, ...texts];
  }
  drawReadout(text, p, at, size) {
    if (at == null || !Number.isFinite(at)) { text.replaceChildren(); return; }
    const values = this.values(p, at), room = this.width - p.titleWidth - 2 * size, wide = s => s.length * .54 * .9375 * size, parts = [];
    const when = p === this.panels[0] ? `at ${this.placeText(at)}` : '';
    let used = wide(when) + size;
    for (const { layer, value } of values) {
      const words = `${shortLabel(layer.label)} ${valueText(value, p.panel.y)}`;
      used += wide(words) + 1.5 * size;
      if (used > room) { parts.push(svg('tspan', { dx: .6 * size }, '…')); break; }
      parts.push(svg('tspan', { dx: parts.length || when ? .75 * size : null, style: `fill:${seriesStyle(layer.style ?? 0).colour}` }, shortLabel(layer.label)), svg('tspan', { dx: .3 * size, class: 'v' }, valueText(value, p.panel.y)));
    }
    text.replaceChildren(when, ...parts);
  }
  setHover(x) { if (x !== this.hover) { this.hover = x; this.drawCursor(); } }

  // ---- hands -----------------------------------------------------------------------------------------------------------

  bindPointer() {
    let mode = null, from = null;
    const at = e => { const box = this.svg.getBoundingClientRect(); return this.x ? this.x.invert(clamp((e.clientX - box.left) * this.width / box.width, this.left, this.right)) : null; };
    const isHidden = x => this.isTime && this.cursor != null && x > this.cursor && document.body.classList.contains('predicting');
    const tell = x => this.element.dispatchEvent(new CustomEvent('gotime', { bubbles: true, detail: x * this.plot.seconds }));
    this.svg.addEventListener('pointerdown', e => {
      if (e.button || !this.x) return;
      const box = this.svg.getBoundingClientRect(), px = (e.clientX - box.left) * this.width / box.width;
      if (px < this.left - 8 || px > this.right + 8) return;
      from = at(e); mode = this.isTime && !this.isSelecting && !e.shiftKey ? 'scrub' : 'select';
      this.svg.setPointerCapture(e.pointerId);
      if (mode === 'scrub') tell(from);
    });
    this.svg.addEventListener('pointermove', e => {
      if (!this.x) return;
      const x = at(e);
      if (mode === 'scrub') { tell(x); return; }
      if (mode === 'select') {
        const [a, b] = [this.x(from), this.x(x)].sort((one, other) => one - other), rect = this.cursorLayer.select;
        rect.setAttribute('x', a); rect.setAttribute('width', b - a); rect.setAttribute('visibility', 'visible');
      }
      this.setHover(isHidden(x) ? null : x);
    });
    const end = e => {
      if (mode === 'select' && e.type === 'pointerup') {
        const [a, b] = [from, at(e)].sort((one, other) => one - other);
        this.cursorLayer.select.setAttribute('visibility', 'hidden');
        if (Math.abs(this.x(b) - this.x(a)) > 6) this.setRange([a, b]);
      }
      mode = null;
    };
    this.svg.addEventListener('pointerup', end);
    this.svg.addEventListener('pointercancel', end);
    this.svg.addEventListener('pointerleave', () => { if (!mode) this.setHover(null); });
  }
  // Without time, arrow keys read the values from point to point.
  onHandleKey(e) {
    if (this.isTime || !['ArrowLeft', 'ArrowRight', 'Home', 'End'].includes(e.key)) return;
    e.preventDefault(); e.stopPropagation();
    const [low, high] = this.range, xs = [...new Set(this.layers.filter(l => l.kind === 'line').flatMap(l => l.x))].filter(x => x != null && x >= low && x <= high).sort((a, b) => a - b);
    if (!xs.length) return;
    const here = this.hover == null ? -1 : firstIndex(xs.length, i => xs[i] >= this.hover - 1e-12), last = xs.length - 1;
    this.setHover(xs[{ ArrowLeft: clamp(here - 1, 0, last), ArrowRight: clamp(here + 1, 0, last), Home: 0, End: last }[e.key]]);
  }

  // ---- the same as a table ---------------------------------------------------------------------------------------------

  openTable() {
    const isVeiled = document.body.classList.contains('predicting') && this.isTime && this.cursor != null;
    const { columns, rows } = figureTable(this.plot, isVeiled ? this.cursor : Infinity);
    tableDialog(this.figure.title, columns, rows, `${this.figure.name}.csv`, [this.figure.subtitle, isVeiled ? 'Only what has happened so far.' : ''].filter(Boolean).join(' · '));
  }
}

const MARKER_SHAPES = { circle: 'circle', square: 'square', triangle: 'triangle', diamond: 'diamond', cross: 'cross', down: 'down' };
const shortLabel = label => label.length > 18 ? label.slice(0, 17) + '…' : label;
const valueText = (value, axis, digits = 3) => axis.names?.length ? axis.names[Math.round(value) - 1] ?? '' : numberText(value, digits);
const pathData = points => { let data = '', isOn = false; for (const point of points) { if (!point) { isOn = false; continue; } data += `${isOn ? 'L' : 'M'}${point[0].toFixed(1)} ${point[1].toFixed(1)}`; isOn = true; } return data || 'M0 0'; };

function axisTicks(axis, [low, high], wanted, mostNames) {
  if (!axis.names?.length) return axis.log ? logTicks(low, high, wanted) : linearTicks(low, high, wanted);
  const every = Math.max(1, Math.ceil(axis.names.length / mostNames)), short = name => name.length > 18 ? name.slice(0, 17) + '…' : name;
  return axis.names.map((name, i) => ({ value: i + 1, label: short(name) })).filter((tick, i) => i % every === 0 && tick.value >= low && tick.value <= high);
}

// The same hatches as in the pictures of the engine.
const HATCHES = ['', 'M-2 12L12 -2M-2 2L2 -2M8 12L12 8', 'M5 3.2a1.800 1.800 0 1 0 .01 0z', 'M-2 -2L12 12M8 -2L12 2M-2 8L2 12', 'M0 5H10', 'M5 0V10', 'M0 5H10M5 0V10', 'M-2 12L12 -2M-2 -2L12 12'];
function hatchPattern(id, index) {
  const { colour } = seriesStyle(index), kind = index % 8;
  return svg('pattern', { id, width: 10, height: 10, patternUnits: 'userSpaceOnUse' }, svg('rect', { width: 10, height: 10, fill: `color-mix(in srgb, ${colour} ${kind ? 16 : 38}%, var(--paper))` }),
    kind ? svg('path', { d: HATCHES[kind], stroke: colour, 'stroke-width': 1.6, fill: kind === 2 ? colour : 'none' }) : null);
}

// A plot as columns and rows: one row an x where all series have the same, else one row a point.
export function figureTable(plot, until = Infinity) {
  const x = plot.x.label || 'x', word = (axis, v) => axis.names?.length ? axis.names[Math.round(v) - 1] ?? v : v;
  const series = plot.panels.flatMap(panel => panel.layers.filter(l => l.kind !== 'reference' && l.kind !== 'shading').map(layer => ({ panel, layer })));
  const name = ({ panel, layer }) => [panel.title, layer.label].filter(Boolean).join(': ') || panel.y.label, first = series[0]?.layer.x;
  const isShared = series.length > 0 && series.every(({ layer }) => layer.kind === 'line' && layer.x.length === first.length && layer.x.every((v, i) => v === first[i]));
  if (isShared) {
    const columns = [x, ...series.map(s => series.length === 1 ? s.panel.y.label || name(s) : `${name(s)}${s.panel.y.label ? `, ${s.panel.y.label}` : ''}`)];
    return { columns, rows: first.flatMap((v, i) => v <= until ? [[word(plot.x, v), ...series.map(s => s.layer.y[i] == null ? '' : word(s.panel.y, s.layer.y[i]))]] : []) };
  }
  const rows = [];
  for (const s of series) {
    const { panel, layer } = s, add = (at, value, high = '') => { if (at != null && at <= until) rows.push([panel.title || panel.y.label, layer.label || layer.kind, word(plot.x, at), value == null ? '' : word(panel.y, value), high]); };
    if (layer.kind === 'blocks') layer.x0.forEach((v, i) => add(v, layer.y1[i] - layer.y0[i], `until ${layer.x1[i]}`));
    else if (layer.low) layer.x.forEach((v, i) => add(v, layer.low[i], layer.high[i]));
    else layer.x.forEach((v, i) => add(v, layer.y[i]));
  }
  for (const panel of plot.panels) for (const l of panel.layers) if (l.kind === 'reference') rows.push([panel.title || panel.y.label, l.label || 'reference', l.vertical ? l.value : '', l.vertical ? '' : l.value, '']);
  const hasHigh = rows.some(row => row[4] !== '');
  return { columns: ['panel', 'series', x, 'value', ...(hasHigh ? ['upper end'] : [])], rows: hasHigh ? rows : rows.map(row => row.slice(0, 4)) };
}

// ---- the tab -------------------------------------------------------------------------------------------------------------

// One figure at a time, chosen from a list; all share the cursor and the zoom over time.
export class ChartsTab {
  constructor(app, panel) {
    const { report } = app, own = app.figures.map(figure => ({ figure, key: figure.name, folder: app.folder || '' }));
    const sweep = (report.sweep?.figures || []).map(figure => ({ figure, key: `all-runs-${figure.name}`, folder: '' }));
    Object.assign(this, { app, panel, views: new Map(), entries: [...sweep, ...own] });
    const button = ({ figure, key }) => el('button', { type: 'button', 'data-figure': key, onclick: () => this.choose(key) }, figure.title);
    const list = sweep.length ? [el('p', { class: 'listhead' }, 'All runs'), sweep.map(button), own.length ? el('p', { class: 'listhead' }, report.runs[app.run].label || 'This run') : null, own.map(button)] : own.map(button);
    this.host = el('div', { class: 'fighost' });
    panel.replaceChildren(el('div', { class: this.entries.length > 1 ? 'chartstab' : 'chartstab single' }, this.entries.length > 1 ? el('nav', { class: 'figlist noprint', 'aria-label': 'Figures' }, list) : null, this.host));
  }
  get view() { return this.current ? this.views.get(this.current.key) : null; }
  choose(key) { this.app.view.figure = key; this.show(); this.app.redraw('figure'); }
  show() {
    const { app, app: { report } } = this, entry = this.entries.find(e => e.key === app.view.figure) || this.entries[0];
    this.current = entry;
    if (!entry) return;
    app.view.figure = entry.key;
    if (!this.views.has(entry.key)) this.views.set(entry.key, figureView(entry.figure, { time: !!app.player, dim: false, folder: entry.folder, title: report.title, onWindow: (from, to) => { if (plotOf(entry.figure).seconds) app.view.window = from == null ? null : [from, to]; } }));
    const { element } = this.view;
    if (element.parentElement !== this.host) this.host.replaceChildren(element);
    for (const button of $$('[data-figure]', this.panel)) button.setAttribute('aria-current', button.dataset.figure === entry.key);
    // The cursor may be elsewhere than the stretch that is looked at.
    this.view.setCursor(app.seconds(), false);
    if (plotOf(entry.figure)?.seconds) this.view.setWindow(...(app.view.window || [null, null]));
    else this.view.resize();
  }
  draw() { this.view?.setCursor(this.app.seconds()); }
  resize() { this.view?.resize(); this.draw(); }
  table() { this.view?.openTable(); }
  zoom(how) { this.view?.zoom(how); }
}
