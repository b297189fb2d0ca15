// The stage "Network": what happens in one sentence, the sum behind it, tables, the picture, the timeline and the log.
import { $, el, svg, glyph, inlineGlyph, math, rem, clamp, seriesStyle, tableDialog } from './core.js';
import { costText, countText, numberText, plural, sentence, timeScale, momentText, siText } from './core.js';
import { countUpTo, traceLitTable } from './trace.js';
import { bookmarkPins } from './player.js';
import { plotOf } from './charts.js';
import { whyPanel } from './why.js';
import { dropWords, messagePanel, packetPanel, tripEnds, tripName } from './packet.js';
import { NetworkPicture, isShortName, nodeName, useNamesOf, wayOf } from './network.js';

const NET_SIDE_BY_SIDE = 3;        // routers: up to so many, their tables stand beside each other
const NET_LANES_UP_TO = 8;         // routers: up to so many have a lane each in the timeline
const NET_SERIES = 6;              // costs drawn in colour
const NET_LOG_ROWS = 120;
const NET_MINOR = new Set(['sent', 'arrived', 'delivered']);

// ---- what is asked again and again of a trace ---------------------------------------------------------------------

const netFactsOf = new WeakMap();
function netFacts(trace) {
  if (!netFactsOf.has(trace)) netFactsOf.set(trace, new NetFacts(trace));
  return netFactsOf.get(trace);
}

// Lists of numbers of events, after which something is to be seen; made when first asked for.
class NetFacts {
  constructor(trace) {
    this.trace = trace;
    this.made = new Map();
  }

  once(key, make) {
    if (!this.made.has(key)) this.made.set(key, make());
    return this.made.get(key);
  }

  ks(key, holds) {
    return this.once(key, () => this.trace.events.filter(holds).map(({ k }) => k + 1));
  }

  stepOf(event) { return event.kind === 'step' ? this.trace.routing.steps[event.ref.step] : null; }

  get changes() { return this.ks('changes', event => event.kind === 'step' && this.stepOf(event).changes.length > 0); }

  get drops() { return this.ks('drops', ({ kind }) => kind === 'dropped'); }

  get cuts() { return this.ks('cuts', ({ kind }) => kind === 'cut'); }

  get repeats() {
    const isAgain = ({ kind, ref }) => kind === 'again' || (kind === 'sent' && this.trace.packets.trips[ref.trip].copy > 1
      && this.trace.packets.trips[ref.trip].forward);
    return this.ks('repeats', isAgain);
  }

  // When each message that is not quiet was sent.
  get sendings() {
    return this.once('sendings', () => {
      const { messages, steps } = this.trace.routing;
      return Float64Array.from(messages.filter(({ quiet, sentBy }) => !quiet && sentBy != null),
        ({ sentBy }) => steps[sentBy].event + 1).sort();
    });
  }

  // Where a step ends: after each event, but for those of packets where the lesson is about routers.
  get stops() {
    return this.once('stops', () => this.trace.events.filter(({ kind }) => !NET_OF_PACKETS.has(kind)).map(({ k }) => k + 1));
  }

  // Instants in which routing or the script did something.
  get rounds() {
    return this.once('rounds',
      () => [...new Set(this.trace.events.filter(({ kind }) => kind === 'step' || kind === 'script').map(({ t }) => t))]);
  }

  get destinations() {
    return this.once('destinations', () => {
      const counts = new Map();
      for (const { destination, before, cost } of this.trace.changes || []) counts.set(destination,
        (counts.get(destination) || 0) + (before && before.cost !== cost ? 1.001 : .001));
      return counts;
    });
  }

  // The destination of the first flow that most routers have routes to; else what the script announces; else that whose costs
  // change most.
  get firstDestination() {
    return this.once('firstDestination', () => {
      const { trace, destinations } = this, { routing } = trace;
      const isKnown = to => routing.routers.filter(node => trace.routeVersions[node].has(to)).length * 2 > routing.routers.length;
      const ofFlow = trace.flows.map(({ to }) => to).find(isKnown);
      if (ofFlow != null) return ofFlow;
      const announced = trace.script.flatMap(({ effects }) => effects).filter(([what]) => what === 'announce' || what === 'withdraw')
        .map(([, , words]) => routing.destinations.indexOf(words)).find(isKnown);
      if (announced != null) return announced;
      let best = null;
      for (const [destination, count] of destinations) if (best == null || count > destinations.get(best)) best = destination;
      return best ?? 0;
    });
  }

  // Packets of a flow, by direction: when they were sent, delivered and lost.
  ofFlow(flow) {
    return this.once(`flow ${flow}`, () => {
      const lists = { sent: [], delivered: [], dropped: [], cuts: [], took: [[], []], came: [[], []] };
      for (const { k, kind, ref, flow: whose, t } of this.trace.events) {
        if (whose !== flow) continue;
        if (kind === 'cut') { lists.cuts.push(k + 1); continue; }
        const trip = ref.trip != null ? this.trace.packets.trips[ref.trip] : null;
        if (kind === 'delivered') { lists.took[+trip.forward].push(t - trip.sent); lists.came[+trip.forward].push(t); }
        const forward = trip ? trip.forward : kind === 'dropped' && this.trace.packets.drops[ref.drop].forward;
        if (forward && lists[kind]) lists[kind].push(k + 1);
      }
      return lists;
    });
  }

  // There and back, of what last came before t; null if nothing did.
  roundTrip(flow, t) {
    const { took, came } = this.ofFlow(flow), ways = [0, 1].map(way => took[way][Math.max(0, countUpTo(came[way], t) - 1)]);
    if (ways[0] == null && ways[1] == null) return null;
    return (ways[0] ?? ways[1]) + (ways[1] ?? ways[0]);
  }
}

const NET_OF_PACKETS = new Set(['sent', 'arrived', 'delivered', 'dropped', 'again']);
// Packets are stepped over where routers tell each other, unless one is followed.
const netStepsOverPackets = ({ trace, view }) => trace.routing && trace.packets && view.packet == null && view.flow == null;

// The next of ascending numbers after k, or the last before it.
function netNext(list, k, direction) {
  const at = direction > 0 ? countUpTo(list, k) : countUpTo(list, k - 1) - 1;
  return list[at] ?? null;
}

// ---- looks --------------------------------------------------------------------------------------------------------

// Few routers keep a colour each; the destination that the run is about has none. Of many, those have one whose cost to the
// chosen destination changes most, and the selected one.
function netSeries(app) {
  const { trace, view } = app, facts = netFacts(trace), { routers } = trace.routing, destination = netDestination(app);
  if (routers.length <= NET_SERIES + 1) {
    const grey = routers.includes(facts.firstDestination) ? facts.firstDestination : null;
    return facts.once('series',
      () => new Map(routers.filter(node => node !== grey).slice(0, NET_SERIES).map((node, i) => [node, seriesStyle(i)])));
  }
  return facts.once(`series ${destination} ${view.router}`, () => {
    const count = node => { const list = trace.routeVersions[node].get(destination);
      return list ? list.changes.filter(({ cost, before }) => before && before.cost !== cost).length : -1; };
    const order = routers.filter(node => node !== destination && count(node) >= 0).sort((a, b) => (b === view.router) - (a === view.router)
      || count(b) - count(a) || a - b);
    return new Map(order.slice(0, NET_SERIES).map((node, i) => [node, seriesStyle(i)]));
  });
}
const NET_GREY = { colour: 'var(--slate)', shape: 'triangle', dash: 'none' };
const NET_INK = { colour: 'var(--ink-2)', shape: 'circle', dash: 'none' };
function netStyle(app, node) {
  if (!app.trace.routing) return NET_INK;
  return netSeries(app).get(node) || (app.trace.routing.routers.length <= NET_SERIES + 1 ? NET_GREY : NET_INK);
}

function netDestination(app) { return app.view.destination ?? netFacts(app.trace).firstDestination; }
const netTo = app => app.trace.routing.destinations[netDestination(app)];
const netName = (app, node) => nodeName(app.trace.nodes[node].name);
const netText = parts => parts.flat(Infinity).filter(part => part != null
  && part !== false).map(part => (typeof part === 'string' ? part : part.textContent)).join('');
const netDelta = (app, t) => momentText(t * app.trace.unit, app.trace.end * app.trace.unit);

// The router whose tables are shown alone: the selected one, or that which acted last.
function netShownRouter(app) {
  const { trace, view, player } = app, { routers } = trace.routing;
  if (view.router != null && routers.includes(view.router)) return view.router;
  if (view.asked != null && trace.events[view.asked]?.kind === 'step') return trace.events[view.asked].node;
  const told = netToldEvent(app);
  if (told && told.kind === 'step') return told.node;
  const steps = netFacts(trace).ks('steps', ({ kind }) => kind === 'step'), at = countUpTo(steps, player.k) - 1;
  return at >= 0 ? trace.events[steps[at] - 1].node : routers[0];
}

// ---- which event is told ------------------------------------------------------------------------------------------

const NET_WEIGHT = { script: 5, dropped: 3, cut: 4, again: 3, start: 2, stop: 2, delivered: 1, arrived: 0, sent: 0 };
function netWeight(app, event) {
  const step = netFacts(app.trace).stepOf(event);
  if (!step) return NET_WEIGHT[event.kind];
  return step.changes.some(({ destination }) => destination === netDestination(app)) ? 9 : step.changes.length ? 7 : 2;
}
// How many events what is lit and told goes back to. Packets that come meanwhile do not hide what routers did, unless one
// steps from event to event.
function netPresent(app) {
  const { trace, player } = app;
  if (!trace.routing || player.grain === 'event') return player.k;
  const major = netFacts(trace).ks('major', ({ kind }) => kind === 'step' || kind === 'script');
  return major[countUpTo(major, player.k) - 1] ?? 0;
}

// The last event; or, where a round has been gone at once, the one of its instant that matters most.
function netToldEvent(app) {
  const { trace, player } = app, k = netPresent(app);
  if (!k) return null;
  let told = trace.events[k - 1];
  if (player.grain === 'event') return told;
  for (let i = k - 2, from = trace.instant(k); i >= from; i--) if (netWeight(app, trace.events[i]) > netWeight(app,
    told)) told = trace.events[i];
  return told;
}

// ---- sentences ----------------------------------------------------------------------------------------------------

// Sentences are lists of texts and elements.
function netSentence(app, event) {
  const { trace } = app;
  if (!event) return netBeginning(app);
  switch (event.kind) {
    case 'script': return [sentence(trace.script[event.ref.script].words.replace(/\.$/, '')), '.'];
    case 'step': return netStepSentence(app, trace.routing.steps[event.ref.step]);
    case 'start': case 'stop': return netFlowSentence(app, event);
    case 'cut': return netCutSentence(app, trace.packets.cuts[event.ref.cut]);
    case 'again': return [`${trace.flows[event.flow].name} sends segment ${trace.packets.again[event.ref.again].segment} again.`];
    case 'dropped': return netDropSentence(app, event);
    default: return netPacketSentence(app, event);
  }
}

function netBeginning(app) {
  const { trace } = app;
  if (trace.routing) return [`${plural(trace.routing.routers.length, 'router')}, and none of them knows more than its own links.`];
  return [`${plural(trace.flows.length, 'flow')} over ${plural(trace.cables.length, 'link')}. Nothing has been sent yet.`];
}

function netFlowSentence(app, { kind, ref }) {
  const { name, from, to, protocol, cc } = app.trace.flows[ref.flow];
  const over = [protocol, cc].filter(Boolean).join(', ').replace(/_/g, ' ');
  return kind === 'stop' ? [`${name} stops.`] : [`${name} starts, from `, netName(app, from), ' to ', netName(app, to), ` (${over}).`];
}

