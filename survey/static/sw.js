// Opens a questionnaire that is under way without a network. The page itself puts itself into the
// cache when the first answer is given; it is taken out when the answers are sent, so that its
// submission id is never given to a second person.
"use strict";
const PAGES = "minyi-pages";
const FILES = "minyi-files";
addEventListener("install", () => skipWaiting());
addEventListener("activate", event => event.waitUntil(clients.claim()));
addEventListener("fetch", event => {
  const request = event.request, url = new URL(request.url);
  if (request.method != "GET" || url.origin != location.origin) return;
  if (request.mode == "navigate") event.respondWith(page(request, url));
  else if (url.pathname.startsWith("/static/") || url.pathname.startsWith("/q/script/")) {
    event.respondWith(file(request));
  }
});
async function page(request, url) {
  const pages = await caches.open(PAGES);
  try {
    const reply = await fetch(request);
    const done = /^(.*)\/thanks\//.exec(url.pathname);
    if (done && reply.ok) await pages.delete(done[1].toUpperCase());
    return reply;
  } catch (error) {
    const kept = await pages.match(url.pathname.toUpperCase()); // printed codes lead to /Q/
    if (kept) return kept;
    throw error;
  }
}
async function file(request) {
  const files = await caches.open(FILES);
  const kept = await files.match(request);
  if (kept) return kept;
  const reply = await fetch(request);
  if (reply.ok) files.put(request, reply.clone());
  return reply;
}
