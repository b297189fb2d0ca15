// Small tools for tests in a real browser: open a report, press keys, wait until it rests, read what it shows. Also reads
// the data of a report without the page, so that what is shown can be compared with what the engine wrote.
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const READY_MS = 20000,
  WAIT_MS = 8000;

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ARGS });

// ---- the data of a report, read without the page --------------------------------------------------------------------

// { report, shellBytes, run(i) }: the block about the report, the size of all that is not data, and the data of run i.
export function readReport(file) {
  const html = fs.readFileSync(file, 'utf8'),
    blocks = new Map();
  let dataBytes = 0;
  for (const [whole, id, text] of html.matchAll(/<script type="application\/(?:json|octet-stream)" id="([\w-]+)">([^<]*)<\/script>/g)) {
    blocks.set(id, text.trim());
    if (id !== 'script') dataBytes += Buffer.byteLength(whole);
  }
  const report = JSON.parse(blocks.get('report')),
    runs = new Map();
  const run = i => {
    const { id } = report.runs[i];
    if (!runs.has(id)) runs.set(id, JSON.parse(zlib.inflateRawSync(Buffer.from(blocks.get(id), 'base64'))));
    return runs.get(id);
  };
  return { file, report, run, shellBytes: Buffer.byteLength(html) - dataBytes };
}

// Whole times out of differences: field `at` of each entry becomes the time itself.
export const undelta = (list, at) => {
  let t = 0;
  return list.map(entry => {
    const copy = entry.slice();
    copy[at] = t += entry[at];
    return copy;
  });
};

// Rows of a CSV file without quoted fields, as objects.
export function readCsv(file) {
  const [head, ...lines] = fs.readFileSync(file, 'utf8').trim().split('\n'),
    columns = head.split(',');
  return lines.map(line => Object.fromEntries(line.split(',').map((text, i) => [columns[i], text])));
}

// ---- a report in the browser ----------------------------------------------------------------------------------------

// These run in the page. The stage that is shown, as text that tells any two states apart; numbers of patterns count up
// whenever something is drawn, and say nothing.
const renderedInPage = () => {
  const stage = document.querySelector('.stage:not([hidden])'),
    parts = stage ? [stage.innerHTML] : [];
  const deck = [...document.querySelectorAll('#deck [data-act]')].map(button => `${button.dataset.act} ${button.disabled}`);
  const text = [...parts, document.querySelector('#askbar').innerHTML, deck.join('; ')].join('\n');
  return text.replace(/(hatch)\d+/g, '$1');
};
const differsInPage = (one, other) => {
  if (one === other) return null;
  let from = 0;
  while (from < one.length && one[from] === other[from]) from++;
  return `${one.slice(Math.max(0, from - 120), from + 120)} — instead of — ${other.slice(Math.max(0, from - 120), from + 120)}`;
};
// What differs first between two states, or null.
export const difference = differsInPage;
const isAtRest = () => {
  const { player } = globalThis.netsim;
  if (!player) return true;
  if (player.playing || player.frame) return false;
  const hash = new URLSearchParams(location.hash.slice(1));
  return hash.get('e') === String(player.k) && Math.abs(Number(hash.get('t')) - player.t * globalThis.netsim.trace.unit) < 1e-8;
};

export class ReportPage {
  // A new tab with this report. What it complains about and what it asks for is kept.
  static async open(context, file, hash = '') {
    const page = await context.newPage(),
      self = Object.assign(new ReportPage(), { page, file, url: pathToFileURL(path.resolve(file)).href, problems: [], requests: [] });
    page.setDefaultTimeout(WAIT_MS);
    page.on('pageerror', error => self.problems.push(`page error: ${error.stack || error.message}`));
    page.on('console', message => {
      if (message.type() === 'error') self.problems.push(`console: ${message.text()}`);
    });
    page.on('request', request => self.requests.push(request.url()));
    await self.goto(hash);
    return self;
  }

