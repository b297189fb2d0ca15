// The stage "Flows": rates, windows and the queue of a run over one axis of time, with one cursor through all of them.
// What is drawn comes from the run's figures; cuts, drops and causes from its packets.

import { clamp, countText, durationText, el, firstIndex, glyph, inlineGlyph, numberText, plural, rem, sentence, seriesStyle, svg, tableDialog, timeScale } from './core.js';
import { lineValueAt, plotOf, spreadLabels } from './charts.js';
import { flowMss, preciseMoment } from './packet.js';
import { bookmarkPins } from './player.js';
import { niceStep, transportJumps, transportRound } from './transport.js';
import { whyPanel } from './why.js';

// ---- series out of figures --------------------------------------------------------------------------------------------------

const flowsCache = new WeakMap();
// { rates, windows, thresholds, queues, rtts, jain }: what the figures of a run tell, in the run's own units of time.
export function flowSeries(app) {
  if (!flowsCache.has(app.trace)) flowsCache.set(app.trace, flowsReadFigures(app));
  return flowsCache.get(app.trace);
}
const flowsFigure = (app, name) => (app.figures || []).find(figure => figure.name === name && plotOf(figure)?.seconds) || null;
const FLOWS_PREFIXES = { '': 1, k: 1e3, M: 1e6, G: 1e9, m: 1e-3, 'µ': 1e-6, n: 1e-9 };
// 'window (kB)' -> { word: 'window', unit: 'kB', factor: 1000 }.
export function axisUnit(label) {
  const match = /^(.*?)\s*\((.*)\)$/.exec(label || '');
  if (!match) return { word: label || '', unit: '', factor: 1 };
  const [, word, unit] = match, prefix = /^([kMGmµn])(?=[A-Za-z])/.exec(unit.replace(/^ms$/, 'ms'));
  return { word, unit, factor: prefix && unit !== 'packets' ? FLOWS_PREFIXES[prefix[1]] : 1 };
}
// Times of a layer in the trace's units; values times `factor`.
function flowsLine(trace, figure, layer, factor) {
  const scale = plotOf(figure).seconds / trace.unit, x = Float64Array.from(layer.x, v => v * scale),
    y = layer.y.map(v => (v == null ? null : v * factor));
  return { label: layer.label, x, y, step: !!layer.step, style: layer.style, flow: null };
}
function flowsReadFigures(app) {
  const { trace } = app, byName = new Map(trace.flows.map(flow => [flow.name, flow.index])),
    found = { rates: null, windows: null, queues: [], rtts: [], jain: null };
  const lines = (figure, panel, factor) =>
    panel.layers.filter(layer => layer.kind === 'line').map(layer => flowsLine(trace, figure, layer, factor));
  const bands = (figure, panel, factor) => panel.layers.filter(layer => layer.kind === 'band'
    && !layer.label.startsWith('offered')).map(layer =>
    ({ label: layer.label, x: Float64Array.from(layer.x, v => v * plotOf(figure).seconds / trace.unit),
    low: layer.low.map(v => (v == null ? null : v * factor)), high: layer.high.map(v => (v == null ? null : v * factor)) }));
  const assign = list => { for (const line of list) line.flow = byName.get(line.label) ?? null; return list; };
  const throughput = flowsFigure(app, 'throughput');
  if (throughput) {
    const [panel] = plotOf(throughput).panels, unit = axisUnit(panel.y.label), all = assign(lines(throughput, panel, unit.factor));
    found.rates = { word: unit.word, flows: all.filter(line => line.flow != null), others: all.filter(line => line.flow == null),
      bands: bands(throughput, panel, unit.factor),
      references: panel.layers.filter(layer => layer.kind === 'reference'
        && !layer.vertical).map(layer => ({ label: layer.label, value: layer.value * unit.factor })) };
  }
  const cwnd = flowsFigure(app, 'cwnd');
  if (cwnd) found.windows = flowsReadWindows(trace, cwnd, byName, lines, bands, assign);
  const queue = flowsFigure(app, 'queue');
  for (const panel of queue ? plotOf(queue).panels : []) {
    const [line] = lines(queue, panel, 1),
      limit = panel.layers.find(layer => layer.kind === 'reference' && layer.label.startsWith('limit')),
      // Of several queues each has a panel with its name; of one the line has it.
      name = panel.title.includes('->') || !line ? panel.title : line.label;
    if (line) found.queues.push({ name, line, limit: limit ? limit.value : null, limitWords: limit ? limit.label : null });
  }
  found.queues.sort((a, b) => flowsDropsAt(trace, b.name) - flowsDropsAt(trace, a.name) || Math.max(...b.line.y) - Math.max(...a.line.y));
  const rtt = flowsFigure(app, 'rtt');
  if (rtt) {
    const [panel] = plotOf(rtt).panels, all = assign(lines(rtt, panel, axisUnit(panel.y.label).factor)),
      smooth = all.find(line => /smoothed/.test(line.label)) || all.find(line => line.label === 'measured');
    found.rtts = all.filter(line => line.flow != null);
    if (!found.rtts.length && smooth) found.rtts = [{ ...smooth,
      flow: byName.get(panel.title.replace(/:.*$/, '')) ?? flowsFirstTcp(trace) }];
  }
  const fairness = flowsFigure(app, 'fairness');
  if (fairness) [found.jain = null] = lines(fairness, plotOf(fairness).panels[0], 1);
  return found;
}
const flowsDropsAt = (trace, name) => (trace.packets
  ? trace.packets.drops.reduce((n, drop) => n + (drop.link != null && trace.links[drop.link].name === name ? 1 : 0), 0) : 0);
const flowsFirstTcp = trace => trace.flows.find(flow => flow.protocol === 'tcp')?.index ?? null;
// A panel for each flow with its window and threshold, or one panel with a line for each flow.
function flowsReadWindows(trace, figure, byName, lines, bands, assign) {
  const windows = { flows: [], thresholds: new Map(), others: [], bands: [] }, { panels } = plotOf(figure);
  for (const panel of panels) {
    const { factor } = axisUnit(panel.y.label), all = lines(figure, panel, factor), own = all.find(line => line.label === 'cwnd');
    if (own) {
      own.flow = byName.get(panel.title) ?? byName.get(panel.title.replace(/ \([^()]*\)$/, '')) ?? flowsFirstTcp(trace);
      windows.flows.push(own);
      const threshold = all.find(line => line.label === 'ssthresh');
      if (threshold) windows.thresholds.set(own.flow, { ...threshold, flow: own.flow });
    } else {
      assign(all);
      windows.flows.push(...all.filter(line => line.flow != null));
      windows.others.push(...all.filter(line => line.flow == null));
      windows.bands.push(...bands(figure, panel, factor));
    }
  }
  return windows;
}
// A flow's congestion window in bytes at t, from the figure; null where there is none.
export function windowAt(app, flow, t) {
  const line = flowSeries(app).windows?.flows.find(one => one.flow === flow);
  return line ? lineValueAt(line, t) : null;
}

