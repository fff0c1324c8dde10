"use strict";

const report = JSON.parse(document.getElementById("report").textContent);
const SIGNS = { failed: "✗", known: "≠", passed: "✓", "left out": "–" };
const STATUSES = Object.keys(SIGNS);
const $ = (id) => document.getElementById(id);

/** An element with attributes and children; texts stay texts. */
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((c) => c != null));
  return node;
}

const number = (n) => n.toLocaleString("en");
const plural = (n, one, many = one + "s") => `${number(n)} ${n === 1 ? one : many}`;
const sign = (status) => el("span", { class: `sign ${status.replace(" ", "-")}`, "aria-hidden": "true" }, SIGNS[status]);
const keyOf = (cell) => [cell.op, cell.backend, cell.check].join("|");

// -- the data, by op and by cell --------------------------------------------------------------------------------------
const titles = new Map(report.checks.map((c) => [c.name, c.title]));
const kinds = new Map(report.ops.map((op) => [op.name, op.kind]));
const backends = report.backends.map((b) => b.name);
const cells = new Map(report.cells.map((c) => [keyOf(c), c]));
const failures = new Map();
for (const f of report.failures) {
  if (!failures.has(keyOf(f))) failures.set(keyOf(f), []);
  failures.get(keyOf(f)).push(f); // the smallest comes first
}
const used = new Map(backends.map((b) => [b, new Set()])); // the checks that a backend has cells of
const rows = new Map();
for (const cell of report.cells) {
  used.get(cell.backend)?.add(cell.check);
  if (!rows.has(cell.op)) rows.set(cell.op, { op: cell.op, kind: kinds.get(cell.op) ?? "", cells: [] });
  rows.get(cell.op).cells.push(cell);
}
const named = [...titles.keys(), ...report.cells.map((c) => c.check)];
const order = [...new Set(named)];
const KINDS = [...new Set(kinds.values())];
/** What fails comes first, then known differences, then the rest; each by kind and name. */
const rank = (row) => Math.min(2, ...row.cells.map((c) => STATUSES.indexOf(c.status)));
const sorted = [...rows.values()].sort(
  (a, b) => rank(a) - rank(b) || KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || a.op.localeCompare(b.op),
);

// -- what is asked for, kept in the address: #q=sin&status=failed&backend=torch&kind=row&open=sin|torch|value ---------
const state = { q: "", status: "", backend: "", kind: "", open: "" };

function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const name of Object.keys(state)) state[name] = given.get(name) ?? "";
}

function writeAddress() {
  const given = Object.entries(state).filter(([, value]) => value);
  const hash = new URLSearchParams(given).toString();
  if (location.hash.slice(1) !== hash) history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
}

function set(name, value) {
  state[name] = value;
  writeAddress();
  show();
}

// what a quick run took a share of, backend by backend
function shares() {
  const told = (s) => (s.one_in ? `1 of ${s.one_in} ${s.what}` : `no ${s.what}`);
  const names = [...new Set(report.shares.map((s) => s.backend))];
  return names.map((name) => `${name}: ${report.shares.filter((s) => s.backend === name).map(told).join(", ")}`).join("; ");
}

// -- the head ---------------------------------------------------------------------------------------------------------
function drawHead() {
  const { summary, plan, machine, versions } = report;
  const bad = summary.failures > 0;
  const ops = new Set(report.failures.map((f) => f.op)).size;
  const words = bad
    ? `${plural(summary.failures, "failure")} in ${plural(ops, "op")}`
    : summary.comparisons ? "All agree" : "Nothing was compared";
  $("verdict").append(sign(bad || !summary.comparisons ? "failed" : "passed"), words);
  document.title = `${words}: unigrad conformance`;
  const units = summary.units;
  $("told").textContent =
    `${plural(summary.comparisons, "comparison")} of ${plural(summary.cases, "case")} in ${number(Math.round(report.seconds))} s.` +
    (report.interrupted ? ` Interrupted after ${number(units.done)} of ${number(units.planned)} units: the rest did not run.` : "");
  if (report.interrupted) $("told").className = "notice";
  const where = report.backends.map((b) => b.name + (b.device && !b.name.includes(":") ? ` (${b.device})` : "") + (b.tf32 ? ", TF32" : ""));
  const facts = {
    Started: report.started.replace("T", " ").replace("+00:00", " UTC"),
    Backends: where.join(", "),
    Thoroughness: plan.thoroughness,
    Seed: plan.seed,
    ...(plan.ops.length ? { "Only ops": plan.ops.join(", ") } : {}),
    ...(plan.checks.length ? { "Only checks": plan.checks.join(", ") } : {}),
    ...(plan.dtypes.length ? { "Only dtypes": plan.dtypes.join(", ") } : {}),
    ...(report.shares.length ? { "Shares, by the seed": shares() } : {}),
    Versions: Object.entries(versions).filter(([n]) => ["unigrad", "numpy", "jax", "torch"].includes(n)).map((v) => v.join(" ")).join(", "),
    Machine: `Python ${machine.python}, ${machine.system} ${machine.machine}`,
  };
  for (const [name, value] of Object.entries(facts)) {
    $("facts").append(el("div", {}, el("dt", {}, name), el("dd", {}, String(value))));
  }
  for (const status of STATUSES) {
    const button = el("button", { type: "button", "data-status": status, "aria-pressed": "false" },
      sign(status), `${status} ${number(summary.cells[status])}`);
    button.addEventListener("click", () => set("status", state.status === status ? "" : status));
    $("statuses").append(button);
  }
  for (const name of backends) $("backend").append(el("option", { value: name }, name));
  for (const kind of KINDS) $("kind").append(el("option", { value: kind }, kind));
}

