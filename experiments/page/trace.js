// A replay as the page uses it: absolute times, objects, and the state of everything after k events.
//
// Nothing here is ever changed once decoded. Each router's routes and tables are lists of versions, the network is one
// too; the state after k events is found by binary search in them. Going back is asking for a smaller k.

// A table's rows are kept whole every so many versions; those between are made from the differences.
const TRACE_SHOT_EVERY = 16;
// Kinds of events. Of one instant, causes come before what follows from them.
const TRACE_KINDS = ['script', 'start', 'step', 'arrived', 'delivered', 'cut', 'again', 'sent', 'dropped', 'stop'];
const [TRACE_SCRIPT, TRACE_START, TRACE_STEP, TRACE_ARRIVED, TRACE_DELIVERED, TRACE_CUT, TRACE_AGAIN, TRACE_SENT, TRACE_DROPPED,
  TRACE_STOP] = TRACE_KINDS.keys();
const TRACE_CUTS = ['fast', 'timeout', 'ecn'];
const TRACE_CAUSES = ['started', 'heard', 'timer', 'link', 'told', 'failed', 'works again'];

export function decodeReplay(replay) {
  return new Trace(replay);
}

// How many entries of an ascending list are at most this value.
export function countUpTo(list, value) {
  let low = 0, high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle] <= value) low = middle + 1; else high = middle;
  }
  return low;
}

const traceOrNull = number => (number < 0 ? null : number);

// ---- decoding -----------------------------------------------------------------------------------------------------

function traceColumn(list, value) {
  const column = new Float64Array(list.length);
  for (let i = 0; i < list.length; i++) column[i] = value(list[i]);
  return column;
}

// Calls back with each entry and its time, which the list holds as differences at the given place.
function traceDeltas(list, place, make) {
  let t = 0;
  return list.map((entry, index) => make(entry, t += entry[place], index));
}

function traceLinks(nodes, cables) {
  const name = (from, to) => `${nodes[from].name}->${nodes[to].name}`;
  return cables.flatMap(({ index, a, b, rate, delay }) => [
    { index: 2 * index, cable: index, from: a, to: b, name: name(a, b), rate, delay },
    { index: 2 * index + 1, cable: index, from: b, to: a, name: name(b, a), rate, delay },
  ]);
}

function traceHeader(header) {
  const [kind, ...rest] = header;
  if (kind === 'tcp') {
    const [seq, ack, flags, window, ...edges] = rest, sack = [];
    for (let i = 0; i + 1 < edges.length; i += 2) sack.push([edges[i], edges[i + 1]]);
    return { kind, seq, ack, flags, window, sack };
  }
  if (kind === 'udp') return { kind, sequence: rest[0], type: rest[1] };
  return { kind, type: rest[0], number: rest[1] };
}

function traceHops(flat, sent) {
  const hops = [];
  let begin = sent;
  for (let i = 0; i < flat.length; i += 5) {
    const queueing = flat[i + 1], transmission = flat[i + 2], propagation = flat[i + 3], processing = flat[i + 4];
    const end = begin + queueing + transmission + propagation + processing;
    hops.push({ link: flat[i], begin, queueing, transmission, propagation, processing, end });
    begin = end;
  }
  return hops;
}

// A packet's way. There may be 50,000, of which few are ever looked at: hops, header and end are made when asked for.
class TraceTrip {
  constructor(raw, reasons, sent, index) {
    [this.flow, , this.number, , this.size, this.segment, this.copy] = raw;
    this.index = index;
    this.forward = !!raw[1];
    this.sent = sent;
    this.raw = raw;
    this.reasons = reasons;
    this.madeHops = null;
  }

  get hops() { return this.madeHops ||= traceHops(this.raw[8], this.sent); }

  get header() { return traceHeader(this.raw[7]); }

  get isDropped() { return this.raw[9][0] === 1; }

  get end() {
    const [what, reason, after, link] = this.raw[9];
    if (what === 0) return { what: 'delivered', t: this.sent + traceFlight(this.raw[8]), reason: null, link: null };
    if (what === 1) return { what: 'dropped', t: this.sent + after, reason: this.reasons[reason], link: traceOrNull(link) };
    return { what: 'under_way', t: null, reason: null, link: null };
  }
}