// The points of a line as a path, no finer than the screen: of each column of pixels the first, the least, the most and the last.
export function linePath(line, from, until, xOf, yOf) {
  const { x, y, step } = line, start = Math.max(0, firstIndex(x.length, i => x[i] >= from) - 1),
    end = Math.min(x.length, firstIndex(x.length, i => x[i] > until) + 1);
  let d = '', isOpen = false, column = null;
  const put = (px, py) => { d += `${isOpen ? (step ? `H${px.toFixed(1)}V` : `L${px.toFixed(1)} `) : `M${px.toFixed(1)} `}${py.toFixed(1)}`;
    isOpen = true; };
  const flush = () => {
    if (!column) return;
    const { first, least, most, last } = column, between = least[2] < most[2] ? [least, most] : [most, least];
    for (const [px, py] of new Set([first, ...between, last])) put(px, py);
    column = null;
  };
  for (let i = start; i < end; i++) {
    if (y[i] == null) { flush(); isOpen = false; continue; }
    const px = xOf(x[i]), py = yOf(y[i]), place = [px, py, i];
    if (column && Math.floor(px) === column.at) { column.last = place; if (py > column.least[1]) column.least = place;
      if (py < column.most[1]) column.most = place; continue; }
    flush();
    column = { at: Math.floor(px), first: place, least: place, most: place, last: place };
  }
  flush();
  return d;
}

// ---- the stage ----------------------------------------------------------------------------------------------------------------

// More flows than this share a filter list and no longer have a button each.
const FLOWS_IN_LEGEND = 8;
const FLOWS_LABELLED = 6;
const FLOWS_BULK = new Set(['tcp']);

class FlowsStage {
  constructor() {
    Object.assign(this, { id: 'flows', label: 'Flows', roundWord: 'RTT', pace: 'whole' });
    this.keys = [
      { key: 'z', words: 'Charts: zoom in around the cursor', run: app => this.zoom(app, .5) },
      { key: 'x', words: 'Charts: zoom out', run: app => this.zoom(app, 2) },
      { key: 'f', words: 'Charts: the whole run', run: app => this.all(app) },
      { key: 'g', words: 'The charts as a table, with CSV', run: app => this.table(app) },
    ];
  }
  get jumps() { return [transportJumps[2], transportJumps[0], transportJumps[1]]; }
  applies(app) { return !!app.trace && ['throughput', 'cwnd'].some(name => flowsFigure(app, name)); }

  build(app, host) {
    const { trace } = app;
    Object.assign(this, { trace, series: flowSeries(app), hidden: new Set(), filter: '', from: 0, span: trace.end, root: null });
    this.order = trace.flows.map(flow => flow.index);
    this.isMany = this.order.length > FLOWS_IN_LEGEND;
    this.mss = Math.max(0, ...this.order.map(flow => (trace.packets ? flowMss(trace, flow) || 0 : 0))) || null;
    this.cutKs = trace.packets ? trace.packets.cuts.map((cut, i) => (trace.eventAt?.cut.get(i) ?? trace.kAt(cut.t) - 1)) : [];
    this.legend = el('header', { class: 'flows-legend' });
    this.box = el('div', { class: 'flows-box' });
    this.now = el('p', { class: 'now' });
    this.ask = el('div', { class: 'ladder-ask' });
    this.values = el('div', { class: 'flows-values' });
    this.search = this.isMany ? el('input',
      { type: 'search', placeholder: 'Find a flow', 'aria-label': 'Find a flow', class: 'flows-find noprint',
      oninput: e => { this.filter = e.target.value.trim().toLowerCase(); this.tableKey = null; this.drawValues(this.app); } }) : null;
    this.factList = el('dl', { class: 'facts' });
    this.why = whyPanel(app, { only: subject => subject.cause.what === 'cut', nothing: 'No window has been cut yet.' });
    this.whyAny = whyPanel(app);
    this.phase = el('figure', { class: 'flows-phase' });
    this.side = el('section', { class: 'tp-side', 'aria-label': 'Values at the cursor', tabindex: 0 }, this.now, this.ask, this.search,
      this.values, this.factList, this.why, this.whyAny, this.phase);
    host.replaceChildren(el('div', { class: 'tp-stage flows-stage' },
      el('section', { class: 'flows-left', 'aria-label': 'Rates, windows and queue over time' }, this.legend, this.box), this.side));
    this.buildLegend(app);
    this.layOut(app);
  }

  // What each chart shows; only those for which the run has figures.
  charts() {
    const { series } = this, charts = [];
    if (series.rates) charts.push({ id: 'rate', share: 1.05, title: `${sentence(series.rates.word)}, Mb/s`, flows: series.rates.flows,
      others: series.rates.others, bands: series.rates.bands, references: series.rates.references, factor: 1e-6, digits: 2 });
    if (series.windows) {
      const unit = this.mss ? 'segments' : 'kB';
      charts.push({ id: 'window', share: 1.15, title: `Congestion window, ${unit}`, flows: series.windows.flows,
        others: series.windows.others, bands: series.windows.bands, references: [], thresholds: series.windows.thresholds,
        factor: this.mss ? 1 / this.mss : 1e-3, digits: 0, hasCuts: true });
    }
    const [queue] = series.queues;
    if (queue) charts.push({ id: 'queue', share: .45, title: `Queue at ${queue.name.replace('->', '→')}, packets`, flows: [], others: [],
      bands: [], references: [], area: queue.line, limit: queue.limit, factor: 1, digits: 0 });
    if (charts.length && !charts.some(chart => chart.hasCuts)) charts[0].hasLane = true;
    return charts;
  }
  style(flow) { return seriesStyle(flow); }

