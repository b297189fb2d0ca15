// Reports in a real browser: `node tests/report.browser.mjs FOLDER [part of a test's name]`. FOLDER holds the results of the
// gallery: FOLDER/<experiment>/report.html. Each test is a claim about what a reader of a report can rely on.
import { after, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { bitRateText, countText, durationText } from '../core.js';
import { ReportPage, difference, focusShown, launch, readCsv, readReport, seriousFindings, undelta } from './browser.mjs';

const [folder, filter = ''] = process.argv.slice(2);
if (!folder) {
  console.error("usage: node tests/report.browser.mjs FOLDER [part of a test's name]");
  process.exit(2);
}

const SMALL = { width: 1280, height: 720 },
  LARGE = { width: 1920, height: 1080 };
const SHELL_BYTES = 300_000;
const STEPPED = {
  count_to_infinity: 'network',
  dijkstra_step_by_step: 'network',
  bgp_path_exploration: 'network',
  stop_and_wait_vs_pipelining: 'ladder',
  fairness: 'flows',
};
const AUDITED = ['count_to_infinity', 'dijkstra_step_by_step', 'stop_and_wait_vs_pipelining', 'fairness'];

const fileOf = experiment => path.join(folder, experiment, 'report.html');
const experiments = fs
  .readdirSync(folder)
  .filter(name => fs.existsSync(fileOf(name)))
  .sort();
const browser = await launch();
const context = await browser.newContext({ viewport: SMALL, colorScheme: 'light' });
after(() => browser.close());

// A test with a report that is open. Whatever else it is about, the page must not complain.
function claim(words, experiment, body, { hash = '' } = {}) {
  const name = `${experiment}: ${words}`;
  if (!name.includes(filter)) return;
  test(name, { skip: experiments.includes(experiment) ? false : 'there is no such report in the folder' }, async () => {
    const page = await ReportPage.open(context, fileOf(experiment), hash);
    try {
      await body(page, readReport(fileOf(experiment)));
    } finally {
      await page.close();
    }
    assert.deepEqual(page.problems, []);
  });
}
// The chapters of this file run two tests at a time: one reads while the other draws.
const chapter = (name, body) => describe(name, { concurrency: 2 }, body);

// ---- what the engine wrote ------------------------------------------------------------------------------------------

// Moments of a run in units of its replay, by what happens then.
function momentsOf({ replay, summary }) {
  const { routing, packets, script } = replay,
    times = list => new Set(list);
  const steps = routing ? undelta(routing.steps, 0) : [],
    trips = packets ? undelta(packets.trips, 3) : [];
  // What was heard may be no message, such as an answer of a connection that carries them.
  const isQuiet = number => number < 0 || routing.quiet.includes(routing.messages[number][5]);
  const isLoud = ([, , cause, argument, changes, tables, sent]) =>
    changes.length ||
    tables.length ||
    ![1, 2].includes(cause) ||
    (cause === 1 && !isQuiet(argument)) ||
    sent.some(number => !isQuiet(number));
  return {
    change: times(steps.filter(([, , , , changes]) => changes.length).map(([t]) => t)),
    round: times([...steps.filter(isLoud).map(([t]) => t), ...script.map(([t]) => t)]),
    convergence: times(
      (summary.routing?.converged_s || []).filter(({ t_s }) => t_s != null).map(({ t_s }) => Math.round(t_s / replay.unit_s)),
    ),
    drop: times([
      ...(packets ? undelta(packets.drops, 0).map(([t]) => t) : []),
      ...trips.filter(({ 9: end }) => end[0] === 1).map(({ 3: sent, 9: end }) => sent + end[2]),
    ]),
    retransmission: times([
      ...(packets ? undelta(packets.again, 0).map(([t]) => t) : []),
      ...trips.filter(({ 6: copy }) => copy > 1).map(({ 3: sent }) => sent),
    ]),
    cut: times(packets ? undelta(packets.cuts, 0).map(([t]) => t) : []),
    trips,
  };
}
const tripTotal = ({ 8: hops }) => hops.reduce((sum, part, i) => sum + (i % 5 ? part : 0), 0);
// A delivered packet and a moment at which it is halfway along one of its links.
function inFlight({ trips }, wanted = () => true) {
  for (const [index, trip] of trips.entries()) {
    const { 3: sent, 8: hops, 9: end } = trip;
    if (end[0] !== 0 || !wanted(trip)) continue;
    let t = sent;
    for (let i = 0; i < hops.length; i += 5) {
      const [, queueing, transmission, propagation, processing] = hops.slice(i, i + 5);
      if (propagation > 2 * transmission)
        return { index, trip, t: Math.round(t + queueing + transmission + propagation / 2 - transmission / 2) };
      t += queueing + transmission + propagation + processing;
    }
  }
  return null;
}
// The tables of all routers in the end, from the report's data: router -> [{ title, rows }].
function endTables({ replay: { routing } }) {
  return new Map(
    routing.end.tables.map(([router, tables]) => [
      router,
      tables.map(([head, rows]) => ({
        title: routing.heads[head][0],
        rows: rows.map(row => routing.rows[row].map(cell => routing.cells[cell])),
      })),
    ]),
  );
}
const plain = rows => rows.map(row => row.map(cell => String(cell).replace(/_/g, ' ').replace(/\s+/g, ' ').trim()));

// ---- every report ---------------------------------------------------------------------------------------------------

chapter('every report', () => {
  const gallery = new URL('../../', import.meta.url);
  if (!filter)
    test('the folder holds a report of every experiment of the gallery', () => {
      const all = fs
        .readdirSync(gallery)
        .filter(name => name.endsWith('.json'))
        .map(name => name.replace(/\.json$/, ''));
      assert.deepEqual(
        all.filter(name => !experiments.includes(name)),
        [],
      );
    });
  for (const experiment of experiments) {
    claim('opens, fits, and tells what the engine measured', experiment, async (page, data) => {
      assert.ok((await page.text('#title')).length > 3);
      assert.match(await page.page.title(), /· netsim report$/);
      assert.ok(!(await page.isVisible('#problem')), await page.text('#problem'));
      assert.ok(!(await page.text('body')).includes('cannot be shown'));
      const tabs = await page.tabs();
      for (const tab of ['results', 'experiment']) assert.ok(tabs.includes(tab), tab);
      assert.deepEqual(
        await page.texts('#tabs [role=tab]'),
        tabs.map(tab => tab[0].toUpperCase() + tab.slice(1)),
      );
      assert.deepEqual(
        page.requests.filter(url => !url.startsWith('data:') && !url.startsWith('blob:')).map(url => url.replace(/#.*/, '')),
        [page.url],
      );
      assert.ok(data.shellBytes < SHELL_BYTES, `${data.shellBytes} bytes before data`);

      for (const size of [SMALL, LARGE]) {
        await page.page.setViewportSize(size);
        for (const stage of tabs.includes('replay') ? await page.stages() : []) {
          await page.page.evaluate(id => {
            netsim.act('tab', 'replay');
            netsim.act('stage', id);
            netsim.act('endKey');
          }, stage);
          assert.deepEqual([...(await page.misfits()), ...(await page.crowded())], [], `${stage} at ${size.width}`);
          assert.ok((await page.isVisible('#deck')) && (await page.text(`#stage-${stage}`)).length > 20, stage);
        }
        if (tabs.includes('charts')) {
          await page.page.evaluate(() => netsim.act('tab', 'charts'));
          assert.deepEqual([...(await page.misfits()), ...(await page.crowded())], [], `charts at ${size.width}`);
        }
      }
      const empty = await page.page.evaluate(() =>
        [...document.querySelectorAll('.figlist button')]
          .filter(button => {
            button.click();
            return !document.querySelector('#panel-charts .figbody svg > *, #panel-charts .figbody img');
          })
          .map(button => button.textContent),
      );
      assert.deepEqual(empty, [], 'charts without a picture');

      await page.tab('results');
      const told = [...(data.report.sweep?.summary.expectations ?? []), ...(data.run(data.report.first).summary.expectations ?? [])];
      const isMet = one => one.met ?? one.met_runs === one.runs;
      assert.deepEqual(
        (await page.texts('#panel-results .expect .tick')).map(text => text.startsWith('✓')),
        told.map(isMet),
      );
      await page.tab('experiment');
      assert.equal(await page.page.locator('#panel-experiment pre.source').textContent(), data.report.effective);
      // What a report leaves out, it says.
      const { replay } = data.run(data.report.first),
        missing = [
          data.report.left_out,
          replay?.routing?.left_out,
          replay?.packets?.left_out,
          ...(replay?.thinned || []).map(([, , words]) => words),
        ].filter(Boolean);
      const said = (await page.text('#panel-experiment')).toLowerCase();
      for (const words of missing) assert.ok(said.includes(words.toLowerCase()), words);
    });
  }
  for (const experiment of Object.keys(STEPPED))
    for (const style of ['dark', 'projector']) {
      claim(`fits in the ${style} style, too`, experiment, async page => {
        await page.page.evaluate(name => {
          netsim.act('style', name);
          netsim.act('go', 12);
        }, style);
        for (const size of [SMALL, LARGE]) {
          await page.page.setViewportSize(size);
          for (const stage of await page.stages()) {
            await page.stage(stage);
            assert.deepEqual([...(await page.misfits()), ...(await page.crowded())], [], `${stage} at ${size.width}`);
          }
        }
      });
    }
});

// ---- stepping -------------------------------------------------------------------------------------------------------

chapter('stepping', () => {
  const STEPS = 60;
  for (const [experiment, stage] of Object.entries(STEPPED)) {
    claim('steps move nothing around, and every step back shows exactly what was there', experiment, async page => {
      await page.calm();
      await page.goto();
      assert.ok(await page.isVisible(`#stage-${stage}`), 'another stage is shown first');
      // Packets may be stepped over where routers are the lesson, so a step can be more than one event.
      const ks = [await page.keep()];
      let offsets = null;
      const { n } = await page.position();
      while (ks.length <= STEPS && ks.at(-1) < n) {
        await page.key('ArrowRight');
        ks.push(await page.keep());
        offsets ||= await page.offsets();
        assert.deepEqual(await page.offsets(), offsets, `event ${ks.at(-1)}`);
      }
      assert.ok(ks.length > 10 && ks.every((k, i) => i === 0 || k > ks[i - 1]), `${ks}`);
      assert.ok(Object.keys(offsets).length > 12);
      for (const k of ks.slice(0, -1).reverse()) {
        await page.key('ArrowLeft');
        assert.deepEqual(await page.compare(), { k, changed: null });
      }
      // From elsewhere, too: from the end back to the middle.
      const middle = ks[ks.length >> 1];
      await page.keys('End');
      await page.follow(`e=${middle}&stage=${stage}`);
      assert.deepEqual(await page.compare(), { k: middle, changed: null }, 'from the end');
    });
    claim('a link shows the same as the steps that led there', experiment, async page => {
      await page.calm();
      await page.goto();
      await page.key(...Array(25).fill('ArrowRight'));
      await page.rest();
      const shown = await page.rendered(),
        hash = await page.page.evaluate(() => location.hash.slice(1));
      await page.goto(hash);
      await page.rest();
      assert.equal(difference(await page.rendered(), shown), null);
    });
    claim('with motion, steps glide to where they lead', experiment, async page => {
      await page.calm();
      await page.goto();
      let k = 0;
      for (let i = 0; i < 4; i++) {
        await page.key('ArrowRight');
        k = await page.keep();
      }
      await page.page.emulateMedia({ reducedMotion: 'no-preference' });
      await page.keys('Home', 'ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowRight');
      assert.equal((await page.position()).k, k);
      await page.page.emulateMedia({ reducedMotion: 'reduce' });
      await page.keys('ArrowLeft', 'ArrowRight');
      assert.deepEqual(await page.compare(), { k, changed: null });
    });
    claim('the whole run keeps its places', experiment, async page => {
      await page.calm();
      await page.goto();
      const { n } = await page.position();
      await page.keys('ArrowRight');
      const first = await page.offsets();
      for (let part = 1; part <= 20; part++) {
        await page.page.evaluate(k => netsim.act('go', k), Math.max(1, Math.floor((n * part) / 20)));
        assert.deepEqual(await page.offsets(), first, `event ${(await page.position()).k}`);
      }
    });
  }
});

// ---- the engine's tables --------------------------------------------------------------------------------------------

chapter('tables', () => {
  // Every table of a router that the page shows at the present position: title -> rows.
  async function tablesOf(page, data, router) {
    const { replay } = data.run(data.report.first),
      isSideBySide = replay.routing.routers.length <= 3,
      found = new Map();
    const box = isSideBySide ? `.net-tables > .rt:nth-child(${replay.routing.routers.indexOf(router) + 1})` : '.net-tables > .rt';
    if (!isSideBySide) await page.page.locator('.net-foot select').selectOption(String(router));
    for (const button of await page.page.locator('.net-foot .seg button').all()) {
      await button.click();
      const title = (await page.text(`${box} caption`)).replace(/ of router .*$/, '');
      found.set(title, (await page.tableIn(`${box} table`)).rows);
    }
    return found;
  }
  const shownRouters = ({ routing }) =>
    routing.routers.length <= 6 ? routing.routers : routing.routers.filter((_, i) => i % Math.ceil(routing.routers.length / 5) === 0);

  for (const experiment of [
    'count_to_infinity',
    'dijkstra_step_by_step',
    'bgp_path_exploration',
    'bellman_ford',
    'abilene_failures',
    'link_failure_ls_vs_dv_vs_pv',
  ]) {
    claim(
      "in the end, routers have the engine's tables",
      experiment,
      async (page, data) => {
        const run = data.run(data.report.first),
          { replay } = run,
          { routing } = replay,
          engine = endTables(run),
          name = node => replay.nodes[node][0];
        const summary = JSON.parse(fs.readFileSync(path.join(folder, experiment, data.report.runs[0].folder, 'summary.json'), 'utf8'))
          .routing.tables;
        await page.keys('End');
        for (const router of shownRouters(replay)) {
          const shown = await tablesOf(page, data, router);
          for (const { title, rows } of engine.get(router) || []) {
            assert.ok(shown.has(title), `${title} of ${name(router)} is not shown`);
            const cells = plain(shown.get(title)).map((row, i) =>
              title.startsWith('vectors') ? [row[0].replace(/^(own|from) /, ''), ...row.slice(1)] : row,
            );
            assert.deepEqual(cells, plain(rows), `${title} of ${name(router)}`);
          }
          const ways = shown.get('Forwarding table').map(([to, cost, hops]) => [to, cost, hops === 'here' ? '' : hops]);
          const routes = routing.end.routes
            .filter(([who]) => who === router)
            .map(([, to, cost, hops]) => [routing.destinations[to], String(cost), hops.map(name).join(', ')]);
          assert.deepEqual(ways.slice().sort(), routes.slice().sort(), `routes of ${name(router)}`);
          const told = (summary[name(router)] || []).map(({ destination, cost, next_hops }) => [
            destination,
            String(cost),
            next_hops.join(', '),
          ]);
          const leading = ways.filter(([, , hops]) => hops);
          for (const row of told.filter(([, , hops]) => hops))
            assert.ok(
              leading.some(way => `${way}` === `${row}`),
              `${row} of the summary of ${name(router)}`,
            );
          assert.equal(leading.length, told.filter(([, , hops]) => hops).length, `routes of ${name(router)} in the summary`);
        }
      },
      { hash: 'stage=network' },
    );
  }

  // By hand. B hears at 20 s that its cable is cut, and takes A's word of 3: 4. It tells at once; A says 5 and tells at once; B
  // makes 6 of it, but has to wait for a second before it tells, and so has A. So B raises its cost by two each second, until A
  // says 15 at 25 s and B counts 16, which is none; A hears of that at 26 s. At 40 s the cable is back.
  const BY_HAND = [
    [10, 3, 2],
    [19.99, 3, 2],
    [20.003, 3, 4],
    [20.007, 5, 4],
    [20.5, 5, 6],
    [21.5, 7, 8],
    [22.5, 9, 10],
    [23.5, 11, 12],
    [24.5, 13, 14],
    [25.5, 15, null],
    [26.5, null, null],
    [39.9, null, null],
    [40.5, null, 2],
    [41.5, 3, 2],
  ];
  claim('costs at known times are those worked out by hand', 'count_to_infinity', async page => {
    const own = async place => {
      const { columns, rows } = await page.tableIn(`.net-tables > .rt:nth-child(${place}) table`);
      const text = rows[0]?.[columns.indexOf('c')];
      return text === undefined || text === '' || text === '–' || text === '∞' ? null : Number(text);
    };
    const spoken = async name => {
      const [, cost] =
        /cost (\d+) to c/.exec(await page.page.locator(`.t-node[aria-label^="Router ${name}"]`).getAttribute('aria-label')) || [];
      return cost ? Number(cost) : null;
    };
    for (const [seconds, a, b] of BY_HAND) {
      await page.follow(`t=${seconds}&router=B&destination=c`);
      assert.deepEqual([await own(1), await own(2)], [a, b], `vectors at ${seconds} s`);
      assert.deepEqual([await spoken('A'), await spoken('B')], [a, b], `picture at ${seconds} s`);
    }
  });

  // routes.csv is another list of all changes, which the engine writes by itself.
  for (const experiment of ['count_to_infinity', 'dijkstra_step_by_step', 'bgp_path_exploration']) {
    claim(
      'at any time, routes are those of routes.csv',
      experiment,
      async (page, data) => {
        const { replay } = data.run(data.report.first),
          name = node => replay.nodes[node][0],
          changes = readCsv(path.join(folder, experiment, 'routes.csv'));
        const times = [...new Set(changes.map(({ t_s }) => Number(t_s)))],
          samples = Array.from({ length: 8 }, (_, i) => Math.floor(((i + 0.5) * times.length) / 8)).filter(
            (at, i, all) => all.indexOf(at) === i,
          );
        const routers = shownRouters(replay).slice(0, 4);
        const tab = page.page.locator('.net-foot .seg button', { hasText: 'Forwarding' });
        await tab.click();
        for (const at of samples) {
          const seconds = at + 1 < times.length ? (times[at] + times[at + 1]) / 2 : times[at] + 0.5;
          const routes = new Map(routers.map(node => [name(node), new Map()]));
          for (const { t_s, router, destination, cost, next_hop } of changes)
            if (Number(t_s) <= seconds && routes.has(router)) routes.get(router).set(destination, cost && [destination, cost, next_hop]);
          await page.follow(`t=${seconds}&stage=network`);
          for (const node of routers) {
            const isSideBySide = replay.routing.routers.length <= 3;
            if (!isSideBySide) await page.page.locator('.net-foot select').selectOption(String(node));
            const { rows } = await page.tableIn(
              isSideBySide ? `.net-tables > .rt:nth-child(${replay.routing.routers.indexOf(node) + 1}) table` : '.net-tables > .rt table',
            );
            const shown = rows.map(([to, cost, hops]) => [to, cost, hops === 'here' ? '' : hops.split(', ').join(' ')]);
            const engine = [...routes.get(name(node)).values()]
              .filter(Boolean)
              .map(([to, cost, hops]) => [to, cost, hops.replace(/[|;]/g, ' ')]);
            // Its own networks are no change of a route, and stand in the list only where it announced them.
            const isMine = ([, , hops]) => hops === '' || hops === name(node);
            assert.deepEqual(
              shown.filter(row => !isMine(row)).sort(),
              engine.filter(row => !isMine(row)).sort(),
              `${name(node)} at ${seconds} s`,
            );
          }
        }
      },
      { hash: 'stage=network' },
    );
  }
});

// ---- playing and jumping --------------------------------------------------------------------------------------------

chapter('the clock', () => {
  for (const [experiment, stage] of Object.entries(STEPPED)) {
    claim('plays, faster when asked, and pauses', experiment, async page => {
      const dilation = await page.text('#deck .dilation');
      await page.page.locator('#deck .speed').selectOption('8');
      assert.notEqual(await page.text('#deck .dilation'), dilation);
      const before = await page.position();
      await page.page.locator('#deck [data-act=play]').click();
      await page.until(t => netsim.player.playing && netsim.player.t > t && netsim.player.k > 0, before.t);
      assert.equal(await page.text('#deck .play'), 'Pause');
      await page.key('Space');
      const rested = await page.position();
      assert.equal(rested.playing, false);
      await page.page.waitForTimeout(150);
      assert.deepEqual(await page.position(), rested);
      assert.equal(await page.text('#deck .play'), 'Play');
      await page.rest();
    });
    claim('the playhead can be dragged to and fro', experiment, async page => {
      const slider = `#stage-${stage} [role=slider]`,
        isUpright = stage === 'ladder';
      // On a ladder time runs down, and the handle is at the left.
      const { box } = await page.middleOf(slider),
        from = isUpright ? { x: box.x + 10, y: box.y + box.height / 2 } : { x: box.x + box.width / 2, y: box.y + box.height / 2 };
      const frame = await page.page
        .locator(`#stage-${stage} ${{ network: '.net-chart figure', ladder: '.ladder-box', flows: '.flows-box' }[stage]}`)
        .boundingBox();
      const to = isUpright ? { x: from.x, y: frame.y + frame.height * 0.6 } : { x: frame.x + frame.width * 0.6, y: from.y };
      await page.page.mouse.move(from.x, from.y);
      await page.page.mouse.down();
      await page.page.mouse.move(to.x, to.y, { steps: 6 });
      const at = await page.position();
      assert.ok(at.t > 0 && at.k > 0, 'nothing happened');
      assert.notEqual(await page.page.locator(slider).getAttribute('aria-valuetext'), '');
      const head = await page.middleOf(slider);
      assert.ok(Math.abs(isUpright ? head.y - to.y : head.x - to.x) < 3, 'the playhead is not under the pointer');
      await page.page.mouse.move(from.x, from.y, { steps: 6 });
      await page.page.mouse.up();
      await page.rest();
      assert.ok((await page.position()).t < at.t / 10);
    });
    claim('jumps go to what they name, and back', experiment, async (page, data) => {
      await page.calm();
      await page.goto();
      const moments = momentsOf(data.run(data.report.first)),
        { unit_s: unit } = data.run(data.report.first).replay;
      const jumps = await page.page.evaluate(() => netsim.jumps.map(({ id }) => id));
      assert.ok(experiment === 'stop_and_wait_vs_pipelining' || jumps.length > 0, 'there is nothing to jump to');
      for (const jump of jumps) {
        await page.keys('Home');
        if (jumps.length > 1) await page.page.locator('#deck .jump').selectOption(jump);
        await page.page.locator('#deck [data-act=play]').focus();
        const visited = [];
        for (let i = 0; i < 4; i++) {
          const before = await page.position();
          await page.key('n');
          const at = await page.position();
          if (at.k === before.k) break;
          const isThere =
            jump === 'convergence' ? [...moments.convergence].some(t => Math.abs(t - at.t) * unit < 1e-6) : moments[jump].has(at.t);
          assert.ok(isThere, `${jump} to ${at.t * unit} s`);
          visited.push(at.k);
        }
        assert.ok(visited.length > 0, jump);
        for (const k of visited.slice(0, -1).reverse()) {
          await page.key('p');
          assert.equal((await page.position()).k, k);
        }
      }
    });
  }
  for (const experiment of ['count_to_infinity', 'dijkstra_step_by_step', 'bgp_path_exploration']) {
    claim('a round is all that happens at an instant of routing', experiment, async (page, data) => {
      await page.calm();
      await page.goto();
      const { round } = momentsOf(data.run(data.report.first)),
        ks = [0];
      for (let i = 0; i < 12; i++) {
        await page.key('Shift+ArrowRight');
        const { k, t } = await page.position();
        assert.ok(k > ks.at(-1));
        assert.ok(round.has(t), `round at ${t}`);
        ks.push(k);
      }
      for (const k of ks.slice(1, -1).reverse()) {
        await page.key('Shift+ArrowLeft');
        assert.equal((await page.position()).k, k);
      }
    });
  }
  claim('a round of flows is a round-trip time', 'fairness', async (page, data) => {
    await page.calm();
    await page.goto('t=60&stage=flows');
    const trips = data.run(data.report.first).summary.flows.map(({ rtt_s }) => rtt_s),
      least = Math.min(...trips.map(({ min }) => min)),
      most = Math.max(...trips.map(({ max }) => max));
    for (const [key, sign] of [
      ['Shift+ArrowRight', 1],
      ['Shift+ArrowRight', 1],
      ['Shift+ArrowLeft', -1],
    ]) {
      const before = await page.seconds();
      await page.keys(key);
      const moved = sign * ((await page.seconds()) - before);
      assert.ok(moved > 0.7 * least && moved < 1.5 * most, `${key} moves by ${moved} s; round trips take ${least} to ${most} s`);
    }
  });
  claim('with less motion, a step is there at once', 'count_to_infinity', async page => {
    await page.calm();
    await page.goto();
    await page.key('ArrowRight');
    assert.ok(
      await page.page.evaluate(
        () => netsim.player.k > 0 && netsim.player.t === netsim.player.timeOf(netsim.player.k) && netsim.player.frame === 0,
      ),
    );
    assert.equal(await page.text('#deck .dilation'), 'round by round');
    await page.key('Space');
    await page.until(k => netsim.player.k > k, (await page.position()).k);
    await page.key('Space');
  });
});

// ---- selecting ------------------------------------------------------------------------------------------------------

chapter('selecting', () => {
  const escape = async (page, names) => {
    await page.key('Escape');
    await page.until(list => {
      const hash = new URLSearchParams(location.hash.slice(1));
      return list.every(name => !hash.has(name));
    }, names);
  };
  claim('a click on a router chooses its table and its steps', 'count_to_infinity', async page => {
    await page.follow('t=20.5');
    await page.clickMiddle('.t-node[aria-label^="Router B"] .disc');
    await page.until(() => location.hash.includes('router=B'));
    assert.equal(await page.page.locator('.t-node[aria-label^="Router B"]').getAttribute('aria-pressed'), 'true');
    assert.match(await page.text('.rt.sel .name'), /^Router B/);
    assert.match(await page.text('.net-side h2'), /of B$/);
    const lines = await page.texts('.net-panels li');
    assert.ok(lines.length > 3 && lines.filter(line => /B/.test(line)).length > lines.length / 2);
    await page.page.locator('.net-foot .seg button', { hasText: 'Forwarding' }).click();
    const { columns, rows } = await page.tableIn('.rt.sel table');
    assert.deepEqual(columns.slice(0, 3), ['to', 'cost', 'next hop']);
    assert.deepEqual(rows.find(([to]) => to === 'c').slice(1, 3), ['6', 'A']);
    await escape(page, ['router']);
    assert.equal(await page.count('.rt.sel'), 0);
  });
  claim('a click on a link tells what it costs, and that it is cut', 'count_to_infinity', async page => {
    await page.follow('t=10');
    const link = '.t-linkgroup[aria-label^="Link B-C"]';
    await page.clickMiddle(`${link} .t-linkhit`);
    assert.match(await page.text('.net-line'), /^Link B–C: cost 1, 10 Mbps, 5 ms/);
    await page.follow('t=30');
    assert.match(await page.page.locator(link).getAttribute('aria-label'), /cut/);
  });
  claim('a click on a message shows what it says', 'count_to_infinity', async (page, data) => {
    const { routing, unit_s: unit } = data.run(data.report.first).replay;
    const [index, message] = [...undelta(routing.messages, 3).entries()].find(
      ([, [, , , t, flight, kind]]) => t * unit > 20 && flight > 0 && !routing.quiet.includes(kind),
    );
    const [from, to, , sent, flight, , text] = message,
      name = node => data.run(data.report.first).replay.nodes[node][0];
    await page.follow(`t=${((sent + flight / 2) * unit).toFixed(9)}`);
    await page.clickMiddle(`.t-msg[aria-label*="from ${name(from)} to ${name(to)}"]`);
    await page.until(number => location.hash.includes(`message=${number}`), index);
    const panel = await page.text('.net-panels .packet-panel:not([hidden])');
    for (const words of [routing.texts[text], `From${name(from)}`, `To${name(to)}`])
      assert.ok(panel.replace(/\s/g, '').includes(words.replace(/\s/g, '')), `${words} in ${panel}`);
    await escape(page, ['message']);
  });

  // Numbers as they are shown, without groups and words.
  const numberIn = text =>
    Number(
      text
        .replace(/[\u202f\s]/g, '')
        .replace('−', '-')
        .replace(/[^\d.e-].*$/, ''),
    );
  async function checkPacketPanel(page, panel, replay, { trip, index }) {
    const { 4: size, 7: header } = trip,
      seconds = tripTotal(trip) * replay.unit_s;
    await page.until(number => location.hash.includes(`packet=${number}`), index);
    const fields = Object.fromEntries(
      await page.page
        .locator(`${panel} .packet-headers tr`)
        .evaluateAll(rows =>
          rows.map(row => [row.querySelector('th[scope=row]').textContent, row.querySelector('td').firstChild.textContent]),
        ),
    );
    assert.equal(numberIn(fields.Size), size);
    if (header[0] === 'tcp') {
      assert.equal(numberIn(fields.Sequence), header[1]);
      if (header[3] & 16) assert.equal(numberIn(fields.Acknowledges), header[2]);
      assert.equal(numberIn(fields.Window), header[4]);
    }
    if (header[0] === 'udp') assert.equal(numberIn(fields.Sequence), header[1]);
    if (header[0] === 'rdt') assert.equal(numberIn(fields.Number), header[2]);
    const table = await page.page
      .locator(`${panel} .life-table`)
      .evaluate(element => ({
        unit: element.querySelector('caption').textContent.split('in ')[1],
        parts: [...element.querySelectorAll('thead th')].map(cell => cell.textContent),
        rows: [...element.querySelectorAll('tbody tr:not(.behind), tfoot tr')].map(row =>
          [...row.querySelectorAll('td')].map(cell => cell.textContent),
        ),
      }));
    const factor = { s: 1, ms: 1e3, µs: 1e6, ns: 1e9 }[table.unit];
    assert.deepEqual(table.parts.slice(1, 4), ['queue', 'send', 'travel']);
    assert.equal(table.rows.length, trip[8].length / 5 + (trip[8].length > 5 ? 1 : 0));
    for (const cells of table.rows) {
      const numbers = cells.map(numberIn),
        sum = numbers.slice(0, -1).reduce((a, b) => a + b, 0);
      assert.ok(Math.abs(sum - numbers.at(-1)) <= 0.01 * numbers.at(-1), `${cells} do not add up`);
    }
    const all = numberIn(table.rows.at(-1).at(-1));
    assert.ok(Math.abs(all - seconds * factor) <= 0.006 * all, `${all} ${table.unit} instead of ${seconds} s`);
    assert.match(
      await page.text(`${panel} .packet-end`),
      new RegExp(`^Delivered to .* after ${durationText(seconds, 4).replace('.', '\\.')}`),
    );
  }
  for (const [experiment, what, wanted] of [
    ['count_to_infinity', 'a datagram', () => true],
    ['fairness', 'a segment', ({ 5: segment }) => segment > 0],
    ['fairness', 'an ACK', ({ 1: forward, 7: [kind, , ack] }) => !forward && kind === 'tcp' && ack > 5000],
  ]) {
    claim(
      `a click on ${what} shows its headers and its four delays`,
      experiment,
      async (page, data) => {
        const run = data.run(data.report.first),
          found = inFlight(momentsOf(run), wanted);
        assert.ok(found, 'no packet is shown on its way');
        await page.follow(`t=${(found.t * run.replay.unit_s).toFixed(9)}&stage=network`);
        // What is drawn for it has no number; it is found by choosing it for a moment.
        const name = await page.page.evaluate(number => {
          netsim.act('packet', number);
          const label = document.querySelector('.t-packet.sel')?.getAttribute('aria-label');
          netsim.act('packet', number);
          return label;
        }, found.index);
        assert.ok(name, 'the packet is not drawn');
        await page.clickMiddle(`.t-packet[aria-label="${name}"] .mark`);
        await checkPacketPanel(page, '.net-panels .packet-panel:not([hidden])', run.replay, found);
        await escape(page, ['packet']);
      },
    );
  }
  claim('a click on a ladder chooses the packet there', 'stop_and_wait_vs_pipelining', async (page, data) => {
    // With a window of one, bands do not lie over each other.
    const run = data.run(0),
      found = inFlight(momentsOf(run), ({ 5: segment }) => segment > 0);
    assert.ok(found, 'no packet is shown on its way');
    await page.follow(`run=0&t=${(found.t * run.replay.unit_s).toFixed(9)}&stage=ladder`);
    // Halfway down its band, and across it.
    const place = await page.page.evaluate(number => {
      const ladder = netsim.stages.find(({ id }) => id === 'ladder'),
        item = ladder.models
          .flatMap((model, i) => model.items.map(one => ({ one, at: ladder.geometry.ladders[i] })))
          .find(({ one }) => one.trip.index === number);
      const [leg] = ladder.legs(item.at, item.one),
        box = document.querySelector('.ladder-svg').getBoundingClientRect(),
        middle = (leg.leave[0] + leg.leave[1] + leg.arrive[0] + leg.arrive[1]) / 4;
      return { x: box.left + (leg.x0 + leg.x1) / 2, y: box.top + ladder.y(middle) };
    }, found.index);
    await page.page.mouse.click(place.x, place.y);
    await checkPacketPanel(page, '#stage-ladder .packet-panel', run.replay, found);
    await escape(page, ['packet']);
  });
  claim('a click on a flow marks it in all charts', 'fairness', async page => {
    await page.follow('t=60&stage=flows');
    const lines = await page.count('.flows-line');
    await page.page.locator('.flow-name', { hasText: 'B' }).first().click();
    await page.until(() => location.hash.includes('flow=B'));
    assert.ok((await page.count('.flows-line.bold')) >= 2, 'its rate and its window');
    assert.ok((await page.count('.flows-line.faint')) >= lines - 3);
    await page.stage('network');
    assert.equal(await page.page.locator('.flowname[aria-pressed=true]').textContent(), 'B');
    await escape(page, ['flow']);
    await page.stage('flows');
    assert.equal(await page.count('.flows-line.bold'), 0);
  });
  claim('a click on a router shows its forwarding table', 'fairness', async (page, data) => {
    const { routing } = data.run(data.report.first).summary;
    await page.follow('t=10&stage=network');
    await page.clickMiddle('.t-node[aria-label="Router r1"] .disc');
    await page.until(() => location.hash.includes('router=r1'));
    const { rows } = await page.tableIn('.net-known table');
    assert.deepEqual(
      rows,
      routing.tables.r1.map(({ destination, cost, next_hops }) => [destination, String(cost), next_hops.join(', ')]),
    );
    await escape(page, ['router']);
  });
  claim('why tells a chain of causes, each a link to its moment', 'fairness', async (page, data) => {
    const { causes, unit_s: unit } = data.run(data.report.first).replay;
    await page.calm();
    await page.goto('stage=flows');
    await page.keys('n', 'w');
    const panel = '#stage-flows .why-panel:not([hidden])';
    assert.match(await page.text(`${panel} h3`), /^Why did . (cut its window|send)|^Why was/);
    const links = page.page.locator(`${panel} .why-list button`),
      count = await links.count();
    assert.ok(count > 1, 'there is no cause behind it');
    await links.nth(count - 1).click();
    await page.rest();
    const { t } = await page.position();
    assert.ok(
      causes.some(cause => cause[0] === t),
      `nothing was caused at ${t * unit} s`,
    );
    assert.match(await page.page.evaluate(() => location.hash), /panel=why/);
  });
  claim('why of a change of a route leads to the cut', 'count_to_infinity', async page => {
    await page.follow('t=20.0102&router=B&panel=why');
    assert.match(await page.text('.why-panel:not([hidden]) h3'), /^Why did B change its route to [Cc]\?$/);
    const items = await page.texts('.why-panel:not([hidden]) .why-list li');
    assert.ok(items.length >= 3, items.join(' / '));
    assert.match(items.at(-1), /B-C|cut|down/);
  });
});

// ---- links into a report --------------------------------------------------------------------------------------------

chapter('links', () => {
  claim(
    'a time and a router show that router at that time',
    'count_to_infinity',
    async page => {
      assert.ok(Math.abs((await page.seconds()) - 21.5) < 1e-9);
      assert.match(await page.text('.rt.sel .name'), /^Router B/);
      const { columns, rows } = await page.tableIn('.rt.sel table');
      assert.equal(rows[0][columns.indexOf('c')], '8');
      assert.equal((await page.hash()).router, 'B');
    },
    { hash: 't=21.5&router=B' },
  );
  claim(
    'a link can lead to a tab and a chart',
    'count_to_infinity',
    async (page, data) => {
      assert.ok(await page.isVisible('#panel-charts'));
      const { name } = data.run(data.report.first).figures.at(-1);
      await page.goto(`tab=charts&chart=${name}&t=30`);
      assert.equal(await page.page.locator('.figlist [aria-current=true]').getAttribute('data-figure'), name);
      assert.ok(Math.abs((await page.seconds()) - 30) < 1e-9);
    },
    { hash: 'tab=charts' },
  );
  claim(
    'a link can lead to a run of a sweep',
    'stop_and_wait_vs_pipelining',
    async (page, data) => {
      assert.equal(await page.page.locator('#runSelect').inputValue(), '3');
      await page.tab('results');
      assert.ok((await page.text('#panel-results .runlabel')).includes(data.report.runs[3].label));
      await page.page.locator('#runSelect').selectOption('2');
      await page.until(() => new URLSearchParams(location.hash.slice(1)).get('run') === '2');
      assert.ok((await page.text('#panel-results .runlabel')).includes(data.report.runs[2].label));
      assert.ok(await page.isVisible('#panel-results'), 'the tab has changed with the run');
    },
    { hash: 'run=3' },
  );
  claim('marks are kept in the link, and keys go to them', 'count_to_infinity', async page => {
    await page.calm();
    await page.goto('t=21.5');
    await page.key('m');
    await page.until(() => location.hash.includes('b='));
    const { k } = await page.position(),
      hash = await page.page.evaluate(() => location.hash.slice(1));
    await page.goto(hash);
    const marks = await page.page.evaluate(() => netsim.bookmarks().map(({ k, number, user }) => ({ k, number, user })));
    assert.ok(marks.some(mark => mark.user && mark.k === k) && marks.some(mark => !mark.user), JSON.stringify(marks));
    await page.keys('Home', String(marks.find(mark => mark.user).number));
    assert.equal((await page.position()).k, k);
    await page.key('b');
    assert.equal(await page.count('dialog[open] tbody tr'), marks.length);
    await page.page.locator('dialog[open] tbody button').first().click();
    await page.rest();
    assert.equal((await page.position()).k, marks[0].k);
    assert.equal(await page.count('dialog'), 0);
  });
  claim(
    'nonsense in a link is passed over',
    'count_to_infinity',
    async page => {
      assert.deepEqual(await page.page.evaluate(() => [netsim.player.k, netsim.view.router, netsim.tab]), [0, null, 'replay']);
    },
    { hash: 't=soon&e=-3&router=nobody&tab=none&stage=none&packet=99999999&run=77&b=x.y&style=pink' },
  );
});

// ---- predict, then reveal -------------------------------------------------------------------------------------------

chapter('predicting', () => {
  // Nothing later than the present can be read anywhere on the page.
  async function nothingLater(page) {
    assert.ok(await page.page.evaluate(() => document.body.classList.contains('predicting')));
    assert.equal(await page.page.locator('.net-chart .future').evaluate(group => getComputedStyle(group).display), 'none');
    assert.ok(await page.isVisible('.net-chart .veil'));
    assert.equal(await page.count('.net-panels li.future'), 0);
    const { k } = await page.position();
    assert.ok(
      (await page.page.evaluate(() => netsim.bookmarks().map(mark => mark.k))).every(at => at <= k),
      'a bookmark tells of what comes',
    );
    await page.key('g');
    const last = Number((await page.texts('dialog[open] tbody tr:last-child td, dialog[open] tbody tr:last-child th'))[0]);
    assert.ok(last <= (await page.seconds()) + 1e-9, `the table goes on to ${last}`);
    await page.key('Escape');
  }
  async function ask(page, { ask: words }) {
    assert.equal(await page.text('.question h2'), words);
    assert.ok(await page.page.evaluate(() => document.activeElement.closest('.question') != null), 'the answer does not have the focus');
  }

  claim('a question of the lecture stops the replay and hides what comes', 'count_to_infinity', async (page, data) => {
    const lecture = data.run(data.report.first).replay.lecture.map(([t, ask, choices, answer, explain]) => ({ t, ask, choices, answer, explain }));
    await page.calm();
    await page.goto('t=19.95&predict=1');
    await page.key('Shift+ArrowRight');
    await page.until(() => netsim.view.question);
    assert.equal((await page.position()).t, lecture[0].t);
    await ask(page, lecture[0]);
    assert.match(await page.page.locator('.t-node[aria-label^="Router B"]').getAttribute('aria-label'), /cost 2 to c/);
    await page.page.locator('.question input').blur();
    await nothingLater(page);
    await page.key('w');
    assert.match(await page.text('.why-panel:not([hidden])'), /Hidden until predicted/);
    await page.key('l');
    // Scrubbing does not lead past it either.
    await page.page.evaluate(() => netsim.act('goTime', netsim.trace.end));
    assert.equal((await page.position()).t, lecture[0].t);

    // A wrong answer is told, and what is right.
    await page.goto('t=19.95&predict=1');
    await page.calm();
    await page.key('Shift+ArrowRight');
    await page.until(() => netsim.view.question);
    await page.page.keyboard.type('7');
    await page.key('Enter');
    assert.equal(await page.text('.verdict-box p:first-child'), '✗Predicted 7; it is 4.');
    assert.equal(await page.text('.verdict-box p:last-child'), lecture[0].explain);
    assert.equal(await page.count('.question'), 0);

    // The way back asks again, and the right answer is told to be right.
    await page.keys('ArrowLeft', 'ArrowLeft');
    assert.equal(await page.count('.verdict-box'), 0);
    for (let i = 0; i < 6 && !(await page.count('.question')); i++) await page.key('ArrowRight');
    await ask(page, lecture[0]);
    await page.page.keyboard.type('4');
    await page.key('Enter');
    assert.equal(await page.text('.verdict-box p:first-child'), '✓Predicted 4: right.');
  });
  claim('choices can be chosen, and the page asks questions of its own', 'count_to_infinity', async (page, data) => {
    const [, [t, words, choices, answer]] = data.run(data.report.first).replay.lecture,
      seen = [];
    await page.calm();
    await page.goto('t=20.2&predict=1');
    for (let i = 0; i < 20; i++) {
      await page.key('Shift+ArrowRight');
      if (!(await page.count('.question'))) continue;
      const question = await page.page.evaluate(() => ({ kind: netsim.view.question.kind, answer: netsim.view.question.answer }));
      if (question.kind === 'lecture') break;
      const said = await page.text('.question h2');
      seen.push(said);
      assert.match(said, /What does . now think c costs\?$/);
      const [, who] = /What does (.) now/.exec(said),
        before = await page.page.locator(`.t-node[aria-label^="Router ${who}"]`).getAttribute('aria-label');
      assert.match(before, /hidden/);
      await page.page.keyboard.type(question.answer);
      await page.key('Enter');
      assert.match(await page.text('.verdict-box'), /right/);
      assert.match(
        await page.page.locator(`.t-node[aria-label^="Router ${who}"]`).getAttribute('aria-label'),
        new RegExp(`cost ${question.answer} to c`),
      );
    }
    assert.ok(seen.length > 0, 'it asked nothing of its own');
    assert.equal((await page.position()).t, t);
    await ask(page, { ask: words });
    assert.deepEqual(await page.texts('.question .choice'), choices);
    await page.page.locator('.question .choice', { hasText: answer }).click();
    assert.equal(await page.page.locator('.question .choice[aria-pressed=true]').textContent(), answer);
    await page.page.locator('.question .go').click();
    assert.match(await page.text('.verdict-box'), /right/);
  });
  claim('charts and results are veiled while predicting', 'fairness', async page => {
    await page.calm();
    await page.goto('t=10&predict=1&tab=charts');
    assert.ok(await page.page.locator('#panel-charts .fig-veil').first().isVisible());
    assert.equal(
      await page.page
        .locator('#panel-charts .fig-future')
        .evaluateAll(list => list.filter(element => getComputedStyle(element).display !== 'none').length),
      0,
    );
    await page.tab('results');
    assert.ok((await page.text('#panel-results')).startsWith('Hidden while predicting'));
    assert.equal(
      await page.page.locator('#panel-results section').evaluateAll(list => list.filter(element => element.checkVisibility()).length),
      0,
    );
    await page.page.locator('#panel-results .fig-hidden-note button').click();
    assert.ok(await page.page.locator('#panel-results section').first().isVisible());
  });
  for (const [experiment, stage] of [
    ['stop_and_wait_vs_pipelining', 'ladder'],
    ['fairness', 'flows'],
    ['dijkstra_step_by_step', 'network'],
    ['hijack_more_specific', 'network'],
  ]) {
    claim('questions of the lecture are met on the way to the end', experiment, async (page, data) => {
      await page.calm();
      await page.goto(`predict=1&stage=${stage}`);
      const { lecture } = data.run(data.report.first).replay,
        met = [];
      for (let i = 0; i < 400 && met.length < lecture.length; i++) {
        await page.key((await page.count('.question')) ? 'Enter' : 'End');
        const question = await page.page.evaluate(
          () => netsim.view.question && { kind: netsim.view.question.kind, ask: netsim.view.question.ask },
        );
        if (question?.kind === 'lecture' && met.at(-1) !== question.ask) {
          met.push(question.ask);
          await page.page.evaluate(() => netsim.act('reveal'));
          assert.equal(await page.count('.verdict-box'), 1);
        } else if (question) await page.page.evaluate(() => netsim.act('reveal'));
      }
      assert.deepEqual(
        met,
        lecture.map(([, ask]) => ask),
      );
    });
  }
});

// ---- by keyboard alone ----------------------------------------------------------------------------------------------

chapter('keyboard', () => {
  // Tab by Tab through what is shown: each stop says its name and shows the focus.
  async function tour(page, where) {
    await page.blur();
    await page.page.evaluate(() => {
      told.stops = new WeakSet();
    });
    const stops = [];
    for (let i = 0; i < 200; i++) {
      await page.key('Tab');
      const isNew = await page.page.evaluate(() => {
        const element = document.activeElement;
        if (element === document.body || told.stops.has(element)) return false;
        told.stops.add(element);
        return true;
      });
      if (!isNew) break;
      const stop = await focusShown(page);
      assert.ok(stop.shows, `${where}: the focus on ${stop.tag} “${stop.name}” is not seen`);
      assert.ok(stop.name, `${where}: ${stop.tag} ${stop.role} has no name`);
      assert.ok(stop.isInside, `${where}: “${stop.name}” is out of sight`);
      stops.push(stop);
    }
    return stops;
  }
  for (const experiment of ['count_to_infinity', 'stop_and_wait_vs_pipelining', 'fairness', 'dijkstra_step_by_step']) {
    claim('a tour with Tab reaches everything, and the focus is seen', experiment, async page => {
      await page.calm();
      await page.goto();
      for (const tab of await page.tabs()) {
        await page.page.evaluate(id => netsim.act('tab', id), tab);
        for (const stage of tab === 'replay' ? await page.stages() : ['']) {
          if (stage) {
            await page.page.evaluate(id => netsim.act('stage', id), stage);
            await page.blur();
            await page.keys('Home', 'ArrowRight');
          }
          const stops = await tour(page, `${tab} ${stage}`),
            has = holds => stops.some(holds);
          assert.ok(
            has(({ role }) => role === 'tab') && has(({ id }) => id === 'style') && has(({ id }) => id === 'keysButton'),
            `${tab}: the header`,
          );
          if (tab === 'replay')
            assert.ok(
              has(({ role }) => role === 'slider') &&
                ['play', 'eventFwd', 'eventBack', 'predict', 'bookmark'].every(act => has(stop => stop.act === act)),
              `${stage}: playhead and deck`,
            );
        }
      }
    });
  }
  claim('letters, arrows and Enter do all that the mouse does', 'count_to_infinity', async page => {
    await page.calm();
    await page.goto();
    // Tabs, by the arrows that readers of screens expect.
    await page.page.locator('#tab-replay').focus();
    const tabs = await page.tabs();
    for (const tab of [...tabs.slice(1), tabs[0]]) {
      await page.key('ArrowRight');
      assert.ok(await page.isVisible(`#panel-${tab}`), tab);
    }
    await page.key('t');
    assert.ok(await page.isVisible(`#panel-${tabs[1]}`));
    await page.page.locator('#tab-charts').press('Home');
    assert.ok(await page.isVisible('#panel-replay'));
    // A router, by Enter.
    await page.page.locator('.t-node[aria-label^="Router B"]').focus();
    await page.key('Enter');
    await page.until(() => location.hash.includes('router=B'));
    await page.key('Escape');
    await page.until(() => !location.hash.includes('router='));
    // The playhead, by arrows; the speed; panels.
    await page.page.locator('.net-chart [role=slider]').focus();
    await page.keys('ArrowRight', 'ArrowUp');
    assert.ok((await page.position()).k >= 2);
    await page.page.locator('[data-act=play]').focus();
    await page.key('ArrowUp');
    assert.equal(await page.page.locator('#deck .speed').inputValue(), '2');
    await page.key('w');
    assert.ok(await page.isVisible('.why-panel'));
    await page.key('l');
    assert.ok(!(await page.isVisible('.why-panel')));
    await page.key('q');
    assert.equal(await page.page.locator('[data-act=predict]').getAttribute('aria-pressed'), 'true');
    await page.key('q');
    await page.key('g');
    assert.ok((await page.count('dialog[open] tbody tr')) > 3);
    await page.key('Escape');
    // Letters are those of what is written while somebody writes.
    await page.page.locator('#style').focus();
    const { k } = await page.position();
    await page.key('n');
    assert.equal((await page.position()).k, k);
  });
  claim(
    'packets of a ladder can be chosen one after the other by key',
    'stop_and_wait_vs_pipelining',
    async page => {
      await page.blur();
      await page.key('.');
      await page.until(() => location.hash.includes('packet='));
      const first = (await page.hash()).packet;
      assert.ok(await page.isVisible('#stage-ladder .packet-panel'));
      await page.key('.');
      await page.until(number => new URLSearchParams(location.hash.slice(1)).get('packet') !== number, first);
      await page.key(',');
      await page.until(number => new URLSearchParams(location.hash.slice(1)).get('packet') === number, first);
    },
    { hash: 'stage=ladder&e=4' },
  );
  claim('the list of keys opens and closes, and letters can be switched off', 'count_to_infinity', async page => {
    await page.key('?');
    assert.ok(await page.isVisible('dialog[open] .keys'));
    assert.ok((await page.count('dialog[open] .keys kbd')) > 20);
    await page.page.locator('dialog[open] input[type=checkbox]').click();
    await page.key('Escape');
    await page.until(() => !document.querySelector('dialog'));
    await page.key('m');
    assert.ok(!(await page.page.evaluate(() => netsim.userMarks.length)));
    await page.page.locator('#keysButton').press('Enter');
    await page.page.locator('dialog[open] input[type=checkbox]').click();
    await page.key('Escape');
    assert.equal(await page.page.evaluate(() => document.activeElement.id), 'keysButton');
  });
  claim('styles follow each other by key, and a link keeps them', 'count_to_infinity', async page => {
    const style = () => page.page.evaluate(() => document.documentElement.dataset.style),
      paper = () => page.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(await style(), 'light');
    const papers = [await paper()];
    for (const next of ['dark', 'projector']) {
      await page.key('s');
      assert.equal(await style(), next);
      papers.push(await paper());
    }
    assert.equal(new Set(papers).size, 3);
    await page.until(() => location.hash.includes('style=projector'));
    await page.goto('style=dark');
    assert.equal(await style(), 'dark');
  });
});

// ---- for everyone ---------------------------------------------------------------------------------------------------

chapter('audit', () => {
  for (const experiment of AUDITED)
    for (const style of ['light', 'dark', 'projector']) {
      claim(`the audit finds nothing serious in the ${style} style`, experiment, async page => {
        await page.calm();
        await page.goto(`style=${style}`);
        const found = [];
        // Other styles have other colours; all else is the same.
        const rules = style === 'light' ? null : ['color-contrast'];
        // An experiment is thousands of words that all look alike.
        const tabs = (await page.tabs()).filter(tab => tab !== 'experiment' || experiment === AUDITED[0]);
        for (const tab of tabs) {
          await page.page.evaluate(id => netsim.act('tab', id), tab);
          for (const stage of tab === 'replay' ? await page.stages() : ['']) {
            if (stage) {
              await page.page.evaluate(id => netsim.act('stage', id), stage);
              await page.blur();
              await page.keys('Home', 'Shift+ArrowRight', 'Shift+ArrowRight', 'Shift+ArrowRight');
            }
            found.push(...(await seriousFindings(page, rules)).map(words => `${tab} ${stage}: ${words}`));
          }
        }
        assert.deepEqual(found, []);
      });
    }
  claim('the audit finds nothing serious while something is asked, selected or open', 'count_to_infinity', async page => {
    await page.calm();
    await page.goto('t=22.5&router=B&panel=why');
    const found = await seriousFindings(page);
    await page.key('?');
    found.push(...(await seriousFindings(page)));
    await page.key('Escape');
    await page.goto('t=19.95&predict=1');
    await page.key('Shift+ArrowRight');
    await page.until(() => netsim.view.question);
    found.push(...(await seriousFindings(page)));
    await page.key('Enter');
    found.push(...(await seriousFindings(page)));
    assert.deepEqual(found, []);
  });
  claim('each rest is said once, and never while playing', 'count_to_infinity', async page => {
    await page.calm();
    await page.goto('t=19.99');
    await page.keys('ArrowRight');
    await page.until(() => document.querySelector('#live').textContent.length > 5);
    const said = await page.text('#live');
    assert.ok(said.includes((await page.text('.net-now h2')).replace(/\.$/, '')), said);
    await page.page.emulateMedia({ reducedMotion: 'no-preference' });
    await page.key('Space');
    await page.until(t => netsim.player.t > t, (await page.position()).t);
    assert.equal(await page.text('#live'), said);
    await page.key('Space');
  });
});

// ---- charts ---------------------------------------------------------------------------------------------------------

chapter('charts', () => {
  const chart = '#panel-charts .figbody';
  claim('one cursor is shared, and a click moves it', 'fairness', async (page, data) => {
    await page.calm();
    await page.goto('t=30&tab=charts&chart=throughput');
    const handle = `${chart} [role=slider]`,
      told = () => page.page.locator(handle).getAttribute('aria-valuenow').then(Number);
    assert.ok(Math.abs((await told()) - 30) < 0.01);
    const { x } = await page.middleOf(`${handle} .playhead`);
    const box = await page.page.locator(`${chart} svg`).first().boundingBox();
    await page.page.mouse.click(box.x + box.width * 0.7, box.y + box.height * 0.4);
    await page.rest();
    const seconds = await page.seconds();
    assert.ok(seconds > 60 && seconds < 110, String(seconds));
    assert.ok((await page.middleOf(`${handle} .playhead`)).x > x);
    for (const { name } of data.run(data.report.first).figures.filter(({ panels }) => panels)) {
      await page.page.locator(`.figlist [data-figure="${name}"]`).click();
      if (!(await page.count(handle))) continue;
      if (/^Time/.test(await page.page.locator(handle).getAttribute('aria-label')))
        assert.ok(Math.abs((await told()) - seconds) < 0.01, name);
    }
    // The replay is where the cursor is.
    await page.tab('replay');
    assert.ok(Math.abs((await page.seconds()) - seconds) < 1e-6);
  });
  claim('zoom changes the axis, and the legend hides lines', 'fairness', async page => {
    await page.calm();
    await page.goto('t=30&tab=charts&chart=throughput');
    const axis = () => page.texts(`${chart} svg .axis`),
      whole = await axis(),
      lines = await page.count(`${chart} .line`);
    await page.page.locator('#tab-charts').focus();
    await page.key('z');
    const near = await axis();
    assert.notDeepEqual(near, whole);
    await page.key('z');
    assert.notDeepEqual(await axis(), near);
    await page.key('Shift+Z');
    assert.deepEqual(await axis(), whole);
    const entry = page.page.locator('#panel-charts .lg').first();
    await entry.click();
    assert.ok((await page.count(`${chart} .line`)) < lines);
    assert.equal(await entry.getAttribute('aria-pressed'), 'false');
    await entry.click();
    assert.equal(await page.count(`${chart} .line`), lines);
  });
  for (const experiment of ['fairness', 'count_to_infinity', 'stop_and_wait_vs_pipelining']) {
    claim('each chart is a table and a file, too', experiment, async page => {
      await page.goto('tab=charts');
      const buttons = await page.page.locator('.figlist button').all();
      for (let i = 0; i < Math.max(1, buttons.length); i++) {
        if (buttons.length) await buttons[i].click();
        const title = await page.text('#panel-charts .figtitle h2');
        await page.page.locator('#panel-charts .figtitle button', { hasText: 'Table' }).click();
        const rows = await page.count('dialog[open] tbody tr'),
          heads = await page.texts('dialog[open] thead th');
        assert.ok(rows > 0 && heads.length > 1, title);
        if (i === 0) {
          const [download] = await Promise.all([
            page.page.waitForEvent('download'),
            page.page.locator('dialog[open] .foot button', { hasText: 'Download' }).click(),
          ]);
          const lines = fs
            .readFileSync(await download.path(), 'utf8')
            .trim()
            .split('\n');
          assert.match(download.suggestedFilename(), /\.csv$/);
          assert.equal(lines[0].replace(/"/g, ''), heads.join(','));
          assert.ok(rows === 2000 ? lines.length > rows : lines.length === rows + 1, `${lines.length} lines, ${rows} rows`);
        }
        await page.key('Escape');
        const link = page.page.locator('#panel-charts .figtitle a');
        if (await link.count())
          assert.ok(
            fs.existsSync(path.join(path.dirname(page.file), await link.getAttribute('href'))),
            `${title}: ${await link.getAttribute('href')}`,
          );
      }
    });
  }
});

// ---- results, experiment, paper -------------------------------------------------------------------------------------

chapter('results', () => {
  for (const experiment of ['fairness', 'count_to_infinity', 'stop_and_wait_vs_pipelining']) {
    claim('numbers are those of summary.json', experiment, async (page, data) => {
      const { folder: place, seed } = data.report.runs[data.report.first],
        summary = JSON.parse(fs.readFileSync(path.join(folder, experiment, place, 'summary.json'), 'utf8'));
      assert.deepEqual(data.run(data.report.first).summary, summary);
      await page.tab('results');
      const facts = Object.fromEntries(
        await page.page
          .locator('#panel-results .facts-list > div')
          .evaluateAll(list => list.map(({ children: [name, value] }) => [name.textContent, value.textContent])),
      );
      assert.equal(facts['packets sent'], countText(summary.packets.sent));
      assert.equal(facts.delivered, countText(summary.packets.delivered));
      assert.equal(facts.fingerprint, summary.fingerprint);
      assert.equal(facts.seed, String(seed));
      const flows = await page.tableIn('#panel-results table:has(caption:text-is("Flows"))'),
        column = flows.columns.indexOf('goodput');
      assert.deepEqual(
        flows.rows.map(row => [row[0], row[column]]),
        summary.flows.map(flow => [flow.name, bitRateText(flow.goodput_bps).replace(/\s+/g, ' ')]),
      );
      const links = await page.tableIn('#panel-results table:has(caption:text-is("Links"))');
      assert.deepEqual(
        links.rows.map(([name]) => name).sort(),
        summary.links
          .filter(({ bytes, packets }) => bytes > 0 || packets > 0)
          .map(({ name }) => name)
          .sort(),
      );
      const expected = summary.expectations.map(({ met }) => (met ? '✓ met' : '✗ not met'));
      assert.deepEqual(
        (await page.texts('#panel-results .expect')).length > 0
          ? (await page.texts('#panel-results .expect:last-of-type .tick')).slice(-expected.length)
          : [],
        expected,
      );
    });
    claim('the whole experiment is there, with its files', experiment, async (page, data) => {
      await page.tab('experiment');
      JSON.parse(await page.page.locator('pre.source').textContent());
      const facts = await page.text('#panel-experiment .facts-list');
      for (const words of [`seed${data.report.runs[0].seed}`, `netsim${data.report.netsim}`])
        assert.ok(facts.replace(/\s/g, '').includes(words.replace(/\s/g, '')), words);
      const files = await page.page
        .locator('#panel-experiment .files a')
        .evaluateAll(list => list.map(link => link.getAttribute('href')));
      assert.deepEqual(files, data.report.files);
      for (const name of files) assert.ok(fs.existsSync(path.join(folder, experiment, name)), name);
    });
  }
  claim('a sweep lists its runs, and each can be opened', 'stop_and_wait_vs_pipelining', async (page, data) => {
    await page.tab('results');
    const rows = page.page.locator('#panel-results table:has(caption:text-is("All runs")) tbody tr'),
      { runs } = data.report.sweep.summary;
    assert.equal(await rows.count(), runs.length);
    await rows.nth(4).locator('button').click();
    await page.until(() => new URLSearchParams(location.hash.slice(1)).get('run') === '4');
    assert.equal(await rows.nth(4).getAttribute('aria-current'), 'true');
  });
  for (const experiment of Object.keys(STEPPED)) {
    claim('a moment of the replay is printed on one page', experiment, async page => {
      await page.calm();
      await page.goto();
      await page.keys('Shift+ArrowRight', 'Shift+ArrowRight');
      await page.page.emulateMedia({ media: 'print' });
      assert.ok(!(await page.isVisible('#deck')), 'controls are printed');
      const paper = (await page.page.pdf({ format: 'A4', landscape: true })).toString('latin1');
      assert.equal((paper.match(/\/Type\s*\/Page\b(?!s)/g) || []).length, 1);
      await page.page.emulateMedia({ media: 'screen' });
      assert.ok((await page.page.locator('#facts').textContent()).includes('seed'));
    });
  }
});
