// Predict, then reveal: questions that a lecture asks at a time, and questions that a stage asks about the next event.
import { el, firstIndex } from './core.js';

const plainNumber = text => /^[+−-]?\d[\d\u202f ]*([.,]\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text.replace(/[\u202f ]/g, '').replace(',', '.').replace('−', '-')) : null;
const tidyAnswer = text => String(text).trim().toLowerCase().replace(/\s+/g, ' ').replace(/[.!?]+$/, '');
const leadingNumber = text => { const match = /^([+−-]?[\d.,]+)\s*[a-zµ%]/i.exec(text); return match ? plainNumber(match[1]) : null; };

// Whether two answers are the same: true, false, or null where only a person can tell.
export function compareAnswers(said, answer) {
  const a = tidyAnswer(said), b = tidyAnswer(answer);
  if (a === '') return null;
  if (a === b || a.replace(/ /g, '') === b.replace(/ /g, '')) return true;
  const x = plainNumber(a), y = plainNumber(b) ?? leadingNumber(b);
  if (x != null && y != null) return Math.abs(x - y) <= 1e-9 * Math.max(Math.abs(x), Math.abs(y));
  // A sentence may be said in many ways.
  return b.split(' ').length > 3 ? null : false;
}

export class Prediction {
  constructor(app) {
    this.app = app;
    this.done = new Set();
    const { trace } = app;
    this.lecture = trace.lecture.map((item, index) => ({ ...item, index, k: firstIndex(trace.events.length, i => trace.events[i].t >= item.t) }))
      .sort((a, b) => a.t - b.t);
  }

  // Where to stop on the way from k = from to k = to at this time: before the first question that is still open.
  gate(from, to, time) {
    if (!this.app.view.predict) return null;
    const { events } = this.app.trace;
    const lecture = this.lecture.find(q => !this.done.has('lecture ' + q.index) && q.k >= from && (q.k < to || q.t <= time));
    const limit = lecture ? Math.min(lecture.k, to) : to;
    for (let k = from; k < limit; k++) {
      if (this.done.has('event ' + k) || this.lecture.some(q => q.t === events[k].t)) continue;
      const asked = this.app.stage?.question ? this.app.stage.question(this.app, k) : null;
      if (asked) return { k, t: events[k].t, question: { kind: 'event', id: 'event ' + k, ...asked } };
    }
    if (!lecture) return null;
    const { ask, choices, answer, explain } = lecture;
    return { k: lecture.k, t: Math.max(lecture.t, this.app.player.timeOf(lecture.k), this.app.player.k === lecture.k ? this.app.player.t : 0),
      question: { kind: 'lecture', id: 'lecture ' + lecture.index, ask, choices, answer, told: () => explain, check: said => compareAnswers(said, answer) } };
  }

  // The way back asks again.
  forgetAfter(k) {
    for (const q of this.lecture) if (q.k >= k) this.done.delete('lecture ' + q.index);
    for (const id of [...this.done]) if (id.startsWith('event ') && Number(id.slice(6)) >= k) this.done.delete(id);
  }

  ask(stop) {
    const view = this.app.view;
    view.question = { ...stop.question, k: stop.k, said: '' };
    view.asked = stop.k < this.app.trace.events.length ? stop.k : null;
    view.verdict = null;
  }
  clear() { Object.assign(this.app.view, { question: null, asked: null, verdict: null }); }

  // Says what is right. An event is then applied; after a lecture's question the next step goes on.
  reveal() {
    const { view, player } = this.app, question = view.question;
    if (!question) return false;
    const said = question.said.trim(), isRight = said === '' ? null : question.check ? question.check(said) : compareAnswers(said, question.answer);
    this.done.add(question.id);
    this.clear();
    const k = question.kind === 'event' ? question.k + 1 : question.k;
    view.verdict = { k, said, isRight, answer: question.answer, told: question.told ? question.told() : null };
    player.place(k, player.t, 'reveal');
    return true;
  }

}

// The question as a form: choices as buttons, or a line to write on. Enter reveals.
export function questionForm(app, question) {
  const input = question.choices ? null : el('input', { type: 'text', autocomplete: 'off', 'aria-label': 'Your prediction', value: question.said, oninput: e => { question.said = e.target.value; },
    onkeydown: e => {
      if (e.key === 'Escape') { e.preventDefault(); e.stopPropagation(); input.blur(); }
      // An empty line does not keep the arrow keys from the player.
      if (e.key.startsWith('Arrow') && !input.value) input.blur();
    } });
  const choices = (question.choices || []).map(choice => el('button', { type: 'button', class: 'choice', 'aria-pressed': question.said === choice, onclick: e => {
    question.said = question.said === choice ? '' : choice;
    for (const other of e.target.parentElement.querySelectorAll('.choice')) other.setAttribute('aria-pressed', other.textContent === question.said);
  } }, choice));
  const form = el('form', { class: 'question', onsubmit: e => { e.preventDefault(); app.act('reveal'); } },
    el('h2', {}, question.ask), el('div', { class: 'answers' }, input, choices, el('button', { type: 'submit', class: 'go' }, 'Reveal')));
  return form;
}

// What came of it: a sign, words and the explanation.
export function verdictBox(verdict) {
  const { said, isRight, answer, told } = verdict;
  const plain = String(answer).replace(/[.\s]+$/, '');
  const words = said === '' ? `The answer: ${plain}.` : isRight ? `Predicted ${said}: right.` : isRight === false ? `Predicted ${said}; it is ${plain}.` : `Predicted ${said}. The answer: ${plain}.`;
  const sign = isRight ? '✓' : isRight === false ? '✗' : '';
  return el('div', { class: 'verdict-box' }, el('p', {}, el('span', { class: isRight ? 'right' : 'wrong' }, sign ? el('span', { class: 'mark-sign', 'aria-hidden': 'true' }, sign) : null, words)),
    told ? el('p', {}, told) : null);
}
