// The stage "Ladder": space-time diagrams of conversations, side by side over one axis of time that runs downwards.
// The slope of a band is propagation, its thickness transmission, a wait at a router a stretch straight down.

import { clamp, countText, durationText, el, firstIndex, math, numberText, plural, rem, svg, tableDialog, timeScale } from './core.js';
import { FLAG, dropTag, dropWords, flowMss, isAckTrip, isDataTrip, lostHop, packetPanel, preciseMoment, tripEnds, tripLabel, tripName, tripPayload } from './packet.js';
import { whyPanel } from './why.js';
import { niceStep, transportJumps, transportRound, transportTrip } from './transport.js';
import { windowAt } from './flows.js';

// ---- which flows, and what their packets come to ------------------------------------------------------------------------

const LADDER_PROTOCOLS = {
  tcp: 'TCP', ping: 'ping', stop_and_wait: 'stop-and-wait', go_back_n: 'go-back-N', selective_repeat: 'selective repeat',
};
const LADDER_WINDOWED = new Set(['tcp', 'stop_and_wait', 'go_back_n', 'selective_repeat']);
const LADDER_TEXTBOOK = new Set(['stop_and_wait', 'go_back_n', 'selective_repeat']);
const LADDER_MOST = 4;

const ladderCache = new WeakMap();
function ladderKept(trace) {
  if (!ladderCache.has(trace)) ladderCache.set(trace, { flows: null, models: new Map(), events: new Map() });
  return ladderCache.get(trace);
}
// Flows that are conversations and have packets to show, in the order of the experiment.
export function ladderFlows(trace) {
  if (!trace.packets) return [];
  const kept = ladderKept(trace);
  if (!kept.flows) {
    const shown = new Set(trace.packets.trips.map(trip => trip.flow));
    kept.flows = trace.flows.filter(flow => LADDER_PROTOCOLS[flow.protocol] && shown.has(flow.index)).map(flow => flow.index);
  }
  return kept.flows;
}

export function ladderModel(trace, flow) {
  const { models } = ladderKept(trace);
  if (!models.has(flow)) models.set(flow, new LadderModel(trace, flow));
  return models.get(flow);
}

// All that follows from the trips of one flow. Nothing in it changes; questions take a moment and search.
export class LadderModel {
  constructor(trace, flow) {
    this.trace = trace;
    this.flow = trace.flows[flow];
    this.trips = trace.packets.trips.filter(trip => trip.flow === flow);
    this.path = this.longestPath();
    this.gapFrom = Math.min(...trace.thinned.map(gap => gap.from), Infinity);
    this.usual = [true, false].map(forward => this.usualTransit(forward));
    this.left = [0, 0];
    this.items = this.trips.map(trip => this.item(trip));
    this.begin = this.items.length ? this.items[0].begin : 0;
    this.until = this.items.reduce((latest, item) => Math.max(latest, item.until), this.begin);
    // Nothing is longer than this: what was sent before cannot reach a later window.
    this.longest = this.items.reduce((most, item) => Math.max(most, item.until - item.begin), 0);
    this.markAnswers();
    this.learnSegments();
    this.markDiscarded();
    this.timeouts = this.findTimeouts();
    this.fast = trace.packets.cuts.filter(cut => cut.flow === flow && cut.what !== 'timeout');
    this.learnUse();
    this.round = this.baseRound();
  }

  longestPath() {
    let longest = null;
    for (const trip of this.trips) if (trip.forward && (!longest || trip.hops.length > longest.hops.length)) longest = trip;
    const path = [this.flow.from, ...(longest ? longest.hops.map(hop => this.trace.links[hop.link].to) : [])];
    return path.at(-1) === this.flow.to && new Set(path).size === path.length ? path : [this.flow.from, this.flow.to];
  }
  // From the first bit sent to the last bit heard, of the first that came through: for those that did not.
  usualTransit(forward) {
    const trip = this.trips.find(one => one.forward === forward && one.end.what === 'delivered' && one.hops.length);
    if (trip) return trip.hops.at(-1).end - (trip.hops[0].begin + trip.hops[0].queueing);
    return this.path.length > 1 ? this.trace.links.filter(link => link.from === this.path[0]).reduce((least, link) => Math.min(least,
      link.delay), Infinity) || 0 : 0;
  }

  firstTransmission(trip) {
    const [from, to] = trip.forward ? this.path : this.path.slice().reverse(),
      link = this.trace.links.find(one => one.from === from && one.to === to);
    return link && link.rate ? Math.round(trip.size * 8 / link.rate / this.trace.unit) : 0;
  }

  item(trip) {
    const lost = lostHop(this.trace, trip), hops = lost ? [...trip.hops, lost] : trip.hops;
    const item = { trip, forward: trip.forward, data: isDataTrip(trip), ack: isAckTrip(trip), again: trip.copy > 1,
      dropped: trip.end.what === 'dropped', fate: trip.end.what, repeated: false,
      label: tripLabel(trip), begin: trip.sent, hops, tag: trip.end.what === 'dropped' ? dropTag(trip.end.reason) : null };
    this.place(item, lost);
    if (!item.dropped || hops.length) this.left[trip.forward ? 0 : 1] = item.leave[1];
    item.band = !item.ack && trip.size > 0 && item.leave[1] > item.leave[0];
    item.until = Math.max(item.arrive[1], item.begin, trip.end.t ?? 0);
    return item;
  }
  // Where its edges leave the sender and reach the receiver; `reach` is how far it comes on the way.
  place(item, lost) {
    const { trip, hops } = item, steps = Math.max(1, this.path.length - 1), usual = this.usual ? this.usual[trip.forward ? 0 : 1] : 0;
    if (!hops.length && trip.end.what === 'under_way') {
      // At the end of a run it may wait or be sent: it follows the one before it.
      const start = Math.max(trip.sent, this.left[trip.forward ? 0 : 1]), length = this.firstTransmission(trip),
        arrival = Math.max(start + length, start + usual);
      Object.assign(item, { leave: [start, start + length], arrive: [arrival - length, arrival], reach: 1 });
      return;
    }
    if (!hops.length) {
      const t = trip.end.t ?? trip.sent;
      Object.assign(item, { leave: [t, t], arrive: [t + usual, t + usual], reach: item.dropped ? .06 : 1 });
      return;
    }
    const first = hops[0], start = first.begin + first.queueing, last = hops.at(-1);
    item.leave = [start, start + first.transmission];
    if (trip.end.what === 'delivered' || (lost && hops.length >= steps)) {
      Object.assign(item, { arrive: [last.end - last.processing - last.transmission, last.end - last.processing], reach: lost ? .6 : 1 });
      return;
    }
    if (trip.end.what === 'under_way') {
      const arrival = Math.max(start + usual, last.end);
      Object.assign(item, { arrive: [arrival - first.transmission, arrival], reach: 1 });
      return;
    }
    // Its line passes through the place and the moment at which it ended.
    const reach = lost ? (hops.length - .4) / steps : Math.min(1, (hops.length + .1) / steps), share = lost ? hops.length / steps : reach;
    const arrival = start + Math.max(0, trip.end.t - first.transmission - start) / share;
    Object.assign(item, { arrive: [arrival, arrival + first.transmission], reach });
  }

  // An ACK that says what the one before said.
  markAnswers() {
    const said = [null, null];
    for (const item of this.items) {
      if (!item.ack) continue;
      const way = item.forward ? 0 : 1, number = item.trip.header.kind === 'tcp' ? item.trip.header.ack : item.trip.header.number;
      item.repeated = said[way] === number && this.flow.protocol !== 'selective_repeat';
      said[way] = number;
    }
  }

  // For each segment: when it was first sent, first heard, and when the sender learned of that.
  learnSegments() {
    const places = new Map(), segments = [];
    for (const item of this.items) {
      const { trip } = item;
      if (!item.forward || !trip.segment) continue;
      if (!places.has(trip.segment)) { places.set(trip.segment, segments.length);
        segments.push({ segment: trip.segment, trip, name: this.segmentName(trip), first: trip.sent, heard: Infinity, learned: Infinity });
        }
      if (item.fate === 'delivered') { const one = segments[places.get(trip.segment)]; one.heard = Math.min(one.heard, trip.end.t); }
    }
    segments.sort((a, b) => a.segment - b.segment);
    this.segments = segments;
    this.acks = this.items.filter(item => item.ack && !item.forward
      && item.fate === 'delivered').sort((a, b) => a.trip.end.t - b.trip.end.t);
    this.ackPlaces = new Map(this.acks.map((item, i) => [item.trip, i]));
    this.flow.protocol === 'tcp' ? this.learnFromTcp() : this.learnFromNumbers();
    // What is acknowledged without a gap, and what is heard without one: latest of all up to each.
    this.learnedBy = Float64Array.from(segments, ladderRunningMax('learned'));
    this.heardBy = Float64Array.from(segments, ladderRunningMax('heard'));
    this.sentBy = Float64Array.from(segments, ladderRunningMax('first'));
  }
  segmentName(trip) { return trip.header.kind === 'tcp' ? String(trip.segment)
    : String(trip.header.number ?? trip.header.sequence ?? trip.segment); }
  learnFromTcp() {
    let next = 0, farthest = -1;
    for (const { trip } of this.acks) {
      if (trip.header.ack <= farthest) continue;
      farthest = trip.header.ack;
      for (; next < this.segments.length; next++) {
        const one = this.segments[next];
        if (one.trip.header.seq + tripPayload(this.trace, one.trip) > farthest) break;
        one.learned = trip.end.t;
      }
    }
  }
  // A number on the wire means the segment that carried it last before the ACK was sent.
  learnFromNumbers() {
    const places = new Map(this.segments.map((one, i) => [one.segment, i])), latest = new Map(), meant = new Map(),
      single = this.flow.protocol === 'selective_repeat';
    for (const { trip, ack, forward } of this.items) {
      if (forward && trip.segment) latest.set(trip.header.number, trip.segment);
      else if (ack && !forward) meant.set(trip, latest.get(trip.header.number));
    }
    let next = 0;
    for (const { trip } of this.acks) {
      const at = places.get(meant.get(trip));
      if (at == null) continue;
      if (single) this.segments[at].learned = Math.min(this.segments[at].learned, trip.end.t);
      else for (; next <= at; next++) this.segments[next].learned = trip.end.t;
    }
  }

