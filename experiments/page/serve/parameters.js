// The numbers, quantities and choices of the text as fields of a form. A field that is changed changes the text.

import { parseTree } from './vendor/editor.js';
import { el } from './dom.js';
import { describe, schemasAt } from './complete.js';

const QUANTITY = /^-?\d[\d.]*\s*(ps|ns|us|ms|s|min|h|[kMGT]?bps|[kKMGT]?i?B|bytes|packets?|bdp|%|km)$/;
const MOST = 200;
/** What one plays with comes first, what describes the network after it. */
const ORDER = ['flows', 'routing', 'events', 'topology', 'sweep', 'expect'];

/** The values of the text that can be fields, with their paths. */
function values(node, path, found) {
  if (!node || found.length >= MOST) return found;
  if (node.type === 'object') for (const property of node.children || []) { if (property.children.length === 2) values(property.children[1], [...path, property.children[0].value], found); }
  else if (node.type === 'array') (node.children || []).forEach((child, index) => values(child, [...path, index], found));
  else found.push({ path, value: node.value, type: node.type });
  return found;
}

const spoken = path => path.map(step => typeof step === 'number' ? `[${step}]` : `.${step}`).join('').replace(/^\./, '');

/** The form in `host`. `app.edit(edit, words)` writes a change. */
export function makeParameters(host, app) {
  const scroll = el('div', { class: 'scroll' });
  host.append(scroll);
  let drawn = '';

  /** Words that the schema allows here, if it allows nothing else. */
  function choices(schema, tree, path) {
    const { found } = schemasAt(schema, tree, path);
    const words = found.filter(form => typeof form.const === 'string').map(form => form.const);
    return words.length > 1 ? words : null;
  }
  function control(id, one, words) {
    const change = value => app.edit({ set: { path: one.path, value } }, `${spoken(one.path)}: ${value}`);
    if (one.type === 'boolean') { const box = el('input', { id, type: 'checkbox', checked: one.value, onchange: () => change(box.checked) }); return box; }
    if (words) {
      const select = el('select', { id, onchange: () => change(select.value) }, words.map(word => el('option', { selected: word === one.value }, word)));
      return select;
    }
    const input = el('input', { id, type: one.type === 'number' ? 'number' : 'text', step: 'any', value: one.value, onchange: () => {
      const text = input.value.trim();
      if (text !== '' && text !== String(one.value)) change(one.type === 'number' ? Number(text) : text);
    } });
    return input;
  }

  return {
    draw(text) {
      const { schema } = app;
      if (!schema || text === drawn) return;
      drawn = text;
      const tree = parseTree(text);
      const focused = scroll.contains(document.activeElement) ? document.activeElement.id : null;
      const parts = [];
      let section = null, count = 0;
      const rank = one => one.path.length > 1 ? ORDER.indexOf(one.path[0]) + 1 || ORDER.length + 1 : 0;
      for (const one of values(tree, [], []).sort((a, b) => rank(a) - rank(b))) {
        const words = one.type === 'string' ? choices(schema, tree, one.path) : null;
        const isField = one.type === 'number' || one.type === 'boolean' || words || (one.type === 'string' && QUANTITY.test(one.value));
        if (!isField || one.path[0] === '$schema' || one.path[0] === 'charts' || one.path[1] === 'nodes') continue;
        const first = typeof one.path[1] === 'number' ? `${one.path[0]}[${one.path[1]}]` : one.path.length > 1 ? one.path[0] : 'experiment';
        if (first !== section) { section = first; parts.push(el('h2', {}, heading(tree, one.path) || first)); }
        const id = `parameter-${count++}`;
        const rest = one.path.length > 1 ? spoken(one.path.slice(typeof one.path[1] === 'number' ? 2 : 1)) || spoken(one.path) : one.path[0];
        const about = describe(schema, text, one.path);
        parts.push(el('div', { class: 'parameter' }, el('label', { for: id }, rest), control(id, one, words), about && el('span', { class: 'what' }, about.words)));
      }
      scroll.replaceChildren(...(parts.length ? parts : [el('p', { class: 'empty' }, 'The text has no numbers yet.')]));
      if (focused) document.getElementById(focused)?.focus();
    },
  };
}

/** 'flows[0], A' where the element has a name, or ends. */
function heading(tree, path) {
  if (typeof path[1] !== 'number') return null;
  const list = tree.children?.find(property => property.children[0].value === path[0])?.children[1];
  const element = list?.children?.[path[1]];
  if (element?.type !== 'object') return null;
  const own = name => element.children.find(property => property.children[0].value === name)?.children[1]?.value;
  const name = own('name') ?? own('flow') ?? own('link') ?? own('router');
  return `${path[0]}[${path[1]}]${typeof name === 'string' ? `, ${name}` : ''}`;
}
