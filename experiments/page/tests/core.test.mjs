// Run with `node --test experiments/page/tests`.
import test from 'node:test';
import assert from 'node:assert/strict';
import { countText, numberText, siText, percentText, durationText, momentText, timeScale, plural, costText, csvText, seriesStyle, firstIndex, clamp, sentence } from '../core.js';
import { linearTicks, logTicks, thinPoints, lineValueAt, spreadLabels, axisRange, figureTable, plotOf } from '../charts.js';
import { compareAnswers } from '../predict.js';
import { measuredText } from '../results.js';

test('whole numbers are grouped from five digits on', () => {
  assert.deepEqual([0, 42, 1234, 54130, 1234567, -12345].map(countText), ['0', '42', '1234', '54\u202f130', '1\u202f234\u202f567', '−12\u202f345']);
});
test('numbers keep three digits and no trailing zeros', () => {
  assert.deepEqual([0, 5.2487, 0.1, 999.96, 1234.5, 0.04567, -2.5, null, NaN, Infinity].map(v => numberText(v)), ['0', '5.25', '0.1', '1000', '1235', '0.0457', '−2.5', '–', '–', '∞']);
  assert.equal(numberText(0.000004), '4e−6');
});
test('units have prefixes, and rounding may reach the next', () => {
  assert.deepEqual([5248700, 999999, 0, 32620.8].map(v => siText(v, 'bps')), ['5.25 Mbps', '1 Mbps', '0 bps', '32.6 kbps']);
  assert.deepEqual([0.0457, 6.0101152, 120, 41.6e-6, 0].map(v => durationText(v)), ['45.7 ms', '6.01 s', '120 s', '41.6 µs', '0 s']);
  assert.equal(percentText(0.998), '99.8 %');
});
test('moments of a run have one unit and one number of decimals', () => {
  assert.equal(momentText(28.4, 60), '28.40 s');
  assert.equal(momentText(0.18, 0.59), '180.0 ms');
  assert.equal(timeScale(0).decimals, 0);
});
test('words', () => {
  assert.equal(plural(1, 'packet'), '1 packet');
  assert.equal(plural(2, 'packet'), '2 packets');
  assert.equal(plural(3, 'entry', 'entries'), '3 entries');
  assert.deepEqual([0, 14, -1, null].map(costText), ['0', '14', '∞', '∞']);
  assert.equal(sentence('start'), 'Start');
});
test('a table as CSV quotes what must be quoted', () => {
  assert.equal(csvText(['a', 'b'], [[1, 'x, "y"'], [null, 'z']]), 'a,b\n1,"x, ""y"""\n,z\n');
});
test('the first 64 series differ in colour, shape or dash', () => {
  const looks = new Set(Array.from({ length: 64 }, (_, i) => JSON.stringify(seriesStyle(i))));
  assert.equal(looks.size, 64);
  assert.equal(seriesStyle(0).dash, 'none');
});
test('searching', () => {
  const list = [1, 3, 3, 7];
  assert.deepEqual([0, 3, 4, 8].map(v => firstIndex(list.length, i => list[i] >= v)), [0, 1, 3, 4]);
  assert.equal(clamp(7, 0, 3), 3);
});

