// Run with `node --test experiments/page/tests`.
import test from 'node:test';
import assert from 'node:assert/strict';
import { Player, paceOf, niceFactor, dilationText, autoBookmarks } from '../player.js';
import { Prediction } from '../predict.js';

// A trace of events at these times, in units of a millisecond.
function traceOf(times, more = {}) {
  const events = times.map((t, k) => ({ k, t, kind: 'step', ref: {} }));
  return { unit: 1e-3, end: times.at(-1) + 10, events, timeOf: k => (k ? times[k - 1] : 0), kAt: t => times.filter(x => x <= t).length, lecture: [], script: [], routing: null, packets: null, ...more };
}
// Frames come when they are asked for, 20 ms apart.
function fakeClock() {
  let now = 0, waiting = null;
  return { now: () => now, frame: f => { waiting = f; return 1; }, cancel: () => { waiting = null; }, run(ms) { for (const until = now + ms; now < until && waiting;) { now += 20; const f = waiting; waiting = null; f(now); } } };
}
const TIMES = [10, 20, 20, 20, 30, 500];
function playerOf(trace = traceOf(TIMES), more = {}) {
  const clock = fakeClock(), player = new Player(trace, { pace: { rate: 10, gapAt: null }, clock, calm: () => false, ...more }), log = [];
  player.on(reason => log.push(reason));
  return { player, clock, log };
}

test('a step glides to the next event and then applies it', () => {
  const { player, clock, log } = playerOf();
  player.step(1);
  clock.run(200);
  assert.ok(player.t > 0 && player.t < 10);
  assert.equal(player.k, 0);
  clock.run(400);
  assert.deepEqual([player.k, player.t], [1, 10]);
  assert.equal(log.at(-1), 'step');
  assert.ok(log.slice(0, -1).every(reason => reason === 'move'));
});
test('events of one instant are stepped singly, and a round takes them together', () => {
  const { player, clock } = playerOf();
  player.seek(1);
  player.step(1, 'round'); clock.run(600);
  assert.deepEqual([player.k, player.t], [4, 20]);
  player.step(-1, 'round');
  assert.deepEqual([player.k, player.t], [1, 10]);
  player.step(1); clock.run(600);
  player.step(1); clock.run(600);
  assert.deepEqual([player.k, player.t], [3, 20]);
});
test('back is exact and at once: the same pairs in reverse', () => {
  const { player, clock } = playerOf(), there = [];
  while (player.k < player.n) { there.push([player.k, player.t]); player.step(1); clock.run(600); }
  const back = [];
  while (player.k > 0) { player.step(-1); back.push([player.k, player.t]); }
  assert.deepEqual(back, there.reverse());
});
test('back from between two events undoes the waiting first', () => {
  const { player } = playerOf();
  player.seekTime(100);
  player.step(-1);
  assert.deepEqual([player.k, player.t], [5, 30]);
});
test('a time is after the last event at or before it, and the ends are kept', () => {
  const { player } = playerOf();
  for (const [t, k, at] of [[20, 4, 20], [19.9, 1, 19.9], [-5, 0, 0], [9999, 6, 510]]) { player.seekTime(t); assert.deepEqual([player.k, player.t], [k, at]); }
});
test('after the last event a step goes to the end of the run', () => {
  const { player, clock } = playerOf();
  player.seek(6);
  player.step(1); clock.run(600);
  assert.deepEqual([player.k, player.t, player.atEnd], [6, 510, true]);
});
test('a key while gliding arrives first', () => {
  const { player, clock } = playerOf();
  player.step(1); clock.run(100);
  player.step(1); clock.run(100);
  assert.deepEqual([player.k, player.t > 10], [1, true]);
  player.step(1);
  assert.equal(player.k, 3);
  player.step(-1);
  assert.deepEqual([player.k, player.t], [2, 20]);
});
test('playing moves the clock at the stated rate and ends at the end', () => {
  const { player, clock, log } = playerOf();
  player.play();
  clock.run(1000);
  assert.ok(Math.abs(player.t - 10) < .5, String(player.t));
  player.pause();
  const { t } = player;
  clock.run(1000);
  assert.equal(player.t, t);
  player.speed = 32;
  player.play(); clock.run(5000);
  assert.deepEqual([player.t, player.playing], [510, false]);
  assert.equal(log.at(-1), 'pause');
  player.play();
  assert.equal(player.k, 0);
});
test('quiet stretches are played faster, and the rate says so', () => {
  const trace = traceOf(TIMES, { routing: { messages: [{ sent: 0, heard: 10, quiet: false }, { sent: 10, heard: 20, quiet: false }] } });
  const pace = paceOf(trace, false);
  assert.equal(dilationText(pace.rate, trace.unit), '160 times slower');
  const { player, clock } = playerOf(trace, { pace });
  player.seek(5);
  assert.ok(player.rate > 40 * pace.rate);
  player.play(); clock.run(1700);
  assert.ok(player.t >= 500, String(player.t));
  player.seek(0);
  assert.equal(player.rate, pace.rate);
});
test('a stage that shows the whole run plays it in about 40 seconds', () => {
  const trace = { ...traceOf([1, 2]), end: 120000 };
  assert.equal(dilationText(paceOf(trace, true).rate, trace.unit), '3 times faster');
});
test('with reduced motion playing goes from round to round', () => {
  const { player, clock, log } = playerOf(undefined, { calm: () => true });
  player.play();
  clock.run(900);
  assert.deepEqual([player.k, player.t], [1, 10]);
  clock.run(820);
  assert.deepEqual([player.k, player.t], [4, 20]);
  assert.ok(!log.includes('move'));
  player.seek(0); player.step(1);
  assert.equal(player.k, 1);
});
test('dilations are numbers that can be said', () => {
  assert.deepEqual([157.3, 1234, 0.9, 44].map(niceFactor).map(n => Number(n.toPrecision(3))), [160, 1000, 0.8, 40]);
  assert.equal(dilationText(1000, 1e-3), 'real time');
  assert.equal(dilationText(100, 1e-3), '10 times slower');
  assert.equal(dilationText(2500, 1e-3), '2.5 times faster');
});
test('bookmarks make themselves from the script, losses, cuts and convergence', () => {
  const trace = traceOf(TIMES, { script: [{ words: 'a-b goes down' }] });
  trace.events[0] = { k: 0, t: 10, kind: 'script', ref: { script: 0 } };
  trace.events[3].kind = 'dropped';
  const marks = autoBookmarks(trace, { routing: { converged_s: [{ after: 'a-b down', t_s: .03, state: 'settled' }, { after: 'never', t_s: null, state: 'changing' }] } });
  assert.deepEqual(marks.map(m => [m.k, m.words]), [[1, 'a-b goes down'], [4, 'First packet lost'], [5, 'Settled after a-b down']]);
});