// How long all hops take together.
function traceFlight(flat) {
  let sum = 0;
  for (let i = 0; i < flat.length; i += 5) sum += flat[i + 1] + flat[i + 2] + flat[i + 3] + flat[i + 4];
  return sum;
}

function tracePackets(raw) {
  const trips = traceDeltas(raw.trips, 3, (entry, sent, index) => new TraceTrip(entry, raw.reasons, sent, index));
  const again = traceDeltas(raw.again, 0, ([, flow, segment, copy], t, index) => ({ index, t, flow, segment, copy, trip: null }));
  const drops = traceDeltas(raw.drops, 0, ([, flow, forward, segment, copy, number, reason, node, link, waiting], t, index) => (
    { index, t, flow, forward: !!forward, segment, copy, number, reason: raw.reasons[reason], node, link: traceOrNull(link),
      waiting: traceOrNull(waiting), trip: null }));
  traceTieTrips(trips, drops, again);
  const cuts = traceDeltas(raw.cuts, 0, ([, flow, what, before, after, ssthresh], t, index) => (
    { index, t, flow, what: TRACE_CUTS[what], before, after, ssthresh: traceOrNull(ssthresh) }));
  return { trips, drops, again, cuts, iss: raw.iss || [], reasons: raw.reasons, leftOut: raw.left_out };
}

// Drops and data sent again know their trips, where these are shown.
function traceTieTrips(trips, drops, again) {
  const dropped = new Map(drops.map(drop => [`${drop.flow} ${drop.forward} ${drop.number}`, drop]));
  const repeated = new Map(again.map(entry => [`${entry.flow} ${entry.segment} ${entry.copy}`, entry]));
  const segments = new Set(again.map(entry => entry.segment));
  for (const trip of trips) {
    if (trip.isDropped) {
      const drop = dropped.get(`${trip.flow} ${trip.forward} ${trip.number}`);
      if (drop) drop.trip = trip.index;
    }
    if (trip.forward && segments.has(trip.segment)) {
      const entry = repeated.get(`${trip.flow} ${trip.segment} ${trip.copy}`);
      if (entry && entry.trip == null && entry.t === trip.sent) entry.trip = trip.index;
    }
  }
}

function traceRouting(raw) {
  const quietKinds = new Set(raw.quiet);
  const messages = traceDeltas(raw.messages, 3, ([from, to, link, , flight, kind, text, bytes], sent, index) => (
    { index, from, to, link, sent, heard: flight < 0 ? null : sent + flight, kind: raw.kinds[kind], text: raw.texts[text], bytes,
      quiet: quietKinds.has(kind), sentBy: null, heardBy: null }));
  const latest = new Map();
  let number = 0;
  const steps = traceDeltas(raw.steps, 0, ([, node, cause, arg, changes, tables, sent], t, index) => {
    // What it heard is not told where it was only a part of the connection between two routers, or among too many.
    const heard = cause === 1 && arg >= 0 ? messages[arg] : null;
    const what = cause === 1 && !heard ? 'signal' : TRACE_CAUSES[cause];
    const step = { index, t, node, cause: what, arg: traceOrNull(arg), tables, sent, event: null };
    step.changes = changes.map(([destination, cost, hops, path, reason]) => {
      const key = `${node} ${destination}`, before = latest.get(key) || null;
      const change = { index: number++, destination, cost: traceOrNull(cost), hops, path, reason: raw.reasons[reason], step: index,
        before };
      latest.set(key, change.cost == null ? null : { cost: change.cost, hops, path });
      return change;
    });
    for (const message of sent) messages[message].sentBy = index;
    if (heard) heard.heardBy = index;
    const idle = !changes.length && !tables.length && sent.every(message => messages[message].quiet);
    step.quiet = idle && (cause === 2 || (cause === 1 && (!heard || heard.quiet)));
    return step;
  });
  const within = new Map(raw.within || []);
  return { protocol: raw.protocol, infinity: raw.infinity, destinations: raw.destinations, within, routers: raw.routers, kinds: raw.kinds,
    messages, steps, leftOut: raw.left_out };
}

// Things that happen, collected as they come and then put in order: by time, of one instant by rank, else as they came.
// Columns of numbers rather than objects, because a run of packets has hundreds of thousands.
class TraceGathering {
  constructor(most) {
    this.count = 0;
    this.times = new Float64Array(most);
    this.ranks = new Uint8Array(most);
    this.kinds = new Uint8Array(most);
    this.first = new Int32Array(most);
    this.second = new Int32Array(most);
  }