// -- the table --------------------------------------------------------------------------------------------------------
let drawnFor = null; // the backend of the columns that are there

function drawTable() {
  if (drawnFor === state.backend) return;
  drawnFor = state.backend;
  const columns = (state.backend ? [state.backend] : backends).flatMap((backend) =>
    order.filter((check) => used.get(backend)?.has(check)).map((check, k) => ({ backend, check, first: k === 0 })));
  const spans = new Map();
  for (const c of columns) spans.set(c.backend, (spans.get(c.backend) ?? 0) + 1);
  $("table").tHead.replaceChildren(
    el("tr", {}, el("th", { class: "corner", rowspan: 2, scope: "col" }, "op"),
      ...[...spans].map(([name, n]) => el("th", { class: "backend first", colspan: n, scope: "colgroup" }, name))),
    el("tr", {}, ...columns.map((c) =>
      el("th", { class: c.first ? "check first" : "check", scope: "col", title: titles.get(c.check) ?? c.check }, el("span", {}, brief(c.check))))),
  );
  const body = document.createDocumentFragment();
  for (const row of sorted) {
    const line = el("tr", {}, el("th", { class: "op", scope: "row", title: `${row.op}: ${row.kind}` }, row.op));
    for (const { backend, check, first } of columns) {
      const key = [row.op, backend, check].join("|");
      const cell = cells.get(key);
      const edge = first ? " first" : "";
      line.append(cell
        ? el("td", { class: cell.status.replace(" ", "-") + edge, tabindex: -1, "data-key": key, title: inWords(cell), "aria-label": inWords(cell) }, SIGNS[cell.status])
        : el("td", { class: "none" + edge }));
    }
    row.line = line;
    body.append(line);
  }
  $("table").tBodies[0].replaceChildren(body);
}

/** A check's name at the head of a narrow column; its whole name is there to hover, and in the cells. */
const brief = (check) =>
  check.includes(" over ") ? check.replaceAll(" over ", "·").replaceAll("reverse", "rev").replaceAll("forward", "fwd") : check;

function inWords(cell) {
  const found = cell.failures ? plural(cell.failures, "failure") : plural(cell.comparisons, "comparison");
  return `${cell.op} on ${cell.backend}, ${cell.check}: ${cell.status}, ${found}`;
}

function wanted(row) {
  const there = row.cells.filter((c) => !state.backend || c.backend === state.backend);
  return row.op.toLowerCase().includes(state.q.toLowerCase())
    && (!state.kind || row.kind === state.kind)
    && there.length > 0
    && (!state.status || there.some((c) => c.status === state.status));
}

function show() {
  drawTable();
  $("q").value = state.q;
  $("backend").value = state.backend;
  $("kind").value = state.kind;
  for (const button of $("statuses").children) button.setAttribute("aria-pressed", button.dataset.status === state.status);
  let seen = 0;
  for (const row of sorted) {
    row.line.hidden = !wanted(row);
    seen += !row.line.hidden;
  }
  $("count").textContent = seen === sorted.length ? plural(seen, "op") : `${number(seen)} of ${plural(sorted.length, "op")}`;
  enter(document.querySelector("tr:not([hidden]) > td[data-key]"));
}

/** The one cell that the Tab key reaches. */
function enter(cell) {
  for (const old of document.querySelectorAll('td[tabindex="0"]')) old.tabIndex = -1;
  if (cell) cell.tabIndex = 0;
}

function move(cell, key) {
  const across = { ArrowLeft: "previousElementSibling", ArrowRight: "nextElementSibling" }[key];
  const along = { ArrowUp: "previousElementSibling", ArrowDown: "nextElementSibling" }[key];
  if (across) {
    let next = cell[across];
    while (next && !next.dataset.key) next = next[across];
    return next;
  }
  const place = cell.cellIndex;
  const ends = { Home: "first", End: "last" }[key];
  if (ends) {
    const all = [...cell.parentNode.querySelectorAll("td[data-key]")];
    return ends === "first" ? all[0] : all.at(-1);
  }
  let row = cell.parentNode[along];
  while (row && (row.hidden || !row.cells[place].dataset.key)) row = row[along];
  return row?.cells[place];
}