  // What a receiver that keeps nothing out of order threw away, and what came a second time.
  markDiscarded() {
    const { protocol } = this.flow, inOrder = protocol === 'go_back_n' || protocol === 'stop_and_wait';
    const arrivals = this.items.filter(item => item.forward && item.trip.segment
      && item.fate === 'delivered').sort((a, b) => a.trip.end.t - b.trip.end.t);
    const seen = new Set();
    let expected = this.segments.length ? this.segments[0].segment : 1;
    for (const item of arrivals) {
      const { segment, end } = item.trip;
      // After a stretch that is not shown nobody knows what is expected.
      if (end.t >= this.gapFrom) break;
      if (inOrder) { if (segment === expected) expected++; else item.fate = segment < expected ? 'duplicate' : 'discarded'; }
      else if (seen.has(segment)) item.fate = 'duplicate';
      seen.add(segment);
    }
  }

  // A timer began when the segment was sent, or when an ACK last moved the window; it ends with the retransmission.
  findTimeouts() {
    const { protocol } = this.flow, found = [], last = new Map(), own = protocol === 'selective_repeat';
    const cuts = new Map(this.trace.packets.cuts.filter(cut => cut.flow === this.flow.index
      && cut.what === 'timeout').map(cut => [cut.t, cut]));
    const isTimer = trip => protocol !== 'tcp' || cuts.has(trip.sent) || (trip.header.flags & FLAG.syn) !== 0;
    for (const item of this.items) {
      const { trip } = item;
      if (!item.data && !(trip.header.flags & FLAG.syn)) continue;
      const key = `${trip.forward} ${trip.segment}`, before = last.get(key);
      if (item.again && before != null && isTimer(trip) && (own || !found.length || found.at(-1).until !== trip.sent)) {
        const from = own ? before : Math.max(before, this.lastAdvance(before, trip.sent));
        found.push({ from, until: trip.sent, name: tripName(trip).replace(' again', ''), trip });
      }
      last.set(key, trip.sent);
    }
    return found;
  }
  // When an ACK last moved the window between two moments; the earlier if none did.
  lastAdvance(from, until) {
    let latest = from;
    for (let i = firstIndex(this.segments.length, i => this.learnedBy[i] > from); i < this.segments.length
      && this.learnedBy[i] < until; i++) latest = this.learnedBy[i];
    return latest;
  }

  // How long the sender's own transmitter was busy, usefully and in vain.
  learnUse() {
    const sent = this.items.filter(item => item.forward && item.data && item.hops.length).sort((a, b) => a.leave[0] - b.leave[0]);
    this.sending = sent;
    this.useful = new Float64Array(sent.length + 1);
    this.wasted = new Float64Array(sent.length + 1);
    sent.forEach((item, i) => {
      const length = item.leave[1] - item.leave[0], good = ladderIsUseful(item);
      this.useful[i + 1] = this.useful[i] + (good ? length : 0);
      this.wasted[i + 1] = this.wasted[i] + (good ? 0 : length);
    });
  }
  // Shares of the time since the flow began.
  use(t) {
    const since = t - Math.max(0, this.flow.start), count = firstIndex(this.sending.length, i => this.sending[i].leave[0] >= t);
    if (since <= 0 || !count) return { useful: 0, wasted: 0 };
    const last = this.sending[count - 1], open = Math.max(0, last.leave[1] - t), good = ladderIsUseful(last);
    return { useful: clamp((this.useful[count] - (good ? open : 0)) / since, 0, 1),
      wasted: clamp((this.wasted[count] - (good ? 0 : open)) / since, 0, 1) };
  }

  // { rtt, send, slowest }: a round trip without queues and without the packet's own L/R on the first link; null if none is seen.
  baseRound() {
    const least = (forward, wanted) => {
      let best = null;
      for (const item of this.items) {
        if (item.forward !== forward || item.trip.end.what !== 'delivered' || !wanted(item) || !item.hops.length) continue;
        const bare = item.hops.reduce((sum, hop) => sum + hop.transmission + hop.propagation + hop.processing, 0);
        if (!best || bare < best.bare) best = { bare, item };
      }
      return best;
    };
    const data = least(true, item => item.trip.segment > 0) || least(true, () => true), back = least(false, () => true);
    if (!data || !back) return null;
    const { item } = data, send = item.hops[0].transmission;
    return { send, rtt: data.bare - send + back.bare, slowest: Math.max(...item.hops.map(hop => hop.transmission)), size: item.trip.size };
  }
  // U = W · L/R / (RTT + L/R), at most 1, or what the slowest link lets through.
  formula(window) {
    if (!this.round || !window || !this.round.send) return null;
    const { send, rtt, slowest } = this.round;
    return Math.min(1, send / slowest, window * send / (rtt + send));
  }

  // What both ends know at t, in places of `segments`: acknowledged before `base`, sent before `next`, expected `due`.
  at(t) {
    const n = this.segments.length;
    return { base: firstIndex(n, i => this.learnedBy[i] > t), next: firstIndex(n, i => this.sentBy[i] > t),
      due: firstIndex(n, i => this.heardBy[i] > t) };
  }
  // The most that was ever under way at once: the window, where nothing else tells it.
  get mostInFlight() {
    if (this.most == null) {
      this.most = 0;
      for (let i = 0; i < this.segments.length; i++) this.most = Math.max(this.most,
        i + 1 - firstIndex(this.segments.length, j => this.learnedBy[j] > this.sentBy[i]));
    }
    return this.most;
  }
}
const ladderIsUseful = item => !item.dropped && item.fate !== 'discarded' && item.fate !== 'duplicate';
function ladderRunningMax(field) {
  let most = -Infinity;
  return one => { most = Math.max(most, one[field]); return most; };
}

// The window of a textbook protocol as the experiment says, or as a sweep replaced it; null if it does not.
export function ladderWindowOf(app, flow) {
  if (flow.protocol === 'stop_and_wait') return 1;
  const parameters = app.report?.runs?.[app.run]?.parameters || {},
    swept = Number(parameters[`flows.${flow.name}.${flow.protocol}.window`]);
  if (swept > 0) return swept;
  const entry = ladderEffective(app.report)?.flows?.find?.(one => one.name === flow.name), window = entry?.[flow.protocol]?.window;
  return window > 0 ? window : null;
}
const ladderEffectives = new WeakMap();
function ladderEffective(report) {
  if (!report || typeof report.effective !== 'string') return null;
  if (!ladderEffectives.has(report)) {
    let effective = null;
    try { effective = JSON.parse(report.effective); } catch { /* Comments are allowed there; then the window is read from the packets. */ }
    ladderEffectives.set(report, effective);
  }
  return ladderEffectives.get(report);
}

// ---- the sentence above a ladder ------------------------------------------------------------------------------------------

// What the sender is about at t. `window` is null where it is not known; `near` is how long a thing counts as just happened.
export function ladderSay(model, t, window, near, show) {
  const { segments, acks, items, timeouts, flow } = model, tcp = flow.protocol === 'tcp', state = model.at(t);
  const noun = tcp ? 'segment' : 'packet', name = place => segments[place]?.name;
  if (!items.length || t < model.begin) return flow.start > t ? `Begins at ${show(flow.start)}` : 'Ready';
  const timeout = timeouts.findLast(one => one.until <= t && one.until >= t - near);
  if (timeout) return `Timer of ${timeout.name} runs out: sends it again${flow.protocol === 'go_back_n' && state.next - state.base > 1 ? ', and all after it' : ''}`;
  const at = firstIndex(acks.length, i => acks[i].trip.end.t > t), ack = at ? acks[at - 1] : null;
  if (ack && ack.trip.end.t >= t - near) return ladderSayAck(model, ack, state, window, name);
  const sending = firstIndex(model.sending.length, i => model.sending[i].leave[0] > t), item = sending ? model.sending[sending - 1] : null;
  if (item && item.leave[1] > t) return `${item.leave[0] >= t - near ? 'Sends' : 'Sending'} ${tripName(item.trip)}${item.again && !tripName(item.trip).includes('again') ? ' again' : ''}`;
  if (item && item.trip.sent >= t - near) return `Sends ${tripName(item.trip)}${item.again ? ' again' : ''}`;
  const control = items.findLast(one => one.begin <= t && !one.data && !one.ack);
  if (!item && control) return `Waits for the answer to ${tripName(control.trip)}`;
  if (!item) return 'Idle';
  if (flow.protocol === 'ping') return ladderSayPing(model, item, t);
  if (state.base >= state.next) return control && control.begin > item.trip.sent ? `${tripName(control.trip)} was sent`
    : 'Everything sent is acknowledged';
  return tcp ? `Waits for segment ${name(state.base)}’s ACK, idle since ${show(item.leave[1])}`
    : `Idle since ${show(item.leave[1])}: waits for ${noun} ${name(state.base)}’s ACK`;
}
function ladderSayPing(model, request, t) {
  const { sequence } = request.trip.header,
    reply = model.items.find(one => !one.forward && one.trip.header.sequence === sequence && one.fate === 'delivered');
  return reply && reply.trip.end.t <= t ? `Reply ${sequence} came ${durationText((reply.trip.end.t - request.trip.sent) * model.trace.unit)} after its request` : `Waits for reply ${sequence}`;
}
function ladderSayAck(model, ack, state, window, name) {
  const said = tripLabel(ack.trip), { protocol } = model.flow;
  if (ack.repeated) return `${said} again: something is missing`;
  if (protocol === 'tcp' || window == null
    || !model.segments.length) return `${said}: ${state.next - state.base ? `${state.next - state.base} still under way` : 'nothing more under way'}`;
  const first = ladderNumber(model, state.base), last = ladderNumber(model, state.base + window - 1);
  if (protocol === 'selective_repeat' && state.base < state.next && model.segments[state.base].learned > ack.trip.end.t
    && ack.trip.header.number !== +name(state.base - 1)) return `${said}, but the window waits for ${name(state.base)}`;
  return `${said}: the window moves to ${window > 1 ? `${first}–${last}` : first}`;
}
// The number of the segment at a place, also of one that is still to be sent.
function ladderNumber(model, place) {
  const { segments } = model;
  if (place < segments.length) return segments[place].name;
  return segments.length ? String(+segments.at(-1).name + place - segments.length + 1) : String(place);
}

// ---- labels, ticks, words ---------------------------------------------------------------------------------------------------

