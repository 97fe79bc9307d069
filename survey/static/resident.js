// The page's own comfort: it judges at once what the server will judge again, keeps the answers on
// the phone and sends them once. Without this script the form goes page by page to the server.
// Needs `engine` (engine.js), which the server puts in front of it.
(function () {
  "use strict";
  const root = document.documentElement, form = document.getElementById("answers");
  const summary = document.getElementById("faults"), told = document.getElementById("model");
  root.classList.add("js");
  if (summary) summary.focus();
  if (!form || !told) return;

  // As the server made it, to be opened again without a network; one that has answers is not kept.
  const before = root.outerHTML, filled = !!document.getElementById("carried") || !!form.elements[".begun"];
  outbox();
  const model = JSON.parse(told.textContent), words = model.words, rules = model.items;
  const ruleOf = {}, paths = {};
  rules.forEach(rule => {
    ruleOf[rule.n] = rule;
    paths[rule.n] = rule.p;
  });
  const all = (selector, inside) => Array.from((inside || document).querySelectorAll(selector));
  const make = (tag, attributes, text) => {
    const element = document.createElement(tag);
    Object.keys(attributes).forEach(name => element.setAttribute(name, attributes[name]));
    if (text) element.textContent = text;
    return element;
  };
  const say = (key, ...numbers) => numbers.reduce((text, n) => text.replace("%d", n), words[key]);
  const listed = text => text.split(" ").filter(Boolean);

  // --- Controls: a name may be that of radio buttons, boxes, a field, or the selects of a rank.
  function controls(name) {
    const found = form.elements.namedItem(name);
    return !found ? [] : found.forEach ? Array.from(found) : [found];
  }
  const ranked = name => all(`select[data-rank="${name}"]`, form);
  function read(name) {
    const ranks = ranked(name);
    if (ranks.length) return ranks.filter(one => one.value).sort((a, b) => a.value - b.value)
      .map(one => one.dataset.code).join(" ");
    return controls(name).filter(one => one.type == "radio" || one.type == "checkbox" ? one.checked : true)
      .map(one => one.value.trim()).filter(Boolean).join(" ");
  }
  function write(name, text) {
    const codes = listed(text);
    ranked(name).forEach(one => {
      one.value = codes.indexOf(one.dataset.code) + 1 || "";
    });
    controls(name).forEach(one => {
      if (one.type == "radio" || one.type == "checkbox") one.checked = codes.includes(one.value) || one.value == text;
      else if (one.type != "file") one.value = text;
    });
  }
  const named = (name, place) => ruleOf[name].r ? `${name}[${place + 1}]` : name;

  // --- All pages of the form, one in sight.
  const pages = [];
  all("[data-page]", form).forEach(one => {
    const section = one.tagName == "TEMPLATE" ? one.content.firstElementChild : one;
    if (section != one) one.replaceWith(section);
    pages.push(section);
  });
  for (let later; (later = form.querySelector("template[data-later]"));) later.replaceWith(later.content);
  let current = pages.findIndex(one => one.dataset.page == form.elements[".page"].value);
  const carried = document.getElementById("carried");
  if (carried) {
    const kept = all("input", carried).map(one => [one.name, one.value]);
    carried.remove();
    fill(kept);
  }
  function fill(kept) {
    kept.forEach(([name, text]) => {
      if (ruleOf[name] && ruleOf[name].k == "repeat") resize(name, +text);
    });
    kept.forEach(([name, text]) => write(name, text));
  }

  // --- Repeats: the first instance is the pattern of all.
  // part repeats
  const instances = name => all(`[data-instance="${name}"]`, form);
  function resize(name, wanted) {
    const place = form.querySelector(`[data-repeat="${name}"]`);
    if (!place) return;
    let there = instances(name);
    wanted = Math.max(0, Math.min(wanted || 0, model.most));
    while (there.length > Math.max(wanted, 1)) there.pop().remove();
    while (there.length < wanted) {
      const copy = there[0].cloneNode(true), n = there.length + 1;
      all("*", copy).forEach(one => ["name", "id", "for", "href", "data-rank", "data-item", "aria-describedby"].forEach(key => {
        if (one.hasAttribute(key)) one.setAttribute(key, one.getAttribute(key).split("[1]").join(`[${n}]`));
      }));
      all("input, select, textarea", copy).forEach(one => {
        if (one.type == "radio" || one.type == "checkbox") one.checked = false;
        else one.value = "";
      });
      all("[data-number]", copy).forEach(one => { one.textContent = n; });
      there[there.length - 1].after(copy);
      there = instances(name);
    }
    there[0].hidden = wanted < 1;
    write(name, String(wanted));
  }
  form.addEventListener("click", event => {
    const button = event.target.closest("[name='.more'], [name='.less']");
    if (!button) return;
    event.preventDefault();
    const name = button.value, n = +read(name) + (button.name == ".more" ? 1 : -1);
    resize(name, n);
    settle();
    const last = instances(name).pop();
    if (button.name == ".more" && last) last.scrollIntoView();
  });
  // end

  // --- The judge: which questions are open, their values, what is wrong.
  let nodes = {}, open = {}, counts = {};
  const given = model.given, opened = new Date();
  function surroundings(rule, place) {
    return {
      nodes, self: rule.p, refs: paths, repeat: rule.r ? paths[rule.r] : "", instance: place,
      now: new Date(), seed: model.seed, choiceName
    };
  }
  function choiceName(name, code) {
    const inside = form.querySelector(`[data-item="${name}"], [data-item="${name}[1]"]`);
    const one = inside && all("input, option, select[data-code]", inside).find(choice => (choice.dataset.code || choice.value) == code);
    const line = one && (one.closest(".choice") || one);
    return line ? (line.querySelector("span") || line).textContent : code;
  }
  function value(tree, rule, place) {
    try {
      return engine.evaluate(tree, surroundings(rule, place));
    } catch (error) {
      return null;
    }
  }
  const holds = (tree, rule, place) => {
    const found = value(tree, rule, place);
    return found !== null && engine.asBoolean(found);
  };
  function textOf(tree, rule, place) {
    const found = value(tree, rule, place);
    const none = found === null || typeof found == "number" && isNaN(found) || found.ms !== undefined && isNaN(found.ms);
    return none ? "" : engine.asString(found);
  }
  function answer(rule, name) {
    if (name in given) return given[name];
    if (model.area && name == model.area[0] && read(".lives_here") == "1") return model.area[1];
    if (rule.k == "start" || rule.k == "end") return (rule.k == "end" ? new Date() : opened).toISOString();
    return rule.k == "calculate" ? "" : read(name);
  }
  function settle() {
    nodes = {};
    counts = {};
    rules.forEach(rule => {
      nodes[rule.p] = [];
    });
    rules.forEach(rule => {
      if (rule.k == "repeat") return settleRepeat(rule);
      const times = rule.r ? counts[rule.r] || 0 : 1;
      for (let place = 0; place < times; place++) {
        const name = named(rule.n, place);
        let shown = rule.u ? open[named(rule.u, place)] : true;
        shown = shown && !model.hidden.includes(rule.n) && (!rule.e || holds(rule.e, rule, place));
        open[name] = shown;
        if (rule.k != "group") nodes[rule.p][place] = !shown ? "" : rule.x ? textOf(rule.x, rule, place) : answer(rule, name);
      }
    });
    show();
  }
  // part repeats
  function settleRepeat(rule) {
    const shown = (!rule.u || open[rule.u]) && (!rule.e || holds(rule.e, rule, 0));
    open[rule.n] = shown;
    if (rule.t) resize(rule.n, Math.floor(engine.asNumber(value(rule.t, rule, 0)) || 0));
    counts[rule.n] = shown ? +read(rule.n) || 0 : 0;
    nodes[rule.p] = Array(counts[rule.n]).fill("");
    for (let place = 0; place < counts[rule.n]; place++) open[`${rule.n}[${place + 1}]`] = true;
  }
  // end
  const placed = name => {
    const found = /^(.*)\[(\d+)\]$/.exec(name);
    return found ? [found[1], found[2] - 1] : [name, 0];
  };
  function show() {
    const elsewhere = model.area && read(".lives_here") != "0";
    all("[data-item]", form).forEach(element => {
      const name = element.dataset.item;
      if (name == ".lives_here") element.hidden = !open[model.area[0]];
      else element.hidden = !open[name] || elsewhere && name == model.area[0];
    });
    rules.forEach(rule => {
      if (!rule.f) return;
      for (let place = 0; place < (rule.r ? counts[rule.r] : 1); place++) offer(rule, place);
    });
    all("[data-pipe]", form).forEach(element => {
      const item = element.closest("[data-item]"), place = item ? placed(item.dataset.item)[1] : 0;
      element.textContent = piped(element.dataset.pipe, place);
    });
  }
  const piped = (text, place) => text.replace(/\$\{\s*([^\s}]+)\s*\}/g, (_, name) => {
    const texts = nodes[paths[name]] || [""];
    return texts[ruleOf[name] && ruleOf[name].r ? place : 0] || "";
  });
  // part filters
  function offer(rule, place) {
    const around = surroundings(rule, place);
    around.self = "/ choice";
    all(`[data-item="${named(rule.n, place)}"] [data-code]`, form).forEach(element => {
      const columns = rule.o[element.dataset.code] || {}, own = Object.create(nodes);
      Object.keys(columns).forEach(key => { own["/ choice/" + key] = [columns[key]]; });
      around.nodes = own;
      let passes = false;
      try {
        passes = engine.asBoolean(engine.evaluate(rule.f, around));
      } catch (error) { /* what cannot be computed is not offered: so says the judge, too */ }
      element.hidden = !passes;
      if (element.tagName == "OPTION") element.disabled = !passes;
      const box = element.querySelector("input");
      if (!passes && box) box.checked = false;
    });
  }
  // end

  // --- Faults of a page, told as the server tells them.
  const PATTERNS = {integer: /^[+-]?\d{1,15}$/, decimal: /^[+-]?(\d{1,15}(\.\d{0,15})?|\.\d{1,15})$/, date: /^\d{4}-\d\d-\d\d$/, time: /^\d\d:\d\d$/};
  function faultOf(rule, place, name) {
    const text = read(name).normalize("NFKC"), fixed = name in given, consent = form.elements[".geo." + name];
    if (fixed || consent && !consent.checked || model.area && name == model.area[0] && read(".lives_here") == "1") return "";
    if (!text) {
      const required = rule.q === 1 || rule.q && holds(rule.q, rule, place);
      return !required ? "" : piped(rule.s || "", place) || words[rule.k] || words.required;
    }
    if (PATTERNS[rule.k] && !PATTERNS[rule.k].test(text)) return words["bad_" + rule.k];
    const ranks = ranked(name);
    if (ranks.length && listed(text).length < ranks.length) return words.rank;
    return rule.c && !holds(rule.c, rule, place) ? piped(rule.m || "", place) || words.constraint : "";
  }
  function faultsOn(page) {
    const faults = [];
    all("[data-item]", page).forEach(element => {
      const name = element.dataset.item, [base, place] = placed(name), rule = ruleOf[base];
      if (element.closest("[hidden]")) return;
      if (name == ".lives_here") {
        if (!read(name)) faults.push([name, words.yes_or_no]);
      } else if (rule && rule.k != "note" && rule.k != "group" && rule.k != "repeat") {
        const sentence = faultOf(rule, place, name);
        if (sentence) faults.push([name, sentence]);
      }
    });
    return faults;
  }
  function clearFaults() {
    const old = document.getElementById("faults");
    if (old) old.remove();
    all(".fault", form).forEach(one => one.remove());
    all(".wrong", form).forEach(one => one.classList.remove("wrong"));
    all("[aria-invalid]", form).forEach(one => one.removeAttribute("aria-invalid"));
  }
  function tell(faults) {
    clearFaults();
    const box = make("div", {class: "summary", id: "faults", role: "alert", tabindex: "-1"}), list = make("ul", {});
    box.append(make("h2", {}, faults.length > 1 ? say("faults", faults.length) : words.fault), list);
    faults.forEach(([name, sentence]) => {
      const element = document.getElementById("q-" + name), line = make("li", {});
      list.append(line);
      if (!element) return line.append(sentence);
      const label = element.querySelector(".label"), title = label.firstChild.textContent.trim();
      line.append(make("a", {href: "#q-" + name}, `${title} – ${sentence}`));
      element.classList.add("wrong");
      const note = make("p", {class: "fault", id: "f-" + name}, words.note + sentence);
      (element.querySelector(".hint:not(.maybe)") || label).after(note);
      const target = element.matches("fieldset") ? element : element.querySelector("input, select, textarea") || element;
      target.setAttribute("aria-invalid", "true");
      target.setAttribute("aria-describedby", `h-${name} f-${name}`);
    });
    form.before(box);
    box.focus();
    box.scrollIntoView();
  }

  // --- Going from page to page.
  const shows = page => all("[data-item]", page).some(one => !one.hidden && one.dataset.item in open && open[one.dataset.item]) ||
    all("[data-item='.lives_here']", page).some(one => !one.hidden);
  const submit = form.querySelector(".actions .button:not(.plain)");
  let back = form.querySelector("[name='.back']");
  if (!back) {
    back = make("button", {class: "button plain", name: ".back", value: "1"}, words.back);
    submit.after(back);
  }
  const progress = document.querySelector(".progress");
  function following(step) {
    let place = current + step;
    while (pages[place] && !shows(pages[place])) place += step;
    return pages[place] ? place : -1;
  }
  const decides = rule => rule && rule[2] == pages[current].dataset.page; // what follows hangs on it
  function name() {
    const last = following(1) < 0 && !decides(model.consent) && !decides(model.eligible);
    submit.textContent = last || current == pages.length - 1 ? words.submit : words.next;
    back.hidden = following(-1) < 0;
  }
  function turn(place, remember) {
    current = place;
    pages.forEach((page, i) => { page.hidden = i != place; });
    form.elements[".page"].value = pages[place].dataset.page;
    name();
    if (progress) {
      progress.firstChild.textContent = say("progress", place + 1, pages.length) + " ";
      progress.querySelector("progress").value = place + 1;
    }
    if (remember) history.pushState({place}, "");
  }
  function arrive() {
    clearFaults();
    scrollTo(0, 0);
    const heading = pages[current].querySelector("h2") || pages[current].querySelector(".label");
    if (heading) {
      heading.tabIndex = -1;
      heading.focus({preventScroll: true});
    }
  }
  addEventListener("popstate", event => {
    if (event.state && pages[event.state.place]) {
      turn(event.state.place);
      arrive();
    }
  });
  const agreed = rule => !rule || !(rule[0] in ruleOf) || rule[1].includes((nodes[paths[rule[0]]] || [""])[0]);
  const asked = rule => rule && pages.findIndex(page => page.dataset.page == rule[2]) <= current;
  const refused = () => asked(model.consent) && !agreed(model.consent) || asked(model.eligible) && !agreed(model.eligible);
  form.addEventListener("submit", event => {
    const button = event.submitter;
    if (button && button.name == ".back") {
      event.preventDefault();
      const place = following(-1);
      if (place >= 0) {
        turn(place, true);
        arrive();
      }
      return;
    }
    if (button && button.name == ".elder") {
      event.preventDefault();
      return enlarge(button);
    }
    if (button && button.name) return; // another language: the server makes the page anew
    if (form.dataset.sent) return event.preventDefault();
    settle();
    if (asked(model.consent) && !agreed(model.consent) && read(model.consent[0])) return leave();
    const faults = faultsOn(pages[current]);
    if (faults.length) {
      event.preventDefault();
      return tell(faults);
    }
    if (refused()) return leave();
    const place = following(1);
    if (place >= 0) {
      event.preventDefault();
      begun = true;
      turn(place, true);
      keep();
      return arrive();
    }
    if (form.querySelector("input[type=file]") || !model.save) return busy(true);
    event.preventDefault();
    send();
  });
  function leave() { // the server says goodbye, and nothing stays here
    forget();
    busy(true);
  }
  function busy(on) {
    form.dataset.sent = on ? 1 : "";
    all("button", form).forEach(one => one.setAttribute("aria-disabled", on));
    if (on) setTimeout(() => busy(false), 20000); // the network gave no answer: let him try again
  }
  addEventListener("pageshow", event => {
    if (event.persisted) busy(false);
  });

  // --- Larger text and reading aloud; another language keeps what was answered.
  all(".tools a").forEach(link => link.addEventListener("click", event => {
    const language = !link.matches(".size") && /[?&]lang=(\w+)/.exec(link.href);
    if (!language && !link.matches(".size")) return;
    event.preventDefault();
    if (!language) return enlarge(link);
    form.append(make("input", {type: "hidden", name: ".lang", value: language[1]}));
    form.submit();
  }));
  function enlarge(button) {
    const large = root.classList.toggle("elder");
    form.elements[".large"].value = large ? "1" : "";
    if (button.name) button.value = large ? "" : "1";
    button.textContent = large ? words.standard : words.larger;
    aloud();
  }
  function aloud() {
    const speech = window.speechSynthesis;
    if (!speech || !window.SpeechSynthesisUtterance) return;
    all(".aloud", form).forEach(one => one.remove());
    if (!root.classList.contains("elder")) return speech.cancel();
    all(".question, .note", form).forEach(question => {
      const button = make("button", {type: "button", class: "aloud"}, words.aloud);
      button.addEventListener("click", () => {
        const texts = all(".label, .hint:not(.maybe), .choice:not([hidden]) span, option:not([hidden])", question).map(one => one.textContent);
        const utterance = new SpeechSynthesisUtterance(texts.join("。") || question.textContent);
        utterance.lang = root.lang;
        speech.cancel();
        speech.speak(utterance);
      });
      if (question.matches(".note")) question.after(button);
      else question.append(button);
    });
  }

  // --- Ranks by tapping, in the order of importance.
  // part ranks
  all("[data-ranks]", form).forEach(box => {
    const selects = () => all("select", box);
    const draw = () => selects().forEach(one => {
      one.nextElementSibling.textContent = one.value;
    });
    selects().forEach(one => {
      const line = one.closest(".choice"), button = make("button", {type: "button", class: "choice", "data-code": one.dataset.code});
      one.hidden = true;
      button.append(one, make("b", {}), line.querySelector("span"));
      line.replaceWith(button);
      button.addEventListener("click", () => {
        const taken = selects().filter(other => other.value).length;
        if (one.value) {
          const gone = +one.value;
          selects().forEach(other => { if (+other.value > gone) other.value = other.value - 1; });
          one.value = "";
        } else one.value = taken + 1;
        draw();
        changed();
      });
    });
    draw();
  });
  // end

  // --- Where I am, only when I say so.
  // part positions
  all("[data-locate]", form).forEach(button => {
    button.hidden = !navigator.geolocation;
    button.addEventListener("click", () => {
      const box = button.closest("[data-item]"), consent = box.querySelector("[type=checkbox]"), field = box.querySelector("[type=text]");
      if (!consent.checked) return consent.focus();
      navigator.geolocation.getCurrentPosition(found => {
        const {latitude, longitude, altitude, accuracy} = found.coords;
        field.value = [latitude.toFixed(6), longitude.toFixed(6), (altitude || 0).toFixed(1), accuracy.toFixed(1)].join(" ");
        changed();
      }, () => { button.textContent = words.nowhere; });
    });
  });
  // end

  // --- Keeping the answers: on this phone, and at the server.
  form.append(make("input", {type: "hidden", name: ".js", value: "1"}));
  const other = /[?&]another=1/.test(location.search); // another person's answers are not shown
  let begun = !!form.elements[".begun"], drafted, timer;
  function answers() {
    const data = new URLSearchParams();
    new FormData(form).forEach((text, name) => {
      if (typeof text == "string" && name != ".lang" && name != ".elder") data.append(name, text);
    });
    return data;
  }
  function keep() {
    if (!model.save || !begun || !agreed(model.consent) || !agreed(model.eligible)) return;
    const body = String(answers());
    status(store("draft", {id: form.elements[".id"].value, version: model.version, page: pages[current].dataset.page, at: Date.now(), other, body}) ? "kept" : "");
    clearTimeout(timer);
    if (body == drafted) return;
    timer = setTimeout(() => {
      fetch(model.save, {method: "POST", body: new URLSearchParams(body), credentials: "same-origin"}).then(reply => {
        if (!reply.ok) return;
        if (reply.status == 200) return reply.json().then(done => {
          forget();
          location.replace(done.next);
        });
        drafted = body;
        if (!form.elements[".begun"]) form.append(make("input", {type: "hidden", name: ".begun", value: "1"}));
      }, () => status("offline"));
    }, 1500);
  }
  function forget() {
    clearTimeout(timer);
    store("draft", null);
  }
  function status(key) {
    const line = document.getElementById("state");
    if (line) line.textContent = words[key] || "";
  }
  function changed() {
    settle();
    name();
    worker();
    keep();
  }
  form.addEventListener("change", changed);
  form.addEventListener("input", () => { // a typed number counts before the field is left
    settle();
    clearTimeout(timer);
    timer = setTimeout(keep, 600);
  });
  function restore() {
    tidy();
    const draft = store("draft");
    if (!draft || !model.save) return;
    if (draft.version != model.version || draft.other != other) return forget();
    fill(Array.from(new URLSearchParams(draft.body)).reduce((kept, [name, text]) => {
      if (name[0] == "." && name != ".lives_here" && !name.startsWith(".rank.") && !name.startsWith(".geo.")) return kept;
      const known = kept.find(one => one[0] == name);
      if (known) known[1] += " " + text;
      else kept.push([name, text]);
      return kept;
    }, []));
    form.elements[".id"].value = draft.id;
    begun = true;
    const place = pages.findIndex(page => page.dataset.page == draft.page);
    if (place >= 0) current = place;
    document.getElementById("restored").hidden = false;
  }

  // --- Sending, once.
  function send() {
    busy(true);
    status("sending");
    const body = String(answers());
    attempt(body).then(done => {
      if (done === "later") {
        queue(body);
        forget();
        return waiting(body);
      }
      busy(false);
      status("");
      if (done.next) {
        forget();
        return location.replace(done.next);
      }
      if (done.faults) {
        const faults = Object.keys(done.faults).map(name => [name, done.faults[name]]);
        const place = pages.findIndex(page => page.dataset.page == done.page);
        if (place >= 0) turn(place, true);
        return tell(faults);
      }
      tell([["", done.sentence]]);
    });
  }
  function waiting(body) {
    const box = document.getElementById("waiting");
    form.hidden = true;
    if (progress) progress.hidden = true;
    box.hidden = false;
    box.querySelector("p").textContent = store("out") ? words.waiting : words.stay;
    box.querySelector("h2").tabIndex = -1;
    box.querySelector("h2").focus();
    const again = () => attempt(body).then(done => {
      if (done === "later") return;
      unqueue(body);
      if (done.next) location.replace(done.next);
      else box.querySelector("p").textContent = done.sentence || words.refused;
    });
    box.querySelector("button").addEventListener("click", again);
    addEventListener("online", again);
    setInterval(again, 15000);
  }
  let registered;
  function worker() { // opens this page without a network; not needed before the first answer
    if (registered || !model.save || !("serviceWorker" in navigator) || !window.caches) return;
    registered = true;
    const scopes = ["/q/", "/Q/"].map(scope => navigator.serviceWorker.register("/q/sw.js", {scope}));
    Promise.all(scopes).then(() => filled || Promise.all([
      caches.open("minyi-files").then(files => files.addAll(all("link[rel=stylesheet], script[src]").map(one => one.href || one.src))),
      caches.open("minyi-pages").then(pages => pages.put(location.pathname.toUpperCase(), new Response("<!doctype html>" + before, {headers: {
        "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": model.policy
      }})))
    ])).catch(() => {});
  }

  const anew = all("#restored a")[0];
  if (anew) anew.addEventListener("click", forget);
  restore();
  settle();
  history.replaceState({place: current}, "", form.getAttribute("action") + location.search);
  turn(current);
  aloud();
  const mine = (store("out") || []).find(body => ticketOf(body) == form.elements[".id"].value);
  if (mine) waiting(mine); // this very page, opened again before it could be sent

  // --- On this phone, where it lets us: the draft of this address, and what waits to be sent.
  function store(kind, content) {
    const key = `minyi-${kind} ${location.pathname.toUpperCase()}`;
    try {
      if (content === undefined) return JSON.parse(localStorage.getItem(key));
      if (content === null) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify(content));
      return content === null || localStorage.getItem(key) !== null;
    } catch (error) {
      return null;
    }
  }
  function tidy() { // of whatever address: an answer that was not sent is gone after a day
    try {
      Object.keys(localStorage).filter(key => key.startsWith("minyi-draft ")).forEach(key => {
        if (Date.now() - JSON.parse(localStorage.getItem(key)).at > 864e5) localStorage.removeItem(key);
      });
    } catch (error) { /* no storage, nothing in it */ }
  }
  function queue(body) {
    const waiting = store("out") || [];
    if (!waiting.includes(body)) store("out", waiting.concat([body]));
  }
  function unqueue(body) {
    const left = (store("out") || []).filter(one => one != body);
    store("out", left.length ? left : null);
  }
  function attempt(body) {
    return posted(body).then(done => !done.solve ? done : new Promise(solved => {
      const solver = make("script", {src: done.solver}); // only under attack is it needed at all
      solver.onload = () => solve(done.solve, done.bits, solved);
      solver.onerror = () => solved(null);
      document.head.append(solver);
    }).then(proof => proof === null ? "later" : posted(body + "&.proof=" + encodeURIComponent(proof))));
  }
  function posted(body) {
    return fetch(location.pathname, {
      method: "POST", body: new URLSearchParams(body), credentials: "same-origin", headers: {Accept: "application/json"}
    }).then(reply => reply.status == 429 || reply.status > 499 ? "later" : reply.json().catch(() => "later"), () => "later")
      .then(done => done.next || done.faults || done.solve || done === "later" ? done : {sentence: root.lang.startsWith("zh") ? done.zh : done.en});
  }
  function ticketOf(body) {
    return new URLSearchParams(body).get(".id");
  }
  function outbox() { // what an earlier visit could not send goes out first
    const others = () => (store("out") || []).filter(body => ticketOf(body) != form.elements[".id"].value);
    if (!others().length) return;
    const next = () => {
      const body = others()[0];
      if (!body) return;
      attempt(body).then(done => {
        if (done === "later") return;
        unqueue(body);
        note.hidden = !!done.next;
        if (!done.next) note.textContent = note.dataset.refused + (done.sentence || Object.values(done.faults || {})[0] || "");
        if (done.next && !form.dataset.touched) location.replace(done.next);
        else next();
      });
    };
    const note = document.getElementById("unsent");
    note.hidden = false;
    form.addEventListener("change", () => { form.dataset.touched = 1; });
    addEventListener("online", next);
    setInterval(next, 15000);
    next();
  }
})();