  add(kind, t, first, second = -1, rank = kind) {
    const at = this.count++;
    this.times[at] = t;
    this.kinds[at] = kind;
    this.ranks[at] = rank;
    this.first[at] = first;
    this.second[at] = second;
  }

  // Numbers in order. Each goes to the first free place among those of its time, before those of a higher rank.
  order() {
    const { count, times, ranks } = this, sorted = times.slice(0, count).sort(), order = new Uint32Array(count),
      taken = new Uint32Array(count);
    for (let i = 0; i < count; i++) {
      const place = traceFirstPlace(sorted, times[i]);
      let at = place + taken[place]++;
      while (at > place && ranks[order[at - 1]] > ranks[i]) { order[at] = order[at - 1]; at--; }
      order[at] = i;
    }
    return order;
  }
}

function traceFirstPlace(sorted, value) {
  let low = 0, high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1; else high = middle;
  }
  return low;
}

function traceEvents(trace) {
  const { flows, routing, packets, script, end } = trace;
  let most = script.length + 2 * flows.length + (routing ? routing.steps.length : 0);
  if (packets) {
    most += packets.drops.length + packets.again.length + packets.cuts.length;
    for (const { raw } of packets.trips) most += 2 + raw[8].length / 5;
  }
  const all = new TraceGathering(most);
  for (const { t, index } of script) all.add(TRACE_SCRIPT, t, index);
  for (const { start, stop, index } of flows) {
    if (start <= end) all.add(TRACE_START, start, index);
    if (stop != null && stop <= end) all.add(TRACE_STOP, stop, index);
  }
  if (routing) for (const { t, quiet, index } of routing.steps) if (!quiet) all.add(TRACE_STEP, t, index);
  if (packets) {
    traceGatherTrips(packets.trips, all);
    // Drops and data sent again whose packets are not shown are events of their own, and all cuts are.
    for (const { t, trip, index } of packets.drops) if (trip == null) all.add(TRACE_DROPPED, t, -1, index);
    for (const { t, trip, index } of packets.again) if (trip == null) all.add(TRACE_AGAIN, t, index);
    for (const { t, index } of packets.cuts) all.add(TRACE_CUT, t, index);
  }
  return traceEventObjects(trace, all);
}

function traceGatherTrips(trips, all) {
  for (let index = 0; index < trips.length; index++) {
    const { raw, sent } = trips[index], flat = raw[8], [end, , after] = raw[9];
    all.add(TRACE_SENT, sent, index);
    let t = sent;
    for (let i = 0; i < flat.length; i += 5) {
      t += flat[i + 1] + flat[i + 2] + flat[i + 3] + flat[i + 4];
      const kind = end === 0 && i + 5 >= flat.length ? TRACE_DELIVERED : TRACE_ARRIVED;
      // What takes no time at all still comes after the sending.
      all.add(kind, t, index, i / 5, t === sent ? TRACE_DROPPED : kind);
    }
    if (end === 0 && !flat.length) all.add(TRACE_DELIVERED, t, index, -1, TRACE_DROPPED);
    if (end === 1) all.add(TRACE_DROPPED, sent + after, index, flat.length / 5 - 1);
  }
}

function traceEventObjects({ links, flows, routing, packets }, all) {
  const order = all.order(), events = new Array(order.length), { times, kinds, first, second } = all;
  const dropOf = new Map();
  for (const drop of packets ? packets.drops : []) if (drop.trip != null) dropOf.set(drop.trip, drop);
  const source = ({ forward, flow }) => (forward ? flows[flow].from : flows[flow].to);
  const target = ({ forward, flow }) => (forward ? flows[flow].to : flows[flow].from);
  const reached = (trip, hop) => (hop < 0 ? source(trip) : links[trip.raw[8][5 * hop]].to);
  const make = (k, t, kind, one, two) => {
    const event = (ref, node, flow) => ({ k, t, kind: TRACE_KINDS[kind], ref, node, flow });
    switch (kind) {
      case TRACE_SCRIPT: return event({ script: one }, null, null);
      case TRACE_STEP: return event({ step: one }, routing.steps[one].node, null);
      case TRACE_START: case TRACE_STOP: return event({ flow: one }, flows[one].from, one);
      case TRACE_AGAIN: return event({ again: one }, flows[packets.again[one].flow].from, packets.again[one].flow);
      case TRACE_CUT: return event({ cut: one }, flows[packets.cuts[one].flow].from, packets.cuts[one].flow);
    }
    if (one < 0) return event({ trip: null, drop: two }, packets.drops[two].node, packets.drops[two].flow);
    const trip = packets.trips[one];
    if (kind === TRACE_SENT) return event({ trip: one, hop: null }, source(trip), trip.flow);
    if (kind === TRACE_ARRIVED) return event({ trip: one, hop: two }, reached(trip, two), trip.flow);
    if (kind === TRACE_DELIVERED) return event({ trip: one, hop: two }, target(trip), trip.flow);
    const drop = dropOf.get(one);
    return event({ trip: one, drop: drop ? drop.index : null }, drop ? drop.node : reached(trip, two), trip.flow);
  };
  for (let k = 0; k < order.length; k++) events[k] = make(k, times[order[k]], kinds[order[k]], first[order[k]], second[order[k]]);
  return events;
}

