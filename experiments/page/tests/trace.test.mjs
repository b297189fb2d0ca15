// Run with `node --test experiments/page/tests`.
import test from 'node:test';
import assert from 'node:assert/strict';
import { decodeReplay, traceLitTable } from '../trace.js';

const base = {
  unit_s: 1e-9, end: 1000, is_map: false, cost: 'configured', flows: [], script: [], lecture: [], thinned: [], routing: null, packets: null, causes: [],
  nodes: [['a', true, 0, 0], ['b', true, 500, 0], ['c', true, 1000, 0]],
  cables: [[0, 1, 'a-b', 1, 1, 1e9, 100], [1, 2, 'b-c', 1, 2, 1e9, 100]],
};
const clone = value => JSON.parse(JSON.stringify(value));

// Three routers, two tables, rows that come, change, and go; made by a small generator with a fixed seed.
function routed() {
  let seed = 7;
  const random = n => ((seed = (seed * 1103515245 + 12345) % 2147483648) >> 12) % n;
  const cells = Array.from({ length: 12 }, (_, i) => `cell ${i}`), rows = Array.from({ length: 9 }, (_, i) => [i, (i * 5) % 12]);
  const heads = [['One', 'to', 'cost'], ['Two', 'from', 'x']], steps = [], messages = [], routes = [{}, {}, {}];
  const tables = [0, 1, 2].map(() => [null, null]);
  for (let i = 0; i < 120; i++) {
    const node = random(3), changes = [], splices = [];
    if (random(3)) {
      const destination = random(3), cost = random(8) ? random(20) : -1;
      changes.push([destination, cost, cost < 0 ? [] : [(node + 1) % 3], null, 0]);
      if (cost < 0) delete routes[node][destination]; else routes[node][destination] = [cost, [(node + 1) % 3]];
    }
    const table = random(2), old = tables[node][table], length = old ? old.rows.length : 0;
    if (old && !random(15)) { splices.push([table, -1, 0, length, []]); tables[node][table] = null; }
    else {
      const at = random(length + 1), removed = random(length - at + 1), added = Array.from({ length: 1 + random(3) }, () => random(9));
      splices.push([table, table, at, removed, added]);
      const kept = old ? old.rows.slice() : [];
      kept.splice(at, removed, ...added);
      tables[node][table] = { head: table, rows: kept };
    }
    const sent = random(2) ? [messages.push([node, (node + 1) % 3, 0, random(2), 5, 0, 0, 50]) - 1] : [];
    steps.push([random(3) ? 0 : 7, node, 2, -1, changes, splices, sent]);
  }
  // The messages' times are those of their steps.
  let t = 0, last = 0;
  for (const [dt, , , , , , sent] of steps) { t += dt; for (const m of sent) { messages[m][3] = t - last; last = t; } }
  const end = { routes: routes.flatMap((own, r) => Object.entries(own).map(([d, [cost, hops]]) => [r, +d, cost, hops])),
    tables: tables.map((own, r) => [r, own.filter(Boolean).map(({ head, rows }) => [head, rows])]).filter(([, own]) => own.length) };
  return { ...clone(base), end: t + 100, routing: { protocol: 'test', infinity: 16, destinations: ['a', 'b', 'c'], routers: [0, 1, 2], kinds: ['update'], quiet: [],
    texts: ['a 1'], messages, reasons: ['learned'], steps, heads, cells, rows, end, left_out: null } };
}

const stateOf = (trace, k) => JSON.stringify([0, 1, 2].map(router => [trace.routes(router, k), trace.tables(router, k)]))
  + JSON.stringify([trace.network(k), trace.messagesAt(k, trace.timeOf(k)).map(({ message, at }) => [message.index, at])]);

test('going back is exact', () => {
  const trace = decodeReplay(routed()), forwards = [];
  for (let k = 0; k <= trace.count; k++) forwards.push(stateOf(trace, k));
  for (let k = trace.count; k >= 0; k--) assert.equal(stateOf(trace, k), forwards[k], `after ${k} events`);
  const fresh = decodeReplay(routed());
  for (let k = 97; k > 0; k -= 13) assert.equal(stateOf(fresh, k), forwards[k], 'asked for out of order');
});

test('all steps together come to the end that the engine tells', () => {
  assert.equal(decodeReplay(routed()).check(), null);
});

test('a wrong end is found', () => {
  const otherCost = routed();
  otherCost.routing.end.routes[0][2] += 1;
  assert.match(decodeReplay(otherCost).check(), /another route/);
  const missing = routed();
  missing.routing.end.routes.pop();
  assert.match(decodeReplay(missing).check(), /does not have/);
  const more = routed();
  more.routing.end.routes.push([0, 0, 3, [1]], [1, 1, 3, [1]], [2, 2, 3, [1]]);
  assert.match(decodeReplay(more).check(), /without the route|another route/);
  const otherTable = routed();
  otherTable.routing.end.tables[0][1][0][1].push(0);
  assert.match(decodeReplay(otherTable).check(), /other tables/);
});