function netCutSentence(app, { flow, what, before, after }) {
  const why = { fast: 'three duplicate ACKs tell of a loss', timeout: 'its timer ran out', ecn: 'congestion was signalled' }[what];
  return [`${app.trace.flows[flow].name} cuts its window from ${siText(before, 'B')} to ${siText(after, 'B')}: ${why}.`];
}

function netDropSentence(app, { ref, node, flow }) {
  const { trace } = app, trip = ref.trip != null ? trace.packets.trips[ref.trip] : null,
    drop = ref.drop != null ? trace.packets.drops[ref.drop] : null;
  const what = trip ? tripName(trip) : drop && drop.segment > 0 ? `segment ${drop.segment}` : 'a packet',
    reason = drop ? drop.reason : trip.end.reason;
  const full = reason === 'queue_full' && drop && drop.waiting != null ? `its queue is full (${countText(drop.waiting)} wait)`
    : dropWords(reason);
  return [netName(app, node), ` drops ${trace.flows[flow].name}’s ${what}: ${full}.`];
}

function netPacketSentence(app, { kind, ref, node, flow }) {
  const { trace } = app, trip = trace.packets.trips[ref.trip], what = sentence(tripName(trip)), whose = ` of ${trace.flows[flow].name}`;
  if (kind === 'sent') return [netName(app, node), ` sends ${tripName(trip)}${whose}${trip.copy > 1 ? ' again' : ''}.`];
  if (kind === 'arrived') return [`${what}${whose} comes to `, netName(app, node), '.'];
  return [`${what}${whose} has reached `, netName(app, node), ` after ${netDuration(app, trip.end.t - trip.sent)}.`];
}
const netDuration = (app, t) => siText(t * app.trace.unit, 's');

// What a router did at once: what moved it, and what came of it.
function netStepSentence(app, step) {
  return [...netStepCause(app, step), ' ', ...netStepEffect(app, step)];
}

function netStepCause(app, step) {
  const { trace } = app, who = netName(app, step.node);
  switch (step.cause) {
    case 'heard': return netHeard(app, step);
    case 'started': return [who, ' starts.'];
    case 'timer': return [who, '’s timer is due.'];
    case 'signal': return ['A neighbour’s connection to ', who, ' moves on.'];
    case 'link': return [who, ' sees ', ...netLinkChange(app, step)];
    case 'told': return [who, ...netTold(app, step)];
    case 'failed': return [who, ' fails and forgets everything.'];
    default: return [who, ' works again, and knows nothing.'];
  }
}

// The message in the words of the lesson where there is a vector; else in its own.
function netHeard(app, step) {
  const { trace } = app, { from, text, kind } = trace.routing.messages[step.arg], who = netName(app, step.node), said = netSaid(app, step);
  if (said != null) return [who, ' hears from ', netName(app, from), ': “',
    ...(said === '∞' ? ['I do not reach ', nodeName(netTo(app)), '.'] : [nodeName(netTo(app)), ` costs ${said}.`]), '”'];
  const isPlain = kind === 'update', what = text ? `: “${netShort(text, 48)}”.` : '.';
  return isPlain ? [who, ' hears from ', netName(app, from), what]
    : [who, ` hears a ${kind.replace(/_/g, ' ')} from `, netName(app, from), what];
}
const netShort = (text, most) => (text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text);

// What a neighbour said of the chosen destination; null if the message does not speak of it, or not so.
function netSaid(app, step) {
  const { trace } = app, to = `${netTo(app)} `;
  if (trace.routing.protocol !== 'distance_vector') return null;
  const part = trace.routing.messages[step.arg].text.split(/[:,] /).find(words => words.startsWith(to));
  return part ? part.slice(to.length) : null;
}

function netLinkChange(app, step) {
  const { trace } = app, link = trace.links[step.arg], side = link.index & 1, k = step.event + 1;
  const now = trace.network(k).cables[link.cable], was = trace.network(Math.max(0, trace.instant(k))).cables[link.cable];
  const to = ['its link to ', netName(app, link.to)];
  if (now.down[0] || now.down[1]) return ['that ', ...to, ' is cut.'];
  if (was.down[0] || was.down[1]) return ['that ', ...to, ' works again.'];
  return now.costs[side] === was.costs[side] ? ['a change of ', ...to, '.']
    : [...to, ` cost ${now.costs[side]} instead of ${was.costs[side]}.`];
}

function netTold(app, step) {
  const { trace } = app, at = countUpTo(trace.script.map(({ t }) => t), step.t) - 1;
  const effects = at < 0 ? [] : trace.script[at].effects.filter(([what, node]) => ['announce', 'withdraw'].includes(what)
    && node === step.node);
  return effects.length ? [` is to ${effects.map(([what, , words]) => `${what} ${words}`).join(' and ')}.`]
    : [' is to announce or withdraw something.'];
}

function netStepEffect(app, step) {
  const { trace } = app, mine = step.changes.find(({ destination }) => destination === netDestination(app));
  if (mine) return netChangeWords(app, step, mine, true);
  const told = step.sent.filter(index => !trace.routing.messages[index].quiet),
    to = new Set(told.map(index => trace.routing.messages[index].to)).size;
  if (step.changes.length === 1) return netChangeWords(app, step, step.changes[0], false);
  if (step.changes.length) return [`${step.changes.length} routes change, `,
    ...netChangeWords(app, step, step.changes[0], false).map((part, i) =>
    (i || typeof part !== 'string' ? part : part[0].toLowerCase() + part.slice(1)))];
  const stays = trace.route(step.node, netDestination(app), step.event + 1), isTo = step.node === netDestination(app);
  if (to) return [trace.routing.protocol === 'link_state' && step.cause === 'heard'
    && told.some(index => trace.routing.messages[index].kind.includes('update')) ? 'It floods what is new' : 'It sends a message',
    to === 1 ? [' to ', netName(app, trace.routing.messages[told[0]].to)] : ` to ${to} neighbours`, '.'];
  if (stays && !isTo && step.cause === 'heard' && trace.routing.protocol === 'distance_vector') return ['Its cost to ',
    nodeName(netTo(app)), ` stays ${costText(stays.cost)}.`];
  return [isTo ? 'Nothing changes for the destination itself.' : 'Nothing changes.'];
}

// Why a route changed and what it is now. `isMine`: it is the one that all talk about, and needs no name.
function netChangeWords(app, step, change, isMine) {
  const { trace } = app, to = nodeName(trace.routing.destinations[change.destination]), { cost, hops, before } = change,
    via = hops.length ? [' via ', ...netHops(app, hops)] : [];
  const [rule, over] = String(change.reason).split(' over '), hasCost = trace.routing.protocol !== 'path_vector';
  const becomes = hasCost ? (isMine && change.destination !== step.node ? ['its own cost becomes ', costText(cost)]
    : ['its cost to ', to, ' becomes ', costText(cost)]) : ['its way to ', to, ' is now ', netPath(app, change)];
  const sameHop = before && `${before.hops}` === `${hops}`, capital = ([first, ...rest]) => [sentence(first), ...rest];
  if (cost == null) return netLossWords(app, rule, to);
  switch (rule) {
    case 'announced': case 'own': return ['It announces ', to, '.'];
    case 'connected': return ['It reaches ', to, ' directly, at cost ', costText(cost), '.'];
    case 'learned': return hasCost ? ['It had no way to ', to, ': now it has one', ...via, ', at cost ', costText(cost), '.']
      : ['It had no way to ', to, ': now it is ', netPath(app, change), '.'];
    case 'cheaper': return before && before.cost < cost ? capital([...becomes, ...via, '.'])
      : ['The way', ...via, ' is cheaper: ', ...becomes, '.'];
    case 'cost_changed': return capital([...becomes, ...(sameHop ? [] : via), '.']);
    case 'withdrawn': return ['The way it had is gone: ', ...becomes, ...via, '.'];
    case 'infinity': return capital([...becomes, ', which counts as unreachable.']);
    case 'expired': return ['Nobody has spoken of its old way for too long: ', ...becomes, ...via, '.'];
    case 'neighbor_lost': return ['The next hop it had is gone: ', ...becomes, ...via, '.'];
    case 'recomputed': return ['It computes its shortest paths anew: ', to, ` costs ${costText(cost)}`, ...via,
      before && before.cost !== cost ? ` (${costText(before.cost)} before)` : '', '.'];
    case 'only_path': return ['There is only one path to ', to, ': ', netPath(app, change), '.'];
    default: return ['To ', to, ' it chooses ', netPath(app, change), ` by ${rule.replace(/_/g, ' ')}`, over ? ` over ${over}` : '', '.'];
  }
}

function netLossWords(app, rule, to) {
  const why = { withdrawn: 'Its next hop has no way any more', infinity: 'The cost counts as unreachable',
    expired: 'Nobody has spoken of it for too long', neighbor_lost: 'The link or the neighbour that it led through is gone',
    recomputed: 'No path is left', router_failed: 'All is forgotten', connected: 'Nothing leads straight there any more',
      announced: 'It is no longer here' }[rule] || 'Nothing better is left';
  return [why, ': it has no route to ', to, '.'];
}
const netHops = (app, hops) => hops.flatMap((hop, i) => [i ? ' and ' : '', netName(app, hop)]);
// A path begins with the router itself.
const netPath = (app, { path, hops }) => (path && path.length ? path.map(node => app.trace.nodes[node].name).join(' ')
  : hops.map(hop => app.trace.nodes[hop].name).join(', ') || 'here');

// ---- the sum ------------------------------------------------------------------------------------------------------

// D_z(x) = min { 50 + 0 via x, 1 + 20 via y } = 21, from the table of distances. Null if the router has none.
function netSum(app, router, k, isHidden) {
  const { trace } = app, table = trace.tables(router, k).find(({ title }) => title.startsWith('distances')), to = netTo(app);
  const row = table && table.rows.find(([name]) => name === to);
  if (!row) return null;
  const ways = table.columns.slice(1, -1).map((column, i) => ({ via: column.replace(/^via /, ''), text: row[i + 1] }));
  const [result, best] = row[row.length - 1].split(' via '), cost = text => (text === '∞' ? Infinity : Number(text.split(' = ')[1]));
  const shown = ways.length > 4 ? [...ways].sort((a, b) => cost(a.text) - cost(b.text)).slice(0, 3) : ways;
  const D = el('span', { class: 'math' }, 'D', el('sub', {}, trace.nodes[router].name), el('span', { class: 'up' }, '('), to,
    el('span', { class: 'up' }, ')'));
  const index = name => trace.nodes.findIndex(node => node.name === name);
  const term = ({ via, text }, i) => {
    const wins = !isHidden && via === best;
    return [i ? ',  ' : '', el('span', { class: wins ? 'win' : null, style: wins ? `color:${netStyle(app, index(via)).colour}` : null },
      text.split(' = ')[0]), el('span', { class: 'kick' }, ' via ', nodeName(via))];
  };
  return [D, ' = min { ', shown.map(term), ways.length > shown.length
    ? el('span', { class: 'kick' }, `, … ${ways.length - shown.length} more`) : '', ' } = ',
    isHidden ? el('span', { class: 'res hid' }, '?') : el('span', { class: 'res' }, result)];
}

