// What can stand at a place of an experiment, from its schema: names of fields with what they mean, and values.
// Nothing here touches the page: `schemasAt` and `options` are functions of the schema and the text.

import { getLocation, parseTree } from './vendor/editor.js';

/** A schema with its reference followed. What stands beside the reference says more than what it refers to. */
function resolved(schema, root) {
  let whole = schema;
  while (whole && whole.$ref) {
    const { $ref, ...beside } = whole;
    whole = { ...root.$defs[$ref.replace('#/$defs/', '')], ...beside };
  }
  return whole;
}

/** All forms that a value may have, each without alternatives of its own. */
function forms(schema, root) {
  const whole = resolved(schema, root);
  if (!whole || typeof whole !== 'object') return [];
  const either = whole.anyOf || whole.oneOf;
  if (!either) return [whole];
  return either.flatMap(one => forms(one, root)).map(one => ({ description: whole.description, ...one }));
}

/** The fields of an object node of the text, by name. */
function fieldsOf(node) {
  if (!node || node.type !== 'object') return {};
  return Object.fromEntries((node.children || []).filter(p => p.children.length === 2).map(p => [p.children[0].value, p.children[1]]));
}

/** A form that is told from others by the one field it has. */
const isTag = form => form.required?.length === 1 && Object.keys(form.properties || {}).length === 1;
const typeOf = form => [form.type].flat().find(type => type !== 'null');

/** The forms that an object of the text fits best: whose constants it has, and of these those that know most of its fields.
    `besides` is a field that is being written, and says nothing yet. */
function fitting(found, node, besides) {
  const fields = Object.entries(fieldsOf(node)).filter(([name]) => name !== besides);
  const contradicts = form => fields.some(([name, value]) => {
    const known = form.properties?.[name]?.const;
    return known !== undefined && value.value !== undefined && known !== value.value;
  });
  const unknown = form => fields.filter(([name]) => !form.properties?.[name] && typeof form.additionalProperties !== 'object').length;
  const left = found.filter(form => !contradicts(form));
  const least = Math.min(...left.map(unknown));
  return left.filter(form => unknown(form) === least);
}

/** The forms that the value at `path` may have, and the text's node there. */
export function schemasAt(schema, tree, path) {
  let found = forms(schema, schema), node = tree;
  for (const step of path) {
    const inside = fitting(found, node, step).flatMap(form => {
      if (typeof step === 'number') return form.items ? [form.items] : [];
      const named = form.properties?.[step];
      if (named) return [named];
      return typeof form.additionalProperties === 'object' ? [form.additionalProperties] : [];
    });
    found = inside.flatMap(one => forms(one, schema));
    node = typeof step === 'number' ? node?.children?.[step] : fieldsOf(node)[step];
  }
  return { found: found.filter(form => form.type !== 'null'), node };
}

/** What the schema says of the field at `path`. */
export function describe(schema, text, path) {
  const tree = parseTree(text);
  for (let length = path.length; length > 0; length--) {
    const { found } = schemasAt(schema, tree, path.slice(0, length - 1));
    const name = path[length - 1];
    const said = found.map(form => resolved(form.properties?.[name], schema)?.description).find(Boolean);
    if (said) return { path: path.slice(0, length), words: said.replaceAll('\n', ' ') };
  }
  return null;
}

/** Where the cursor is: the steps to it. */
export const pathAt = (text, offset) => getLocation(text, offset).path.filter(step => step !== '');

/** Fields whose values are names of the network, and which. */
const NAMES = {
  from: 'nodes', to: 'nodes', destination: 'nodes', root: 'nodes', router: 'routers', routers: 'routers', router_down: 'routers', router_up: 'routers',
  link: 'links', link_down: 'links', link_up: 'links', end_loss: 'links', flow: 'flows', start: 'flows', stop: 'flows',
};
function namesFor(path, outline) {
  const field = path.findLast(step => typeof step === 'string');
  const inEvents = path[0] === 'events';
  if (!outline || !NAMES[field] || (path[0] === 'topology') || (['start', 'stop'].includes(field) && !inEvents) || (path[0] === 'expect' && field === 'from')) return [];
  const kinds = {
    nodes: () => outline.nodes.map(node => node.name),
    routers: () => outline.nodes.filter(node => node.router).map(node => node.name),
    links: () => outline.cables.flatMap(cable => [cable.name, cable.forward.name, cable.backward.name]),
    flows: () => outline.flows,
  };
  return kinds[NAMES[field]]();
}

