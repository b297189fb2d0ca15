// The page itself: loads a run, shows its parts, and lets keys, deck, links and stages act on one view.
import { $, $$, el, clamp, momentText, readHash, writeHash, readJsonBlock, inflateBlock, openDialog, dataTable, tellAround, setStyle, shownStyle, STYLES } from './core.js';
import { decodeReplay } from './trace.js';
import { Player, SPEEDS, paceOf, buildDeck, drawDeck, drawDilation, autoBookmarks } from './player.js';
import { ChartsTab } from './charts.js';
import { networkStage } from './routing.js';
import { ladderStage } from './ladder.js';
import { flowsStage } from './flows.js';
import { Prediction, questionForm, verdictBox } from './predict.js';
import { buildResults } from './results.js';
import { buildExperiment } from './experiment.js';

const TABS = [['replay', 'Replay'], ['charts', 'Charts'], ['results', 'Results'], ['experiment', 'Experiment']];
const KEYMAP = { n: 'next', p: 'prev', m: 'bookmark', b: 'bookmarks', q: 'predict', s: 'styleNext', l: 'log', w: 'why', v: 'stageNext', t: 'tabNext', r: 'runNext', g: 'table', z: 'zoom', '?': 'keys' };
const KEYS_ANYWHERE = new Set(['styleNext', 'tabNext', 'runNext', 'table', 'zoom', 'keys']);
const KEY_ROWS = [['Space', 'Play or pause'], ['→ ←', 'Step one event, or back'], ['Shift →', 'Step one round or round trip (Shift ← back)'], ['N P', 'Next or previous of what the deck jumps to'], ['Home End', 'Start or end'],
  ['↑ ↓', 'Faster or slower'], ['1 … 9', 'Go to a bookmark'], ['M', 'Bookmark this moment'], ['B', 'List of bookmarks'], ['Q', 'Predict: hide what comes next'], ['Enter', 'Reveal the answer'],
  ['W', 'Why: the chain of causes'], ['L', 'Log of events'], ['G', 'The picture as a table, with CSV'], ['Z', 'Zoom in around the cursor (Shift Z: all)'], ['V', 'Other view'], ['R', 'Next run, at the same moment'], ['T', 'Next part: replay, charts, results, experiment'],
  ['S', 'Next style: light, dark, projector'], ['Tab', 'Everything that can be opened; Enter opens'], ['Esc', 'Clear the selection'], ['?', 'This list']];
const SELECTIONS = ['router', 'packet', 'message', 'flow', 'destination'];

// Labels of runs without what all of them have in common.
function runNames(runs) {
  const parts = runs.map(run => run.label.split(', ')), isShared = part => parts.every(list => list.includes(part));
  return parts.map((list, i) => list.filter(part => part && !isShared(part)).join(', ') || runs[i].label || `run ${i + 1}`);
}

class App {
  constructor(report) {
    this.report = report;
    this.allStages = [networkStage, ladderStage, flowsStage];
    this.run = 0; this.tab = null; this.stage = null; this.stages = []; this.trace = null; this.player = null; this.prediction = null;
    this.singleKeys = true; this.userMarks = []; this.marks = []; this.lastK = -1; this.drawCost = 0; this.drawnAt = 0; this.restedAt = 0; this.saying = false;
    this.view = this.freshView();
  }
  freshView() {
    return { router: null, packet: null, message: null, flow: null, destination: null, predict: false, asked: null, question: null, verdict: null, panel: 'log', jump: null, window: null, figure: null };
  }

  // ---- loading ---------------------------------------------------------------------------------------------------