  buildLegend(app) {
    const sample = (colour, dash, width = '.16rem') => svg('svg', { viewBox: '0 0 32 10', class: 'flows-sample', 'aria-hidden': 'true' },
      svg('line', { x1: 1, x2: 31, y1: 5, y2: 5, stroke: colour, 'stroke-dasharray': dash === 'none' ? null : dash,
      style: `stroke-width:${width}` }));
    const toggle = (id, words, ...marks) => el('button',
      { type: 'button', class: 'lg', 'aria-pressed': String(!this.hidden.has(id)), title: `Show or hide ${words}`,
      onclick: () => { if (!this.hidden.delete(id)) this.hidden.add(id); this.buildLegend(app); this.buildCharts(app);
      this.draw(app, 'select'); } }, ...marks, words);
    const entries = [], { series } = this;
    const shown = this.order.filter(flow => [...(series.rates?.flows || []),
      ...(series.windows?.flows || [])].some(line => line.flow === flow));
    if (!this.isMany) for (const flow of shown) { const { colour, dash, shape } = this.style(flow);
      entries.push(toggle(flow, this.trace.flows[flow].name, sample(colour, dash), inlineGlyph(shape, colour))); }
    if (series.windows?.thresholds?.size) entries.push(toggle('ssthresh', 'ssthresh', sample('var(--ink-2)', '1.6 3', '.08rem')));
    for (const line of series.rates?.others
      || []) entries.push(toggle(line.label, line.label.replace(/ \(.*\)$/, ''),
      /^mean/.test(line.label) ? sample('var(--ink)', 'none') : sample('var(--ink-2)', '2 4', '.1rem')));
    if (series.rates?.bands.length) entries.push(toggle('band', series.rates.bands[0].label,
      svg('svg', { viewBox: '0 0 32 10', class: 'flows-sample', 'aria-hidden': 'true' },
      svg('rect', { x: 1, y: 1, width: 30, height: 8, fill: 'color-mix(in srgb, var(--blue) 22%, var(--paper))' }))));
    if (this.cutKs.length) entries.push(toggle('cuts', 'cut',
      svg('svg', { viewBox: '-8 -8 16 16', class: 'flows-mark', 'aria-hidden': 'true' },
      svg('path', { class: 'flows-cut', d: 'M-5 -4h10l-5 9z' }))));
    const zoom = (words, name, run) => el('button', { type: 'button', 'aria-label': name, title: name, onclick: run }, words);
    this.legend.replaceChildren(el('h2', {}, this.charts()[0]?.title ?? ''), el('div', { class: 'flows-entries' }, entries),
      el('span', { class: 'seg noprint', role: 'group', 'aria-label': 'Zoom' }, zoom('−', 'Zoom out (X)', () => this.zoom(app, 2)),
      zoom('+', 'Zoom in (Z)', () => this.zoom(app, .5)), zoom('All', 'All of the run (F)', () => this.all(app))),
      el('button', { type: 'button', class: 'link noprint', onclick: () => this.table(app) }, 'Table and CSV'));
  }

  // ---- what part of time is shown --------------------------------------------------------------------------------------------

  zoom(app, factor, around = app.player.t) {
    const span = clamp(this.span * factor, Math.max(200, this.trace.end * 1e-6), this.trace.end),
      share = clamp((around - this.from) / this.span, 0, 1);
    this.from = clamp(around - share * span, 0, this.trace.end - span);
    this.span = span;
    this.buildCharts(app);
    this.draw(app, 'select');
  }
  all(app) { this.from = 0; this.span = this.trace.end; this.buildCharts(app); this.draw(app, 'select'); }
  follow(app, t) {
    if (t >= this.from && t <= this.from + this.span) return;
    this.from = clamp(t - .3 * this.span, 0, this.trace.end - this.span);
    this.buildCharts(app);
  }

  // ---- charts ------------------------------------------------------------------------------------------------------------------

