// The page of netsim serve: what is open, what is saved, and what happens when something changes.

import { $, $$, announce, ask as askUser, el, note, plural } from './dom.js';
import { Refused, ask } from './api.js';
import { makeEditor } from './editor.js';
import { makeList } from './list.js';
import { makeNetwork } from './network.js';
import { makeParameters } from './parameters.js';
import { makeRunner } from './run.js';
import { describe, pathAt } from './complete.js';

const CHECK_AFTER_MS = 250;
const TABS = ['list', 'text', 'network', 'parameters'];

const app = {
  file: null, schema: null, outline: null,
  /** The text on disk as far as is known here, and the version of the file. */
  saved: '', version: null,
  text: () => editor.text(),
  onText, onCursor, onRemarks: showRemarks,
  onSelect(name, t) {
    if (network.select(name, t)) showTab('network');
  },
  edit,
};

const editor = makeEditor($('#editor'), app);
const network = makeNetwork($('#pane-network'), app);
const parameters = makeParameters($('#pane-parameters'), app);
const runner = makeRunner(app);
const list = makeList(openFile);

// ---- opening and saving --------------------------------------------------------------------------------------------

const isChanged = () => app.file !== null && editor.text() !== app.saved;

async function openFile(file) {
  if (file !== app.file && isChanged()) {
    const answer = await askUser('Unsaved changes', el('p', {}, `${app.file} has changes that are not saved.`), [['save', 'Save them'], ['drop', 'Drop them'], ['', 'Stay here']]);
    if (answer === 'save') await save();
    if (!answer || (answer === 'save' && isChanged())) return;
  }
  try {
    const opened = await ask('open', { file });
    Object.assign(app, { file, saved: opened.text, version: opened.version, outline: null });
    checked = null;
    editor.open(opened.text);
    network.reset();
    runner.clear();
    list.choose(file);
    for (const id of ['#save', '#run']) $(id).disabled = false;
    location.hash = `file=${encodeURIComponent(file)}`;
    note(`Opened ${file}`);
    showTab('text');
    showSaved();
    await check();
    network.begin();
    if ($('#auto').checked) runIfChecked();
  } catch (error) {
    note(error.message, true);
  }
}

async function save() {
  if (app.file === null) return;
  const text = editor.text();
  try {
    const { version } = await ask('save', { file: app.file, text, version: app.version });
    Object.assign(app, { saved: text, version });
    note(`Saved ${app.file}`);
    showSaved();
    runIfChecked();
  } catch (error) {
    if (error.status === 409) await settle(error.more.on_disk);
    else note(error.message, true);
  }
}

/** The file has changed on disk meanwhile: the user decides which text it shall have. */
async function settle(onDisk) {
  const mine = editor.text();
  if (mine === onDisk.text) return Object.assign(app, { saved: mine, version: onDisk.version }), showSaved();
  const [ours, theirs] = excerpts(mine, onDisk.text);
  const answer = await askUser(`${app.file} has changed on disk`, el('div', {},
    el('p', {}, 'Another program has written this file since it was opened here. Which text shall it have? Whatever you choose can be undone in the editor.'),
    el('div', { class: 'both' },
      el('div', {}, el('h3', {}, 'Here in the editor'), el('pre', { tabindex: 0 }, ours)), el('div', {}, el('h3', {}, 'In the file'), el('pre', { tabindex: 0 }, theirs)))),
    [['', 'Decide later'], ['theirs', 'Take the file’s'], ['mine', 'Keep mine, overwrite the file']]);
  if (answer) Object.assign(app, { saved: onDisk.text, version: onDisk.version });
  if (answer === 'theirs') editor.change(onDisk.text);
  showSaved();
  if (answer === 'mine') await save();
}

/** The lines of both texts around the first that differs, which is marked. */
function excerpts(mine, theirs) {
  const [a, b] = [mine.split('\n'), theirs.split('\n')];
  let first = 0;
  while (first < Math.min(a.length, b.length) && a[first] === b[first]) first += 1;
  const begin = Math.max(0, first - 3);
  const of = lines => lines.slice(begin, first + 8).map((line, at) => {
    const text = `${begin + at + 1}  ${line}\n`;
    return begin + at === first ? el('mark', {}, text) : text;
  });
  return [of(a), of(b)];
}

function showSaved() {
  const changed = isChanged();
  $('#saved').textContent = app.file === null ? '' : changed ? 'unsaved' : 'saved';
  $('#save').disabled = !changed;
  document.title = `${changed ? '• ' : ''}${app.outline?.title || app.file || 'Experiments'} · netsim serve`;
}

// ---- checking ------------------------------------------------------------------------------------------------------

let checkTimer = 0, checks = Promise.resolve(), checked = null, remarks = [];

function onText() {
  showSaved();
  clearTimeout(checkTimer);
  checkTimer = setTimeout(async () => { if (await check() && $('#auto').checked) runner.start(); }, CHECK_AFTER_MS);
}