// ---- spans: which of many intervals, ordered by their beginnings, hold a moment -----------------------------------

class TraceSpans {
  constructor(begins, ends) {
    this.begins = begins;
    this.size = 1;
    while (this.size < ends.length) this.size *= 2;
    // A heap of the latest ends: a part of the list that has ended altogether is passed over at once.
    this.latest = new Float64Array(2 * this.size).fill(-Infinity);
    this.latest.set(ends, this.size);
    for (let i = this.size - 1; i > 0; i--) this.latest[i] = Math.max(this.latest[2 * i], this.latest[2 * i + 1]);
  }

  // Calls back with the number of each that begins at t or before and ends at t or later.
  each(t, visit) {
    const count = countUpTo(this.begins, t);
    const descend = (at, low, width) => {
      if (low >= count || this.latest[at] < t) return;
      if (width === 1) { visit(low); return; }
      const half = width / 2;
      descend(2 * at, low, half);
      descend(2 * at + 1, low + half, half);
    };
    if (count) descend(1, 0, this.size);
  }
}

// ---- a table's versions -------------------------------------------------------------------------------------------

class TraceTable {
  constructor() {
    this.ks = [];          // from how many events on
    this.heads = [];
    this.splices = [];     // [at, removed, rows]
    this.shots = [[]];     // rows before version 0, 16, 32, …, made when first needed
  }

  add(k, [, head, at, removed, rows]) {
    this.ks.push(k);
    this.heads.push(head);
    this.splices.push([at, removed, rows]);
  }

  // Numbers of the rows after so many versions.
  rows(count) {
    const shot = Math.floor(count / TRACE_SHOT_EVERY);
    while (this.shots.length <= shot) {
      const last = this.shots.length - 1;
      this.shots.push(this.spliced(this.shots[last], last * TRACE_SHOT_EVERY, (last + 1) * TRACE_SHOT_EVERY));
    }
    return this.spliced(this.shots[shot], shot * TRACE_SHOT_EVERY, count);
  }

  spliced(rows, from, until) {
    const now = rows.slice();
    for (let version = from; version < until; version++) {
      const [at, removed, added] = this.splices[version];
      if (this.heads[version] < 0) now.length = 0; else now.splice(at, removed, ...added);
    }
    return now;
  }
}

// ---- the trace ----------------------------------------------------------------------------------------------------

export class Trace {
  constructor(replay) {
    this.unit = replay.unit_s;
    this.end = replay.end;
    this.nodes = replay.nodes.map(([name, isRouter, x, y], index) => ({ index, name, isRouter: !!isRouter, x, y }));
    this.cables = replay.cables.map(([a, b, name, forward, backward, rate, delay], index) =>
      ({ index, a, b, name, costs: [forward, backward], rate, delay }));
    this.links = traceLinks(this.nodes, this.cables);
    this.flows = replay.flows.map(([name, from, to, protocol, cc, start, stop], index) =>
      ({ index, name, from, to, protocol, cc, start, stop: traceOrNull(stop) }));
    this.script = replay.script.map(([t, words, effects], index) => ({ index, t, words, effects }));
    this.lecture = replay.lecture.map(([t, ask, choices, answer, explain]) => ({ t, ask, choices, answer, explain }));
    this.thinned = replay.thinned.map(([from, until, words]) => ({ from, until, words }));
    this.isMap = !!replay.is_map;
    this.costWord = replay.cost;
    this.routing = replay.routing ? traceRouting(replay.routing) : null;
    this.packets = replay.packets ? tracePackets(replay.packets) : null;
    this.causes = replay.causes.map(([t, what, number, words, cause], index) =>
      ({ index, t, what, number, words, cause: traceOrNull(cause) }));
    this.events = traceEvents(this);
    this.times = traceColumn(this.events, event => event.t);
    this.raw = replay.routing;
    this.indexEvents();
    if (this.routing) this.indexRouting();
    if (this.packets) this.indexPackets();
    this.indexNetwork();
    this.indexCauses();
    this.kept = new Map();
  }