test('tables are spliced, replaced and taken away', () => {
  const replay = clone(base);
  replay.routing = { protocol: 'test', infinity: null, destinations: ['a', 'b', 'c'], routers: [0], kinds: [], quiet: [], texts: [], messages: [], reasons: ['learned'],
    heads: [['T', 'to', 'cost'], ['T', 'to', 'cost', 'why']], cells: ['a', 'b', 'c', '1', '2', '9', 'far'], rows: [[0, 3], [1, 4], [2, 5], [1, 5], [0, 3, 6]], end: null, left_out: null,
    steps: [[10, 0, 0, -1, [], [[0, 0, 0, 0, [0, 2]]], []], [10, 0, 2, -1, [], [[0, 0, 1, 0, [1]]], []], [10, 0, 2, -1, [], [[0, 0, 1, 2, [3]]], []],
      [10, 0, 2, -1, [], [[0, 1, 0, 2, [4]]], []], [10, 0, 5, -1, [], [[0, -1, 0, 1, []]], []]] };
  const trace = decodeReplay(replay), rows = k => trace.tables(0, k)[0]?.rows.map(row => row.join(' '));
  assert.deepEqual(rows(0), undefined);
  assert.deepEqual(rows(1), ['a 1', 'c 9']);
  assert.deepEqual(rows(2), ['a 1', 'b 2', 'c 9']);
  assert.deepEqual(rows(3), ['a 1', 'b 9']);
  assert.deepEqual(rows(4), ['a 1 far']);
  assert.deepEqual(trace.tables(0, 5), []);
  const third = trace.lit(0, 3).tables[0];
  assert.deepEqual([...third.cells], ['1,1']);
  assert.equal(third.before.get('1,1'), '2');
  assert.deepEqual(third.gone, [{ behind: 1, row: ['c', '9'] }]);
  assert.deepEqual([...trace.lit(0, 2).tables[0].added], [1]);
});

test('rows with the same first cell are told apart by their neighbour', () => {
  const columns = ['prefix', 'path', 'via'];
  const lit = traceLitTable({ title: 'R', columns, rows: [['p', 'b c', 'b'], ['p', 'd c', 'd']] }, { title: 'R', columns, rows: [['p', 'd e c', 'd'], ['q', 'b', 'b']] });
  assert.deepEqual([...lit.cells], ['0,1', '1,0', '1,1', '1,2']);
  assert.equal(lit.before.get('0,1'), 'd c');
  assert.deepEqual([...lit.added], [1]);
  assert.deepEqual(lit.gone, [{ behind: -1, row: ['p', 'b c', 'b'] }]);
});

// One packet over two links, one lost in a full queue, one lost on a wire, one still on its way.
function carried() {
  const replay = clone(base);
  replay.flows = [['A', 0, 2, 'tcp', 'reno', 10, 900]];
  const tcp = ['tcp', 0, 0, 16, 1000];
  replay.packets = { reasons: ['queue_full', 'random'], iss: [null], left_out: null,
    trips: [[0, 1, 0, 10, 100, 0, 0, tcp, [0, 0, 20, 100, 0, 2, 30, 20, 100, 5], [0]], [0, 1, 1, 10, 100, 1, 0, tcp, [0, 10, 20, 100, 0], [1, 0, 130, 2]],
      [0, 1, 2, 380, 100, 1, 1, tcp, [], [1, 1, 60, 0]], [0, 0, 0, 100, 0, -1, 0, tcp, [3, 0, 0, 100, 0], [2]]],
    drops: [[150, 0, 1, 1, 0, 1, 0, 1, 2, 7], [310, 0, 1, 1, 1, 2, 1, 0, 0, -1], [40, 0, 1, 5, 0, 9, 0, 1, 2, 7]],
    again: [[400, 0, 1, 1], [50, 0, 2, 1]], cuts: [[400, 0, 1, 2000, 1000, 1000]] };
  replay.causes = [[150, 'drop', 0, 'The queue was full.', -1], [400, 'again', 0, 'The timer ran out.', 0]];
  return replay;
}

test('packets are where they are by hand', () => {
  const trace = decodeReplay(carried()), at = t => trace.packetsAt(trace.kAt(t), t).map(({ trip, hop, link, at, tail, state }) => [trip.index, hop, link, at, tail, state]);
  assert.deepEqual(at(10), [[0, 0, 0, 0, 0, 'sending']]);
  assert.deepEqual(at(20), [[0, 0, 0, .1, 0, 'sending'], [1, 0, 0, 0, 0, 'waiting']]);
  assert.deepEqual(at(80), [[0, 0, 0, .7, .5, 'moving'], [1, 0, 0, .5, .3, 'moving']]);
  assert.deepEqual(at(130).slice(0, 1), [[0, 1, 2, 0, 0, 'waiting']]);
  assert.deepEqual(at(170).slice(0, 1), [[0, 1, 2, .1, 0, 'sending']]);
  assert.deepEqual(at(282).slice(0, 1), [[0, 1, 2, 1, 1, 'moving']], 'being processed');
  assert.deepEqual(at(430), [[2, 0, 0, .3, 0, 'sending']]);
  assert.equal(at(460)[0][5], 'dropped');
  assert.deepEqual(at(900).map(([trip, , , , , state]) => [trip, state]), [[3, 'waiting']]);
});

