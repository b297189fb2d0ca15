// The network at a chosen time. What is clicked here becomes an event of the experiment, or a value in it.

import { $, el, plural, seconds, svg, timeText } from './dom.js';

/** How the network stands at `time`: what is cut, what has failed, what has another cost, bandwidth or delay than at the start. */
export function standing(outline, time) {
  const links = new Map(), failed = new Set();
  for (const cable of outline.cables) for (const way of [cable.forward, cable.backward]) links.set(way.name, { ...way, isDown: false });
  const named = name => {
    const cable = outline.cables.find(one => one.name === name);
    return cable ? [links.get(cable.forward.name), links.get(cable.backward.name)] : [links.get(name)].filter(Boolean);
  };
  const past = outline.events.filter(event => event.seconds <= time).sort((a, b) => a.seconds - b.seconds);
  for (const event of past) {
    for (const link of named(event.link_down)) link.isDown = true;
    for (const link of named(event.link_up)) link.isDown = false;
    if (event.router_down) failed.add(event.router_down);
    if (event.router_up) failed.delete(event.router_up);
    for (const [verb, field] of [['set_cost', 'cost'], ['set_bandwidth', 'bandwidth'], ['set_delay', 'delay']]) {
      if (event[verb]) for (const link of named(event[verb].link)) link[field] = event[verb][field];
    }
  }
  return { links, failed };
}

/** An event in words: 'A-B is cut'. */
export function eventWords(event) {
  const said = {
    start: v => `${v} starts`, stop: v => `${v} stops`, link_down: v => `${v} is cut`, link_up: v => `${v} works again`, end_loss: v => `${v} loses nothing more`,
    router_down: v => `${v} fails`, router_up: v => `${v} works again`, announce: v => `${v.router} announces ${v.prefix}`, withdraw: v => `${v.router} withdraws ${v.prefix}`,
    set_cost: v => `${v.link} costs ${v.cost}`, set_bandwidth: v => `${v.link} carries ${v.bandwidth}`, set_delay: v => `${v.link} delays by ${v.delay}`,
  };
  const verb = Object.keys(said).find(one => event[one] !== undefined && event[one] !== null);
  return verb ? said[verb](event[verb]) : '';
}

/** Networks with more nodes than this have names only where the pointer or the choice is. */
const MOST_NAMES = 40;
const MOST_COSTS = 40;
/** Names that stand in a router's circle. */
const LONGEST_INSIDE = 3;
const LONGEST_NAME = 22;

/** Places for words around points, so that none covers another, nor a node: 'below', beside or above, or nowhere. */
function placeWords(words, taken, unit, width) {
  const places = new Map();
  for (const { key, text, x, y, r, isNeeded } of words) {
    const long = text.length * unit * .54, high = unit * 1.1;
    const choices = [[x, y + r + unit, 'middle'], [x + r + unit * .35, y + unit * .35, 'start'], [x - r - unit * .35, y + unit * .35, 'end'], [x, y - r - unit * .4, 'middle']];
    const box = ([tx, ty, anchor]) => { const left = anchor === 'middle' ? tx - long / 2 : anchor === 'start' ? tx : tx - long; return [left, ty - high * .8, left + long, ty + high * .2]; };
    const isFree = ([a, b, c, d]) => a >= 0 && c <= width && taken.every(([e, f, g, h, own]) => own === key || c <= e || g <= a || d <= f || h <= b);
    const found = choices.find(choice => isFree(box(choice))) || (isNeeded && choices[0]);
    if (!found) continue;
    places.set(key, found);
    taken.push(box(found));
  }
  return places;
}