test('ticks stand at round numbers', () => {
  assert.deepEqual(linearTicks(0, 10, 5).map(t => t.label), ['0', '2', '4', '6', '8', '10']);
  assert.deepEqual(linearTicks(0, 0.3, 3).map(t => t.label), ['0.0', '0.1', '0.2', '0.3']);
  assert.deepEqual(logTicks(1, 1e6, 4).map(t => t.value), [1, 100, 1e4, 1e6]);
  assert.deepEqual(logTicks(1, 100, 6).map(t => t.label), ['1', '2', '5', '10', '20', '50', '100']);
});
test('thinning keeps peaks, dips, ends and breaks', () => {
  const points = Array.from({ length: 50000 }, (_, i) => [i / 50, 1]);
  points[12345][1] = 99; points[33333][1] = -5; points[40000] = null;
  const kept = thinPoints(points);
  assert.ok(kept.length < 4100, String(kept.length));
  assert.ok(kept.includes(points[12345]) && kept.includes(points[33333]) && kept.includes(null));
  assert.equal(kept[0], points[0]);
  assert.equal(kept.at(-1), points.at(-1));
});
test('the value of a line at a place', () => {
  const line = { x: [0, 1, 2, 3], y: [0, 10, null, 30], step: false };
  assert.deepEqual([-1, 0, 0.5, 1, 1.5, 3, 4].map(x => lineValueAt(line, x)), [null, 0, 5, 10, null, 30, null]);
  assert.deepEqual([0.5, 1.5, 2.5, 9].map(x => lineValueAt({ ...line, step: true }, x)), [0, 10, null, 30]);
});
test('labels are moved apart and stay between the ends', () => {
  assert.deepEqual(spreadLabels([5, 5, 5], 10, 0, 100), [5, 15, 25]);
  assert.deepEqual(spreadLabels([95, 96], 10, 0, 100), [90, 100]);
  assert.deepEqual(spreadLabels([-20], 10, 0, 100), [0]);
});
test('an axis has zero, headroom, and the ends that were asked for', () => {
  const layers = [{ kind: 'line', x: [0, 4], y: [2, 10] }, { kind: 'reference', value: 12, vertical: false }];
  const axis = { log: false, min: null, max: null };
  assert.deepEqual(axisRange(axis, layers, 'x', true), [0, 4]);
  assert.deepEqual(axisRange(axis, layers, 'y'), [0, 12.72]);
  assert.deepEqual(axisRange({ ...axis, max: 20 }, layers, 'y'), [0, 20]);
  assert.deepEqual(axisRange(axis, [], 'y').map(Math.round), [0, 1]);
});
test('a figure as a table: one row an x where series share it, never past the present', () => {
  const axis = (label, names = []) => ({ label, names });
  const line = (label, y, x = [0, 1, 2]) => ({ kind: 'line', label, x, y });
  const plot = { x: axis('time (s)'), panels: [{ title: '', y: axis('Mbps'), layers: [line('A', [1, 2, 3]), line('B', [4, null, 6]), { kind: 'reference', label: 'fair', value: 5 }] }] };
  assert.deepEqual(figureTable(plot), { columns: ['time (s)', 'A, Mbps', 'B, Mbps'], rows: [[0, 1, 4], [1, 2, ''], [2, 3, 6]] });
  assert.equal(figureTable(plot, 1).rows.length, 2);
  plot.panels[0].layers.push(line('C', [1], [7]));
  assert.deepEqual(figureTable(plot).rows.at(-2), ['Mbps', 'C', 7, 1]);
  assert.equal(plotOf({ panels: plot }), plot);
});

test('answers are compared as a class would accept them', () => {
  assert.equal(compareAnswers(' 6 ', '6'), true);
  assert.equal(compareAnswers('6.0', '6 ms'), true);
  assert.equal(compareAnswers('6MS', '6 ms'), true);
  assert.equal(compareAnswers('7', '6'), false);
  assert.equal(compareAnswers('via B', 'Via b.'), true);
  assert.equal(compareAnswers('via C', 'via B'), false);
  assert.equal(compareAnswers('because of the queue', 'Because the queue at r1 was full.'), null);
  assert.equal(compareAnswers('', '6'), null);
});
test('measured values have the units of their metrics', () => {
  assert.equal(measuredText('goodput at_least 1 Mbps', 4821000), '4.82 Mbps');
  assert.equal(measuredText('convergence equals 6 s', 6.0101), '6.01 s');
  assert.equal(measuredText('jain at_least 0.95', 0.99821), '0.9982');
  assert.equal(measuredText('dropped at_most 12', 12), '12 packets');
  assert.equal(measuredText('rtt_mean at_most 1 s', null), 'nothing to measure');
});