  async load(run) {
    const { id, folder } = this.report.runs[run];
    const data = await inflateBlock(id);
    if (this.player) this.player.halt();
    Object.assign(this, { run, folder, data, summary: data.summary, figures: data.figures || [], problem: null, trace: null, player: null, prediction: null, userMarks: [], marks: [], lastK: -1 });
    this.view = this.freshView();
    if (data.replay) this.loadReplay(data.replay);
    this.stages = this.trace ? this.allStages.filter(stage => stage.applies(this)) : [];
    // Without a stage there is nothing to step through.
    if (!this.stages.length) Object.assign(this, { trace: null, player: null, prediction: null });
    this.stage = this.preferredStage();
    this.buildTools();
    this.buildStages();
    this.charts = new ChartsTab(this, $('#panel-charts'));
    buildResults(this, $('#panel-results'));
    buildExperiment(this, $('#panel-experiment'));
  }
  loadReplay(replay) {
    let trace, problem;
    try { trace = decodeReplay(replay); problem = trace.check(); } catch (error) { problem = `it cannot be read (${error.message})`; console.warn(error); }
    // A replay that ends in other tables than the engine's would teach something wrong.
    if (problem) { this.problem = `The replay is not shown: ${problem.replace(/\.?$/, '.')}`; return; }
    this.trace = trace;
    this.prediction = new Prediction(this);
    this.player = new Player(trace, { pace: paceOf(trace, false), gate: (from, to, t) => this.prediction.gate(from, to, t),
      roundAfter: (k, direction) => this.stage?.round ? this.stage.round(this, k, direction) : null,
      eventAfter: (k, direction) => this.stage?.event ? this.stage.event(this, k, direction) : k + direction });
    this.player.on((reason, detail) => this.onPlayer(reason, detail));
    this.marks = autoBookmarks(trace, this.summary);
  }
  // Where routers talk, the network; where two ends exchange a few packets, the ladder; else the flows.
  preferredStage() {
    const by = id => this.stages.find(stage => stage.id === id);
    if (!this.trace) return null;
    const isTextbook = this.trace.flows.length > 0 && this.trace.flows.every(flow => !/^(tcp|udp)/.test(flow.protocol));
    return (this.trace.routing && by('network')) || (isTextbook && by('ladder')) || by('flows') || by('network') || this.stages[0] || null;
  }

  // ---- the frame of the page -------------------------------------------------------------------------------------

  buildTools() {
    const { report } = this;
    $('#ask').textContent = $('#ask').title = report.teaches || '';
    $('#title').textContent = $('#title').title = report.title;
    $('#runField').hidden = report.runs.length < 2;
    if (!$('#runSelect').options.length) $('#runSelect').append(...runNames(report.runs).map((name, i) => el('option', { value: i }, name)));
    $('#runSelect').value = this.run;
    $('#problem').hidden = !this.problem;
    $('#problem').textContent = this.problem || '';
    const tabs = TABS.filter(([id]) => (id !== 'replay' || this.stages.length) && (id !== 'charts' || this.figures.length || report.sweep?.figures?.length));
    this.tabs = tabs.map(([id]) => id);
    $('#tabs').replaceChildren(...tabs.map(([id, label]) => el('button', { type: 'button', role: 'tab', id: `tab-${id}`, 'aria-controls': `panel-${id}`, onclick: () => this.act('tab', id), onkeydown: e => this.onTabKey(e) }, label)));
    $('#stages').replaceChildren(...this.stages.map(stage => el('button', { type: 'button', 'data-stage': stage.id, onclick: () => this.act('stage', stage.id) }, stage.label)));
  }
  // Arrow keys move between tabs as readers of screens expect; they do not step then.
  onTabKey(e) {
    const i = this.tabs.indexOf(this.tab), n = this.tabs.length, to = { ArrowRight: i + 1, ArrowLeft: i + n - 1, Home: 0, End: n - 1 }[e.key];
    if (to == null) return;
    e.preventDefault(); e.stopPropagation();
    this.act('tab', this.tabs[to % n]);
    $(`#tab-${this.tab}`).focus();
  }
  buildStages() {
    const panel = $('#panel-replay');
    panel.replaceChildren();
    panel.append(...this.stages.map(stage => el('div', { class: 'stage', id: `stage-${stage.id}`, hidden: true })));
    this.built = new Set();
  }
  showTab(tab) {
    this.tab = this.tabs.includes(tab) ? tab : this.tabs[0];
    for (const [id] of TABS) $(`#panel-${id}`).hidden = id !== this.tab;
    for (const button of $$('[role=tab]', $('#tabs'))) {
      const isHere = button.id === `tab-${this.tab}`;
      button.setAttribute('aria-selected', isHere);
      button.tabIndex = isHere ? 0 : -1;
    }
    $('#stages').hidden = this.tab !== 'replay' || this.stages.length < 2;
    $('#deck').hidden = !this.player || !['replay', 'charts'].includes(this.tab);
    document.body.dataset.tab = this.tab;
    if (this.tab === 'charts') this.charts.show();
  }
  showStage(id) {
    if (!this.stages.length) return;
    this.stage = this.stages.find(stage => stage.id === id) || this.stage;
    for (const stage of this.stages) $(`#stage-${stage.id}`).hidden = stage !== this.stage;
    for (const button of $$('#stages button')) button.setAttribute('aria-pressed', button.dataset.stage === this.stage.id);
    if (!this.built.has(this.stage.id)) { this.built.add(this.stage.id); this.stage.build(this, $(`#stage-${this.stage.id}`)); }
    const jumps = (this.stage.jumps || []).filter(jump => jump.next(this, 0, 1) != null);
    this.jumps = jumps;
    if (!jumps.some(jump => jump.id === this.view.jump)) this.view.jump = jumps[0]?.id ?? null;
    this.player.pace = paceOf(this.trace, this.stage.pace === 'whole');
    buildDeck($('#deck'), this, { roundWord: this.stage.roundWord || 'Round', jumps });
  }

