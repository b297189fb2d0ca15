// Run with `node --test experiments/page/tests`.
import test from 'node:test';
import assert from 'node:assert/strict';
import { decodeReplay } from '../trace.js';
import { LadderModel, ladderEventWords, ladderFlows, ladderModel, ladderQuestion, ladderSay, ladderWindowOf, thinOut } from '../ladder.js';
import { niceStep, transportJumps, transportRound } from '../transport.js';
import { endSentence, flagNames, lostHop, preciseMoment, tripCopies, tripLabel, tripPayload, tripSentence, tripStory,
  waitedBehind } from '../packet.js';
import { axisUnit, flowSeries, flowsStage, linePath, ratesFromTrips, windowAt } from '../flows.js';

const MS = 1e6;
const base = {
  unit_s: 1e-9, end: 250 * MS, is_map: false, cost: 'hops', script: [], lecture: [], thinned: [], routing: null, causes: [],
  nodes: [['carol', false, 0, 0], ['dave', false, 1000, 0]], cables: [[0, 1, 'carol-dave', 1, 1, 1e6, 20 * MS]],
};
// Times in ms: packets take 10 to send and 20 to travel; ACKs have no size.
const data = (sent, number, copy, queueing,
  fate = 'arrives') => ({ sent, trip: [0, 1, 0, 0, 1250, number + 1, copy, ['rdt', 'data', number],
  fate === 'lost' ? [] : [0, queueing * MS, 10 * MS, 20 * MS, 0], fate === 'lost' ? [1, 0, (queueing + 30) * MS, 0] : [0]] });
const ack = (sent, number) => ({ sent, trip: [0, 0, 0, 0, 0, 0, 0, ['rdt', 'ack', number], [1, 0, 0, 20 * MS, 0], [0]] });
function packed(list) {
  const numbers = [0, 0];
  let before = 0;
  return list.slice().sort((a, b) => a.sent - b.sent).map(({ sent, trip }) => {
    const t = sent * MS, one = trip.slice();
    one[2] = numbers[one[1] ? 0 : 1]++;
    one[3] = t - before;
    before = t;
    return one;
  });
}
function traceOf(protocol, list, more = {}) {
  const drops = list.filter(({ trip }) => trip[9][0] === 1).map(({ sent, trip }) => [sent * MS + trip[9][2], 0, 1, trip[5], trip[6], 0, 0,
    1, 0, -1]);
  return decodeReplay({ ...base, flows: [['W', 0, 1, protocol, null, 0, -1]],
    packets: { trips: packed(list), reasons: ['lost', 'queue_full'], drops, again: [], cuts: [], iss: [null], left_out: null,
    ...more.packets }, ...more.replay });
}
// Go-back-N with a window of four; packet 1 is lost and sent again with all after it 80 ms after the last new ACK.
const goBackN = () => traceOf('go_back_n',
  [data(0, 0, 1, 0), data(0, 1, 1, 10, 'lost'), data(0, 2, 1, 20), data(0, 3, 1, 30), ack(30, 0), ack(50, 0), ack(60, 0), data(50, 4, 1, 0),
  ack(80, 0),
  data(130, 1, 2, 0), data(130, 2, 2, 10), data(130, 3, 2, 20), data(130, 4, 2, 30), ack(160, 1), ack(170, 2), ack(180, 3), ack(190, 4)]);