  // Which event each thing is; null for what is none.
  indexEvents() {
    this.eventAt = { script: new Map(), step: new Map(), drop: new Map(), again: new Map(), cut: new Map() };
    if (this.packets) {
      this.sentAt = new Int32Array(this.packets.trips.length).fill(-1);
      this.endedAt = new Int32Array(this.packets.trips.length).fill(0x7fffffff);
    }
    for (const { k, kind, ref } of this.events) {
      if (kind === 'script') this.eventAt.script.set(ref.script, k);
      else if (kind === 'step') { this.eventAt.step.set(ref.step, k); this.routing.steps[ref.step].event = k; }
      else if (kind === 'again') this.eventAt.again.set(ref.again, k);
      else if (kind === 'cut') this.eventAt.cut.set(ref.cut, k);
      else if (kind === 'sent') this.sentAt[ref.trip] = k;
      else if (kind === 'delivered') this.endedAt[ref.trip] = k;
      else if (kind === 'dropped') {
        if (ref.trip != null) this.endedAt[ref.trip] = k;
        if (ref.drop != null) this.eventAt.drop.set(ref.drop, k);
      }
    }
    for (const { index, trip } of this.packets ? this.packets.again : []) if (trip != null) this.eventAt.again.set(index,
      this.sentAt[trip]);
  }

  indexRouting() {
    const { steps, messages } = this.routing;
    this.changes = steps.flatMap(step => step.changes);
    this.routeVersions = this.nodes.map(() => new Map());
    this.tableVersions = this.nodes.map(() => []);
    this.stepsOf = this.nodes.map(() => []);
    for (const step of steps) {
      if (step.quiet) continue;
      const k = step.event + 1, routes = this.routeVersions[step.node], tables = this.tableVersions[step.node];
      this.stepsOf[step.node].push(k);
      for (const change of step.changes) {
        if (!routes.has(change.destination)) routes.set(change.destination, { ks: [], changes: [] });
        const list = routes.get(change.destination);
        list.ks.push(k);
        list.changes.push(change);
      }
      for (const splice of step.tables) (tables[splice[0]] ||= new TraceTable()).add(k, splice);
    }
    this.rounds = [...new Set(steps.filter(step => !step.quiet).map(step => step.t))];
    const nominal = ({ link, bytes }) => this.links[link].delay + (this.links[link].rate ? 8 * bytes / this.links[link].rate / this.unit
      : 0);
    for (const message of messages) message.until = message.heard ?? message.sent + nominal(message);
    this.messageSpans = new TraceSpans(traceColumn(messages, ({ sent }) => sent), traceColumn(messages, ({ until }) => until));
  }

  indexPackets() {
    const { trips } = this.packets;
    // A dropped packet stays to be seen for half as long as a link takes, usually.
    let total = 0, count = 0;
    for (const { raw } of trips) { total += traceFlight(raw[8]); count += raw[8].length / 5; }
    this.linger = count ? total / count / 2 : 0;
    const until = ({ raw: { 8: flat, 9: [end, , after] }, sent }) =>
      (end === 0 ? sent + traceFlight(flat) : end === 1 ? sent + after + this.linger : Infinity);
    this.tripSpans = new TraceSpans(traceColumn(trips, ({ sent }) => sent), traceColumn(trips, until));
  }

  indexNetwork() {
    const first = { cables: this.cables.map(({ costs, rate, delay }) =>
      ({ down: [false, false], costs, rates: [rate, rate], delays: [delay, delay] })),
      failed: this.nodes.map(() => false) };
    this.networks = { ks: [0], states: [first] };
    for (const { index, effects } of this.script) {
      const k = this.eventAt.script.get(index) + 1;
      let state = this.networks.states[this.networks.states.length - 1];
      for (const effect of effects) state = traceAffected(state, effect);
      this.networks.ks.push(k);
      this.networks.states.push(state);
    }
  }

