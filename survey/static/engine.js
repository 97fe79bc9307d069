// Computes the trees of survey/instrument/page_rules.py as survey/instrument/expressions does: the
// same functions, values and limits; the reasons are told there. A value is a text, a number, a
// boolean, a moment {ms, blank} or a list of nodes {path, index, text}. Between "part" and "end"
// stands what the server leaves out for a form that does not use it.
const engine = (function () {
  "use strict";
  const DAY = 864e5;
  const DATE = /^(\d{4})-(\d{1,2})-(\d{1,2})/;
  const INVALID = {ms: NaN};
  const isList = Array.isArray;
  let c; // the surroundings of the expression that is being computed, and what it may still spend

  const isMoment = v => typeof v == "object" && !isList(v);
  const chars = text => Array.from(text);
  const each = v => isList(v) ? v.map(node => node.text) : [v];
  const flat = lists => [].concat(...lists);
  const sum = list => list.reduce((total, n) => total + n, 0);
  const pad = (n, width) => String(n).padStart(width, "0");
  function fail(why) {
    throw new Error(why);
  }
  function spend(work) {
    if ((c.left -= work) < 0) fail("too long");
  }

  const asBoolean = v => isList(v) ? v.length > 0 : isMoment(v) ? v.ms === v.ms : !!v;
  function asNumber(v) {
    if (isList(v)) v = asString(v);
    if (isMoment(v)) return v.ms / DAY;
    if (typeof v != "string") return +v;
    v = v.trim();
    return DATE.test(v) ? daysOf(v) : v ? +v : NaN;
  }
  const asString = v => isList(v) ? v.length ? v[0].text : "" : isMoment(v) ? momentText(v) : String(v);
  function number(v) {
    if (typeof v != "number") spend(8);
    return asNumber(v);
  }
  const int = v => Math.trunc(number(v));
  function string(v) {
    const text = asString(v);
    spend(text.length >> 4);
    return text;
  }
  const strings = args => flat(args.map(each)).map(string);
  const numbers = args => flat(args.map(each)).map(number);
  function joined(pieces, mark) {
    if (sum(pieces.map(piece => piece.length + mark.length)) - mark.length > 1e4) fail("too long");
    return pieces.join(mark);
  }

  // Dates, in the zone of the device.
  function local(ms) {
    const when = new Date(ms), fits = year => year > 0 && year < 1e4;
    return fits(when.getFullYear()) && fits(when.getUTCFullYear()) ? when : null;
  }
  function clock(year, month, day, ms, utc = "") {
    const when = new Date(0);
    when[`set${utc}FullYear`](year, month - 1, day);
    when[`set${utc}Hours`](0, 0, 0, ms);
    return year > 0 && local(when) ? {ms: +when} : INVALID;
  }
  const exists = (month, day) => month > 0 && month < 13 && day > 0 && day < 32;
  const offset = zone => zone == "Z" ? 0 : (zone[0] + 6e4) * (zone.slice(1, 3) * 60 + +zone.slice(-2));
  function timed(text, [date, year, month, day]) {
    const time = /^T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?$/.exec(text.slice(date.length));
    if (!time || !exists(month, day)) return INVALID;
    const [, hour, minute, second = 0, part = "", zone] = time, seconds = (hour * 60 + +minute) * 60 + +second;
    if (seconds > 86400 || minute > 59 || second > 59) return INVALID;
    const ms = seconds * 1000 + +(part + "000").slice(0, 3);
    return zone ? {ms: clock(year, month, day, 0, "UTC").ms + ms - offset(zone)} : clock(year, month, day, ms);
  }
  function daysOf(text) {
    const date = DATE.exec(text);
    return (!date ? INVALID : text.includes("T") ? timed(text, date) :
      date[0] == text ? clock(date[1], date[2], date[3], 0) : INVALID).ms / DAY;
  }

  // Nodes: of a repeat all instances, or inside it those of this instance.
  function all(path) {
    const texts = c.nodes[path];
    if (!texts) return c.self && c.self.startsWith(path + "/") ? [{path, index: 0, text: ""}] : [];
    spend(texts.length * 4);
    return texts.map((text, index) => ({path, index, text}));
  }
  function near(path) {
    const texts = c.nodes[path], index = c.instance;
    if (!c.repeat || !texts || !(path + "/").startsWith(c.repeat + "/")) return all(path);
    return index < texts.length ? [{path, index, text: texts[index]}] : [];
  }
  const own = () => c.self ? near(c.self) : [];
  const here = () => c.node ? [c.node] : own();
  const nodes = v => isList(v) ? v : fail("no path");
  function located(text) {
    if (text == ".") return here();
    const find = text[0] == "/" ? all : near, steps = find == near && c.self ? c.self.split("/").slice(1) : [];
    for (const step of text.split("/")) {
      if (step == ".." && !steps.length) return [];
      if (step == "..") steps.pop();
      else if (step && step != ".") steps.push(step);
    }
    if (!steps.includes("*")) return find("/" + steps.join("/"));
    const paths = Object.keys(c.nodes);
    spend(paths.length);
    const meant = names => names.length == steps.length && names.every((name, i) => [name, "*"].includes(steps[i]));
    return flat(paths.filter(path => meant(path.slice(1).split("/"))).map(find));
  }

  const COMPUTE = {
    "+": (a, b) => a + b,
    "-": (a, b) => a - b,
    "*": (a, b) => a * b,
    div: (a, b) => a / b,
    mod: (a, b) => a % b
  };
  const COMPARE = {
    "=": (a, b) => typeof a == typeof b ? a === b : asNumber(a) === asNumber(b),
    "!=": (a, b) => !COMPARE["="](a, b),
    "<": (a, b) => a < b,
    "<=": (a, b) => a <= b,
    ">": (a, b) => a > b,
    ">=": (a, b) => a >= b
  };
  function compared(sign, ...pair) {
    const ordered = /[<>]/.test(sign), dated = pair.some(isMoment);
    if (!ordered && pair.some(v => typeof v == "boolean")) pair = pair.map(asBoolean);
    const comparable = v => typeof v != "string" ? asNumber(v) :
      dated ? momentOf(v).ms / DAY : ordered || DATE.test(v) ? asNumber(v) : v;
    const [left, right] = pair.map(v => each(v).map(comparable));
    spend((left.length + right.length) * 4 + left.length * right.length);
    return left.some(a => right.some(b => COMPARE[sign](a, b)));
  }

  // What does not compute all of its arguments beforehand.
  const FORMS = {
    $: name => {
      const path = c.refs[name];
      if (typeof path != "string") fail("no " + name);
      return path == c.repeat ? all(path) : near(path);
    },
    "/": located,
    "[": (base, ...predicates) => predicates.reduce((kept, predicate) => {
      const size = kept.length;
      spend(size * 50);
      kept = kept.filter((node, i) => {
        Object.assign(c, {node, size, position: i + 1});
        const v = run(predicate);
        return typeof v == "number" ? v == i + 1 : asBoolean(v);
      });
      Object.assign(c, ALONE);
      return kept;
    }, nodes(run(base))),
    "": (first, ...rest) => {
      let v = run(first);
      for (let i = 0; i < rest.length; i += 2) {
        const sign = rest[i], right = run(rest[i + 1]);
        v = COMPUTE[sign] ? COMPUTE[sign](number(v), number(right)) : compared(sign, v, right);
      }
      return v;
    },
    or: (...parts) => parts.some(part => asBoolean(run(part))),
    and: (...parts) => parts.every(part => asBoolean(run(part))),
    "|": (...parts) => {
      const found = {}, order = Object.keys(c.nodes), place = {};
      order.forEach((path, i) => place[path] = i);
      flat(parts.map(part => nodes(run(part)))).forEach(node => {
        spend(8);
        found[node.path + "|" + node.index] = node;
      });
      return Object.values(found).sort((a, b) => (place[a.path] || 0) - (place[b.path] || 0) || a.index - b.index);
    },
    if: (condition, then, otherwise) => run(asBoolean(run(condition)) ? then : otherwise),
    "indexed-repeat": (question, _, place) => {
      const repeat = c.repeat;
      c.repeat = "";
      const found = nodes(run(question));
      c.repeat = repeat;
      const wanted = number(run(place));
      return found.filter(node => node.index + 1 == wanted);
    }
  };
  const ALONE = {node: null, size: 1, position: 1};

  const codes = v => string(v).split(" ");
  const up = n => Math.floor(n + 0.5);
  function half(n) {
    const size = Math.abs(n), whole = Math.floor(size);
    return isFinite(n) ? Math.sign(n) * (size - whole < 0.5 ? whole : whole + 1) : n;
  }
  const best = better => (...args) => {
    const list = numbers(args);
    return list.length && !list.some(isNaN) ? list.reduce((a, b) => better(b, a) ? b : a) : NaN;
  };
  function search(text, part) {
    spend(text.length * part.length >> 10);
    return text.indexOf(part);
  }
  const ticks = v => isList(v) ? v.map(node => node.text.trim() != "") : [asBoolean(v)];
  function within(total, ...bounds) {
    const [least, most] = bounds.map(number);
    return (least < 0 || total >= least) && (most < 0 || total <= most);
  }

  const FUNCTIONS = {
    "-": v => -number(v),
    concat: (...args) => joined(strings(args), ""),
    join: (mark, ...args) => joined(strings(args), string(mark)),
    once: v => string(here()) || string(v),
    substr: (text, ...range) => chars(string(text)).slice(...range.map(int)).join(""),
    substring: (text, start, length) => {
      const first = up(number(start)), last = length === undefined ? Infinity : first + up(number(length));
      text = chars(string(text));
      return [first, last].some(isNaN) ? "" : text.slice(Math.max(first, 1) - 1, Math.max(last, 1) - 1).join("");
    },
    true: () => true,
    false: () => false,
    not: v => !asBoolean(v),
    boolean: asBoolean,
    "boolean-from-string": v => v > 0 && Number.isInteger(v) || ["1", "true"].includes(string(v)),

    pi: () => Math.PI,
    min: best((a, b) => a < b),
    max: best((a, b) => a > b),
    sum: v => sum(numbers([nodes(v)])),
    count: v => nodes(v).length,
    "count-non-empty": v => nodes(v).filter(node => node.text).length,

    selected: (list, code) => codes(list).includes(string(code).trim()),
    "selected-at": (list, place) => codes(list)[int(place)] || "",
    "count-selected": v => codes(v).filter(Boolean).length,
    checklist: (least, most, ...args) => within(flat(args.map(ticks)).filter(Boolean).length, least, most),
    "weighted-checklist": (least, most, ...args) => {
      const weights = numbers(args.filter((_, i) => i % 2));
      const ticked = flat(args.filter((_, i) => i % 2 == 0 && i + 1 < args.length).map(ticks));
      return within(sum(weights.filter((weight, i) => ticked[i] && !isNaN(weight))), least, most);
    },
    current: own,
    position: v => v === undefined ? c.position : nodes(v).length ? v[0].index + 1 : NaN,
    last: () => c.size,
    "jr:choice-name": (v, name) => {
      const code = string(v);
      return code && c.choiceName(name, code);
    }
  };
  // Functions of texts only, and of numbers only.
  function add(cast, table) {
    Object.keys(table).forEach(name => FUNCTIONS[name] = (...args) => table[name](...args.map(v => cast(v))));
  }
  add(string, {
    string: (text = string(here())) => text,
    "string-length": (text = string(here())) => chars(text).length,
    coalesce: (...texts) => texts.find(Boolean) || "",
    contains: (text, part) => search(text, part) >= 0,
    "starts-with": (text, part) => text.startsWith(part),
    "ends-with": (text, part) => text.endsWith(part)
  });
  const numeric = {
    number: (n = number(here())) => n,
    int: Math.trunc,
    ceiling: Math.ceil,
    exp10: n => Math.pow(10, n),
    round: (n, places = 0) => {
      const scale = Math.pow(10, Math.abs(Math.trunc(places)));
      return places >= 1 ? half(n * scale) / scale : scale * half(n / scale);
    }
  };
  for (const name of "floor abs sqrt exp log log10 sin cos tan asin acos atan atan2 pow".split(" ")) numeric[name] = Math[name];
  add(number, numeric);

  // part text
  add(string, {
    "normalize-space": (text = string(here())) => text.split(/\s+/).filter(Boolean).join(" "),
    "substring-before": (text, part) => text.slice(0, Math.max(search(text, part), 0)),
    "substring-after": (text, part) => search(text, part) < 0 ? "" : text.slice(text.indexOf(part) + part.length),
    translate: (text, from, to) => {
      spend(text.length + from.length >> 2);
      to = chars(to);
      const table = new Map(chars(from).map((char, i) => [char, to[i] || ""]).reverse());
      return chars(text).map(char => table.has(char) ? table.get(char) : char).join("");
    },
    "base64-decode": text => {
      text = text.replace(/\s/g, "");
      try {
        return text.length % 4 ? "" : decodeURIComponent(escape(atob(text)));
      } catch (_) {
        return "";
      }
    }
  });
  // end

  // part dates
  const ofDays = days => isFinite(days) ? {ms: 0 + Math.trunc(days * DAY)} : INVALID;
  function momentOf(text) {
    if (!text) return {ms: NaN, blank: true};
    if (/^-?\d+(\.\d+)?$/.test(text)) return ofDays(+text.split(".")[0]);
    const date = DATE.exec(text);
    if (!date) return INVALID;
    if (date[0] != text) return timed(text, date);
    const [, year, month, day] = date, last = new Date(Date.UTC(2000 + year % 400, month, 0)).getUTCDate();
    if (!exists(month, day)) return INVALID;
    return clock(year, month, day, 0, day > last && text.length == 10 ? "UTC" : "");
  }
  const moment = v => isMoment(v) ? v : typeof v == "boolean" ? INVALID :
    typeof v == "number" ? ofDays(v) : momentOf(string(v));
  function written(when, pattern) {
    const n = when.getMonth() + 1, e = when.getDate(), h = when.getHours(), Y = pad(when.getFullYear(), 4);
    const codes = {
      Y, y: Y.slice(2), m: pad(n, 2), n, d: pad(e, 2), e, H: pad(h, 2), h, "%": "%",
      M: pad(when.getMinutes(), 2), S: pad(when.getSeconds(), 2), 3: pad(when.getMilliseconds(), 3),
      b: "JanFebMarAprMayJunJulAugSepOctNovDec".substr(n * 3 - 3, 3),
      a: "SunMonTueWedThuFriSat".substr(when.getDay() * 3, 3)
    };
    return pattern.replace(/%([^]?)/g, (_, code) => code in codes ? codes[code] : fail("no %" + code));
  }
  function formatted(v, pattern) {
    const when = local(moment(v).ms), text = written(when || new Date(0), string(pattern));
    return joined([when ? text : ""], "");
  }
  function momentText({ms, blank}) {
    const when = local(ms);
    if (!when) return blank ? "" : "Invalid Date";
    const time = written(when, "T%H:%M:%S.%3"), west = when.getTimezoneOffset(), zone = Math.abs(west);
    const two = n => pad(Math.floor(n), 2), east = (west > 0 ? "-" : "+") + two(zone / 60) + ":" + two(zone % 60);
    return written(when, "%Y-%m-%d") + (time == "T00:00:00.000" ? "" : time + east);
  }
  const today = utc => clock(c.now.getFullYear(), c.now.getMonth() + 1, c.now.getDate(), 0, utc);
  Object.assign(FUNCTIONS, {
    date: moment,
    "date-time": moment,
    today,
    now: () => ({ms: +c.now}),
    "format-date": formatted,
    "format-date-time": formatted,
    "decimal-date-time": v => typeof v == "number" ? v : daysOf(string(v)),
    "decimal-time": v => {
      const time = /^([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.\d{1,3})?([+-](?:[01]\d|2[0-3]):[0-5]\d)$/.exec(string(v));
      if (!time) return NaN;
      const ms = ((time[1] * 60 + +time[2]) * 60 + +time[3]) * 1000 - offset(time[4]);
      const when = new Date(today("UTC").ms + ms);
      return (when.getHours() + when.getMinutes() / 60 + when.getSeconds() / 3600) / 24;
    }
  });
  // end

  // part chance
  // 32 bits by chance: the same for the same seed, node and turn.
  function draw() {
    let bits = 0x811c9dc5;
    spend(20);
    for (const char of [c.seed, c.self || "", c.instance, c.drawn++].join(" "))
      bits = Math.imul(bits ^ char.codePointAt(0), 0x1000193);
    bits = Math.imul(bits ^ bits >>> 16, 0x85ebca6b);
    bits = Math.imul(bits ^ bits >>> 13, 0xc2b2ae35);
    return (bits ^ bits >>> 16) >>> 0;
  }
  function digits(length) {
    let text = "";
    while (text.length < length) text += pad(draw().toString(16), 8);
    return text.slice(0, length);
  }
  Object.assign(FUNCTIONS, {
    random: () => (draw() * 1048576 + (draw() >>> 12)) / 4503599627370496,
    uuid: length => {
      if (length === undefined) {
        const variant = "89ab"[draw() % 4];
        return digits(30).replace(/^(.{8})(.{4})(.{3})(.{3})/, `$1-$2-4$3-${variant}$4-`);
      }
      length = int(length);
      return length >= 0 && length <= 1e4 ? digits(length) : fail("no length");
    },
    randomize: (list, seed = c.seed) => {
      const modulus = 2147483647;
      let state = number(seed) % modulus;
      if (!Number.isInteger(state)) fail("no seed");
      if (state <= 0) state += modulus - 1;
      return nodes(list).reduce((order, node) => {
        state = state * 16807 % modulus;
        const place = Math.floor((state - 1) / (modulus - 1) * (order.length + 1));
        order.push(node);
        order[order.length - 1] = order[place];
        order[place] = node;
        return order;
      }, []);
    }
  });
  // end

  // part geometry
  function points(v) {
    const list = isList(v) && v.length > 1 ? each(v) : string(v).split(";");
    spend(list.length * 20);
    return list.map(text => {
      const p = text.trim().split(" ").map(number), [lat, lon, , accuracy = 0] = p;
      const isPoint = !p.some(isNaN) && Math.abs(lat) <= 90 && Math.abs(lon) <= 180 && accuracy >= 0;
      return isPoint ? {lat: lat * (Math.PI / 180), lon: lon * (Math.PI / 180)} : NaN;
    });
  }
  // A function of each two neighbours; in a ring the last is a neighbour of the first.
  const sides = (list, ring, side) => list.slice(ring ? 0 : 1).map((b, i) =>
    ring ? side(b, list[(i + 1) % list.length]) : side(list[i], b));
  const measure = (list, size) => list.includes(NaN) ? NaN : Math.abs(half(size(list) * 100)) / 100;
  const RADIUS = 6378100, {sin, cos} = Math;
  Object.assign(FUNCTIONS, {
    distance: (...args) => measure(flat(args.map(points)), list => sum(sides(list, false, (a, b) => {
      const cosine = sin(a.lat) * sin(b.lat) + cos(a.lat) * cos(b.lat) * cos(a.lon - b.lon);
      return Math.acos(Math.min(Math.max(cosine, -1), 1)) * RADIUS;
    }))),
    area: v => measure(points(v), list => list.length < 3 ? 0 :
      sum(sides(list, true, (a, b) => (b.lon - a.lon) * (2 + sin(a.lat) + sin(b.lat)))) * RADIUS * RADIUS / 2),
    geofence: (...args) => {
      const [[{lat, lon}], list] = args.map(points);
      if (flat(args.map(points)).includes(NaN)) return false;
      return sides(list, true, (a, b) => a.lat > lat != b.lat > lat &&
        lon < a.lon + (b.lon - a.lon) * (lat - a.lat) / (b.lat - a.lat)).filter(Boolean).length % 2 == 1;
    }
  });
  // end

  // part regex
  // Each part of a pattern takes a set of places to those where it can end: nothing runs away.
  function compiled(source) {
    const TOKEN = /\[(?:\\[^]|[^\\\]])*\]|\\(?:u[\da-fA-F]{4}|x[\da-fA-F]{2}|[^])|\{\d{1,4}(?:,\d{0,4})?\}|[^]/gu;
    const ESCAPE = /\\(?:(u[\da-fA-F]{4}|x[\da-fA-F]{2}|[dwsDWStnvfrb])|([^]))/gu;
    const p = source.match(TOKEN) || [], exact = char => `\\u{${char.codePointAt(0).toString(16)}}`;
    let i = 0, depth = 0, t;
    const bad = () => fail("regex");
    const take = token => p[i] == token && ++i;
    const part = (parts, go) => Object.assign(go, {size: sum(parts.map(one => one.size)) + 1});
    const where = test => part([], places => {
      spend(1 + places.size / 8);
      return new Set([...places].filter(test));
    });
    // One character that the browser's own pattern accepts; what is escaped without need is plain.
    function one(token) {
      const accepts = RegExp(`^${token == "." ? token : /^[^\\[]/.test(token) ? exact(token) :
        token.replace(ESCAPE, (whole, code, char) => /^(u[dD][89a-fA-F]|[1-9kpPc])/.test(code || char) ? bad() :
          code ? whole : exact(char == "0" ? "\0" : char))}$`, "u");
      return part([], places => {
        const next = new Set();
        spend(1 + places.size / 8);
        places.forEach(k => k < t.length && accepts.test(t[k]) && next.add(k + 1));
        return next;
      });
    }
    function alternatives() {
      const parts = [];
      do parts.push(sequence()); while (take("|"));
      return parts[1] ? part(parts, places => new Set(flat(parts.map(go => [...go(places)])))) : parts[0];
    }
    function sequence() {
      const parts = [];
      while (i < p.length && p[i] != "|" && p[i] != ")") parts.push(repeated(atom()));
      return part(parts, places => parts.reduce((at, go) => go(at), places));
    }
    const bounds = token => ({"*": [0, Infinity], "+": [1, Infinity], "?": [0, 1]})[token] ||
      /^\{\d/.test(token) && token.slice(1, -1).replace(/^\d+$/, "$&,$&").split(",").map(n => n ? +n : Infinity);
    function repeated(go) {
      const found = bounds(p[i]);
      if (!found) return go;
      const [least, most] = found;
      i++;
      take("?");
      if (go.fixed || most < least) bad();
      const all = part([], places => {
        for (let k = 0; k < least && places.size; k++) places = go(places);
        const reached = new Set(places);
        for (let k = least; k < most && places.size; k++) {
          places = new Set([...go(places)].filter(place => !reached.has(place)));
          places.forEach(place => reached.add(place));
        }
        return reached;
      });
      all.size += go.size * (most < Infinity ? most : least + 1);
      return all;
    }
    const isWord = k => /\w/.test(t[k] || "");
    const FIXED = {
      "^": k => k == 0,
      $: k => k == t.length,
      "\\b": k => isWord(k - 1) != isWord(k),
      "\\B": k => isWord(k - 1) == isWord(k)
    };
    function atom() {
      const token = p[i++];
      if (token == "(") {
        if (++depth > 25 || take("?") && !take(":")) bad();
        const inner = alternatives();
        if (!take(")")) bad();
        depth--;
        return inner;
      }
      if (bounds(token) || token == "[" || token == "\\") bad();
      if (FIXED[token]) return Object.assign(where(FIXED[token]), {fixed: true});
      return one(token);
    }
    const whole = alternatives();
    if (i < p.length || whole.size > 600 || chars(source).length > 400) bad();
    return text => {
      t = chars(text);
      spend(t.length / 4);
      return whole(new Set([...t, ""].keys())).size > 0;
    };
  }
  add(string, {regex: (text, pattern) => compiled(pattern)(text)});
  // end

  // part digest
  // Words are lists of bits, the highest first.
  const bits = (n, width) => chars(pad(n.toString(2), width)).map(Number);
  const zeros = n => new Array(n).fill(0);
  const cut = (list, size) => list.filter((_, i) => i % size == 0).map((_, i) => list.slice(i * size, i * size + size));
  const turn = (word, n) => word.slice(n).concat(word.slice(0, n));
  const bitwise = (compute, a, b, c) => a.map((bit, i) => compute(bit, b[i], c && c[i]));
  const choice = (x, y, z) => x ? y : z, most = (x, y, z) => x + y + z >> 1, odd = (x, y, z) => x ^ y ^ z;
  const plus = (...words) => words.reduce((a, b) => {
    const found = [];
    for (let i = a.length, carry = 0; i--; carry >>= 1) found[i] = (carry += a[i] + b[i]) & 1;
    return found;
  });
  const swapped = list => flat(cut(list, 32).map(word => flat(cut(word, 8).reverse())));
  function hashed(text, width, start, rounds, round, swap) {
    const message = flat(chars(text).map(char => {
      const n = char.codePointAt(0), six = by => 128 | n >> by & 63;
      return n < 128 ? [n] : n < 2048 ? [192 | n >> 6, six(0)] : n < 65536 ? [224 | n >> 12, six(6), six(0)] :
        [240 | n >> 18, six(12), six(6), six(0)];
    }).map(bytes => flat(bytes.map(byte => bits(byte, 8)))));
    const length = bits(message.length, width * 2), room = (width * 30 - 1 - message.length % (width * 16)) % (width * 16);
    let data = flat([message, [1], zeros(room)]);
    data = swap ? flat([swapped(data), turn(length, width)]) : data.concat(length);
    return cut(data, width * 16).reduce((state, block) => {
      const w = cut(block, width);
      let now = state;
      for (let i = 0; i < rounds; i++) now = round(now, w, i);
      return state.map((word, i) => plus(word, now[i]));
    }, start);
  }
  const START = cut(flat(chars("67452301efcdab8998badcfe10325476c3d2e1f0").map(digit => bits(parseInt(digit, 16), 4))), 32);
  const md5 = text => [swapped(flat(hashed(text, 32, START.slice(0, 4), 64, ([a, b, c, d], w, i) => {
    const quarter = i >> 4, place = [i, 5 * i + 1, 3 * i + 5, 7 * i][quarter] % 16;
    const by = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]][quarter][i % 4];
    const mix = [choice, (x, y, z) => z ? x : y, odd, (x, y, z) => y ^ (x | 1 - z)][quarter];
    const constant = bits(Math.floor(Math.abs(Math.sin(i + 1)) * 4294967296), 32);
    return [d, plus(b, turn(plus(a, bitwise(mix, b, c, d), w[place], constant), by)), b, c];
  }, true)))];
  const sha1 = text => hashed(text, 32, START, 80, ([a, b, c, d, e], w, i) => {
    const quarter = Math.floor(i / 20), constant = bits(Math.floor(Math.sqrt([2, 3, 5, 10][quarter]) * 1073741824), 32);
    if (i > 15) w[i] = turn(bitwise(odd, bitwise(odd, w[i - 3], w[i - 8], w[i - 14]), w[i - 16]), 1);
    return [plus(turn(a, 5), bitwise([choice, odd, most, odd][quarter], b, c, d), e, w[i], constant), a, turn(b, 30), c, d];
  });
  // The first 64 binary places of a root of a prime.
  function root(prime, power) {
    const x = zeros(5);
    for (let bit = 67; bit >= 0; bit--) {
      const step = 1 << bit % 16, place = bit >> 4;
      x[place] += step;
      let product = x;
      for (let k = 1; k < power; k++) product = times(product, x);
      if (product[4 * power] + product[4 * power + 1] * 65536 >= prime) x[place] -= step;
    }
    return flat(x.slice(0, 4).reverse().map(n => bits(n, 16)));
  }
  function times(a, b) {
    const found = zeros(a.length + b.length + 1);
    a.forEach((x, i) => b.forEach((y, k) => found[i + k] += x * y));
    return found.map((n, i) => {
      found[i + 1] += Math.floor(n / 65536);
      return found[i] % 65536;
    });
  }
  let squares, cubes;
  function sha2(text, width, first) {
    if (!cubes) {
      const primes = [];
      for (let n = 2; primes.length < 80; n++) if (primes.every(prime => n % prime)) primes.push(n);
      [squares, cubes] = [2, 3].map(power => primes.map(prime => root(prime, power)));
    }
    const turns = width == 32 ? [7, 18, 3, 17, 19, 10, 6, 11, 25, 2, 13, 22] : [1, 8, 7, 19, 61, 6, 14, 18, 41, 28, 34, 39];
    const mixed = (word, k) => bitwise(odd, ...turns.slice(k, k + 3).map((n, i) =>
      k < 6 && i == 2 ? zeros(n).concat(word.slice(0, -n)) : turn(word, -n)));
    const start = squares.slice(first, first + 8).map(word => word.slice(0, width));
    return hashed(text, width, start, width + 48 - width / 2, ([a, b, c, d, e, f, g, h], w, i) => {
      if (i > 15) w[i] = plus(w[i - 16], mixed(w[i - 15], 0), w[i - 7], mixed(w[i - 2], 3));
      const t = plus(h, mixed(e, 6), bitwise(choice, e, f, g), cubes[i].slice(0, width), w[i]);
      return [plus(t, mixed(a, 9), bitwise(most, a, b, c)), a, b, c, plus(d, t), e, f, g];
    });
  }
  const DIGESTS = {
    md5,
    "sha-1": sha1,
    "sha-256": text => sha2(text, 32, 0),
    "sha-384": text => sha2(text, 64, 8).slice(0, 6),
    "sha-512": text => sha2(text, 64, 0)
  };
  add(string, {
    digest: (text, name, coding = "base64") => {
      const make = DIGESTS[name.toLowerCase()] || fail("no digest"), hex = /^hex$/i.test(coding);
      if (!hex && !/^base64$/i.test(coding)) fail("no coding");
      spend(200 + 40 * text.length);
      const bytes = cut(flat(make(text)), 8).map(byte => parseInt(byte.join(""), 2));
      return hex ? bytes.map(byte => pad(byte.toString(16), 2)).join("") : btoa(String.fromCharCode(...bytes));
    }
  });
  // end

  function run(tree) {
    if (!isList(tree)) return tree;
    spend(4);
    const [name, ...parts] = tree;
    return FORMS[name] ? FORMS[name](...parts) : FUNCTIONS[name](...parts.map(run));
  }
  // context: {nodes, self, refs, repeat, instance, now, seed, choiceName}. Throws where there is no value.
  function evaluate(tree, context) {
    const outer = c;
    c = Object.assign({self: null, refs: {}, repeat: "", instance: 0, now: new Date(), seed: 0, left: 1e5, drawn: 0,
      choiceName: (_, code) => code}, ALONE, context);
    try {
      return run(tree);
    } finally {
      c = outer;
    }
  }
  return {evaluate, asString, asNumber, asBoolean};
})();