test('bands leave with the first bit and arrive with the last', () => {
  const model = ladderModel(goBackN(), 0), [first, , third] = model.items.filter(item => item.data);
  assert.deepEqual([first.leave, first.arrive, first.reach], [[0, 10 * MS], [20 * MS, 30 * MS], 1]);
  assert.deepEqual([third.leave, third.arrive], [[20 * MS, 30 * MS], [40 * MS, 50 * MS]]);
  assert.ok(first.band && !model.items.find(item => item.ack).band);
});
test('a lost packet is cut on its way, and its hop is made up from the link', () => {
  const trace = goBackN(), model = ladderModel(trace, 0), lost = model.items.find(item => item.dropped);
  assert.deepEqual([lost.leave, lost.reach, lost.tag], [[10 * MS, 20 * MS], .6, 'lost']);
  assert.deepEqual(lostHop(trace, lost.trip),
    { link: 0, begin: 0, queueing: 10 * MS, transmission: 10 * MS, propagation: 20 * MS, processing: 0, end: 40 * MS, lost: true });
});
test('go-back-N throws away what is out of order; answers that repeat are told apart', () => {
  const { items } = ladderModel(goBackN(), 0);
  assert.deepEqual(items.filter(item => item.fate === 'discarded').map(item => item.trip.header.number), [2, 3, 4]);
  assert.deepEqual(items.filter(item => item.ack).map(item => item.repeated), [false, true, true, true, false, false, false, false]);
});
test('a timeout began when an ACK last moved the window', () => {
  const { timeouts } = ladderModel(goBackN(), 0);
  assert.deepEqual(timeouts.map(({ from, until }) => [from / MS, until / MS]), [[50, 130]]);
});
test('with selective repeat each packet has a timer of its own', () => {
  const trace = traceOf('selective_repeat',
    [data(0, 0, 1, 0), data(0, 1, 1, 10, 'lost'), data(0, 2, 1, 20), ack(30, 0), ack(50, 2), data(80, 1, 2, 0), ack(110, 1)]),
    model = ladderModel(trace, 0);
  assert.deepEqual(model.timeouts.map(({ from, until }) => [from / MS, until / MS]), [[0, 80]]);
  assert.deepEqual(model.at(75 * MS), { base: 1, next: 3, due: 1 });
  assert.deepEqual(model.at(130 * MS), { base: 3, next: 3, due: 3 });
  assert.equal(model.items.find(item => item.trip.header.number === 2).fate, 'delivered');
});
test('the window: acknowledged, sent, expected', () => {
  const model = ladderModel(goBackN(), 0);
  assert.deepEqual(model.at(0), { base: 0, next: 4, due: 0 });
  assert.deepEqual(model.at(60 * MS), { base: 1, next: 5, due: 1 });
  assert.equal(model.mostInFlight, 4);
});
test('the formula of pipelining, from the run itself', () => {
  const model = ladderModel(goBackN(), 0);
  assert.deepEqual(model.round, { send: 10 * MS, rtt: 40 * MS, slowest: 10 * MS, size: 1250 });
  assert.deepEqual([model.formula(1), model.formula(4), model.formula(9)], [.2, .8, 1]);
});
test('use of the link counts what was lost or thrown away apart', () => {
  const model = ladderModel(goBackN(), 0), use = model.use(100 * MS);
  assert.deepEqual(use, { useful: .1, wasted: .4 });
  assert.deepEqual(model.use(5 * MS), { useful: 1, wasted: 0 });
});
test('the sentence above a ladder', () => {
  const model = ladderModel(goBackN(), 0), say = t => ladderSay(model, t * MS, 4, 0, at => `${at / MS} ms`);
  assert.equal(say(105), 'Idle since 60 ms: waits for packet 1’s ACK');
  assert.equal(say(130), 'Timer of packet 1 runs out: sends it again, and all after it');
  assert.equal(say(70), 'ACK 0 again: something is missing');
  assert.equal(say(135), 'Sending packet 1 again');
  assert.equal(say(180), 'ACK 1: the window moves to 2–5');
});
test('labels that are too close are left out, important ones last', () => {
  assert.deepEqual([...thinOut([{ y: 0, rank: 1 }, { y: 5, rank: 0 }, { y: 12, rank: 1 }, { y: 16, rank: 1 }], 10)].sort(), [1, 3]);
  assert.deepEqual([niceStep(250, 6), niceStep(1, 4), niceStep(.03, 5)], [50, .5, .01]);
});
test('questions are asked about what the next event brings, and know the answer', () => {
  const trace = goBackN(), app = { trace, view: {} },
    ask = holds => { const event = trace.events.find(holds); return ladderQuestion(app, event.k, [0]); };
  const dropped = ask(event => event.kind === 'dropped');
  assert.deepEqual([dropped.choices, dropped.answer, dropped.check('It is lost'), dropped.check('It arrives')],
    [['It arrives', 'It is lost'], 'It is lost', true, false]);
  const answer = ask(event => event.kind === 'sent' && event.t === 160 * MS);
  assert.match(answer.ask, /next ACK of dave/);
  assert.deepEqual([answer.check('1'), answer.check('ACK 1'), answer.check('2')], [true, true, false]);
  const again = ask(event => event.kind === 'sent' && event.t === 130 * MS);
  assert.deepEqual([again.answer, again.check('packet 1')], ['1', true]);
  assert.equal(ladderQuestion(app, 9999, [0]), null);
});
test('jumps and rounds', () => {
  const trace = goBackN(), app = { trace, player: { t: 0 } }, [loss, again] = transportJumps;
  assert.equal(trace.events[loss.next(app, 0, 1) - 1].kind, 'dropped');
  const k = again.next(app, 0, 1);
  assert.equal(trace.timeOf(k), 130 * MS);
  assert.equal(again.next(app, k, -1), null);
  assert.equal(transportRound(app, 0, 1, 50 * MS), trace.kAt(50 * MS));
  assert.equal(transportRound(app, trace.kAt(50 * MS), -1, 50 * MS), trace.kAt(0));
  assert.equal(transportRound(app, 3, -1, 0), 2);
});
test('the window of an experiment, and of a run of a sweep', () => {
  const report = { effective: '{"flows":[{"name":"W","go_back_n":{"window":4}}]}',
    runs: [{ parameters: {} }, { parameters: { 'flows.W.go_back_n.window': 7 } }] }, flow = { name: 'W', protocol: 'go_back_n' };
  assert.deepEqual([ladderWindowOf({ report, run: 0 }, flow), ladderWindowOf({ report, run: 1 }, flow),
    ladderWindowOf({ report: { effective: '// no' }, run: 0 }, flow)], [4, 7, null]);
});
test('only conversations are ladders', () => {
  assert.deepEqual(ladderFlows(goBackN()), [0]);
  assert.deepEqual(ladderFlows(traceOf('udp', [data(0, 0, 1, 0)])), []);
});

