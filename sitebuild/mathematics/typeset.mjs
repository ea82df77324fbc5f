// Typesets the TeX of whole HTML pages, once, with MathJax.
//
// Reads lines of JSON from standard input: the name of a `page` and its `text`. Prints a
// line for each: the page, its HTML with the formulas typeset, the style sheet that these
// need, each formula as plain text, and one message per broken formula. A page that has
// such formulas has no HTML.

import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import {fileURLToPath} from 'node:url';
import {mathjax} from '@mathjax/src/mjs/mathjax.js';
import {TeX} from '@mathjax/src/mjs/input/tex.js';
import {CHTML} from '@mathjax/src/mjs/output/chtml.js';
import {liteAdaptor} from '@mathjax/src/mjs/adaptors/liteAdaptor.js';
import {RegisterHTMLHandler} from '@mathjax/src/mjs/handlers/html.js';
import {AssistiveMmlHandler} from '@mathjax/src/mjs/a11y/assistive-mml.js';
import {MathJaxNewcmFont} from '@mathjax/mathjax-newcm-font/mjs/chtml.js';
import '@mathjax/src/mjs/util/asyncLoad/esm.js';
import '@mathjax/src/mjs/util/entities/all.js'; // pages may write &para;
import '@mathjax/src/mjs/input/tex/base/BaseConfiguration.js';
import '@mathjax/src/mjs/input/tex/ams/AmsConfiguration.js';
import '@mathjax/src/mjs/input/tex/boldsymbol/BoldsymbolConfiguration.js';
import '@mathjax/src/mjs/input/tex/configmacros/ConfigMacrosConfiguration.js';
import '@mathjax/src/mjs/input/tex/mathtools/MathtoolsConfiguration.js';
import '@mathjax/src/mjs/input/tex/newcommand/NewcommandConfiguration.js';
import {plainText} from './plain.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const macros = JSON.parse(fs.readFileSync(path.join(here, 'macros.json'), 'utf8'));

const adaptor = liteAdaptor({fontSize: 16});
AssistiveMmlHandler(RegisterHTMLHandler(adaptor));
const output = new CHTML({
  fontData: new MathJaxNewcmFont({fontURL: 'fonts'}),
  displayOverflow: 'scroll',
  linebreaks: {inline: true}, // long formulas in the text break on phones
  matchFontHeight: false,
});

// The TeX of a formula, short enough for a message.
function texOf(item) {
  return item.math.replace(/\s+/g, ' ').trim().slice(0, 120);
}

// Typesets a page and gives its HTML, or none if a formula is broken.
async function typeset(source, report, texts) {
  const tex = new TeX({
    packages: ['base', 'ams', 'boldsymbol', 'configmacros', 'mathtools', 'newcommand'],
    inlineMath: [['\\(', '\\)'], ['$', '$']],
    displayMath: [['\\[', '\\]'], ['$$', '$$']],
    processEscapes: true,
    tags: 'none',
    macros,
    formatError: (_jax, error) => { throw error; },
  });
  const doc = mathjax.document(source, {
    InputJax: tex,
    OutputJax: output,
    skipHtmlTags: ['script', 'noscript', 'style', 'textarea', 'pre', 'code'],
    compileError: (_doc, item, error) => report(item, error.message),
    typesetError: (_doc, item, error) => report(item, error.message),
  });
  doc.findMath({elements: ['.arithmatex', '.jp-RenderedMarkdown', '.jp-RenderedLatex']});
  await doc.renderPromise();
  for (const item of doc.math) {
    texts[item.math.replace(/\s+/g, ' ').trim()] = plainText(item.root);
    item.root?.walkTree((node) => {
      if (node.attributes?.getExplicit?.('class') === 'MathJax_ref') {
        const texts = [];
        node.walkTree((leaf) => { if (leaf.isToken) texts.push(leaf.getText()); });
        if (texts.join('').includes('???')) report(item, 'no equation has the label named');
      }
    });
    if (item.typesetRoot) adaptor.setAttribute(item.typesetRoot, 'data-tex', item.math.trim().replace(/\s+/g, ' '));
  }
  return `<!doctype html>\n${tidy(adaptor.outerHTML(adaptor.root(doc.document)))}\n`;
}

// Leaves out what no page needs, anchors that stand above their formula already, and
// names the width of a formula and of its tag, with which the site's style sheet puts the
// tag below where both do not fit.
function tidy(html) {
  return html
    .replace(/<style id="MJX-CHTML-styles">[\s\S]*?<\/style>/, '') // in math.css instead
    .replace(/ data-latex(-item)?="[^"]*"/g, '') // each formula has its TeX once
    .replaceAll(' style="height: NaNem;"', '')
    .replace(/(?<=<mjx-mtd) id="[^"]+"/g, (id) => (html.includes(`class="beside"${id}`) ? '' : id))
    .replace(
      /<mjx-table style="width: auto; min-width: ([\d.]+em); margin: 0 ([\d.]+em);">/g,
      '<mjx-table style="--formula: $1; --tag: $2;">',
    );
}

// The style sheet of the formulas since the last call, which forgets them.
function takeStyles() {
  const empty = mathjax.document('', {InputJax: new TeX({}), OutputJax: output});
  const text = adaptor.cssText(output.styleSheet(empty));
  output.clearCache();
  return text;
}

for await (const line of readline.createInterface({input: process.stdin})) {
  const {page, text} = JSON.parse(line);
  const broken = new Map();
  const report = (item, message) => {
    const told = `${page}: ${message} in the formula ${texOf(item)}`;
    if (!broken.has(item)) broken.set(item, told);
  };
  const texts = {};
  let html = '';
  try {
    html = await typeset(text, report, texts);
  } catch (error) {
    if (!broken.size) throw new Error(`${page}: ${error.message}`);
  }
  if (broken.size) html = '';
  const problems = [...broken.values()];
  console.log(JSON.stringify({page, html, styles: takeStyles(), texts, problems}));
}
