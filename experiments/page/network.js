// The picture of the network: nodes, links, ways to a destination, and what moves on the links.
//
// The picture is made anew when its size, its zoom or the run changes; a step only changes what is in it, and the clock
// moves nothing but packets and messages. All positions are in pixels of the page, from places between 0 and 1000.
import { el, svg, glyph, math, rem, clamp, isCalm, seriesStyle, costText, bitRateText, durationText, plural, tellAround } from './core.js';
import { isAckTrip, tripName } from './packet.js';

const NETWORK_CARDS_UP_TO = 8;     // routers: up to so many, messages are cards that say what they say
const NETWORK_TABS_UP_TO = 60;     // links: up to so many can be reached with the tabulator one by one
const NETWORK_MOST_PACKETS = 600;  // drawn at once
const NETWORK_TURNS = [4, 12, 0, 8, 2, 6, 10, 14, 1, 3, 5, 7, 9, 11, 13, 15];
const NETWORK_ZOOMS = [1, 1.5, 2.25, 3.4, 5, 7.5];

// Where all names have one or two letters, they are written like variables.
const networkNames = { areVariables: true };
export function useNamesOf(trace) { networkNames.areVariables = trace.nodes.every(({ name }) => name.length <= 2); }
export const isShortName = name => networkNames.areVariables && name.length <= 2;
export const nodeName = name => (isShortName(name) ? math(name) : el('span', { class: 'nm' }, name));
const svgName = (name, attributes) => svg('tspan', { class: isShortName(name) ? 'serif' : 'plainname', ...attributes }, name);

let networkPen = null;
function textWidth(text, size, weight = 400) {
  networkPen ||= document.createElement('canvas').getContext('2d');
  networkPen.font = `${weight} ${size}px ${getComputedStyle(document.body).fontFamily}`;
  return networkPen.measureText(text).width;
}

// What opens on a click opens on Enter and on Space.
export function pressable(open) {
  return { tabindex: 0, role: 'button', onclick: open, onkeydown: event => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    event.stopPropagation();
    open(event);
  } };
}

// ---- ways ---------------------------------------------------------------------------------------------------------

// Where a packet would go from a node: [nodes], and how that ends: 'there', 'loop', 'no route', 'cut' or 'failed'.
export function wayOf(trace, from, destination, k) {
  const { routing } = trace, network = trace.network(k), routers = new Set(routing.routers), way = [from], seen = new Set([from]);
  let node = from;
  for (;;) {
    if (network.failed[node]) return { way, end: 'failed' };
    if (node === destination) return { way, end: 'there' };
    let next = null;
    if (routers.has(node)) {
      const route = trace.way(node, destination, k);
      if (!route) return { way, end: 'no route' };
      if (!route.hops.length) return { way, end: 'there' };
      [next] = route.hops;
    } else {
      const cable = trace.cables.find(({ a, b }) => a === node || b === node);
      if (!cable) return { way, end: 'no route' };
      next = cable.a === node ? cable.b : cable.a;
    }
    way.push(next);
    const links = trace.links.filter(({ from, to }) => from === node && to === next);
    if (links.length && links.every(({ cable, index }) => network.cables[cable].down[index & 1])) return { way, end: 'cut' };
    if (seen.has(next)) return { way, end: 'loop' };
    seen.add(next);
    node = next;
  }
}

// ---- labels -------------------------------------------------------------------------------------------------------

// Places rectangles beside nodes so that they cover as little as possible. Each wish is { x, y, radius, width, height, must };
// returns the middle of each, or null for one that found no free place and need not be shown. What is `taken` stays free.
function placedLabels(wishes, discs, lines, lineWeight, box, taken) {
  const placed = taken.slice();
  const overlap = (a, b) => {
    const wide = Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0), high = Math.min(a.y1, b.y1) - Math.max(a.y0, b.y0);
    return wide > 0 && high > 0 ? wide * high : 0;
  };
  const around = discs.map(({ x, y, radius }) => ({ x0: x - radius, x1: x + radius, y0: y - radius, y1: y + radius }));
  const crossing = (line, { x0, x1, y0, y1 }) => {
    const inside = lineInside(line, { x0, x1, y0, y1 });
    return lineWeight > 1 ? inside + .2 * lineInside(line, { x0: x0 - 12, x1: x1 + 12, y0: y0 - 12, y1: y1 + 12 }) : inside;
  };
  return wishes.map(({ x, y, radius, width, height, must }) => {
    let best = null;
    // First below, then above, right and left; then aslant.
    for (const turn of NETWORK_TURNS) {
      const cos = Math.cos(turn * Math.PI / 8), sin = Math.sin(turn * Math.PI / 8);
      // The rectangle touches the circle around the node in this direction; it is moved back where it would leave the picture.
      const reach = radius + Math.min(width / 2 / Math.max(.01, Math.abs(cos)), height / 2 / Math.max(.01, Math.abs(sin)));
      const cx = clamp(x + reach * cos, box.x0 + width / 2, box.x1 - width / 2);
      const cy = clamp(y + reach * sin, box.y0 + height / 2, box.y1 - height / 2);
      const rect = { x0: cx - width / 2, x1: cx + width / 2, y0: cy - height / 2, y1: cy + height / 2 };
      let covers = 0, crossed = 0;
      for (const other of placed) covers += overlap(rect, other);
      for (const disc of around) covers += overlap(rect, disc);
      for (const line of lines) crossed += crossing(line, rect);
      const cost = 4 * covers + lineWeight * crossed + (turn % 4 ? 3 : 0) + (turn % 2 ? 2 : 0);
      if (!must && (covers > 2 || cost > 400)) continue;
      if (!best || cost < best.cost) best = { cost, cx, cy, rect };
    }
    if (!best) return null;
    placed.push(best.rect);
    return { x: best.cx, y: best.cy };
  });
}

