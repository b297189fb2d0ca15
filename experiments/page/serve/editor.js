// The text editor: CodeMirror, with the words of the experiment's schema and the remarks of netsim's checker.

import {
  EditorState, EditorView, HighlightStyle, StreamLanguage, autocompletion, bracketMatching, closeBrackets, closeBracketsKeymap, completionKeymap,
  defaultKeymap, drawSelection, highlightActiveLine, highlightSpecialChars, history, historyKeymap, indentOnInput, indentUnit, keymap, lineNumbers,
  lintGutter, lintKeymap, search, searchKeymap, setDiagnostics, startCompletion, syntaxHighlighting, tags,
} from './vendor/editor.js';
import { $ } from './dom.js';
import { options } from './complete.js';

// JSON with comments, as a stream of words. CodeMirror's own JSON knows no comments.
const language = StreamLanguage.define({
  name: 'experiment',
  startState: () => ({ isInComment: false, depth: 0 }),
  copyState: state => ({ ...state }),
  token(stream, state) {
    if (state.isInComment || stream.match('/*')) {
      state.isInComment = !stream.match(/^.*?\*\//);
      if (state.isInComment) stream.skipToEnd();
      return 'comment';
    }
    if (stream.eatSpace()) return null;
    if (stream.match('//')) { stream.skipToEnd(); return 'comment'; }
    if (stream.match(/^"(?:[^"\\]|\\.)*"?/)) return /^\s*:/.test(stream.string.slice(stream.pos)) ? 'propertyName' : 'string';
    if (stream.match(/^-?\d[\w.+-]*/)) return 'number';
    if (stream.match(/^(true|false|null)\b/)) return 'atom';
    const character = stream.next();
    if ('{['.includes(character)) state.depth += 1;
    if ('}]'.includes(character)) state.depth -= 1;
    return null;
  },
  indent: (state, after, context) => Math.max(0, state.depth - (/^[}\]]/.test(after) ? 1 : 0)) * context.unit,
  languageData: { commentTokens: { line: '//', block: { open: '/*', close: '*/' } }, closeBrackets: { brackets: ['{', '[', '"'] } },
});

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--blue)' },
  { tag: tags.string, color: 'var(--ink)' },
  { tag: tags.number, color: 'var(--orange)' },
  { tag: tags.atom, color: 'var(--plum)' },
  { tag: tags.comment, color: 'var(--teal)', fontStyle: 'italic' },
]);

const theme = EditorView.theme({
  '&': { color: 'var(--ink)', backgroundColor: 'var(--paper)' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.45' },
  '.cm-content': { caretColor: 'var(--ink)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)', borderLeftWidth: '2px' },
  '.cm-gutters': { backgroundColor: 'var(--deck)', color: 'var(--ink-3)', borderRight: '1px solid var(--rule)' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'color-mix(in srgb, var(--deck) 70%, transparent)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'color-mix(in srgb, var(--lit) 75%, transparent)' },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'transparent', outline: '1px solid var(--edge)' },
  '.cm-tooltip': { backgroundColor: 'var(--paper)', color: 'var(--ink)', border: '1px solid var(--edge)', borderRadius: '.3125rem', fontFamily: 'var(--sans)', fontSize: '.9375rem' },
  '.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', fontSize: '.875rem', maxHeight: '16rem' },
  '.cm-tooltip-autocomplete > ul > li': { padding: '.125rem .5rem' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--ink)', color: 'var(--paper)' },
  '.cm-completionDetail': { fontFamily: 'var(--sans)', fontStyle: 'normal', opacity: '.85', marginLeft: '.75rem' },
  '.cm-completionInfo': { padding: '.375rem .625rem', maxWidth: '24rem', lineHeight: '1.35' },
  '.cm-diagnostic': { borderLeftWidth: '3px', padding: '.25rem .5rem' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--alert)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--orange)' },
  '.cm-panels': { backgroundColor: 'var(--deck)', color: 'var(--ink)' },
  '.cm-panel input, .cm-panel button': { fontSize: '.875rem' },
  '.cm-textfield': { backgroundColor: 'var(--paper)', borderColor: 'var(--edge)', color: 'var(--ink)' },
  '.cm-button': { backgroundImage: 'none', backgroundColor: 'var(--paper)', borderColor: 'var(--edge)', color: 'var(--ink)' },
  '.cm-searchMatch': { backgroundColor: 'var(--lit)', color: 'var(--lit-ink)' },
});