/** The panel in `host`. `app.edit(edit, words)` writes a change. */
export function makeNetwork(host, app) {
  let outline = null, time = 0, timeWords = '0 s', chosen = null, start = 'then', direction = 'both';

  const slider = el('input', { type: 'range', min: 0, max: 1000, value: 0, 'aria-label': 'Time in the run', oninput: () => setTime(outline.seconds * slider.value / 1000) });
  const clock = el('input', { id: 'network-time', value: timeWords, onchange: () => {
    const value = seconds(clock.value);
    if (value === null || value > outline.seconds) clock.value = timeWords; else setTime(value, clock.value.trim());
  } });
  const ticks = el('div', { class: 'ticks', 'aria-hidden': 'true' });
  const drawing = svg('svg', { id: 'net', role: 'group', 'aria-label': 'The network' });
  const choice = el('select', { 'aria-label': 'Link or router', onchange: () => choose(choice.value) });
  const thing = el('section', { class: 'thing', 'aria-label': 'What is chosen', hidden: true });
  const events = el('section', { class: 'events', 'aria-label': 'Events' });
  const empty = el('p', { class: 'empty' }, 'The network is shown when the experiment has no errors.');
  const all = [
    el('div', { class: 'when' }, el('label', { for: 'network-time' }, 'At time'), clock, el('div', { class: 'track' }, slider, ticks)),
    drawing, el('div', { class: 'choice' }, choice), thing, events,
  ];
  host.append(empty, ...all);

  function setTime(value, words) {
    time = Math.max(0, Math.min(value, outline.seconds));
    timeWords = words || timeText(time, outline.seconds);
    clock.value = timeWords;
    slider.value = outline.seconds ? 1000 * time / outline.seconds : 0;
    slider.setAttribute('aria-valuetext', timeWords);
    draw();
  }
  function choose(name) {
    chosen = name || null;
    draw();
  }

  const cableOf = name => outline.cables.find(cable => [cable.name, cable.forward.name, cable.backward.name].includes(name));
  const nodeOf = name => outline.nodes.find(node => node.name === name && node.router);

  function draw() {
    const isShown = outline !== null;
    empty.hidden = isShown;
    for (const part of all) part.hidden = !isShown;
    if (!isShown) return;
    const now = standing(outline, time);
    drawNetwork(now);
    drawChoice();
    drawThing(now);
    drawEvents();
    ticks.replaceChildren(...outline.events.map(event => { const tick = el('i'); tick.style.left = `${100 * event.seconds / outline.seconds}%`; return tick; }));
  }

  /** Where each node stands in the drawing as it is on the screen, and how large it is: `unit` is the size of text. */
  function scale() {
    const unit = parseFloat(getComputedStyle(document.documentElement).fontSize) * .9375;
    const { clientWidth: width, clientHeight: height } = drawing, count = outline.nodes.length;
    const isShort = outline.nodes.every(node => !node.router || node.name.length <= LONGEST_INSIDE);
    const radius = unit * (count <= 14 && isShort ? 1.1 : count <= 40 ? .6 : count <= 120 ? .45 : .3);
    const range = axis => { const all = outline.nodes.map(node => node.place[axis]); return [Math.min(...all), Math.max(...all)]; };
    const [[left, right], [top, bottom]] = [range(0), range(1)];
    const [x, y] = [width - 7 * unit, height - 4.5 * unit];
    const factor = Math.max(1, Math.min(right > left ? x / (right - left) : Infinity, bottom > top ? y / (bottom - top) : Infinity, 2 * width));
    const at = node => [width / 2 + (node.place[0] - (left + right) / 2) * factor, height / 2 - unit / 2 + (node.place[1] - (top + bottom) / 2) * factor];
    return { at, radius, unit };
  }

  function drawNetwork(now) {
    const isDrawn = outline.nodes.length > 0 && outline.nodes.every(node => node.place);
    drawing.toggleAttribute('hidden', !isDrawn);
    if (!isDrawn) return;
    const focused = document.activeElement?.closest?.('#net [data-name]')?.dataset.name;
    const { at, radius, unit } = scale();
    const count = outline.nodes.length;
    const press = name => ({ onclick: () => choose(name), onkeydown: event => { if (['Enter', ' '].includes(event.key)) { event.preventDefault(); choose(name); } } });

    const shown = node => node.name.length > LONGEST_NAME ? `${node.name.slice(0, LONGEST_NAME - 1)}…` : node.name;
    const sizeOf = node => node.router ? radius : radius * .6;
    const isInside = node => node.router && node.name.length <= LONGEST_INSIDE && radius >= unit;
    const boxes = outline.nodes.map(node => { const [x, y] = at(node), r = sizeOf(node); return [x - r, y - r, x + r, y + r, node.name]; });
    const named = outline.nodes.filter(node => !isInside(node) && (count <= MOST_NAMES || chosen === node.name));
    const places = placeWords(named.map(node => ({ key: node.name, text: shown(node), x: at(node)[0], y: at(node)[1], r: sizeOf(node), isNeeded: chosen === node.name })), boxes, unit, drawing.clientWidth);
    const isCovered = (x, y, text) => boxes.some(([a, b, c, d]) => x + text.length * unit * .3 > a && x - text.length * unit * .3 < c && y + unit * .5 > b && y - unit * .5 < d);

    const seen = new Map();
    const cables = outline.cables.map(cable => {
      const [a, b] = [outline.nodes[cable.from], outline.nodes[cable.to]];
      const ends = [cable.from, cable.to].sort().join(), turn = seen.get(ends) || 0;
      seen.set(ends, turn + 1);
      let [[x1, y1], [x2, y2]] = [at(a), at(b)];
      // The second cable between two nodes runs beside the first.
      const length = Math.hypot(x2 - x1, y2 - y1) || 1, aside = turn * unit * (cable.from < cable.to ? 1 : -1);
      const [dx, dy] = [-(y2 - y1) / length * aside, (x2 - x1) / length * aside];
      [x1, x2, y1, y2] = [x1 + dx, x2 + dx, y1 + dy, y2 + dy];
      const [there, back] = [now.links.get(cable.forward.name), now.links.get(cable.backward.name)];
      const isCut = there.isDown || back.isDown || now.failed.has(a.name) || now.failed.has(b.name);
      const isSelected = chosen && cableOf(chosen) === cable;
      const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
      const wasCost = costText(cable.forward, cable.backward), cost = costText(there, back);
      const isRouted = a.router && b.router && outline.cables.length <= MOST_COSTS && outline.cost === 'configured';
      const words = `Link ${cable.name}${isCut ? ', does not work' : ''}, cost ${cost}`;
      return svg('g', { class: `n-cable${isCut ? ' cut' : ''}${isSelected ? ' sel' : ''}`, tabindex: 0, role: 'button', 'aria-pressed': String(Boolean(isSelected)), 'aria-label': words, 'data-name': cable.name, ...press(cable.name) },
        svg('title', {}, words), svg('line', { class: 'line', x1, y1, x2, y2 }), svg('line', { class: 'hit', x1, y1, x2, y2 }),
        isCut && svg('path', { class: 'cross', d: crossAt(x, y, unit * .55) }),
        isRouted && !isCut && !isCovered(x, y, cost) && svg('text', { class: `cost${cost === wasCost ? '' : ' lit'}`, x, y: y + unit * .35 }, cost));
    });
    const nodes = outline.nodes.map(node => {
      const [x, y] = at(node), r = sizeOf(node), name = node.name;
      const isFailed = now.failed.has(name), isSelected = chosen === name;
      const place = isInside(node) ? [x, y + unit * .35, 'middle'] : places.get(name);
      const words = `${node.router ? 'Router' : 'Host'} ${name}${isFailed ? ', failed' : ''}`;
      const shape = node.router ? svg('circle', { class: 'disc', cx: x, cy: y, r }) : svg('rect', { class: 'disc', x: x - r, y: y - r, width: 2 * r, height: 2 * r, rx: 3 });
      const acts = node.router ? { tabindex: 0, role: 'button', 'aria-pressed': String(isSelected), 'aria-label': words, 'data-name': name, ...press(name) } : { 'aria-hidden': 'true' };
      return svg('g', { class: `n-node ${node.router ? 'router' : 'host'}${isFailed ? ' failed' : ''}${isSelected ? ' sel' : ''}`, ...acts },
        svg('title', {}, words), node.router && svg('circle', { class: 'hit', cx: x, cy: y, r: r + unit / 4 }), shape,
        isFailed && svg('path', { class: 'cross', d: crossAt(x, y, r) }),
        place && svg('text', { x: place[0], y: place[1], 'text-anchor': place[2] }, shown(node)));
    });
    drawing.replaceChildren(...cables, ...nodes);
    if (focused) drawing.querySelector(`[data-name="${CSS.escape(focused)}"]`)?.focus();
  }
  const crossAt = (x, y, r) => `M${x - r} ${y - r}l${2 * r} ${2 * r}m0 ${-2 * r}l${-2 * r} ${2 * r}`;
  const costText = (there, back) => there.cost === back.cost ? String(there.cost) : `${there.cost} / ${back.cost}`;

  function drawChoice() {
    const option = name => el('option', { value: name, selected: name === chosen }, name);
    const routers = outline.nodes.filter(node => node.router);
    const { nodes, cables } = outline.counts;
    const isLeftOut = cables > outline.cables.length;
    choice.replaceChildren(el('option', { value: '' }, isLeftOut ? `${plural(nodes, 'node')} and ${plural(cables, 'cable')}: too many to be shown` : 'Choose a link or a router, here or in the drawing'),
      el('optgroup', { label: 'Links' }, outline.cables.map(cable => option(cable.name))), el('optgroup', { label: 'Routers' }, routers.map(node => option(node.name))));
    const cable = chosen && cableOf(chosen);
    choice.value = cable ? cable.name : chosen || '';
  }

  const write = (edit, words) => app.edit(edit, words);
  const happen = (event, words) => write({ event: { at: timeWords, ...event } }, `${words} at ${timeWords}`);

  function drawThing(now) {
    const cable = chosen && cableOf(chosen), node = chosen && nodeOf(chosen);
    thing.hidden = !cable && !node;
    const id = document.activeElement?.closest?.('.thing') ? document.activeElement.id : null;
    if (cable) thing.replaceChildren(...ofCable(cable, now));
    else if (node) thing.replaceChildren(...ofNode(node, now));
    // The button that was pressed may have become another; the focus stays at its place.
    if (id) (thing.querySelector(`#${id}`) || thing.querySelector('button'))?.focus();
  }

  function ofNode(node, now) {
    const isFailed = now.failed.has(node.name);
    return [
      el('h2', {}, `Router ${node.name}`, el('small', { class: isFailed ? 'lost' : '' }, `${isFailed ? 'has failed' : 'works'} at ${timeWords}`)),
      el('div', { class: 'row' }, el('button', { type: 'button', class: 'go', id: 'act-fail', onclick: () => isFailed
        ? happen({ router_up: node.name }, `${node.name} works again`) : happen({ router_down: node.name }, `${node.name} fails`) }, `${isFailed ? 'Restore' : 'Fail'} at ${timeWords}`)),
    ];
  }

  function ofCable(cable, now) {
    const [a, b] = [outline.nodes[cable.from].name, outline.nodes[cable.to].name];
    const [there, back] = [now.links.get(cable.forward.name), now.links.get(cable.backward.name)];
    if (chosen === cable.forward.name) direction = 'forward';
    if (chosen === cable.backward.name) direction = 'backward';
    chosen = cable.name;
    const name = { both: cable.name, forward: cable.forward.name, backward: cable.backward.name }[direction];
    const ways = { both: [there, back], forward: [there], backward: [back] }[direction];
    const isDown = ways.some(way => way.isDown), canEdit = cable.listed !== null;
    if (!canEdit) start = 'then';
    const both = field => ways.every(way => way[field] === ways[0][field]) ? String(ways[0][field]) : '';
    const set = (field, verb, value) => {
      const typed = field === 'cost' ? Number(value) : value;
      if (start === 'begin') {
        const edit = { index: cable.listed, from: a, to: b, field, value: typed, direction: direction === 'both' ? null : direction };
        return write({ link: edit }, `${name}: ${field} ${value}`);
      }
      return happen({ [verb]: { link: name, [field]: typed } }, `${name}: ${field} ${value}`);
    };
    const field = (label, key, verb, attributes) => {
      const id = `act-${key}`;
      const input = el('input', { id, value: both(key), placeholder: ways.map(way => way[key]).join(' / '), onkeydown: event => { if (event.key === 'Enter') input.blur(); },
        onchange: () => { const value = input.value.trim(); if (value && value !== both(key)) set(key, verb, value); }, ...attributes });
      return el('label', { for: id }, label, input);
    };
    const radio = (group, value, current, label, onchange) =>
      el('label', {}, el('input', { type: 'radio', name: group, id: `act-${group}-${value}`, checked: value === current, onchange: () => { onchange(value); draw(); } }), label);
    return [
      el('h2', {}, `Link ${cable.name}`, el('small', { class: isDown ? 'lost' : '' }, `${isDown ? 'is cut' : 'works'} at ${timeWords}`)),
      el('div', { class: 'row' },
        el('button', { type: 'button', class: 'go', id: 'act-fail', onclick: () => isDown
          ? happen({ link_up: name }, `${name} works again`) : happen({ link_down: name }, `${name} is cut`) }, `${isDown ? 'Restore' : 'Fail'} at ${timeWords}`),
        el('fieldset', { 'aria-label': 'Direction' }, radio('way', 'both', direction, 'both ways', value => { direction = value; }),
          radio('way', 'forward', direction, `${a} → ${b}`, value => { direction = value; }), radio('way', 'backward', direction, `${b} → ${a}`, value => { direction = value; }))),
      el('div', { class: 'row' },
        field('Cost', 'cost', 'set_cost', { type: 'number', min: 1 }),
        ways[0].traced ? el('span', { class: 'kick' }, 'its bandwidth follows a trace') : field('Bandwidth', 'bandwidth', 'set_bandwidth', {}),
        field('Delay', 'delay', 'set_delay', {}),
        canEdit && el('fieldset', { 'aria-label': 'From when on' }, radio('since', 'then', start, `from ${timeWords} on`, value => { start = value; }), radio('since', 'begin', start, 'from the start', value => { start = value; }))),
    ];
  }

  function drawEvents() {
    const line = (event, index) => el('li', { class: event.seconds <= time ? 'past' : '' },
      el('button', { type: 'button', class: 'link', 'aria-label': `Go to ${event.at}`, onclick: () => setTime(event.seconds, event.at) }, event.at), el('span', {}, eventWords(event)),
      el('button', { type: 'button', class: 'link', 'aria-label': `Remove: ${eventWords(event)} at ${event.at}`, onclick: () => write({ remove_event: index }, `Removed: ${eventWords(event)} at ${event.at}`) }, 'remove'));
    const order = outline.events.map((event, index) => [event, index]).sort(([a], [b]) => a.seconds - b.seconds);
    events.replaceChildren(el('h2', {}, outline.events.length ? `Events (${outline.events.length})` : 'No events'), el('ol', {}, order.map(([event, index]) => line(event, index))));
  }

  draw();
  new ResizeObserver(() => { if (outline && drawing.clientWidth) drawNetwork(standing(outline, time)); }).observe(drawing);
  return {
    /** Another outline of the same experiment, or null for none. */
    update(next) {
      outline = next;
      if (outline) setTime(Math.min(time, outline.seconds), time <= outline.seconds ? timeWords : undefined); else draw();
    },
    /** Another experiment: nothing is chosen, and the time is that of its first event. */
    reset() { [chosen, direction, start, time, timeWords] = [null, 'both', 'then', 0, '0 s']; outline = null; },
    begin() {
      const first = outline?.events.map(event => event.seconds).sort((a, b) => a - b)[0];
      if (outline) setTime(first ?? Number((outline.seconds / 3).toPrecision(1)));
    },
    /** Something was chosen elsewhere, perhaps with a time in seconds. */
    select(name, t) {
      if (!outline || !(cableOf(name) || nodeOf(name))) return false;
      chosen = name;
      if (t !== null) setTime(t); else draw();
      return true;
    },
  };
}