/** The beginning of a value of this form: [text, where the cursor goes in it]. */
function beginning(form, root) {
  if (form.const !== undefined) return [JSON.stringify(form.const), null];
  if (isTag(form)) {
    const [name, value] = Object.entries(form.properties)[0];
    const inner = { object: '{  }', string: '""' }[typeOf(resolved(value, root))] || '';
    return [`{ "${name}": ${inner} }`, name.length + 6 + Math.ceil(inner.length / 2)];
  }
  if (typeOf(form) === 'object') return ['{  }', 2];
  if (typeOf(form) === 'array') return ['[  ]', 2];
  return null;
}

/** What can be chosen at `offset`: { from, to, options: [{ label, detail, info, text, cursor }] }, or null. */
export function options(schema, text, offset, outline) {
  const location = getLocation(text, offset), tree = parseTree(text);
  const previous = location.previousNode;
  const isInside = previous && previous.offset <= offset && offset <= previous.offset + previous.length;
  const word = /[\w"./$-]*$/.exec(text.slice(0, offset))[0];
  const [from, to] = isInside ? [previous.offset, previous.offset + previous.length] : [offset - word.length, offset];

  if (location.isAtPropertyKey) {
    const { found, node } = schemasAt(schema, tree, location.path.slice(0, -1));
    const present = fieldsOf(node);
    const own = isInside ? previous.value : null;
    const hasColon = /^\s*:/.test(text.slice(to));
    const known = new Map();
    for (const form of fitting(found, node, own)) {
      for (const [name, value] of Object.entries(form.properties || {})) {
        if (known.has(name) || (name in present && name !== own)) continue;
        known.set(name, { value, isNeeded: form.required?.includes(name), about: isTag(form) ? form.description : null });
      }
    }
    const comma = !hasColon && /^\s*"/.test(text.slice(to)) ? ',' : '';
    return {
      from, to,
      options: [...known].map(([name, { value, isNeeded, about }]) => {
        const [first] = forms(value, schema).filter(form => form.type !== 'null');
        const start = first && first.const === undefined && !value.anyOf && !value.oneOf ? beginning(first, schema) : null;
        const [inner, at] = start || (first && typeOf(first) === 'string' && !first.const ? ['""', 1] : ['', 0]);
        const begun = hasColon ? `"${name}"` : `"${name}": ${inner}${comma}`;
        return {
          label: name, detail: isNeeded ? 'needed' : typeText(value, schema), info: resolved(value, schema)?.description || about,
          text: begun, cursor: hasColon ? begun.length : name.length + 4 + at, boost: isNeeded ? 1 : 0,
        };
      }),
    };
  }

  const { found } = schemasAt(schema, tree, location.path);
  const values = new Map();
  const add = (value, info, detail) => { if (!values.has(value)) values.set(value, { label: value, text: value, info, detail, cursor: value.length }); };
  for (const name of namesFor(location.path, outline)) add(JSON.stringify(name), null, 'of the network');
  for (const form of found) {
    const start = beginning(form, schema);
    if (start && !values.has(start[0])) values.set(start[0], { label: start[0], text: start[0], info: form.description, cursor: start[1] ?? start[0].length });
    if (form.type === 'boolean') { add('true', form.description); add('false', form.description); }
    for (const one of form.enum || []) add(JSON.stringify(one), form.description);
    for (const one of form.examples || []) add(JSON.stringify(one), form.description, 'example');
    if (form.default !== undefined && typeof form.default !== 'object') add(JSON.stringify(form.default), form.description, 'default');
  }
  return values.size ? { from, to, options: [...values.values()] } : null;
}

/** What a value is, in a word. */
function typeText(schema, root) {
  const words = forms(schema, root).filter(form => form.type !== 'null')
    .map(form => form.format && form.type === 'string' ? form.format : form.const !== undefined ? 'name' : typeOf(form));
  return [...new Set(words.filter(Boolean))].slice(0, 2).join(' or ');
}
