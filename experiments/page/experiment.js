// The tab Experiment: what was run, whole, so that anybody can run it again.
import { el, countText, saveText, sentence, plural } from './core.js';

// Paragraphs as they are in the file: an empty line begins a new one.
const proseOf = text => text.split(/\n\s*\n/).map(paragraph => el('p', {}, paragraph.trim()));

// JSON with names, texts, numbers and words told apart.
const JSON_TOKENS = /("(?:\\.|[^"\\])*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|\b(true|false|null)\b/g;
export function highlightJson(text) {
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(JSON_TOKENS)) {
    const [whole, quoted, colon, number, word] = match;
    if (match.index > from) parts.push(text.slice(from, match.index));
    parts.push(el('span', { class: quoted ? (colon ? 'k' : 's') : number ? 'n' : 'w' }, quoted || number || word));
    if (colon) parts.push(colon);
    from = match.index + whole.length;
  }
  parts.push(text.slice(from));
  return parts;
}

const section2 = (title, ...content) => el('section', {}, el('h2', {}, title), content);

export function buildExperiment(app, panel) {
  const { report, trace } = app, run = report.runs[app.run], replay = app.data.replay;
  const facts = [['name', report.name], ['seed', run.seed ?? report.seed], ['netsim', report.netsim], ['changed on the command line', report.overrides?.length ? report.overrides.join(', ') : null], ['this run', report.runs.length > 1 ? run.label : null]];
  const copy = el('button', { type: 'button', class: 'link', onclick: async e => {
    const button = e.target;
    try { await navigator.clipboard.writeText(report.effective); button.textContent = 'Copied'; } catch { button.textContent = 'Copying is not allowed here'; }
    setTimeout(() => { button.textContent = 'Copy'; }, 2000);
  } }, 'Copy');
  const save = el('button', { type: 'button', class: 'link', onclick: () => saveText(`${report.name}.json`, report.effective, 'application/json') }, `Download ${report.name}.json`);
  const folder = run.folder || '', files = (report.files || []).map(name => el('li', {}, el('a', { href: name }, name)));
  const missing = [report.left_out, app.problem, replay?.routing?.left_out, replay?.packets?.left_out, ...(trace?.thinned || []).map(t => `Between ${app.moment(t.from)} and ${app.moment(t.until)}: ${t.words}`)].filter(Boolean);
  panel.replaceChildren(...[
    el('section', { class: 'prose lead' }, el('h2', {}, report.title), report.teaches ? el('p', {}, report.teaches) : null),
    report.notes ? el('section', { class: 'prose' }, proseOf(report.notes)) : null,
    section2('Run', el('dl', { class: 'facts-list' }, facts.filter(([, value]) => value != null).map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, String(value)))))),
    missing.length ? section2('What is not shown', el('ul', { class: 'prose' }, missing.map(words => el('li', {}, sentence(words).replace(/\.?$/, '.'))))) : null,
    files.length ? section2('Files beside this report', el('ul', { class: 'files' }, files), folder ? el('p', { class: 'kick' }, 'Those of this run are in ', el('a', { href: folder }, folder)) : null) : null,
    el('section', {}, el('div', { class: 'sectionhead' }, el('h2', {}, 'The experiment, with every default filled in'), copy, save), el('p', { class: 'kick' }, `${plural(report.effective.split('\n').length, 'line')}, ${countText(report.effective.length)} characters`),
      el('pre', { class: 'source', tabindex: 0, role: 'region', 'aria-label': 'The experiment as JSON' }, highlightJson(report.effective))),
  ].filter(Boolean));
}