  layOut(app) { this.buildCharts(app); this.buildPhase(app); }
  buildCharts(app) {
    const r = rem(), W = Math.max(320, this.box.clientWidth || 0), H = Math.max(200, this.box.clientHeight || 0), charts = this.charts(),
      total = charts.reduce((sum, chart) => sum + chart.share, 0);
    const widest = Math.max(...charts.map(chart => this.topOf(chart).text.length)), L = Math.max(2.4 * r, (.58 * widest + .9) * r),
      R = 1.9 * r, head = 1.75 * r, foot = 1.5 * r, room = H - foot - charts.length * head;
    const x = t => L + (t - this.from) / this.span * (W - L - R);
    this.geometry = { r, W, H, L, R, x, right: W - R };
    this.drawnFlow = app.view.flow;
    const base = svg('g'), lines = svg('g'), marks = svg('g');
    let y0 = 0;
    this.drawn = charts.map(chart => {
      const height = room * chart.share / total, top = y0 + head, bottom = top + height, { most, step, text } = this.topOf(chart),
        y = value => bottom - Math.min(1.04, value * chart.factor / most) * height;
      y0 = bottom;
      // The first stands with the legend, where bookmarks leave it room.
      if (chart !== charts[0]) base.append(svg('text', { class: 'flows-title', x: 0, y: top - .5 * r }, chart.title));
      for (let v = 0; v <= most * 1.0001; v += step) base.append(svg('line',
        { x1: L, x2: W - R, y1: y(v / chart.factor), y2: y(v / chart.factor), stroke: 'var(--rule)' }),
        svg('text', { class: 'axis', x: L - .5 * r, y: y(v / chart.factor) + .33 * r, 'text-anchor': 'end' }, numberText(v, 4)));
      const placed = { ...chart, top, bottom, y, most, text };
      this.drawChart(placed, lines, marks, x);
      return placed;
    });
    this.drawTimeAxis(base, y0);
    this.assemble(app, base, lines, marks, y0);
  }
  // The top of a chart's scale, and its step.
  topOf(chart) {
    let most = 0;
    const see = (values, x) => { for (let i = 0; i < values.length; i++) if (values[i] != null && (!x || x[i] >= 0)) most = Math.max(most,
      values[i]); };
    for (const line of [...chart.flows, ...chart.others]) if (!this.hidden.has(line.flow ?? line.label)) see(line.y);
    if (!this.hidden.has('band')) for (const band of chart.bands) see(band.high);
    if (chart.area) see(chart.area.y);
    if (chart.limit) most = Math.max(most, chart.limit);
    most *= chart.factor;
    const step = niceStep(most || 1, chart.id === 'queue' ? 2 : 4), top = Math.max(most * 1.04, step);
    return { most: top, step, text: numberText(Math.floor(top / step) * step, 4) };
  }
  drawTimeAxis(base, bottom) {
    const { r, x, L, right } = this.geometry, seconds = this.span * this.trace.unit,
      { factor, unit } = timeScale((this.from + this.span) * this.trace.unit), step = niceStep(seconds * factor, 7);
    base.append(svg('line', { x1: L, x2: right, y1: bottom, y2: bottom, stroke: 'var(--edge)' }));
    for (let i = Math.ceil(this.from * this.trace.unit * factor / step - 1e-9); i * step <= (this.from
      + this.span) * this.trace.unit * factor * (1 + 1e-9); i++) {
      const at = x(i * step / factor / this.trace.unit),
        text = `${numberText(i * step, 6)}${i === Math.ceil(this.from * this.trace.unit * factor / step - 1e-9) ? ` ${unit}` : ''}`;
      base.append(svg('line', { x1: at, x2: at, y1: bottom, y2: bottom + .3 * r, stroke: 'var(--edge)' }),
        svg('text', { class: 'axis', x: at, y: bottom + 1.2 * r, 'text-anchor': 'middle' }, text));
    }
  }
  drawChart(chart, lines, marks, x) {
    const { r } = this.geometry, from = this.from, until = this.from + this.span, chosen = this.drawnFlow, isBold = flow => chosen === flow,
      isFaint = flow => chosen != null && chosen !== flow;
    for (const band of chart.bands) if (!this.hidden.has('band')) lines.append(svg('path',
      { class: 'flows-band', d: this.bandPath(band, x, chart.y) }));
    if (chart.area) {
      const d = linePath(chart.area, from, until, x, chart.y), first = Math.max(from, chart.area.x[0] ?? from),
        last = Math.min(until, chart.area.x.at(-1) ?? until);
      if (d) lines.append(svg('path', { class: 'flows-area',
        d: `${d}H${x(last).toFixed(1)}V${chart.bottom.toFixed(1)}H${x(first).toFixed(1)}z` }));
      if (chart.limit) marks.append(svg('line',
        { class: 'flows-limit', x1: x(from), x2: x(until), y1: chart.y(chart.limit), y2: chart.y(chart.limit) }));
    }
    for (const reference of chart.references) lines.append(svg('line',
      { class: 'flows-other', x1: x(from), x2: x(until), y1: chart.y(reference.value), y2: chart.y(reference.value) }));
    for (const line of chart.others) if (!this.hidden.has(line.label)) lines.append(svg('path',
      { class: /^mean/.test(line.label) ? 'flows-mean' : 'flows-other', d: linePath(line, from, until, x, chart.y) }));
    if (chart.thresholds && !this.hidden.has('ssthresh')) {
      for (const [flow, line] of chart.thresholds) if (!this.hidden.has(flow)) lines.append(svg('path',
        { class: `flows-threshold${isFaint(flow) ? ' faint' : ''}`, style: `stroke:${this.style(flow).colour}`,
        d: linePath(line, from, until, x, value => chart.y(value)) }));
    }
    // The chosen flow lies on top.
    for (const line of [...chart.flows, ...this.fromTrips(chart)].sort((a, b) => isBold(a.flow) - isBold(b.flow))) {
      if (this.hidden.has(line.flow)) continue;
      const { colour, dash } = this.style(line.flow);
      lines.append(svg('path', { class: `flows-line${isBold(line.flow) ? ' bold' : isFaint(line.flow) ? ' faint' : ''}`,
        style: `stroke:${colour};stroke-dasharray:${line.flow === chosen && this.isMany ? 'none' : dash}`,
        d: linePath(line, from, until, x, chart.y) }));
    }
    if ((chart.hasCuts || chart.hasLane) && !this.hidden.has('cuts')) this.drawCuts(chart, marks, x, r);
  }
  bandPath(band, x, y) {
    let upper = '', lower = '';
    for (let i = 0; i < band.x.length; i++) {
      if (band.high[i] == null || band.x[i] < this.from - this.span || band.x[i] > this.from + 2 * this.span) continue;
      upper += `${upper ? 'L' : 'M'}${x(band.x[i]).toFixed(1)} ${y(band.high[i]).toFixed(1)}`;
      lower = `L${x(band.x[i]).toFixed(1)} ${y(band.low[i] ?? 0).toFixed(1)}${lower}`;
    }
    return upper ? `${upper}${lower}z` : '';
  }
  // Of a flow that the figure has no line for: its rate, counted from the packets that are shown.
  fromTrips(chart) {
    const flow = this.drawnFlow;
    if (chart.id !== 'rate' || flow == null || !this.trace.packets || chart.flows.some(line => line.flow === flow)) return [];
    this.counted ||= new Map();
    if (!this.counted.has(flow)) this.counted.set(flow, ratesFromTrips(this.trace, flow));
    const line = this.counted.get(flow);
    return line ? [line] : [];
  }
  drawCuts(chart, marks, x, r) {
    const cuts = this.trace.packets?.cuts ?? [], from = this.from, until = from + this.span,
      inside = cuts.filter(cut => cut.t >= from && cut.t <= until && !this.hidden.has(cut.flow)), few = inside.length <= 150,
      last = new Map();
    const hasLine = new Set(chart.hasCuts ? chart.flows.map(line => line.flow) : []);
    for (const cut of inside) {
      const px = x(cut.t), q = few ? .36 * r : .22 * r,
        py = hasLine.has(cut.flow) ? Math.max(chart.y(cut.before) - .35 * r, chart.top - .2 * r) : chart.top + .1 * r,
        key = `${cut.flow} ${Math.round(py / 3)}`;
      // Marks of one flow that would lie upon each other are one.
      if (px - (last.get(key) ?? -Infinity) < q * .6) continue;
      last.set(key, px);
      const isFaint = this.drawnFlow != null && cut.flow !== this.drawnFlow;
      marks.append(svg('path', { class: `flows-cut${cut.what === 'timeout' ? ' timeout' : ''}${isFaint ? ' faint' : ''}`,
        d: `M${(px - q).toFixed(1)} ${(py - q * 1.25).toFixed(1)}h${(2 * q).toFixed(1)}l${(-q).toFixed(1)} ${(q * 1.67).toFixed(1)}z` },
        svg('title', {}, `${this.trace.flows[cut.flow].name}: ${this.cutWords(cut)}`)));
    }
  }
  cutWords(cut) { return `${this.windowText(cut.before)} → ${this.windowText(cut.after)}, ${{ fast: 'fast retransmit', timeout: 'timeout', ecn: 'congestion signalled' }[cut.what]}`; }
  windowText(bytes) { return bytes == null ? '–' : this.mss ? numberText(bytes / this.mss, bytes / this.mss < 10 ? 2 : 3)
    : numberText(bytes / 1000, 3); }

