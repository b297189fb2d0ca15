// `netsim serve` in a real browser: edit, an error at its line, mend it, run, cut a link by clicking, save, and an audit for accessibility.
// Run with `NETSIM=path/to/netsim node serve.browser.mjs`; CHROMIUM names the browser, PICTURES a folder for pictures of the page,
// and with PAGE=1 the page's files are those of the checkout instead of those in the program.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const gallery = new URL('../../', import.meta.url).pathname;
const { NETSIM, CHROMIUM = '/usr/bin/chromium', PAGE, PICTURES } = process.env;
assert.ok(NETSIM, 'NETSIM names the program');

let folder, server, address, browser, page;
const complaints = [];
// The browser reports a refusal too, and one is meant.
const isConflict = message => message.location().url.endsWith('/api/save') && message.text().includes('409');

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'netsim-page-'));
  for (const name of ['count_to_infinity.json', 'stop_and_wait_vs_pipelining.json', 'nsfnet_routing.json', 'maps']) cpSync(join(gallery, name), join(folder, name), { recursive: true });
  server = spawn(NETSIM, ['serve', folder, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  address = await new Promise((resolve, reject) => {
    let said = '';
    server.stdout.on('data', data => { said += data; const found = /http:\S+\?key=\S+/.exec(said); if (found) resolve(found[0]); });
    server.on('exit', code => reject(new Error(`netsim serve ended with ${code}`)));
  });
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
  page.on('console', message => { if (message.type() === 'error' && !isConflict(message)) complaints.push(message.text()); });
  page.on('pageerror', error => complaints.push(String(error)));
  if (PAGE) {
    const files = /\/(?:vendor\/)?[a-z]+\.(?:js|css)$/;
    await page.route(url => files.test(url.pathname) && !url.pathname.startsWith('/results/'), async route =>
      route.fulfill({ response: await route.fetch(), body: readFileSync(join(gallery, 'page/serve', new URL(route.request().url()).pathname), 'utf8') }));
  }
  await page.goto(address);
});

after(async () => {
  await browser?.close();
  server?.removeAllListeners('exit');
  server?.kill('SIGINT');
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const text = () => page.locator('.cm-content').innerText();
const remarks = () => page.locator('#remarks li').allInnerTexts();
const onDisk = () => readFileSync(join(folder, 'count_to_infinity.json'), 'utf8');
const runEnds = () => page.waitForFunction(() => document.querySelector('#stop').disabled && document.querySelector('#stage iframe:not(.coming)') && !document.querySelector('#stage .coming'), null, { timeout: 60_000 });
const picture = async name => { if (PICTURES) await page.screenshot({ path: join(PICTURES, `${name}.png`) }); };

async function audit(what) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { iframes: false }));
  assert.deepEqual(violations.map(one => `${one.id}: ${one.nodes.map(node => node.html).join(' ')}`), [], `${what} has findings`);
}

test('the gallery is listed and searched', async () => {
  await page.waitForSelector('#list li');
  await page.waitForFunction(() => document.querySelectorAll('#list .sign').length === 3 && [...document.querySelectorAll('#list .sign')].every(sign => sign.textContent));
  await audit('the list');
  await picture('list');
  await page.fill('#search', 'infinity');
  assert.equal(await page.locator('#list li').count(), 1);
});

test('with the keyboard alone an experiment is opened and run', async () => {
  await page.focus('#search');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#pane-text:not([hidden]) .cm-content');
  await page.waitForFunction(() => document.querySelector('#title').textContent.includes('infinity'));
  await page.keyboard.press('Control+Enter');
  await runEnds();
  assert.equal(await page.locator('#outcome').isHidden(), true, await page.locator('#outcome').innerText());
  const frame = await (await page.$('#stage iframe')).contentFrame();
  await frame.waitForLoadState();
  assert.match(await frame.title(), /infinity/);
  await audit('the text with its report');
  await picture('text');
});

test('an error is shown at its line, and goes when it is mended', async () => {
  const line = onDisk().split('\n').findIndex(one => one.includes('"duration"'));
  await page.locator('.cm-line', { hasText: '"duration"' }).click();
  await page.keyboard.press('End');
  await page.keyboard.insertText('\n  "sede": 3,');
  await page.waitForSelector('#remarks .error');
  assert.match((await remarks())[0], new RegExp(`line ${line + 2}[^]*sede[^]*did you mean`));
  assert.equal(await page.locator('.cm-lint-marker-error').count(), 1);
  assert.equal(await page.locator('#saved').innerText(), 'unsaved');
  await picture('error');
  await audit('the text with an error');
  await page.keyboard.press('Control+z');
  await page.waitForFunction(() => !document.querySelector('#remarks li'));
  assert.equal(await page.locator('#saved').innerText(), 'saved');
});

test('the schema completes names and values', async () => {
  await page.keyboard.press('End');
  await page.keyboard.insertText('\n  ');
  await page.keyboard.type('"sa');
  await page.waitForSelector('.cm-tooltip-autocomplete');
  assert.match(await page.locator('.cm-tooltip-autocomplete').innerText(), /sample_interval/);
  await picture('completion');
  await page.keyboard.press('Enter');
  await page.keyboard.type('1 s');
  assert.match(await text(), /"sample_interval": "1 s"/);
  for (let i = 0; i < 10 && await page.locator('#saved').innerText() !== 'saved'; i++) await page.keyboard.press('Control+z');
  assert.equal(await page.locator('#saved').innerText(), 'saved');
});