// How many pixels of a line are inside a rectangle, about.
function lineInside({ ax, ay, bx, by }, { x0, x1, y0, y1 }) {
  let from = 0, to = 1;
  for (const [start, step, low, high] of [[ax, bx - ax, x0, x1], [ay, by - ay, y0, y1]]) {
    if (Math.abs(step) < 1e-9) { if (start < low || start > high) return 0; continue; }
    const one = (low - start) / step, two = (high - start) / step;
    from = Math.max(from, Math.min(one, two));
    to = Math.min(to, Math.max(one, two));
  }
  return to > from ? (to - from) * Math.hypot(bx - ax, by - ay) : 0;
}

// ---- the picture --------------------------------------------------------------------------------------------------

export class NetworkPicture {
  // `styles(node)` is the look of a node: { colour, shape }.
  constructor(app, { styles, say }) {
    const { trace } = app;
    Object.assign(this, { app, trace, styles, say, zoom: 0, middle: { x: 500, y: 500 }, link: null, hovered: null, pool: new Map() });
    this.routers = new Set(trace.routing ? trace.routing.routers : trace.nodes.filter(node => node.isRouter).map(node => node.index));
    this.hasCards = !!trace.routing && this.routers.size <= NETWORK_CARDS_UP_TO;
    this.isDense = trace.nodes.length > 20;
    this.degree = trace.nodes.map(({ index }) => trace.cables.filter(({ a, b }) => a === index || b === index).length);
    this.scripted = scriptedNodes(trace);
    this.points = networkArc(trace) || trace.nodes;
    this.showsCosts = trace.routing && trace.cables.length <= 40
      && (new Set(trace.cables.flatMap(({ costs }) => costs)).size > 1
      || trace.script.some(({ effects }) => effects.some(([what]) => what === 'cost')));
    this.root = svg('svg', { class: 'net-svg', role: 'group', 'aria-label': this.title() });
    this.line = el('p', { class: 'net-line' });
    const zoom = (by, words, sign) =>
      el('button', { type: 'button', class: 'plain', 'aria-label': words, title: words, onclick: () => this.zoomBy(by) }, sign);
    this.zoomButtons = trace.nodes.length > 8 ? el('div', { class: 'net-zoom', role: 'group', 'aria-label': 'Zoom' },
      zoom(1, 'Zoom in', '+'), zoom(-1, 'Zoom out', '−'), zoom(-9, 'Fit the whole network', 'Fit')) : null;
    this.frame = el('div', { class: 'net-frame' }, this.root, this.zoomButtons);
    this.bindPointer();
  }

  title() {
    const { nodes, cables } = this.trace;
    return `Network of ${plural(nodes.length, 'node')} and ${plural(cables.length, 'link')}`;
  }

  bindPointer() {
    let from = null;
    this.root.addEventListener('wheel', event => {
      if (!this.zoomButtons) return;
      event.preventDefault();
      const box = this.root.getBoundingClientRect();
      this.zoomBy(event.deltaY < 0 ? 1 : -1, { x: event.clientX - box.left, y: event.clientY - box.top });
    }, { passive: false });
    // A press that does not move opens what is under it, so the picture is moved only after a few pixels.
    this.root.addEventListener('pointerdown', event => {
      if (!this.zoom || event.target.closest('.t-node, .t-msg, .t-packet')) return;
      from = { x: event.clientX, y: event.clientY, middle: { ...this.middle } };
    });
    this.root.addEventListener('pointermove', event => {
      if (!from) return;
      const dx = event.clientX - from.x, dy = event.clientY - from.y;
      if (!this.root.hasPointerCapture(event.pointerId) && Math.hypot(dx, dy) < 5) return;
      this.root.setPointerCapture(event.pointerId);
      this.middle = { x: from.middle.x - dx / this.scale.x, y: from.middle.y - dy / this.scale.y };
      this.layout();
      this.draw(this.app);
    });
    for (const end of ['pointerup', 'pointercancel']) this.root.addEventListener(end, () => { from = null; });
  }

  zoomBy(by, at = null) {
    const zoom = clamp(this.zoom + by, 0, NETWORK_ZOOMS.length - 1);
    if (zoom === this.zoom) return;
    const before = at && { x: this.middle.x + (at.x - this.centre.x) / this.scale.x,
      y: this.middle.y + (at.y - this.centre.y) / this.scale.y };
    const factor = NETWORK_ZOOMS[zoom] / NETWORK_ZOOMS[this.zoom];
    this.zoom = zoom;
    // What is under the pointer stays there; the buttons keep the selected router in the middle.
    if (before) this.middle = { x: before.x - (before.x - this.middle.x) / factor, y: before.y - (before.y - this.middle.y) / factor };
    else if (this.app.view.router != null) { const { x, y } = this.points[this.app.view.router]; this.middle = { x, y }; }
    this.layout();
    this.draw(this.app);
  }

  // ---- places -----------------------------------------------------------------------------------------------------

  layout() {
    const { trace } = this, r = rem(), box = this.frame.getBoundingClientRect();
    this.width = Math.max(200, box.width);
    this.height = Math.max(120, box.height);
    this.r = r;
    this.lineRoom = this.line.clientWidth / (.5 * r);
    this.project();
    this.measure();
    this.root.setAttribute('viewBox', `0 0 ${this.width} ${this.height}`);
    const layer = name => (this[name] = svg('g', { class: `net-${name}` }));
    this.root.replaceChildren(layer('ways'), layer('links'), layer('routes'), layer('costs'), layer('queues'), layer('packets'),
      layer('messages'), layer('nodes'), layer('values'));
    this.pool.clear();
    this.lines = trace.cables.map(cable => this.makeLine(cable));
    this.discs = trace.nodes.map(node => this.makeNode(node));
    this.placeLabels(this.app);
  }