  assemble(app, base, lines, marks, bottom) {
    const { r, W, H, L, right } = this.geometry, clip = (id, rect) => svg('clipPath', { id }, rect);
    this.past = svg('rect', { x: 0, y: 0, width: 0, height: H });
    this.rest = svg('rect', { x: 0, y: 0, width: W, height: H });
    this.dots = svg('g'); this.pins = svg('g');
    this.cursor = svg('g', { role: 'slider', tabindex: 0, 'aria-label': 'Time cursor', 'aria-valuemin': 0, 'aria-valuemax': 100,
      class: 'flows-cursor' },
      svg('rect', { x: -.6 * r, y: 0, width: 1.2 * r, height: H, fill: 'transparent' }),
        svg('line', { y1: .3 * r, y2: bottom + .3 * r, stroke: 'var(--ink)', 'stroke-width': .11 * r }),
      svg('path', { class: 'handle', d: `M${-.5 * r} ${H - .05 * r}V${H - .75 * r}L0 ${H - 1.25 * r}L${.5 * r} ${H - .75 * r}V${H - .05 * r}z`, fill: 'var(--ink)' }));
    const all = svg('g', { id: 'flows-all' }, lines, marks), events = this.events();
    const root = svg('svg', { viewBox: `0 0 ${W} ${H}`, role: 'group', 'aria-label': this.drawn.map(chart => chart.title).join('; '),
      class: 'flows-svg' },
      svg('defs', {}, clip('flows-past', this.past), clip('flows-rest', this.rest),
        clip('flows-field', svg('rect', { x: L, y: 0, width: right - L + 1, height: H })),
        // A bookmark at the very beginning stands over the edge.
        clip('flows-pins', svg('rect', { x: L - .8 * r, y: 0, width: right - L + 1.6 * r, height: H }))),
      base, svg('g', { 'clip-path': 'url(#flows-field)' }, events.lines, svg('g', { 'clip-path': 'url(#flows-past)' }, all),
        this.ghost = svg('g', { 'clip-path': 'url(#flows-rest)' }, svg('use', { href: '#flows-all', opacity: 'var(--ghost)' })),
        events.words), this.dots, this.pins, this.cursor);
    this.listen(app, root);
    this.root = root;
    this.box.replaceChildren(root);
  }
  // What the script does and when flows begin and end, as lines across all charts.
  events() {
    const { r, x } = this.geometry, { trace } = this, lines = svg('g'), texts = svg('g'), top = this.drawn[0].top,
      bottom = this.drawn.at(-1).bottom;
    const moments = [...trace.script.map(event => [event.t, event.words]),
      ...(this.isMany ? [] : trace.flows.flatMap(flow => [[flow.start, `${flow.name} starts`],
      ...(flow.stop != null && flow.stop < trace.end ? [[flow.stop, `${flow.name} stops`]] : [])]))].filter(([t]) => t > 0 && t >= this.from
      && t <= this.from + this.span).sort((a, b) => a[0] - b[0]);
    let free = -Infinity;
    for (const [t, words] of moments) {
      const at = x(t), width = words.length * .53 * r;
      lines.append(svg('line', { class: 'flows-event', x1: at, x2: at, y1: top, y2: bottom }));
      if (at - width - .5 * r > free && at - width > this.geometry.L) { texts.append(svg('text',
        { class: 'axis halo', x: at - .4 * r, y: this.drawn[0].bottom - .5 * r, 'text-anchor': 'end' }, words)); free = at; }
    }
    return { lines, words: texts };
  }
  listen(app, root) {
    let drag = false;
    const scrub = e => { const box = root.getBoundingClientRect(), { W, L, right } = this.geometry;
      app.act('goTime', Math.round(clamp(this.from + ((e.clientX - box.left) * W / box.width - L) / (right - L) * this.span, 0,
      this.trace.end))); };
    root.addEventListener('pointerdown',
      e => { if (e.button !== 0 || e.target.closest('.pin')) return; drag = true; root.setPointerCapture(e.pointerId); app.player.pause();
      scrub(e); });
    root.addEventListener('pointermove', e => { if (drag) scrub(e); });
    for (const name of ['pointerup', 'pointercancel']) root.addEventListener(name, () => { drag = false; });
    root.addEventListener('wheel', e => {
      e.preventDefault();
      const box = root.getBoundingClientRect(), { W, L, right } = this.geometry,
        t = this.from + ((e.clientX - box.left) * W / box.width - L) / (right - L) * this.span;
      if (e.shiftKey) { this.from = clamp(this.from + Math.sign(e.deltaY || e.deltaX) * .1 * this.span, 0, this.trace.end - this.span);
        this.buildCharts(app); this.draw(app, 'select'); } else this.zoom(app, e.deltaY > 0 ? 1.25 : .8, t);
    }, { passive: false });
  }

  // ---- drawing ---------------------------------------------------------------------------------------------------------------------