  // Loads the report anew, as a link would.
  async goto(hash = '') {
    if (this.page.url() !== 'about:blank') await this.page.goto('about:blank');
    await this.page.goto(`${this.url}${hash ? `#${hash}` : ''}`);
    await this.page.waitForFunction(() => document.body.dataset.ready === 'true' || !document.querySelector('#problem')?.hidden, null, {
      timeout: READY_MS,
    });
    await this.page.evaluate(`globalThis.told = { rendered: ${renderedInPage}, differs: ${differsInPage}, kept: new Map() }`);
  }
  close() {
    return this.page.close();
  }

  // ---- hands ---------------------------------------------------------------------------------------------------------------

  async key(...keys) {
    for (const key of keys) await this.page.keyboard.press(key);
  }
  // Presses keys one by one, each after the one before has come to rest.
  async keys(...keys) {
    for (const key of keys) {
      await this.key(key);
      await this.rest();
    }
  }
  rest() {
    return this.until(isAtRest);
  }
  until(holds, argument = null) {
    return this.page.waitForFunction(holds, argument, { timeout: WAIT_MS, polling: 20 });
  }
  // Follows a link within the loaded page, which may just be about to write its own address over it.
  async follow(hash) {
    const wanted = new URLSearchParams(hash),
      isThere = link =>
        (!wanted.has('e') || link.e === wanted.get('e')) && (!wanted.has('t') || Math.abs(link.t - wanted.get('t')) < 1e-8);
    for (let turn = 0; turn < 3; turn++) {
      await this.page.evaluate(text => {
        location.hash = text;
      }, hash);
      await this.rest();
      if (isThere(await this.hash())) return;
    }
    throw new Error(`the page did not follow #${hash}`);
  }
  async tab(id) {
    await this.page.locator(`#tab-${id}`).click();
    await this.page.locator(`#panel-${id}`).waitFor({ state: 'visible' });
  }
  async stage(id) {
    const button = this.page.locator(`#stages [data-stage="${id}"]`);
    if (await button.isVisible()) await button.click();
    await this.page.locator(`#stage-${id}`).waitFor({ state: 'visible' });
  }
  // Keys go to the page then, not to what had the focus.
  blur() {
    return this.page.evaluate(() => document.activeElement.blur());
  }
  async calm() {
    await this.page.emulateMedia({ reducedMotion: 'reduce' });
  }
  // The middle of the first element that matches; SVG groups often have their middle elsewhere than what is seen.
  async middleOf(query) {
    const box = await this.page.locator(query).first().boundingBox();
    return { x: box.x + box.width / 2, y: box.y + box.height / 2, box };
  }
  async clickMiddle(query) {
    const { x, y } = await this.middleOf(query);
    await this.page.mouse.click(x, y);
  }

  // ---- eyes ----------------------------------------------------------------------------------------------------------------

  rendered() {
    return this.page.evaluate(() => told.rendered());
  }
  // Keeps what is shown after the present number of events, in the page: states are large, and there are many. Returns that number.
  keep() {
    return this.page.evaluate(() => {
      const { k } = netsim.player;
      told.kept.set(k, told.rendered());
      return k;
    });
  }
  // The present number of events, and what differs from what was kept there, or null.
  compare() {
    return this.page.evaluate(() => {
      const { k } = netsim.player;
      return { k, changed: told.differs(told.rendered(), told.kept.get(k)) };
    });
  }
  position() {
    return this.page.evaluate(() => ({
      k: netsim.player.k,
      t: netsim.player.t,
      n: netsim.player.n,
      end: netsim.player.end,
      unit: netsim.trace.unit,
      playing: netsim.player.playing,
    }));
  }
  async seconds() {
    const { t, unit } = await this.position();
    return t * unit;
  }
  hash() {
    return this.page.evaluate(() => Object.fromEntries(new URLSearchParams(location.hash.slice(1))));
  }
  text(query) {
    return this.page
      .locator(query)
      .first()
      .evaluate(element => element.textContent.trim().replace(/\s+/g, ' '));
  }
  texts(query) {
    return this.page.locator(query).evaluateAll(list => list.map(element => element.textContent.trim().replace(/\s+/g, ' ')));
  }
  count(query) {
    return this.page.locator(query).count();
  }
  isVisible(query) {
    return this.page.locator(query).first().isVisible();
  }
  stages() {
    return this.page.evaluate(() => netsim.stages.map(stage => stage.id));
  }
  tabs() {
    return this.page.evaluate(() => netsim.tabs);
  }

  // A table: { columns, rows }, without what stood there before and without what only readers of screens hear.
  tableIn(query) {
    return this.page
      .locator(query)
      .first()
      .evaluate(table => {
        const words = cell => {
          const copy = cell.cloneNode(true);
          for (const extra of copy.querySelectorAll('s, .sr')) extra.remove();
          return copy.textContent.trim().replace(/\s+/g, ' ');
        };
        const rows = [...table.querySelectorAll('tbody tr:not(.gone):not(.via)')].filter(row => !row.querySelector('.none'));
        return { columns: [...table.querySelectorAll('thead th')].map(words), rows: rows.map(row => [...row.children].map(words)) };
      });
  }

  // What is larger than its place: [words]. Clipped parts count as well, so `overflow: hidden` cannot hide them.
  misfits() {
    return this.page.evaluate(() => {
      const found = [],
        shown = query => [...document.querySelectorAll(query)].filter(element => element.checkVisibility());
      for (const element of [document.documentElement, document.body, ...shown('#page, .panel:not(.scrolls), .stage, .stage > *')]) {
        const name = element.id ? `#${element.id}` : `${element.tagName.toLowerCase()}.${element.className}`;
        if (element.scrollHeight > element.clientHeight + 1)
          found.push(`${name} is ${element.scrollHeight} high in ${element.clientHeight}`);
        if (element.scrollWidth > element.clientWidth + 1) found.push(`${name} is ${element.scrollWidth} wide in ${element.clientWidth}`);
      }
      for (const element of shown('.top, #deck')) {
        const { left, right, top, bottom } = element.getBoundingClientRect();
        if (left < 0 || top < 0 || right > innerWidth + 1 || bottom > innerHeight + 1)
          found.push(`${element.className} leaves the window`);
      }
      return found;
    });
  }

  // Texts of header and deck that leave their boxes and are not cut with an ellipsis, and controls that cover each other.
  crowded() {
    return this.page.evaluate(() => {
      const found = [],
        shown = query => [...document.querySelectorAll(query)].filter(element => element.checkVisibility());
      for (const element of shown('.top *, #deck *')) {
        if (element.closest('svg') || element.matches('select, option, .sr')) continue;
        const style = getComputedStyle(element);
        if (style.display === 'inline' || element.scrollWidth <= element.clientWidth + 1) continue;
        if (style.textOverflow !== 'ellipsis')
          found.push(`“${element.textContent.slice(0, 40)}” is ${element.scrollWidth} wide in ${element.clientWidth}`);
      }
      const controls = shown('.top button, .top select, #deck button, #deck select, #deck .dilation').map(element => [
        element,
        element.getBoundingClientRect(),
      ]);
      controls.forEach(([one, a], i) =>
        controls.slice(i + 1).forEach(([other, b]) => {
          if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1)
            found.push(`${one.textContent || one.title} covers ${other.textContent || other.title}`);
        }),
      );
      return found;
    });
  }