  indexCauses() {
    this.causeNumbers = new Map();
    for (const cause of this.causes) if (cause.number >= 0) this.causeNumbers.set(`${cause.what} ${cause.number}`, cause);
  }

  // ---- time -------------------------------------------------------------------------------------------------------

  get count() { return this.events.length; }

  timeOf(k) { return k <= 0 ? 0 : this.times[Math.min(k, this.times.length) - 1]; }

  kAt(t) { return countUpTo(this.times, t); }

  // The first k of the instant in which event k - 1 happened: what was before all that happened at once.
  instant(k) {
    if (k <= 0) return 0;
    const t = this.times[k - 1];
    let from = k - 1;
    while (from > 0 && this.times[from - 1] === t) from--;
    return from;
  }

  // ---- state after k events ---------------------------------------------------------------------------------------

  network(k) {
    return this.networks.states[countUpTo(this.networks.ks, k) - 1];
  }

  // The last change of a router's route to a destination, null if there was none: also one that took the route away.
  lastChange(router, destination, k) {
    const list = this.routeVersions[router].get(destination);
    const count = list ? countUpTo(list.ks, k) : 0;
    return count ? list.changes[count - 1] : null;
  }

  route(router, destination, k) {
    const change = this.lastChange(router, destination, k);
    return change && change.cost != null ? change : null;
  }

  // The route that packets for a destination take: that to the longest prefix that holds it.
  way(router, destination, k) {
    const candidates = this.routing.within.get(destination) || [destination];
    for (const candidate of candidates) {
      const route = this.route(router, candidate, k);
      if (route) return route;
    }
    return null;
  }

  routes(router, k) {
    const all = [];
    for (const destination of this.routeVersions[router].keys()) {
      const route = this.route(router, destination, k);
      if (route) all.push([destination, route]);
    }
    return all.sort((a, b) => a[0] - b[0]);
  }

  tables(router, k) {
    const tables = this.tableVersions[router] || [], counts = tables.map(table => (table ? countUpTo(table.ks, k) : 0));
    const key = `${router} ${counts}`;
    if (this.kept.has(key)) return this.kept.get(key);
    const made = [];
    tables.forEach((table, index) => {
      const count = counts[index], head = count ? table.heads[count - 1] : -1;
      if (head >= 0) made.push(this.tableInWords(index, head, table.rows(count)));
    });
    // A few are kept: the same are asked for again and again while one looks at them.
    if (this.kept.size > 200) this.kept.clear();
    this.kept.set(key, made);
    return made;
  }

  tableInWords(index, head, rows) {
    const [title, ...columns] = this.raw.heads[head], { rows: texts, cells } = this.raw;
    return { index, title, columns, rows: rows.map(row => texts[row].map(cell => cells[cell])) };
  }

  // What changed at a router in the instant of event k - 1, up to it: a function of k alone.
  lit(router, k) {
    const from = this.instant(k);
    const steps = this.stepsOf ? countUpTo(this.stepsOf[router], k) - countUpTo(this.stepsOf[router], from) : 0;
    if (!steps) return { routes: new Set(), tables: [] };
    const routes = new Set();
    for (let event = from; event < k; event++) {
      const { kind, node, ref } = this.events[event];
      if (kind === 'step' && node === router) for (const change of this.routing.steps[ref.step].changes) routes.add(change.destination);
    }
    const before = this.tables(router, from);
    const tables = this.tables(router, k).map(table => traceLitTable(before.find(({ index }) => index === table.index), table));
    return { routes, tables };
  }

  // ---- what is on its way -----------------------------------------------------------------------------------------

  messagesAt(k, t) {
    const found = [], { messages, steps } = this.routing || {};
    if (!messages) return found;
    this.messageSpans.each(t, index => {
      const message = messages[index], { sent, heard, until } = message;
      const sender = message.sentBy == null ? null : steps[message.sentBy].event,
        hearer = message.heardBy == null ? null : steps[message.heardBy].event;
      if (sender != null && sender >= k) return;
      if (hearer != null ? hearer < k : t >= until) return;
      const at = until > sent ? Math.min(1, (t - sent) / (until - sent)) : 0;
      if (heard == null) found.push({ message, at: Math.min(at, .5), state: at < .5 ? 'moving' : 'lost' });
      else found.push({ message, at, state: 'moving' });
    });
    return found;
  }

