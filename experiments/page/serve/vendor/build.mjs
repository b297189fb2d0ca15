// Bundles the editor into editor.js, with the licenses of all that is in it beside: `npm ci && npm run build`.
// With --check nothing is written: it fails if the committed files are not what these packages give.
import { build } from 'esbuild';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
process.chdir(here);

const result = await build({
  entryPoints: ['entry.js'],
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  mainFields: ['module', 'main'],
  legalComments: 'none',
  banner: { js: '/* CodeMirror 6 and jsonc-parser, bundled by build.mjs; licenses in LICENSES.txt. */' },
  metafile: true,
  write: false,
});

/** The package folder that a bundled file lies in. */
function packageOf(file) {
  const parts = file.split('/');
  const at = parts.lastIndexOf('node_modules');
  return at < 0 ? null : parts.slice(0, at + (parts[at + 1].startsWith('@') ? 3 : 2)).join('/');
}

const packages = [...new Set(Object.keys(result.metafile.inputs).map(packageOf).filter(Boolean))].sort();
const licenses = packages.map(folder => {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find(entry => /^licen[cs]e/i.test(entry));
  const text = file ? readFileSync(join(folder, file), 'utf8').trim() : '';
  return `${name} ${version} (${license})\n\n${text}\n`;
});

const outputs = {
  'editor.js': result.outputFiles[0].text,
  'LICENSES.txt': licenses.join(`\n${'-'.repeat(72)}\n\n`),
};
for (const [file, text] of Object.entries(outputs)) {
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    console.error(`${file} is not what its build gives: run npm ci && npm run build in experiments/page/serve/vendor`);
    process.exitCode = 1;
  }
}
console.log(`${packages.length} packages, ${Math.round(outputs['editor.js'].length / 1000)} kB`);