// Which of these labels can stand: the more important first, no two closer than `gap`. [{ y, rank }] -> Set of indexes.
export function thinOut(labels, gap) {
  const order = labels.map((_, i) => i).sort((a, b) => labels[a].rank - labels[b].rank || labels[a].y - labels[b].y), placed = [],
    kept = new Set();
  for (const i of order) {
    const { y } = labels[i], at = firstIndex(placed.length, j => placed[j] >= y);
    if ((at < placed.length && placed[at] - y < gap) || (at > 0 && y - placed[at - 1] < gap)) continue;
    placed.splice(at, 0, y);
    kept.add(i);
  }
  return kept;
}
// One line of the log about an event of a packet; null for what is not told.
export function ladderEventWords(trace, event) {
  const name = node => trace.nodes[node].name, flow = event.flow != null ? trace.flows[event.flow] : null;
  if (event.kind === 'cut') {
    const cut = trace.packets.cuts[event.ref.cut], mss = flowMss(trace, cut.flow),
      size = bytes => (mss ? numberText(bytes / mss, 3) : `${numberText(bytes / 1000, 3)} kB`);
    return `${flow.name} cuts its window ${size(cut.before)} → ${size(cut.after)}: ${{ fast: 'fast retransmit', timeout: 'timeout', ecn: 'congestion was signalled' }[cut.what]}`;
  }
  if (event.kind === 'start' || event.kind === 'stop') return `${flow.name} ${event.kind === 'start' ? 'begins' : 'stops'}`;
  if (event.kind === 'script') return trace.script[event.ref.script].words;
  if (event.ref.trip == null) {
    if (event.kind === 'dropped') { const drop = trace.packets.drops[event.ref.drop];
      return `a packet of ${flow.name} is dropped: ${dropWords(drop.reason)}`; }
    return event.kind === 'again' ? `${flow.name} sends segment ${trace.packets.again[event.ref.again].segment} again` : null;
  }
  const trip = trace.packets.trips[event.ref.trip], [from, to] = tripEnds(trace, trip), what = tripName(trip).replace(' again', '');
  switch (event.kind) {
    case 'sent': return `${name(from)} sends ${what}${trip.copy > 1 ? ' again' : ''}`;
    case 'delivered': return `${name(to)} gets ${what}`;
    case 'dropped': return trip.end.reason === 'lost' ? `${what} is lost` : `${what} is dropped: ${dropWords(trip.end.reason)}`;
    default: return null;
  }
}

// Numbers k of the events of some flows that tell something, ascending; made once for each choice of flows.
function ladderEvents(trace, flows, kinds) {
  const { events } = ladderKept(trace), key = `${flows} ${kinds}`;
  if (!events.has(key)) {
    const wanted = new Set(flows), told = new Set(kinds);
    events.set(key, Float64Array.from(trace.events.filter(event => told.has(event.kind) && (event.flow == null || wanted.has(event.flow))),
      event => event.k));
  }
  return events.get(key);
}
const LADDER_TOLD = ['script', 'start', 'stop', 'sent', 'delivered', 'dropped', 'again', 'cut'];

// ---- questions ----------------------------------------------------------------------------------------------------------------

const ladderNumbersIn = text => (String(text).match(/-?\d[\d\s.,]*/g)
  || []).map(part => Number(part.replace(/[\s,]/g, '').replace(/\.$/, '')));
// A question about event k, where one is worth asking: an ACK that will say a number, a packet that will be sent, one that may be lost.
export function ladderQuestion(app, k, flows) {
  const { trace, view } = app, event = trace.events[k];
  if (!event || !flows.includes(event.flow)) return null;
  const trip = transportTrip(trace, event);
  if (!trip) return null;
  const flow = trace.flows[trip.flow], [from] = tripEnds(trace, trip).map(node => trace.nodes[node].name),
    told = () => ladderEventWords(trace, event);
  const numeric = (ask, number) => ({ ask, answer: String(number), choices: null,
    check: text => ladderNumbersIn(text).includes(Number(number)), told });
  if (event.kind === 'sent' && isAckTrip(trip)) {
    const said = trip.header.kind === 'tcp' ? trip.header.ack : trip.header.number;
    return ladderIsSurprise(trace, trip) ? numeric(`Which number does the next ACK of ${from} carry?`, said) : null;
  }
  if (event.kind === 'sent' && trip.segment > 0) {
    const before = trace.events[k - 1];
    // Of a burst only the first is asked about.
    if (before && before.t === event.t && before.kind === 'sent') return null;
    const number = trip.header.kind === 'tcp' ? trip.segment : trip.header.number ?? trip.header.sequence,
      noun = trip.header.kind === 'tcp' ? 'segment' : 'packet';
    return trip.copy > 1 || flow.protocol !== 'tcp' ? numeric(`Which ${noun} does ${from} send next?`, number) : null;
  }
  const ends = event.kind === 'dropped' || event.kind === 'delivered';
  if (ends && trip.segment > 0 && (event.kind === 'dropped' || view.packet === trip.index || (trip.index * 7919) % 11 === 0)) {
    const arrives = event.kind === 'delivered', answer = arrives ? 'It arrives' : 'It is lost';
    return { ask: `What becomes of ${tripName(trip)} of ${flow.name}?`, answer, choices: ['It arrives', 'It is lost'],
      check: text => (/lost|drop|not|no\b/i.test(text) ? !arrives : arrives), told };
  }
  return null;
}
// ACKs that only count on are dull after the first few; those that repeat or leap are not.
function ladderIsSurprise(trace, trip) {
  const model = ladderModel(trace, trip.flow), at = model.ackPlaces.get(trip) ?? -1;
  if (trace.flows[trip.flow].protocol !== 'tcp') return true;
  if (at < 1) return at === 0;
  const [step, before] = [trip.header.ack - model.acks[at - 1].trip.header.ack,
    at > 1 ? model.acks[at - 1].trip.header.ack - model.acks[at - 2].trip.header.ack : null];
  return step !== before;
}

// ---- the picture ------------------------------------------------------------------------------------------------------------

const LADDER_DENSE = 900;

class LadderStage {
  constructor() {
    Object.assign(this, { id: 'ladder', label: 'Ladder', roundWord: 'RTT', jumps: transportJumps });
    this.keys = [
      { key: 'a', words: 'Ladder: the two ends, or all nodes on the way', run: app => this.setNodes(app, !this.allNodes) },
      { key: 'z', words: 'Ladder: zoom in around the cursor', run: app => this.zoom(app, .5) },
      { key: 'x', words: 'Ladder: zoom out', run: app => this.zoom(app, 2) },
      { key: 'f', words: 'Ladder: all packets at once', run: app => this.fit(app) },
      { key: '.', words: 'Next packet of the ladder selected', run: app => this.selectNext(app, 1) },
      { key: ',', words: 'Previous packet of the ladder selected', run: app => this.selectNext(app, -1) },
      { key: 'g', words: 'The ladders as a table, with CSV', run: app => this.table(app) },
    ];
  }
  applies(app) { return !!app.trace && ladderFlows(app.trace).length > 0; }

  build(app, host) {
    const all = ladderFlows(app.trace);
    Object.assign(this, { trace: app.trace, all, allNodes: false, flows: all.slice(0, all.length <= LADDER_MOST ? LADDER_MOST : 2), span: 0,
      from: 0, built: null, stripKeys: [], selectedKey: null });
    this.heads = el('div', { class: 'ladder-heads' });
    this.box = el('div', { class: 'ladder-box' });
    this.now = el('p', { class: 'now' });
    this.tabs = ['log', 'why'].map(panel => el('button',
      { type: 'button', 'data-panel': panel, onclick: () => { if (app.view.panel !== panel) app.act(panel); } },
      panel === 'log' ? 'Log' : 'Why'));
    this.tabRow = el('div', { class: 'seg tp-tabs noprint', role: 'group', 'aria-label': 'Show' }, this.tabs);
    this.options = el('div', { class: 'ladder-opts noprint' });
    this.ask = el('div', { class: 'ladder-ask' });
    this.bars = el('div', { class: 'bars' });
    this.formula = el('div', { class: 'eqn' });
    this.use = el('div', { class: 'ladder-use' }, el('h3', {}, 'How busy is the sender’s link?'), this.bars, this.formula);
    this.packet = packetPanel(app);
    this.why = whyPanel(app);
    this.log = el('ol', { class: 'tp-log', 'aria-label': 'What happened, newest first' });
    this.key = ladderLegend();
    this.side = el('section', { class: 'tp-side', 'aria-label': 'Utilisation, packet and log', tabindex: 0 }, this.now, this.options,
      this.ask, this.packet, this.use, this.tabRow, this.why, this.log, this.key);
    host.replaceChildren(el('div', { class: 'tp-stage ladder-stage' },
      el('section', { class: 'ladder-left', 'aria-label': 'Space-time diagrams' }, this.heads, this.box), this.side));
    this.startWindow(app);
    this.buildAll(app);
  }
  buildAll(app) {
    this.models = this.flows.map(flow => ladderModel(this.trace, flow));
    this.windows = this.models.map(model => (LADDER_WINDOWED.has(model.flow.protocol) ? ladderWindowOf(app, model.flow) : null));
    this.until = Math.max(...this.models.map(model => model.until), 1);
    this.buildOptions(app);
    this.buildBars();
    this.layOut(app);
  }

  // ---- what part of time is shown --------------------------------------------------------------------------------------

  // At first about two dozen packets of the busiest flow, or all if there are not many more.
  startWindow(app) {
    const models = this.flows.map(flow => ladderModel(this.trace, flow)), PACKETS = 22;
    const begin = Math.min(...models.map(model => model.begin)), until = Math.max(...models.map(model => model.until));
    let span = Infinity;
    for (const model of models) {
      const data = model.items.filter(item => item.forward);
      if (data.length > PACKETS) span = Math.min(span, data[PACKETS].until - data[0].begin);
      if (model.round) span = Math.max(span, 2.2 * (model.round.rtt + model.round.send));
    }
    const whole = Math.min(until * 1.02, this.trace.end);
    if (!(span < whole / 2.2)) { this.from = begin > whole / 2 ? begin - (whole - begin) * .04 : 0;
      this.span = Math.max(1, whole - this.from); return; }
    this.span = span;
    this.from = Math.max(0, begin - span * .04);
    if (app.player.t > this.from + span) this.from = app.player.t - span * .6;
  }
  fit(app) { this.from = 0; this.span = Math.max(1, Math.min(this.until * 1.02, this.trace.end)); this.redraw(app); }
  zoom(app, factor, around = app.player.t) {
    const least = Math.max(40, this.trace.end * 1e-9), most = this.trace.end, span = clamp(this.span * factor, least, most);
    const share = clamp((around - this.from) / this.span, 0, 1);
    this.from = clamp(around - share * span, 0, Math.max(0, most - span));
    this.span = span;
    this.redraw(app);
  }
  pan(app, share) { this.from = clamp(this.from + share * this.span, 0, Math.max(0, this.trace.end - this.span)); this.redraw(app); }
  // The cursor stays in view: the paper moves under it once it is three quarters down.
  follow(t) {
    const low = this.from + .75 * this.span, end = Math.max(0, this.trace.end - this.span);
    if (t > low) this.from = clamp(t - .75 * this.span, 0, end);
    else if (t < this.from) this.from = clamp(t - .12 * this.span, 0, end);
  }

