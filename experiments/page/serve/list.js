// The list of experiments, searchable.

import { $, el, plural } from './dom.js';
import { ask } from './api.js';

/** The list; `open` is called with the file that somebody chooses. */
export function makeList(open) {
  let experiments = [], current = null;
  const search = $('#search'), host = $('#list');

  function matches(one) {
    const text = `${one.file} ${one.title || ''} ${one.teaches || ''}`.toLowerCase();
    return search.value.toLowerCase().split(/\s+/).every(word => text.includes(word));
  }
  function entry(one) {
    const isBad = one.ok === false || one.title === null;
    return el('li', {}, el('button', { type: 'button', 'aria-current': one.file === current ? 'true' : null, 'data-file': one.file, onclick: () => open(one.file) },
      el('span', { class: `sign${isBad ? ' bad' : ''}` }, one.ok === undefined ? '' : isBad ? '✕' : '✓',
        el('span', { class: 'sr' }, isBad ? 'has errors: ' : one.ok ? 'checks: ' : '')),
      el('b', {}, one.title || 'Not JSON at the moment'), el('span', { class: 'file' }, one.file), one.teaches && el('span', { class: 'teaches' }, one.teaches)));
  }
  function draw() {
    const shown = experiments.filter(matches);
    const bad = experiments.filter(one => one.ok === false).length;
    $('#found').textContent = search.value
      ? `${shown.length} of ${plural(experiments.length, 'experiment')}`
      : plural(experiments.length, 'experiment') + (bad ? `, ${bad} with errors` : '');
    const folders = Map.groupBy ? Map.groupBy(shown, folderOf) : grouped(shown);
    host.replaceChildren(...[...folders].flatMap(([folder, ones]) => [folder ? el('h2', {}, `${folder}/`) : null, el('ul', {}, ones.map(entry))]).filter(Boolean));
    if (!shown.length) host.replaceChildren(el('p', { class: 'empty' }, experiments.length ? 'No experiment matches.' : 'There is no experiment in this folder. “netsim new” writes one.'));
  }
  const folderOf = one => one.file.includes('/') ? one.file.slice(0, one.file.lastIndexOf('/')) : '';
  function grouped(ones) {
    const folders = new Map();
    for (const one of ones) folders.set(folderOf(one), [...(folders.get(folderOf(one)) || []), one]);
    return folders;
  }

  search.addEventListener('input', draw);
  // Down goes from the search into the list, and from entry to entry.
  $('#pane-list').addEventListener('keydown', event => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const buttons = [...host.querySelectorAll('button')];
    const next = buttons.indexOf(document.activeElement) + step;
    event.preventDefault();
    (next < 0 ? search : buttons[Math.min(next, buttons.length - 1)])?.focus();
  });

  return {
    /** Names first; whether each checks takes longer. */
    async load() {
      ({ experiments } = await ask('experiments'));
      draw();
      ({ experiments } = await ask('experiments?check'));
      const focused = document.activeElement?.dataset?.file;
      draw();
      if (focused) host.querySelector(`button[data-file="${CSS.escape(focused)}"]`)?.focus();
    },
    choose(file) { current = file; draw(); },
    mark(file, ok) {
      const one = experiments.find(entry => entry.file === file);
      if (one && one.ok !== ok) { one.ok = ok; draw(); }
    },
    has: file => experiments.some(one => one.file === file),
  };
}