// Without a table of distances: the way from the router, with what its links cost.
function netWaySum(app, router, k) {
  const { trace } = app, { way, end } = wayOf(trace, router, netDestination(app), k), route = trace.route(router, netDestination(app), k);
  if (!route || !route.hops.length) return null;
  if (route.path && route.path.length) return ['Path: ', ...route.path.flatMap((node, i) => [i ? ' → ' : '', netName(app, node)])];
  if (end !== 'there' || way.length > 8) return null;
  const costs = way.slice(1).map((node, i) => { const link = trace.links.find(({ from, to }) => from === way[i] && to === node);
    return link ? trace.network(k).cables[link.cable].costs[link.index & 1] : 0; });
  return [...way.flatMap((node, i) => [i ? ' → ' : '', netName(app, node)]), ': ', costs.length > 1 ? `${costs.join(' + ')} = ` : '',
    el('span', { class: 'res' }, costs.reduce((a, b) => a + b, 0))];
}

// ---- the line under the picture -----------------------------------------------------------------------------------

function netWayFrom(app) {
  const { trace, view } = app, destination = netDestination(app);
  if (view.router != null && view.router !== destination) return view.router;
  // A prefix is nobody's destination, but that of packets.
  const flow = trace.flows.find(({ to }) => to === destination) || (destination >= trace.nodes.length ? trace.flows[0] : null);
  if (flow) return flow.from;
  // Of the routers, that whose cost changes most.
  return netFacts(trace).once(`way ${destination}`, () => {
    const changes = node => trace.routeVersions[node].get(destination)?.changes ?? [], count = node => changes(node).length;
    return trace.routing.routers.filter(node => node !== destination
      && !changes(node).some(({ hops, cost }) => cost != null && !hops.length)).reduce((best, node) =>
      (best == null || count(node) > count(best) ? node : best), null);
  });
}
function netWay(app, k) {
  const from = netWayFrom(app);
  return from == null ? null : wayOf(app.trace, from, netDestination(app), k);
}
const NET_WAY_ENDS = { loop: ' … a loop', 'no route': ' … no route', cut: ' … the link is cut', failed: ' … which has failed' };

function netLine(app) {
  const { trace, view, player } = app;
  if (view.message != null && trace.routing) {
    const { from, to, text, kind } = trace.routing.messages[view.message];
    return [`Message ${view.message + 1}, `, netName(app, from), ' → ', netName(app, to), ': ',
      el('b', {}, text || kind.replace(/_/g, ' '))];
  }
  if (!trace.routing) return netNodeLine(app);
  const from = netWayFrom(app), to = nodeName(netTo(app));
  if (from == null) return [];
  if (view.asked != null) return [el('span', { class: 'kick' }, 'Where would a packet from ', netName(app, from), ' to ', to, ' go?')];
  const { way, end } = netWay(app, player.k), loop = end === 'loop' ? way.indexOf(way[way.length - 1]) : -1;
  // Twice around says that it goes on.
  const twice = loop >= 0 && way.length < 6 ? [...way, way[loop + 1]] : way;
  // A long name need not be said again.
  const skipped = trace.nodes[from].name.length > 8 && way.length > 1 ? 1 : 0;
  const words = netWayWords(app, way.slice(skipped), twice.slice(skipped));
  return [el('span', {}, 'A packet from ', netName(app, from), ' to ', to, skipped ? ' goes to ' : ' goes '),
    el('b', { class: end === 'there' ? null : 'bad' }, words.flatMap((part, i) => [i ? ' → ' : '', part]), NET_WAY_ENDS[end] || '')];
}

// As many nodes of a way as there is room for on the line.
function netWayWords(app, way, longer) {
  const name = node => app.trace.nodes[node].name;
  const room = .88 * netStage.picture.lineRoom - 26 - name(netWayFrom(app)).length - netTo(app).length;
  const isFitting = nodes => nodes.reduce((sum, node) => sum + name(node).length + 4, 0) < room;
  if (isFitting(longer) && longer.length > way.length) return longer.map(node => netName(app, node));
  if (way.length <= 5 || (way.length <= 9 && isFitting(way))) return way.map(node => netName(app, node));
  for (const [first, last] of [[4, 3], [3, 2], [2, 1], [1, 1]]) {
    if (first + last >= way.length) continue;
    const shown = [...way.slice(0, first), ...way.slice(-last)];
    if (isFitting(shown) || first === 1) return [...shown.slice(0, first).map(node => netName(app, node)),
      `… ${way.length - first - last} more …`, ...shown.slice(first).map(node => netName(app, node))];
  }
  return way.map(node => netName(app, node));
}

function netNodeLine(app) {
  const { trace, view, player } = app;
  if (view.packet != null && trace.packets) {
    const trip = trace.packets.trips[view.packet], [from, to] = tripEnds(trace, trip);
    return [sentence(tripName(trip)), ` of ${trace.flows[trip.flow].name}, `, netName(app, from), ' → ', netName(app, to)];
  }
  if (view.router == null && netThinned(app)) return ['Packets are not shown here.'];
  if (view.router == null) {
    const moving = trace.packetsAt(player.k, player.t).filter(({ state }) => state !== 'dropped');
    return [`${plural(moving.length, 'packet')} under way`];
  }
  const waits = trace.links.filter(({ from }) => from === view.router).map(link =>
    [link, trace.queueAt(link.index, player.t)]).filter(([, count]) => count);
  return [netName(app, view.router), ': ',
    waits.length ? waits.map(([link, count], i) => [i ? ', ' : '', `${count} wait for `, netName(app, link.to)]) : 'nothing waits here'];
}

// What a message says in few words: of the chosen destination, or which LSAs, or which path. Null: it is only drawn.
function netCard(app, message) {
  const { trace } = app, to = netTo(app), { text } = message;
  if (trace.routing.protocol === 'distance_vector') {
    const part = text.split(/[:,] /).find(one => one.startsWith(`${to} `));
    return part ? { before: to, text: part.slice(to.length + 1) } : null;
  }
  if (message.kind.includes('update') && trace.routing.protocol === 'link_state') return { before: null,
    text: netShort(text.replace(/ \([^)]*\)/g, '').replace(/; /g, ', '), 12) };
  if (text.startsWith(`announce ${to} path `)) return { before: null, text: netShort(text.slice(`announce ${to} path `.length), 14) };
  return text.startsWith(`withdraw ${to}`) ? { before: null, text: 'withdrawn' } : null;
}

// ---- tables -------------------------------------------------------------------------------------------------------

