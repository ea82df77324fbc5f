// Everything on the site works without this file. It makes regions that scroll
// reachable with the keyboard.

const regions = ".arithmatex, mjx-container, .md-typeset__scrollwrap, pre, pre > code, .jp-OutputArea-output, p";

function markScrollable() {
  for (const region of document.querySelectorAll(regions)) {
    const wide = region.scrollWidth > region.clientWidth + 1;
    const long = region.matches("code") && region.scrollHeight > region.clientHeight + 1;
    if (wide || long) {
      region.tabIndex = 0;
    } else {
      region.removeAttribute("tabindex");
    }
  }
}

window.addEventListener("load", markScrollable);
window.addEventListener("resize", markScrollable);
document.addEventListener("toggle", markScrollable, true);