  // From places between 0 and 1000 to pixels. Diagrams may be stretched to fill the frame, maps may not.
  project() {
    const { trace, r } = this, few = trace.nodes.length <= 8, xs = this.points.map(({ x }) => x), ys = this.points.map(({ y }) => y);
    const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const side = (few ? 4.4 : this.isDense ? 2.5 : 3.4) * r, top = (trace.routing ? (this.isDense ? 3.5 : 4.2) : 2) * r,
      low = (few && trace.routing ? 4.6 : this.isDense ? 2 : 3.6) * r;
    const wide = this.width - 2 * side, high = this.height - top - low;
    let sx = wide / Math.max(1, x1 - x0), sy = high / Math.max(1, y1 - y0);
    const most = trace.isMap ? 1 : 2.6;
    if (x1 === x0) sx = sy; else if (y1 === y0) sy = sx; else { sx = Math.min(sx, most * sy); sy = Math.min(sy, most * sx); }
    const zoom = NETWORK_ZOOMS[this.zoom];
    this.scale = { x: sx * zoom, y: sy * zoom };
    if (!this.zoom) this.middle = { x: (x0 + x1) / 2, y: (y0 + y1) / 2 };
    this.centre = { x: side + wide / 2, y: top + high / 2 };
    this.places = this.points.map(({ x, y }) =>
      ({ x: this.centre.x + (x - this.middle.x) * this.scale.x, y: this.centre.y + (y - this.middle.y) * this.scale.y }));
  }

  // How large things are, from how far nodes are apart.
  measure() {
    const { trace, r, places } = this;
    const between = trace.cables.filter(({ a, b }) => this.routers.has(a) && this.routers.has(b));
    const lengths = (between.length ? between : trace.cables).map(({ a, b }) =>
      Math.hypot(places[a].x - places[b].x, places[a].y - places[b].y)).sort((p, q) => p - q);
    const typical = lengths.length ? lengths[Math.floor(lengths.length / 4)] : 8 * r, nearest = this.nearest();
    const inside = node => textWidth(node.name, 1.1 * r, 600) < 1.7 * Math.min(typical * .22, 1.875 * r);
    this.namesInside = !this.isDense && trace.nodes.every(node => !this.routers.has(node.index) || inside(node));
    this.R = this.isDense ? clamp(Math.min(typical * .16, nearest * .4), .3 * r, .65 * r)
      : clamp(Math.min(typical * .22, nearest * .4), .6 * r, this.namesInside ? 1.875 * r : 1.05 * r);
    this.size = this.R >= 1.25 * r ? 'large' : this.isDense ? 'small' : 'middle';
    this.root.dataset.size = this.size;
    this.namesInside &&= this.size === 'large';
    this.valueSize = { large: 2.3, middle: 1.375, small: .9375 }[this.size] * r;
    // Cards need long links, or a network that is one line with room above and below.
    const high = Math.max(...places.map(({ y }) => y)) - Math.min(...places.map(({ y }) => y));
    this.isSpacious = this.hasCards && typical > (high < 2 * r ? 4 : 7) * r;
  }

  nearest() {
    const { places } = this;
    let least = Infinity;
    for (let i = 0; i < places.length; i++) for (let j = 0; j < i; j++) least = Math.min(least,
      Math.hypot(places[i].x - places[j].x, places[i].y - places[j].y));
    return least === Infinity ? 10 * this.r : least;
  }

  // Parallel cables lie beside each other.
  makeLine({ index, a, b, name }) {
    const { trace, places, r } = this,
      mates = trace.cables.filter(other => (other.a === a && other.b === b) || (other.a === b && other.b === a));
    const from = places[a], to = places[b], length = Math.hypot(to.x - from.x, to.y - from.y) || 1, ux = (to.x - from.x) / length,
      uy = (to.y - from.y) / length;
    const aside = (mates.findIndex(mate => mate.index === index) - (mates.length - 1) / 2) * .9 * r * (a < b ? 1 : -1);
    const line = { index, a, b, ax: from.x - uy * aside, ay: from.y + ux * aside, bx: to.x - uy * aside, by: to.y + ux * aside, ux, uy,
      length };
    const ends = { x1: line.ax, y1: line.ay, x2: line.bx, y2: line.by };
    line.stroke = svg('line', { class: 't-link', ...ends });
    line.wide = svg('line', { class: 't-linkhit', ...ends, 'stroke-width': Math.max(24, 1.5 * r) });
    line.group = svg('g', { class: 't-linkgroup', 'aria-label': `Link ${name}`, ...pressable(() => this.openLink(index)) }, line.wide,
      line.stroke);
    if (trace.cables.length > NETWORK_TABS_UP_TO) line.group.setAttribute('tabindex', -1);
    line.cost = svg('g', { class: 't-costs', transform: `translate(${(line.ax + line.bx) / 2} ${(line.ay + line.by) / 2})` });
    this.links.append(line.group);
    this.costs.append(line.cost);
    return line;
  }

  // The line of a directed link, from its beginning to its end.
  directed(link) {
    const line = this.lines[link >> 1];
    return link & 1 ? { x: line.bx, y: line.by, ux: -line.ux, uy: -line.uy, length: line.length }
      : { x: line.ax, y: line.ay, ux: line.ux, uy: line.uy, length: line.length };
  }

  makeNode({ index, name }) {
    const { R, r } = this, isRouter = this.routers.has(index), { x, y } = this.places[index], radius = this.radiusOf(index);
    const shape = isRouter ? svg('circle', { class: 'disc', r: radius })
      : svg('rect', { class: 'disc', x: -radius, y: -radius, width: 2 * radius, height: 2 * radius, rx: .15 * r });
    const hit = svg('circle', { class: 't-hit', r: Math.max(12, radius) });
    const inside = this.namesInside && isRouter ? svg('text',
      { class: 'nm', y: .34 * Math.min(R * 1.1, 1.1 * r * (isShortName(name) ? 1.76 : 1)),
      'font-size': isShortName(name) ? Math.min(1.94 * r, R * 1.05) : 1.1 * r }, svgName(name)) : null;
    const group = svg('g', { class: `t-node ${isRouter ? 'router' : 'host'}`, transform: `translate(${x} ${y})`, 'aria-pressed': 'false',
      ...pressable(() => this.app.act('router', index)),
      onpointerenter: () => this.hover(index), onpointerleave: () => this.hover(null) },
    hit, svg('circle', { class: 'ring', r: radius + .55 * r }), svg('circle', { class: 'disc2', r: radius + .35 * r }), shape, inside,
      svg('path', { class: 'failcross', d: `M${-radius} ${-radius}L${radius} ${radius}M${radius} ${-radius}L${-radius} ${radius}` }));
    this.nodes.append(group);
    return group;
  }

  radiusOf(node) { return this.routers.has(node) ? this.R : clamp(.5 * this.R, .25 * this.r, .7 * this.r); }

