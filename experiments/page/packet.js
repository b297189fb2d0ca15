// One packet, told from its headers to its end: what it is, what each hop did to it, what became of it. And one message
// of a routing protocol. The words for packets that ladders and causes use are made here, too.

import { countText, durationText, el, firstIndex, numberText, percentText, plural, sentence, svg, timeScale } from './core.js';

// ---- words ---------------------------------------------------------------------------------------------------------

const PACKET_FLAGS = [[2, 'SYN'], [1, 'FIN'], [4, 'RST'], [8, 'PSH'], [16, 'ACK'], [64, 'ECE'], [128, 'CWR']];
export const FLAG = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, ece: 64, cwr: 128 };
export const flagNames = flags => PACKET_FLAGS.filter(([bit]) => flags & bit).map(([, name]) => name).join(', ') || 'none';
const PACKET_FIRST_TTL = 64;

const PACKET_REASONS = {
  queue_full: 'the queue was full', lost: 'it was lost on the wire', link_down: 'the link was down',
    corrupted: 'bits were flipped on the way',
  no_route: 'there was no route', ttl_expired: 'its time to live ran out', too_big: 'it was too big for the link',
  port_unreachable: 'nobody listened there', black_hole: 'the routing table told to throw it away',
};
export const dropWords = reason => PACKET_REASONS[reason] || String(reason).replace(/_/g, ' ');
// One or two words beside a cut band: what a lecturer calls it.
export const dropTag = reason => (reason === 'lost' ? 'lost' : reason === 'queue_full' ? 'dropped: queue full'
  : String(reason).replace(/_/g, ' '));

const packetSaidType = header => String(header.type || '').toLowerCase();
export const isAckTrip = trip => (trip.header.kind === 'tcp' ? trip.segment === 0
  && (trip.header.flags & (FLAG.syn | FLAG.fin | FLAG.rst)) === 0
  : trip.header.kind === 'rdt' ? packetSaidType(trip.header).startsWith('ack') : false);
export const isDataTrip = trip => trip.segment > 0 || (trip.header.kind === 'rdt' && !isAckTrip(trip)) || trip.header.kind === 'udp';

function packetTcpName({ header, segment, copy }) {
  const { flags } = header, again = copy > 1 ? ' again' : '';
  if (flags & FLAG.rst) return 'RST';
  if (flags & FLAG.syn) return (flags & FLAG.ack ? 'SYN-ACK' : 'SYN') + again;
  if (flags & FLAG.fin) return `FIN${again}`;
  return segment > 0 ? `segment ${countText(segment)}` : `ACK ${countText(header.ack)}`;
}
function packetUdpName({ header }) {
  const type = packetSaidType(header);
  return type.includes('request') ? `request ${header.sequence}` : type.includes('reply') ? `reply ${header.sequence}`
    : `datagram ${header.sequence}`;
}
// What to call a packet in a sentence: 'segment 31', 'ACK 1461', 'packet 2', 'SYN'.
export function tripName(trip) {
  if (trip.header.kind === 'tcp') return packetTcpName(trip);
  if (trip.header.kind === 'udp') return packetUdpName(trip);
  if (trip.header.kind === 'rdt') return isAckTrip(trip) ? `ACK ${trip.header.number}` : `packet ${trip.header.number}`;
  return `message ${trip.header.type || ''}`.trim();
}
// The shortest label that tells it from its neighbours in a ladder.
export function tripLabel(trip) {
  const { header } = trip, again = trip.copy > 1 ? ' again' : '';
  if (header.kind === 'rdt') return isAckTrip(trip) ? `ACK ${header.number}` : `${header.number}${again}`;
  if (header.kind === 'udp') return packetUdpName(trip) + again;
  if (header.kind !== 'tcp') return tripName(trip);
  const fin = header.flags & FLAG.fin, syn = header.flags & FLAG.syn, rst = header.flags & FLAG.rst;
  if (syn) return packetTcpName(trip);
  if (rst) return header.flags & FLAG.ack ? 'RST, ACK' : 'RST';
  if (fin) return `FIN${again}, seq ${header.seq}`;
  return trip.segment > 0 ? `seq ${header.seq}${again}` : `ACK ${header.ack}`;
}
export const tripEnds = (trace, trip) => {
  const { from, to } = trace.flows[trip.flow];
  return trip.forward ? [from, to] : [to, from];
};

