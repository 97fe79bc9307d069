// Comfort for a page that works without it: one tap sends once, and questions that do not apply
// are out of sight. The server judges; a rule not understood here leaves its question visible.
(function () {
  "use strict";
  var form = document.getElementById("answers");
  var summary = document.getElementById("faults");
  document.documentElement.classList.add("js");
  if (summary) summary.focus();
  if (!form) return;

  function value(name) {
    var found = form.elements[(form.dataset.prefix || "") + name];
    if (!found) throw name;
    return (found.forEach ? Array.from(found) : [found])
      .filter(one => (!/radio|checkbox/.test(one.type) || one.checked) && !one.closest("[hidden]"))
      .map(one => one.value.trim())
      .join(" ");
  }
  function truth(v) {
    if (typeof v != "boolean") throw v;
    return v;
  }
  function number(v) {
    if (typeof v == "boolean") throw v;
    return v === "" ? NaN : Number(v);
  }
  function equal(a, b) {
    return typeof a == "string" && typeof b == "string" ? a === b : number(a) === number(b);
  }
  var codes = v => v.split(" ").filter(Boolean);
  var calls = {
    "lit": v => v,
    "ref": value,
    "=": equal,
    "!=": (a, b) => !equal(a, b),
    "<": (a, b) => number(a) < number(b),
    "<=": (a, b) => number(a) <= number(b),
    ">": (a, b) => number(a) > number(b),
    ">=": (a, b) => number(a) >= number(b),
    "not": a => !truth(a),
    "true": () => true,
    "false": () => false,
    "selected": (a, b) => codes(a).includes(b),
    "count-selected": a => codes(a).length
  };
  function run(node) {
    var rest = node.slice(1);
    if (node[0] == "and") return rest.every(part => truth(run(part)));
    if (node[0] == "or") return rest.some(part => truth(run(part)));
    if (node[0] != "lit" && node[0] != "ref") rest = rest.map(run);
    return calls[node[0]](...rest);
  }
  function show() {
    // In page order: a question that depends on a hidden one finds it empty.
    form.querySelectorAll("[data-relevant]").forEach(element => {
      try {
        element.hidden = !truth(run(JSON.parse(element.dataset.relevant)));
      } catch {
        element.hidden = false;
      }
    });
  }
  function busy(on) {
    form.dataset.sent = on ? 1 : "";
    form.querySelectorAll("button").forEach(b => b.setAttribute("aria-disabled", on));
  }
  function ready() {
    busy(false);
    show();
  }
  form.addEventListener("change", show);
  form.addEventListener("input", show); // a typed number counts before the field is left
  form.addEventListener("submit", event => {
    if (form.dataset.sent) return event.preventDefault();
    busy(true);
    setTimeout(ready, 20000); // the network gave no answer: let him try again
  });
  addEventListener("pageshow", ready);
  ready();
})();
