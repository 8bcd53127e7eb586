// Improves pages that already work: every function here has a plain way beside it.
const page = document;
const one = (selector) => page.querySelector(selector);

// The menu closes on Escape and on a click outside.
const close = () => page.querySelectorAll("header details[open]").forEach((group) => {
  if (!group.matches(".open")) group.open = false;
});
page.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = one(".menu details[open]");
  close();
  open?.querySelector("summary").focus();
});
page.addEventListener("click", (event) => {
  if (!event.target.closest(".menu")) close();
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