  draw(app, reason) {
    if (!this.root) return;
    this.app = app;
    const { player, view } = app, { t } = player;
    // While a cut is asked about, nothing that it brought is read off.
    const seen = view.asked != null ? t - this.trace.end / 2000 : t;
    if (reason !== 'select' && reason !== 'resize') this.follow(app, t);
    if (view.flow !== this.drawnFlow) { this.buildCharts(app); this.phaseFor = null; }
    this.moveCursor(app, t);
    this.drawDots(app, seen);
    const beat = performance.now();
    if (reason !== 'move' || beat - (this.beat || 0) > 60) { this.beat = beat; this.drawValues(app, seen); this.drawFacts(app, seen);
      // The phase plot takes what the causes leave.
      this.drawWhy(app); this.drawPhase(seen); }
    if (reason !== 'move') this.drawPins(app);
  }
  moveCursor(app, t) {
    const { x, W, right, L, r } = this.geometry, at = clamp(x(t), L, right), edge = app.view.asked != null ? at - .5 * r : at;
    this.past.setAttribute('width', Math.max(0, edge + .1));
    this.rest.setAttribute('x', at);
    this.rest.setAttribute('width', Math.max(0, W - at));
    this.ghost.style.display = app.view.predict ? 'none' : '';
    this.cursor.setAttribute('transform', `translate(${at.toFixed(2)} 0)`);
    this.cursor.style.display = x(t) >= L - 1 && x(t) <= right + 1 ? '' : 'none';
    this.cursor.setAttribute('aria-valuenow', Math.round(t / this.trace.end * 100));
    this.cursor.setAttribute('aria-valuetext',
      preciseMoment(t * this.trace.unit, this.span * this.trace.unit, this.trace.end * this.trace.unit));
  }
  // A mark and a label at the cursor for each line; labels keep clear of each other.
  drawDots(app, t) {
    const { x, r, right, L } = this.geometry, at = clamp(x(app.player.t), L, right), parts = [];
    if (x(app.player.t) < L - 1 || x(app.player.t) > right + 1) { this.dots.replaceChildren(); return; }
    for (const chart of this.drawn) {
      const lines = [...chart.flows, ...this.fromTrips(chart)].filter(line => !this.hidden.has(line.flow)),
        few = lines.length <= FLOWS_LABELLED;
      const entries = lines.filter(line => (few && (app.view.flow == null || lines.length <= 3))
        || line.flow === app.view.flow).map(line =>
        ({ line, value: this.alive(line.flow, t) ? lineValueAt(line, t) : null })).filter(({ value }) => value != null)
        .map(({ line, value }) => ({ ...this.style(line.flow), y: chart.y(value),
          words: `${flowsShortName(this.trace.flows[line.flow].name)} ${numberText(value * chart.factor, chart.digits || (value * chart.factor < 10 ? 2 : 3))}`, flow: line.flow }));
      for (const line of chart.others.filter(one => /^mean/.test(one.label)
        && !this.hidden.has(one.label))) { const value = lineValueAt(line,
        t); if (value != null) entries.push({ colour: 'var(--ink)', shape: 'circle', y: chart.y(value),
        words: `mean ${numberText(value * chart.factor, 3)}`, flow: null }); }
      if (chart.area) { const value = lineValueAt(chart.area, t);
        if (value != null) entries.push({ colour: 'var(--slate)', shape: 'triangle', y: chart.y(value), words: String(Math.round(value)),
        flow: null }); }
      entries.sort((a, b) => a.y - b.y);
      spreadLabels(entries.map(({ y }) => y), 1.1 * r, chart.top,
        chart.bottom - .1 * r).forEach((place, i) => { entries[i].place = place; });
      const room = Math.max(0, ...entries.map(({ words }) => words.length)) * .6 * r, turn = at + .65 * r + room > this.geometry.W;
      for (const { colour, shape, y, place, words, flow } of entries) {
        parts.push(svg('g', { class: app.view.flow != null && flow != null && flow !== app.view.flow ? 'faint' : null },
          glyph(shape, .36 * r, { transform: `translate(${at.toFixed(1)} ${y.toFixed(1)})`, style: `fill:${colour}`, stroke: 'var(--paper)',
          'stroke-width': 1.5 }),
          svg('text', { class: 'lab', x: at + (turn ? -.65 : .65) * r, y: place + .35 * r, 'text-anchor': turn ? 'end' : 'start',
            style: `fill:${colour}` }, words)));
      }
    }
    this.dots.replaceChildren(...parts);
  }
  alive(flow, t) { const { start, stop } = this.trace.flows[flow]; return t >= start && (stop == null || t <= stop); }
  valuesAt(flow, t) {
    const { series } = this, find = list => (list || []).find(line => line.flow === flow), rate = find(series.rates?.flows),
      window = find(series.windows?.flows), threshold = series.windows?.thresholds?.get(flow), isAlive = this.alive(flow, t);
    const cuts = this.trace.packets ? this.trace.packets.cuts : [], last = cuts.findLast(cut => cut.flow === flow && cut.t <= t);
    return { rate: rate && isAlive ? lineValueAt(rate, t) : null, window: window && isAlive ? lineValueAt(window, t) : null,
      threshold: isAlive ? (threshold ? lineValueAt(threshold, t) : last ? last.ssthresh : null) : null };
  }
  drawValues(app, t = app.player.t) {
    const { trace, filter } = this, { summary } = app, hasRates = !!this.series.rates?.flows.length,
      hasWindows = 2 * (this.series.windows?.flows.length || 0) > this.order.length, hasThresholds = hasWindows || this.cutKs.length > 0;
    const wanted = this.order.filter(flow => !filter || trace.flows[flow].name.toLowerCase().includes(filter)),
      shown = wanted.slice(0, 200), rows = shown.map(flow => ({ flow, ...this.valuesAt(flow, t) }));
    const total = (this.series.rates?.flows || []).reduce((sum, line) => sum + (this.alive(line.flow, t) ? lineValueAt(line, t) || 0 : 0),
      0);
    const columns = [...(hasWindows ? ['window'] : []), ...(hasThresholds ? ['ssthresh'] : []), ...(hasRates ? ['Mb/s', 'share'] : []),
      ...(!hasRates && this.isMany ? ['cuts', 'Mb/s'] : [])];
    const cells = row => {
      const list = [];
      if (hasWindows) list.push(this.windowText(row.window));
      if (hasThresholds) list.push(row.threshold == null ? '–' : this.windowText(row.threshold));
      if (hasRates) list.push(row.rate == null ? '–' : numberText(row.rate / 1e6, row.rate < 1e7 ? 2 : 3),
        row.rate == null || !total ? '–' : `${Math.round(row.rate / total * 100)} %`);
      if (!hasRates && this.isMany) list.push(countText(this.cutsOf(row.flow, app.player.k)),
        app.view.predict || summary?.flows?.[row.flow] == null ? '–' : numberText(summary.flows[row.flow].goodput_bps / 1e6, 2));
      return list;
    };
    // Rows are made once for a list of flows; then only their texts change.
    const key = `${shown} ${columns}`;
    if (key !== this.tableKey) {
      this.tableKey = key;
      this.rowCells = rows.map(row => {
        const { colour, shape } = this.style(row.flow), name = trace.flows[row.flow].name,
          button = el('button', { type: 'button', class: 'flow-name', title: name, 'aria-pressed': 'false',
          onclick: () => app.act('flow', row.flow) }, inlineGlyph(shape, colour), el('span', {}, flowsShortName(name, 12))),
          texts = columns.map(() => el('td', {}));
        return { row: el('tr', { onclick: e => { if (!e.target.closest('button')) app.act('flow', row.flow); } },
          el('th', { scope: 'row' }, button), texts), button, texts };
      });
      this.values.replaceChildren(el('table', { class: `read${this.order.length > 3 ? ' many' : ''}` },
        el('caption', { class: 'sr' }, 'Values at the cursor'),
        el('thead', {}, el('tr', {}, ['flow', ...columns].map(name => el('th', { scope: 'col' }, name)))),
        el('tbody', {}, this.rowCells.map(({ row }) => row))),
        wanted.length > shown.length ? el('p', { class: 'kick' }, `${countText(wanted.length - shown.length)} more: search by name.`) : '',
        !wanted.length ? el('p', { class: 'kick' }, 'No flow has such a name.') : '');
    }
    this.rowCells.forEach(({ row, button, texts }, i) => {
      const isChosen = app.view.flow === shown[i], list = cells(rows[i]);
      row.classList.toggle('chosen', isChosen);
      button.setAttribute('aria-pressed', isChosen);
      texts.forEach((cell, j) => { if (cell.textContent !== list[j]) cell.textContent = list[j]; });
    });
  }
  cutsOf(flow, k) { let n = 0; this.trace.packets.cuts.forEach((cut, i) => { if (cut.flow === flow && this.cutKs[i] < k) n++; }); return n;
    }

