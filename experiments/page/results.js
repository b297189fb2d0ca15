// The tab Results: what was expected, what came out, as tables.
import { el, numberText, countText, siText, bitRateText, bytesText, percentText, durationText, plural, dataTable, sentence } from './core.js';
import { plotOf } from './charts.js';

const spoken = name => name.replace(/_/g, ' ');

// What a metric of `expect` is measured in, by its name: as the terminal says it.
const METRIC_UNITS = [[/^(goodput|throughput)/, bitRateText], [/^(rtt|delay|completion_|completion$|queueing_delay|response|convergence)/, durationText], [/bytes$/, bytesText],
  [/^(queue_mean|queue_max|dropped|.*_packets|no_route|black_holed|looped)/, v => `${numberText(v, 4)} packets`]];
export function measuredText(text, value) {
  if (value == null) return 'nothing to measure';
  const name = text.split(' ')[0], unit = METRIC_UNITS.find(([pattern]) => pattern.test(name));
  return unit ? unit[1](value) : numberText(value, 4);
}
// 'route_cost at_least 3 of …': the metric and the bounds as words; names of nodes stay as they are.
const expectationWords = text => sentence(text.replace(/^\w+/, name => spoken(name)).replace(/\bat_(least|most)\b/g, 'at $1'));
const smallText = value => value > 0 && value < .001 ? '< 0.001' : numberText(value);
const shareText = share => share > 0 && share < 1e-4 ? '< 0.01 %' : percentText(share);

const section = (title, ...content) => el('section', {}, el('h2', {}, title), content);
const wide = table => el('div', { class: 'wide', tabindex: 0, role: 'region', 'aria-label': table.caption?.textContent || 'Table' }, table);
const factList = facts => el('dl', { class: 'facts-list' }, facts.filter(([, value]) => value != null).map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))));
const dash = (value, words) => value == null ? '–' : words(value);

function expectationList(list, measured) {
  return el('ul', { class: 'expect' }, list.map(one => el('li', {}, el('span', { class: one.met ? 'tick' : 'tick no' }, one.met ? '✓ met' : '✗ not met'), el('span', {}, expectationWords(one.text)), el('span', { class: 'measured' }, measured(one)))));
}
function expectationsSection(summary, sweep) {
  const parts = [];
  if (sweep?.summary.expectations?.length) parts.push(section('Expected of all runs', expectationList(sweep.summary.expectations, one => `in ${one.met_runs} of ${one.runs} runs`)));
  if (summary?.expectations?.length) parts.push(section('Expected', expectationList(summary.expectations, one => ['measured ', el('b', {}, measuredText(one.text, one.measured))])));
  return parts;
}

function overviewSection(app, summary) {
  if (!summary) return null;
  const { packets } = summary, dropped = Object.entries(packets?.dropped || {}).filter(([, n]) => n > 0).map(([reason, n]) => `${countText(n)} ${spoken(reason)}`);
  return section('The run', factList([['simulated', summary.simulated_s != null ? durationText(summary.simulated_s) : null], ['interrupted', summary.interrupted ? 'yes, before its end' : null],
    ['packets sent', packets ? countText(packets.sent) : null], ['delivered', packets ? countText(packets.delivered) : null], ['dropped', packets ? dropped.join(', ') || 'none' : null],
    ['still queued or in flight', packets && packets.queued + packets.in_flight ? countText(packets.queued + packets.in_flight) : null],
    ['fairness (Jain’s index)', summary.fairness?.jain != null ? numberText(summary.fairness.jain, 4) : null], ['events', summary.events != null ? countText(summary.events) : null], ['seed', summary.seed], ['fingerprint', summary.fingerprint || null]]));
}