  // ---- drawing ---------------------------------------------------------------------------------------------------

  seconds() { return this.player ? this.player.t * this.trace.unit : null; }
  onPlayer(reason, detail) {
    const { view, player, prediction } = this;
    if (reason === 'ask') prediction.ask(detail);
    else if (['seek', 'back', 'scrub'].includes(reason)) { prediction.forgetAfter(player.k); prediction.clear(); }
    else if (view.question && reason !== 'reveal' && reason !== 'pause' && player.k !== view.question.k) prediction.clear();
    if (view.verdict && player.k !== view.verdict.k) view.verdict = null;
    this.draw(reason);
    if (reason === 'ask') this.focusQuestion();
    if (reason === 'reveal') $('[data-act=play]', $('#deck')).focus({ preventScroll: true });
  }
  // While the clock runs, events that are applied are drawn in full a few times a second, so that this does not slow the clock.
  draw(reason) {
    const now = performance.now();
    let what = reason;
    if (reason === 'move' && this.player.k !== this.lastK && now - this.drawnAt >= Math.max(60, 3 * this.drawCost)) what = 'play';
    if (this.tab === 'replay' && this.stage) this.stage.draw(this, what);
    if (this.tab === 'charts') this.charts.draw(what);
    if (what !== 'move') {
      this.lastK = this.player?.k ?? -1;
      this.drawFrame(reason);
      this.drawnAt = performance.now(); this.drawCost = this.drawnAt - now;
    }
    if (this.player && !$('#deck').hidden) { if (reason === 'move') drawDilation($('#deck'), this); else drawDeck($('#deck'), this); }
    if (reason !== 'move' && !this.player?.playing) this.rest(reason);
  }
  drawFrame() {
    const { view, player } = this;
    document.body.classList.toggle('predicting', !!view.predict && !(player.atEnd && !view.question));
    this.drawQuestion();
  }
  // The question stands where the stage wants it, or in a bar under the header.
  drawQuestion() {
    const { view } = this, bar = $('#askbar');
    const host = (this.tab === 'replay' && this.stage?.askHost && this.stage.askHost()) || bar;
    // What stands there already stays, so that typing is not disturbed.
    const show = (query, subject, make) => {
      for (const old of $$(query)) if (old.subject !== subject || !host.contains(old)) old.remove();
      if (subject && !$(query, host)) host.prepend(Object.assign(make(), { subject }));
    };
    show('.question', view.question, () => questionForm(this, view.question));
    show('.verdict-box', view.verdict, () => verdictBox(view.verdict));
    bar.hidden = !bar.childElementCount;
    if (host !== bar) host.classList.toggle('asking', view.question != null);
  }
  focusQuestion() { $('.question input, .question .choice, .question .go')?.focus({ preventScroll: true }); }
  // The position has come to rest: write it into the address, and say it once. Browsers refuse addresses that change too often.
  rest(reason) {
    const wait = reason === 'scrub' ? 250 : Math.max(0, this.restedAt + 120 - performance.now());
    clearTimeout(this.resting);
    this.saying = this.saying || ['step', 'back', 'seek', 'scrub', 'ask', 'reveal', 'pause'].includes(reason);
    if (wait) this.resting = setTimeout(() => this.haveRested(), wait); else this.haveRested();
  }
  haveRested() {
    this.restedAt = performance.now();
    this.writeHash();
    if (this.player && this.saying) $('#live').textContent = this.words();
    this.saying = false;
  }
  words() {
    const { view, stage } = this;
    const words = view.question ? view.question.ask : view.verdict ? $('.verdict-box')?.textContent : stage?.say ? stage.say(this) : stage?.facts ? stage.facts(this) : '';
    return `${words || ''} ${this.moment(this.player.t)}`.trim();
  }
  redraw(reason = 'select') { this.draw(reason); }
  resize() {
    if (this.tab === 'replay' && this.stage) this.stage.resize(this);
    if (this.tab === 'charts') this.charts.resize();
    this.draw('resize');
  }