  hover(node) {
    if (!this.isDense || this.hovered === node) return;
    this.hovered = node;
    this.drawValues(this.app);
  }

  // Which names are written, and where. It depends on what is selected, not on the position, so that nothing moves in a step.
  placeLabels(app) {
    const { trace, r, places, size } = this, { view } = app, destination = this.destinationOf(app);
    const isFirst = new Set([view.router, ...this.scripted, destination < trace.nodes.length ? destination : null,
      ...trace.flows.slice(0, 8).flatMap(({ from, to }) => [from, to])]);
    const order = trace.nodes.map(({ index }) => index).sort((a, b) => (isFirst.has(b) - isFirst.has(a)) || this.degree[b] - this.degree[a]
      || a - b);
    const nameSize = (size === 'large' ? 1.125 : .9375) * r;
    const visible = order.filter(node => places[node].x > 0 && places[node].x < this.width && places[node].y > 0
      && places[node].y < this.height);
    const wishes = visible.map(node => {
      const { name } = trace.nodes[node], isRouter = this.routers.has(node),
        value = isRouter && trace.routing && size !== 'small' && node !== destination;
      const hasName = !(this.namesInside && isRouter), isEnd = trace.routing && size === 'large' && node === destination;
      const wide = Math.max(hasName ? textWidth(name, nameSize, 600) : 0,
        value ? (size === 'large' ? 3 * r + 1.26 * this.valueSize : 1.3 * this.valueSize) : 0, isEnd ? 5 * r : 0);
      const high = (hasName ? nameSize * 1.15 : 0) + (value ? this.valueSize * (size === 'large' ? 1 : 1.05) : 0) + (isEnd ? 1.2 * r : 0);
      return { node, hasName, x: places[node].x, y: places[node].y, radius: this.radiusOf(node) + .3 * r, width: wide + .3 * r,
        height: high, must: !this.isDense || node === view.router || node === destination };
    }).filter(({ height }) => height > 0);
    const discs = trace.nodes.map(({ index }) => ({ ...places[index], radius: this.radiusOf(index) }));
    const spots = placedLabels(wishes, discs, trace.nodes.length > 250 ? [] : this.lines, this.isDense ? 1 : 6,
      { x0: 2, x1: this.width - 2, y0: 2, y1: this.height - 2 }, this.taken());
    this.labels = new Map();
    wishes.forEach((wish, i) => { if (spots[i]) this.labels.set(wish.node,
      { ...spots[i], width: wish.width, height: wish.height, hasName: wish.hasName }); });
    this.nameSize = nameSize;
    this.labelsFor = `${view.router} ${destination}`;
  }

  // The controls that lie over the picture.
  taken() {
    const frame = this.frame.getBoundingClientRect(), over = [this.frame.parentElement?.querySelector('.net-dest'), this.zoomButtons];
    return over.filter(Boolean).map(element => {
      const { left, right, top, bottom } = element.getBoundingClientRect();
      return { x0: left - frame.left - 4, x1: right - frame.left + 4, y0: top - frame.top - 4, y1: bottom - frame.top + 4 };
    });
  }

  destinationOf(app) { return app.trace.routing ? this.say.destination(app) : -1; }

  // ---- drawing ----------------------------------------------------------------------------------------------------

  draw(app) {
    if (!this.lines) return;
    const { trace } = this, k = app.player.k, asked = app.view.asked;
    this.app = app;
    this.hidden = asked != null && trace.events[asked] ? trace.events[asked].node : null;
    if (this.labelsFor !== `${app.view.router} ${this.destinationOf(app)}`) this.placeLabels(app);
    this.state = trace.network(k);
    this.present = this.say.present(app);
    this.drawLinks(this.present);
    this.drawNodes(app, k);
    this.drawRoutes(app, k);
    this.drawValues(app);
    this.move(app);
    this.drawLine(app);
  }

  drawLinks(k) {
    const first = this.trace.network(0), from = this.trace.network(this.trace.instant(k)), { r } = this;
    this.lines.forEach((line, i) => {
      const now = this.state.cables[i], was = first.cables[i], before = from.cables[i];
      const down = now.down[0] || now.down[1], changed = `${now.costs}` !== `${was.costs}`,
        isLit = `${now.costs}` !== `${before.costs}` || `${now.down}` !== `${before.down}`;
      line.group.setAttribute('class', `t-linkgroup${down ? ' down' : ''}${changed ? ' changed' : ''}${this.link === i ? ' sel' : ''}`);
      line.group.setAttribute('aria-label', `Link ${this.trace.cables[i].name}${down ? ', cut' : ''}, cost ${now.costs[0]}`);
      const key = `${now.costs} ${was.costs} ${down} ${isLit}`;
      if (line.shown === key) return;
      line.shown = key;
      const parts = [];
      if (this.showsCosts && !down) parts.push(...this.costParts(line, now.costs, was.costs, isLit));
      if (down) {
        const size = this.isDense ? .5 * r : .7 * r;
        parts.push(glyph('cross', size, { class: `t-cut${isLit ? ' lit' : ''}` }),
          svg('text', { class: `t-cutword${isLit ? ' lit' : ''}`, x: size + .25 * r, y: -.35 * r }, 'cut'));
      }
      line.cost.replaceChildren(...parts);
    });
  }

  // The cost stands on the link; where both directions differ, each near the node that pays it.
  costParts(line, costs, was, isLit) {
    const { r } = this, size = (this.size === 'large' ? 1.4375 : 1) * r, bold = 600;
    const one = (text, old, x, y) => {
      const wide = textWidth(text, size, bold), oldWide = old == null ? 0 : textWidth(old, .78 * size) + .5 * r,
        w = wide + oldWide + .5 * r;
      return [svg('rect', { class: `t-costbg${isLit ? ' lit' : ''}`, x: x - w / 2, y: y - .7 * size, width: w, height: 1.4 * size,
        rx: .3 * r }),
        svg('text', { class: 't-cost', x: x + oldWide / 2, y: y + .35 * size, 'font-size': size }, text),
        old == null ? null : svg('text', { class: 't-was', x: x - (wide + .15 * r) / 2, y: y + .3 * size, 'font-size': .78 * size },
          old)].filter(Boolean);
    };
    const old = i => (costs[i] === was[i] ? null : String(was[i]));
    if (costs[0] === costs[1] && was[0] === was[1]) return one(String(costs[0]), old(0), 0, 0);
    const off = line.length * .17;
    return [...one(String(costs[0]), old(0), -line.ux * off, -line.uy * off),
      ...one(String(costs[1]), old(1), line.ux * off, line.uy * off)];
  }

