// Improves pages that already work: every function here has a plain way beside it.
const page = document;
const one = (selector) => page.querySelector(selector);

// The menu: Escape closes the open group, or else the whole menu of a phone; a click outside closes the group.
const group = () => one(".menu details[open]");
page.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && (group() ?? one(".open[open]"));
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});
page.addEventListener("click", (event) => {
  if (group() && !event.target.closest(".menu")) group().open = false;
});

// Sharing beyond plain links. Nothing is loaded, nothing leaves before it is chosen.
const address = one("link[rel=canonical]")?.href ?? location.href;
const title = one("h1")?.textContent.trim() ?? page.title;
const offer = (name, isPossible, act) => {
  const place = one(`[data-script=${name}]`);
  if (!place || !isPossible) return;
  const button = place.querySelector("button");
  place.hidden = false;
  button.addEventListener("click", () => act(button));
};
offer("copy", navigator.clipboard, async (button) => {
  await navigator.clipboard.writeText(address);
  const words = button.textContent;
  button.textContent = button.dataset.done;
  setTimeout(() => { button.textContent = words; }, 2000);
});
offer("sheet", navigator.share, () => navigator.share({ title, url: address }).catch(() => {}));
offer("mastodon", true, (button) => {
  const server = prompt(button.dataset.ask)?.trim().replace(/^(https?:\/\/)?(.*@)?/, "").replace(/\/.*$/, "");
  if (server && /^[\w.-]+\.\w+$/.test(server)) {
    open(`https://${server}/share?text=${encodeURIComponent(`${title} ${address}`)}`, "_blank", "noopener");
  }
});

// At the root, a reader whose language is known here is led there.
if (one("#choose")) {
  const known = [...page.querySelectorAll("#choose a")].map((link) => link.hreflang);
  const wanted = navigator.languages.map((tag) => tag.toLowerCase().split("-")[0]).find((tag) => known.includes(tag));
  if (wanted) location.replace(`/${wanted}/`);
}