  // ---- bookmarks -------------------------------------------------------------------------------------------------

  bookmarks() {
    if (!this.player) return [];
    const { view, player } = this;
    const all = [...this.marks, ...this.userMarks.filter(k => !this.marks.some(m => m.k === k)).map(k => ({ k, user: true, words: `Your mark at ${this.moment(player.timeOf(k))}` }))];
    return all.sort((a, b) => a.k - b.k).map((mark, i) => ({ ...mark, t: player.timeOf(mark.k), number: i + 1 })).filter(mark => !view.predict || mark.user || mark.k <= player.k);
  }
  moment(t) { return momentText(t * this.trace.unit, this.trace.end * this.trace.unit); }
  listBookmarks() {
    const rows = this.bookmarks().map(mark => [mark.number, this.moment(mark.t), el('button', { type: 'button', class: 'link', onclick: () => { dialog.close(); this.act('go', mark.k); } }, mark.words)]);
    const copy = el('button', { type: 'button', class: 'link', onclick: e => { navigator.clipboard?.writeText(location.href); e.target.textContent = 'Copied'; } }, 'Copy a link to this moment');
    const dialog = openDialog('Bookmarks', rows.length ? dataTable(['key', 'time', 'what'], rows, { caption: 'Bookmarks', className: 'data marks' }) : el('p', { class: 'empty' }, 'None yet. M marks the moment that is shown.'), { foot: [copy] });
  }

  // ---- acting ----------------------------------------------------------------------------------------------------