// One sentence about what it is and what it is for.
export function tripSentence(trace, trip) {
  const [from, to] = tripEnds(trace, trip).map(node => trace.nodes[node].name), { header, copy, flow } = trip,
    name = trace.flows[flow].name;
  const again = copy > 1 ? `, sent again (transmission ${copy})` : '';
  if (header.kind === 'tcp') {
    const { flags, seq, ack } = header;
    if (flags & FLAG.rst) return `${from} breaks the connection to ${to} off.`;
    if (flags & FLAG.syn && flags & FLAG.ack) return `${from} accepts the connection of ${to}${again}.`;
    if (flags & FLAG.syn) return `${from} asks ${to} for a connection${again}.`;
    if (flags & FLAG.fin) return `${from} tells ${to} that it has nothing more to send${again}.`;
    if (trip.segment > 0) return `Segment ${countText(trip.segment)} of flow ${name}${again}: ${plural(tripPayload(trace, trip), 'byte')} from number ${countText(seq)} on.`;
    const blocks = header.sack.length ? `, and ${header.sack.map(([l, r]) => `${countText(l)} to ${countText(r - 1)}`).join(', ')}` : '';
    return `${from} tells ${to}: everything before byte ${countText(ack)} has come${blocks}.`;
  }
  if (header.kind === 'rdt') {
    if (!isAckTrip(trip)) return `Packet ${header.number} of flow ${name}${again}, from ${from} to ${to}.`;
    const all = trace.flows[flow].protocol === 'go_back_n' ? `everything up to packet ${header.number}` : `packet ${header.number}`;
    return `${from} acknowledges ${all} to ${to}.`;
  }
  if (header.kind === 'udp') return `${sentence(packetUdpName(trip))} of flow ${name}${again}, from ${from} to ${to}.`;
  return `A message from ${from} to ${to}.`;
}

// ---- what follows from all trips of a run, made once ------------------------------------------------------------------

const packetIndexes = new WeakMap();
function packetIndex(trace) {
  if (!packetIndexes.has(trace)) packetIndexes.set(trace,
    { copies: packetCopies(trace), overhead: packetOverheads(trace), served: new Map() });
  return packetIndexes.get(trace);
}
const packetCopyKey = trip => `${trip.flow} ${trip.forward} ${trip.segment}`;
function packetCopies(trace) {
  const copies = new Map();
  for (const trip of trace.packets.trips) {
    if (!trip.segment) continue;
    const key = packetCopyKey(trip);
    if (copies.has(key)) copies.get(key).push(trip); else copies.set(key, [trip]);
  }
  return copies;
}
// All shown transmissions of the same segment, in order; the trip alone if it carries no data.
export const tripCopies = (trace, trip) => (trip.segment ? packetIndex(trace).copies.get(packetCopyKey(trip)) : [trip]);

// Bytes of headers per flow and direction: the size of a segment less the distance to the next one's number.
function packetOverheads(trace) {
  const votes = new Map(), last = new Map();
  for (const trip of trace.packets.trips) {
    if (trip.header.kind !== 'tcp' || !trip.segment || trip.copy !== 1) continue;
    const key = `${trip.flow} ${trip.forward}`, before = last.get(key);
    if (before && before.segment + 1 === trip.segment) {
      const overhead = before.size - (trip.header.seq - before.header.seq), all = votes.get(key) || new Map();
      votes.set(key, all.set(overhead, (all.get(overhead) || 0) + 1));
    }
    last.set(key, trip);
  }
  return new Map([...votes].map(([key, all]) => [key, [...all].sort((a, b) => b[1] - a[1])[0][0]]));
}
const PACKET_TCP_HEADERS = 40;
// Bytes of data in a TCP segment.
export function tripPayload(trace, trip) {
  if (!trip.segment) return 0;
  return Math.max(0, trip.size - (packetIndex(trace).overhead.get(`${trip.flow} ${trip.forward}`) ?? PACKET_TCP_HEADERS));
}
// The largest segment of a flow, in bytes of data; null if none is shown.
export function flowMss(trace, flow) {
  const index = packetIndex(trace);
  index.mss ||= new Map();
  if (!index.mss.has(flow)) {
    let mss = 0;
    for (const trip of trace.packets.trips) if (trip.flow === flow && trip.header.kind === 'tcp') mss = Math.max(mss,
      tripPayload(trace, trip));
    index.mss.set(flow, mss || null);
  }
  return index.mss.get(flow);
}

