// What the editor of netsim serve offers at a place, from the schema of experiments.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { describe, options, pathAt } from '../serve/complete.js';

const schema = JSON.parse(readFileSync(new URL('../../schema/experiment.schema.json', import.meta.url), 'utf8'));
const outline = { nodes: [{ name: 'a' }, { name: 'A', router: true }], cables: [{ name: 'a-A', forward: { name: 'a->A' }, backward: { name: 'A->a' } }], flows: ['f'] };

/** What is offered at the bar in `marked`, by its label. */
function offered(marked) {
  const offset = marked.indexOf('|'), text = marked.replace('|', '');
  return new Map((options(schema, text, offset, outline)?.options || []).map(one => [one.label, one]));
}
const labels = marked => [...offered(marked).keys()];

test('fields that are there already are not offered again', () => {
  const known = labels('{ "title": "t", | }');
  assert.ok(known.includes('duration') && known.includes('events') && !known.includes('title'));
});

test('a shape has the fields of this shape', () => {
  assert.deepEqual(labels('{ "topology": { "shape": "dumbbell", "|" } }'), ['pairs', 'access', 'bottleneck', 'access_delays', 'processing_delay']);
  assert.ok(labels('{ "topology": { "shape": "|" } }').includes('"fat_tree"'));
});

test('a cable of a list has the fields of a link', () => {
  const known = labels('{ "topology": { "links": [ { "from": "a", "to": "A", "|" } ] } }');
  assert.ok(known.includes('bandwidth') && known.includes('reverse') && !known.includes('shape'));
});

test('a field begins as its value does', () => {
  const known = offered('{ | }');
  assert.deepEqual([known.get('duration').text, known.get('duration').cursor], ['"duration": ""', 13]);
  assert.deepEqual([known.get('flows').text, known.get('seed').text], ['"flows": [  ]', '"seed": ']);
  assert.equal(offered('{ "dur|": "3 s" }').get('duration').text, '"duration"');
  assert.equal(offered('{ | "title": "t" }').get('seed').text, '"seed": ,');
});

test('values are names that the schema or the network has', () => {
  assert.ok(labels('{ "routing": | }').includes('"link_state"'));
  assert.ok(labels('{ "flows": [ { "tcp": { "congestion_control": "|" } } ] }').includes('"cubic"'));
  assert.deepEqual(labels('{ "flows": [ { "from": "|" } ] }'), ['"a"', '"A"']);
  assert.deepEqual(labels('{ "events": [ { "link_down": | } ] }'), ['"a-A"', '"a->A"', '"A->a"']);
  assert.deepEqual(labels('{ "events": [ { "router_down": | } ] }'), ['"A"']);
  assert.equal(offered('{ "topology": { "shape": "line", "link": { "queue": | } } }').get('{ "drop_tail": "" }').cursor, 16);
});

test('a field is described where the cursor is', () => {
  const text = '{ "flows": [ { "tcp": { "mss": "1000 B" } } ] }';
  assert.deepEqual(pathAt(text, text.indexOf('1000')), ['flows', 0, 'tcp', 'mss']);
  assert.match(describe(schema, text, ['flows', 0, 'tcp', 'mss']).words, /segment/);
});