// A handshake and two segments over a router, the second of which waits behind the first.
function tcp() {
  const hop = (link, queueing, transmission, propagation, processing = 0) => [link, queueing, transmission, propagation, processing];
  const segment = (dt, number, seq, queueing) => [0, 1, number, dt, 1500, seq > 1 ? 2 : 1, 1, ['tcp', seq, 1, 24, 65535],
    [...hop(0, 0, 1, 10), ...hop(2, queueing, 12, 100, 5)], [0]];
  return decodeReplay({
    ...base, end: 5000, nodes: [['a', false, 0, 0], ['r', true, 500, 0], ['b', false, 1000, 0]],
      cables: [[0, 1, 'a-r', 1, 1, 1e9, 10], [1, 2, 'r-b', 1, 1, 1e9, 100]], flows: [['A', 0, 2, 'tcp', 'reno', 0, -1]],
    packets: { iss: [[1000, 5000]], reasons: ['queue_full'], left_out: null, again: [], cuts: [[900, 0, 1, 2920, 1460, 2920]],
      drops: [[400, 0, 1, 3, 1, 3, 0, 1, 2, 20]],
      trips: [[0, 1, 0, 0, 52, 0, 0, ['tcp', 0, 0, 2, 65535], [...hop(0, 0, 1, 10), ...hop(2, 0, 1, 100)], [0]],
        [0, 0, 0, 112, 52, 0, 0, ['tcp', 0, 1, 18, 65535], [...hop(3, 0, 1, 100), ...hop(1, 0, 1, 10)], [0]],
        segment(112, 1, 1, 0), segment(0, 2, 1461, 12),
          [0, 1, 3, 165, 1500, 3, 1, ['tcp', 2921, 1, 24, 65535], hop(0, 0, 1, 10), [1, 0, 11, -1]],
        [0, 0, 1, 50, 52, 0, 0, ['tcp', 1, 1461, 16, 65535, 2921, 4381], [...hop(3, 0, 1, 100), ...hop(1, 0, 1, 10)], [0]],
          [0, 1, 4, 450, 1500, 2, 2, ['tcp', 1461, 1, 24, 65535], [...hop(0, 0, 1, 10), ...hop(2, 0, 12, 100)], [0]]] },
  });
}
test('packets in words', () => {
  const trace = tcp(), { trips, drops } = trace.packets;
  assert.deepEqual(trips.map(tripLabel), ['SYN', 'SYN-ACK', 'seq 1', 'seq 1461', 'seq 2921', 'ACK 1461', 'seq 1461 again']);
  assert.equal(flagNames(18), 'SYN, ACK');
  assert.equal(tripSentence(trace, trips[0]), 'a asks b for a connection.');
  assert.equal(tripSentence(trace, trips[2]), 'Segment 1 of flow A: 1460 bytes from number 1 on.');
  assert.equal(tripSentence(trace, trips[5]), 'b tells a: everything before byte 1461 has come, and 2921 to 4380.');
  assert.equal(endSentence(trace, trips[4], drops[0]), 'Dropped at r after 11 ns, because the queue was full: 20 packets waited for r→b.');
  assert.equal(tripPayload(trace, trips[2]), 1460);
  assert.deepEqual(tripCopies(trace, trips[3]).map(trip => trip.copy), [1, 2]);
});
test('the four delays of a packet, and whom it waited for', () => {
  const trace = tcp(), trip = trace.packets.trips[3], story = tripStory(trace, trip);
  assert.deepEqual(story.totals, { queueing: 12, transmission: 13, propagation: 110, processing: 5 });
  assert.equal(story.total, 140);
  assert.deepEqual(waitedBehind(trace, trip, trip.hops[1]), [[0, 1]]);
  assert.deepEqual(waitedBehind(trace, trip, trip.hops[0]), []);
});
test('a drop in a router lies where and when it happened', () => {
  const item = new LadderModel(tcp(), 0).items[4], at = item.leave[0] + (item.arrive[0] - item.leave[0]) * item.reach;
  assert.equal(item.reach, .55);
  assert.ok(Math.abs(at - (item.trip.end.t - 1)) < 1);
});
test('events in words', () => {
  const trace = tcp(), words = trace.events.map(event => ladderEventWords(trace, event)).filter(Boolean);
  assert.ok(words.includes('a sends SYN') && words.includes('A cuts its window 2 → 1: timeout')
    && words.includes('segment 3 is dropped: the queue was full') && words.includes('a sends segment 2 again'));
});
test('moments have the decimals that their neighbours need', () => {
  assert.deepEqual([preciseMoment(1.23456, .05, 2), preciseMoment(.175, .25, .25), preciseMoment(12.3, 20, 20)],
    ['1.2346 s', '175.0 ms', '12.30 s']);
});