const NET_FORWARDING = 'Forwarding table';
// The routes of a router as a table, like those that the protocol keeps.
function netForwarding(app, router, k) {
  const { trace } = app, routes = trace.routes(router, k), name = node => trace.nodes[node].name,
    hasPath = routes.some(([, { path }]) => path && path.length);
  const rows = routes.map(([destination, route]) => [trace.routing.destinations[destination], costText(route.cost),
    route.hops.map(name).join(', ') || 'here', ...(hasPath ? [(route.path || []).map(name).join(' ')] : []),
    String(route.reason).split(' over ')[0].replace(/_/g, ' ')]);
  return { title: NET_FORWARDING, columns: ['to', 'cost', 'next hop', ...(hasPath ? ['path'] : []), 'why'], rows };
}
const netTabName = title => sentence(title.split(':')[0].replace(/'s algorithm$/, '').replace(/^Link-state d/, 'd'));

// The tables of a router at k, forwarding first, each with what the present instant changed in it.
function netTables(app, router, k, present = k) {
  const { trace } = app, from = trace.instant(present), lit = trace.lit(router, present),
    isActing = lit.tables.length > 0 || lit.routes.size > 0;
  const forwarding = netForwarding(app, router, k);
  const all = [{ ...forwarding, lit: isActing ? netLitRoutes(netForwarding(app, router, from), forwarding) : null }];
  trace.tables(router, k).forEach((table, i) => all.push({ ...table, lit: lit.tables[i] || null }));
  return all;
}

// The reason for a route is no part of it.
function netLitRoutes(before, now) {
  const lit = traceLitTable(before, now), why = now.columns.length - 1;
  now.rows.forEach((_, i) => lit.cells.delete(`${i},${why}`));
  return lit;
}

// Which cells hold what others said: changed, they are outlined, not lit.
function netIsHeard({ title, columns }, row, column) {
  if (title.startsWith('vectors')) return row > 0;
  if (title.startsWith('distances')) return column < columns.length - 1;
  return title === 'Link-state database' || (title === 'Adj-RIBs-In' && !['best', 'why'].includes(columns[column]));
}

// The table that a class looks at first.
function netFirstTab(app) {
  const { routing } = app.trace, few = routing.routers.length <= 10;
  if (routing.protocol === 'link_state') return few ? 'Dijkstra' : NET_FORWARDING;
  if (routing.protocol === 'path_vector') return 'Adj-RIBs-In';
  return routing.destinations.length <= 8 ? 'Vectors' : few ? 'Distances' : NET_FORWARDING;
}

class NetTables {
  constructor(app) {
    this.app = app;
    this.tab = null;
    this.row = null;         // of Dijkstra's table, whose sets the picture shows
    this.tabs = el('div', { class: 'seg', role: 'group', 'aria-label': 'Which table' });
    this.chooser = el('select',
      { 'aria-label': 'Router', onchange: event => { const node = +event.target.value; app.act('router', node < 0 ? null : node); } },
      el('option', { value: -1 }, 'the acting router'),
        app.trace.routing.routers.map(node => el('option', { value: node }, app.trace.nodes[node].name)));
    this.isSideBySide = app.trace.routing.routers.length <= NET_SIDE_BY_SIDE;
    this.list = el('div', { class: `net-tables${this.isSideBySide ? ' three' : ' one'}`,
      style: this.isSideBySide ? `--n:${app.trace.routing.routers.length}` : null });
    const key = (kind, words) => el('span', {}, el('i', { class: kind }), words);
    this.legend = el('p', { class: 'net-legend' }, key('k1', 'changed in this step'), key('k2', 'heard in this step'),
      el('span', {}, el('s', {}, '5'), 'value before'));
    this.element = el('section', { class: 'net-tabs', 'aria-label': 'Tables of routers' }, this.list,
      el('div', { class: 'net-foot' }, this.legend, this.isSideBySide ? null : this.chooser, this.tabs));
    this.boxes = new Map();
  }

  shownRouters() { return this.isSideBySide ? this.app.trace.routing.routers : [netShownRouter(this.app)]; }

  draw(app) {
    this.app = app;
    const routers = this.shownRouters(), k = app.player.k, sets = routers.map(router => this.tablesFor(router, k, netPresent(app)));
    this.kind = netTableKind(sets.map(tables => tables.find(({ title }) => netTabName(title) === this.tab) || tables[0]),
      this.isSideBySide);
    this.drawTabs(sets);
    this.chooser.value = app.view.router ?? -1;
    routers.forEach((router, i) => this.drawBox(this.isSideBySide ? router : 0, router, sets[i]));
  }

  // While an outcome is asked for, what was heard is shown, what comes of it is not.
  tablesFor(router, k, present) {
    const { app } = this, { asked } = app.view, event = asked != null ? app.trace.events[asked] : null;
    if (!event || event.kind !== 'step' || event.node !== router) return netTables(app, router, k, present);
    const before = netTables(app, router, k), after = netTables(app, router, asked + 1), to = netTo(app);
    return after.map(table => {
      const old = before.find(({ title }) => title === table.title) || { rows: [], columns: table.columns };
      const isAllHeard = table.rows.every((row, i) => row.every((_, c) => netIsHeard(table, i, c)));
      if (isAllHeard) return table;
      const keepsShape = /^(vectors|distances|Adj-RIBs-In)/.test(table.title);
      const shown = keepsShape ? { ...table } : { ...old, title: table.title, lit: null };
      const hidden = new Set();
      shown.rows.forEach((row, i) => row.forEach((_, c) => {
        const isTo = table.title.startsWith('vectors') ? shown.columns[c] === to : row[0] === to,
          isChanged = keepsShape && table.lit?.cells.has(`${i},${c}`);
        if (c > 0 && (isTo || isChanged) && !netIsHeard(table, i, c)) hidden.add(`${i},${c}`);
      }));
      return { ...shown, hidden };
    });
  }

  drawTabs(sets) {
    const names = [];
    for (const { title } of sets.flat()) if (!names.includes(netTabName(title))) names.push(netTabName(title));
    if (this.tab == null) this.tab = netTabName(netFirstTab(this.app));
    const key = `${names} ${this.tab}`;
    if (this.tabsFor === key) return;
    this.tabsFor = key;
    this.tabs.replaceChildren(...names.map(name => el('button',
      { type: 'button', 'aria-pressed': String(name === this.tab),
      onclick: () => { this.tab = name; this.row = null; this.app.redraw('tab'); } }, name.replace(' table', ''))));
  }

  drawBox(place, router, tables) {
    const { app } = this, { trace, view } = app, { colour, shape } = netStyle(app, router),
      table = tables.find(({ title }) => netTabName(title) === this.tab) || tables[0];
    if (!this.boxes.has(place)) {
      const name = el('button', { type: 'button', class: 'name' }),
        scroll = el('div', { class: 'net-scroll', tabindex: 0, role: 'region' }), box = el('div', { class: 'rt' }, name, scroll);
      this.boxes.set(place, { box, name, scroll });
      this.list.append(box);
    }
    const { box, name, scroll } = this.boxes.get(place), isSelected = view.router === router;
    box.classList.toggle('sel', isSelected);
    box.style.setProperty('--c', colour);
    name.setAttribute('aria-pressed', isSelected);
    name.onclick = () => app.act('router', router);
    name.replaceChildren(inlineGlyph(shape, colour), el('span', {}, 'Router ', netName(app, router)),
      el('small', {}, isSelected ? 'selected' : netTabCaption(table.title)));
    scroll.setAttribute('aria-label', `${netTabName(table.title)} of router ${trace.nodes[router].name}`);
    scroll.replaceChildren(this.tableElement(router, table));
  }

  scroll() { for (const { scroll } of this.boxes.values()) this.showLit(scroll); }

  // What has changed is in the middle of a table that is longer than its place; else its beginning is shown.
  showLit(scroll) {
    const cell = scroll.scrollHeight > scroll.clientHeight ? $('tbody .lit, tbody .heard, tbody .hid', scroll) : null;
    if (cell) scroll.scrollTop = cell.offsetTop - scroll.clientHeight / 2;
  }

  tableElement(router, table) {
    const { app } = this, { columns, rows, title } = table, isVectors = title.startsWith('vectors'),
      isDijkstra = title.startsWith('Dijkstra');
    const to = netTo(app), isRight = columns.map((_, c) => c > 0 && rows.every(row => /^([\d∞–]+|)$/.test(row[c])));
    const head = columns.map((column, c) => {
      const text = column.replace(/^(via|to) (?=.)/, ''), isNode = c > 0 && app.trace.routing.destinations.includes(text);
      return el('th', { scope: 'col', class: [isRight[c] ? 'n' : '', isVectors && text === to ? 'dest' : ''].join(' ').trim() || null },
        isVectors && c === 0 ? el('span', { class: 'sr' }, column) : isNode && column !== text
        ? [`${column.slice(0, column.length - text.length)}`, nodeName(text)] : isNode ? nodeName(text) : this.headText(column));
    });
    const body = rows.map((row, i) => this.rowElement(router, table, row, i, isRight));
    for (const { behind, row } of table.lit?.gone || []) {
      const gone = el('tr', { class: 'gone' }, row.map((text, c) => el('td', { class: isRight[c] ? 'n' : null }, el('s', {}, text))));
      if (body[behind]) body[behind].after.push(gone); else body.unshift({ element: gone, after: [] });
    }
    const elements = body.flatMap(({ element, after }) => [element, ...after]);
    return el('table', { class: `${this.kind}${isDijkstra ? ' dijkstra' : isVectors && columns.length <= 9 ? ' vectors' : ''}` },
      el('caption', { class: 'sr' }, `${title} of router ${app.trace.nodes[router].name}`), el('thead', {}, el('tr', {}, head)),
      el('tbody', {}, elements.length ? elements : el('tr', {}, el('td', { class: 'none', colspan: columns.length }, 'empty')),
        isVectors ? this.viaRow(router, table) : null));
  }

  headText(column) {
    const match = /^([Dd])[_(](\S+?)\)?(,p\((\S+)\))?$/.exec(column);
    if (!match) return column;
    return match[3] ? el('span', { class: 'math' }, 'D', el('span', { class: 'up' }, '('), match[2], el('span', { class: 'up' }, '), '),
      'p', el('span', { class: 'up' }, '('), match[4], el('span', { class: 'up' }, ')')) : math('D', match[2]);
  }

  rowElement(router, table, row, i, isRight) {
    const { app } = this, { title, columns, lit, hidden } = table, isVectors = title.startsWith('vectors'),
      isDijkstra = title.startsWith('Dijkstra'), to = netTo(app);
    const cells = row.map((text, c) => {
      const key = `${i},${c}`, isHidden = hidden && hidden.has(key),
        isLit = lit && lit.cells.has(key) && !isHidden && (text !== '' || lit.before.get(key)),
        was = isLit ? lit.before.get(key) : undefined;
      const classes = [isRight[c] ? 'n' : '', isHidden ? 'hid' : isLit ? (netIsHeard(table, i, c) ? 'heard' : 'lit')
        : ''].filter(Boolean).join(' ');
      const content = isHidden ? '?' : [was != null && was !== '' ? el('s', { 'aria-hidden': 'true' }, was) : null,
        this.cellText(table, text, c)];
      const said = was != null && was !== '' ? `${text || 'empty'}, was ${was}` : null;
      if (c > 0) return el('td', { class: classes || null, 'aria-label': said }, content);
      const words = isVectors ? [i === 0 ? 'own ' : 'from ', nodeName(text)] : isDijkstra
        ? el('button', { type: 'button', class: 'rowbutton', 'aria-pressed': String(this.row === i),
        'aria-label': `Step ${text}: show it in the picture` }, text) : content;
      return el('th', { scope: 'row', class: classes || null }, words);
    });
    const isOwn = isVectors ? i === 0 : !isDijkstra && row[0] === to;
    const element = el('tr', { class: [isOwn ? 'own' : '', isDijkstra && this.row === i ? 'chosen' : ''].join(' ').trim() || null,
      onclick: isDijkstra ? () => { this.row = this.row === i ? null : i; app.redraw('tab'); } : null }, cells);
    return { element, after: [] };
  }

  cellText(table, text, column) {
    const { trace } = this.app;
    if (column > 0 && !table.title.startsWith('Dijkstra') && isShortName(text)
      && trace.nodes.some(({ name }) => name === text)) return math(text);
    // A sum shows its result first.
    const sum = /^(.+) = (\S+)$/.exec(text);
    return sum ? [el('span', { class: 'terms' }, `${sum[1]} = `), sum[2]]
      : text.replace(/_/g, table.title === 'Loc-RIB' || table.title === 'Adj-RIBs-In' ? ' ' : '_');
  }

  // Below the vectors: where packets to each destination go.
  viaRow(router, { columns, hidden }) {
    const { app } = this, { trace, player } = app, lit = trace.lit(router, netPresent(app)), from = trace.instant(netPresent(app));
    const cell = column => {
      const destination = trace.routing.destinations.indexOf(column), route = trace.route(router, destination, player.k),
        was = trace.route(router, destination, from);
      const isLit = lit.routes.has(destination) && `${route?.hops}` !== `${was?.hops}`;
      const isHidden = hidden && column === netTo(app);
      return el('td', { class: isHidden ? 'n hid' : isLit ? 'n lit' : 'n' },
        isHidden ? '?' : route && route.hops.length ? route.hops.flatMap((hop, i) => [i ? ', ' : '', netName(app, hop)]) : '–');
    };
    return el('tr', { class: 'via' }, el('th', { scope: 'row' }, 'via'), columns.slice(1).map(cell));
  }

  // The sets of the chosen row of Dijkstra's table: who is settled, and whom the frontier knows at what cost.
  dijkstra(app) {
    if (this.row == null || !this.tab?.startsWith('Dijkstra') || app.view.asked != null) return null;
    const router = this.shownRouters()[0], table = app.trace.tables(router, app.player.k).find(({ title }) => title.startsWith('Dijkstra'));
    if (!table || !table.rows[this.row]) return null;
    const index = name => app.trace.nodes.findIndex(node => node.name === name), settled = new Set(), frontier = new Map();
    // Each row adds one name to the set.
    let before = '';
    for (const [, set] of table.rows.slice(0, this.row + 1)) { settled.add(index(set.slice(before.length).trim())); before = set; }
    table.columns.slice(2).forEach((column, i) => { const text = table.rows[this.row][i + 2],
      name = column.slice(2, column.indexOf('),p(')); if (text && text !== '∞') frontier.set(index(name), text); });
    return { settled, frontier };
  }
}
// Letters as large as all tables shown allow.
function netTableKind(tables, isSideBySide) {
  const fits = (rows, columns, letters) => tables.every(table => table.rows.length <= rows && table.columns.length <= columns
    && table.rows.every(row => row.every(cell => cell.length <= letters)));
  return fits(5, isSideBySide ? 5 : 9, 6) ? 'big' : fits(8, 9, 60) ? 'mid' : 'small';
}
const netTabCaption = title => (title.startsWith('vectors') ? 'cost to' : title.includes(':')
  ? title.split(': ')[1].replace('D_v(y)', 'Dᵥ(y)') : '');

// ---- the horizontal scale -----------------------------------------------------------------------------------------

// Time from 0 to 1. Where routing is shown, stretches in which nothing happens are shortened, or nothing else would be seen.
class NetScale {
  constructor(trace) {
    const moments = trace.routing ? [...netFacts(trace).rounds.filter(t => t > 0 && t < trace.end)] : [];
    this.times = [0, ...moments, Math.max(trace.end, 1)];
    const gaps = this.times.slice(1).map((t, i) => t - this.times[i]),
      usual = moments.length ? [...gaps].sort((a, b) => a - b)[Math.floor(gaps.length * .75)] || 1 : Infinity;
    const wide = gap => (gap <= usual ? gap : usual * (1 + Math.log(gap / usual)));
    this.places = [0];
    this.breaks = [];
    gaps.forEach((gap, i) => {
      // Nobody needs to see more of the end than that it is quiet.
      const width = i === gaps.length - 1 && moments.length ? Math.min(wide(gap), this.places[i] * .05 + usual) : wide(gap);
      this.places.push(this.places[i] + width);
      if (gap > 6 * usual && gap > .03 * trace.end) this.breaks.push([this.times[i], this.times[i + 1]]);
    });
    const whole = this.places[this.places.length - 1];
    this.places = this.places.map(place => place / whole);
  }

  to(t) { return NetScale.between(this.times, this.places, t); }

  from(part) { return NetScale.between(this.places, this.times, part); }

  static between(xs, ys, x) {
    const at = clamp(countUpTo(xs, x) - 1, 0, xs.length - 2), share = xs[at + 1] > xs[at] ? (x - xs[at]) / (xs[at + 1] - xs[at]) : 0;
    return ys[at] + clamp(share, 0, 1) * (ys[at + 1] - ys[at]);
  }

  // Times to write under the axis, at least `apart` of the width from each other.
  ticks(trace, apart) {
    const span = trace.end, candidates = [0].concat(trace.script.map(({ t }) => t), this.breaks.map(([, t]) => t));
    for (let step = 10 ** Math.ceil(Math.log10(Math.max(1, span))); step > span / 5000 && step >= 1; step /= 10) {
      for (const part of [step, step / 2, step / 5]) if (Math.floor(part) === part) for (let t = part; t < span
        && span / part <= 400; t += part) candidates.push(t);
    }
    const taken = [];
    for (const t of candidates) {
      const place = this.to(t);
      if (place < .985 && taken.every(other => Math.abs(other.place - place) >= apart)) taken.push({ t, place });
    }
    return taken.sort((a, b) => a.t - b.t);
  }
}
const netScale = trace => netFacts(trace).once('scale', () => new NetScale(trace));

// ---- the timeline -------------------------------------------------------------------------------------------------

// A chart whose x axis is the timeline of the replay: series, lanes below, bookmarks above, one playhead through all.
class NetTimeline {
  constructor(app) {
    this.app = app;
    this.title = el('h2');
    this.measure = el('span', { class: 'kick measure' });
    this.table = el('button', { type: 'button', class: 'link noprint', onclick: () => netTableOf(this.app) }, 'Table and CSV');
    this.figure = el('figure', {});
    this.element = el('section', { class: 'net-chart', 'aria-label': 'Timeline' }, el('header', {}, this.title, this.measure, this.table),
      this.figure);
  }

  build(app) {
    this.app = app;
    const r = rem(), { trace } = app, spec = this.spec = trace.routing ? netCostSpec(app) : netFigureSpec(app);
    this.title.replaceChildren(...spec.title);
    this.measure.textContent = this.measure.title = spec.measure;
    const W = Math.max(320, this.figure.clientWidth), H = Math.max(100, this.figure.clientHeight), L = spec.left * r, right = 5.6 * r;
    const lane = Math.min((spec.lanes.length > 4 ? .8 : 1.05) * r, (H - 6.5 * r) / Math.max(1, spec.lanes.length)), foot = 1.4 * r,
      lanes = spec.lanes.length * lane, top = 1.5 * r, y1 = H - foot - lanes - .5 * r, scale = spec.scale;
    const most = spec.most,
      y = value => (value == null || value === Infinity ? top : y1 - value / most * (y1 - top - (spec.hasInfinity ? .9 * r : 0)));
    Object.assign(this, { r, W, H, L, right, top, y1, y, bottom: H - foot, x: t => L + scale.to(t) * (W - L - right),
      inverse: px => scale.from((px - L) / (W - L - right)) });
    this.laneY = i => y1 + .6 * r + lane * (i + .5);
    const root = svg('svg', { viewBox: `0 0 ${W} ${H}`, role: 'group', 'aria-label': `${netText(spec.title)}, with the timeline below` });
    const past = svg('g'), future = svg('g', { class: 'future', opacity: 'var(--ghost)' });
    for (const group of [future, past]) { this.drawLaneMarks(group); this.drawSeries(group); }
    this.clip = svg('rect', { x: 0, y: 0, height: H, width: 0 });
    past.setAttribute('clip-path', 'url(#net-past)');
    const hatch = svg('pattern', { id: 'net-hatch', width: 8, height: 8, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
      svg('line', { x1: 0, y1: 0, x2: 0, y2: 8, stroke: 'var(--hatch)', 'stroke-width': 2.5 }));
    this.future = future;
    this.veil = svg('g', {}, svg('rect', { class: 'veil' }), svg('rect', { class: 'veilhatch', fill: 'url(#net-hatch)' }),
      svg('text', { class: 'lab veilword', 'text-anchor': 'middle' }, 'hidden until predicted'));
    this.labels = svg('g');
    this.pins = svg('g');
    const end = trace.end * trace.unit;
    this.head = svg('g', { class: 'playhead', role: 'slider', tabindex: 0, 'aria-label': 'Replay position', 'aria-valuemin': 0,
      'aria-valuemax': numberText(end, 6) },
      svg('line', { y1: top - .1 * r, y2: this.bottom }), svg('path',
        { transform: `translate(0 ${this.bottom})`, d: `M${-.5 * r} ${.62 * r}V${.3 * r}L0 ${-.25 * r}L${.5 * r} ${.3 * r}V${.62 * r}z` }));
    root.append(svg('defs', {}, svg('clipPath', { id: 'net-past' }, this.clip), hatch), this.axis(), future, past, this.veil, this.labels,
      this.pins, this.head);
    this.bind(root);
    this.figure.replaceChildren(root);
    this.root = root;
  }

  axis() {
    const { r, L, W, right, y, y1, bottom, spec, app: { trace } } = this, group = svg('g', { class: 'net-axis' }), end = W - right;
    for (const [from, until] of spec.scale.breaks) if (this.x(until) - this.x(from) > 3) group.append(svg('rect',
      { class: 'quiet', x: this.x(from), y: this.top, width: this.x(until) - this.x(from), height: bottom - this.top }));
    for (const { from, until } of trace.thinned) group.append(svg('rect',
      { class: 'thinned', x: this.x(from), y: bottom - .3 * r, width: Math.max(2, this.x(until) - this.x(from)), height: .3 * r }));
    for (const value of spec.ticks) group.append(svg('line', { class: 'grid', x1: L, x2: end, y1: y(value), y2: y(value) }),
      svg('text', { class: 'axis', x: L - .5 * r, y: y(value) + .33 * r, 'text-anchor': 'end' }, spec.tickText(value)));
    if (spec.hasInfinity) group.append(svg('line', { class: 'grid dotted', x1: L, x2: end, y1: y(Infinity), y2: y(Infinity) }),
      svg('text', { class: 'axis', x: L - .5 * r, y: y(Infinity) + .33 * r, 'text-anchor': 'end' }, '∞'));
    const { factor, unit, decimals } = timeScale(trace.end * trace.unit),
      text = t => String(Number((t * trace.unit * factor).toFixed(Math.max(decimals, 2))));
    spec.scale.ticks(trace, 4.4 * r / (end - L)).forEach(({ t, place }, i) => {
      const px = L + place * (end - L);
      group.append(svg('line', { class: 'grid', x1: px, x2: px, y1, y2: bottom }),
        svg('text', { class: 'axis', x: px, y: this.H - .3 * r, 'text-anchor': 'middle' }, i ? text(t) : `${text(t)} ${unit}`));
    });
    spec.lanes.forEach(({ label }, i) => group.append(svg('line', { class: 'grid', x1: L, x2: end, y1: this.laneY(i), y2: this.laneY(i) }),
      svg('text', { class: isShortName(label) && label ? 'lanename serif' : 'axis', x: L - .5 * r, y: this.laneY(i) + .3 * r,
        'text-anchor': 'end' }, netShort(label, 9))));
    spec.laneWords.forEach((words, i) =>
      group.append(svg('text', { class: 'axis', x: end + .5 * r,
      y: this.laneY((spec.lanes.length - 1) / 2) + (i - (spec.laneWords.length - 1) / 2) * 1.05 * r + .3 * r }, words)));
    return group;
  }

  drawSeries(group) {
    const { spec, r } = this, path = points => {
      let d = '', open = false, last = null;
      for (const [t, value] of points) {
        const x = this.x(t).toFixed(1), y = value === undefined ? null : this.y(value).toFixed(1);
        if (y == null) { if (open && spec.step) d += `H${x}`; open = false; continue; }
        d += !open ? `M${x} ${y}` : spec.step ? `H${x}V${y}` : `L${x} ${y}`;
        open = true;
        last = t;
      }
      return open && spec.step && last != null ? `${d}H${this.x(this.app.trace.end).toFixed(1)}` : d;
    };
    const faint = spec.faint.map(path).join('');
    if (faint) group.append(svg('path', { class: 'faint', d: faint }));
    spec.series.forEach(({ style, points, thin }) =>
      group.append(svg('path', { class: 'series', d: path(points), stroke: style.colour, 'stroke-width': (thin ? .1 : .1625) * r,
      'stroke-dasharray': style.dash === 'none' ? null : style.dash.replace(/([\d.]+)rem/g, (_, n) => n * r) })));
  }

  // Marks closer than a pixel to each other are one.
  drawLaneMarks(group) {
    const { spec, r } = this;
    spec.lanes.forEach(({ marks, style, bars }, i) => {
      const y = this.laneY(i), seen = new Set();
      if (bars) { this.drawDensity(group, marks, y); return; }
      for (const [t, isMain] of marks) {
        const key = `${Math.round(this.x(t) / 1.5)} ${isMain}`;
        if (seen.has(key)) continue;
        seen.add(key);
        group.append(isMain ? glyph(style.shape, .3 * r, { transform: `translate(${this.x(t)} ${y})`,
          fill: style.shape === 'cross' ? 'none' : style.colour, stroke: style.shape === 'cross' ? style.colour : null,
          'stroke-width': style.shape === 'cross' ? .11 * r : null })
          : svg('line', { class: 'tick', x1: this.x(t), x2: this.x(t), y1: y - .18 * r, y2: y + .18 * r }));
      }
    });
  }

  // For many routers one strip: the higher, the more tables changed there.
  drawDensity(group, marks, y) {
    const { r } = this, bin = 3, counts = new Map();
    for (const [t, isMain] of marks) if (isMain) { const at = Math.floor(this.x(t) / bin); counts.set(at, (counts.get(at) || 0) + 1); }
    const most = Math.max(1, ...counts.values());
    let d = '';
    for (const [at, count] of counts) { const high = .95 * r * Math.sqrt(count / most);
      d += `M${at * bin} ${y + .5 * r}v${-high}h${bin - .5}v${high}z`; }
    group.append(svg('path', { class: 'density', d }));
  }

  bind(root) {
    let isDragging = false;
    const scrub = event => {
      const box = root.getBoundingClientRect();
      this.app.player.pause();
      this.app.act('goTime', Math.round(clamp(this.inverse((event.clientX - box.left) * this.W / box.width), 0, this.app.trace.end)));
    };
    root.addEventListener('pointerdown', event => { if (event.target.closest('.pin')) return; isDragging = true;
      root.setPointerCapture(event.pointerId); scrub(event); });
    root.addEventListener('pointermove', event => { if (isDragging) scrub(event); });
    root.addEventListener('pointerup', () => { isDragging = false; });
  }

  // Cheap: only what the clock moves.
  cursor(app) {
    const { r, W, right, top, bottom, spec } = this, { t, k } = app.player, x = this.x(t), end = W - right, { view, trace } = app,
      isVeiled = document.body.classList.contains('predicting');
    const asked = view.asked != null;
    this.clip.setAttribute('width', Math.max(0, asked ? x - .4 * r : x + .35 * r));
    this.head.setAttribute('transform', `translate(${x} 0)`);
    this.head.setAttribute('aria-valuenow', numberText(t * trace.unit, 6));
    this.head.setAttribute('aria-valuetext', `${netDelta(app, t)}, event ${k} of ${trace.count}`);
    this.veil.style.display = isVeiled ? '' : 'none';
    this.future.style.display = isVeiled ? 'none' : '';
    if (isVeiled) {
      const wide = Math.max(0, end - x);
      for (const rect of this.veil.querySelectorAll('rect')) { rect.setAttribute('x', x); rect.setAttribute('width',
        wide); rect.setAttribute('y', top - .2 * r); rect.setAttribute('height', bottom - top + .2 * r); }
      const word = $('text', this.veil);
      word.setAttribute('x', x + wide / 2 + 1.6 * r);
      word.setAttribute('y', (top + this.y1) / 2);
      word.style.display = wide > 16 * r ? '' : 'none';
    }
    this.drawLabels(app, x, end, spec, asked ? trace.events[view.asked].node : null);
  }

  // Each series' name and value stand at the cursor, moved apart where they would cover each other.
  drawLabels(app, x, end, spec, hidden) {
    const { r, top, y1 } = this, { k, t } = app.player;
    const all = spec.series.map(({ label, style, valueAt, key }) =>
      ({ label, style, value: valueAt(k, t), isHidden: key === hidden })).filter(({ value, isHidden }) => value !== undefined || isHidden)
      .map(item => ({ ...item, py: this.y(item.value), ly: this.y(item.value) + .38 * r }));
    const apart = 1.15 * r, low = y1 + .3 * r;
    // Those that have no room are left out, the selected ones last.
    all.length = Math.min(all.length, Math.max(1, Math.floor((low - top - .3 * r) / apart) + 1));
    all.sort((a, b) => a.ly - b.ly);
    for (let i = 1; i < all.length; i++) all[i].ly = Math.max(all[i].ly, all[i - 1].ly + apart);
    for (let i = all.length - 1, limit = low; i >= 0; i--) { all[i].ly = Math.max(top + .3 * r,
      Math.min(all[i].ly, limit)); limit = all[i].ly - apart; }
    // Near the right edge they stand before the cursor.
    const widest = Math.max(0, ...all.map(({ label, value }) => Math.min(10, label.length) + 1 + spec.valueText(value ?? 0).length)) * .62 * r,
      isBefore = x + .75 * r + widest > this.W, side = isBefore ? -.75 * r : .75 * r;
    this.labels.replaceChildren(...all.map(({ label, style, value, isHidden, py, ly }) =>
      svg('g', {}, isHidden ? null : glyph(style.shape, .38 * r,
      { class: 'at', transform: `translate(${Math.min(x, end)} ${py})`, fill: style.colour }),
      svg('text', { class: 'lab', x: x + side, y: ly, 'text-anchor': isBefore ? 'end' : 'start', style: `fill:${style.colour}` },
        svg('tspan', { class: isShortName(label) ? 'serif' : null }, `${netShort(label, 10)} `), isHidden ? '?' : spec.valueText(value)))));
  }

  drawPins(app) { this.pins.replaceChildren(bookmarkPins(app, t => this.x(t), this.r)); }
}

// Costs to the chosen destination, one staircase a router.
function netCostSpec(app) {
  const { trace } = app, destination = netDestination(app), styles = netSeries(app), to = netTo(app), { routers, infinity } = trace.routing;
  const points = node => {
    const list = trace.routeVersions[node].get(destination);
    return list ? list.changes.map(({ cost, step }) => [trace.routing.steps[step].t, cost ?? Infinity]) : [];
  };
  const valueAt = node => k => { const change = trace.lastChange(node, destination, k); return change ? change.cost ?? Infinity : undefined;
    };
  const shown = routers.filter(node => node !== destination && styles.has(node) && points(node).length);
  const series = shown.map((node, i) =>
    ({ key: node, label: trace.nodes[node].name, style: styles.get(node), points: points(node), valueAt: valueAt(node), thin: i % 2 }));
  const faint = routers.filter(node => node !== destination && !shown.includes(node)).map(points).filter(list => list.length);
  const finite = [...series.map(one => one.points), ...faint].flat().map(([, cost]) => cost).filter(cost => cost !== Infinity),
    top = Math.max(1, ...finite);
  const hasInfinity = [...series.map(one => one.points), ...faint].flat().some(([, cost]) => cost === Infinity);
  const lanes = routers.length <= NET_LANES_UP_TO
    ? routers.map(node => ({ label: trace.nodes[node].name, style: netStyle(app, node), marks: netLane(trace, [node]) }))
    : [{ label: '', style: NET_INK, marks: netLane(trace, routers), bars: true }];
  const unit = netTickStep(top);
  return { title: [trace.routing.protocol === 'path_vector' ? 'Length of the path to ' : 'Cost to ', nodeName(to)],
    measure: netConvergence(app), series, faint, lanes, laneWords: ['table', 'changes'], step: true, scale: netScale(trace),
    left: Math.max(2.4, .58 * String(Math.floor(top)).length + .9, ...lanes.map(({ label }) => .55 * Math.min(9, label.length) + .9)), most: top * 1.06,
      hasInfinity,
      ticks: Array.from({ length: Math.floor(top / unit) + 1 }, (_, i) => i * unit), tickText: String,
    valueText: value => (value === Infinity || (infinity != null && value >= infinity) ? '∞' : costText(value)) };
}
function netTickStep(top) {
  const rough = top / 3.5, power = 10 ** Math.floor(Math.log10(rough));
  return Math.max(1e-9, [1, 2, 5, 10].map(n => n * power).find(step => step >= rough));
}
function netLane(trace, nodes) {
  const wanted = new Set(nodes);
  return trace.routing.steps.filter(step => !step.quiet && wanted.has(step.node)).map(step =>
    [step.t, step.changes.length > 0 || step.tables.length > 0 && step.cause === 'failed']);
}

// '6.01 s and 14 messages to converge after B-C down', of what took longest; the start counts only where nothing else happens.
function netConvergence(app) {
  const phases = (app.summary?.routing?.converged_s || []).filter(({ t_s: t }) => t != null), took = phase => phase.took_s ?? phase.t_s;
  const later = phases.filter(({ after }) => after !== 'start');
  const longest = (later.length ? later : phases).reduce((a, b) => (a && took(a) >= took(b) ? a : b), null);
  const shortened = netScale(app.trace).breaks.length ? 'quiet stretches are shortened' : '';
  if (!longest) return shortened;
  const after = longest.after === 'start' ? 'at the start' : `after ${longest.after}`;
  const words = `${siText(took(longest), 's')} and ${plural(longest.messages, 'message')} to converge ${netShort(after, 40)}`;
  return [words, shortened].filter(Boolean).join(' · ');
}

// Without routing: the throughput, windows or queue of the run, from its figures.
function netFigureSpec(app) {
  const { trace } = app,
    plots = (app.figures || []).map(figure => ({ name: figure.name, title: figure.title, plot: plotOf(figure) })).filter(({ plot }) =>
    plot?.seconds);
  const figure = ['throughput', 'cwnd', 'queue'].map(name => plots.find(one => one.name === name)).find(Boolean),
    panel = figure?.plot.panels[0], factor = figure ? figure.plot.seconds / trace.unit : 1;
  const lines = panel ? panel.layers.filter(({ kind }) => kind === 'line') : [];
  // A staircase among straight lines, such as the fair share, gets its corners.
  const list = ({ x, y, step }) => x.flatMap((at, i) => [...(step && !lines[0].step && i ? [[at * factor, y[i - 1] ?? undefined]] : []),
    [at * factor, y[i] ?? undefined]]);
  const valueAt = points => (k, t) => { const at = countUpTo(points.map(([time]) => time), t) - 1;
    return at < 0 ? undefined : points[at][1]; };
  if (!figure && trace.packets) return netUnderWaySpec(app);
  const series = lines.slice(0, NET_SERIES).map((line, i) => { const points = list(line);
    return { key: i, label: line.label || '', style: seriesStyle(line.style ?? i), points, valueAt: valueAt(points), thin: i % 2 }; });
  const faint = lines.slice(NET_SERIES).map(list), top = Math.max(1e-9,
    ...[...series.map(one => one.points), ...faint].flat().map(([, value]) => value ?? 0)), unit = netTickStep(top);
  const lanes = netPacketLanes(app);
  return { title: [figure ? sentence(panel.y.label || figure.title) : 'Timeline'], measure: figure ? figure.title : '', series, faint,
    lanes, laneWords: [], step: !!lines[0]?.step, scale: netScale(trace), left: 3.9, most: top * 1.06,
    hasInfinity: false, ticks: series.length ? Array.from({ length: Math.floor(top / unit + 1e-9) + 1 }, (_, i) => i * unit) : [],
      tickText: value => numberText(value, 3), valueText: value => numberText(value, 3) };
}

function netPacketLanes(app) {
  const { trace } = app, facts = netFacts(trace), lane = (label, ks, shape, colour) =>
    ({ label, style: { shape, colour }, marks: ks.map(k => [trace.timeOf(k), true]) });
  if (!trace.packets) return [];
  return [lane('drops', facts.drops, 'cross', 'var(--alert)'), lane('again', facts.repeats, 'diamond', 'var(--plum)'),
    lane('cuts', facts.cuts, 'down', 'var(--slate)')].filter(({ marks }) => marks.length);
}

// Where the run has no figure: how many packets of each flow are under way.
function netUnderWaySpec(app) {
  const { trace } = app, facts = netFacts(trace), flows = trace.flows.slice(0, NET_SERIES), counts = flow => {
    const { sent, delivered, dropped } = facts.ofFlow(flow.index),
      steps = [...sent.map(k => [k, 1]), ...delivered.map(k => [k, -1]), ...dropped.map(k => [k, -1])].sort((a, b) => a[0] - b[0]);
    let count = 0;
    // From the first packets on that are not shown, they cannot be counted.
    const limit = trace.thinned.length ? trace.kAt(trace.thinned[0].from) : Infinity;
    return [[0, 0], ...steps.filter(([k]) => k <= limit).map(([k, by]) => [k, count += by]),
      ...(limit < Infinity ? [[limit, undefined]] : [])];
  };
  const series = flows.map((flow, i) => {
    const list = counts(flow), ks = list.map(([k]) => k);
    return { key: flow.index, label: flow.name, style: seriesStyle(i), points: list.map(([k, count]) => [trace.timeOf(k), count]),
      valueAt: k => list[countUpTo(ks, k) - 1][1], thin: i % 2 };
  });
  const top = Math.max(1, ...series.flatMap(({ points }) => points.map(([, count]) => count ?? 0))), unit = Math.max(1, netTickStep(top));
  return { title: ['Packets under way'], measure: '', series, faint: [], lanes: netPacketLanes(app), laneWords: [], step: true,
    scale: netScale(trace), left: 3.9, most: top * 1.1, hasInfinity: false,
    ticks: Array.from({ length: Math.floor(top / unit) + 1 }, (_, i) => i * unit), tickText: String, valueText: String };
}

// Every change of the cost to the chosen destination, as a table.
function netTableOf(app) {
  const { trace, player, view } = app;
  if (!trace.routing) { netEventTable(app); return; }
  const destination = netDestination(app), name = node => trace.nodes[node].name, limit = view.predict ? player.k : trace.count;
  const rows = trace.changes.filter(change => change.destination === destination
    && trace.routing.steps[change.step].event < limit).map(change => {
    const { t, node } = trace.routing.steps[change.step];
    return [Number((t * trace.unit).toFixed(9)), name(node), change.before ? costText(change.before.cost) : '', costText(change.cost),
      change.hops.map(name).join(' '), change.reason];
  });
  tableDialog(`Every change of the cost to ${netTo(app)}`, ['t_s', 'router', 'cost_before', 'cost', 'next_hops', 'reason'], rows,
    'routes.csv');
}
function netEventTable(app) {
  const { trace, player, view } = app, limit = view.predict ? player.k : trace.count;
  const rows = trace.events.slice(0, limit).filter(({ kind }) => !NET_MINOR.has(kind)).map(event =>
    [Number((event.t * trace.unit).toFixed(9)), event.kind, event.flow == null ? '' : trace.flows[event.flow].name,
    netText(netSentence(app, event))]);
  tableDialog('What happened', ['t_s', 'what', 'flow', 'words'], rows, 'events.csv');
}

// ---- the log ------------------------------------------------------------------------------------------------------

const NET_CAUSES = { started: 'starts', timer: 'timer', signal: 'connection', link: 'sees link', told: 'is told', failed: 'fails' };

class NetLog {
  constructor(app) {
    this.list = el('ol', { tabindex: 0, 'aria-label': 'List of events' });
    this.shownFor = null;
  }

  // Which events are listed: those of the selected router or flow, without what packets do where there would be too many.
  events(app) {
    const { trace, view } = app, facts = netFacts(trace), { router, flow } = view;
    return facts.once(`log ${router} ${flow}`, () => {
      const minor = trace.routing || trace.count > 3000;
      return trace.events.filter(event => {
        if (minor && NET_MINOR.has(event.kind) && !(flow != null && event.kind !== 'arrived')) return false;
        if (trace.routing && flow == null && NET_OF_PACKETS.has(event.kind)) return false;
        if (flow != null && event.flow !== flow && event.kind !== 'script') return false;
        if (router == null || event.kind === 'script') return true;
        const step = facts.stepOf(event);
        return event.node === router || (step && step.cause === 'heard' && trace.routing.messages[step.arg].from === router);
      }).map(({ k }) => k);
    });
  }

  draw(app) {
    const events = this.events(app), { k } = app.player, isVeiled = app.view.predict, at = countUpTo(events, k - 1),
      page = NET_LOG_ROWS / 2;
    // Rows come in pages, two at a time, with the present well within them.
    const from = Math.max(0, Math.floor((at - page / 2) / page) * page),
      until = Math.min(isVeiled ? at : events.length, from + NET_LOG_ROWS);
    const key = `${app.view.router} ${app.view.flow} ${from} ${until} ${app.trace.routing ? netDestination(app) : ''}`;
    if (this.shownFor !== key) {
      this.shownFor = key;
      const more = (count, words, to) =>
        (count > 0 ? [el('li', {}, el('button', { type: 'button', class: 'more', onclick: () => app.act('go', to) },
        `${countText(count)} ${words}`))] : []);
      this.rows = events.slice(from, until).map(event => this.row(app, event));
      this.list.replaceChildren(...more(from, 'earlier', events[Math.max(0, from - 1)] + 1), ...this.rows,
        ...(isVeiled ? [] : more(events.length - until, 'later', events[Math.min(events.length - 1, until)] + 1)));
      if (!this.rows.length) this.list.replaceChildren(el('li', { class: 'empty' }, isVeiled ? 'Nothing yet.' : 'Nothing here.'));
    }
    let current = null;
    const told = netToldEvent(app);
    for (const row of this.rows) {
      const name = row.event >= k ? 'future' : 'past', isHere = told != null && row.event === told.k;
      if (row.className !== name) row.className = name;
      if (isHere !== row.hasAttribute('aria-current')) if (isHere) row.setAttribute('aria-current', 'step');
      else row.removeAttribute('aria-current');
      if (row.event <= (told ? told.k : -1)) current = row;
    }
    this.current = current;
  }

  scroll() {
    const { current } = this;
    this.list.scrollTop = current ? current.offsetTop - this.list.clientHeight + current.offsetHeight * 3 : 0;
  }

  row(app, k) {
    const { trace } = app, event = trace.events[k], time = el('span', { class: 'when' }, netShortMoment(app, event.t));
    const item = el('li', {}, el('button', { type: 'button', onclick: () => app.act('go', k + 1) }, time, ...this.words(app, event)));
    item.event = k;
    return item;
  }

  words(app, event) {
    const { trace } = app, step = netFacts(trace).stepOf(event);
    if (!step) return [el('span', { class: 'wide' },
      netText(event.kind === 'script' ? [trace.script[event.ref.script].words] : netSentence(app, event)).replace(/\.$/, ''))];
    const { colour, shape } = netStyle(app, step.cause === 'heard' ? trace.routing.messages[step.arg].from : step.node),
      mark = inlineGlyph(shape, colour);
    const who = step.cause === 'heard' ? [netName(app, trace.routing.messages[step.arg].from), ' → ', netName(app, step.node)]
      : [netName(app, step.node), ` ${NET_CAUSES[step.cause] || 'works'}`];
    const said = step.cause === 'heard' ? netCard(app, trace.routing.messages[step.arg]) : null;
    return [el('span', { class: 'who' }, mark, ' ', who), el('span', { class: 'said' },
      said ? [said.before ? [nodeName(said.before), ' '] : '', said.text] : step.cause === 'heard'
      ? netKind(trace.routing.messages[step.arg].kind) : ''), this.effect(app, step)];
  }

  effect(app, step) {
    const mine = step.changes.find(({ destination }) => destination === netDestination(app));
    if (mine && mine.before && mine.before.cost !== mine.cost) return el('span', { class: 'fx' },
      `${costText(mine.before.cost)} → ${costText(mine.cost)}`);
    if (mine) return el('span', { class: 'fx' }, mine.before ? 'other way' : costText(mine.cost));
    return step.changes.length ? el('span', { class: 'fx' }, plural(step.changes.length, 'other'))
      : el('span', { class: 'no' }, 'no change');
  }
}
const netKind = kind =>
  ({ link_state_update: 'LSA', link_state_ack: 'ack', link_state_request: 'request', database_description: 'database',
  keepalive: 'alive' }[kind] || kind.replace(/_/g, ' '));
// Without the unit, which the axis has.
const netShortMoment = (app, t) => netDelta(app, t).replace(/ .*$/, '');

// ---- flows, where no routing is shown -----------------------------------------------------------------------------

class NetFlows {
  constructor(app) {
    this.element = el('section', { class: 'net-flows', 'aria-label': 'Flows', tabindex: 0 });
    const head = ['flow', 'sent', 'arrived', 'lost', 'under way', 'last cut'];
    this.cells = app.trace.flows.map(flow => {
      const style = seriesStyle(flow.index % 8), button = el('button',
        { type: 'button', class: 'flowname', title: flow.name, onclick: () => app.act('flow', flow.index) },
        inlineGlyph(style.shape, style.colour), el('span', {}, flow.name));
      const cells = head.slice(1).map(() => el('td', { class: 'n' }));
      return { flow, button, cells, row: el('tr', {}, el('th', { scope: 'row' }, button), cells) };
    });
    this.element.append(el('table', {}, el('caption', { class: 'sr' }, 'Flows up to now'),
      el('thead', {}, el('tr', {}, head.map((words, i) => el('th', { scope: 'col', class: i ? 'n' : null }, words)))),
      el('tbody', {}, this.cells.map(({ row }) => row))));
  }

  draw(app) {
    const { trace, player, view } = app, facts = netFacts(trace);
    for (const { flow, cells, row, button } of this.cells) {
      const lists = facts.ofFlow(flow.index), [sent, delivered, dropped, cuts] = ['sent', 'delivered', 'dropped',
        'cuts'].map(kind => countUpTo(lists[kind], player.k));
      const cut = cuts ? netDelta(app, trace.timeOf(lists.cuts[cuts - 1])) : '–',
        isPartly = trace.thinned.some(({ from }) => from < player.t),
        texts = [isPartly ? '–' : countText(sent), isPartly ? '–' : countText(delivered), countText(dropped),
        isPartly ? '–' : countText(Math.max(0, sent - delivered - dropped)), cut];
      texts.forEach((text, i) => { if (cells[i].textContent !== text) cells[i].textContent = text; });
      row.classList.toggle('sel', view.flow === flow.index);
      button.setAttribute('aria-pressed', view.flow === flow.index);
    }
  }
}

// The forwarding table that the run ended with, of a selected node.
function netKnownTable(app) {
  const { trace, view, summary } = app, name = view.router == null ? null : trace.nodes[view.router].name,
    routes = name && summary?.routing?.tables?.[name];
  if (!routes) return null;
  return el('section', { class: 'net-known', tabindex: 0, 'aria-label': `Forwarding table of ${name}` },
    el('h3', {}, 'Forwarding table of ', nodeName(name)), el('table', {},
    el('thead', {}, el('tr', {},
    ['to', 'cost', 'next hop'].map((words, i) => el('th', { scope: 'col', class: i === 1 ? 'n' : null }, words)))),
    el('tbody', {}, routes.map(({ destination, cost, next_hops: hops }) =>
      el('tr', {}, el('th', { scope: 'row' }, destination), el('td', { class: 'n' }, cost), el('td', {}, hops.join(', ')))))));
}

// ---- the stage ----------------------------------------------------------------------------------------------------

const netStage = {};   // the parts of the stage that is built

export const networkStage = {
  id: 'network',
  label: 'Network',
  roundWord: 'Round',
  applies: app => !!app.trace && app.trace.nodes.length > 0 && (!!app.trace.routing || !!app.trace.packets),

  build(app, host) {
    const { trace } = app, hasRouting = !!trace.routing, say = { present: netPresent, destination: netDestination, way: netWay,
      line: netLine, card: netCard, dijkstra: now => netStage.tables?.dijkstra(now) ?? null };
    this.roundWord = hasRouting ? 'Round' : 'RTT';
    useNamesOf(trace);
    Object.assign(netStage, { app, tables: hasRouting ? new NetTables(app) : null, flows: hasRouting ? null : new NetFlows(app),
      timeline: new NetTimeline(app), log: new NetLog(app), picture: new NetworkPicture(app,
      { styles: node => netStyle(netStage.app, node), say }) });
    netStage.kick = el('p', { class: 'kick' });
    netStage.ask = el('div', { class: 'net-ask' });
    netStage.told = el('h2', {});
    netStage.sum = el('p', { class: 'eq' });
    netStage.story = el('section', { class: 'net-now', 'aria-label': 'What happens now' }, netStage.kick, netStage.ask, netStage.told,
      netStage.sum);
    const size = !hasRouting ? 'plain' : trace.nodes.length > 20 ? 'many'
      : trace.nodes.length > 8 || trace.routing.routers.length > NET_SIDE_BY_SIDE + 1 ? 'some' : 'few';
    netStage.root = el('div', { class: `net net-${size}` }, netTopology(app), netStage.story, hasRouting ? netStage.tables.element : null,
      netStage.timeline.element, netSide(app));
    host.replaceChildren(netStage.root);
    if (this.lastRun !== app.run) netStage.timeline.builtFor = null;
    this.lastRun = app.run;
    netStage.isLaid = false;
  },

  draw(app, reason) {
    netStage.app = app;
    if (!netStage.isLaid) this.resize(app);
    if (reason === 'move') { netStage.picture.move(app); netStage.timeline.cursor(app); return; }
    if (reason === 'select' && !netStage.picture.isOwnSelection) netStage.picture.link = null;
    if (netStage.timeline.builtFor !== netTimelineKey(app)) netBuildTimeline(app);
    if (netStage.destination) netStage.destination.value = netDestination(app);
    netStage.tables?.draw(app);
    netStage.picture.draw(app);
    netDrawStory(app);
    netDrawSide(app);
    netStage.timeline.cursor(app);
    netStage.timeline.drawPins(app);
    netSettle();
  },

  resize(app) {
    if (!netStage.root || !netStage.root.clientWidth) return;
    netStage.isLaid = true;
    netStage.picture.layout();
    netBuildTimeline(app);
  },

  // k one event later or earlier.
  event(app, k, direction) {
    if (!netStepsOverPackets(app)) return k + direction;
    return netNext(netFacts(app.trace).stops, k, direction) ?? (direction > 0 ? app.trace.count : 0);
  },

  round(app, k, direction) {
    const { trace, player, view } = app, facts = netFacts(trace);
    if (!trace.routing) {
      const t = k === player.k ? player.t : trace.timeOf(k), flow = view.flow ?? 0,
        trip = trace.flows.length ? facts.roundTrip(flow, t) : null, next = trace.kAt(t + direction * (trip || trace.end / 50));
      return direction > 0 ? Math.max(Math.min(trace.count, k + 1), next) : Math.max(0, Math.min(k - 1, next));
    }
    const { rounds } = facts;
    if (direction > 0) { const at = countUpTo(rounds, trace.timeOf(k)), same = at > 0 && trace.kAt(rounds[at - 1]) > k ? at - 1 : at;
      return same < rounds.length ? trace.kAt(rounds[same]) : trace.count; }
    for (let at = countUpTo(rounds, trace.timeOf(k)) - 1; at >= 0; at--) if (trace.kAt(rounds[at]) < k) return trace.kAt(rounds[at]);
    return 0;
  },

  jumps: [
    { id: 'change', label: 'change', next: (app, k, direction) =>
      (app.trace.routing ? netNext(netFacts(app.trace).changes, k, direction) : null) },
    { id: 'convergence', label: 'convergence', next: (app, k, direction) => netNext(netSettled(app), k, direction) },
    { id: 'drop', label: 'drop', next: (app, k, direction) =>
      (app.trace.packets ? netNext(netFacts(app.trace).drops, k, direction) : null) },
    { id: 'retransmission', label: 'retransmission', next: (app, k, direction) =>
      (app.trace.packets ? netNext(netFacts(app.trace).repeats, k, direction) : null) },
    { id: 'cut', label: 'window cut', next: (app, k, direction) =>
      (app.trace.packets ? netNext(netFacts(app.trace).cuts, k, direction) : null) },
  ],

  question(app, k) {
    const { trace, view } = app, event = trace.events[k], step = event && event.kind === 'step' ? trace.routing.steps[event.ref.step]
      : null;
    if (!step || step.node === netDestination(app)) return null;
    // Of many routers only one can be followed.
    if (trace.routing.routers.length > NET_LANES_UP_TO && step.node !== (view.router ?? netWayFrom(app))) return null;
    const change = step.changes.find(({ destination }) => destination === netDestination(app));
    if (!change || ['connected', 'announced', 'own', 'router_failed'].includes(change.reason)) return null;
    return trace.routing.protocol === 'path_vector' ? netPathQuestion(app, step, change) : netCostQuestion(app, step, change);
  },

  askHost: () => netStage.ask,

  keys: [
    { key: 'g', words: 'The timeline as a table, with CSV', run: app => netTableOf(app) },
  ],

  say: app => netText(netSentence(app, netToldEvent(app))),

  facts: netFactsLine,
};

function netFactsLine(app) {
  const { routing, nodes, flows } = app.trace;
  if (!routing) return `${plural(nodes.length, 'node')}, ${plural(flows.length, 'flow')}`;
  const protocol = sentence(routing.protocol.replace(/_/g, ' '));
  return `${protocol}, ${plural(routing.routers.length, 'router')}, ${plural(routing.messages.length, 'message')}. ${netConvergence(app)}`;
}

// When routing had settled after each change.
function netSettled(app) {
  const { trace, summary } = app;
  if (!trace.routing) return [];
  return netFacts(trace).once('settled',
    () => [...new Set((summary?.routing?.converged_s || []).filter(({ t_s: t, state }) => t != null
    && (!state || state === 'settled')).map(({ t_s: t }) => trace.kAt(t / trace.unit + .5)))].filter(k => k > 0));
}

function netAskWords(app, step) {
  return netText(step.cause === 'heard' ? netHeard(app, step) : netStepCause(app, step));
}
function netCostQuestion(app, step, change) {
  const { trace } = app, who = trace.nodes[step.node].name, to = netTo(app),
    before = trace.route(step.node, change.destination, step.event);
  if (before && before.cost === change.cost) return null;
  const answer = change.cost == null ? '∞' : String(change.cost),
    isNone = text => /^(∞|inf(inity)?|unreachable|none|no route)$/i.test(text.trim());
  return { ask: `${netAskWords(app, step)} What does ${who} now think ${to} costs?`,
    check: text => (change.cost == null ? isNone(text) : Number(text.trim()) === change.cost), answer, choices: null, told: () => null };
}
function netPathQuestion(app, step, change) {
  const { trace } = app, name = node => trace.nodes[node].name, who = name(step.node),
    answer = change.hops.length ? change.hops.map(name).join(', ') : 'none';
  const before = trace.route(step.node, change.destination, step.event);
  if (before && `${before.hops}` === `${change.hops}`) return null;
  const neighbours = [...new Set(trace.links.filter(({ from }) => from === step.node).map(({ to }) => to))].filter(node =>
    trace.routing.routers.includes(node)).map(name);
  if (neighbours.length < 2) return null;
  const choices = [...new Set([...neighbours, answer])].sort();
  return { ask: `${netAskWords(app, step)} Which way does ${who} choose to ${netTo(app)}?`, check: text => text.trim() === answer, answer,
    choices: choices.includes('none') ? choices : [...choices, 'none'], told: () => null };
}

// ---- parts of the stage -------------------------------------------------------------------------------------------

function netTopology(app) {
  const { trace } = app, { picture } = netStage, known = trace.routing ? [...netFacts(trace).destinations.keys()].sort((a, b) => a - b)
    : [];
  netStage.destination = known.length
    ? el('select', { 'aria-label': 'Destination', onchange: event => { app.view.destination = null;
    app.act('destination', +event.target.value); } }, known.map(destination => el('option', { value: destination },
    trace.routing.destinations[destination]))) : null;
  const head = netStage.destination ? el('label', { class: 'field net-dest' }, 'Ways to', netStage.destination) : null;
  return el('section', { class: 'net-topo', 'aria-label': 'Network' }, head, picture.frame, picture.line);
}

function netSide(app) {
  const tab = (panel, words) =>
    el('button', { type: 'button', 'data-panel': panel, onclick: () => { if (app.view.panel !== panel) app.act(panel); } }, words);
  netStage.sideTitle = el('h2', {});
  netStage.sideTabs = el('div', { class: 'seg', role: 'group', 'aria-label': 'Show' }, tab('log', 'Log'), tab('why', 'Why'));
  // Where routers are the lesson, it is routes that are asked about.
  netStage.why = whyPanel(app, { only: subject => !netStepsOverPackets(app)
    || (subject.cause.what === 'change' && subject.destination === netDestination(app)) });
  netStage.packet = packetPanel(app);
  netStage.message = messagePanel(app);
  netStage.known = el('div', { class: 'net-knownhost' });
  netStage.panels = el('div', { class: 'net-panels' }, netStage.log.list, netStage.why, netStage.packet, netStage.message);
  return el('section', { class: 'net-side', 'aria-label': 'Details' }, netStage.flows?.element, netStage.known,
    el('header', {}, netStage.sideTitle, netStage.sideTabs), netStage.panels);
}

function netDrawSide(app) {
  const { view, trace } = app, shown = view.packet != null && trace.packets ? 'packet' : view.message != null && trace.routing ? 'message'
    : view.panel === 'why' ? 'why' : 'log';
  netStage.flows?.draw(app);
  if (!trace.routing && netStage.knownFor !== view.router) { netStage.knownFor = view.router;
    netStage.known.replaceChildren(...[netKnownTable(app)].filter(Boolean)); }
  const whose = view.router != null ? [' of ', netName(app, view.router)] : view.flow != null ? [` of ${trace.flows[view.flow].name}`] : [];
  netStage.sideTitle.replaceChildren(...(shown === 'packet' ? ['Packet'] : shown === 'message' ? ['Message'] : shown === 'why' ? ['Why']
    : [trace.routing ? 'Steps' : 'Events', ...whose]));
  for (const button of netStage.sideTabs.children) button.setAttribute('aria-pressed', button.dataset.panel === shown);
  netStage.log.list.hidden = shown !== 'log';
  netStage.why.hidden = shown !== 'why';
  if (shown === 'log') netStage.log.draw(app);
  if (shown === 'why') netStage.why.draw(app);
  netStage.packet.draw(app);
  netStage.message.draw(app);
  netStage.packet.hidden = shown !== 'packet';
  netStage.message.hidden = shown !== 'message';
}

// What the timeline is drawn for: of many routers the selected one has a line of its own.
function netTimelineKey(app) {
  const { routing } = app.trace;
  if (!routing) return `${app.run}`;
  return `${app.run} ${netDestination(app)} ${routing.routers.length > NET_SERIES + 1 ? app.view.router : ''}`;
}
function netBuildTimeline(app) {
  netStage.timeline.build(app);
  netStage.timeline.builtFor = netTimelineKey(app);
  netStage.timeline.cursor(app);
  netStage.timeline.drawPins(app);
}

function netEventNumber(app) {
  const { trace, player } = app;
  if (!netStepsOverPackets(app)) return `Event ${countText(player.k)} of ${countText(trace.count)}`;
  const { stops } = netFacts(trace);
  return `Event ${countText(countUpTo(stops, player.k))} of ${countText(stops.length)}`;
}

function netDrawStory(app) {
  const { trace, view, player } = app, event = netToldEvent(app), asked = view.asked != null ? trace.events[view.asked] : null;
  const messages = trace.routing ? `${plural(countUpTo(netFacts(trace).sendings, player.k), 'message')} sent` : null;
  const where = player.k === 0 ? 'Before the beginning' : asked ? 'Predict' : player.k === trace.count ? 'The end'
    : netEventNumber(app);
  const round = trace.routing ? `round ${countText(countUpTo(netFacts(trace).rounds, trace.timeOf(player.k)))}` : null;
  netStage.kick.replaceChildren(el('b', {}, where), ...[round, netDelta(app, player.t), messages,
    netThinned(app)].filter(Boolean).map(words => el('span', { class: 'sepdot' }, words)));
  const words = netSentence(app, event), text = netText(words), hasQuestion = !!view.question;
  netStage.story.classList.toggle('asked', hasQuestion);
  netStage.told.hidden = hasQuestion;
  netStage.told.title = text;
  netStage.told.replaceChildren(...words.flat(Infinity).filter(part => part != null && part !== ''));
  const actor = asked ? (asked.kind === 'step' ? asked.node : null) : event && event.kind === 'step' ? event.node : trace.routing
    ? view.router : null;
  const sum = trace.routing && actor != null && actor !== netDestination(app)
    ? (asked ? netSum(app, actor, view.asked + 1, true) : netSum(app, actor, player.k, false) || netWaySum(app, actor, player.k)) : null;
  netStage.sum.replaceChildren(...(sum || []).flat(Infinity).filter(part => part != null && part !== ''));
  netStage.sum.classList.toggle('long', netStage.sum.textContent.length > 62);
}

// What has to be measured is done last, and at once. A long sentence is written smaller: what is below it has its place.
function netSettle() {
  netStage.tables?.scroll();
  if (!netStage.log.list.hidden) netStage.log.scroll();
  const isTooLong = () => netStage.story.scrollHeight > netStage.story.clientHeight;
  netStage.sum.hidden = false;
  for (const size of ['', 'long', 'longer']) {
    netStage.told.className = size;
    if (!isTooLong()) return;
  }
  netStage.sum.hidden = true;
}

function netThinned(app) {
  const { trace, player } = app, part = trace.thinned.find(({ from, until }) => from <= player.t && player.t < until);
  return part ? part.words : trace.packets?.leftOut || trace.routing?.leftOut ? null : null;
}