// When a link began to send what, in order: to find out who was served before a packet that waited.
function packetServed(trace, link) {
  const { served } = packetIndex(trace);
  if (!served.size) {
    for (const trip of trace.packets.trips) {
      for (const hop of trip.hops) {
        if (!served.has(hop.link)) served.set(hop.link, []);
        served.get(hop.link).push({ start: hop.begin + hop.queueing, until: hop.begin + hop.queueing + hop.transmission, trip });
      }
    }
    for (const list of served.values()) list.sort((a, b) => a.start - b.start);
  }
  return served.get(link) || [];
}
// Which flows' packets went before this one while it waited: [[flow, count]], the most first.
export function waitedBehind(trace, trip, hop) {
  if (!(hop.queueing > 0)) return [];
  const list = packetServed(trace, hop.link), counts = new Map();
  for (let i = firstIndex(list.length, i => list[i].until > hop.begin); i < list.length && list[i].start < hop.begin + hop.queueing; i++) {
    if (list[i].trip !== trip && list[i].trip.size > 0) counts.set(list[i].trip.flow, (counts.get(list[i].trip.flow) || 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]);
}

// ---- the life story ----------------------------------------------------------------------------------------------------

// The hop on which a packet was lost is not among its hops: how long each part took follows from link and size.
export function lostHop(trace, trip) {
  if (trip.end.what !== 'dropped' || trip.end.link == null) return null;
  const { rate, delay } = trace.links[trip.end.link], begin = trip.hops.length ? trip.hops.at(-1).end : trip.sent,
    whole = trip.end.t - begin;
  if (whole <= 0) return null;
  const transmission = Math.min(whole, rate ? Math.round(trip.size * 8 / rate / trace.unit) : 0),
    propagation = Math.min(delay, whole - transmission);
  const queueing = Math.max(0, whole - transmission - propagation);
  return { link: trip.end.link, begin, queueing, transmission, propagation, processing: 0, end: trip.end.t, lost: true };
}
export const STORY_PARTS = ['queueing', 'transmission', 'propagation', 'processing'];
// { hops, totals: { queueing, … }, total }: hops as in the trace, and the one on which it was lost.
export function tripStory(trace, trip) {
  const lost = lostHop(trace, trip), hops = lost ? [...trip.hops, lost] : trip.hops;
  const totals = Object.fromEntries(STORY_PARTS.map(part => [part, hops.reduce((sum, hop) => sum + hop[part], 0)]));
  return { hops, totals, total: STORY_PARTS.reduce((sum, part) => sum + totals[part], 0) };
}
// Which hop a packet is on at t; -1 before it was sent, the number of hops when it has ended.
export function hopAt(story, trip, t) {
  if (t < trip.sent) return -1;
  const at = story.hops.findIndex(hop => t < hop.end);
  return at < 0 ? story.hops.length : at;
}
export function endSentence(trace, trip, drop) {
  const { what, reason, link } = trip.end, took = durationText((trip.end.t - trip.sent) * trace.unit, 4), [, to] = tripEnds(trace, trip);
  if (what === 'delivered') return `Delivered to ${trace.nodes[to].name} after ${took}.`;
  if (what === 'under_way') return 'Still on its way at the end of the run.';
  if (reason === 'lost') return `Lost on ${link != null ? packetHopName(trace, { link }) : 'the wire'} after ${took}.`;
  const where = drop ? ` at ${trace.nodes[drop.node].name}` : '';
  const full = reason === 'queue_full' && drop && drop.waiting != null
    ? `: ${plural(drop.waiting, 'packet')} waited for ${drop.link != null ? packetHopName(trace, drop) : 'the link'}` : '';
  return `Dropped${where} after ${took}, because ${dropWords(reason)}${full}.`;
}

// ---- panels ---------------------------------------------------------------------------------------------------------------

// A moment with as many decimals as things need that last so long.
export function preciseMoment(seconds, spanSeconds, endSeconds = seconds) {
  const { factor, unit, decimals } = timeScale(Math.max(endSeconds, spanSeconds),
    Math.max(1, Math.max(endSeconds, spanSeconds) / (spanSeconds || 1)) * 400);
  return `${(seconds * factor).toFixed(decimals)} ${unit}`;
}

// The element of a panel that draws itself: panel.draw(app) brings it up to date.
function packetPanelElement(className, label, draw, app) {
  const element = el('section', { class: className, 'aria-label': label });
  element.draw = draw;
  if (app) draw(app);
  return element;
}

// The panel of the selected packet. It is made again when another is selected; with time only what changes is drawn.
export function packetPanel(app) {
  let drawnFor = null, story = null, parts = null;
  const element = packetPanelElement('packet-panel', 'Selected packet', null, null);
  element.draw = now => {
    const { trace, player, view } = now, trip = view.packet != null && trace.packets ? trace.packets.trips[view.packet] : null;
    element.hidden = !trip;
    if (!trip) { drawnFor = null; element.replaceChildren(); return; }
    // In predict mode nothing later than the present is told.
    const sealed = (view.predict || view.asked != null) && trip.end.t != null && trace.endedAt[trip.index] >= player.k;
    const key = `${trip.index} ${sealed}`;
    if (key !== drawnFor) {
      drawnFor = key;
      story = tripStory(trace, trip);
      parts = packetPanelParts(now, trip, story, sealed);
      element.replaceChildren(...parts.elements);
    }
    parts.move(player.t, sealed);
  };
  element.draw(app);
  return element;
}

function packetPanelParts(app, trip, story, sealed) {
  const { trace } = app, flow = trace.flows[trip.flow];
  const head = el('header', { class: 'packet-head' },
    el('h3', {}, sentence(tripName(trip)), el('small', {}, ` ${flow.name}`)),
    el('button', { type: 'button', class: 'link', onclick: () => app.act('packet', null) }, 'Close'));
  const headers = packetHeaders(trace, trip, story), life = packetLife(trace, trip, story, sealed);
  const elements = [head, el('p', { class: 'packet-what' }, tripSentence(trace, trip)), packetEnd(app, trip, sealed), life.element,
    headers.element, packetCopyLinks(app, trip, sealed)];
  return { elements: elements.filter(Boolean), move(t) { const at = hopAt(story, trip, t); headers.move(at); life.move(t, at); } };
}

function packetEnd(app, trip, sealed) {
  const { trace } = app;
  if (sealed) return el('p', { class: 'packet-end hidden-answer' }, 'What becomes of it is hidden until predicted.');
  const drop = trip.end.what === 'dropped' ? trace.packets.drops.find(one => one.trip === trip.index) : null;
  const cause = drop && trace.causeOf('drop', drop.index);
  return el('p', { class: `packet-end ${trip.end.what}` }, endSentence(trace, trip, drop),
    cause ? [' ', el('button', { type: 'button', class: 'link', onclick: () => app.act('why') }, 'Why?')] : null);
}

const packetHopName = (trace, hop) => trace.links[hop.link].name.replace('->', '→');

// Fields that stay, and the time to live, which every router lowers: one column a hop where there is more than one.
function packetHeaders(trace, trip, story) {
  const [from, to] = tripEnds(trace, trip).map(node => trace.nodes[node].name), { header } = trip;
  const ip = [['From, to', `${from} → ${to}`], ['Size', plural(trip.size, 'byte')]];
  const hops = story.hops.length || 1;
  const ttls = Array.from({ length: hops },
    (_, i) => el('span', { class: 'ttl', title: story.hops[i] ? `on ${packetHopName(trace, story.hops[i])}` : null },
    PACKET_FIRST_TTL - i));
  ip.push(['Time to live', el('span', { class: 'ttls' },
    ttls.flatMap((ttl, i) => (i ? [el('span', { class: 'arrow', 'aria-label': 'then' }, ' → '), ttl] : [ttl])))]);
  const transport = packetTransportRows(trace, trip);
  const table = el('table', { class: 'packet-headers' }, el('caption', { class: 'sr' }, 'Headers'),
    el('tbody', {}, packetRows('IP', ip)),
      el('tbody', {}, packetRows({ tcp: 'TCP', udp: 'UDP', rdt: 'rdt' }[header.kind] || header.kind, transport)));
  return { element: table, move(at) { ttls.forEach((ttl, i) => ttl.classList.toggle('now', i === at)); } };
}
function packetRows(group, rows) {
  return rows.map(([name, value], i) => el('tr', {},
    i === 0 ? el('th', { scope: 'rowgroup', rowspan: rows.length, class: 'layer' }, group) : null, el('th', { scope: 'row' }, name),
    el('td', {}, value)));
}
function packetTransportRows(trace, trip) {
  const { header } = trip;
  if (header.kind === 'udp') return [['Sequence', countText(header.sequence)], ['Kind', String(header.type).replace(/_/g, ' ')]];
  if (header.kind !== 'tcp') {
    const data = !isAckTrip(trip);
    return [['Kind', data ? 'data' : 'ACK'], ['Number', String(header.number)],
      ...(data && trip.copy > 1 ? [['Transmission', String(trip.copy)]] : [])];
  }
  const start = (trace.packets.iss || [])[trip.flow], first = start && start[trip.forward ? 0 : 1];
  const rows = [['Sequence', [countText(header.seq),
    first != null ? el('small', {}, ` ${countText((first + header.seq) % 2 ** 32)} on the wire`) : null]]];
  if (header.flags & FLAG.ack) rows.push(['Acknowledges', countText(header.ack)]);
  rows.push(['Flags', flagNames(header.flags)], ['Window', plural(header.window, 'byte')]);
  if (header.sack.length) rows.push(['SACK', header.sack.map(([l, r]) => `${countText(l)}–${countText(r)}`).join(', ')]);
  if (trip.segment) rows.push(['Data', plural(tripPayload(trace, trip), 'byte')]);
  return rows;
}

// The four delays, as a bar in the order of time and as a table.
function packetLife(trace, trip, story, sealed) {
  const none = { element: null, move() {} };
  if (!story.hops.length) return none;
  const seconds = t => t * trace.unit, { factor, unit } = timeScale(seconds(story.total || 1)),
    show = t => (t ? numberText(seconds(t) * factor, 3) : '0');
  const from = trip.sent, span = story.total || 1, percent = t => `${((t - from) / span * 100).toFixed(3)}%`;
  const hatch = packetHatches();
  const bar = svg('svg', { class: 'life-bar', 'aria-hidden': 'true' }, svg('defs', {}, hatch.patterns));
  const future = svg('g', { class: 'life-future' }), cover = svg('rect', { class: 'life-cover', y: 0, height: '100%', width: '100%' });
  for (const hop of story.hops) {
    let t = hop.begin;
    for (const part of STORY_PARTS) {
      if (hop[part] > 0) bar.append(svg('rect',
        { class: `life ${part}`, x: percent(t), y: '15%', width: `${(hop[part] / span * 100).toFixed(3)}%`, height: '70%',
        fill: hatch.fill(part) }));
      t += hop[part];
    }
    bar.append(svg('line', { class: 'life-tick', x1: percent(hop.end), x2: percent(hop.end), y1: 0, y2: '100%' }));
  }
  const head = svg('line', { class: 'life-head', y1: 0, y2: '100%' });
  bar.append(cover, future, head);
  const used = STORY_PARTS.filter(part => part !== 'processing' || story.totals.processing > 0);
  const rows = story.hops.map((hop, i) => {
    const behind = waitedBehind(trace, trip, hop),
      words = behind.length ? `Waited behind ${behind.slice(0, 3).map(([flow, n]) => `${n} of ${trace.flows[flow].name}`).join(', ')}${behind.length > 3 ? ' and others' : ''}` : null;
    return { behind: words, row: el('tr', {}, el('th', { scope: 'row', title: packetHopName(trace, hop) }, packetHopName(trace, hop)),
      used.map(part => el('td', {}, show(hop[part]))), el('td', { class: 'sum' }, show(hop.end - hop.begin))),
      note: words ? el('tr', { class: 'behind' }, el('td', { colspan: used.length + 2 }, words)) : null, index: i };
  });
  const swatch = part => svg('svg', { class: 'life-swatch', viewBox: '0 0 12 12', 'aria-hidden': 'true' },
    svg('rect', { class: `life ${part}`, x: .5, y: .5, width: 11, height: 11, fill: hatch.fill(part) }));
  const names = { queueing: 'queue', transmission: 'send', propagation: 'travel', processing: 'process' };
  const table = el('table', { class: 'life-table' }, el('caption', {}, `Its time on each hop, in ${unit}`),
    el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, el('span', { class: 'sr' }, 'hop')),
      used.map(part => el('th', { scope: 'col', title: `${part} delay` }, swatch(part), names[part])), el('th', { scope: 'col' }, 'all'))),
    el('tbody', {}, rows.flatMap(({ row, note }) => (note ? [row, note] : [row]))),
    story.hops.length > 1 ? el('tfoot', {},
      el('tr', {}, el('th', { scope: 'row' }, 'all'), used.map(part => el('td', {}, show(story.totals[part]))),
      el('td', { class: 'sum' }, show(story.total)))) : null);
  const most = STORY_PARTS.reduce((a, b) => (story.totals[b] > story.totals[a] ? b : a)),
    share = story.total ? story.totals[most] / story.total : 0;
  const said = el('p', { class: 'life-said' }, sealed ? '' : `Most of it, ${percentText(Math.round(share * 100) / 100)}, was ${most}.`);
  const element = el('div', { class: 'packet-life' }, bar, sealed ? null : table, said);
  return { element, move(t, at) {
    const x = Math.max(0, Math.min(100, (t - from) / span * 100));
    head.setAttribute('x1', `${x}%`); head.setAttribute('x2', `${x}%`); cover.setAttribute('x', `${x}%`);
    cover.classList.toggle('sealed', sealed);
    rows.forEach(({ row }, i) => row.classList.toggle('now', i === at));
  } };
}