  drawNodes(app, k) {
    const { trace } = this, { view } = app, destination = this.destinationOf(app),
      dijkstra = this.say.dijkstra ? this.say.dijkstra(app) : null, event = this.present ? trace.events[this.present - 1] : null;
    this.discs.forEach((group, i) => {
      const style = this.styles(i), classes = ['t-node', this.routers.has(i) ? 'router' : 'host'], failed = this.state.failed[i];
      if (view.router === i) classes.push('sel');
      if (failed) classes.push('failed');
      if (i === destination) classes.push('destination');
      if (dijkstra) classes.push(dijkstra.settled.has(i) ? 'settled' : dijkstra.frontier.has(i) ? 'frontier' : 'unseen');
      if (event && event.kind === 'step' && event.node === i) classes.push('acting');
      const name = classes.join(' ');
      if (group.getAttribute('class') !== name) group.setAttribute('class', name);
      group.style.setProperty('--c', style.colour);
      group.setAttribute('aria-pressed', view.router === i);
      group.setAttribute('aria-label', this.nodeWords(i, destination, k, failed));
    });
  }

  nodeWords(i, destination, k, failed) {
    const { trace } = this, { name } = trace.nodes[i], kind = this.routers.has(i) ? 'Router' : 'Host';
    if (failed) return `${kind} ${name}, failed`;
    if (!trace.routing || !this.routers.has(i)) return `${kind} ${name}`;
    if (this.hidden === i) return `${kind} ${name}, hidden`;
    const to = trace.routing.destinations[destination], route = trace.way(i, destination, k);
    if (i === destination) return `${kind} ${name}, the destination`;
    if (!route) return `${kind} ${name}, no route to ${to}`;
    const via = route.hops.length ? ` via ${route.hops.map(hop => trace.nodes[hop].name).join(' and ')}` : '';
    return `${kind} ${name}, cost ${costText(route.cost)} to ${to}${via}`;
  }

  // Next hops towards the destination: an arrow that leaves the router along the link that it would use.
  drawRoutes(app, k) {
    const { trace, r, R, size } = this;
    this.routes.replaceChildren();
    this.ways.replaceChildren();
    if (!trace.routing) return;
    const destination = this.destinationOf(app), stroke = { large: .44, middle: .3, small: .16 }[size] * r,
      head = { large: .69, middle: .5, small: .34 }[size] * r;
    for (const node of trace.routing.routers) {
      const route = this.hidden === node || this.state.failed[node] ? null : trace.way(node, destination, k);
      for (const hop of route ? route.hops : []) {
        const line = this.lineTowards(node, hop);
        if (!line) continue;
        const from = this.radiusOf(node) + .3 * r, to = Math.max(from + head,
          Math.min(line.length * (this.isSpacious ? .36 : .44), line.length - this.radiusOf(hop) - head)), tip = to + head * 1.05;
        const at = (along, aside) => `${line.x + line.ux * along - line.uy * aside} ${line.y + line.uy * along + line.ux * aside}`;
        const isLit = route.step === this.litStep(node);
        this.routes.append(svg('g', { class: `t-route${isLit && size !== 'large' ? ' lit' : ''}`, style: `--c:${this.routeColour(node)}` },
          svg('path', { class: 'stem', d: `M${at(from, 0)}L${at(to, 0)}`, 'stroke-width': stroke }),
            svg('path', { class: 'head', d: `M${at(tip, 0)}L${at(to - .2 * head, head)}L${at(to - .2 * head, -head)}z` })));
      }
    }
    this.drawWay(app, k, R);
  }

  // In a large network arrows have one colour, but for the routers that the chart shows.
  routeColour(node) { return this.isDense ? 'var(--ink-2)' : this.styles(node).colour; }

  // The last step of a router within the present instant.
  litStep(node) {
    const { trace, present: k } = this, from = trace.instant(k);
    for (let event = k - 1; event >= from; event--) if (trace.events[event].kind === 'step'
      && trace.events[event].node === node) return trace.events[event].ref.step;
    return -1;
  }

  lineTowards(node, hop) {
    const links = this.trace.links.filter(({ from, to }) => from === node && to === hop),
      up = links.find(({ cable, index }) => !this.state.cables[cable].down[index & 1]) || links[0];
    return up ? this.directed(up.index) : null;
  }

  // Where many arrows would hide it, the whole way of a packet is drawn beneath them.
  drawWay(app, k) {
    if (this.size === 'large' || this.hidden != null) return;
    const found = this.say.way(app, k);
    if (!found) return;
    const { way, end } = found;
    let d = '';
    for (let i = 0; i + 1 < way.length; i++) {
      const line = this.lineTowards(way[i], way[i + 1]);
      if (line) d += `M${line.x} ${line.y}l${line.ux * line.length} ${line.uy * line.length}`;
    }
    this.ways.append(svg('path', { class: `t-way${end === 'there' ? '' : ' bad'}`, d, 'stroke-width': .6 * this.r }));
  }

  // Names, and what the destination costs each router.
  drawValues(app) {
    const { trace, r } = this, k = app.player.k, destination = this.destinationOf(app), shown = [];
    for (const [node, label] of this.labels) shown.push(this.valueParts(app, node, label, k, destination));
    if (this.isDense) for (const node of this.alsoNamed(app)) if (!this.labels.has(node)) shown.push(this.nameAlone(node));
    this.values.replaceChildren(...shown.filter(Boolean));
    this.values.setAttribute('aria-hidden', 'true');
    for (const [i, failed] of this.state.failed.entries()) {
      if (failed) this.values.append(svg('text', { class: 't-cutword', x: this.places[i].x, y: this.places[i].y - this.radiusOf(i) - .3 * r,
        'text-anchor': 'middle' }, 'failed'));
    }
    const dijkstra = this.say.dijkstra ? this.say.dijkstra(app) : null;
    for (const [node, text] of dijkstra ? dijkstra.frontier : []) {
      this.values.append(svg('text', { class: 't-frontier', x: this.places[node].x, y: this.places[node].y - this.radiusOf(node) - .45 * r,
        'text-anchor': 'middle' }, text));
    }
  }