  packetsAt(k, t) {
    const found = [];
    if (!this.packets) return found;
    this.tripSpans.each(t, index => {
      if (this.sentAt[index] >= k) return;
      const trip = this.packets.trips[index], ended = this.endedAt[index] < k;
      if (ended && trip.end.what !== 'dropped') return;
      found.push(ended ? this.tripDropped(trip) : this.tripAt(trip, t));
    });
    return found;
  }

  // Where a packet is: `at` is the place of its first bit on the link, `tail` that of its last.
  tripAt(trip, t) {
    let number = 0;
    while (number < trip.hops.length - 1 && trip.hops[number].end <= t) number++;
    const hop = trip.hops[number];
    if (!hop || (hop.end <= t && trip.end.what !== 'delivered')) return this.tripUnknown(trip, hop ? number + 1 : 0, t);
    const sending = hop.begin + hop.queueing, moving = sending + hop.transmission;
    if (t < sending) return { trip, hop: number, link: hop.link, at: 0, tail: 0, state: 'waiting' };
    const at = traceShare(t - sending, hop.propagation), tail = traceShare(t - moving, hop.propagation);
    return { trip, hop: number, link: hop.link, at, tail, state: t < moving ? 'sending' : 'moving' };
  }

  // Of a hop that was never ended only the link is known, if it was dropped there; else it waits where it last came.
  tripUnknown(trip, number, t) {
    const { link } = trip.end;
    if (trip.end.what !== 'dropped' || link == null) return { trip, hop: number, link, at: 0, tail: 0, state: 'waiting' };
    const begin = number ? trip.hops[number - 1].end : trip.sent, { rate, delay } = this.links[link];
    const transmission = rate ? 8 * trip.size / rate / this.unit : 0;
    const at = Math.min(.9, traceShare(t - begin, delay)), tail = Math.min(.9, traceShare(t - begin - transmission, delay));
    return { trip, hop: number, link, at, tail, state: t < begin + transmission ? 'sending' : 'moving' };
  }

  tripDropped(trip) {
    const last = trip.hops.length - 1, begin = last < 0 ? trip.sent : trip.hops[last].end, { t, link } = trip.end;
    const where = link != null && t > begin ? this.tripUnknown(trip, last + 1, t) : { trip, hop: last + 1, link, at: 0, tail: 0 };
    return { ...where, state: 'dropped' };
  }

  queueAt(link, t) {
    if (!this.packets) return 0;
    this.queues ||= this.queueTimes();
    const { enter, leave } = this.queues[link];
    return countUpTo(enter, t) - countUpTo(leave, t);
  }

  // For each link, when packets that had to wait began to do so, and when no longer.
  queueTimes() {
    const lists = this.links.map(() => ({ enter: [], leave: [] }));
    for (const { raw: { 8: flat }, sent } of this.packets.trips) {
      let t = sent;
      for (let i = 0; i < flat.length; i += 5) {
        if (flat[i + 1] > 0) { lists[flat[i]].enter.push(t); lists[flat[i]].leave.push(t + flat[i + 1]); }
        t += flat[i + 1] + flat[i + 2] + flat[i + 3] + flat[i + 4];
      }
    }
    return lists.map(({ enter, leave }) => ({ enter: Float64Array.from(enter).sort(), leave: Float64Array.from(leave).sort() }));
  }

  // ---- causes -----------------------------------------------------------------------------------------------------

  causeOf(what, number) { return this.causeNumbers.get(`${what} ${number}`) || null; }

  chain(cause) {
    const chain = [];
    for (let at = cause; at; at = at.cause == null ? null : this.causes[at.cause]) chain.push(at);
    return chain;
  }

  // After how many events that which a cause is about has happened.
  kOfCause({ what, number, t }) {
    const event = what === 'change' ? this.changes && this.changes[number] && this.routing.steps[this.changes[number].step].event
      : this.eventAt[what]?.get(number);
    return event == null ? this.kAt(t) : event + 1;
  }

  // ---- whether all steps together come to what the engine had -----------------------------------------------------

