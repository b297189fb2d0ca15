// Run with `node --test experiments/page/tests`.
import test from 'node:test';
import assert from 'node:assert/strict';
import { decodeReplay } from '../trace.js';
import { wayOf } from '../network.js';

// A host at each end of three routers, whose routes to the host `d` are told step by step.
const NODES = ['h', 'A', 'B', 'C', 'd'];
function trace(steps, script = []) {
  let last = 0;
  const cables = NODES.slice(1).map((name, i) => [i, i + 1, `${NODES[i]}-${name}`, 1, 1, 1e6, 10]);
  return decodeReplay({
    unit_s: 1e-9, end: 1000, is_map: false, cost: 'hops', flows: [], lecture: [], thinned: [], packets: null, causes: [], cables, script,
    nodes: NODES.map((name, i) => [name, i > 0 && i < 4, 100 * i, 0]),
    routing: { protocol: 'test', infinity: null, destinations: NODES, routers: [1, 2, 3], kinds: [], quiet: [], texts: [], messages: [], reasons: ['learned'],
      heads: [], cells: [], rows: [], end: null, left_out: null,
      steps: steps.map(([t, node, cost, hops]) => { const dt = t - last; last = t; return [dt, node, 2, -1, [[4, cost, hops, null, 0]], [], []]; }) },
  });
}
const way = (from, ...told) => { const t = trace(...told), found = wayOf(t, from, 4, t.count); return `${found.way.map(node => NODES[node]).join('')} ${found.end}`; };
const ROUTES = [[1, 3, 1, [4]], [2, 2, 2, [3]], [3, 1, 3, [2]]];

test('a way leads from host to host', () => assert.equal(way(0, ROUTES), 'hABCd there'));

test('two routers that trust each other are a loop', () => assert.equal(way(0, [...ROUTES, [5, 2, 4, [1]]]), 'hABA loop'));

test('a router without a route is the end of the way', () => assert.equal(way(0, ROUTES.slice(0, 1)), 'hA no route'));

test('a route that was taken back is none', () => assert.equal(way(1, [...ROUTES, [5, 2, -1, []]]), 'AB no route'));

test('a cut link ends the way behind it', () => {
  assert.equal(way(0, ROUTES, [[9, 'B-C down', [['down', 4], ['down', 5]]]]), 'hABC cut');
  assert.equal(way(0, ROUTES, [[9, 'C fails', [['fail', 3]]]]), 'hABC failed');
});

test('the way is that of the moment', () => {
  const t = trace([...ROUTES, [5, 2, 4, [1]]]);
  assert.equal(wayOf(t, 0, 4, 3).end, 'there');
  assert.equal(wayOf(t, 0, 4, 4).end, 'loop');
  assert.equal(wayOf(t, 0, 4, 0).end, 'no route');
});
