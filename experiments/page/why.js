// Why: the chain of causes that the engine recorded, from what has just happened back to where it began.

import { el, sentence } from './core.js';
import { preciseMoment, tripName } from './packet.js';

const WHY_SUBJECTS = new Set(['drop', 'again', 'cut', 'change']);
// Of one instant, what is most worth a question: a cut tells more than the retransmission that comes with it.
const WHY_RANK = { again: 0, drop: 1, change: 2, cut: 3 };

const whySubjectLists = new WeakMap();
// Everything that has a cause, by the number of events after which it has happened: [{ cause, k, flow, node, trip, destination }].
export function whySubjects(trace) {
  if (!whySubjectLists.has(trace)) whySubjectLists.set(trace, whySubjectsOf(trace));
  return whySubjectLists.get(trace);
}
function whySubjectsOf(trace) {
  const subjects = [];
  for (const cause of trace.causes) {
    if (!WHY_SUBJECTS.has(cause.what) || cause.number < 0) continue;
    subjects.push({ cause, k: trace.kOfCause(cause), flow: null, node: null, trip: null, destination: null, ...whyAbout(trace, cause) });
  }
  return subjects.sort((a, b) => a.k - b.k || WHY_RANK[a.cause.what] - WHY_RANK[b.cause.what]);
}
function whyAbout(trace, { what, number }) {
  if (what === 'change') {
    const change = trace.changes && trace.changes[number];
    return change ? { node: trace.routing.steps[change.step].node, destination: change.destination } : {};
  }
  const entry = trace.packets && trace.packets[{ drop: 'drops', again: 'again', cut: 'cuts' }[what]][number];
  return entry ? { flow: entry.flow, node: entry.node ?? null, trip: entry.trip ?? null } : {};
}

// What to explain at k: of the selected packet; else what happened in the present event; else the last of the selected flow or
// router; else the last of all. Null when nothing has happened yet that has a cause.
export function whyAt(trace, view, k, only = () => true) {
  const all = whySubjects(trace).filter(only);
  const lastWhere = holds => { for (let i = all.length - 1; i >= 0; i--) if (all[i].k <= k && holds(all[i])) return all[i]; return null; };
  if (view.packet != null) return lastWhere(subject => subject.trip === view.packet);
  const ofFlow = view.flow != null ? subject => subject.flow === view.flow : null,
    ofRouter = view.router != null ? subject => subject.node === view.router && subject.cause.what !== 'again' : null;
  const isSelected = ofFlow || ofRouter ? subject => (ofFlow && ofFlow(subject)) || (ofRouter && ofRouter(subject)) : () => true;
  return lastWhere(subject => subject.k === k && isSelected(subject)) || lastWhere(isSelected)
    || (view.flow != null || view.router != null ? null : lastWhere(() => true));
}

// The question that a chain answers.
export function whyHeading(trace, subject) {
  if (!subject) return 'Why';
  const { cause, flow, node, trip, destination } = subject, name = flow != null ? trace.flows[flow].name : null,
    shown = trip != null ? trace.packets.trips[trip] : null;
  switch (cause.what) {
    case 'cut': return `Why did ${name} cut its window?`;
    case 'drop': return `Why was ${shown ? tripName(shown) : 'a packet'} of ${name} dropped?`;
    case 'again': return `Why did ${name} send ${shown ? tripName(shown) : `segment ${trace.packets.again[cause.number].segment}`} again?`;
    case 'change': return `Why did ${trace.nodes[node].name} change its route to ${trace.routing.destinations[destination]}?`;
    default: return 'Why?';
  }
}
// When nothing is to be explained, a sentence says so.
export function whyNothing(trace, view) {
  const about = view.packet != null ? 'Nothing needs explaining about this packet so far: it was neither dropped nor sent again.'
    : view.flow != null ? `Nothing of flow ${trace.flows[view.flow].name} was dropped, sent again or cut so far.`
      : view.router != null ? `Router ${trace.nodes[view.router].name} has neither dropped a packet nor changed a route so far.`
        : 'Nothing was dropped, sent again, cut or rerouted so far.';
  return trace.causes.length ? about : 'The engine recorded no causes in this run.';
}
// A full sentence; a name keeps its small letter.
function whySentence(trace, words) {
  const bare = words.trim(), isName = [...trace.flows,
    ...trace.nodes].some(({ name }) => bare.startsWith(name) && !/\w/.test(bare[name.length] || ' '));
  const text = isName ? bare : sentence(bare);
  return /[.?:]$/.test(text) ? text : `${text}.`;
}

// The panel: a question, its answer in one sentence, and the causes behind it, each a way back in time. `only` chooses among what
// has causes; `nothing` is said when there is none yet.
export function whyPanel(app, { only, nothing } = {}) {
  const element = el('section', { class: 'why-panel', 'aria-label': 'Why' });
  let drawnFor = null;
  element.draw = now => {
    const { trace, view, player } = now, asked = view.asked != null,
      subject = asked ? null : whyAt(trace, only ? { ...view, packet: null } : view, player.k, only);
    const key = asked ? 'asked' : subject ? `${subject.cause.index} ${player.t < subject.cause.t}`
      : `none ${view.packet} ${view.flow} ${view.router}`;
    if (key === drawnFor) return;
    drawnFor = key;
    element.replaceChildren(...(asked ? [el('h3', {}, 'Why'), el('p', { class: 'hidden-answer' }, 'Hidden until predicted.')]
      : whyParts(now, subject, nothing)));
  };
  element.draw(app);
  return element;
}
function whyParts(app, subject, nothing) {
  const { trace, view } = app, heading = el('h3', {}, whyHeading(trace, subject));
  if (!subject) return [heading, el('p', { class: 'why-none' }, nothing || whyNothing(trace, view))];
  const chain = trace.chain(subject.cause), end = trace.end * trace.unit, span = whySpan(trace, chain);
  const item = (cause, i) => el('li', { class: i === 0 ? 'first' : i === chain.length - 1 ? 'root' : null },
    el('button', { type: 'button', class: 'link', onclick: () => app.act('goTime', cause.t) },
      preciseMoment(cause.t * trace.unit, span, end)), el('span', {}, whySentence(trace, cause.words)));
  return [heading, el('ol', { class: 'why-list', 'aria-label': 'Causes, newest first' }, chain.map(item))];
}
// The shortest step between two causes that differ says how many decimals their times need.
function whySpan(trace, chain) {
  let least = Infinity;
  for (let i = 1; i < chain.length; i++) { const gap = chain[i - 1].t - chain[i].t; if (gap > 0) least = Math.min(least, gap); }
  const end = trace.end * trace.unit;
  return Math.max(Number.isFinite(least) ? least * trace.unit * 20 : end / 100, end / 2e4);
}
