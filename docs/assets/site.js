// Everything on the site works without this file. It makes regions that scroll
// reachable with the keyboard, enlarges a figure on demand, and lets a reader turn one
// with three dimensions.

const regions = ".arithmatex, mjx-container, .md-typeset__scrollwrap, pre, pre > code, .jp-OutputArea-output, p";

let marking = false;

function markScrollable() {
  if (marking) return; // once a frame, however many folds open
  marking = true;
  requestAnimationFrame(() => {
    marking = false;
    const found = [...document.querySelectorAll(regions)].map((region) => {
      const wide = region.scrollWidth > region.clientWidth + 1;
      const long = region.matches("code") && region.scrollHeight > region.clientHeight + 1;
      return [region, wide || long];
    });
    for (const [region, scrolls] of found) { // after all sizes were read, which is fast
      if (scrolls === region.hasAttribute("tabindex")) continue;
      if (scrolls) region.tabIndex = 0;
      else region.removeAttribute("tabindex");
    }
  });
}

window.addEventListener("load", markScrollable);
window.addEventListener("resize", markScrollable);
document.addEventListener("toggle", markScrollable, true);

// Links to what is inside of a fold open it, also where the browser does not.
function openFold() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let fold = target?.closest("details"); fold; fold = fold.parentElement.closest("details")) {
    if (!fold.open) {
      fold.open = true;
      target.scrollIntoView();
    }
  }
}

window.addEventListener("load", openFold);
window.addEventListener("hashchange", openFold);

// A formula is copied as its TeX.
document.addEventListener("copy", (event) => {
  const selection = getSelection();
  if (selection.rangeCount === 0) return;
  const range = selection.getRangeAt(0);
  const around = (node) => (node.nodeType === 1 ? node : node.parentElement).closest("mjx-container");
  const [first, last] = [around(range.startContainer), around(range.endContainer)];
  if (first) range.setStartBefore(first);
  if (last) range.setEndAfter(last);
  const copy = document.createElement("div");
  copy.append(range.cloneContents());
  const formulas = copy.querySelectorAll("mjx-container");
  if (formulas.length === 0) return;
  for (const formula of formulas) {
    const mark = formula.hasAttribute("display") ? "$$" : "$";
    formula.replaceWith(mark + formula.dataset.tex + mark);
  }
  document.body.append(copy); // the text of what is shown has its line breaks
  event.clipboardData.setData("text/plain", copy.innerText.trim());
  copy.remove();
  event.preventDefault();
});

const viewer = document.createElement("dialog");
viewer.className = "viewer";
viewer.setAttribute("aria-label", "Enlarged figure");
viewer.addEventListener("click", () => viewer.close());

function enlarge(image) {
  const copy = new Image();
  copy.alt = image.alt;
  copy.setAttribute("src", image.getAttribute("src")); // never that for narrow pages
  copy.style.setProperty("--shape", image.getAttribute("width") / image.getAttribute("height"));
  const button = document.createElement("button");
  button.textContent = "Close";
  viewer.replaceChildren(button, copy);
  document.body.append(viewer); // the colors of the page's scheme belong to its body
  viewer.showModal();
}

for (const image of document.querySelectorAll("article img:is(.only-light, .only-dark)[width]")) {
  image.tabIndex = 0;
  image.setAttribute("role", "button");
  image.title = "Enlarge";
  image.addEventListener("click", () => enlarge(image));
  image.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault(); // else it would press the button that gets the focus
    enlarge(image);
  });
}

// What turns a figure with three dimensions comes when such a figure is in view.
const solid = new URL("solid/view.js", document.currentScript.src).href;
const inView = new IntersectionObserver((entries) => {
  for (const {isIntersecting, target} of entries) {
    if (!isIntersecting) continue;
    inView.unobserve(target);
    import(solid).then(({show}) => show(target)).catch(() => {}); // the image stays
  }
});
for (const figure of document.querySelectorAll(".solid")) inView.observe(figure);