// -- one cell ---------------------------------------------------------------------------------------------------------
/** A program, and a button that copies it. */
function code(text) {
  const button = el("button", { type: "button", onclick: () => copy(text, button) }, "Copy");
  return [el("div", { class: "head" }, el("h3", {}, "A program that shows it"), button), el("pre", { tabindex: 0 }, text)];
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // no permission, or a browser without it
    const range = document.createRange();
    range.selectNodeContents(button.parentNode.nextElementSibling);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    document.execCommand("copy");
  }
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = "Copy"), 1500);
}

function failureIn(f, least) {
  return [
    el("h3", {}, least ? "Smallest failing case" : "Case"),
    el("p", { class: "case" }, `${f.case} ${f.dtype}`),
    el("h3", {}, "What was found"),
    el("p", { class: "detail" }, f.detail),
    ...(f.script ? code(f.script) : []),
  ];
}

function contents(cell) {
  const found = failures.get(keyOf(cell)) ?? [];
  const out = [];
  const title = titles.get(cell.check);
  if (title && title !== cell.check) out.push(el("p", {}, title));
  if (found.length) out.push(...failureIn(found[0], true));
  if (found.length > 1) {
    out.push(el("h3", {}, `The other ${found.length - 1} of ${found.length} failures`));
    for (const f of found.slice(1, 50)) {
      out.push(el("details", {}, el("summary", {}, `${f.case} ${f.dtype}`), el("div", { class: "body" }, ...failureIn(f, false))));
    }
  }
  if (cell.known.length) out.push(el("h3", {}, "Known differences met"), el("ul", {}, ...cell.known.map((k) => el("li", {}, k))));
  const left = Object.entries(cell.left_out);
  if (left.length) out.push(el("h3", {}, "Left out"), el("ul", {}, ...left.map(([why, n]) => el("li", {}, `${plural(n, "case")}: ${why}`))));
  out.push(el("p", {}, plural(cell.comparisons, "comparison") + "."));
  return out;
}

function open(key) {
  const cell = cells.get(key);
  if (!cell) return;
  $("dialog").replaceChildren(
    el("div", { class: "bar" }, sign(cell.status), el("h2", { id: "dialog-title" }, `${cell.op} on ${cell.backend}: ${cell.check}`),
      el("button", { type: "button", onclick: () => $("dialog").close() }, "Close")),
    el("div", { class: "body" }, ...contents(cell)),
  );
  state.open = key;
  writeAddress();
  if (!$("dialog").open) $("dialog").showModal();
}

// -- below the table: all failures to read and to print, and the known differences ------------------------------------
function drawLists() {
  const failing = sorted.flatMap((row) => row.cells.filter((c) => c.failures));
  $("failures").hidden = !failing.length;
  for (const cell of failing.slice(0, 300)) {
    const entry = el("details", {}, el("summary", {}, sign("failed"), ` ${cell.op} on ${cell.backend}: ${cell.check} `,
      el("span", { class: "at" }, plural(cell.failures, "failure"))));
    entry.addEventListener("toggle", () => {
      if (entry.open && entry.children.length === 1) entry.append(el("div", { class: "body" }, ...contents(cell)));
    });
    $("failures").append(entry);
  }
  if (failing.length > 300) $("failures").append(el("p", {}, `And ${number(failing.length - 300)} failing cells more: the table has them.`));
  const known = new Map();
  for (const cell of report.cells) for (const name of cell.known) known.set(name, (known.get(name) ?? 0) + 1);
  $("differences").hidden = !known.size;
  for (const [name, n] of [...known].sort()) $("differences").lastElementChild.append(el("li", {}, `${name} `, el("span", { class: "at" }, `(${plural(n, "cell")})`)));
}

addEventListener("beforeprint", () => {
  for (const entry of document.querySelectorAll("#failures > details")) {
    entry.open = true;
    entry.dispatchEvent(new Event("toggle"));
  }
});

// -- what the reader does ---------------------------------------------------------------------------------------------
const body = $("table").tBodies[0];
$("q").addEventListener("input", (e) => set("q", e.target.value));
$("backend").addEventListener("change", (e) => set("backend", e.target.value));
$("kind").addEventListener("change", (e) => set("kind", e.target.value));
$("filters").addEventListener("submit", (e) => e.preventDefault());
body.addEventListener("click", (e) => {
  const cell = e.target.closest("td[data-key]");
  if (!cell) return;
  enter(cell);
  open(cell.dataset.key);
});
body.addEventListener("keydown", (e) => {
  const cell = e.target.closest("td[data-key]");
  if (!cell) return;
  if (e.key === "Enter" || e.key === " ") open(cell.dataset.key);
  else {
    const next = move(cell, e.key);
    if (!next && !e.key.startsWith("Arrow")) return;
    if (next) {
      enter(next);
      next.focus();
    }
  }
  e.preventDefault();
});
$("dialog").addEventListener("close", () => {
  state.open = "";
  writeAddress();
  document.querySelector('td[tabindex="0"]')?.focus();
});
$("dialog").addEventListener("click", (e) => e.target === $("dialog") && $("dialog").close());
addEventListener("hashchange", () => {
  readAddress();
  show();
  if (state.open) open(state.open);
});

readAddress();
drawHead();
show();
drawLists();
if (state.open) open(state.open);
