// Running, and the report beside the text.

import { $, countText, el, note, seconds, timeText, announce } from './dom.js';
import { ask } from './api.js';

const POLL_MS = 200;

/** The right pane. `app` gives file, text and style, and is told what somebody chooses in the report. */
export function makeRunner(app) {
  let job = null, frame = null, shown = null, place = '';

  /** Where the report begins: where the last one stood, in the style of this page. Numbers of events, packets and bookmarks
      mean something else in another run. */
  function hash(isSameRun) {
    const values = new URLSearchParams(place);
    for (const name of isSameRun ? [] : ['e', 'b', 'packet', 'message']) values.delete(name);
    values.set('style', document.documentElement.dataset.style);
    return `#${values}`;
  }
  function show(page, isReport) {
    shown = isReport ? page : null;
    const next = el('iframe', { class: 'coming', title: 'Report of the run', sandbox: 'allow-scripts allow-downloads', src: page + (isReport ? hash(false) : '') });
    // The report before stays until this one can be seen.
    next.addEventListener('load', () => reveal(next), { once: true });
    frame = next;
    $('#stage').append(next);
    const alone = $('#alone');
    alone.href = page;
    alone.hidden = false;
  }

  function reveal(next) {
    if (frame !== next) return;
    for (const other of [...$('#stage').children]) if (other !== next) other.remove();
    next.classList.remove('coming');
  }

  function draw(said) {
    const { progress } = said;
    const isOver = said.state === 'ended';
    $('#stop').disabled = isOver || said.state === 'stopping';
    $('#meter').hidden = isOver;
    const percent = Math.round(progress.share * 100);
    $('#meter').setAttribute('aria-valuenow', percent);
    $('#meter i').style.width = `${percent}%`;
    const parts = {
      waiting: ['waiting for the run before'],
      checking: ['checking'],
      stopping: ['stopping'],
      running: progress.end_s ? [
        progress.runs > 1 && `run ${progress.run + 1} of ${progress.runs}`,
        `${timeText(progress.now_s, progress.end_s)} of ${timeText(progress.end_s)}`,
        progress.elapsed_s > 0 && `${countText(progress.events / progress.elapsed_s)} events/s`,
        percent >= 100 && 'drawing',
      ] : ['starting'],
      ended: progress.events ? [`${countText(progress.events)} events in ${Number(progress.elapsed_s.toFixed(2))} s`] : [''],
    };
    $('#state').textContent = parts[said.state].filter(Boolean).join(' · ');
  }

  function conclude(said) {
    const isBad = !['done', 'missed', 'stopped'].includes(said.outcome);
    const line = $('#outcome');
    line.hidden = !said.words;
    line.textContent = said.words;
    line.classList.toggle('bad', isBad);
    if (said.page) show(said.page, said.is_report);
    if (said.outcome === 'invalid') app.onRemarks(said.remarks);
    announce(said.words || 'The run is done; its report is shown.');
  }

  async function follow(id) {
    while (job === id) {
      let said;
      try {
        said = await ask('progress', { job: id });
      } catch (error) {
        if (job === id) fail(error);
        return;
      }
      if (job !== id) return;
      draw(said);
      if (said.state === 'ended') return conclude(said);
      await new Promise(resolve => setTimeout(resolve, POLL_MS));
    }
  }
  function fail(error) {
    $('#stop').disabled = true;
    $('#meter').hidden = true;
    note(error.message, true);
  }

  // What somebody clicks in the report. It has no origin of its own, so it is known by its window.
  addEventListener('message', event => {
    const said = event.data;
    if (!frame || event.source !== frame.contentWindow || !said || typeof said !== 'object') return;
    if (said.netsim === 'place' && typeof said.hash === 'string') place = said.hash.replace(/^#/, '').slice(0, 500);
    if (said.netsim === 'select') {
      const name = typeof said.link === 'string' ? said.link : typeof said.router === 'string' ? said.router : null;
      const t = typeof said.t === 'number' ? said.t : seconds(String(said.t));
      if (name !== null) app.onSelect(name, Number.isFinite(t) && t >= 0 ? t : null);
    }
  });

  return {
    async start() {
      try {
        $('#outcome').hidden = true;
        const said = await ask('run', { file: app.file, text: app.text() });
        job = said.id;
        draw(said);
        follow(job);
      } catch (error) {
        fail(error);
      }
    },
    async stop() {
      if (job) await ask('stop', { job }).then(draw, fail);
    },
    /** The style of the page has changed: the report stays where it is. */
    restyle() {
      if (frame && shown) frame.src = shown + hash(true);
    },
    /** Another experiment: its report is not here yet. */
    clear() {
      job = null;
      frame = shown = null;
      place = '';
      $('#stage').replaceChildren(el('p', { class: 'empty' }, 'The report stands here after a run: press Run, or Ctrl+Enter.'));
      for (const id of ['#alone', '#meter', '#outcome']) $(id).hidden = true;
      $('#stop').disabled = true;
      $('#state').textContent = '';
    },
  };
}