  // ---- options ------------------------------------------------------------------------------------------------------------

  buildOptions(app) {
    const seg = (label, entries) => [el('span', {}, label),
      el('div', { class: 'seg', role: 'group', 'aria-label': label },
      entries.map(([text, pressed, run, name]) => el('button',
      { type: 'button', 'aria-pressed': pressed == null ? null : String(pressed), 'aria-label': name, title: name, onclick: run }, text)))];
    const rows = [];
    if (this.all.length > 1) {
      const most = Math.min(LADDER_MOST, this.all.length);
      rows.push(...seg('Ladders', Array.from({ length: most },
        (_, i) => [String(i + 1), this.flows.length === i + 1, () => this.setCount(app, i + 1), plural(i + 1, 'ladder')])));
    }
    if (this.models.some(model => model.path.length > 2)) rows.push(...seg('Shown are',
      [['the ends', !this.allNodes, () => this.setNodes(app, false)], ['all nodes', this.allNodes, () => this.setNodes(app, true)]]));
    rows.push(...seg('Time axis', [['−', null, () => this.zoom(app, 2), 'Zoom out (X)'],
      ['+', null, () => this.zoom(app, .5), 'Zoom in (Z)'], ['All', null, () => this.fit(app), 'All packets at once (F)'],
      ['Table', null, () => this.table(app), 'The ladders as a table, with CSV (G)']]));
    this.options.replaceChildren(...rows);
  }
  setCount(app, count) {
    const chosen = this.flows.slice(0, count);
    for (const flow of this.all) if (chosen.length < count && !chosen.includes(flow)) chosen.push(flow);
    this.setFlows(app, chosen);
  }
  setFlows(app, flows) { this.flows = flows; this.buildAll(app); this.draw(app, 'select'); }
  setNodes(app, allNodes) { this.allNodes = allNodes; this.buildOptions(app); this.layOut(app); this.draw(app, 'select'); }
  replaceFlow(app, place, flow) {
    const flows = this.flows.slice(), other = flows.indexOf(flow);
    if (other >= 0) flows[other] = flows[place];
    flows[place] = flow;
    this.setFlows(app, flows);
  }

  // ---- layout ---------------------------------------------------------------------------------------------------------------

  layOut(app) {
    const r = rem(), W = Math.max(320, this.box.clientWidth || 0), H = Math.max(200, this.box.clientHeight || 0), n = this.models.length;
    const scale = this.timeWords(), left = clamp(.62 * r * Math.max(...scale.samples.map(text => text.length)) + 1.1 * r, 2.9 * r, 6.5 * r);
    const isTcp = this.models.some(model => model.flow.protocol === 'tcp'),
      hasTimers = this.models.some(model => model.timeouts.length || model.fast.length);
    const timers = (hasTimers ? (n > 3 ? 2.1 : n > 2 ? 2.7 : 3) : .9) * r, labels = (isTcp ? (n > 2 ? 5.2 : 6) : n > 2 ? 3.6 : 4.2) * r,
      top = 1.55 * r, bottom = .5 * r;
    // Bookmarks stand at the right of all.
    const pins = app.bookmarks?.().length ? 1.4 * r : 0, width = Math.max(4 * r, (W - left - pins - n * (timers + labels)) / n);
    const ladders = this.models.map((model, i) => {
      const x0 = left + timers + i * (width + labels + timers), path = this.allNodes ? model.path : [model.path[0], model.path.at(-1)];
      return { model, x0, x1: x0 + width, width, path,
        columns: new Map(path.map((node, j) => [node, x0 + width * j / (path.length - 1)])) };
    });
    this.geometry = { r, W, H, left, timers, labels, top, bottom, ladders };
    this.built = null;
    this.buildPicture(app);
    this.buildHeads(app);
  }
  y(t) { const { top, H, bottom } = this.geometry; return top + (t - this.from) / this.span * (H - top - bottom); }
  timeAt(y) { const { top, H, bottom } = this.geometry; return this.from + (y - top) / (H - top - bottom) * this.span; }
  // The unit of the axis, its step, and how its moments are written.
  timeWords() {
    const seconds = this.span * this.trace.unit, end = Math.max((this.from + this.span) * this.trace.unit, seconds),
      { factor, unit } = timeScale(end < 10 && seconds < .5 ? Math.min(end, .999) : end);
    const step = niceStep(seconds * factor, 6), decimals = clamp(-Math.floor(Math.log10(step) + 1e-9), 0, 9),
      finer = clamp(-Math.floor(Math.log10(seconds * factor / 300)), 0, 9);
    const tick = t => (t * this.trace.unit * factor).toFixed(decimals), cursor = t => (t * this.trace.unit * factor).toFixed(finer);
    return { unit, step: step / factor / this.trace.unit, tick, cursor,
      samples: [tick(this.from + this.span), cursor(this.from + this.span)] };
  }
  moment(t) { const { unit, cursor } = this.words || this.timeWords();
    return `${cursor(t).replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '')} ${unit}`; }

  buildHeads(app) {
    const { W, ladders, r, labels, timers } = this.geometry;
    this.says = []; this.strips = []; this.stripKeys = [];
    const columns = ladders.map(({ x0, width }, i) => [i === 0 ? x0 - .2 * r : timers, width + labels]).flat();
    this.heads.style.gridTemplateColumns = columns.map(length => `${(length / W * 100).toFixed(3)}%`).join(' ');
    const hasStrips = this.models.some(model => LADDER_WINDOWED.has(model.flow.protocol));
    this.heads.classList.toggle('bare', !hasStrips);
    this.heads.classList.toggle('narrow', ladders.length > 2);
    this.heads.replaceChildren(...ladders.flatMap(({ model }, i) => {
      const { flow } = model, window = this.windows[i];
      const words = flow.protocol === 'tcp' ? (flow.cc ? flow.cc.replace(/_/g, ' ') : 'TCP') : flow.protocol === 'stop_and_wait'
        ? 'stop-and-wait' : `${LADDER_PROTOCOLS[flow.protocol]}${window ? `, window ${window}` : ''}`;
      const title = this.all.length > this.flows.length
        ? el('select', { 'aria-label': `Flow of ladder ${i + 1}`, onchange: e => this.replaceFlow(app, i, +e.target.value) },
          this.all.map(other => el('option', { value: other, selected: other === flow.index }, this.trace.flows[other].name)))
        : el('span', { class: 'ladder-name', title: flow.name }, flow.name);
      this.says[i] = el('p', { class: 'say' });
      this.strips[i] = LADDER_WINDOWED.has(flow.protocol) ? svg('svg', { class: 'strip', role: 'img' }) : null;
      return [el('span', {}), el('div', { class: 'ladder-head' },
        el('h2', {}, title, words.toLowerCase() === flow.name.toLowerCase() ? null : el('small', {}, words)), this.says[i],
        this.strips[i])];
    }));
  }