/** Checks the text; true if it has no errors. Checks come one after the other, and the last is of the text as it is then. */
function check() {
  clearTimeout(checkTimer);
  checks = checks.then(checkNow);
  return checks;
}

async function checkNow() {
  while (app.file !== null) {
    const [file, text] = [app.file, editor.text()];
    if (checked?.file === file && checked.text === text) return checked.ok;
    let said;
    try {
      said = await ask('check', { file, text });
    } catch (error) {
      note(error.message, true);
      return false;
    }
    if (file !== app.file || text !== editor.text()) continue;
    checked = { file, text, ok: said.ok };
    showRemarks(said.remarks);
    if (said.ok) app.outline = said.outline;
    network.update(said.ok ? app.outline : null);
    if (text === app.saved) list.mark(file, said.ok);
    showTitle();
    if (currentTab === 'parameters') parameters.draw(text);
    return said.ok;
  }
  return false;
}

async function runIfChecked() {
  if (await check()) runner.start();
}

function showTitle() {
  $('#title').textContent = app.outline?.title || app.file;
  $('#teaches').textContent = app.outline?.teaches || '';
  $('#teaches').title = app.outline?.teaches || '';
  showSaved();
}

function showRemarks(next) {
  const before = remarks.length;
  remarks = next;
  editor.remark(next);
  $('#remarks').replaceChildren(...next.map(one => el('li', {}, el('button', { type: 'button', class: one.severity, onclick: () => { showTab('text'); editor.show(one.from ?? 0, one.from ?? 0); } },
    el('span', { class: 'sign', 'aria-hidden': 'true' }, one.severity === 'error' ? '✕' : '!'),
    el('span', { class: 'where' }, el('span', { class: 'sr' }, `${one.severity} at `), `line ${editor.lineAt(one.from ?? 0)}`),
    el('span', { class: 'what' }, one.message, one.suggestion && ` – did you mean ${one.suggestion}?`, one.help.map(line => el('span', { class: 'help' }, line)))))));
  const errors = next.filter(one => one.severity === 'error').length;
  $('#tab-text').textContent = errors ? `Text (${errors})` : 'Text';
  $('#tab-text').setAttribute('aria-label', errors ? `Text, ${plural(errors, 'error')}` : 'Text');
  if (errors) announce(plural(errors, 'error')); else if (before && !next.length) announce('No errors');
}

let cursorTimer = 0;
function onCursor() {
  clearTimeout(cursorTimer);
  cursorTimer = setTimeout(() => {
    const about = app.schema && app.file !== null ? describe(app.schema, editor.text(), pathAt(editor.text(), editor.cursor())) : null;
    $('#about-field').replaceChildren(...(about ? [el('code', {}, about.path.filter(step => typeof step === 'string').at(-1)), ` ${about.words}`] : []));
  }, 120);
}

// ---- changes by clicking -------------------------------------------------------------------------------------------

async function edit(change, words) {
  try {
    const edited = await ask('edit', { text: editor.text(), edit: change });
    editor.change(edited.text, edited.from, edited.to);
    const line = editor.lineAt(edited.from), written = edited.text.slice(edited.from, edited.to).trim();
    note([`${words}. `, el('button', { type: 'button', class: 'link', onclick: () => { showTab('text'); editor.show(edited.from, edited.to); } }, `Line ${line}`), written && [': ', el('code', {}, written)]].filter(Boolean).flat());
    clearTimeout(checkTimer);
    if (await check()) runner.start();
  } catch (error) {
    note(error.message, true);
  }
}

// ---- tabs, splitter, style, keys -----------------------------------------------------------------------------------

let currentTab = 'list';
function showTab(name, isFocused = false) {
  currentTab = name;
  for (const one of TABS) {
    const tab = $(`#tab-${one}`), isOn = one === name;
    tab.setAttribute('aria-selected', String(isOn));
    tab.tabIndex = isOn ? 0 : -1;
    $(`#pane-${one}`).hidden = !isOn;
    if (isOn && isFocused) tab.focus();
  }
  setWide(false);
  if (name === 'parameters') parameters.draw(editor.text());
}
for (const name of TABS) $(`#tab-${name}`).addEventListener('click', () => showTab(name));
$('[role=tablist]').addEventListener('keydown', event => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  showTab(TABS[(TABS.indexOf(currentTab) + step + TABS.length) % TABS.length], true);
});

function setWide(isWide) {
  $('#panes').classList.toggle('wide', isWide);
  $('#wide').setAttribute('aria-pressed', String(isWide));
}
$('#wide').addEventListener('click', () => setWide($('#wide').getAttribute('aria-pressed') !== 'true'));

