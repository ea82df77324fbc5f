// Run inside a page by test_browser.py: what a reader would see going wrong.
async () => {
  const problems = [];
  const formulas = [...document.querySelectorAll('.arithmatex')];
  for (const formula of formulas) {
    if (!formula.querySelector('mjx-container')) {
      problems.push(`not typeset: ${formula.textContent.slice(0, 60)}`);
    }
  }
  if (document.querySelector('mjx-merror, merror')) problems.push('a formula shows an error');

  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const opaque = 'pre, code, script, style, noscript, mjx-container, textarea';
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (/\\\(|\\\[|\$\$|\\begin\{|\\frac|<%|%>/.test(node.data) && !node.parentElement.closest(opaque)) {
      problems.push(`raw source in the text: ${node.data.trim().slice(0, 60)}`);
    }
  }

  const closed = [...document.querySelectorAll('article details:not([open])')];
  for (const fold of closed) fold.open = true;
  for (const formula of formulas.filter((f) => f.matches('div'))) {
    const boxes = [formula, ...formula.querySelectorAll('mjx-container')];
    const name = formula.querySelector('[data-tex]').dataset.tex.slice(0, 60);
    if (innerWidth >= 1280 && boxes.some((box) => box.scrollWidth > box.clientWidth)) {
      problems.push(`a formula is cut: ${name}`);
    }
    const tag = formula.querySelector('mjx-labels');
    const right = formula.getBoundingClientRect().right;
    if (tag && tag.getBoundingClientRect().right > right + 1) problems.push(`a tag is out of sight: ${name}`);
  }
  for (const fold of closed) fold.open = false;

  // Links and buttons outside of running text are large enough to be hit.
  const targets = '.md-tabs a, .md-path a, .md-nav a, .md-footer a, button, summary, article label, .beside a';
  for (const target of document.querySelectorAll(targets)) {
    const {width, height} = target.getBoundingClientRect();
    if (width && target.checkVisibility({visibilityProperty: true, opacityProperty: true}) && Math.min(width, height) < 23.9) {
      problems.push(`a small target: ${target.textContent.trim() || target.className}, ${width} x ${height}`);
    }
  }

  const paints = (image) => {
    const canvas = document.createElement('canvas');
    canvas.width = 64;
    canvas.height = 64;
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0, 64, 64);
    const data = context.getImageData(0, 0, 64, 64).data;
    const first = data.slice(0, 4).join();
    for (let i = 4; i < data.length; i += 4) {
      if (data.slice(i, i + 4).join() !== first) return true;
    }
    return false;
  };
  for (const image of document.images) {
    if (image.dataset.seen) continue; // drawing a figure takes long, so once is enough
    image.dataset.seen = 'yes';
    image.loading = 'eager';
    await image.decode().catch(() => {});
    if (!image.naturalWidth) problems.push(`image not loaded: ${image.src}`);
    else if (!paints(image)) problems.push(`image is blank: ${image.src}`);
    if (!image.alt) problems.push(`image without alt text: ${image.src}`);
  }
  for (const figure of document.querySelectorAll('article img[width]')) {
    const width = figure.clientWidth; // 0 for the variant that is hidden
    if (width > figure.closest('p, figure').clientWidth) problems.push(`does not fit: ${figure.currentSrc}`);
    if (width && width < 0.8 * figure.naturalWidth) problems.push(`small type: ${figure.currentSrc}`);
  }

  // Cards of one height leave no holes in a grid.
  const cards = [...document.querySelectorAll('.mkd-glr-thumbcontainer')];
  const heights = new Set(cards.map((card) => Math.round(card.offsetHeight)));
  if (heights.size > 1) problems.push(`cards of different heights: ${[...heights]}`);

  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    problems.push(`the page scrolls sideways: ${root.scrollWidth} > ${root.clientWidth}`);
  }
  return problems;
}