// A column only if it says something of some row.
const usedColumns = (columns, rows) => columns.filter(([, value], i) => i === 0 || rows.some(row => { const v = value(row); return v != null && v !== '–' && v !== '0' && v !== ''; }));
function columnTable(columns, rows, caption) {
  const used = usedColumns(columns, rows);
  return wide(dataTable(used.map(([name]) => name), rows.map(row => used.map(([, value]) => value(row))), { caption, rowHead: true }));
}
function flowsSection(flows) {
  if (!flows?.length) return null;
  const total = flows.reduce((sum, f) => sum + (f.goodput_bps || 0), 0), hasShare = flows.length > 1 && total > 0;
  return section('Flows', columnTable([['flow', f => f.name], ['from', f => f.from], ['to', f => f.to], ['protocol', f => [f.protocol, f.congestion_control].filter(Boolean).map(spoken).join(', ')], ['start', f => dash(f.start_s, durationText)],
    ['completed in', f => dash(f.completion_s, durationText)], ['goodput', f => bitRateText(f.goodput_bps)], ['share', f => hasShare ? percentText(f.goodput_bps / total) : '–'], ['throughput', f => bitRateText(f.throughput_bps)],
    ['delivered', f => bytesText(f.delivered_bytes)], ['sent', f => `${countText(f.sent_packets)}`], ['lost', f => countText(f.lost_packets)], ['sent again', f => countText(f.retransmitted_packets)], ['fast retransmits', f => countText(f.fast_retransmits)],
    ['timeouts', f => countText(f.timeouts)], ['marked', f => countText(f.marked_packets)], ['RTT p50', f => dash(f.rtt_s?.p50, durationText)], ['RTT p95', f => dash(f.rtt_s?.p95, durationText)],
    ['delay mean', f => dash(f.delay_s?.mean, durationText)], ['delay max', f => dash(f.delay_s?.max, durationText)], ['jitter', f => dash(f.jitter_s, durationText)], ['status', f => f.status || '–']], flows, 'Flows'));
}
function groupsSection(groups) {
  if (!groups?.length) return null;
  const rows = groups.flatMap(g => [{ name: g.name, ...g, sizes: 'all sizes' }, ...g.by_size.map(c => ({ name: g.name, ...c }))]);
  return section('Flows that came at random', columnTable([['group', g => g.name], ['sizes', g => g.sizes], ['flows', g => countText(g.flows)], ['completed', g => countText(g.completed)], ['time, mean', g => dash(g.completion_s?.mean, durationText)],
    ['p50', g => dash(g.completion_s?.p50, durationText)], ['p95', g => dash(g.completion_s?.p95, durationText)], ['p99', g => dash(g.completion_s?.p99, durationText)],
    ['slowdown, mean', g => dash(g.slowdown?.mean, v => numberText(v))], ['slowdown, p99', g => dash(g.slowdown?.p99, v => numberText(v))]], rows, 'Groups of flows'));
}
function linksSection(links) {
  const busy = (links || []).filter(link => link.bytes > 0 || link.packets > 0).sort((a, b) => b.utilization - a.utilization);
  if (!busy.length) return null;
  const drops = link => Object.entries(link.dropped).filter(([, n]) => n > 0).map(([reason, n]) => Object.keys(link.dropped).length > 1 || reason !== 'queue_full' ? `${countText(n)} ${spoken(reason)}` : countText(n)).join(', ');
  const limit = link => link.limit_packets != null ? plural(link.limit_packets, 'packet') : link.limit_bytes != null ? bytesText(link.limit_bytes) : '–';
  const idle = links.length - busy.length;
  return section('Links, busiest first', columnTable([['link', l => l.name], ['bandwidth', l => bitRateText(l.bandwidth_bps)], ['utilization', l => shareText(l.utilization)], ['carried', l => bytesText(l.bytes)], ['packets', l => countText(l.packets)],
    ['dropped', l => drops(l)], ['marked', l => countText(l.marked)], ['queue limit', limit], ['queue, mean', l => smallText(l.queue_packets.mean)], ['queue, max', l => countText(l.queue_packets.max)],
    ['wait, mean', l => durationText(l.queueing_delay_s.mean)], ['wait, max', l => durationText(l.queueing_delay_s.max)]], busy, 'Links'), idle ? el('p', { class: 'kick' }, `${plural(idle, 'direction')} carried nothing.`) : null);
}
function routingSection(routing) {
  if (!routing) return null;
  const phases = routing.converged_s || [], card = routing.scorecard, parts = [];
  const lost = p => p.lost_packets ? Object.entries(p.lost_packets).filter(([, n]) => n > 0).map(([reason, n]) => `${countText(n)} ${spoken(reason)}`).join(', ') || '0' : '–';
  if (phases.length) parts.push(columnTable([['after', p => sentence(p.after)], ['at', p => dash(p.at_s, durationText)], ['settled after', p => p.took_s != null ? durationText(p.took_s) : p.state ? p.state : dash(p.t_s, durationText)], ['messages', p => countText(p.messages)],
    ['bytes', p => bytesText(p.bytes)], ['routers touched', p => dash(p.routers_touched, countText)], ['routes changed', p => dash(p.routes_changed, countText)], ['changes', p => dash(p.changes, countText)], ['packets lost', lost],
    ['looped', p => dash(p.looped_packets, countText)], ['hops in vain', p => dash(p.wasted_hops, countText)]], phases, 'Convergence of routing'));
  if (card) parts.push(el('h3', {}, 'Scorecard'), factList([['messages', `${countText(card.messages)} (${bytesText(card.message_bytes)})`], ['overhead', shareText(card.overhead)], ['entries a router', `mean ${numberText(card.entries_per_node.mean)}, at most ${countText(card.entries_per_node.max)}`],
    ['steps of computation a router', `mean ${numberText(card.steps_per_node.mean)}, at most ${countText(card.steps_per_node.max)}`], ['latency', card.latency_s != null ? durationText(card.latency_s) : null], ['jitter', card.jitter_s != null ? durationText(card.jitter_s) : null],
    ['data delivered', siText(card.bandwidth_bps, 'bps')]]));
  return parts.length ? section(`Routing: ${spoken(routing.protocol)}`, parts) : null;
}