  act(name, ...args) {
    const { player, view } = this;
    if (view.question && ['eventFwd', 'roundFwd', 'next', 'play', 'endKey'].includes(name)) name = 'reveal';
    const action = this.actions[name];
    if (action) return action.apply(this, args);
    if (SELECTIONS.includes(name)) return this.trace ? this.select(name, args[0]) : false;
    const mark = /^bookmark(\d)$/.exec(name);
    if (mark && player) { const b = this.bookmarks().find(m => m.number === +mark[1]); if (b && !(view.predict && b.k > player.k)) this.act('go', b.k); return true; }
    return false;
  }
  select(kind, index) {
    const { view } = this;
    view[kind] = index == null || view[kind] === index ? null : index;
    if (kind === 'packet' && view.packet != null) view.message = null;
    if (kind === 'message' && view.message != null) view.packet = null;
    if (kind === 'router' && view.router != null) tellAround({ netsim: 'select', router: this.trace.nodes[view.router].name, t: this.seconds() });
    this.redraw('select');
    return true;
  }
  setPanel(panel) {
    this.view.panel = panel;
    document.documentElement.classList.add('logon');
    this.resize();
  }
  // What comes is not shown: forwards only by steps, so that questions are met.
  goForward(k) { if (this.view.predict && k > this.player.k) this.player.forwardTo(k); else this.player.seek(k); }
  actions = {
    play() { this.player?.toggle(); },
    eventFwd() { this.player?.step(1); }, eventBack() { this.player?.step(-1); },
    roundFwd() { this.player?.step(1, 'round'); }, roundBack() { this.player?.step(-1, 'round'); },
    home() { this.player?.seek(0); },
    endKey() {
      const { player, view } = this;
      if (!player) return;
      if (view.predict) player.forwardTo(player.n, 'round');
      else player.place(player.n, player.end, 'seek');
    },
    next() { this.jump(1); }, prev() { this.jump(-1); },
    jumpTo(id) { this.view.jump = id; this.redraw('jump'); },
    speed(value) { if (this.player) { this.player.speed = value; this.redraw('speed'); } },
    faster() { this.changeSpeed(1); }, slower() { this.changeSpeed(-1); },
    go(k) { this.player.grain = 'event'; this.goForward(k); },
    goTime(t) {
      const { player, view } = this;
      if (!player) return;
      player.grain = 'round';
      player.seekTime(view.predict ? Math.min(t, player.t) : t);
    },
    predict() {
      if (!this.player) return;
      this.view.predict = !this.view.predict;
      this.prediction.clear();
      this.prediction.done.clear();
      this.player.pause();
      this.redraw('predict');
    },
    reveal() { return this.prediction ? this.prediction.reveal() : false; },
    bookmark() {
      if (!this.player) return;
      const { k } = this.player, at = this.userMarks.indexOf(k);
      if (at >= 0) this.userMarks.splice(at, 1); else this.userMarks.push(k);
      this.redraw('mark');
    },
    bookmarks() { if (this.player) this.listBookmarks(); },
    why() { this.setPanel(this.view.panel === 'why' && document.documentElement.classList.contains('logon') ? 'log' : 'why'); },
    log() {
      const root = document.documentElement;
      // In the projector's style the log is out of the way until it is asked for.
      const isOff = root.classList.contains('logon') && this.view.panel === 'log' && shownStyle() === 'projector';
      this.setPanel('log');
      if (isOff) { root.classList.remove('logon'); this.resize(); }
    },
    escape() { for (const kind of SELECTIONS) this.view[kind] = null; this.redraw('select'); },
    stage(id) { this.showStage(id); this.resize(); },
    stageNext() { const i = this.stages.indexOf(this.stage); if (this.stages.length > 1) this.act('stage', this.stages[(i + 1) % this.stages.length].id); },
    tab(id) { this.player?.pause(); this.showTab(id); this.resize(); },
    tabNext() { this.act('tab', this.tabs[(this.tabs.indexOf(this.tab) + 1) % this.tabs.length]); },
    styleNext() { const order = STYLES.slice(1); this.act('style', order[(order.indexOf(shownStyle()) + 1) % order.length]); },
    style(name) { setStyle(name); $('#style').value = document.documentElement.dataset.chosen; this.resize(); },
    table() { if (this.tab === 'charts') this.charts.table(); },
    zoom(e) { if (this.tab === 'charts') this.charts.zoom(e?.shiftKey ? 'all' : 'in'); },
    figure(name) { this.view.figure = name; if (this.tab !== 'charts') this.showTab('charts'); this.charts.show(); this.resize(); },
    keys() { this.keysDialog(); },
    // Another run at the same moment, with the same things selected, so that runs can be compared.
    async run(index) { const link = { ...this.link(), e: null, b: null, packet: null, message: null }; await this.load(index); this.open(link); },
    runNext() { const { runs } = this.report; if (runs.length > 1) this.act('run', (this.run + 1) % runs.length); },
  };
  jump(direction) {
    const jump = this.player && this.jumps.find(j => j.id === this.view.jump);
    if (!jump) return;
    this.player.settle();
    const k = jump.next(this, this.player.k, direction);
    if (k == null) return;
    if (direction > 0) this.player.forwardTo(k);
    else { this.player.grain = 'event'; this.player.seek(k, 'back'); }
  }
  changeSpeed(by) { if (this.player) this.act('speed', SPEEDS[clamp(SPEEDS.indexOf(this.player.speed) + by, 0, SPEEDS.length - 1)]); }