// ---- series of figures -----------------------------------------------------------------------------------------------

const axis = label => ({ label, log: false, min: null, max: null, names: [] });
test('figures become series of flows in the run’s own units', () => {
  const trace = tcp(), line = (label, y,
    more = {}) => ({ kind: 'line', label, x: [0, 1000, 2000, 3000], y, style: 0, step: false, dots: false, ...more }),
    figure = (name, panels) => ({ name, x: axis('time (ns)'), seconds: 1e-9, panels });
  const app = { trace, figures: [figure('throughput',
    [{ title: '', y: axis('goodput (Mbps)'), layers: [line('A', [1, 2, null, 4]), line('fair share (R / active flows)', [5, 5, 5, 5])] }]),
    figure('cwnd', [{ title: 'A (reno)', y: axis('window (kB)'),
      layers: [line('cwnd', [1.46, 2.92, 1.46, 2.92], { step: true }), line('ssthresh', [null, null, 2, 2], { step: true })] }]),
    figure('queue', [{ title: '', y: axis('queue (packets)'),
      layers: [line('r->b', [0, 1, 2, 0], { step: true }), { kind: 'reference', label: 'limit 20', value: 20, vertical: false }] }])] };
  const { rates, windows, queues } = flowSeries(app);
  assert.deepEqual([rates.flows[0].flow, rates.flows[0].y, rates.others[0].label],
    [0, [1e6, 2e6, null, 4e6], 'fair share (R / active flows)']);
  assert.deepEqual([windows.flows[0].flow, windowAt(app, 0, 1500), windows.thresholds.get(0).y[2]], [0, 2920, 2000]);
  assert.deepEqual([queues[0].name, queues[0].limit], ['r->b', 20]);
  assert.ok(flowsStage.applies(app));
  const cut = trace.events.find(event => event.kind === 'cut'), question = flowsStage.question(app, cut.k);
  assert.deepEqual([question.answer, question.check('1'), question.check('1 segment'), question.check('2')],
    ['1 segments', true, true, false]);
});
test('units of axes', () => {
  assert.deepEqual(axisUnit('window (kB)'), { word: 'window', unit: 'kB', factor: 1000 });
  assert.deepEqual(axisUnit('round-trip time (ms)'), { word: 'round-trip time', unit: 'ms', factor: .001 });
  assert.equal(axisUnit('queue (packets)').factor, 1);
  assert.equal(axisUnit('window (B)').factor, 1);
});
test('a line of many points keeps first, least, most and last of each column of pixels', () => {
  const n = 10000, line = { x: Float64Array.from({ length: n }, (_, i) => i),
    y: Array.from({ length: n }, (_, i) => (i === 5000 ? 100 : i % 7)), step: false };
  const d = linePath(line, 0, n, t => t / 100, v => -v);
  assert.ok(d.length < 8000);
  assert.ok(d.includes('-100.0'));
  assert.equal(linePath({ x: [0, 1, 2, 3], y: [1, null, 2, 3], step: true }, 0, 3, t => t * 10, v => v), 'M0.0 1.0M20.0 2.0H30.0V3.0');
});
test('a flow without a line in the figure is counted from its packets', () => {
  const line = ratesFromTrips(tcp(), 0);
  assert.equal(line.flow, 0);
  assert.ok(line.y.some(value => value > 0) && line.y.at(-1) === null);
});
test('a ping waits for its reply and says how long it took', () => {
  const trace = traceOf('ping', [{ sent: 0, trip: [0, 1, 0, 0, 100, 1, 1, ['udp', 1, 'echo_request'], [0, 0, MS, 20 * MS, 0], [0]] },
    { sent: 21, trip: [0, 0, 0, 0, 100, 0, 0, ['udp', 1, 'echo_reply'], [1, 0, MS, 20 * MS, 0], [0]] }]);
  const model = ladderModel(trace, 0), say = t => ladderSay(model, t * MS, null, 0, at => `${at / MS} ms`);
  assert.deepEqual([say(10), say(50)], ['Waits for reply 1', 'Reply 1 came 42 ms after its request']);
  assert.deepEqual(model.items.map(item => [item.label, item.band]), [['request 1', true], ['reply 1', true]]);
});