  check() {
    if (!this.routing || !this.raw.end) return null;
    const k = this.count, name = node => this.nodes[node].name, told = new Map();
    for (const [router, destination, cost, hops] of this.raw.end.routes) told.set(`${router} ${destination}`, { cost, hops });
    for (const { index: router } of this.nodes) {
      for (const [destination, { cost, hops }] of this.routes(router, k)) {
        const key = `${router} ${destination}`, engine = told.get(key), to = this.routing.destinations[destination];
        told.delete(key);
        if (!engine) return `The replay ends with a route of ${name(router)} to ${to} that the engine does not have.`;
        if (engine.cost !== cost
          || `${engine.hops}` !== `${hops}`) return `The replay ends with another route of ${name(router)} to ${to} than the engine.`;
      }
    }
    for (const key of told.keys()) {
      const [router, destination] = key.split(' ');
      return `The replay ends without the route of ${name(+router)} to ${this.routing.destinations[+destination]} that the engine has.`;
    }
    const left = new Map(this.raw.end.tables.map(([router, tables]) => [router, tables]));
    for (const { index: router } of this.nodes) {
      const mine = this.tables(router, k).map(({ title, columns, rows }) => [[title, ...columns], rows]);
      const engine = (left.get(router) || []).map(([head, rows]) => this.tableInWords(0, head, rows)).map(({ title, columns, rows }) =>
        [[title, ...columns], rows]);
      if (JSON.stringify(mine) !== JSON.stringify(engine)) return `The replay ends with other tables of ${name(router)} than the engine.`;
    }
    return null;
  }
}

function traceShare(part, whole) { return part <= 0 ? 0 : part >= whole ? 1 : part / whole; }

function traceAffected(state, [what, which, value]) {
  const withCable = (field, value) => {
    const cables = state.cables.slice(), cable = cables[which >> 1], pair = cable[field].slice();
    pair[which & 1] = value;
    cables[which >> 1] = { ...cable, [field]: pair };
    return { ...state, cables };
  };
  const withNode = value => ({ ...state, failed: state.failed.map((was, node) => (node === which ? value : was)) });
  switch (what) {
    case 'down': return withCable('down', true);
    case 'up': return withCable('down', false);
    case 'cost': return withCable('costs', value);
    case 'rate': return withCable('rates', value);
    case 'delay': return withCable('delays', value);
    case 'fail': return withNode(true);
    case 'boot': return withNode(false);
    default: return state;
  }
}

// ---- what differs between two states of a table -------------------------------------------------------------------

// What tells rows of both states apart: the first column, or the first and the neighbour; else their places.
function traceRowKeys(columns, ...tables) {
  const via = columns.indexOf('via'), choices = [row => row[0], ...(via > 0 ? [row => `${row[0]}\n${row[via]}`] : []), (_, at) => at];
  return choices.map(key => tables.map(rows => rows.map(key))).find(keys => keys.every(list => new Set(list).size === list.length));
}

// Cells that differ, what stood there, whole rows that are new, and rows that are gone, with the place where they stood.
export function traceLitTable(before, now) {
  const lit = { cells: new Set(), before: new Map(), added: new Set(), gone: [] };
  const was = before && before.title === now.title ? before : { columns: [], rows: [] };
  const [keysNow, keysWas] = traceRowKeys(now.columns, now.rows, was.rows);
  const placeWas = new Map(keysWas.map((key, i) => [key, i])), placeNow = new Map(keysNow.map((key, i) => [key, i]));
  const columnWas = now.columns.map(column => was.columns.indexOf(column));
  now.rows.forEach((row, at) => {
    const old = placeWas.get(keysNow[at]);
    if (old === undefined) lit.added.add(at);
    row.forEach((text, column) => {
      const then = old === undefined || columnWas[column] < 0 ? undefined : was.rows[old][columnWas[column]];
      if (then === text) return;
      lit.cells.add(`${at},${column}`);
      if (then !== undefined) lit.before.set(`${at},${column}`, then);
    });
  });
  was.rows.forEach((row, at) => {
    if (placeNow.has(keysWas[at])) return;
    // It stood behind the last of the rows before it that is still there.
    let behind = -1;
    for (let i = at - 1; i >= 0 && behind < 0; i--) if (placeNow.has(keysWas[i])) behind = placeNow.get(keysWas[i]);
    lit.gone.push({ behind, row });
  });
  return lit;
}