  alsoNamed(app) {
    const named = new Set();
    if (this.hovered != null) named.add(this.hovered);
    if (app.view.router != null) named.add(app.view.router);
    const { trace, present } = this;
    for (let event = present - 1, from = trace.instant(present); event >= from && named.size < 12; event--) {
      const { kind, node } = trace.events[event];
      if (kind === 'step' && node != null) named.add(node);
    }
    return named;
  }

  nameAlone(node) {
    const { x, y } = this.places[node];
    return svg('text', { class: 't-name lit', x, y: y - this.radiusOf(node) - .3 * this.r, 'text-anchor': 'middle',
      'font-size': this.nameSize }, this.trace.nodes[node].name);
  }

  valueParts(app, node, { x, y, width, height, hasName }, k, destination) {
    const { trace, r, size, valueSize, nameSize } = this, { name } = trace.nodes[node], parts = [];
    let top = y - height / 2;
    if (hasName) {
      parts.push(svg('text', { class: `t-name${app.view.router === node ? ' sel' : ''}`, x, y: top + nameSize * .92,
        'text-anchor': 'middle', 'font-size': isShortName(name) ? nameSize * 1.15 : nameSize }, svgName(name)));
      top += nameSize * 1.15;
    }
    if (trace.routing && node === destination && size === 'large') parts.push(svg('text',
      { class: 't-via', x, y: top + .95 * r, 'text-anchor': 'middle', 'font-size': 1.125 * r }, 'destination'));
    else if (trace.routing && this.routers.has(node) && size !== 'small'
      && node !== destination) parts.push(...this.costAt(app, node, x, top, k, destination));
    return svg('g', { class: `t-label${this.state.failed[node] ? ' failed' : ''}` }, parts);
  }

  costAt(app, node, x, top, k, destination) {
    const { trace, r, size, valueSize } = this, change = trace.lastChange(node, destination, k), hidden = this.hidden === node;
    if (!change && !hidden) return [];
    const isLit = hidden || change.step === this.litStep(node), text = hidden ? '?' : costText(change.cost),
      wide = textWidth(text, valueSize, 650), colour = isLit ? 'var(--lit-ink)' : this.styles(node).colour;
    const to = trace.routing.destinations[destination], before = size === 'large' && to.length <= 6
      ? textWidth(`to ${to}`, 1.0625 * r) + .75 * r : 0, left = x - (wide + before) / 2;
    const middle = top + valueSize * .5;
    return [svg('rect', { class: `t-dbg${isLit ? ' lit' : ''}`, x: left + before - .25 * r, y: middle - .56 * valueSize,
      width: wide + .5 * r, height: 1.12 * valueSize, rx: .25 * r }),
      before ? svg('text', { class: 't-via', x: left, y: middle + .36 * valueSize, 'font-size': 1.0625 * r }, 'to ', svgName(to)) : null,
      svg('text', { class: 't-d', x: left + before, y: middle + .36 * valueSize, 'font-size': valueSize, style: `fill:${colour}` },
        text)].filter(Boolean);
  }

  // ---- what moves -------------------------------------------------------------------------------------------------

  move(app) {
    if (!this.lines) return;
    const { k, t } = app.player, used = new Map();
    this.moveMessages(app, k, t, used);
    this.movePackets(app, k, t, used);
    for (const [key, { group }] of this.pool) if (!used.has(key)) { group.remove(); this.pool.delete(key); }
    // What lies over what does not depend on the way here.
    const places = new Map([[this.messages, 0], [this.packets, 0]]);
    for (const { group, layer } of used.values()) {
      const at = places.get(layer);
      if (layer.children[at] !== group) layer.insertBefore(group, layer.children[at] || null);
      places.set(layer, at + 1);
    }
  }

  // What moves is kept from frame to frame.
  pooled(key, used, layer, make) {
    if (!this.pool.has(key)) this.pool.set(key, Object.assign(make(), { layer }));
    used.set(key, this.pool.get(key));
    return used.get(key);
  }

  moveMessages(app, k, t, used) {
    const lanes = new Map(), { r, isSpacious } = this, cards = [], isStill = isCalm();
    for (const { message, at, state } of this.trace.messagesAt(k, t)) {
      if (message.quiet && this.isDense) continue;
      const { x, y, ux, uy, length } = this.directed(message.link), lane = lanes.get(message.link) || 0;
      lanes.set(message.link, lane + 1);
      const entry = this.pooled(`m${message.index} ${this.destinationOf(app)}`, used, this.messages, () => this.makeMessage(message));
      // Rest positions are readable where there is room: it never lies on a node. It keeps to the left of its direction.
      const near = .3, far = .66, part = isStill ? (at >= 1 ? far : near) : near + (far - near) * at;
      const aside = (entry.card ? .5 * (entry.wide * Math.abs(uy) + entry.high * Math.abs(ux)) + .55 * r : .75 * r) + lane * (entry.card
        ? entry.high : .45 * r);
      const from = entry.card ? 0 : this.radiusOf(message.from) + .5 * r,
        along = from + (length - from - (entry.card ? 0 : this.radiusOf(message.to) + .5 * r)) * (entry.card ? part : clamp(at, 0, 1));
      entry.x = x + ux * along + uy * aside;
      entry.y = y + uy * along - ux * aside;
      if (entry.card) cards.push(entry);
      entry.group.setAttribute('transform', `translate(${entry.x} ${entry.y})`);
      entry.group.classList.toggle('lost', state === 'lost');
      entry.group.classList.toggle('sel', app.view.message === message.index);
    }
    this.spread(cards);
  }

