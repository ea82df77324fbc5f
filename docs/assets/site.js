// Everything on the site works without this file. It makes regions that scroll
// sideways reachable with the keyboard.

const regions = ".arithmatex, mjx-container, .md-typeset__scrollwrap, pre, pre > code, .jp-OutputArea-output, p";

function markScrollable() {
  for (const region of document.querySelectorAll(regions)) {
    if (region.scrollWidth > region.clientWidth + 1) {
      region.tabIndex = 0;
    } else {
      region.removeAttribute("tabindex");
    }
  }
}

window.addEventListener("load", markScrollable);
window.addEventListener("resize", markScrollable);
document.addEventListener("toggle", markScrollable, true);