  // Everything that stays while time goes on; marks are made for the window and as much before and after, and moved.
  buildPicture(app) {
    const { r, W, H, left, top, bottom, ladders } = this.geometry;
    const clip = (id, rect) => svg('clipPath', { id }, rect);
    this.pastClip = svg('rect', { x: 0, y: top - .35 * r, width: W, height: 0 });
    this.restClip = svg('rect', { x: 0, y: top, width: W, height: H });
    const stripes = svg('pattern', { id: 'ladder-stripe', width: 7, height: 7, patternUnits: 'userSpaceOnUse',
      patternTransform: 'rotate(45)' },
      svg('rect', { width: 7, height: 7, fill: 'color-mix(in srgb, var(--orange) 14%, var(--paper))' }),
        svg('line', { x1: 0, y1: 0, x2: 0, y2: 7, stroke: 'var(--orange)', 'stroke-width': 2.2, opacity: .55 }));
    const waiting = svg('pattern', { id: 'ladder-wait', width: 5, height: 5, patternUnits: 'userSpaceOnUse',
      patternTransform: 'rotate(-45)' },
      svg('rect', { width: 5, height: 5, fill: 'color-mix(in srgb, var(--orange) 18%, var(--paper))' }),
        svg('line', { x1: 0, y1: 0, x2: 0, y2: 5, stroke: 'var(--orange)', 'stroke-width': 2.6 }));
    const hatch = svg('pattern', { id: 'ladder-gap', width: 8, height: 8, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
      svg('line', { x1: 0, y1: 0, x2: 0, y2: 8, stroke: 'var(--hatch)', 'stroke-width': 1.5 }));
    const rails = svg('g'), names = svg('g');
    for (const { path, columns, width } of ladders) {
      const room = width / Math.max(1, path.length - 1) - .6 * r;
      path.forEach((node, j) => {
        const x = columns.get(node), name = this.trace.nodes[node].name, isEnd = j === 0 || j === path.length - 1,
          fits = isEnd || name.length * .56 * r < room;
        rails.append(svg('line', { class: isEnd ? 'rail' : 'rail middle', x1: x, x2: x, y1: top, y2: H - bottom }));
        names.append(svg('text', { class: 'ends', x, y: .95 * r }, svg('title', {}, name),
          fits ? ladderShort(name, isEnd ? 13 : 30) : '·'));
      });
    }
    this.axis = svg('g');
    this.marks = svg('g', { id: 'ladder-marks' });
    this.chosen = svg('g');
    this.pins = svg('g');
    this.ghost = svg('g', { 'clip-path': 'url(#ladder-rest)', class: 'ladder-ghost' },
      svg('use', { href: '#ladder-marks', opacity: 'var(--ghost)' }));
    this.headText = svg('text', { x: left - .72 * r, y: .34 * r, 'text-anchor': 'end', 'font-size': r, 'font-weight': 650,
      style: 'fill:var(--paper)' });
    this.cursor = svg('g', { role: 'slider', tabindex: 0, 'aria-label': 'Time', 'aria-orientation': 'vertical', 'aria-valuemin': 0,
      'aria-valuemax': 100, class: 'ladder-cursor' },
      svg('rect', { x: 0, y: -.7 * r, width: W, height: 1.4 * r, fill: 'transparent' }),
        svg('line', { x1: left - .2 * r, x2: W, y1: 0, y2: 0, stroke: 'var(--ink)', 'stroke-width': .125 * r }),
      svg('path', { d: `M0 ${-.72 * r}H${left - .7 * r}L${left - .1 * r} 0L${left - .7 * r} ${.72 * r}H0z`, fill: 'var(--ink)' }),
        this.headText);
    const root = svg('svg', { viewBox: `0 0 ${W} ${H}`, role: 'group',
      'aria-label': `${plural(ladders.length, 'space-time diagram')}, time runs downwards: ${ladders.map(({ model }) => model.flow.name).join(', ')}`, class: 'ladder-svg' },
      svg('defs', {}, stripes, waiting, hatch, clip('ladder-past', this.pastClip), clip('ladder-rest', this.restClip)),
      this.axis, rails, names, svg('g', { 'clip-path': 'url(#ladder-past)' }, this.marks), this.ghost, this.chosen, this.pins, this.cursor);
    this.root = root;
    this.listen(app, root);
    this.box.replaceChildren(root);
  }

  // ---- pointer --------------------------------------------------------------------------------------------------------------

  listen(app, root) {
    let drag = null;
    const place = e => { const box = root.getBoundingClientRect(), { W, H } = this.geometry;
      return [(e.clientX - box.left) * W / box.width, (e.clientY - box.top) * H / box.height]; };
    const scrub = y => app.act('goTime', Math.round(clamp(this.timeAt(y), 0, this.trace.end)));
    root.addEventListener('pointerdown', e => {
      if (e.button !== 0 || e.target.closest('.pin')) return;
      const [x, y] = place(e);
      drag = { y, moved: x < this.geometry.left || e.target.closest('.ladder-cursor') != null };
      if (drag.moved && x < this.geometry.left) { app.player.pause(); scrub(y); }
      root.setPointerCapture(e.pointerId);
    });
    root.addEventListener('pointermove', e => {
      const [x, y] = place(e);
      if (!drag) { root.classList.toggle('over-packet', x > this.geometry.left && this.pick(x, y) != null); return; }
      if (!drag.moved && Math.abs(y - drag.y) < 5) return;
      if (!drag.moved) { drag.moved = true; app.player.pause(); }
      scrub(y);
    });
    root.addEventListener('pointerup', e => {
      const [x, y] = place(e), was = drag;
      drag = null;
      if (!was || Math.abs(y - was.y) >= 5) return;
      const item = this.pick(x, y);
      if (item && !(app.view.predict && item.begin > app.player.t)) app.act('packet', item.trip.index);
      else if (!was.moved) { app.player.pause(); scrub(y); }
    });
    root.addEventListener('pointercancel', () => { drag = null; });
    root.addEventListener('wheel', e => {
      e.preventDefault();
      const [, y] = place(e);
      if (e.shiftKey) this.pan(app, Math.sign(e.deltaY || e.deltaX) * .12); else this.zoom(app, e.deltaY > 0 ? 1.25 : .8, this.timeAt(y));
    }, { passive: false });
  }
  // The packet at a place of the picture, or null: the band that covers it, or the nearest line.
  pick(x, y) {
    const ladder = this.geometry.ladders.find(({ x0, x1 }) => x >= x0 - 4 && x <= x1 + 4);
    if (!ladder) return null;
    let best = null, least = 7;
    for (const item of this.itemsIn(ladder.model, this.from, this.from + this.span)) {
      for (const leg of this.legs(ladder, item)) {
        const share = (x - leg.x0) / (leg.x1 - leg.x0);
        if (share < -.01 || share > leg.reach + .02) continue;
        const upper = this.y(leg.leave[0] + (leg.arrive[0] - leg.leave[0]) * share),
          lower = this.y(leg.leave[1] + (leg.arrive[1] - leg.leave[1]) * share);
        const away = y < upper ? upper - y : y > lower ? y - lower : 0;
        // An arrow over a band is meant where it is met.
        if (away - (item.band ? 0 : 3) < least) { least = away - (item.band ? 0 : 3); best = item; }
      }
    }
    return best;
  }
  selectNext(app, direction) {
    const flow = this.flows.includes(app.view.flow) ? app.view.flow : this.flows[0], model = ladderModel(this.trace, flow),
      { items } = model;
    const at = items.findIndex(item => item.trip.index === app.view.packet);
    const next = at >= 0 ? items[at + direction] : direction > 0 ? items.find(item => item.begin >= app.player.t) || items.at(-1)
      : items.findLast(item => item.begin <= app.player.t);
    if (next && !(app.view.predict && next.begin > app.player.t)) app.act('packet', next.trip.index);
  }

  // ---- marks ------------------------------------------------------------------------------------------------------------------

  itemsIn(model, from, until) {
    const { items, longest } = model, found = [];
    for (let i = firstIndex(items.length, i => items[i].begin >= from - longest); i < items.length
      && items[i].begin <= until; i++) if (items[i].until >= from) found.push(items[i]);
    return found;
  }
  // The parts of a packet's way that are drawn: one from end to end, or one for each hop.
  legs(ladder, item) {
    const { columns, x0, x1 } = ladder;
    if (!this.allNodes || columns.size < 3) return [{ x0: item.forward ? x0 : x1, x1: item.forward ? x1 : x0, leave: item.leave,
      arrive: item.arrive, reach: item.reach, wait: null, isFirst: true, isLast: true }];
    const legs = [];
    item.hops.forEach((hop, i) => {
      const link = this.trace.links[hop.link], from = columns.get(link.from), to = columns.get(link.to), start = hop.begin + hop.queueing,
        end = hop.end - hop.processing;
      if (from == null || to == null) return;
      legs.push({ x0: from, x1: to, leave: [start, start + hop.transmission], arrive: [end - hop.transmission, end],
        reach: hop.lost ? .6 : 1, wait: hop.queueing > 0 ? [hop.begin, start] : null,
        processing: hop.processing > 0 ? [end, hop.end] : null, isFirst: i === 0, isLast: i === item.hops.length - 1 });
    });
    if (item.dropped && !(item.hops.length && item.hops.at(-1).lost)) {
      // It ended in a queue: a stub towards where it would have gone.
      const at = item.hops.length ? this.trace.links[item.hops.at(-1).link].to : item.forward ? ladder.model.flow.from
        : ladder.model.flow.to;
      const x = columns.get(at), path = item.forward ? ladder.path : ladder.path.slice().reverse(),
        next = columns.get(path[path.indexOf(at) + 1]), t = item.trip.end.t;
      if (x != null && next != null) legs.push({ x0: x, x1: next, leave: [t, t], arrive: [t, t], reach: .12, wait: null,
        isFirst: !item.hops.length, isLast: true });
    }
    return legs;
  }

  rebuild(app) {
    const from = this.from - this.span, until = this.from + 2 * this.span;
    this.built = { from: this.from, span: this.span, low: from, high: until, sealed: this.sealedKey(app) };
    this.words = this.timeWords();
    this.drawAxis(from, until);
    this.marks.replaceChildren();
    for (const ladder of this.geometry.ladders) this.drawLadder(app, ladder, from, until);
    this.drawChosen(app);
  }
  sealedKey(app) { return app.view.predict ? app.player.k : -1; }
  drawAxis(from, until) {
    const { r, W, left, top, ladders } = this.geometry, { step, tick, unit } = this.words, parts = [];
    for (const gap of this.trace.thinned) {
      if (gap.until < from || gap.from > until) continue;
      const y0 = this.y(Math.max(gap.from, from)), y1 = this.y(Math.min(gap.until, until));
      for (const { x0, width } of ladders) parts.push(svg('rect',
        { x: x0, y: y0, width, height: Math.max(0, y1 - y0), fill: 'url(#ladder-gap)', opacity: .55 }));
      if (y1 - y0 > 3 * r) parts.push(svg('text', { class: 'ackl', x: ladders[0].x0 + .8 * r, y: y0 + 1.6 * r },
        ladderShort(gap.words, Math.floor(ladders[0].width / (.55 * r)))));
    }
    for (let t = Math.max(0, Math.ceil(from / step) * step); t <= Math.min(until, this.trace.end); t += step) {
      parts.push(svg('line', { x1: left - .4 * r, x2: W, y1: this.y(t), y2: this.y(t), stroke: 'var(--rule)' }),
        svg('text', { class: 'axis', x: left - .6 * r, y: this.y(t) + .32 * r, 'text-anchor': 'end' }, tick(t)));
    }
    this.axisTicks = svg('g', {}, parts);
    this.axis.replaceChildren(svg('g', { 'clip-path': 'url(#ladder-all)' }, this.axisTicks),
      svg('clipPath', { id: 'ladder-all' }, svg('rect', { x: 0, y: top - .7 * r, width: W, height: this.geometry.H - top + .7 * r })),
      svg('text', { class: 'axis', x: left - .6 * r, y: .95 * r, 'text-anchor': 'end' }, unit));
  }

  drawLadder(app, ladder, from, until) {
    const items = this.itemsIn(ladder.model, from, until), dense = items.length > LADDER_DENSE,
      group = svg('g', { class: items.length > this.geometry.H ? 'dense' : null });
    const bands = svg('g'), over = svg('g'), words = svg('g'), labels = { left: [], right: [], bad: [] };
    const batches = new Map();
    const isSent = item => !app.view.predict || this.trace.sentAt[item.trip.index] < app.player.k;
    for (const item of items.filter(isSent)) this.drawItem(app, ladder, item, dense, bands, over, labels, batches);
    for (const [name, d] of batches) bands.append(svg('path',
      { class: name, d, style: name.includes('pk') ? `--c:var(--${name.includes('re') ? 'orange' : 'blue'})` : null }));
    this.drawTimers(app, ladder, from, until, over);
    if (!dense) for (const list of Object.values(labels)) { const kept = thinOut(list, .92 * this.geometry.r);
      list.forEach((label, i) => { if (kept.has(i)) words.append(...label.make()); }); }
    group.append(bands, over, words);
    this.marks.append(group);
  }
  // In predict mode a packet whose end has not come is drawn as if it would arrive; the cursor cuts it where it is.
  seenAs(app, item) {
    if (!app.view.predict || this.trace.endedAt[item.trip.index] < app.player.k) return item;
    const start = item.leave[0], arrival = start
      + (item.reach < 1 ? this.modelOf(item).usual[item.forward ? 0 : 1] : item.arrive[1] - start);
    return { ...item, dropped: false, fate: 'under_way', reach: 1, arrive: [arrival - (item.leave[1] - start), arrival],
      hops: item.hops.map(hop => (hop.lost ? { ...hop, lost: false } : hop)) };
  }
  modelOf(item) { return ladderModel(this.trace, item.trip.flow); }
  drawItem(app, ladder, real, dense, bands, over, labels, batches) {
    const item = this.seenAs(app, real), { r } = this.geometry, legs = this.legs(ladder, item),
      out = item.fate === 'discarded' || item.fate === 'duplicate', kind = item.again ? 're' : '';
    for (const leg of legs) {
      const d = item.band ? this.bandPath(leg) : this.linePath(leg, r);
      const name = item.band ? `pk${kind ? ' re' : ''}${out ? ' out' : ''}`
        : `ack${item.repeated ? ' dup' : ''}${item.data && !item.ack ? ' thin' : ''}${kind && !item.ack ? ' re' : ''}`;
      if (dense) batches.set(name, (batches.get(name) || '') + d);
      else bands.append(svg('path', { class: name, style: `--c:var(--${item.again ? 'orange' : 'blue'})`, d }));
      if (!item.band && leg.reach >= 1 && !dense) over.append(this.arrowHead(leg, r, item));
      if (leg.wait) over.append(this.stretch(leg.x0, leg.wait, r, 'url(#ladder-wait)', 'var(--orange)'));
      if (leg.processing) over.append(this.stretch(leg.x1, leg.processing, r, 'color-mix(in srgb, var(--teal) 40%, var(--paper))',
        'var(--teal)'));
    }
    const first = legs.find(leg => leg.isFirst) || legs[0], last = legs.findLast(leg => leg.isLast) || legs.at(-1);
    if (!first) return;
    if (item.dropped) this.drawLoss(ladder, item, last, over, labels.bad);
    if (out && !dense) over.append(svg('path',
      { class: 'x small', d: ladderCross(last.x1 - Math.sign(last.x1 - last.x0) * .55 * r, this.y(last.arrive[1]) - .55 * r, .3 * r) }));
    if (!dense) this.addLabel(ladder, item, first, out, labels);
  }
  // A point of a leg: `share` of the way, of its first or last bit.
  point(leg, share, edge) { return [leg.x0 + (leg.x1 - leg.x0) * share,
    this.y(leg.leave[edge] + (leg.arrive[edge] - leg.leave[edge]) * share)]; }
  bandPath(leg) {
    const { r } = this.geometry, at = (share, edge) => this.point(leg, share, edge).map(v => v.toFixed(1)).join(' ');
    if (leg.reach >= 1) return `M${at(0, 0)}L${at(1, 0)}L${at(1, 1)}L${at(0, 1)}z`;
    const height = this.y(leg.leave[1]) - this.y(leg.leave[0]), e = Math.min(.16 * r, height) * Math.sign(leg.x1 - leg.x0);
    return `M${at(0, 0)}L${at(leg.reach, 0)}l${(-e).toFixed(1)} ${(height * .33).toFixed(1)}l${(2 * e).toFixed(1)} ${(height * .17).toFixed(1)}L${at(leg.reach, 1)}L${at(0, 1)}z`;
  }
  linePath(leg, r) {
    const [x0, y0] = this.point(leg, 0, 1), [x1, y1] = this.point(leg, leg.reach, 1), length = Math.hypot(x1 - x0, y1 - y0) || 1,
      back = leg.reach >= 1 ? Math.min(.5 * r, length / 2) : 0;
    return `M${x0.toFixed(1)} ${y0.toFixed(1)}L${(x1 - (x1 - x0) / length * back).toFixed(1)} ${(y1 - (y1 - y0) / length * back).toFixed(1)}`;
  }
  arrowHead(leg, r, item) {
    const [x0, y0] = this.point(leg, 0, 1), [x1, y1] = this.point(leg, 1, 1), length = Math.hypot(x1 - x0, y1 - y0) || 1,
      ux = (x1 - x0) / length, uy = (y1 - y0) / length, h = Math.min(.5 * r, length / 2);
    const colour = item.ack ? 'var(--slate)' : item.again ? 'var(--orange)' : 'var(--blue)';
    return svg('path', { fill: colour, d: `M${(x1 - ux).toFixed(1)} ${(y1 - uy).toFixed(1)}l${(-ux * h - uy * h * .42).toFixed(1)} ${(-uy * h + ux * h * .42).toFixed(1)}l${(uy * h * .84).toFixed(1)} ${(-ux * h * .84).toFixed(1)}z` });
  }
  stretch(x, [from, until], r, fill, stroke) {
    const y0 = this.y(from), height = this.y(until) - y0;
    return height < .8 ? svg('g') : svg('rect', { x: x - .2 * r, y: y0, width: .4 * r, height, fill, stroke, 'stroke-width': .06 * r });
  }
  drawLoss(ladder, item, leg, over, bad) {
    const { r } = this.geometry, way = Math.sign(leg.x1 - leg.x0), width = Math.abs(leg.x1 - leg.x0);
    const middle = share => { const [x, y] = this.point(leg, share, 0); return [x, (y + this.point(leg, share, 1)[1]) / 2]; };
    const [x, y] = middle(leg.reach), cx = x + way * .75 * r;
    const cy = y + this.slope(leg) * .75 * r;
    over.append(svg('path', { class: 'x tiny', d: ladderCross(cx, cy, .14 * r) }));
    const room = Math.max(width * (1 - leg.reach), 3 * r) / (.53 * r) - 2.4,
      text = item.tag.length <= room + 4 ? item.tag : item.trip.end.reason === 'lost' ? 'lost' : 'dropped';
    const angle = this.angle(leg), tx = cx + way * .65 * r, ty = y + this.slope(leg) * 1.4 * r;
    bad.push({ y: ty, rank: 0, make: () => [svg('path', { class: 'x', d: ladderCross(cx, cy, .34 * r) }),
      svg('text', { class: 'bad', transform: `translate(${tx} ${ty}) rotate(${angle})`, dy: '.36em',
      'text-anchor': way > 0 ? 'start' : 'end' }, text)] });
  }
  // How far a leg falls in one unit across, and its angle as text is turned; steep ones are written level.
  slope(leg) { return (this.y(leg.arrive[0]) - this.y(leg.leave[0])) / Math.abs(leg.x1 - leg.x0 || 1); }
  angle(leg) { const angle = Math.atan(this.slope(leg)) * 180 / Math.PI * Math.sign(leg.x1 - leg.x0);
    return Math.abs(angle) > 50 ? 0 : angle; }

  addLabel(ladder, item, leg, out, labels) {
    const { r } = this.geometry, share = item.again ? .17 : .1,
      rank = item.dropped || item.again ? 0 : item.repeated ? 3 : item.ack ? 2 : 1;
    if (!item.forward) {
      const [x, y] = this.point(leg, 0, 1);
      labels.right.push({ y, rank, make: () =>
        [svg('text', { class: `ackl${item.repeated ? ' dup' : ''}`, x: x + .4 * r, y: y + .33 * r }, item.label)] });
      return;
    }
    // In a narrow ladder a long label would cover all of it.
    if (item.label.length * .5 * r > .8 * Math.abs(leg.x1 - leg.x0)) return;
    const [x, y0] = this.point(leg, share, 0), y = (y0 + this.point(leg, share, 1)[1]) / 2,
      thick = this.y(leg.leave[1]) - this.y(leg.leave[0]) > .9 * r;
    // On steep bands close to each other, texts would lie over each other.
    if (rank === 1 && !thick && Math.abs(this.angle(leg)) > 25) return;
    const text = svg('text', { class: `pkn${out || !thick ? ' out' : ''}`, style: `--c:var(--${item.again ? 'orange' : 'blue'})`,
      transform: `translate(${x} ${y}) rotate(${this.angle(leg)})`, dy: thick ? '.36em' : '-.25em', 'text-anchor': 'start' }, item.label);
    labels.left.push({ y, rank, make: () => [text] });
  }

  // Timeouts as brackets on the sender's side, and where a fast retransmit cut the window.
  drawTimers(app, ladder, from, until, over) {
    const { r, timers } = this.geometry, x = ladder.x0 - .2 * r, { timeouts, fast } = ladder.model;
    let below = -Infinity, level = 0;
    for (const one of timeouts) {
      if (one.until < from || one.from > until || (app.view.predict && one.until > app.player.t)) continue;
      const y0 = this.y(one.from), y1 = this.y(one.until), height = y1 - y0;
      level = y0 < below ? (level + 1) % 3 : 0;
      below = Math.max(below, y1);
      const w = Math.max(.8 * r, timers - 1.5 * r - level * .5 * r), bend = Math.min(.5 * r, height / 3);
      over.append(svg('path', { class: 'arc', d: `M${x} ${y0}C${x - w} ${y0 + bend} ${x - w} ${y1 - bend} ${x - .2 * r} ${y1}` }),
        svg('path', { fill: 'var(--alert)', d: `M${x} ${y1 + .05 * r}l${-.62 * r} ${-.05 * r}l${.28 * r} ${-.48 * r}z` }));
      const full = `timeout ${durationText((one.until - one.from) * this.trace.unit)}`,
        text = full.length * .56 * r < height ? full : 'timeout'.length * .56 * r < height ? 'timeout' : null;
      if (text && level === 0 && timers > 2.6 * r) over.append(svg('text',
        { class: 'bad', transform: `translate(${x - w * .75 - .35 * r} ${(y0 + y1) / 2}) rotate(-90)`, 'text-anchor': 'middle' }, text));
    }
    for (const cut of fast) {
      if (cut.t < from || cut.t > until) continue;
      const y = this.y(cut.t);
      over.append(svg('path', { class: 'cutmark', d: `M${x - .1 * r} ${y}l${-.7 * r} ${-.42 * r}v${.84 * r}z` },
        svg('title', {}, 'Fast retransmit: the window is cut')));
    }
  }
  drawChosen(app) {
    const index = app.view.packet, parts = [];
    for (const ladder of this.geometry.ladders) {
      const item = index == null ? null : ladder.model.items.find(one => one.trip.index === index);
      if (!item || (app.view.predict && item.begin > app.player.t)) continue;
      for (const leg of this.legs(ladder, item)) parts.push(svg('path',
        { class: item.band ? 'ladder-chosen' : 'ladder-chosen line',
        d: item.band ? this.bandPath(leg) : this.linePath(leg, this.geometry.r) }));
    }
    this.chosen.replaceChildren(svg('g', { 'clip-path': 'url(#ladder-all)' }, this.chosenMoved = svg('g', {}, parts)));
  }

  // ---- drawing -----------------------------------------------------------------------------------------------------------------

  redraw(app) { if (!app.player.playing) this.isHeld = true; this.draw(app, 'select'); this.isHeld = false; }
  draw(app, reason) {
    if (!this.root) return;
    const { player, view } = app, { t } = player;
    if (reason !== 'move' && this.showSelected(app)) return;
    if (!this.isHeld && (reason !== 'select' && reason !== 'resize' || t < this.from || t > this.from + .97 * this.span)) this.follow(t);
    const needs = !this.built || this.built.span !== this.span || (this.built.sealed !== this.sealedKey(app) && reason !== 'move')
      || this.from < this.built.low || this.from + this.span > this.built.high;
    if (needs) {
      const before = this.geometry.left, wanted = this.timeWords(),
        left = clamp(.62 * this.geometry.r * Math.max(...wanted.samples.map(text => text.length)) + 1.1 * this.geometry.r,
        2.9 * this.geometry.r, 6.5 * this.geometry.r);
      if (Math.abs(left - before) > .3 * this.geometry.r) this.layOut(app);
      this.rebuild(app);
    }
    this.moveMarks(app, t);
    // While the next event is to be predicted, what it brings at this very instant is not counted.
    const isNext = view.predict && player.k < player.n && this.trace.timeOf(player.k + 1) <= t, seen = view.asked != null || isNext ? t - 1 : t;
    this.drawHeads(app, seen);
    this.drawNow(app, t);
    this.drawBars(app, seen);
    if (reason !== 'move') { if (!needs) this.drawChosen(app); this.moveMarks(app, t); this.drawSide(app); this.drawPins(app); }
    if (view.packet != null) this.packet.draw(app);
  }
  // A flow or packet that is selected anywhere comes into view; then the chooser has its way again.
  showSelected(app) {
    const { view } = app, key = `${view.flow} ${view.packet}`,
      flow = view.packet != null ? this.trace.packets.trips[view.packet]?.flow : view.flow;
    if (key === this.selectedKey) return false;
    this.selectedKey = key;
    if (flow == null || !this.all.includes(flow) || this.flows.includes(flow)) return false;
    this.replaceFlow(app, this.flows.length - 1, flow);
    return true;
  }
  moveMarks(app, t) {
    const { top, r, H } = this.geometry, { from, span } = this.built, shift = this.y(from) - this.y(this.from),
      y = clamp(this.y(t), top - .35 * r, H);
    const move = `translate(0 ${(span ? shift : 0).toFixed(2)})`;
    for (const group of [this.marks, this.axisTicks, this.chosenMoved]) group.setAttribute('transform', move);
    this.pastClip.setAttribute('height', Math.max(0, y - (top - .35 * r)));
    this.restClip.setAttribute('y', y);
    this.ghost.style.display = app.view.predict ? 'none' : '';
    const place = this.y(t), inside = place >= top - 1 && place <= H;
    this.cursor.style.display = inside ? '' : 'none';
    this.cursor.setAttribute('transform', `translate(0 ${place.toFixed(2)})`);
    const words = (this.words || this.timeWords()).cursor(t);
    if (this.headText.textContent !== words) this.headText.textContent = words;
    this.cursor.setAttribute('aria-valuenow', Math.round(t / this.trace.end * 100));
    this.cursor.setAttribute('aria-valuetext', this.moment(t));
  }
  drawHeads(app, t) {
    const near = this.span * .012;
    this.models.forEach((model, i) => {
      const say = app.view.asked != null ? 'What comes next?'
        : ladderSay(model, t, this.windows[i] ?? (model.flow.protocol === 'tcp' ? null : model.mostInFlight), app.player.playing ? near : 0,
        at => this.moment(at));
      if (this.says[i].textContent !== say) { this.says[i].textContent = say; this.says[i].title = say; }
      if (this.strips[i]) this.drawStrip(app, i, t);
    });
  }
  drawNow(app, t) {
    const words = preciseMoment(t * this.trace.unit, this.span * this.trace.unit / 2, (this.from + this.span) * this.trace.unit),
      count = `event ${countText(app.player.k)} of ${countText(app.player.n)}`;
    this.now.replaceChildren(`${words} `, el('small', {}, count));
  }

  // The sender's window: acknowledged, under way, may be sent; and what the receiver waits for.
  windowNow(app, i, t, state) {
    const { flow } = this.models[i];
    if (flow.protocol !== 'tcp') return this.windows[i] ?? this.models[i].mostInFlight;
    const bytes = windowAt(app, flow.index, t), mss = flowMss(this.trace, flow.index);
    return bytes != null && mss ? Math.max(1, Math.floor(bytes / mss + 1e-6)) : Math.max(1, state.next - state.base);
  }
  drawStrip(app, i, t) {
    const model = this.models[i], state = model.at(t), window = this.windowNow(app, i, t, state),
      single = model.flow.protocol === 'selective_repeat';
    const extra = single ? model.segments.slice(state.base, state.next).map(one => (one.learned <= t ? 1 : 0)).join('') : '';
    const key = `${state.base} ${state.next} ${state.due} ${window} ${extra}`;
    if (this.stripKeys[i] === key) return;
    this.stripKeys[i] = key;
    const { r, ladders, labels } = this.geometry, width = ladders[i].width + labels - 1.2 * r, strip = this.strips[i];
    const digits = Math.max(2, String(ladderNumber(model, state.base + window + 2)).length), cell = (.6 + .48 * digits) * r,
      cells = Math.floor(width / cell);
    strip.replaceChildren();
    strip.setAttribute('viewBox', `0 0 ${width} ${2.65 * r}`);
    strip.setAttribute('preserveAspectRatio', 'xMinYMin meet');
    if (window + 2 <= cells) this.stripCells(strip, model, state, window, t, cell, cells); else this.stripBar(strip, state, window, width);
    const first = ladderNumber(model, state.base), last = ladderNumber(model, state.base + window - 1);
    strip.setAttribute('aria-label', `Window ${first} to ${last}; ${state.next - state.base} under way; receiver expects ${ladderNumber(model, state.due)}`);
  }
  stripCells(strip, model, state, window, t, cell, cells) {
    const { r } = this.geometry, from = Math.max(0, Math.min(state.base - 3, state.base + window + 1 - cells)),
      x = place => (place - from) * cell, h = 1.5 * r, y0 = .12 * r;
    for (let place = Math.max(0, from); place < from + cells; place++) {
      const one = model.segments[place], isIn = place >= state.base && place < state.base + window,
        isLearned = one != null && one.learned <= t, isSent = one != null && one.first <= t;
      strip.append(svg('rect', { x: x(place) + .08 * r, y: y0 + .1 * r, width: cell - .16 * r, height: h - .2 * r, rx: .12 * r,
        fill: isLearned ? 'var(--slate)' : isSent ? 'color-mix(in srgb, var(--blue) 22%, var(--paper))' : 'none',
        stroke: isLearned ? 'none' : isSent ? 'var(--blue)' : isIn ? 'var(--ink)' : 'var(--edge)', 'stroke-width': .08 * r,
          'stroke-dasharray': isSent || isIn ? null : `${.1 * r} ${.2 * r}` }),
      svg('text', { x: x(place) + cell / 2, y: y0 + h / 2 + .33 * r, 'text-anchor': 'middle', 'font-size': .9375 * r,
        'font-weight': isSent ? 650 : 400, style: isLearned ? 'fill:var(--paper)' : isSent || isIn ? '' : 'fill:var(--ink-3)' },
        ladderNumber(model, place)));
    }
    strip.append(svg('rect', { x: x(state.base), y: y0, width: cell * window, height: h, rx: .2 * r, fill: 'none', stroke: 'var(--ink)',
      'stroke-width': .16 * r }));
    if (state.due >= from && state.due < from + cells) {
      const middle = x(state.due) + cell / 2, text = cells * cell < 14 * r ? 'expected' : 'receiver expects',
        turn = middle + (.5 * text.length + .6) * r > cells * cell;
      strip.append(svg('path', { d: `M${middle} ${y0 + h + .1 * r}l${.35 * r} ${.5 * r}h${-.7 * r}z`, fill: 'var(--ink)' }),
        svg('text', { x: middle + (turn ? -.6 : .6) * r, y: y0 + h + .72 * r, 'font-size': .875 * r, 'text-anchor': turn ? 'end' : 'start',
          style: 'fill:var(--ink-2)' }, text));
    }
  }
  // Of a window too wide for cells only lengths are drawn: what is under way, and the window around it.
  stripBar(strip, state, window, width) {
    const { r } = this.geometry, flight = Math.max(0, state.next - state.base), whole = Math.max(flight, window), h = 1.2 * r, y = .2 * r,
      inner = width - .2 * r, free = window - flight;
    strip.append(svg('rect', { x: .1 * r, y, width: inner * flight / whole, height: h,
      fill: 'color-mix(in srgb, var(--blue) 22%, var(--paper))', stroke: 'var(--blue)', 'stroke-width': .08 * r }),
      svg('rect', { x: .1 * r, y, width: inner * window / whole, height: h, rx: .15 * r, fill: 'none', stroke: 'var(--ink)',
        'stroke-width': .14 * r }),
      svg('text', { x: .6 * r, y: y + h / 2 + .33 * r, 'font-size': .9375 * r, 'font-weight': 650, class: 'halo' },
        width > 15 * r ? `${countText(flight)} under way, window ${countText(window)}` : `${countText(flight)} of ${countText(window)}`),
      svg('text', { x: .1 * r, y: y + h + .95 * r, 'font-size': .875 * r, style: 'fill:var(--ink-2)' },
        `${countText(state.base)} acknowledged${width > 15 * r ? `, ${free > 0 ? `${countText(free)} more` : 'no more'} may be sent` : ''}`));
  }

  // ---- at the side ------------------------------------------------------------------------------------------------------------------

  buildBars() {
    this.barRows = this.models.map(({ flow }) => {
      const share = el('b', {}), small = el('small', { class: 'kick' }), picture = svg('svg', { class: 'use-bar', 'aria-hidden': 'true' });
      return { share, small, picture, row: el('div', { class: 'bar' },
        el('div', { class: 'row' }, el('span', { class: 'bar-name', title: flow.name }, flow.name), small, share), picture) };
    });
    this.bars.replaceChildren(...this.barRows.map(({ row }) => row));
    this.bars.classList.toggle('many', this.models.length > 2);
    const place = this.models.findIndex((model, i) => LADDER_TEXTBOOK.has(model.flow.protocol)
      && model.formula(this.windows[i] ?? model.mostInFlight) != null);
    this.formula.replaceChildren(...(place < 0 ? [] : this.formulaParts(this.models[place])));
    this.formula.hidden = place < 0;
  }
  formulaParts({ round }) {
    const { send, rtt } = round, { factor, unit } = timeScale(rtt * this.trace.unit),
      show = t => numberText(t * this.trace.unit * factor, 4),
      fraction = (upper, lower) => el('span', { class: 'frac' }, el('span', {}, upper), el('span', {}, lower));
    return [math('U'), '=', fraction([math('W'), ' · ', math('L'), '/', math('R')],
      [el('span', { class: 'math up' }, 'RTT'), ' + ', math('L'), '/', math('R')]), '=',
      fraction([math('W'), ` · ${show(send)}`], `${show(rtt)} + ${show(send)}`), '=',
      el('b', {}, math('W'), ` · ${ladderPercent(send / (rtt + send))}`), el('span', { class: 'sr' }, `Times in ${unit}.`)];
  }
  drawBars(app, t) {
    const { r } = this.geometry;
    this.barRows.forEach(({ share, small, picture }, i) => {
      const model = this.models[i], use = model.use(t), wasted = app.view.predict ? 0 : use.wasted,
        useful = app.view.predict ? use.useful + use.wasted : use.useful, isTextbook = LADDER_TEXTBOOK.has(model.flow.protocol),
        formula = isTextbook ? model.formula(this.windows[i] ?? model.mostInFlight) : null;
      const W = this.barWidth ||= Math.max(120, picture.clientWidth || 0), H = (this.models.length > 2 ? 1.15 : 2.05) * r,
        bar = (this.models.length > 2 ? .75 : .95) * r, delivered = model.at(t).due, hide = app.view.predict || formula == null;
      share.textContent = ladderPercent(useful);
      small.textContent = ` ${countText(delivered)} delivered`;
      picture.setAttribute('viewBox', `0 0 ${W} ${H}`);
      picture.style.height = `${H}px`;
      const x = hide ? 0 : W * formula, isRight = x > W * .6;
      picture.replaceChildren(svg('rect', { x: .5, y: .5, width: W - 1, height: bar, fill: 'none', stroke: 'var(--edge)' }),
        svg('rect', { x: 1, y: 1, width: (W - 2) * useful, height: bar - 1, fill: 'var(--blue)' }),
        svg('rect', { x: 1 + (W - 2) * useful, y: 1, width: (W - 2) * wasted, height: bar - 1, fill: 'url(#ladder-stripe)',
          stroke: wasted > 0 ? 'var(--orange)' : 'none' }),
        ...(hide ? [] : [svg('line', { x1: x, x2: x, y1: -.2 * r, y2: bar + .3 * r, stroke: 'var(--ink)', 'stroke-width': .15 * r },
          svg('title', {}, `Formula: ${ladderPercent(formula)}`))]),
        ...(hide || this.models.length > 2 ? []
          : [svg('text', { x: x + (isRight ? -.35 : .35) * r, y: 1.85 * r, 'font-size': .9375 * r, 'text-anchor': isRight ? 'end' : 'start',
          style: 'fill:var(--ink-2)' }, `formula ${ladderPercent(formula)}`)]),
        ...(wasted > 0 && this.models.length <= 2
          ? [svg('text', { x: !hide && isRight ? 0 : W, y: 1.85 * r, 'font-size': .9375 * r,
          'text-anchor': !hide && isRight ? 'start' : 'end', style: 'fill:var(--orange)' }, `+ ${ladderPercent(wasted)} wasted`)] : []));
    });
  }
  drawSide(app) {
    const { view } = app, hasPacket = view.packet != null, isWhy = view.panel === 'why';
    this.packet.draw(app);
    for (const tab of this.tabs) tab.setAttribute('aria-pressed', String((view.panel === 'why') === (tab.dataset.panel === 'why')));
    this.use.hidden = hasPacket || isWhy;
    this.tabRow.hidden = hasPacket && !isWhy;
    this.key.hidden = hasPacket || isWhy;
    this.why.hidden = !isWhy;
    if (isWhy) this.why.draw(app);
    this.log.hidden = hasPacket || isWhy;
    if (!this.log.hidden) this.drawLog(app);
  }
  drawLog(app) {
    const { trace } = this, list = ladderEvents(trace, this.flows, LADDER_TOLD),
      count = firstIndex(list.length, i => list[i] >= app.player.k), rows = [], span = this.span * trace.unit;
    for (let i = count - 1; i >= 0 && rows.length < 40; i--) {
      const event = trace.events[list[i]], words = ladderEventWords(trace, event), k = event.k + 1;
      if (words == null) continue;
      rows.push(el('li', { class: [event.kind === 'dropped' || event.kind === 'cut' ? 'alarm' : '',
        k === app.player.k ? 'present' : ''].filter(Boolean).join(' ') || null },
        el('button', { type: 'button', onclick: () => app.act('go', k) },
          el('span', { class: 'when' }, preciseMoment(event.t * trace.unit, span / 2, (this.from + this.span) * trace.unit)),
          el('span', {}, words))));
    }
    this.log.replaceChildren(...rows);
  }
  drawPins(app) {
    const { r, W, top, H } = this.geometry, marks = typeof app.bookmarks === 'function' ? app.bookmarks() : [];
    let last = -Infinity;
    this.pins.replaceChildren(...marks.map(mark => {
      const y = Math.max(this.y(mark.t), last + 1.4 * r), go = () => app.act('go', mark.k);
      if (this.y(mark.t) < top - r || y > H - .5 * r) return svg('g');
      last = y;
      return svg('g', { class: mark.k === app.player.k ? 'pin here' : 'pin', role: 'button', tabindex: 0,
        'aria-label': `Bookmark ${mark.number}: ${mark.words}`, transform: `translate(${W - .7 * r} ${y})`, onclick: go,
        onkeydown: e => { if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); e.stopPropagation(); go(); } } },
      svg('title', {}, mark.words), svg('rect', { x: -.6 * r, y: -.6 * r, width: 1.2 * r, height: 1.2 * r, rx: .2 * r }),
        svg('text', { y: .3 * r, 'text-anchor': 'middle' }, mark.number));
    }));
  }
  resize(app) { if (this.root) { this.barWidth = null; this.layOut(app); } }

  // ---- the rest of a stage ------------------------------------------------------------------------------------------------------------

  round(app, k, direction) {
    const model = this.models?.find(one => one.round) , rtt = model ? model.round.rtt + model.round.send : 0;
    return transportRound(app, k, direction, rtt);
  }
  question(app, k) { return ladderQuestion(app, k, this.flows || ladderFlows(app.trace)); }
  askHost() { return this.ask; }
  facts(app) { return this.models ? this.models.map((model, i) => `${model.flow.name}: ${this.says[i].textContent}`).join('. ')
    : ladderFlows(app.trace).map(flow => app.trace.flows[flow].name).join(', '); }
  say(app) { return this.facts(app) + '.'; }
  table(app) {
    const { trace } = this, seconds = t => (t == null ? '' : Number((t * trace.unit).toFixed(12))),
      seen = item => !app.view.predict || item.begin <= app.player.t;
    const rows = this.models.flatMap(model =>
      model.items.filter(seen).map(item => [model.flow.name, ...tripEnds(trace, item.trip).map(node => trace.nodes[node].name), item.label,
      item.trip.size, seconds(item.trip.sent), seconds(item.leave[0]),
      app.view.predict && trace.endedAt[item.trip.index] >= app.player.k ? '' : seconds(item.trip.end.t),
        app.view.predict && trace.endedAt[item.trip.index] >= app.player.k ? '' : item.tag || item.fate.replace(/_/g, ' '),
        item.trip.copy || '']));
    tableDialog('Packets', ['flow', 'from', 'to', 'packet', 'bytes', 'sent_s', 'leaves_s', 'ends_s', 'fate', 'transmission'], rows,
      'packets.csv', trace.packets.leftOut);
  }
}