/** Completion: where the schema knows something, it is offered. */
function complete(app) {
  return context => {
    const word = context.matchBefore(/[\w"-]+/);
    if (!app.schema || (!context.explicit && !word)) return null;
    const known = options(app.schema, context.state.doc.toString(), context.pos, app.outline);
    if (!known) return null;
    const apply = one => (view, _completion, from, to) => {
      view.dispatch({ changes: { from, to, insert: one.text }, selection: { anchor: from + one.cursor }, userEvent: 'input.complete' });
      if (one.text.endsWith(': ') || one.text.includes('""')) startCompletion(view);
    };
    // The word may begin with a quote, and what is offered for it does not.
    const hasQuote = context.state.sliceDoc(known.from, known.from + 1) === '"';
    const label = one => hasQuote && !one.label.startsWith('"') ? `"${one.label}"` : one.label;
    return {
      from: known.from, to: known.to,
      options: known.options.map(one => ({ label: label(one), displayLabel: one.label, detail: one.detail, info: one.info || undefined, boost: one.boost, apply: apply(one) })),
    };
  };
}

/** The editor in `host`. `app` has the schema and the outline, and is told of changes. */
export function makeEditor(host, app) {
  const extensions = [
    EditorView.cspNonce.of($('meta[name=netsim-nonce]').content),
    lineNumbers(), highlightSpecialChars(), history(), drawSelection(), indentUnit.of('  '), indentOnInput(), bracketMatching(), closeBrackets(),
    highlightActiveLine(), EditorView.lineWrapping, search({ top: true }), language, syntaxHighlighting(colours), theme, lintGutter(),
    autocompletion({ override: [complete(app)], icons: false }),
    keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap]),
    EditorView.contentAttributes.of({ 'aria-label': 'Text of the experiment', spellcheck: 'false', tabindex: '0' }),
    EditorView.updateListener.of(update => {
      if (update.docChanged) app.onText();
      if (update.docChanged || update.selectionSet) app.onCursor();
    }),
  ];
  const stateOf = text => EditorState.create({ doc: text, extensions });
  const view = new EditorView({ state: stateOf(''), parent: host });
  return {
    text: () => view.state.doc.toString(),
    cursor: () => view.state.selection.main.head,
    /** Another experiment: nothing of the one before can be undone into it. */
    open: text => view.setState(stateOf(text)),
    /** The same experiment with a change that can be undone: only what differs is replaced. */
    change(text, from, to) {
      const before = view.state.doc.toString();
      let start = 0, end = 0;
      const shorter = Math.min(before.length, text.length);
      while (start < shorter && before[start] === text[start]) start += 1;
      while (end < shorter - start && before[before.length - 1 - end] === text[text.length - 1 - end]) end += 1;
      const selection = from == null ? undefined : { anchor: to, head: from };
      view.dispatch({ changes: { from: start, to: before.length - end, insert: text.slice(start, text.length - end) }, selection, scrollIntoView: from != null, userEvent: 'input.edit' });
    },
    show(from, to, isFocused = true) {
      const length = view.state.doc.length;
      const [a, b] = [Math.min(from, length), Math.min(to, length)];
      view.dispatch({ selection: { anchor: b, head: a }, effects: EditorView.scrollIntoView(a, { y: 'center' }) });
      if (isFocused) view.focus();
    },
    lineAt: offset => view.state.doc.lineAt(Math.min(offset, view.state.doc.length)).number,
    remark(remarks) {
      const length = view.state.doc.length;
      const of = one => {
        const from = Math.min(one.from ?? 0, length), line = view.state.doc.lineAt(from);
        // What spans lines is marked by its first one.
        const to = Math.max(from, Math.min(one.to ?? from, line.to));
        const message = [one.message, one.suggestion && `Did you mean ${one.suggestion}?`, ...one.help].filter(Boolean).join('\n');
        return { from, to, severity: one.severity, message };
      };
      view.dispatch(setDiagnostics(view.state, remarks.map(of)));
    },
    focus: () => view.focus(),
  };
}
