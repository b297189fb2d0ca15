// Small tools: elements, words for people who listen, times with units.

export const $ = (query, root = document) => root.querySelector(query);
export const $$ = (query, root = document) => [...root.querySelectorAll(query)];

function makeElement(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter(child => child != null && child !== false));
  return element;
}
/** el('button', { class: 'plain', onclick: f }, 'Text', [more, elements], null): null and false are left out. */
export const el = (tag, attributes, ...children) => makeElement(document.createElement(tag), attributes, children);
export const svg = (tag, attributes, ...children) => makeElement(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);

/** Tells people who listen. */
export const announce = words => { $('#live').textContent = words; };

/** The line under the panes: what just happened, or what went wrong. */
export function note(words, isBad = false) {
  const line = $('#note');
  line.replaceChildren(...[words].flat());
  line.classList.toggle('bad', isBad);
  announce(line.textContent);
}

export const plural = (count, one) => `${count} ${one}${count === 1 ? '' : 's'}`;

// ---- times, as experiments write them ------------------------------------------------------------------------------

const UNITS = { ps: 1e-12, ns: 1e-9, us: 1e-6, 'µs': 1e-6, ms: 1e-3, s: 1, min: 60, h: 3600 };
/** '20 ms' -> 0.02, or null if it is no time. */
export function seconds(text) {
  const [, number, unit] = /^\s*(\d+(?:\.\d+)?(?:e-?\d+)?)\s*(ps|ns|us|µs|ms|s|min|h)\s*$/i.exec(text) || [];
  return unit ? Number(number) * UNITS[unit.toLowerCase()] : null;
}
/** 0.02 -> '20 ms', with as many digits as a run of `end` seconds has need of. */
export function timeText(value, end = value) {
  if (value === 0) return '0 s';
  const [unit, factor] = end >= 1 ? ['s', 1] : end >= 1e-3 ? ['ms', 1e-3] : end >= 1e-6 ? ['us', 1e-6] : ['ns', 1e-9];
  const digits = Math.max(0, 4 - Math.ceil(Math.log10(end / factor)));
  return `${Number((value / factor).toFixed(digits))} ${unit}`;
}
/** 4123456 -> '4.12 M'. */
export function countText(value) {
  const [factor, prefix] = [[1e9, ' G'], [1e6, ' M'], [1e3, ' k'], [1, '']].find(([f]) => value >= f) || [1, ''];
  return `${Number((value / factor).toPrecision(3))}${prefix}`;
}

// ---- a dialog ------------------------------------------------------------------------------------------------------

/** Asks with a dialog: `choices` are [word for the answer, label]; resolves to the word, or null if it was closed. */
export function ask(title, content, choices) {
  const dialog = $('#dialog');
  const button = ([word, label], at) => el('button', { type: 'submit', value: word, class: at ? 'plain' : 'go', autofocus: at === 0 }, label);
  dialog.replaceChildren(el('form', { method: 'dialog' },
    el('h2', { id: 'dialog-title' }, title), content, el('div', { class: 'foot' }, choices.map(button))));
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise(resolve => dialog.addEventListener('close', () => resolve(dialog.returnValue || null), { once: true }));
}
