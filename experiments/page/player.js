// The player owns "where are we", the deck moves it, bookmarks name places.
import { $, el, svg, icon, clamp, isCalm, numberText, countText, firstIndex } from './core.js';

// ---- where are we --------------------------------------------------------------------------------------------------
// Position = (k, t): k events have been applied, and t lies between the time of event k and that of the next.
// Everything on the page is a pure function of that pair, so going back is going forward to an earlier pair.

const GLIDE_MS = 420;
// Playing without motion advances one round after so many seconds.
const CALM_ROUND_S = .8;
// A quiet stretch is played in so many seconds at most, at a faster dilation.
const QUIET_S = 1.6;

export class Player {
  // `trace` has events, end, timeOf(k) and kAt(t). `pace` is { rate, quiet }: units of time a second, and gapAt(t) for stretches to hurry through.
  // `eventAfter(k, direction)` is k one event later or earlier.
  // `gate(from, to, t)` says where to stop on the way from k = from to k = to at the time t: null or { k, t, … }. `roundAfter(k)` is k one round later.
  // The clock and the frames can be replaced for tests.
  constructor(trace, { pace, gate = () => null, roundAfter = null, eventAfter = (k, direction) => k + direction, clock = null, calm = isCalm }) {
    this.clock = clock || { now: () => performance.now(), frame: f => requestAnimationFrame(f), cancel: id => cancelAnimationFrame(id) };
    Object.assign(this, { trace, pace, gate, roundAfter, eventAfter, calm, k: 0, t: 0, speed: 1, playing: false, grain: 'event', listeners: [], frame: 0, gliding: null });
  }
  get n() { return this.trace.events.length; }
  get end() { return this.trace.end; }
  get atStart() { return this.k <= 0 && this.t <= 0; }
  get atEnd() { return this.k >= this.n && this.t >= this.end; }
  on(listener) { this.listeners.push(listener); return this; }
  emit(reason, detail) { for (const listener of this.listeners) listener(reason, detail); }
  timeOf(k) { return k <= 0 ? 0 : this.trace.timeOf(k); }
  cancel() { if (this.frame) this.clock.cancel(this.frame); this.frame = 0; this.gliding = null; }

  // Jumps. Going back is exact and at once.
  seek(k, reason = 'seek') {
    this.halt();
    this.k = clamp(k, 0, this.n); this.t = this.timeOf(this.k);
    this.emit(reason);
  }
  seekTime(t, reason = 'scrub') {
    this.halt();
    this.t = clamp(t, 0, this.end); this.k = this.trace.kAt(this.t);
    this.emit(reason);
  }
  // Straight to a pair, as after an answer is revealed.
  place(k, t, reason) { this.halt(); this.k = k; this.t = t; this.emit(reason); }

  // Forward: the clock glides to the event, then the event is applied.
  forwardTo(k, grain = 'event') {
    this.pause(); this.settle();
    this.grain = grain;
    const target = Math.min(k, this.n), until = target > this.k ? this.timeOf(target) : this.end;
    const stop = this.gate(this.k, target, until);
    if (stop) return this.hold(stop);
    if (target > this.k || this.t < this.end) this.glide(target, until);
  }
  glide(k, until) {
    const from = this.t, began = this.clock.now();
    if (this.calm() || until <= from) { this.k = k; this.t = Math.max(from, until); return this.emit('step'); }
    this.gliding = { k, t: until };
    const tick = now => {
      const part = Math.min(1, (now - began) / GLIDE_MS);
      this.t = from + (until - from) * part * part * (3 - 2 * part);
      if (part < 1) {
        this.k = Math.max(this.k, Math.min(this.trace.kAt(this.t), k > this.k ? k - 1 : k));
        this.frame = this.clock.frame(tick);
        this.emit('move');
      } else { this.settle(); this.emit('step'); }
    };
    this.frame = this.clock.frame(tick);
  }
  // The next event has come, but what it brought is not shown yet.
  hold(stop) { this.halt(); this.k = stop.k; this.t = stop.t; this.emit('ask', stop); }

