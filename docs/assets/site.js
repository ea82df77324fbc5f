// Everything on the site works without this file. It makes regions that scroll
// sideways reachable with the keyboard, and enlarges a figure on demand.

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