test('queues are counted', () => {
  const trace = decodeReplay(carried());
  assert.deepEqual([129, 130, 159, 160].map(t => trace.queueAt(2, t)), [0, 1, 1, 0]);
  assert.deepEqual([19, 20, 29, 30].map(t => trace.queueAt(0, t)), [0, 1, 1, 0]);
});

test('events are in order, and what is shown once is one event', () => {
  const trace = decodeReplay(carried());
  const told = trace.events.map(({ t, kind, ref }) => `${t} ${kind} ${ref.trip ?? ref.drop ?? ref.again ?? ''}`.trim());
  assert.deepEqual(told, ['10 start', '10 sent 0', '20 sent 1', '130 arrived 0', '150 arrived 1', '150 dropped 1', '285 delivered 0', '400 cut', '400 sent 2', '450 again 1',
    '460 dropped 2', '500 sent 3', '500 dropped 2', '600 arrived 3', '900 stop']);
  assert.deepEqual(trace.events.map(({ k }) => k), trace.events.map((_, k) => k));
  assert.equal(trace.packets.drops[0].trip, 1);
  assert.equal(trace.packets.again[0].trip, 2);
  assert.equal(trace.packets.again[1].trip, null);
  assert.equal(trace.timeOf(0), 0);
  for (let k = 1; k <= trace.count; k++) assert.ok(trace.kAt(trace.timeOf(k)) >= k);
  assert.equal(trace.kAt(149), 4);
});

test('causes are found and chained', () => {
  const trace = decodeReplay(carried()), cause = trace.causeOf('again', 0);
  assert.deepEqual(trace.chain(cause).map(({ words }) => words), ['The timer ran out.', 'The queue was full.']);
  assert.equal(trace.causeOf('again', 1), null);
  assert.equal(trace.events[trace.kOfCause(cause) - 1].kind, 'sent');
  assert.equal(trace.events[trace.kOfCause(trace.causeOf('drop', 0)) - 1].kind, 'dropped');
});

test('the script changes the network', () => {
  const replay = clone(base);
  replay.script = [[10, 'b-c fails', [['down', 2], ['down', 3]]], [10, 'cost', [['cost', 1, 9]]], [20, 'a fails', [['fail', 0]]], [30, 'a works', [['boot', 0], ['up', 3]]]];
  const trace = decodeReplay(replay);
  assert.deepEqual(trace.network(0).cables[1].down, [false, false]);
  assert.deepEqual(trace.network(1).cables[1].down, [true, true]);
  assert.deepEqual(trace.network(2).cables[0].costs, [1, 9]);
  assert.deepEqual(trace.network(3).failed, [true, false, false]);
  assert.deepEqual(trace.network(4), { ...trace.network(4), failed: [false, false, false] });
  assert.deepEqual(trace.network(4).cables[1].down, [true, false]);
});

test('what only says that its sender is alive is no event', () => {
  const replay = clone(base);
  replay.routing = { protocol: 'test', infinity: null, destinations: ['a', 'b', 'c'], routers: [0, 1], kinds: ['hello', 'update'], quiet: [0], texts: ['', 'a 0'], heads: [], cells: [], rows: [],
    reasons: ['learned'], end: null, left_out: null, messages: [[0, 1, 0, 0, 100, 0, 0, 20], [0, 1, 0, 50, 100, 1, 1, 50], [1, 0, 1, 0, -1, 1, 1, 50]],
    steps: [[0, 0, 2, -1, [], [], [0]], [50, 0, 2, -1, [], [], [1]], [50, 1, 1, 0, [], [], []], [50, 1, 1, 1, [[0, 1, [0], null, 0]], [], []]] };
  const trace = decodeReplay(replay);
  assert.deepEqual(trace.events.map(({ ref }) => ref.step), [1, 3]);
  assert.deepEqual(trace.rounds, [50, 150]);
  assert.deepEqual(trace.messagesAt(0, 25).map(({ message, at }) => [message.index, at]), [[0, .25]]);
  assert.deepEqual(trace.messagesAt(1, 100).map(({ message, at }) => [message.index, at]), [[1, .5], [2, .1]]);
  assert.equal(trace.messagesAt(2, 400).find(({ message }) => message.index === 2)?.state, 'lost');
  assert.deepEqual(trace.messagesAt(2, 150).map(({ message }) => message.index), [2]);
  assert.deepEqual(trace.route(1, 0, 2).hops, [0]);
  assert.equal(trace.route(1, 0, 1), null);
  assert.deepEqual([...trace.lit(1, 2).routes], [0]);
});