const splitter = $('#splitter');
function setLeft(percent) {
  const value = Math.round(Math.max(25, Math.min(75, percent)));
  $('#panes').style.setProperty('--left', `${value}%`);
  splitter.setAttribute('aria-valuenow', value);
  remember('left', value);
}
splitter.addEventListener('keydown', event => {
  const step = { ArrowLeft: -2, ArrowRight: 2 }[event.key];
  if (step) { event.preventDefault(); setLeft(Number(splitter.getAttribute('aria-valuenow')) + step); }
});
splitter.addEventListener('pointerdown', event => {
  splitter.setPointerCapture(event.pointerId);
  // The report would swallow the pointer on its way.
  $('#stage').style.pointerEvents = 'none';
  const move = moved => setLeft(100 * moved.clientX / innerWidth);
  splitter.addEventListener('pointermove', move);
  splitter.addEventListener('pointerup', () => { splitter.removeEventListener('pointermove', move); $('#stage').style.pointerEvents = ''; }, { once: true });
});

// A browser that keeps nothing may refuse even to be asked.
function remember(name, value) { try { localStorage.setItem(`netsim-${name}`, value); } catch { /* Then it is the usual next time. */ } }
function remembered(name) { try { return localStorage.getItem(`netsim-${name}`); } catch { return null; } }

const dark = matchMedia('(prefers-color-scheme: dark)');
function setStyle(style) {
  $('#style').value = style;
  document.documentElement.dataset.style = style === 'auto' ? (dark.matches ? 'dark' : 'light') : style;
  runner.restyle();
}
$('#style').addEventListener('change', () => { setStyle($('#style').value); remember('style', $('#style').value); });
dark.addEventListener('change', () => setStyle($('#style').value));

const KEYS = [
  [['Ctrl', 'S'], 'save, and run'], [['Ctrl', 'Enter'], 'run the text as it stands'], [['Ctrl', '.'], 'stop the run'],
  [['Ctrl', 'Space'], 'in the text: what can stand here'], [['F8'], 'in the text: to the next error'], [['Ctrl', 'F'], 'in the text: search'], [['Ctrl', 'Z'], 'undo, also what was clicked'],
  [['Alt', '1'], 'experiments; 2 text, 3 network, 4 parameters, 5 report'], [['←', '→'], 'between tabs, and at the border between text and report'],
];
$('#keys').addEventListener('click', () => askUser('Keys', el('dl', {}, KEYS.map(([keys, words]) => [el('dt', {}, keys.flatMap((key, at) => [at ? ' ' : '', el('kbd', {}, key)])), el('dd', {}, words)])), [['', 'Close']]));

addEventListener('keydown', event => {
  const act = shortcut(event);
  if (act) { event.preventDefault(); act(); }
});
function shortcut(event) {
  if ($('#dialog').open) return null;
  const isControl = event.ctrlKey || event.metaKey;
  if (isControl && event.key === 's') return save;
  if (isControl && event.key === 'Enter') return () => app.file !== null && runIfChecked();
  if (isControl && event.key === '.') return () => runner.stop();
  const digit = event.altKey && !isControl ? Number(event.code.replace('Digit', '')) : 0;
  if (digit >= 1 && digit <= 4) return () => { showTab(TABS[digit - 1], true); if (digit === 2) editor.focus(); };
  if (digit === 5) return () => ($('#stage iframe') || $('#report-pane')).focus();
  return null;
}

$('#save').addEventListener('click', save);
$('#run').addEventListener('click', runIfChecked);
$('#stop').addEventListener('click', () => runner.stop());
$('#auto').addEventListener('change', () => { remember('auto', $('#auto').checked ? 'yes' : 'no'); if ($('#auto').checked && app.file !== null) runIfChecked(); });

addEventListener('beforeunload', event => { if (isChanged()) event.preventDefault(); });
// Back from another window: perhaps from another editor.
addEventListener('focus', async () => {
  if (app.file === null || $('#dialog').open) return;
  const onDisk = await ask('open', { file: app.file }).catch(() => null);
  if (!onDisk || onDisk.file !== app.file || onDisk.version === app.version) return;
  if (isChanged()) return settle(onDisk);
  Object.assign(app, { saved: onDisk.text, version: onDisk.version });
  editor.change(onDisk.text);
  note(`${app.file} was changed by another program, and read again`);
});

// ---- the beginning -------------------------------------------------------------------------------------------------

setStyle(remembered('style') || 'auto');
setLeft(Number(remembered('left')) || 40);
$('#auto').checked = remembered('auto') === 'yes';
try {
  const about = await ask('about');
  $('#title').textContent = `Experiments of ${about.folder}`;
  note(`netsim ${about.netsim}. A run may take ${about.limit_s} s.`);
  ask('schema').then(schema => { app.schema = schema; });
  const wanted = new URLSearchParams(location.hash.slice(1)).get('file');
  const loaded = list.load();
  if (wanted) await openFile(wanted);
  await loaded;
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  note(error.message, true);
}