  // Cards that would cover each other, a node or its label are moved apart, each by half of what they overlap.
  spread(cards) {
    const { r } = this, discs = this.places.map(({ x, y }, i) =>
      ({ x, y, wide: 2 * this.radiusOf(i), high: 2 * this.radiusOf(i), isFixed: true }));
    const boxes = [...cards, ...discs,
      ...[...this.labels.values()].map(({ x, y, width, height }) => ({ x, y, wide: width, high: height, isFixed: true }))];
    for (let round = 0; round < 6; round++) {
      for (let i = 0; i < cards.length; i++) for (let j = i + 1; j < boxes.length; j++) {
        const a = boxes[i], b = boxes[j], dx = b.x - a.x, dy = b.y - a.y, ox = (a.wide + b.wide) / 2 + .1 * r - Math.abs(dx),
          oy = (a.high + b.high) / 2 + .1 * r - Math.abs(dy);
        if (ox <= 0 || oy <= 0) continue;
        const share = b.isFixed ? 1 : .5, [by, axis] = ox < oy ? [ox * Math.sign(dx || 1), 'x'] : [oy * Math.sign(dy || 1), 'y'];
        a[axis] -= by * share;
        if (!b.isFixed) b[axis] += by * share;
      }
    }
    for (const { group, x, y, wide, high } of cards) {
      const cx = clamp(x, wide / 2, this.width - wide / 2), cy = clamp(y, high / 2, this.height - high / 2);
      group.setAttribute('transform', `translate(${cx} ${cy})`);
    }
  }

  makeMessage(message) {
    const { trace, r } = this, { colour, shape } = this.styles(message.from),
      says = this.isSpacious && !message.quiet ? this.say.card(this.app, message) : null;
    const name = node => trace.nodes[node].name, shown = says ? `${says.before ? `${says.before} ` : ''}${says.text}: ` : '';
    const label = `${shown}message from ${name(message.from)} to ${name(message.to)}, ${message.text || message.kind}`;
    const group = svg('g', { class: `t-msg${message.quiet ? ' quiet' : ''}`, style: `--c:${colour}`, 'aria-label': label,
      ...pressable(() => this.app.act('message', message.index)) });
    if (!says) {
      group.append(svg('circle', { class: 't-hit', r: 12 }),
        message.quiet ? svg('circle', { class: 'mark', r: .28 * r })
        : svg('rect', { class: 'mark', x: -.4 * r, y: -.3 * r, width: .8 * r, height: .6 * r, rx: .12 * r }),
        glyph('cross', .4 * r, { class: 'lostcross' }));
      return { group, card: false, wide: 0 };
    }
    return { ...this.makeCard(group, says, shape), group };
  }

  // Where routers are few a card has a mark and large letters; else it is small.
  makeCard(group, { before, text }, shape) {
    const { r } = this, isSmall = this.routers.size > 3, size = (isSmall ? .9375 : 1.2) * r, pad = (isSmall ? .3 : .45) * r,
      mark = isSmall ? 0 : 1.15 * r, high = (isSmall ? 1.3 : 2) * r;
    const first = before ? textWidth(before, size * 1.04) + .3 * r : 0, wide = 2 * pad + mark + first + textWidth(text, size, 600),
      left = -wide / 2 + pad;
    group.append(svg('rect', { class: 'card', x: -wide / 2, y: -high / 2, width: wide, height: high, rx: .25 * r }),
      ...(mark ? [svg('g', { transform: `translate(${left + .48 * r} 0)` }, glyph(shape, .44 * r, { class: 'mark' }))] : []),
      ...(before ? [svg('text', { class: 'before', x: left + mark, y: .35 * size, 'font-size': size * 1.04 }, svgName(before), ' ')] : []),
      svg('text', { class: 'says', x: wide / 2 - pad, y: .35 * size, 'font-size': size, 'text-anchor': 'end' }, text),
        glyph('cross', .35 * high, { class: 'lostcross' }));
    return { card: true, wide: wide + .2 * r, high: high + .1 * r };
  }

  movePackets(app, k, t, used) {
    const { trace, r } = this, waiting = new Map();
    let drawn = 0;
    for (const place of trace.packetsAt(k, t)) {
      if (place.link == null && place.state !== 'dropped') continue;
      if (place.state === 'waiting') {
        if (!waiting.has(place.link)) waiting.set(place.link, []);
        waiting.get(place.link).push(place.trip);
        continue;
      }
      if (drawn++ > NETWORK_MOST_PACKETS) continue;
      const entry = this.pooled(`p${place.trip.index}`, used, this.packets, () => this.makePacket(place.trip));
      this.putPacket(entry, place);
      entry.group.classList.toggle('sel', app.view.packet === place.trip.index);
    }
    this.drawQueues(waiting, r);
  }

  flowStyle(flow) { return seriesStyle(flow % 8); }

  // A packet is as long as it is: from the place of its first bit to that of its last. Its mark rides in the middle.
  makePacket(trip) {
    const { r } = this, { colour, shape } = this.flowStyle(trip.flow), isAck = isAckTrip(trip),
      radius = (isAck ? .26 : .36) * r * (this.isDense ? .85 : 1);
    const mark = glyph(shape, radius, { class: 'mark' }), length = svg('line', { class: 'length', 'stroke-width': .3 * r });
    const again = trip.copy > 1
      ? svg('path', { class: 'stripes',
      d: `M${-radius} ${radius * .3}L${radius * .3} ${-radius}M${-radius * .3} ${radius}L${radius} ${-radius * .3}` }) : null;
    const words = `${tripName(trip)} of ${this.trace.flows[trip.flow].name}${trip.copy > 1 ? ', sent again' : ''}`;
    const rider = svg('g', {}, svg('circle', { class: 't-hit', r: 12 }), mark, again, glyph('cross', radius * 1.2, { class: 'lostcross' }));
    const group = svg('g', { class: `t-packet${isAck ? ' ack' : ''}${trip.copy > 1 ? ' again' : ''}`, style: `--c:${colour}`,
      'aria-label': words, ...pressable(() => this.app.act('packet', trip.index)) }, length, rider);
    return { group, length, rider };
  }