  step(direction, grain = 'event') {
    this.settle();
    if (direction > 0) return this.forwardTo(grain === 'event' ? this.eventAfter(this.k, 1) : this.nextRound(1), grain);
    this.grain = grain;
    this.seek(grain === 'event' ? (this.t > this.timeOf(this.k) ? this.k : this.eventAfter(this.k, -1)) : this.nextRound(-1), 'back');
  }
  // A glide that is interrupted by the next key has arrived.
  settle() {
    if (!this.gliding) return;
    ({ k: this.k, t: this.t } = this.gliding);
    this.cancel();
  }
  nextRound(direction) {
    const k = this.roundAfter ? this.roundAfter(this.k, direction) : null;
    if (k != null && (direction > 0 ? k > this.k : k < this.k)) return clamp(k, 0, this.n);
    return direction > 0 ? this.lastOfInstant(this.k) : this.firstOfInstant(this.k - 1);
  }
  // k after the instant that the next event belongs to, and k before the instant of event i.
  lastOfInstant(k) { return k >= this.n ? this.n : this.trace.kAt(this.timeOf(k + 1)); }
  firstOfInstant(i) { let k = Math.max(0, i); while (k > 0 && this.timeOf(k) === this.timeOf(k + 1)) k--; return k; }

  toggle() { if (this.playing) this.pause(); else this.play(); }
  halt() { this.playing = false; this.cancel(); }
  pause() { if (this.playing) { this.halt(); this.emit('pause'); } }
  play() {
    if (this.atEnd) this.seek(0);
    this.cancel();
    this.playing = true; this.grain = 'round'; this.waited = 0;
    this.emit('play');
    let last = this.clock.now();
    const tick = now => {
      if (!this.playing) return;
      const seconds = clamp((now - last) / 1000, 0, .25);
      last = now;
      const next = this.calm() ? this.afterPause(seconds) : this.afterTime(seconds);
      if (next) {
        const stop = this.gate(this.k, next.k, next.t);
        if (stop) return this.hold(stop);
        this.k = Math.max(this.k, next.k); this.t = next.t;
        if (this.t >= this.end) { this.halt(); return this.emit('pause'); }
        this.emit(this.calm() ? 'step' : 'move');
      }
      if (this.playing) this.frame = this.clock.frame(tick);
    };
    this.frame = this.clock.frame(tick);
  }
  // Units of time a second, now: faster in a quiet stretch.
  get rate() { return this.speed * Math.max(this.pace.rate, this.quietRate()); }
  quietRate() {
    const gap = this.pace.gapAt ? this.pace.gapAt(this.t) : null;
    return gap ? (gap.until - gap.from) / QUIET_S : 0;
  }
  // A frame may leave one stretch and enter the next: each part at its own rate.
  afterTime(seconds) {
    let t = this.t, left = seconds;
    for (let parts = 0; left > 1e-9 && t < this.end && parts < 2000; parts++) {
      const gap = this.pace.gapAt ? this.pace.gapAt(t) : null;
      const rate = this.speed * Math.max(this.pace.rate, gap ? (gap.until - gap.from) / QUIET_S : 0);
      const boundary = gap ? gap.until : this.end, needs = (boundary - t) / rate;
      if (needs > left) { t += left * rate; left = 0; } else { t = boundary; left -= needs; }
    }
    t = Math.min(t, this.end);
    return { t, k: this.trace.kAt(t) };
  }
  afterPause(seconds) {
    this.waited += seconds * this.speed;
    if (this.waited < CALM_ROUND_S) return null;
    this.waited = 0;
    if (this.k >= this.n) return { k: this.n, t: this.end };
    const k = this.nextRound(1);
    return { k, t: this.timeOf(k) };
  }
}

// ---- how fast ------------------------------------------------------------------------------------------------------

const median = sorted => sorted.length ? sorted[sorted.length >> 1] : 0;
const NICE = [1, 1.6, 2, 3, 4, 5, 6, 8, 10];
// A dilation that can be said aloud: 160, not 157.3.
export function niceFactor(value) {
  const power = 10 ** Math.floor(Math.log10(value)), mantissa = value / power;
  return NICE.reduce((best, n) => Math.abs(n - mantissa) < Math.abs(best - mantissa) ? n : best) * power;
}
function niceRate(unitsPerSecond, unit) {
  const real = unitsPerSecond * unit;
  return (real >= 1 ? niceFactor(real) : 1 / niceFactor(1 / real)) / unit;
}

// Events after which it is worth to slow down. Where routing is told, packets alone do not count: voice would never let it hurry.
function paceMoments(trace) {
  const isMinor = trace.routing ? new Set(['sent', 'arrived', 'delivered']) : new Set();
  const times = [0];
  for (const event of trace.events) if (!isMinor.has(event.kind) && event.t > times.at(-1)) times.push(event.t);
  if (trace.end > times.at(-1)) times.push(trace.end);
  return times;
}

