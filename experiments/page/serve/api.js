// Asking the server. Every request carries the key that the page was given.

import { $ } from './dom.js';

const key = $('meta[name=netsim-key]').content;

/** What the server refuses, in its words; `more` holds what else it says. */
export class Refused extends Error {
  constructor(status, document) {
    super(document.error || `the server answered with status ${status}`);
    this.status = status;
    this.more = document;
  }
}

/** Asks for `what`: with a document it is posted, without it is got. */
export async function ask(what, document) {
  const options = { headers: { 'X-Netsim-Key': key } };
  if (document !== undefined) {
    options.method = 'POST';
    options.headers['Content-Type'] = 'application/json';
    options.body = JSON.stringify(document);
  }
  let answer;
  try {
    answer = await fetch(`/api/${what}`, options);
  } catch {
    throw new Refused(0, { error: 'the server does not answer: has netsim serve ended?' });
  }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, said);
  return said;
}