// Figures of a sweep that have a formula as a line beside the measured points: both at each value.
function theorySection(figures) {
  const parts = [];
  for (const figure of figures || []) {
    const plot = plotOf(figure);
    if (!plot || !/formula/.test(figure.title)) continue;
    for (const panel of plot.panels) {
      const points = panel.layers.filter(l => l.kind === 'markers'), curves = panel.layers.filter(l => l.kind === 'line' && l.label);
      const rows = points.flatMap(m => m.x.map((x, i) => [...(points.length > 1 ? [m.label] : []), numberText(x, 4), numberText(m.y[i], 4), ...curves.flatMap(c => { const y = nearestValue(c, x); return [y == null ? '–' : numberText(y, 4), y ? differenceText(m.y[i] / y - 1) : '–']; })]));
      if (!rows.length || !curves.length) continue;
      const columns = [...(points.length > 1 ? ['runs'] : []), plot.x.label, 'measured', ...curves.flatMap(c => [c.label, 'difference'])];
      parts.push(el('h3', {}, figure.title), wide(dataTable(columns, rows, { caption: figure.title })));
    }
  }
  return parts.length ? section('Theory beside measurement', parts) : null;
}
// How far a measurement is from the formula; less than a ten-thousandth is none.
const differenceText = share => Math.abs(share) < 1e-4 ? '0 %' : `${share > 0 ? '+' : ''}${numberText(share * 100, 2)} %`;
// Formulas are drawn through every point of a sweep, so one of their points is there.
function nearestValue(curve, x) {
  let best = null, distance = 1e-6 * Math.max(Math.abs(x), 1e-12);
  curve.x.forEach((v, i) => { if (v != null && Math.abs(v - x) <= distance) { best = curve.y[i]; distance = Math.abs(v - x); } });
  return best;
}

function sweepSection(app, sweep) {
  if (!sweep) return null;
  const { runs } = sweep.summary, { report } = app, paths = [...new Set(runs.flatMap(run => Object.keys(run.parameters)))].filter(path => !path.startsWith('expect'));
  const short = path => { const last = path.split('.').at(-1); return paths.filter(p => p.split('.').at(-1) === last).length === 1 ? spoken(last) : path; };
  const shown = run => report.runs.findIndex(r => r.folder === `runs/${run.run}/` || r.folder === `runs/${run.run}`);
  const open = run => { const i = shown(run); return i < 0 ? run.run : el('button', { type: 'button', class: 'link', title: 'Show this run', onclick: () => app.act('run', i) }, run.run); };
  const value = v => v == null ? '' : typeof v === 'object' ? JSON.stringify(v) : v;
  const columns = [['run', open], ...paths.map(path => [short(path), run => value(run.parameters[path])]), ['seed', r => r.seed], ['goodput', r => bitRateText(r.total.goodput_bps)], ['loss', r => dash(r.total.loss, percentText)], ['RTT, mean', r => dash(r.total.rtt_mean_s, durationText)],
    ['completion, mean', r => dash(r.total.completion_mean_s, durationText)], ['Jain', r => dash(r.fairness?.jain, v => numberText(v, 4))], ['settled after', r => dash(r.routing?.convergence_s, durationText)], ['messages', r => dash(r.routing?.messages, countText)],
    ['routing lost', r => dash(r.routing?.lost_packets, countText)], ['expected', r => r.expectations.length ? `${r.expectations.filter(e => e.met).length} of ${r.expectations.length} met` : '–']];
  const block = columnTable(columns, runs, 'All runs'), current = report.runs[app.run].folder;
  [...block.querySelectorAll('tbody tr')].forEach((tr, i) => { if (shown(runs[i]) >= 0 && report.runs[shown(runs[i])].folder === current) tr.setAttribute('aria-current', 'true'); });
  return section('All runs', el('p', { class: 'kick' }, 'A run’s number shows that run in all parts of this report.'), block, report.left_out ? el('p', { class: 'kick' }, sentence(report.left_out) + '.') : null);
}

export function buildResults(app, panel) {
  const { summary, report } = app, { sweep } = report;
  const label = report.runs.length > 1 ? el('p', { class: 'kick runlabel' }, 'This run: ', el('b', {}, report.runs[app.run].label || `run ${app.run}`)) : null;
  const parts = [...expectationsSection(null, sweep), sweepSection(app, sweep), theorySection(sweep?.figures), label, ...expectationsSection(summary, null), overviewSection(app, summary), flowsSection(summary?.flows), groupsSection(summary?.groups), linksSection(summary?.links), routingSection(summary?.routing), sweep ? null : theorySection(app.figures)].filter(Boolean);
  panel.replaceChildren(el('p', { class: 'fig-hidden-note empty' }, 'Hidden while predicting. ', el('button', { type: 'button', class: 'link', onclick: () => app.act('predict') }, 'Stop predicting')), ...(parts.length ? parts : [el('p', { class: 'empty' }, 'This run left no results.')]));
}