// How fast to play: a message takes 1.6 s for its link, or the whole run takes 40 s where a stage shows it as a whole.
export function paceOf(trace, isWhole) {
  if (isWhole) return { rate: niceRate(Math.max(trace.end, 1) / 40, trace.unit), gapAt: null };
  const moments = paceMoments(trace), flights = [];
  for (const m of trace.routing?.messages || []) if (m.heard != null && !m.quiet) flights.push(m.heard - m.sent);
  const trips = trace.packets?.trips || [], every = Math.max(1, Math.floor(trips.length / 2000));
  if (!flights.length) for (let i = 0; i < trips.length; i += every) for (const hop of trips[i].hops) flights.push(hop.propagation + hop.transmission);
  const usual = median(flights.filter(f => f > 0).sort((a, b) => a - b)) || median(moments.slice(1).map((t, i) => t - moments[i]).sort((a, b) => a - b)) || trace.end || 1;
  const rate = niceRate(usual / 1.6, trace.unit), longest = rate * QUIET_S;
  const gapAt = t => {
    const i = firstIndex(moments.length, j => moments[j] > t);
    if (i === 0 || i >= moments.length) return null;
    return { from: moments[i - 1], until: moments[i], isQuiet: moments[i] - moments[i - 1] > longest };
  };
  return { rate, gapAt };
}

// '160 times slower', 'real time', '3 times faster': network time against that of the screen.
export function dilationText(unitsPerSecond, unit) {
  const real = unitsPerSecond * unit;
  if (real > .95 && real < 1.05) return 'real time';
  const factor = real < 1 ? 1 / real : real;
  const words = factor < 10 ? numberText(factor, 2) : countText(Number(factor.toPrecision(2)));
  return `${words} times ${real < 1 ? 'slower' : 'faster'}`;
}

// ---- the deck ------------------------------------------------------------------------------------------------------

export const SPEEDS = [.25, .5, 1, 2, 4, 8, 16, 32];
const speedText = speed => ({ .25: '¼×', .5: '½×' }[speed] || speed + '×');

// Every control of the replay, in the same place on every page. `jumps` are those that the stage offers and that occur.
export function buildDeck(root, app, { roundWord, jumps }) {
  const button = (action, iconName, text, label, isAfter) => el('button', { 'data-act': action, type: 'button', 'aria-label': label, title: label, onclick: () => app.act(action) },
    iconName && !isAfter ? icon(iconName) : null, text ? el('span', {}, text) : null, iconName && isAfter ? icon(iconName) : null);
  const group = (label, ...children) => el('div', { class: 'grp', role: 'group', 'aria-label': label }, children);
  const predict = button('predict', 'ask', predictText(app), 'Predict: hide what comes next (Q)');
  predict.classList.add('toggle');
  if (app.trace.lecture.length) predict.classList.add('offered');
  const speed = el('select', { 'aria-label': 'Speed', class: 'speed', onchange: e => app.act('speed', +e.target.value) }, SPEEDS.map(s => el('option', { value: s }, speedText(s))));
  const jump = el('select', { 'aria-label': 'Jump to', class: 'jump', onchange: e => app.act('jumpTo', e.target.value) }, jumps.map(j => el('option', { value: j.id }, j.label)));
  root.replaceChildren(
    group('Step and play', button('home', 'start', '', 'To the start (Home)'), button('roundBack', 'back2', roundWord, `${roundWord}: back by one (Shift+Left)`),
      button('eventBack', 'back', 'Back', 'Back one event (Left)'), el('button', { 'data-act': 'play', type: 'button', class: 'play', onclick: () => app.act('play') }),
      button('eventFwd', 'fwd', 'Step', 'Step forward one event (Right)', true), button('roundFwd', 'fwd2', roundWord, `${roundWord}: forward by one (Shift+Right)`, true),
      button('endKey', 'end', '', 'To the end (End)')),
    jumps.length ? el('span', { class: 'sep' }) : '',
    jumps.length ? group('Jump', button('prev', 'back', '', 'Previous (P)'), jumps.length > 1 ? jump : el('span', { class: 'field jump-one' }, jumps[0].label), button('next', 'fwd', '', 'Next (N)')) : '',
    el('span', { class: 'sep' }),
    el('label', { class: 'field' }, el('span', { class: 'spd' }, 'Speed'), speed), el('span', { class: 'field dilation' }),
    el('span', { class: 'gap' }), predict,
    group('Bookmarks', button('bookmark', 'mark', 'Mark', 'Mark this moment (M)'), button('bookmarks', 'more', '', 'List of bookmarks (B)')));
}
const predictText = ({ trace: { lecture } }) => lecture.length ? [`Predict: ${lecture.length}`, el('span', { class: 'stl' }, lecture.length === 1 ? ' question' : ' questions')] : 'Predict';

