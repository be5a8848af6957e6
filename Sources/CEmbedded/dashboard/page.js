// The dashboard's script: reads the API with the tab's token and shows what it says. Everything
// from outside is set as text, never as markup.
"use strict";

const KEY = "assay-token";

function token() {
  const match = /^#token=([A-Za-z0-9_.~-]+)$/.exec(location.hash);
  if (match) {
    sessionStorage.setItem(KEY, match[1]);
    // The address must not keep it: addresses are shared, logged and remembered.
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem(KEY);
}

async function get(path, held) {
  const response = await fetch(path, { headers: { Authorization: "Bearer " + held } });
  if (!response.ok) throw Object.assign(new Error(path), { status: response.status });
  return response;
}

function cell(text, className, title) {
  const element = document.createElement("td");
  element.textContent = text ?? "–";
  if (className) element.className = className;
  if (title) element.title = title;
  return element;
}

function code(text) {
  const element = document.createElement("td");
  const inner = document.createElement("code");
  inner.textContent = text;
  element.append(inner);
  return element;
}

function fill(id, rows) {
  const table = document.getElementById(id);
  document.getElementById(id + "-empty").hidden = rows.length > 0;
  table.hidden = rows.length === 0;
  table.tBodies[0].replaceChildren(...rows.map((cells) => {
    const row = document.createElement("tr");
    row.append(...cells);
    return row;
  }));
}

const base = (path) => (path ?? "").split("/").filter(Boolean).pop() ?? path;
const when = (time) => (time ? new Date(time).toLocaleString() : "–");
const rank = { error: 0, warning: 1, note: 2 };

function why(decision) {
  const findings = [...(decision?.findings ?? [])];
  findings.sort((a, b) => rank[a.severity] - rank[b.severity]);
  if (findings.length === 0) return decision ? "nothing found" : "–";
  const more = findings.length > 1 ? ` (and ${findings.length - 1} more)` : "";
  return findings[0].message + more;
}

// A verdict that no longer stands is never shown as if it did.
function standing(decision) {
  if (!decision) return cell(undefined, "verdict");
  if (decision.state === "current") return cell(decision.verdict, "verdict " + decision.verdict);
  return cell(`${decision.verdict}, ${decision.state}`, "verdict review");
}

function subject(job) {
  const request = job.request ?? {};
  const path = request.path ?? request.suspect ?? request.suspects;
  if (path) return base(Array.isArray(path) ? path[0] : path);
  return request.from ? `${request.from} to ${request.to}` : "all decisions";
}

function outcome(job) {
  if (job.error) return job.error.detail ?? job.error.code;
  if (job.result?.verdict) return job.result.verdict;
  if (job.state === "running" && job.progress?.total > 0)
    return Math.floor((100 * job.progress.done) / job.progress.total) + " %";
  return job.result ? "exit code " + job.result.exit_code : "–";
}

async function status() {
  const line = document.getElementById("status");
  let state = "unreachable";
  try {
    state = (await (await fetch("/readyz")).json()).status;
  } catch { /* the state says it */ }
  line.dataset.state = state;
  line.textContent = {
    ready: "Ready.", degraded: "The state cannot be written: look at the disk.",
    draining: "Stopping.", unreachable: "The daemon does not answer.",
  }[state] ?? state;
}

async function show(held) {
  const [models, jobs, schedules, checkpoint] = await Promise.all([
    get("/v1/models?limit=200", held).then((r) => r.json()),
    get("/v1/jobs?limit=50", held).then((r) => r.json()),
    get("/v1/schedules", held).then((r) => r.json()),
    get("/v1/log/checkpoint", held).then((r) => r.text()),
  ]);
  const checked = models.models.sort((a, b) => (a.last_checked < b.last_checked ? 1 : -1));
  fill("models", checked.map((model) => {
    return [
      cell(model.name ?? base(model.path), "", model.path), standing(model.decision),
      cell(why(model.decision)), cell(when(model.last_checked)),
      code(model.digest.slice(0, 23) + "…"),
    ];
  }));
  fill("jobs", jobs.jobs.map((job) => [
    cell(job.kind), cell(subject(job)), cell(job.state, job.state),
    cell(outcome(job), "verdict " + (job.result?.verdict ?? "")),
    cell(job.trigger?.name ? `${job.trigger.kind}: ${job.trigger.name}` : job.trigger?.kind),
    cell(when(job.created_at)),
  ]));
  fill("schedules", schedules.schedules.map((schedule) => [
    cell(schedule.name), cell(`${schedule.cron} (${schedule.timezone})`),
    cell(when(schedule.next)), cell(when(schedule.last_fired)),
  ]));
  const [origin, size, root] = checkpoint.split("\n");
  document.getElementById("origin").textContent = origin;
  document.getElementById("entries").textContent = size;
  document.querySelector("#root code").textContent = root;
}

async function refresh() {
  await status();
  const held = token();
  const signIn = document.getElementById("sign-in");
  signIn.hidden = Boolean(held);
  if (!held) return;
  try {
    await show(held);
  } catch (error) {
    if (error.status === 401 || error.status === 403) {
      sessionStorage.removeItem(KEY);
      signIn.hidden = false;
    }
  }
}

document.getElementById("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, document.getElementById("token").value.trim());
  refresh();
});
window.addEventListener("hashchange", refresh);
refresh();
setInterval(refresh, 5000);
