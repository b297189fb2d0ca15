// Run with `node --test experiments/page/tests`.
import test from 'node:test';
import assert from 'node:assert/strict';
import { decodeReplay } from '../trace.js';
import { whyAt, whyHeading, whyNothing, whySubjects } from '../why.js';

// Flow A loses a segment, sends it again and cuts its window; r changes a route.
const trace = decodeReplay({
  unit_s: 1e-3, end: 1000, is_map: false, cost: 'hops', script: [], lecture: [], thinned: [],
    nodes: [['a', false, 0, 0], ['r', true, 500, 0], ['b', false, 1000, 0]],
    cables: [[0, 1, 'a-r', 1, 1, 1e9, 10], [1, 2, 'r-b', 1, 1, 1e9, 100]],
  flows: [['A', 0, 2, 'tcp', 'reno', 0, -1], ['B', 0, 2, 'tcp', 'reno', 0, -1]],
  routing: { protocol: 'x', infinity: null, destinations: ['a', 'r', 'b'], routers: [1], kinds: [], quiet: [], texts: [], messages: [],
    reasons: ['link'], heads: [], cells: [], rows: [], left_out: null,
    steps: [[700, 1, 3, 2, [[2, -1, [], null, 0]], [], []]], end: { routes: [], tables: [] } },
  packets: { reasons: ['queue_full'], iss: [null, null], left_out: null,
    trips: [[0, 1, 0, 100, 1500, 1, 1, ['tcp', 1, 1, 24, 100], [0, 0, 1, 10, 0], [1, 0, 11, -1]],
      [0, 1, 1, 200, 1500, 1, 2, ['tcp', 1, 1, 24, 100], [0, 0, 1, 10, 0, 2, 0, 1, 100, 0], [0]]],
    drops: [[111, 0, 1, 1, 1, 0, 0, 1, 2, 20]], again: [[300, 0, 1, 2]], cuts: [[300, 0, 0, 20000, 10000, 10000]] },
  causes: [[0, 'fact', -1, 'A doubled its window', -1], [111, 'fact', -1, 'the queue was full', 0],
    [111, 'drop', 0, 'segment 1 is dropped', 1], [300, 'cut', 0, 'A cuts its window', 2], [300, 'again', 0, 'A sends segment 1 again', 3],
    [700, 'change', 0, 'r has no route to b', -1]],
});
const at = (t, view = {}) => whyAt(trace, view, trace.kAt(t));

test('what has causes comes in the order of events', () => {
  assert.deepEqual(whySubjects(trace).map(({ cause, flow, node }) => [cause.what, flow, node]),
    [['drop', 0, 1], ['cut', 0, null], ['again', 0, null], ['change', null, 1]]);
});
test('nothing is explained before it has happened', () => {
  assert.equal(at(50), null);
  assert.equal(whyNothing(trace, {}), 'Nothing was dropped, sent again, cut or rerouted so far.');
  assert.equal(at(111).cause.what, 'drop');
  assert.equal(whyHeading(trace, at(111)), 'Why was segment 1 of A dropped?');
});
test('the chain ends at the root', () => {
  const subject = at(300);
  assert.deepEqual(trace.chain(subject.cause).map(cause => cause.words).at(-1), 'A doubled its window');
});
test('a selected packet, flow or router is what is asked about', () => {
  assert.equal(at(900).cause.what, 'change');
  assert.equal(whyHeading(trace, at(900)), 'Why did r change its route to b?');
  assert.equal(at(900, { packet: 0 }).cause.what, 'drop');
  assert.equal(at(900, { packet: 1 }).cause.what, 'again');
  assert.equal(whyHeading(trace, at(900, { packet: 1 })), 'Why did A send segment 1 again?');
  assert.equal(at(900, { flow: 0 }).flow, 0);
  assert.equal(at(900, { flow: 1 }), null);
  assert.match(whyNothing(trace, { flow: 1 }), /flow B/);
  assert.equal(at(200, { packet: 1 }), null);
});
test('a panel may ask for cuts alone', () => {
  const cut = whyAt(trace, {}, trace.kAt(900), subject => subject.cause.what === 'cut');
  assert.equal(whyHeading(trace, cut), 'Why did A cut its window?');
});