  // ---- keys ------------------------------------------------------------------------------------------------------

  onKey(e) {
    if (e.ctrlKey || e.metaKey || e.altKey || $('dialog[open]')) return;
    const { key, target } = e, isTyping = target.matches('input,select,textarea');
    if (isTyping && key !== 'Escape') return;
    if (key === 'Enter' && !target.matches('button,[role=button],a,summary') && this.act('reveal')) return e.preventDefault();
    if (key === ' ' && target.matches('button:not([data-act=play]),[role=button],summary')) return;
    if (target.matches('.scrolls, .dialog-scroll') && /^(Arrow(Up|Down)|Page|Home|End| )/.test(key)) return;
    const isPlaying = this.player && !$('#deck').hidden, isSlider = target.matches('[role=slider]');
    const named = { ' ': 'play', ArrowRight: e.shiftKey ? 'roundFwd' : 'eventFwd', ArrowLeft: e.shiftKey ? 'roundBack' : 'eventBack', Home: 'home', End: 'endKey', ArrowUp: isSlider ? 'eventFwd' : 'faster',
      ArrowDown: isSlider ? 'eventBack' : 'slower', PageDown: 'roundFwd', PageUp: 'roundBack', Escape: 'escape' }[key];
    if (named) { if (isPlaying || named === 'escape') { e.preventDefault(); this.act(named, e); } return; }
    if (!this.singleKeys) return;
    const own = this.tab === 'replay' && (this.stage?.keys || []).find(k => k.key.toLowerCase() === key.toLowerCase());
    if (own) { e.preventDefault(); own.run(this); return; }
    const single = KEYMAP[key] || KEYMAP[key.toLowerCase()] || (/^[1-9]$/.test(key) ? 'bookmark' + key : null);
    // Where the replay is not seen, it is not moved either.
    if (single && (isPlaying || KEYS_ANYWHERE.has(single))) { e.preventDefault(); this.act(single, e); }
  }
  keysDialog() {
    const own = (this.tab === 'replay' && this.stage?.keys || []).map(k => [k.key.toUpperCase(), k.words]);
    const taken = new Set(own.map(([key]) => key)), isIdle = key => (key === 'R' && this.report.runs.length < 2) || (key === 'V' && this.stages.length < 2);
    const rows = [...KEY_ROWS.filter(([key]) => !taken.has(key) && !isIdle(key)).slice(0, -1), ...own, KEY_ROWS.at(-1)];
    const list = el('dl', { class: 'keys' }, rows.map(([keys, words]) => el('div', {}, el('dt', {}, keys.split(' ').map(k => el('kbd', {}, k))), el('dd', {}, words))));
    const toggle = el('label', { class: 'field' }, el('input', { type: 'checkbox', checked: this.singleKeys, onchange: e => { this.singleKeys = e.target.checked; } }), 'Single-letter keys on');
    openDialog('Keyboard', list, { foot: [toggle] });
  }

  // ---- links -----------------------------------------------------------------------------------------------------