export function drawDeck(root, app) {
  const player = app.player, play = $('[data-act=play]', root), state = player.playing ? 'Pause' : 'Play';
  if (play.textContent !== state) {
    play.replaceChildren(icon(player.playing ? 'pause' : 'play'), state);
    play.setAttribute('aria-label', `${state} (Space)`);
  }
  const disable = (names, isOff) => { for (const name of names) setDisabled($(`[data-act=${name}]`, root), isOff, play); };
  const isAsked = app.view.question != null;
  disable(['home', 'roundBack', 'eventBack'], player.atStart);
  disable(['eventFwd', 'roundFwd', 'endKey'], player.atEnd && !isAsked);
  const predict = $('[data-act=predict]', root), questions = app.trace.lecture.length;
  predict.setAttribute('aria-pressed', app.view.predict);
  predict.title = questions ? `Predict: ${questions} ${questions === 1 ? 'question' : 'questions'}, and what comes next is hidden (Q)` : 'Predict: hide what comes next (Q)';
  predict.setAttribute('aria-label', predict.title);
  $('.speed', root).value = player.speed;
  const jump = $('select.jump', root);
  if (jump) jump.value = app.view.jump;
  drawDilation(root, app);
}
// A disabled button loses the focus; the keys go on from the play button.
function setDisabled(button, isOff, heir) {
  if (isOff && document.activeElement === button) heir.focus({ preventScroll: true });
  button.disabled = isOff;
}
export function drawDilation(root, app) {
  const player = app.player, field = $('.dilation', root);
  const isHurried = player.playing && !player.calm() && player.quietRate() > player.pace.rate * 1.01;
  const rate = player.playing ? player.rate : player.speed * player.pace.rate;
  const text = player.calm() ? 'round by round' : (isHurried ? 'quiet: ' : '') + dilationText(rate, app.trace.unit);
  if (field.textContent === text) return;
  field.textContent = text;
  field.title = `One second on the screen shows ${numberText(rate * app.trace.unit * 1000)} ms of network time. Quiet stretches are played faster.`;
}

// ---- bookmarks -----------------------------------------------------------------------------------------------------

const MOST_BOOKMARKS = 7;
// Bookmarks that make themselves: what the script does, when routing settled, the first drop and the first cut.
export function autoBookmarks(trace, summary) {
  const marks = [];
  const add = (k, words) => { if (k > 0 && !marks.some(m => m.k === k)) marks.push({ k, words, user: false }); };
  const addFirst = (kind, words) => { const i = trace.events.findIndex(e => e.kind === kind); if (i >= 0) add(i + 1, words); };
  for (const e of trace.events.filter(e => e.kind === 'script').slice(0, MOST_BOOKMARKS - 3)) add(e.k + 1, trace.script[e.ref.script].words);
  addFirst('dropped', 'First packet lost');
  addFirst('cut', 'First window cut');
  for (const phase of summary?.routing?.converged_s || []) {
    if (marks.length >= MOST_BOOKMARKS || phase.t_s == null || (phase.state && phase.state !== 'settled')) continue;
    // The time of the last change, which the summary has as a rounded number.
    add(trace.kAt(phase.t_s / trace.unit + .5), phase.after === 'start' ? 'Routing has settled' : `Settled after ${phase.after}`);
  }
  return marks.sort((a, b) => a.k - b.k);
}

// Numbered pins to stand above a timeline. They are moved apart where they would cover each other.
export function bookmarkPins(app, xOf, size) {
  let last = -Infinity;
  const pins = app.bookmarks().map(mark => {
    const x = Math.max(xOf(mark.t), last + 1.45 * size), isHere = mark.k === app.player.k;
    last = x;
    const go = () => app.act('go', mark.k);
    return svg('g', { class: isHere ? 'pin here' : 'pin', role: 'button', tabindex: 0, 'aria-label': `Bookmark ${mark.number}: ${mark.words}`, transform: `translate(${x} ${.62 * size})`,
      onclick: go, onkeydown: e => { if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); e.stopPropagation(); go(); } } },
      svg('title', {}, mark.words), svg('rect', { x: -.6 * size, y: -.6 * size, width: 1.2 * size, height: 1.2 * size, rx: .2 * size }),
      svg('text', { y: .3 * size, 'text-anchor': 'middle' }, mark.number));
  });
  return svg('g', { class: 'pins' }, pins);
}