test('a link is cut by clicking, which is written, run and saved', async () => {
  await page.click('#tab-network');
  await page.waitForSelector('#net .n-cable');
  await page.fill('#network-time', '12 s');
  await page.keyboard.press('Enter');
  await page.locator('#net .n-cable[data-name="A-B"]').focus();
  await page.keyboard.press('Enter');
  await picture('network');
  await audit('the network');
  const before = await page.getAttribute('#stage iframe', 'src');
  await page.getByRole('button', { name: 'Fail at 12 s' }).click();
  await page.waitForFunction(src => document.querySelector('#stage iframe')?.getAttribute('src') !== src, before);
  await runEnds();
  assert.match(await page.locator('#note').innerText(), /\{ "at": "12 s", "link_down": "A-B" \}/);
  assert.equal(await page.locator('#net .n-cable.cut').count(), 1);
  assert.equal(await page.getByRole('button', { name: 'Restore at 12 s' }).count(), 1);
  await picture('cut');
  await page.click('#save');
  await page.waitForFunction(() => document.querySelector('#saved').textContent === 'saved');
  assert.match(onDisk(), /"events": \[\n    \{ "at": "12 s", "link_down": "A-B" \},\n    \{ "at": "20 s", "link_down": "B-C" \},/);
  assert.match(onDisk(), /\/\/ A router that has told a change waits/);
  await runEnds();
});

test('what is chosen in the report opens the network at that time', async () => {
  await page.click('#tab-text');
  const frame = await (await page.$('#stage iframe')).contentFrame();
  await frame.waitForSelector('body[data-ready=true]');
  await frame.evaluate(() => { netsim.act('goTime', 30 / netsim.trace.unit); netsim.act('router', netsim.trace.nodes.findIndex(node => node.name === 'B')); });
  await page.waitForSelector('#pane-network:not([hidden])');
  assert.equal(await page.inputValue('#network-time'), '30 s');
  assert.match(await page.locator('.thing h2').innerText(), /Router B/);
  // Others cannot: the same from the page itself.
  await page.click('#tab-text');
  await page.evaluate(() => window.postMessage({ netsim: 'select', router: 'A', t: 5 }, '*'));
  await page.waitForTimeout(100);
  assert.equal(await page.locator('#pane-network').isHidden(), true);
});

test('the report of the next run begins where this one stood, in the style of the page', async () => {
  await page.selectOption('#style', 'dark');
  const frame = await (await page.$('#stage iframe')).contentFrame();
  await frame.waitForSelector('html[data-style=dark]');
  assert.equal(await frame.evaluate(() => Math.round(netsim.seconds() * 1e6) / 1e6), 30);
  const before = await page.getAttribute('#stage iframe', 'src');
  await page.click('#run');
  await page.waitForFunction(src => document.querySelector('#stage iframe')?.getAttribute('src').split('#')[0] !== src, before.split('#')[0]);
  const next = await (await page.$('#stage iframe')).contentFrame();
  await next.waitForSelector('body[data-ready=true]');
  assert.deepEqual(await next.evaluate(() => [Math.round(netsim.seconds() * 1e6) / 1e6, netsim.view.router, document.documentElement.dataset.style]), [30, 2, 'dark']);
  await page.selectOption('#style', 'light');
});

test('a parameter is changed in a form', async () => {
  await page.click('#tab-parameters');
  const field = page.getByLabel('duration', { exact: true });
  await field.fill('50 s');
  await field.press('Enter');
  await page.waitForFunction(() => /duration: 50 s/.test(document.querySelector('#note').textContent));
  await runEnds();
  await audit('the parameters');
  await picture('parameters');
  await page.keyboard.press('Control+s');
  await page.waitForFunction(() => document.querySelector('#saved').textContent === 'saved');
  assert.match(onDisk(), /"duration": "50 s"/);
});

test('a file that has changed meanwhile is not overwritten unasked', async () => {
  await page.click('#tab-parameters');
  await page.getByLabel('duration', { exact: true }).fill('40 s');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('#saved').textContent === 'unsaved');
  writeFileSync(join(folder, 'count_to_infinity.json'), onDisk().replace('"50 s"', '"55 s"'));
  await page.keyboard.press('Control+s');
  await page.waitForSelector('#dialog[open]');
  await picture('conflict');
  await audit('the conflict');
  await page.getByRole('button', { name: 'Take the file’s' }).click();
  await page.waitForFunction(() => document.querySelector('#saved').textContent === 'saved');
  assert.match(await text(), /"duration": "55 s"/);
  assert.match(onDisk(), /"duration": "55 s"/);
});

test('it is the same page in every style, and on a large screen', async () => {
  await page.click('#tab-network');
  for (const style of ['dark', 'projector', 'light']) {
    await page.selectOption('#style', style);
    await audit(`the page in style ${style}`);
    await picture(`network-${style}`);
  }
  await page.setViewportSize({ width: 1920, height: 1080 });
  await page.click('#tab-text');
  await picture('text-1920');
  await page.setViewportSize({ width: 1280, height: 720 });
});

test('nothing was complained about', () => assert.deepEqual(complaints, []));