  // Where the parts of the stage and the controls of the deck are.
  offsets() {
    return this.page.evaluate(() => {
      const parts =
        '.net > *, .net-tables > *, .net-foot, .net-chart figure, .net-side > header, .net-panels, .ladder-left, .ladder-heads, ' +
        '.ladder-box, .tp-side, .flows-left, .flows-legend, .flows-box, #deck button, #deck select';
      return Object.fromEntries(
        [...document.querySelectorAll(parts)]
          .filter(element => element.checkVisibility())
          .map((element, i) => {
            const { left, top, width, height } = element.getBoundingClientRect(),
              name = element.getAttribute('aria-label') || element.getAttribute('class') || element.tagName;
            return [`${i} ${name.replace(/^(Play|Pause) .*/, 'play')}`, [left, top, width, height].map(Math.round).join(' ')];
          }),
      );
    });
  }
}

// ---- accessibility --------------------------------------------------------------------------------------------------

const axeSource = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
// What the audit finds serious or critical: ['color-contrast: #title, …'].
export async function seriousFindings({ page }, rules = null) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axeSource);
  return page.evaluate(async only => {
    const options = { resultTypes: ['violations'], ...(only ? { runOnly: { type: 'rule', values: only } } : {}) };
    // What is hidden is no finding, but takes as long to look through.
    const { violations } = await globalThis.axe.run({ exclude: [['.panel[hidden]'], ['.stage[hidden]']] }, options);
    return violations
      .filter(({ impact }) => ['serious', 'critical'].includes(impact))
      .map(
        ({ id, nodes }) =>
          `${id}: ${nodes
            .slice(0, 3)
            .map(({ target }) => target.join(' '))
            .join(', ')}${nodes.length > 3 ? ` and ${nodes.length - 3} more` : ''}`,
      );
  }, rules);
}

// Whether the element that has the focus shows it: by an outline, or by another look of one of its parts than without.
export function focusShown({ page }) {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (!element || element === document.body) return { name: null, shows: false };
    const look = () =>
      [element, ...element.querySelectorAll('*')]
        .slice(0, 40)
        .map(part => {
          const { outlineStyle, outlineWidth, stroke, strokeWidth, fill, boxShadow, opacity } = getComputedStyle(part);
          return [outlineStyle, outlineStyle === 'none' ? '' : outlineWidth, stroke, strokeWidth, fill, boxShadow, opacity].join();
        })
        .join('|');
    const name =
      element.getAttribute('aria-label') ||
      element.labels?.[0]?.textContent ||
      element.title ||
      element.textContent.trim().replace(/\s+/g, ' ').slice(0, 40);
    const { outlineStyle, outlineWidth } = getComputedStyle(element),
      box = element.getBoundingClientRect();
    const isInside = box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight;
    let shows = outlineStyle !== 'none' && parseFloat(outlineWidth) > 0;
    if (!shows) {
      const focused = look();
      element.blur();
      shows = focused !== look();
      element.focus();
    }
    return {
      name,
      tag: element.tagName.toLowerCase(),
      role: element.getAttribute('role'),
      id: element.id,
      act: element.dataset.act,
      shows,
      isInside,
    };
  });
}