let packetHatchCount = 0;
// Each part has a colour and a pattern of its own. Patterns are named per picture, as ids must not be used twice.
function packetHatches() {
  const id = `hatch${++packetHatchCount}`;
  const pattern = (name, colour, ...marks) => svg('pattern',
    { id: `${id}${name}`, width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
    svg('rect', { width: 6, height: 6, fill: `color-mix(in srgb, var(--${colour}) 18%, var(--paper))` }), marks);
  const patterns = [
    pattern('queueing', 'orange', svg('line', { x1: 0, x2: 0, y1: 0, y2: 6, stroke: 'var(--orange)', 'stroke-width': 3 })),
    pattern('processing', 'teal', svg('circle', { cx: 3, cy: 3, r: 1.2, fill: 'var(--teal)' })),
  ];
  const fill = part => ({ queueing: `url(#${id}queueing)`, transmission: 'var(--blue)',
    propagation: 'color-mix(in srgb, var(--slate) 16%, var(--paper))', processing: `url(#${id}processing)` })[part];
  return { patterns, fill };
}

function packetCopyLinks(app, trip, sealed) {
  const { trace } = app, copies = tripCopies(trace, trip), at = copies.indexOf(trip), links = [];
  const link = (other, words) => el('button',
    { type: 'button', class: 'link', onclick: () => { app.act('packet', other.index); app.act('goTime', other.sent); } }, words);
  if (at > 0) links.push(link(copies[at - 1], `Transmission before (${copies[at - 1].copy})`));
  if (at < copies.length - 1 && !sealed) links.push(link(copies[at + 1], `Sent again (${copies[at + 1].copy})`));
  return links.length ? el('p', { class: 'packet-copies' }, links) : null;
}

// A message between routers: who says what to whom, and when.
export function messagePanel(app) {
  let drawnFor = null;
  const element = packetPanelElement('packet-panel', 'Selected message', null, null);
  element.draw = now => {
    const { trace, player, view } = now, message = view.message != null && trace.routing ? trace.routing.messages[view.message] : null;
    element.hidden = !message;
    if (!message) { drawnFor = null; element.replaceChildren(); return; }
    const sealed = (view.predict || view.asked != null) && message.heard != null && message.heard > player.t;
    const key = `${message.index} ${sealed}`;
    if (key === drawnFor) return;
    drawnFor = key;
    element.replaceChildren(...packetMessageParts(now, message, sealed));
  };
  element.draw(app);
  return element;
}
function packetMessageParts(app, message, sealed) {
  const { trace } = app, name = node => trace.nodes[node].name, end = trace.end * trace.unit;
  const flight = message.heard != null ? (message.heard - message.sent) * trace.unit : end / 1000;
  const moment = t => el('button', { type: 'button', class: 'link', onclick: () => app.act('goTime', t) },
    preciseMoment(t * trace.unit, Math.max(flight, end / 1e5), end));
  const rows = [['From', name(message.from)], ['To', name(message.to)], ['Over', trace.links[message.link].name.replace('->', '→')],
    ['Kind', message.kind], ['Size', plural(message.bytes, 'byte')], ['Sent', moment(message.sent)],
    ['Heard', sealed ? 'not yet' : message.heard != null ? [moment(message.heard), el('small', {}, ` after ${durationText(flight)}`)]
      : 'never']];
  return [
    el('header', { class: 'packet-head' },
      el('h3', {}, sentence(message.kind), el('small', {}, ` ${name(message.from)} to ${name(message.to)}`)),
      el('button', { type: 'button', class: 'link', onclick: () => app.act('message', null) }, 'Close')),
    el('p', { class: 'packet-text' }, message.text || 'It says nothing but that its sender is alive.'),
    el('table', { class: 'packet-headers' }, el('caption', { class: 'sr' }, 'The message'),
      el('tbody', {}, rows.map(([field, value]) => el('tr', {}, el('th', { scope: 'row' }, field), el('td', {}, value))))),
  ];
}