  // The flow that is looked at: the selected one, or the first that has a round-trip time.
  subject(app) { return app.view.flow ?? this.series.rtts[0]?.flow ?? 0; }
  rttAt(app, t) {
    const flow = this.subject(app), line = this.series.rtts.find(one => one.flow === flow), value = line ? lineValueAt(line, t) : null;
    if (value != null) return value;
    const said = app.summary?.flows?.find(one => one.name === this.trace.flows[flow]?.name)?.rtt_s;
    return said && !app.view.predict ? said.mean : said ? said.min : null;
  }
  drawFacts(app, t) {
    const { series, trace } = this, cuts = this.cutKs.length, done = this.cutKs.reduce((n, k) => n + (k < app.player.k ? 1 : 0), 0);
    this.now.replaceChildren(`${preciseMoment(app.player.t * trace.unit, this.span * trace.unit, trace.end * trace.unit)} `,
      el('small', {}, cuts ? `cut ${countText(done)}${app.view.predict ? '' : ` of ${countText(cuts)}`}`
      : `event ${countText(app.player.k)} of ${countText(app.player.n)}`));
    const [queue] = series.queues, waiting = queue ? lineValueAt(queue.line, t) : null, rtt = this.rttAt(app, t),
      jain = series.jain ? lineValueAt(series.jain, t) : null;
    const facts = [queue ? [`Queue at ${queue.name.replace('->', '→')}`,
      waiting == null ? '–' : `${Math.round(waiting)}${queue.limit ? ` of ${numberText(queue.limit, 3)}` : ''}`] : null,
      series.rtts.length || rtt != null ? [trace.flows.length > 1 ? `RTT of ${flowsShortName(trace.flows[this.subject(app)].name)}`
        : 'Round-trip time', durationText(rtt)] : null,
      series.jain ? ['Jain’s index', jain == null ? '–' : jain.toFixed(3)] : null].filter(Boolean);
    const key = JSON.stringify(facts);
    if (key === this.factsKey) return;
    this.factsKey = key;
    this.factList.replaceChildren(...facts.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));
  }
  drawWhy(app) {
    const isAny = app.view.panel === 'why';
    this.why.hidden = isAny; this.whyAny.hidden = !isAny;
    (isAny ? this.whyAny : this.why).draw(app);
    this.phase.hidden = !this.phasePath || isAny || app.view.asked != null;
  }
  drawPins(app) {
    const { r, x } = this.geometry, pins = bookmarkPins(app, x, r);
    this.pins.replaceChildren(svg('g', { 'clip-path': 'url(#flows-pins)' }, pins));
  }

  // ---- one flow against another ---------------------------------------------------------------------------------------------------

  // Chiu and Jain's plot of two flows: windows where there are windows, else rates.
  phasePair(app) {
    const bulk = this.trace.flows.filter(flow => FLOWS_BULK.has(flow.protocol)).map(flow => flow.index), { series } = this;
    if (bulk.length < 2 || bulk.length > 3) return null;
    const lines = [[series.windows?.flows, this.mss ? 1 / this.mss : 1e-3, 'window'],
      [series.rates?.flows, 1e-6, 'Mb/s']].map(([list, factor, word]) =>
      ({ factor, word, of: flow => (list || []).find(line => line.flow === flow) })).find(({ of }) => bulk.every(of));
    if (!lines) return null;
    const chosen = app.view.flow, pair = bulk.includes(chosen) && chosen !== bulk[0] ? [bulk[0], chosen] : [bulk[0], bulk[1]];
    return { pair, lines: pair.map(lines.of), factor: lines.factor, word: lines.word };
  }
  buildPhase(app) {
    const plot = this.phasePair(app), r = rem();
    this.phaseFor = app.view.flow;
    this.phasePath = null;
    this.phase.hidden = !plot;
    this.phase.replaceChildren();
    if (!plot) return;
    const W = Math.max(180, this.phase.clientWidth || 0), H = Math.max(110, (this.phase.clientHeight || 0) - .5 * r), L = 1.7 * r,
      bottom = 1.4 * r, top = .5 * r, names = plot.pair.map(flow => flowsShortName(this.trace.flows[flow].name));
    const most = this.phaseTop(plot.lines) * plot.factor || 1, scale = Math.min(H - top - bottom, W - L - 7.4 * r) / most,
      x = value => L + Math.min(value * plot.factor, most) * scale, y = value => H - bottom - Math.min(value * plot.factor, most) * scale;
    const word = (text, dx, dy) => svg('text', { class: 'axis', x: dx, y: dy }, text), corner = most / plot.factor;
    this.phasePath = svg('path', { fill: 'none', stroke: 'var(--ink)', 'stroke-width': .09 * r, 'stroke-linejoin': 'round', opacity: .75 });
    this.phaseDot = glyph('circle', .36 * r, { fill: 'var(--ink)', stroke: 'var(--paper)', 'stroke-width': 1.5 });
    this.phase.append(svg('svg', { viewBox: `0 0 ${W} ${H}`, role: 'img',
      'aria-label': `${plot.word} of ${names[0]} across, of ${names[1]} up, with the line of equal shares` },
      svg('path', { d: `M${x(0)} ${y(corner)}V${y(0)}H${x(corner)}`, fill: 'none', stroke: 'var(--edge)' }),
        svg('line', { class: 'flows-other', x1: x(0), y1: y(0), x2: x(corner), y2: y(corner) }),
      word('equal', x(corner) + .3 * r, y(corner) + .6 * r), word('growing: 45°', x(corner) + .3 * r, (y(0) + y(corner)) / 2 - .1 * r),
        word('halving: to 0', x(corner) + .3 * r, (y(0) + y(corner)) / 2 + 1.1 * r),
      svg('text', { class: 'axis', x: x(0), y: H - .2 * r }, `${plot.word} of ${names[0]} →`),
        svg('text', { class: 'axis', transform: `translate(${L - .5 * r} ${y(0)}) rotate(-90)` }, `${names[1]} →`), this.phasePath,
        this.phaseDot));
    Object.assign(this, { plot, phaseX: x, phaseY: y, phasePoints: null, phaseHeight: this.phase.clientHeight });
  }
  // A first overshoot of slow start shall not make all the rest small: the largest of 97 in a hundred moments, and a little more.
  phaseTop(lines) {
    const values = lines.flatMap(line => Array.from({ length: 400 }, (_, i) => lineValueAt(line, this.trace.end * i / 400) || 0)).sort((a,
      b) => a - b);
    return Math.min(values.at(-1), values[Math.floor(values.length * .97)] * 1.15) * 1.02;
  }
  drawPhase(t) {
    if (this.phaseFor !== this.app.view.flow
      || (this.phasePath && Math.abs(this.phase.clientHeight - this.phaseHeight) > 3)) this.buildPhase(this.app);
    if (!this.phasePath) return;
    const [a, b] = this.plot.lines, STEPS = 1500;
    this.phasePoints ||= Array.from({ length: STEPS + 1 },
      (_, i) => { const at = this.trace.end * i / STEPS, [one, other] = [lineValueAt(a, at), lineValueAt(b, at)];
      return [at, one == null ? null : this.phaseX(one), this.phaseY(other ?? 0)]; });
    let d = '';
    for (const [at, px, py] of this.phasePoints) { if (at > t) break; if (px != null) d += `${d ? 'L' : 'M'}${px.toFixed(1)} ${py.toFixed(1)}`; }
    this.phasePath.setAttribute('d', d);
    this.phaseDot.setAttribute('transform', `translate(${this.phaseX(lineValueAt(a, t) ?? 0)} ${this.phaseY(lineValueAt(b, t) ?? 0)})`);
  }

  // ---- the rest of a stage -------------------------------------------------------------------------------------------------------------

  resize(app) { if (this.root) this.layOut(app); }
  round(app, k, direction) { return transportRound(app, k, direction,
    (this.series ? this.rttAt(app, app.player.t) || 0 : 0) / app.trace.unit); }
  question(app, k) {
    const event = app.trace.events[k];
    if (!event || event.kind !== 'cut') return null;
    const cut = app.trace.packets.cuts[event.ref.cut], mss = flowMss(app.trace, cut.flow),
      size = bytes => (mss ? bytes / mss : bytes / 1000), unit = mss ? 'segments' : 'kB', answer = size(cut.after),
      name = app.trace.flows[cut.flow].name;
    return { ask: `${name} has a window of ${numberText(size(cut.before), 3)} ${unit} and must cut it. What will it be?`, choices: null,
      answer: `${numberText(answer, 3)} ${unit}`,
      check: text => { const said = parseFloat(String(text).replace(',', '.').replace(/[^\d.]+/, ''));
        return Math.abs(said - answer) <= Math.max(.51, answer * .05); },
        told: () => `${sentence({ fast: 'three duplicate ACKs', timeout: 'the timer ran out', ecn: 'congestion was signalled' }[cut.what])}: ${numberText(size(cut.before), 3)} → ${numberText(answer, 3)} ${unit}.` };
  }
  askHost() { return this.ask; }
  facts(app) {
    if (!this.root) return '';
    const { t } = app.player, parts = this.order.slice(0,
      6).map(flow => ({ name: this.trace.flows[flow].name, ...this.valuesAt(flow, t) })).filter(one => one.rate != null
      || one.window != null)
      .map(one => `${one.name} ${[one.rate != null ? `${numberText(one.rate / 1e6, 2)} Mb/s` : null, one.window != null ? `window ${this.windowText(one.window)}` : null].filter(Boolean).join(', ')}`);
    return parts.join('; ');
  }
  say(app) { return `${this.facts(app)}.`; }
  table(app) {
    const { series, trace } = this, lines = [...(series.rates?.flows || []).map(line => [`${trace.flows[line.flow].name} bps`, line]),
      ...(series.rates?.others || []).map(line => [`${line.label} bps`, line]),
      ...(series.windows?.flows || []).map(line => [`${trace.flows[line.flow].name} window B`, line]),
      ...(series.queues[0] ? [[`queue ${series.queues[0].name} packets`, series.queues[0].line]] : [])];
    const until = app.view.predict ? app.player.t : trace.end, STEPS = 400,
      times = Array.from({ length: STEPS + 1 }, (_, i) => trace.end * i / STEPS).filter(t => t <= until);
    tableDialog('Rates, windows and queue', ['t_s', ...lines.map(([name]) => name)],
      times.map(t => [Number((t * trace.unit).toPrecision(6)),
      ...lines.map(([, line]) => { const value = lineValueAt(line, t); return value == null ? '' : Number(value.toPrecision(5)); })]),
      'flows.csv', `${plural(times.length, 'moment')} at equal distances.`);
  }
}
// Names of many flows differ at their ends.
const flowsShortName = (name, most = 14) => (name.length > most ? `${name.slice(0, most / 2 - 1)}…${name.slice(-(most / 2))}` : name);

// A flow's rate in bits per second, counted from its delivered packets in steps of a two-hundredth of the stretch that is shown.
export function ratesFromTrips(trace, flow) {
  const trips = trace.packets.trips.filter(trip => trip.flow === flow && trip.forward && trip.segment && trip.end.what === 'delivered');
  if (trips.length < 2) return null;
  const from = trips[0].sent, until = Math.max(...trips.map(trip => trip.end.t)),
    step = (until - from) / Math.min(200, Math.ceil(trips.length / 3)), sums = new Float64Array(Math.ceil((until - from) / step) + 1);
  for (const trip of trips) sums[Math.floor((trip.end.t - from) / step)] += trip.size * 8;
  return { label: trace.flows[flow].name, flow, step: false, style: flow,
    x: Float64Array.from([...sums, 0], (_, i) => from + (i + .5) * step),
    y: [...Array.from(sums, sum => sum / (step * trace.unit)), null] };
}

export const flowsStage = new FlowsStage();