  putPacket({ group, length, rider }, { trip, link, at, tail, state }) {
    const { r } = this, isDropped = state === 'dropped';
    group.classList.toggle('lost', isDropped);
    const lie = (isLong, places) => ['x1', 'y1', 'x2', 'y2'].forEach((name, i) => length.setAttribute(name, isLong ? places[i] : 0));
    if (link == null) {
      const { x, y } = this.places[this.trace.events[this.trace.endedAt[trip.index]]?.node ?? 0];
      lie(false);
      rider.setAttribute('transform', `translate(${x + r} ${y + r})`);
      return;
    }
    const { x, y, ux, uy, length: long } = this.directed(link), from = this.radiusOf(this.trace.links[link].from) + .3 * r,
      span = Math.max(1, long - from - this.radiusOf(this.trace.links[link].to) - .3 * r);
    const aside = .42 * r + (isDropped ? .8 * r : 0), px = part => x + ux * (from + span * part) + uy * aside,
      py = part => y + uy * (from + span * part) - ux * aside;
    const middle = (at + tail) / 2, isLong = (at - tail) * span > .7 * r;
    lie(isLong, [px(tail), py(tail), px(at), py(at)]);
    rider.setAttribute('transform', `translate(${px(middle)} ${py(middle)})`);
  }

  // Waiting packets are a stack at the beginning of their link, with their number.
  drawQueues(waiting, r) {
    this.queues.replaceChildren(...[...waiting].map(([link, trips]) => this.queueParts(link, trips, r)));
  }

  queueParts(link, trips, r) {
    const { x, y, ux, uy } = this.directed(link), along = this.radiusOf(this.trace.links[link].from) + r, bar = .3 * r;
    const turn = Math.atan2(uy, ux) * 180 / Math.PI, px = aside => x + ux * along + uy * aside, py = aside => y + uy * along - ux * aside;
    const most = Math.min(trips.length, 12), bars = trips.slice(0, most).map((trip, i) => {
      const aside = .75 * r + i * bar * .9, transform = `translate(${px(aside)} ${py(aside)}) rotate(${turn})`;
      return svg('rect', { class: 'waits', x: -.45 * r, y: -bar * .4, width: .9 * r, height: bar * .75, transform,
        style: `--c:${this.flowStyle(trip.flow).colour}` });
    });
    const far = 1.25 * r + most * bar * .9, words = `${plural(trips.length, 'packet')} wait for ${this.trace.links[link].name}`;
    return svg('g', { class: 't-queue', 'aria-label': words, role: 'img' }, bars,
      svg('text', { class: 't-queued', x: px(far), y: py(far) + .32 * r, 'text-anchor': 'middle' }, trips.length));
  }

  // ---- the line under it ------------------------------------------------------------------------------------------

  openLink(index) {
    this.link = this.link === index ? null : index;
    if (this.link != null) tellAround({ netsim: 'select', link: this.app.trace.cables[index].name, t: this.app.seconds() });
    this.isOwnSelection = true;
    this.app.redraw('select');
    this.isOwnSelection = false;
  }

  drawLine(app) {
    const words = this.link != null ? this.linkWords(this.link, app.player.t) : this.say.line(app);
    this.line.replaceChildren(...[words].flat(Infinity).filter(part => part != null && part !== false));
    this.line.title = this.line.textContent;
  }

  linkWords(index, t) {
    const { trace } = this, { a, b } = trace.cables[index], { costs, rates, delays, down } = this.state.cables[index],
      name = node => nodeName(trace.nodes[node].name);
    const both = (values, show) => (values[0] === values[1] ? show(values[0]) : `${show(values[0])} there, ${show(values[1])} back`);
    const waits = [2 * index, 2 * index + 1].map(link => trace.queueAt(link, t));
    return [el('span', {}, 'Link ', name(a), '–', name(b), ': ', el('b', {}, down[0] || down[1] ? 'cut' : `cost ${both(costs, String)}`),
      `, ${both(rates, rate => (rate ? bitRateText(rate) : 'no limit'))}, ${both(delays, delay => durationText(delay * trace.unit))}`,
      trace.packets ? [`; ${waits[0]} wait `, name(a), ' → ', name(b), `, ${waits[1]} `, name(b), ' → ', name(a)] : '')];
  }
}

// A few nodes in one straight line are drawn on an arc: their links are longer then, and what they say has room.
function networkArc({ nodes, cables, isMap }) {
  if (isMap || nodes.length < 3 || nodes.length > 7 || cables.length !== nodes.length - 1) return null;
  const first = nodes.reduce((a, b) => (b.x < a.x || (b.x === a.x && b.y < a.y) ? b : a)),
    along = ({ x, y }) => Math.hypot(x - first.x, y - first.y);
  const order = [...nodes].sort((a, b) => along(a) - along(b)), last = order[order.length - 1], length = along(last) || 1;
  const isStraight = nodes.every(({ x, y }) =>
    Math.abs((x - first.x) * (last.y - first.y) - (y - first.y) * (last.x - first.x)) / length < .06 * length);
  const lies = (a, b) => cables.some(cable => (cable.a === a.index && cable.b === b.index) || (cable.a === b.index && cable.b === a.index));
  if (!isStraight || !order.every((node, i) => !i || lies(order[i - 1], node))) return null;
  // Hosts need less room.
  const steps = order.slice(1).map((node, i) => (node.isRouter && order[i].isRouter ? 1 : .6)), total = steps.reduce((a, b) => a + b, 0),
    places = [];
  let gone = 0;
  order.forEach((node, i) => {
    if (i) gone += steps[i - 1];
    const angle = Math.PI * (1 - gone / total);
    places[node.index] = { x: 500 + 500 * Math.cos(angle), y: 560 - 560 * Math.sin(angle) };
  });
  return places;
}

// Nodes that the script names: those, and the ends of links that it cuts or changes.
function scriptedNodes(trace) {
  const nodes = new Set();
  for (const [what, which] of trace.script.flatMap(({ effects }) => effects)) {
    if (['fail', 'boot', 'announce', 'withdraw'].includes(what)) nodes.add(which);
    else if (trace.links[which]) { nodes.add(trace.links[which].from); nodes.add(trace.links[which].to); }
  }
  return nodes;
}