  // Everything that a link says: what is shown, in words that stay true of another run.
  link() {
    const { player, view, trace, report } = this;
    const name = (list, index) => index == null || !list ? null : list[index]?.name ?? list[index];
    const values = player ? { t: Number((player.t * trace.unit).toFixed(9)), e: player.k } : {};
    if (report.runs.length > 1) values.run = this.run;
    if (this.tab !== this.tabs[0]) values.tab = this.tab;
    if (this.tab === 'charts') values.chart = view.figure;
    if (this.stages.length > 1) values.stage = this.stage.id;
    if (trace) Object.assign(values, { router: name(trace.nodes, view.router), destination: name(trace.routing?.destinations, view.destination), flow: name(trace.flows, view.flow), packet: view.packet, message: view.message });
    if (view.panel === 'why') values.panel = 'why';
    if (view.predict) values.predict = '1';
    const { chosen } = document.documentElement.dataset;
    if (chosen !== 'auto') values.style = chosen;
    if (this.userMarks.length) values.b = this.userMarks.join('.');
    return values;
  }
  // A link that was just set is read before anything is written over it.
  writeHash() {
    if (this.written != null && location.hash !== this.written) return;
    writeHash(this.link());
    this.written = location.hash;
    tellAround({ netsim: 'place', hash: location.hash });
  }
  // Shows what a link says: everything that it does not mention is as on opening.
  open(link) {
    const { view, trace, player } = this;
    const index = (list, name) => { const i = name == null || !list ? -1 : list.findIndex(item => (item.name ?? item) === name); return i < 0 ? null : i; };
    const number = (text, limit) => /^\d+$/.test(text ?? '') && +text < limit ? +text : null;
    if (trace) {
      Object.assign(view, { router: index(trace.nodes, link.router), destination: index(trace.routing?.destinations, link.destination), flow: index(trace.flows, link.flow),
        packet: number(link.packet, trace.packets?.trips.length ?? 0), message: number(link.message, trace.routing?.messages.length ?? 0), predict: link.predict === '1', panel: link.panel === 'why' ? 'why' : 'log' });
      if (link.b) this.userMarks = link.b.split('.').map(Number).filter(k => Number.isInteger(k) && k >= 0 && k <= player.n);
      this.showStage(link.stage);
      this.openPosition(link);
    }
    if (link.chart) view.figure = link.chart;
    this.showTab(link.tab);
    this.resize();
  }
  // An event is exact; a time alone means after the last event at or before it.
  openPosition({ e, t }) {
    const { player, trace } = this, time = t == null ? NaN : Math.round(Number(t) / trace.unit);
    if (/^\d+$/.test(e ?? '') && +e <= player.n) {
      player.k = +e; player.t = player.timeOf(player.k);
      const next = player.k < player.n ? player.timeOf(player.k + 1) : player.end;
      if (time >= player.t && time <= next) player.t = time;
    } else if (Number.isFinite(time)) { player.t = clamp(time, 0, player.end); player.k = trace.kAt(player.t); player.grain = 'round'; }
    else { player.k = 0; player.t = 0; }
  }
  async openHash() {
    this.written = location.hash;
    const link = readHash();
    setStyle(link.style);
    $('#style').value = document.documentElement.dataset.chosen;
    const wanted = Number.parseInt(link.run, 10), run = clamp(Number.isNaN(wanted) ? this.report.first ?? 0 : wanted, 0, this.report.runs.length - 1);
    if (run !== this.run || !this.data) await this.load(run);
    this.open(link);
  }

  async begin() {
    await this.openHash();
    $('#runSelect').onchange = e => this.act('run', +e.target.value);
    $('#style').onchange = e => this.act('style', e.target.value);
    $('#keysButton').onclick = () => this.act('keys');
    addEventListener('keydown', e => this.onKey(e));
    $('#page').addEventListener('gotime', e => { if (this.trace) this.act('goTime', e.detail / this.trace.unit); });
    addEventListener('hashchange', () => this.openHash());
    let waiting = 0;
    const later = () => { clearTimeout(waiting); waiting = setTimeout(() => this.resize(), 30); };
    new ResizeObserver(later).observe($('#page'));
    addEventListener('resize', later);
    addEventListener('beforeprint', () => { this.printFacts(); this.resize(); });
    addEventListener('afterprint', () => this.resize());
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { if (document.documentElement.dataset.chosen === 'auto') this.act('style', 'auto'); });
    document.body.dataset.ready = 'true';
  }
  printFacts() {
    const words = this.tab === 'replay' && this.stage?.facts ? this.stage.facts(this) : '';
    $('#facts').textContent = [words, this.player && `${this.moment(this.player.t)}, event ${this.player.k} of ${this.player.n}`, `seed ${this.report.runs[this.run].seed}`, `netsim ${this.report.netsim}`].filter(Boolean).join(' · ');
  }
}

async function startPage() {
  try {
    const app = new App(readJsonBlock('report'));
    // For tests, and for the curious.
    globalThis.netsim = app;
    await app.begin();
  } catch (error) {
    $('#problem').hidden = false;
    $('#problem').textContent = `This report cannot be shown: ${error.message}`;
    throw error;
  }
}
startPage();