// ---- questions -------------------------------------------------------------------------------------------------------

function classroom(lecture, questionAt = []) {
  const trace = traceOf(TIMES, { lecture });
  const app = { trace, view: { predict: true, question: null, asked: null, verdict: null }, stage: { question: (_, k) => questionAt.includes(k) ? { ask: `What does event ${k} bring?`, answer: String(k), check: text => text === String(k), choices: null, told: () => null } : null } };
  app.prediction = new Prediction(app);
  const clock = fakeClock();
  app.player = new Player(trace, { pace: { rate: 10, gapAt: null }, clock, calm: () => false, gate: (from, to, t) => app.prediction.gate(from, to, t) });
  app.player.on((reason, detail) => { if (reason === 'ask') app.prediction.ask(detail); else if (['seek', 'back', 'scrub'].includes(reason)) { app.prediction.forgetAfter(app.player.k); app.prediction.clear(); } });
  return { app, clock, player: app.player };
}

test('a question of the lecture stops the player before the first event at or after its time', () => {
  const { app, clock, player } = classroom([{ t: 20, ask: 'Which way?', choices: ['a', 'b'], answer: 'b', explain: 'It is shorter.' }]);
  player.forwardTo(player.n);
  assert.deepEqual([player.k, player.t, app.view.asked, app.view.question.ask], [1, 20, 1, 'Which way?']);
  app.view.question.said = 'a';
  app.prediction.reveal();
  assert.deepEqual([player.k, app.view.asked, app.view.verdict.isRight, app.view.verdict.told], [1, null, false, 'It is shorter.']);
  player.step(1); clock.run(600);
  assert.equal(player.k, 2);
});
test('playing stops at questions too', () => {
  const { app, clock, player } = classroom([{ t: 25, ask: '?', choices: null, answer: '1', explain: null }]);
  player.speed = 8; player.play(); clock.run(3000);
  assert.deepEqual([player.k, player.t, player.playing, app.view.asked], [4, 25, false, 4]);
});
test('a question about the next event hides it until it is revealed, then it is applied', () => {
  const { app, player } = classroom([], [4]);
  player.forwardTo(player.n);
  assert.deepEqual([player.k, player.t, app.view.asked], [4, 30, 4]);
  app.view.question.said = '4';
  app.prediction.reveal();
  assert.deepEqual([player.k, app.view.asked, app.view.verdict.isRight], [5, null, true]);
});
test('the way back asks again; without predict mode nothing is asked', () => {
  const { app, clock, player } = classroom([{ t: 20, ask: '?', choices: null, answer: '1', explain: null }]);
  player.forwardTo(player.n); app.prediction.reveal();
  player.seek(0);
  player.forwardTo(player.n);
  assert.notEqual(app.view.question, null);
  app.view.predict = false; app.prediction.clear();
  player.forwardTo(player.n); clock.run(600);
  assert.equal(player.k, player.n);
});
test('a question after the last event is asked at the end', () => {
  const { app, clock, player } = classroom([{ t: 505, ask: 'What now?', choices: null, answer: '1', explain: null }]);
  player.forwardTo(player.n); clock.run(600);
  assert.deepEqual([player.k, player.t, app.view.question], [6, 500, null]);
  player.step(1);
  assert.deepEqual([player.k, app.view.asked, app.view.question.ask], [6, null, 'What now?']);
});