const ladderPercent = share => (share > 0 && share < .0095 ? `${numberText(share * 100, 2)} %` : `${Math.round(share * 100)} %`);
const ladderCross = (x, y, q) => `M${x - q} ${y - q}l${2 * q} ${2 * q}M${x + q} ${y - q}l${-2 * q} ${2 * q}`;
const ladderShort = (text, most) => (text.length > most ? `${text.slice(0, Math.max(1, most - 1))}…` : text);

function ladderLegend() {
  const sample = (...marks) => svg('svg', { viewBox: '0 0 32 16', 'aria-hidden': 'true' }, marks), box = 'M1 1L31 5V15L1 11z';
  const entry = (words, ...marks) => el('li', {}, sample(...marks), words);
  return el('ul', { class: 'tp-key', 'aria-label': 'How packets are drawn' },
    entry('sent', svg('path', { class: 'pk', style: '--c:var(--blue)', d: box })),
      entry('sent again', svg('path', { class: 'pk re', style: '--c:var(--orange)', d: box })),
    entry('discarded', svg('path', { class: 'pk out', style: '--c:var(--blue)', d: box })),
      entry('lost', svg('path', { class: 'x', d: 'M11 3l10 10m0 -10l-10 10' })),
    entry('new ACK', svg('path', { class: 'ack', d: 'M31 3L2 12' })),
      entry('ACK again', svg('path', { class: 'ack dup', d: 'M31 3L2 12' })));
}

export const ladderStage = new LadderStage();
