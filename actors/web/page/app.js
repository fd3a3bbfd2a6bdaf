// The operator's page. It shows what the daemon tells in its event stream and sends what the
// operator orders. Whatever comes from outside is written as text, never as HTML.

// -- what holds for the whole page ----------------------------------------------------------

/// Seconds of the last minutes that a tile's plot shows; the large one shows what is there, but so
/// much at least and at most.
const tileSpan = 120;
const shortestDetail = 60;
const longestDetail = 600;
/// The daemon keeps as many points and tells as many decisions.
const historyLimit = 120;
const decisionLimit = 100;
/// The daemon says something every 15 s: after so long without a word the stream is dead.
const silenceLimit = 35_000;
/// Pauses before the stream is tried again: doubling between these, with jitter.
const firstPause = 1_000;
const longestPause = 15_000;
/// A line of the stream that is longer is not from a Firefinder.
const longestLine = 4 * 1024 * 1024;
/// A frame spends no more than this on tiles; the others wait for the next frame.
const frameBudget = 10;

const alarmWords = {
  unknown: "Waiting", idle: "Idle", suspected: "Suspected", fire: "FIRE", degraded: "Degraded",
  disarmed: "Disarmed",
};

const decisionWords = {
  agreement: "Trigger", too_few_cameras: "Too few cameras agree", cooldown: "Held: cooldown",
  same_fire: "Held: same fire", trigger_waits: "Held: a trigger waits for the broker",
  disarmed: "Held: disarmed", apart_in_time: "Held: not at the same time",
  no_detection: "Waiting for the next detection",
};

/// What the daemon told last.
const house = {
  state: null,
  cameras: new Map(),
  decisions: [],
  /// The alarm's word is what it is since then; null: it was so before the page looked.
  wordSince: null,
  /// Daemon's clock less this browser's, in seconds.
  skew: 0,
};

const byId = (id) => document.getElementById(id);

/// Now, on the daemon's clock, in unix seconds.
const now = () => Date.now() / 1000 + house.skew;

// -- text and elements ------------------------------------------------------------------------

/// An element with a class and children; strings become text.
function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/// A name from outside: its writing direction does not touch what stands beside it.
const nameElement = (name) => element("bdi", "", name);

function symbol(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/// These change the document only where something changes.
function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}
function setClass(target, className) {
  if (target.className !== className) target.className = className;
}
function setHidden(target, hidden) {
  if (target.hidden !== hidden) target.hidden = hidden;
}

const clockFormat = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const dayFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/// A moment in the browser's zone: the time, with the day when it was not today.
function clock(seconds) {
  const moment = new Date(seconds * 1000);
  const time = clockFormat.format(moment);
  return moment.toDateString() === new Date().toDateString()
    ? time : `${dayFormat.format(moment)}, ${time}`;
}

function duration(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

const since = (seconds) => `since ${clock(seconds)} (${duration(now() - seconds)})`;
const known = (value) => value !== null && value !== undefined;
const percent = (ratio) => (known(ratio) ? `${(ratio * 100).toFixed(ratio < 0.1 ? 2 : 0)} %` : "–");
const decimal = (value) => (known(value) ? value.toFixed(2) : "–");
const plural = (count, one, many) => `${count} ${count === 1 ? one : many}`;

function sentence(text) {
  const trimmed = String(text ?? "").trim();
  if (!trimmed) return "";
  const first = trimmed[0].toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

/// What a camera's standing rests on, without the verdict that stands beside it anyway.
const grounds = (standing) => String(standing.reason_text ?? "").replace(/^(agrees|does not agree): /i, "");

function timeElement(seconds) {
  const made = element("time", "", clock(seconds));
  made.dateTime = new Date(seconds * 1000).toISOString();
  return made;
}

/// Fills a description list with [term, text, class].
function describe(list, entries) {
  if (list.children.length !== entries.length) {
    list.replaceChildren(...entries.map(() => element("div", "", element("dt", ""), element("dd", ""))));
  }
  entries.forEach(([term, text, className = ""], i) => {
    const entry = list.children[i];
    setClass(entry, className);
    setText(entry.firstChild, term);
    setText(entry.lastChild, text);
  });
}

// -- drawing in frames ------------------------------------------------------------------------

/// What has changed since the last frame.
const dirty = {
  state: false, decisions: false, order: false, counts: false, detail: false, cameras: new Set(),
};
let frame = 0;
let orderedAt = 0;

function schedule() {
  if (!frame) frame = requestAnimationFrame(draw);
}

function draw() {
  frame = 0;
  const began = performance.now();
  if (dirty.state) {
    dirty.state = false;
    drawBand();
    drawProblems();
    drawActions();
  }
  for (const key of dirty.cameras) {
    if (performance.now() - began > frameBudget) break;
    dirty.cameras.delete(key);
    const camera = house.cameras.get(key);
    if (camera) drawTile(camera);
  }
  if (dirty.order && (began - orderedAt > 1000 || orderedAt === 0) && dirty.cameras.size === 0) {
    dirty.order = false;
    orderedAt = began;
    sortWall();
  }
  if (dirty.counts && dirty.cameras.size === 0) {
    dirty.counts = false;
    filterWall();
  }
  if (dirty.decisions) {
    dirty.decisions = false;
    drawTimeline();
  }
  if (dirty.detail) {
    dirty.detail = false;
    drawDetail();
  }
  drawPlots(began);
  if (dirty.cameras.size > 0) schedule();
}

// -- the event stream -------------------------------------------------------------------------

class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/// The token lives as long as the tab, and in no URL.
const token = {
  get: () => sessionStorage.getItem("token"),
  set: (value) => sessionStorage.setItem("token", value),
  forget: () => sessionStorage.removeItem("token"),
};

/// Asks the daemon; throws Refused when it answers, but not as wished.
async function ask(path, options = {}) {
  const headers = { ...options.headers };
  if (token.get()) headers.Authorization = `Bearer ${token.get()}`;
  const response = await fetch(path, { cache: "no-store", ...options, headers });
  if (response.ok) return response;
  let reason = `Firefinder answers ${response.status}`;
  try {
    reason = (await response.json()).error ?? reason;
  } catch {
    // A proxy's page, perhaps: the number must do.
  }
  throw new Refused(response.status, reason);
}

const link = {
  up: false,
  /// Unix seconds of the last byte; 0: there was none.
  heardAt: 0,
  lostAt: 0,
  attempts: 0,
  /// What the pause before the next attempt waits for, beside the time.
  resume: null,
  nextAt: 0,
};

/// Calls `handle` for each event of a stream until it ends.
async function readEvents(body, handle, heard) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let name = "";
  let data = [];
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    heard();
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    if (rest.length > longestLine) throw new Error("the stream makes no sense");
    for (const raw of lines) {
      const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
      if (line.startsWith("event:")) {
        name = line.slice(6).trim();
      } else if (line.startsWith("data:")) {
        data.push(line.slice(5));
      } else if (line === "") {
        if (data.length > 0) handle(name, JSON.parse(data.join("\n")));
        name = "";
        data = [];
      }
    }
  }
}

/// One connection: from its opening until it breaks, which it always does by an exception.
async function listen() {
  const abort = new AbortController();
  let silence = setTimeout(() => abort.abort(), silenceLimit);
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(() => abort.abort(), silenceLimit);
    link.heardAt = Date.now() / 1000;
    dirty.state = true;
    schedule();
  };
  try {
    const response = await ask("api/events", { signal: abort.signal });
    heard();
    const met = new Set();
    const gone = new Set();
    let caughtUp = false;
    await readEvents(response.body, (name, data) => {
      if (name === "state") {
        takeState(data, !link.up);
        if (!link.up) setLink(true);
      } else if (name === "camera") {
        met.add(data.key);
        gone.delete(data.key);
        takeCamera(data);
      } else if (name === "gone") {
        gone.add(data.key);
        dropCamera(data.key);
      } else if (name === "decision") {
        takeDecisions([data]);
      }
      if (link.up && !caughtUp) {
        caughtUp = true;
        catchUp(met, gone, abort);
      }
    }, heard);
    throw new Error("the stream has ended");
  } finally {
    clearTimeout(silence);
    abort.abort();
  }
}

/// Fetches what the stream does not tell: what was before it. A camera that neither it nor the
/// stream knows went while nobody listened.
async function catchUp(met, gone, abort) {
  try {
    const [state, cameras] = await Promise.all([
      ask("api/state", { signal: abort.signal }),
      ask("api/cameras?history=1", { signal: abort.signal }),
    ]);
    takeState(await state.json(), false);
    const list = (await cameras.json()).cameras;
    for (const data of list) {
      if (gone.has(data.key)) continue;
      takeHistory(data, met.has(data.key));
      met.add(data.key);
    }
    for (const key of [...house.cameras.keys()]) if (!met.has(key)) dropCamera(key);
    catchUpDecisions(abort);
  } catch {
    // Without it the page would be half right: a new stream tries again.
    abort.abort();
  }
}

/// They come from the disk, which may be what is in trouble: the rest of the page does without.
async function catchUpDecisions(abort) {
  while (!abort.signal.aborted) {
    try {
      const answer = await ask(`api/decisions?limit=${decisionLimit}`, { signal: abort.signal });
      takeDecisions((await answer.json()).decisions);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 15_000));
    }
  }
}

/// Listens for ever.
async function follow() {
  for (;;) {
    let refusal = null;
    try {
      await listen();
    } catch (error) {
      refusal = error instanceof Refused ? error : null;
    }
    if (refusal?.status === 401) {
      refusal.message = token.get() ? "The token is wrong." : "Firefinder asks for its token.";
      token.forget();
      setLink(false, refusal);
      // Wrong tokens are counted: no attempt is made without a new one.
      if (!(await askToken(refusal.message))) await resumed();
      continue;
    }
    setLink(false, refusal);
    const pause = refusal?.status === 429 ? 60_000
      : Math.min(longestPause, firstPause * 2 ** link.attempts) * (0.5 + Math.random() / 2);
    link.attempts += 1;
    link.nextAt = Date.now() + pause;
    drawLost();
    await resumed(pause);
  }
}

/// Waits until somebody wants an attempt now, or so many milliseconds.
async function resumed(pause) {
  await new Promise((resolve) => {
    const timer = pause === undefined ? 0 : setTimeout(resolve, pause);
    link.resume = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  link.resume = null;
}

function setLink(up, refusal = null) {
  if (up) {
    link.attempts = 0;
    link.lostAt = 0;
  } else if (!link.lostAt) {
    link.lostAt = Date.now() / 1000;
  }
  link.up = up;
  link.refusal = refusal;
  drawLost();
  // A background tab draws no frames, and its title is what the operator sees of it.
  drawTitle();
  dirty.state = true;
  schedule();
}

// -- what the daemon tells --------------------------------------------------------------------

/// `first`: of a connection. Its moment may be old, and none is from the future: the latest counts.
function takeState(state, first) {
  const before = house.state;
  // A new Firefinder brings a new page.
  if (before && before.version !== state.version) location.reload();
  const skew = state.now - Date.now() / 1000;
  house.skew = first ? skew : Math.max(house.skew, skew);
  if (before && before.alarm !== state.alarm) house.wordSince = now();
  house.state = state;
  drawTitle();
  if (before?.alarm !== state.alarm || before?.agreeing !== state.agreeing
      || before?.reason !== state.reason) announce(before);
  dirty.state = true;
  schedule();
}

function newCamera(key) {
  const camera = { key, data: null, history: [], tile: null, rank: -1 };
  house.cameras.set(key, camera);
  return camera;
}

function changed(camera) {
  dirty.cameras.add(camera.key);
  dirty.counts = true;
  const rank = rankOf(camera.data);
  if (rank !== camera.rank || camera.sortName !== camera.data.name) {
    camera.rank = rank;
    camera.sortName = camera.data.name;
    dirty.order = true;
  }
  if (detail.key === camera.key) dirty.detail = true;
  schedule();
}

function takeCamera(data) {
  const camera = house.cameras.get(data.key) ?? newCamera(data.key);
  if (data.point) addPoint(camera, data.point);
  delete data.point;
  camera.data = data;
  changed(camera);
}

function addPoint(camera, point) {
  const last = camera.history[camera.history.length - 1];
  if (last && point[0] <= last[0]) return;
  camera.history.push(point);
  if (camera.history.length > historyLimit) camera.history.shift();
}

/// Points that only one side knows stay: the daemon's own are gone with its restart.
function takeHistory(data, streamKnows) {
  const camera = house.cameras.get(data.key) ?? newCamera(data.key);
  const told = data.history ?? [];
  delete data.history;
  if (told.length > 0) {
    const first = told[0][0];
    const last = told[told.length - 1][0];
    camera.history = [
      ...camera.history.filter((p) => p[0] < first), ...told,
      ...camera.history.filter((p) => p[0] > last),
    ].slice(-historyLimit);
  }
  if (!streamKnows || !camera.data) camera.data = data;
  changed(camera);
}

function dropCamera(key) {
  const camera = house.cameras.get(key);
  if (!camera) return;
  if (camera.tile) {
    sight.unobserve(camera.tile.item);
    plotSizes.unobserve(camera.tile.canvas);
    visible.delete(camera);
    camera.tile.item.remove();
  }
  house.cameras.delete(key);
  dirty.cameras.delete(key);
  dirty.counts = true;
  if (detail.key === key) byId("camera").close();
  schedule();
}

const decisionId = (decision) => `${decision.t} ${decision.reason} ${decision.agreeing}`;

function takeDecisions(news) {
  const have = new Map(house.decisions.map((d) => [decisionId(d), d]));
  for (const decision of news) have.set(decisionId(decision), decision);
  house.decisions = [...have.values()].sort((a, b) => b.t - a.t).slice(0, decisionLimit);
  dirty.decisions = true;
  dirty.detail = true;
  schedule();
}

// -- the band ---------------------------------------------------------------------------------

const faviconShapes = {
  unknown: ["#69737d", "M14 32h36"], idle: ["#1f7a4d", "M16 33l11 11 21-23"],
  suspected: ["#c25e00", "M32 14v24M32 47v5"], fire: ["#c1121f", "M32 12v28M32 49v6"],
  degraded: ["#8a6100", "M32 14v24M32 47v5"], disarmed: ["#4b5a6b", "M24 16v32M40 16v32"],
};

function alarmWord() {
  return alarmWords[house.state?.alarm] ? house.state.alarm : "unknown";
}

/// A tab in the background is judged by its title and its icon.
function drawTitle() {
  const word = alarmWord();
  const lost = !link.up && link.lostAt > 0;
  const title = `${lost ? "No connection" : alarmWords[word]} · Firefinder`;
  if (document.title !== title) document.title = title;
  const shape = lost ? "lost" : word;
  const icon = byId("favicon");
  if (icon.dataset.shape === shape) return;
  icon.dataset.shape = shape;
  const [colour, path] = lost ? ["#69737d", "M18 18l28 28M46 18L18 46"] : faviconShapes[word];
  const frameShape = word === "fire" && !lost
    ? "<path d='M32 1l31 60H1z'/>" : "<rect width='64' height='64' rx='14'/>";
  icon.href = `data:image/svg+xml,${encodeURIComponent(
    `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 64 64'><g fill='${colour}'>${frameShape}</g>`
    + `<path d='${path}' fill='none' stroke='#fff' stroke-width='8' stroke-linecap='round'/></svg>`)}`;
}

/// Tells those who listen instead of looking; growth alone is not worth a word.
function announce(before) {
  const { alarm } = house.state;
  const text = `${alarmWords[alarmWord()]}. ${whyText(house.state)}`;
  if (alarm === "fire" && before?.alarm !== "fire") setText(byId("assertive"), text);
  else setText(byId("polite"), text);
  if (alarm !== "fire") setText(byId("assertive"), "");
}

/// Since when the alarm's word holds, as far as that can be known; null: not.
function heldSince(state) {
  if (house.wordSince !== null) return house.wordSince;
  if (state.alarm === "fire") return state.last_trigger?.at ?? null;
  if (state.alarm !== "degraded") return null;
  const moments = state.problems.filter((p) => p.severity === "trouble").map((p) => p.since).filter(known);
  return moments.length > 0 ? Math.min(...moments) : null;
}

function listed(names) {
  const more = names.length - 3;
  return names.slice(0, 3).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/// Why the alarm is as it is: the decision, and who has which part in it.
function whyText(state) {
  const cameras = [...house.cameras.values()].map((c) => c.data);
  const agreeing = cameras.filter((c) => c.standing.agrees).map((c) => c.name);
  const parts = [sentence(state.reason_text)];
  if (state.alarm === "fire" && state.alarm_on && state.last_trigger) {
    parts.unshift(`Trigger at ${clock(state.last_trigger.at)} by ${
      listed(state.last_trigger.cameras.map(cameraName))}.`);
  } else if (agreeing.length > 0) {
    parts.push(`Agreeing: ${listed(agreeing)}.`);
  }
  if (state.alarm === "suspected") {
    for (const c of cameras.filter((x) => x.sees && !x.standing.agrees).slice(0, 2)) {
      parts.push(`${c.name}: ${sentence(grounds(c.standing))}`);
    }
  }
  return parts.join(" ");
}

function drawBand() {
  const state = house.state;
  const word = alarmWord();
  if (document.body.dataset.alarm !== word) {
    document.body.dataset.alarm = word;
    byId("alarm-icon").setAttribute("href", `#i-${word}`);
  }
  document.body.classList.toggle("stale", !link.up);
  if (!state) return;
  setText(byId("word"), alarmWords[word]);
  setText(byId("instance"), state.instance === "main" ? "" : state.instance);
  setText(byId("sentence"), whyText(state));
  const held = heldSince(state);
  const notes = [];
  if (held !== null) notes.push(`${alarmWords[word]} ${since(held)}`);
  if (state.alarm_on) {
    notes.push(state.acknowledged
      ? `acknowledged${state.acknowledged_by ? ` by ${state.acknowledged_by}` : ""}`
        + `${known(state.acknowledged_at) ? ` at ${clock(state.acknowledged_at)}` : ""}`
      : "not acknowledged");
  }
  if (!state.armed && state.alarm !== "disarmed") notes.push("disarmed: no trigger is published");
  if (state.cooldown) {
    notes.push(known(state.cooldown_until)
      ? `cooldown until ${clock(state.cooldown_until)}` : "cooldown runs");
  }
  setText(byId("since"), notes.join(" · "));
  const trigger = state.last_trigger;
  describe(byId("facts"), [
    ["Cameras agreeing", `${state.agreeing} of ${state.threshold} needed`],
    ["Cameras online", `${state.cameras_online} of ${state.cameras_total}`,
      state.cameras_online < state.cameras_total ? "short" : ""],
    ["Broker", state.link.up ? `linked, ${state.link.broker}`
      : `no link to ${state.link.broker}${known(state.link.since) ? ` since ${clock(state.link.since)}` : ""}`,
    state.link.up ? "" : "bad"],
    ["Last trigger", trigger ? `${clock(trigger.at)}, ${listed(trigger.cameras.map(cameraName))}` : "never"],
    ["Updated", link.heardAt ? clock(link.heardAt + house.skew) : "never",
      link.up ? "clock" : "clock bad"],
  ]);
  const about = [`Firefinder ${state.version}`, `running ${since(state.started_at)}`];
  if (state.frigate) about.push(`Frigate ${state.frigate}`);
  if (state.drill) {
    about.push(`last drill ${state.drill.passed ? "passed" : "FAILED"} at ${clock(state.drill.at)}`);
  }
  setText(byId("about"), about.join(" · "));
  setHidden(byId("forget"), !token.get());
}

function drawLost() {
  setHidden(byId("lost"), link.up || !link.lostAt);
  if (link.up || !link.lostAt) return;
  const when = clock(link.heardAt || link.lostAt);
  const old = house.state ? `No connection to Firefinder since ${when}: what you see is old.`
    : link.refusal ? "" : "No connection to Firefinder: nothing is known.";
  setText(byId("lost-text"), `${old} ${sentence(link.refusal?.message)}`.trim());
  drawCountdown();
}

function drawCountdown() {
  if (link.up || !link.lostAt) return;
  const left = Math.ceil((link.nextAt - Date.now()) / 1000);
  const tokenWanted = link.refusal?.status === 401;
  setText(byId("lost-next"), tokenWanted ? "" : left > 0 ? `Next attempt in ${duration(left)}.`
    : "Trying now.");
  setText(byId("lost-button"), tokenWanted ? "Enter the token" : "Try now");
}

// -- problems ---------------------------------------------------------------------------------

function drawProblems() {
  const problems = house.state?.problems ?? [];
  const wanted = JSON.stringify(problems);
  const list = byId("problem-list");
  if (list.told === wanted) return;
  list.told = wanted;
  setHidden(byId("problems"), problems.length === 0);
  byId("problems").classList.toggle("calm", problems.every((p) => p.severity !== "trouble"));
  setText(byId("problem-count"), problems.length > 3 ? `(${problems.length})` : "");
  const ordered = [...problems].sort((a, b) =>
    Number(a.severity !== "trouble") - Number(b.severity !== "trouble")
    || (a.since ?? 0) - (b.since ?? 0));
  list.replaceChildren(...ordered.map((problem) => {
    const trouble = problem.severity === "trouble";
    const text = element("p", "", element("span", "severity", trouble ? "Trouble" : "Notice"), " ",
      element("bdi", "", sentence(problem.text)));
    if (known(problem.since)) {
      text.append(" ", element("span", "when", "since ", timeElement(problem.since)));
    }
    return element("li", trouble ? "trouble" : "notice", symbol(trouble ? "degraded" : "online"), text);
  }));
  dirty.counts = true;
}

// -- cameras: the wall ------------------------------------------------------------------------

const blind = (c) => !c.online && known(c.blind_since);
const snoozed = (c) => known(c.snoozed_until) && c.snoozed_until > now();

function rankOf(c) {
  if (c.standing.agrees) return 0;
  if (c.sees) return 1;
  return blind(c) ? 2 : 3;
}

/// How a camera is, in a word and a shape.
function lookOf(c) {
  if (c.standing.agrees) return ["agrees", `agrees: ${c.sees ?? "fire"}`];
  if (c.sees) return ["seeing", `sees ${c.sees}`];
  if (blind(c)) return ["blind", `blind since ${clock(c.blind_since)}`];
  if (!c.enabled) return ["off", "switched off"];
  if (snoozed(c)) return ["snoozed", `snoozed until ${clock(c.snoozed_until)}`];
  return c.online ? ["online", "online"] : ["off", "not heard yet"];
}

/// What else is to be known about it, when that is not its state.
function marksOf(c) {
  const marks = [];
  if (["off", "snoozed"].includes(lookOf(c)[0])) return "";
  if (!c.enabled) marks.push("switched off");
  if (snoozed(c)) marks.push(`snoozed until ${clock(c.snoozed_until)}`);
  if (c.enabled && !snoozed(c) && !c.counts) marks.push("does not count");
  return marks.join(", ");
}

/// What growth and confidence must be: of a camera that sees nothing only the settings tell.
function neededBy(c) {
  return {
    growth: c.standing.growth_needed || house.state?.growth_needed || 0,
    confidence: c.standing.confidence_needed || house.state?.min_confidence || 0,
  };
}

const visible = new Set();
const sight = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const camera = house.cameras.get(entry.target.dataset.key);
    if (!camera?.tile) continue;
    if (entry.isIntersecting) {
      visible.add(camera);
      camera.tile.stalePlot = true;
    } else {
      visible.delete(camera);
    }
  }
  schedule();
}, { rootMargin: "200px" });

/// Sizes come from the layout without asking for a new one.
const plotSizes = new ResizeObserver((entries) => {
  for (const entry of entries) {
    const camera = house.cameras.get(entry.target.dataset.key);
    if (!camera?.tile) continue;
    camera.tile.width = entry.contentRect.width;
    camera.tile.height = entry.contentRect.height;
    camera.tile.stalePlot = true;
  }
  schedule();
});

function makeTile(camera) {
  const tile = {
    item: element("li", "camera"),
    button: element("button", "tile"),
    name: element("bdi", "name"),
    icon: symbol("online"),
    state: element("span", "state"),
    marks: element("span", "marks"),
    why: element("span", "why"),
    plots: element("span", "plots"),
    area: element("span", "value"),
    growth: element("span", "value"),
    confidence: element("span", "value"),
    canvas: element("canvas", "spark"),
    width: 0, height: 0, stalePlot: true,
  };
  tile.button.type = "button";
  tile.button.setAttribute("aria-haspopup", "dialog");
  tile.canvas.setAttribute("aria-hidden", "true");
  tile.item.dataset.key = camera.key;
  tile.canvas.dataset.key = camera.key;
  tile.plots.append(tile.canvas,
    element("span", "label", "area "), tile.area,
    element("span", "label", "growth "), tile.growth,
    element("span", "label", "confidence "), tile.confidence);
  tile.button.append(
    element("span", "line", tile.icon, tile.name, " ", tile.state), " ",
    tile.marks, " ", tile.why, " ", tile.plots);
  tile.item.append(tile.button);
  tile.button.addEventListener("click", () => openDetail(camera.key));
  byId("wall").append(tile.item);
  sight.observe(tile.item);
  plotSizes.observe(tile.canvas);
  return tile;
}

const recent = (camera) => {
  const last = camera.history[camera.history.length - 1];
  return last !== undefined && last[0] > now() - tileSpan;
};

function drawTile(camera) {
  if (!camera.tile) camera.tile = makeTile(camera);
  const { data, tile } = camera;
  const [look, word] = lookOf(data);
  const plotted = recent(camera);
  setClass(tile.button, `tile is-${look}${plotted ? " plotted" : ""}`);
  if (tile.look !== look) {
    tile.look = look;
    tile.icon.firstChild.setAttribute("href", `#i-${look}`);
  }
  setText(tile.name, data.name);
  setText(tile.state, word);
  setText(tile.marks, marksOf(data));
  setText(tile.why, ["nothing_seen", "offline"].includes(data.standing.reason) ? ""
    : sentence(grounds(data.standing)));
  setHidden(tile.plots, !plotted);
  if (!plotted) return;
  const needed = neededBy(data);
  const newest = camera.history[camera.history.length - 1];
  setText(tile.area, percent(newest[1]));
  setText(tile.growth, `${decimal(data.standing.growth)} / ${decimal(needed.growth)}`);
  setText(tile.confidence, `${decimal(newest[3])} / ${decimal(needed.confidence)}`);
  tile.stalePlot = true;
}

const collator = new Intl.Collator("en", { numeric: true });

/// Brings the tiles into order, moving as few as it can; the focus stays where it was.
function sortWall() {
  const wall = byId("wall");
  const wanted = [...house.cameras.values()].filter((c) => c.tile)
    .sort((a, b) => a.rank - b.rank || collator.compare(a.sortName, b.sortName)
      || (a.key < b.key ? -1 : 1));
  const focused = wall.contains(document.activeElement) ? document.activeElement : null;
  let place = wall.firstElementChild;
  for (const { tile: { item } } of wanted) {
    if (place !== item && place?.nextElementSibling === item) {
      const late = place;
      place = item;
      wall.append(late);
    }
    if (place === item) place = item.nextElementSibling;
    else wall.insertBefore(item, place);
  }
  if (focused && document.activeElement !== focused) focused.focus({ preventScroll: true });
}

const view = { filter: "all", search: "" };

function filterWall() {
  const troubled = new Set((house.state?.problems ?? []).map((p) => p.camera).filter(known));
  const kinds = {
    all: () => true,
    seeing: (c) => c.sees !== null || c.standing.agrees,
    problems: (c) => blind(c) || !c.counts || troubled.has(c.key),
  };
  const counts = { all: 0, seeing: 0, problems: 0 };
  let shown = 0;
  for (const camera of house.cameras.values()) {
    for (const kind of Object.keys(kinds)) if (kinds[kind](camera.data)) counts[kind] += 1;
    if (!camera.tile) continue;
    const fits = kinds[view.filter](camera.data)
      && camera.data.name.toLowerCase().includes(view.search);
    setHidden(camera.tile.item, !fits);
    if (fits) shown += 1;
  }
  for (const kind of Object.keys(counts)) setText(byId(`count-${kind}`), String(counts[kind]));
  const total = house.cameras.size;
  setText(byId("cameras-shown"),
    shown < total ? `${shown} of ${total} shown` : "Plots show the last 2 minutes");
  setHidden(byId("wall-empty"), shown > 0);
  setText(byId("wall-empty"), total === 0 ? "No camera is known yet."
    : "No camera fits the search and the filter.");
}

// -- cameras: small plots ---------------------------------------------------------------------

let colours = {};
function readColours() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ["area", "growth", "confidence", "needed", "line", "text", "muted"]) {
    colours[name] = style.getPropertyValue(`--${name}`).trim();
  }
}

/// The lanes of a plot: which number of a point, and how far its scale goes.
function lanesOf(camera, points) {
  const needed = neededBy(camera.data);
  const most = (index) => points.reduce((m, p) => Math.max(m, p[index] ?? 0), 0);
  return [
    { name: "area", index: 1, top: most(1) * 1.2 || 1, needed: 0 },
    { name: "growth", index: 2, top: Math.max(most(2) * 1.1, needed.growth * 1.5, 1), needed: needed.growth },
    { name: "confidence", index: 3, top: 1.05, needed: needed.confidence },
  ];
}

/// So long without a point is a gap in the line.
const gapOf = (camera) => Math.max(10, 4 * (camera.data.standing.cadence_s || 0));

function drawPlot(camera) {
  const { canvas, width, height } = camera.tile;
  if (width < 1 || height < 1) return false;
  const scale = window.devicePixelRatio || 1;
  const wide = Math.round(width * scale);
  const high = Math.round(height * scale);
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  context.lineJoin = "round";
  const end = now();
  const points = camera.history.filter((p) => p[0] > end - tileSpan - 10);
  const x = (t) => width - ((end - t) / tileSpan) * width;
  const gap = gapOf(camera);
  const laneHeight = height / 3;
  lanesOf(camera, points).forEach((lane, row) => {
    const bottom = (row + 1) * laneHeight - 2;
    const y = (value) => bottom - (Math.min(value, lane.top) / lane.top) * (laneHeight - 5);
    context.strokeStyle = colours.line;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(0, bottom + 0.5);
    context.lineTo(width, bottom + 0.5);
    context.stroke();
    if (lane.needed > 0) {
      context.strokeStyle = colours.needed;
      context.setLineDash([3, 3]);
      context.beginPath();
      context.moveTo(0, y(lane.needed));
      context.lineTo(width, y(lane.needed));
      context.stroke();
      context.setLineDash([]);
    }
    context.strokeStyle = colours[lane.name];
    context.fillStyle = colours[lane.name];
    context.lineWidth = 1.75;
    context.beginPath();
    let before = null;
    for (const point of points) {
      const value = point[lane.index];
      if (!known(value)) {
        before = null;
        continue;
      }
      if (before !== null && point[0] - before < gap) {
        context.lineTo(x(point[0]), y(value));
      } else {
        context.fillRect(x(point[0]) - 1, y(value) - 1, 2, 2);
        context.moveTo(x(point[0]), y(value));
      }
      before = point[0];
    }
    context.stroke();
  });
  return true;
}

function drawPlots(began) {
  for (const camera of visible) {
    if (!camera.tile.stalePlot || camera.tile.plots.hidden) continue;
    if (performance.now() - began > 2 * frameBudget) {
      schedule();
      return;
    }
    if (drawPlot(camera)) camera.tile.stalePlot = false;
  }
}

// -- decisions --------------------------------------------------------------------------------

const cameraName = (id) => {
  for (const camera of house.cameras.values()) if (camera.data?.id === id) return camera.data.name;
  return id;
};

/// What one camera had to say in a decision.
function evidence(id, standing) {
  const item = element("li", standing.agrees ? "agrees" : "", symbol(standing.agrees ? "agrees" : "seeing"),
    nameElement(cameraName(id)), " ");
  item.append(element("span", "",
    `${standing.agrees ? "agrees" : "does not agree"}: ${grounds(standing)}`));
  return item;
}

const spoke = (standing) => standing.agrees || standing.samples > 0 || standing.seen > 0;

function decisionItem(decision, only) {
  const trigger = known(decision.trigger_id) && decision.trigger_id !== "";
  const item = element("li", trigger ? "trigger" : "");
  const head = element("p", "decision-head", timeElement(decision.t), " ",
    element("strong", "", decisionWords[decision.reason] ?? decision.reason.replace(/_/g, " ")), " ",
    element("span", "count", `${decision.agreeing} of ${decision.threshold}`));
  if (trigger) head.prepend(symbol("fire"));
  item.append(head);
  const told = Object.entries(decision.cameras ?? {})
    .filter(([id, standing]) => (only ? id === only : spoke(standing)))
    .sort((a, b) => Number(b[1].agrees) - Number(a[1].agrees));
  if (told.length > 0) {
    const list = element("ul", "evidence", ...told.slice(0, 6).map(([id, s]) => evidence(id, s)));
    const more = told.length - Math.min(6, told.length) + (only ? 0 : decision.untold ?? 0);
    if (more > 0) list.append(element("li", "", `and ${plural(more, "more camera", "more cameras")}`));
    item.append(list);
  } else {
    item.append(element("p", "", element("bdi", "", sentence(decision.reason_text))));
  }
  if (trigger) {
    item.append(element("p", "id", "Trigger id ", element("code", "", decision.trigger_id)));
  }
  return item;
}

/// Keeps the items that stand already: the reader's place is not lost.
function drawTimeline() {
  const list = byId("timeline");
  const items = new Map([...list.children].map((item) => [item.decision, item]));
  const wanted = house.decisions.map((decision) => {
    const id = decisionId(decision);
    const item = items.get(id) ?? decisionItem(decision);
    item.decision = id;
    items.delete(id);
    return item;
  });
  for (const item of items.values()) item.remove();
  wanted.forEach((item, index) => {
    if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
  });
  setHidden(byId("timeline-empty"), wanted.length > 0);
}

// -- one camera, large ------------------------------------------------------------------------

const detail = { key: null, chart: null, told: "" };

/// The chart library is large, and most who look at the page open no camera.
let chartLibrary = null;
function loadChart() {
  chartLibrary = chartLibrary ?? new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = "chart.js";
    script.onload = () => resolve(window.Chart);
    script.onerror = () => {
      chartLibrary = null;
      script.remove();
      reject(new Error("the plot cannot be loaded now"));
    };
    document.head.append(script);
  });
  return chartLibrary;
}

function lineOf(label, axis, colour, needed) {
  return {
    label, yAxisID: axis, data: [], borderColor: colour, backgroundColor: colour,
    borderWidth: needed ? 1.5 : 2, borderDash: needed ? [5, 4] : [], borderJoinStyle: "round",
    pointRadius: needed ? 0 : 1.25, pointBorderWidth: 0,
    pointHitRadius: needed ? 0 : 8, spanGaps: false, parsing: false, normalized: true,
  };
}

/// Ticks at round times, six at most.
function roundTimes(axis) {
  const step = [10, 30, 60, 120].find((s) => (axis.max - axis.min) / s <= 6) ?? 120;
  axis.ticks = [];
  for (let t = Math.ceil(axis.min / step) * step; t <= axis.max; t += step) axis.ticks.push({ value: t });
}

function makeChart(Chart) {
  readColours();
  const axis = (title, position) => ({
    type: "linear", position: "left", stack: "lanes", stackWeight: 1, offset: true, beginAtZero: true,
    weight: position,
    title: { display: true, text: title, color: colours.text },
    ticks: { color: colours.muted, maxTicksLimit: 5,
      callback: (value) => String(Number((title === "Area %" ? value * 100 : value).toFixed(2))) },
    grid: { color: colours.line, borderColor: colours.line },
  });
  const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return new Chart(byId("camera-plot"), {
    type: "line",
    data: { datasets: [
      lineOf("Area", "area", colours.area),
      lineOf("Growth", "growth", colours.growth),
      lineOf("Growth needed", "growth", colours.needed, true),
      lineOf("Confidence", "confidence", colours.confidence),
      lineOf("Confidence needed", "confidence", colours.needed, true),
    ] },
    options: {
      animation: false, responsive: true, maintainAspectRatio: false,
      transitions: reduced ? { active: { animation: { duration: 0 } } } : {},
      interaction: { mode: "nearest", axis: "x", intersect: false },
      scales: {
        x: { type: "linear", afterBuildTicks: roundTimes,
          ticks: { color: colours.muted, maxRotation: 0, autoSkipPadding: 24, callback: (value) => clock(value) },
          grid: { color: colours.line, borderColor: colours.line } },
        confidence: axis("Confidence", 1), growth: axis("Growth", 2), area: axis("Area %", 3),
      },
      plugins: {
        legend: { display: false },
        tooltip: { callbacks: {
          title: (items) => (items[0] ? clock(items[0].parsed.x) : ""),
          label: (item) => `${item.dataset.label}: ${item.datasetIndex === 0
            ? percent(item.parsed.y) : decimal(item.parsed.y)}`,
        } },
      },
    },
  });
}

function fillChart(camera) {
  const chart = detail.chart;
  const end = now();
  const oldest = camera.history.find((p) => p[0] > end - longestDetail)?.[0] ?? end;
  const begin = Math.min(Math.max(oldest - 5, end - longestDetail), end - shortestDetail);
  const needed = neededBy(camera.data);
  const gap = gapOf(camera);
  const series = (index) => {
    const points = [];
    for (const p of camera.history) {
      if (p[0] < begin) continue;
      const last = points[points.length - 1];
      if (last && p[0] - last.x > gap) points.push({ x: last.x + gap / 2, y: NaN });
      points.push({ x: p[0], y: p[index] ?? NaN });
    }
    return points;
  };
  const level = (value) => (value ? [{ x: begin, y: value }, { x: end, y: value }] : []);
  const [area, growth, growthLevel, confidence, confidenceLevel] = chart.data.datasets;
  area.data = series(1);
  growth.data = series(2);
  growthLevel.data = level(needed.growth);
  confidence.data = series(3);
  confidenceLevel.data = level(needed.confidence);
  Object.assign(chart.options.scales.x, { min: begin, max: end });
  chart.options.scales.growth.suggestedMax = needed.growth * 1.25;
  chart.options.scales.confidence.max = 1;
  chart.update("none");
}

async function openDetail(key) {
  detail.key = key;
  detail.told = "";
  setText(byId("camera-answer"), "");
  setText(byId("camera-plot-note"), "Loading the plot …");
  drawDetail();
  byId("camera").showModal();
  byId("camera").scrollTop = 0;
  try {
    const Chart = await loadChart();
    if (detail.key !== key) return;
    detail.chart?.destroy();
    detail.chart = makeChart(Chart);
    drawDetail();
  } catch (error) {
    setText(byId("camera-plot-note"), sentence(error.message));
  }
}

function closeDetail() {
  detail.key = null;
  detail.chart?.destroy();
  detail.chart = null;
}

function standingEntries(c) {
  const s = c.standing;
  const needed = neededBy(c);
  const entries = [
    ["Agrees", s.agrees ? `yes, verified by ${s.verified_by || "an earlier object"}` : "no"],
    ["Object", s.object || "none"],
    ["Samples", `${s.samples}${known(s.window_s) ? ` in ${duration(s.window_s)}` : ""}, ${s.samples_needed} needed`],
    ["Growth", `${known(s.growth) ? decimal(s.growth) : "not known yet"}, ${decimal(needed.growth)} needed`],
  ];
  if (s.seen_needed > 0) {
    entries.push(["Seen", `in ${s.seen} of ${s.frames} frames, ${s.seen_needed} needed`]);
  }
  entries.push(
    ["Confidence",
      `${s.confidence > 0 ? decimal(s.confidence) : "not known yet"}, ${decimal(needed.confidence)} needed`],
    ["Area", `${percent(s.area)} of the picture`],
    ["Time between pictures", s.cadence_s > 0 ? `${s.cadence_s.toFixed(1)} s` : "not known yet"],
    ["Last detection", known(c.last_detection) ? clock(c.last_detection) : "none since the start"],
    ["Detections", String(c.detections)],
    ["Told by", c.by_frigate ? "Frigate" : "the detector itself"],
    ["Expected", c.expected ? "yes" : "no: it was heard or found"],
    ["Id", c.id],
  );
  return entries;
}

function drawDetail() {
  const camera = house.cameras.get(detail.key);
  if (!camera) return;
  const c = camera.data;
  const [look, word] = lookOf(c);
  const marks = marksOf(c);
  setText(byId("camera-name"), c.name);
  setText(byId("camera-state"), sentence([word, marks].filter(Boolean).join(", ")));
  setClass(byId("camera-state"), `camera-state is-${look}`);
  setText(byId("camera-why"), sentence(grounds(c.standing)));
  describe(byId("camera-standing"), standingEntries(c));
  drawCameraActions(c);
  const mine = house.decisions.filter((d) => d.cameras?.[c.id] && spoke(d.cameras[c.id])).slice(0, 5);
  const told = mine.map(decisionId).join("|");
  if (detail.told !== told || byId("camera-decisions").camera !== c.id) {
    detail.told = told;
    byId("camera-decisions").camera = c.id;
    byId("camera-decisions").replaceChildren(...mine.map((d) => decisionItem(d, c.id)));
    setHidden(byId("camera-decisions-empty"), mine.length > 0);
  }
  if (detail.chart) {
    fillChart(camera);
    setText(byId("camera-plot-note"), camera.history.length > 0
      ? "Dashed: what is needed. Up to 10 minutes, at most one point a second."
      : "Nothing was seen in the last 10 minutes.");
  }
}

// -- actions ----------------------------------------------------------------------------------

/// A button that cannot act now stays in reach, so that it can say why.
function offer(button, obstacle) {
  button.obstacle = obstacle;
  if (obstacle) button.setAttribute("aria-disabled", "true");
  else button.removeAttribute("aria-disabled");
}

/// What keeps every order from being given; empty: nothing.
function generalObstacle() {
  if (!house.state || !link.up) return "There is no connection to Firefinder.";
  if (!house.state.commands) return "To act from this page, set web.token in the configuration.";
  return "";
}

function drawActions() {
  const general = generalObstacle();
  const state = house.state;
  setText(byId("actions-note"), general);
  setText(byId("arm"), state && !state.armed ? "Arm" : "Disarm");
  offer(byId("arm"), general);
  offer(byId("acknowledge"), general || (!state.alarm_on ? "There is no alarm to acknowledge."
    : state.acknowledged ? "The alarm is acknowledged already." : ""));
  offer(byId("reset"), general || (state.alarm_on ? "" : "There is no alarm to reset."));
  if (detail.key) dirty.detail = true;
}

function drawCameraActions(c) {
  const general = generalObstacle();
  setText(byId("camera-note"), general);
  offer(byId("snooze-10"), general);
  offer(byId("snooze-60"), general);
  offer(byId("snooze-end"), general || (snoozed(c) ? "" : "The camera is not snoozed."));
  offer(byId("enable"), general);
  setText(byId("enable"), c.enabled ? "Switch off" : "Switch on");
}

/// A modal dialog that ends in a button; whether it was the one that agrees.
function question(title, text, yes) {
  const dialog = byId("question");
  setText(byId("question-title"), title);
  setText(byId("question-text"), text);
  setText(byId("question-yes"), yes);
  dialog.returnValue = "";
  dialog.showModal();
  byId("question-no").focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

/// Asks for the token; false: not now.
let tokenAsked = null;
function askToken(why) {
  const dialog = byId("token");
  setText(byId("token-why"), sentence(why));
  tokenAsked = tokenAsked ?? new Promise((resolve) => {
    byId("token-value").value = "";
    dialog.returnValue = "";
    dialog.showModal();
    dialog.addEventListener("close", () => {
      const given = byId("token-value").value.trim();
      byId("token-value").value = "";
      tokenAsked = null;
      if (dialog.returnValue === "use" && given) token.set(given);
      resolve(dialog.returnValue === "use" && given !== "");
    }, { once: true });
  });
  return tokenAsked;
}

/// Orders something and says what became of it.
async function order(body, answer, done) {
  if (!token.get() && !(await askToken("Orders need the token."))) return;
  setText(answer, "Sending …");
  answer.classList.remove("wrong");
  try {
    await ask("api/command", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    setText(answer, done);
  } catch (error) {
    answer.classList.add("wrong");
    if (error instanceof Refused && error.status === 401) {
      token.forget();
      setText(answer, "The token is wrong.");
      if (await askToken("The token is wrong. Try another.")) await order(body, answer, done);
      return;
    }
    setText(answer, error instanceof Refused ? sentence(error.message)
      : "Firefinder does not answer: nothing was ordered, as far as is known.");
  }
}

/// A button's order; one that cannot be given is explained instead.
function onPress(id, answer, act) {
  const button = byId(id);
  button.addEventListener("click", async () => {
    if (button.obstacle) {
      byId(answer).classList.remove("wrong");
      setText(byId(answer), button.obstacle);
      return;
    }
    if (button.busy) return;
    button.busy = true;
    try {
      await act(byId(answer));
    } finally {
      button.busy = false;
    }
  });
}

function wireActions() {
  onPress("acknowledge", "actions-answer", (answer) =>
    order({ op: "acknowledge" }, answer, "The alarm is acknowledged."));
  onPress("reset", "actions-answer", async (answer) => {
    if (await question("Reset the alarm?",
      "Do this when the fire is out or there was none. A new fire raises a new alarm.", "Reset")) {
      await order({ op: "reset" }, answer, "The alarm is reset.");
    }
  });
  onPress("arm", "actions-answer", async (answer) => {
    const armed = !house.state.armed;
    const agreed = armed
      ? await question("Arm Firefinder?", "Triggers are published again: a fire starts the pumps.", "Arm")
      : await question("Disarm Firefinder?",
        "No trigger is published until it is armed again: a fire starts nothing.", "Disarm");
    if (agreed) {
      await order({ op: "arm", armed }, answer, armed ? "Firefinder is armed." : "Firefinder is disarmed.");
    }
  });
  const snooze = (id, seconds, done) => onPress(id, "camera-answer", (answer) =>
    order({ op: "snooze", camera: detail.key, seconds }, answer, done));
  snooze("snooze-10", 600, "The camera does not count for 10 minutes.");
  snooze("snooze-60", 3600, "The camera does not count for 1 hour.");
  snooze("snooze-end", 0, "The camera counts again.");
  onPress("enable", "camera-answer", async (answer) => {
    const camera = house.cameras.get(detail.key);
    const enabled = !camera.data.enabled;
    if (enabled || await question("Switch this camera off?",
      "Its detections do not count until it is switched on again.", "Switch off")) {
      await order({ op: "enable", camera: camera.key, enabled }, answer,
        enabled ? "The camera is switched on." : "The camera is switched off.");
    }
  });
}

// -- start ------------------------------------------------------------------------------------

function wire() {
  wireActions();
  byId("search").addEventListener("input", (event) => {
    view.search = event.target.value.trim().toLowerCase();
    filterWall();
  });
  for (const choice of document.querySelectorAll("input[name=filter]")) {
    choice.addEventListener("change", () => {
      view.filter = choice.value;
      filterWall();
    });
  }
  byId("camera-close").addEventListener("click", () => byId("camera").close());
  byId("camera").addEventListener("close", closeDetail);
  byId("question-yes").addEventListener("click", () => byId("question").close("yes"));
  byId("question-no").addEventListener("click", () => byId("question").close());
  byId("token-form").addEventListener("submit", (event) => {
    event.preventDefault();
    byId("token").close("use");
  });
  byId("token-cancel").addEventListener("click", () => byId("token").close());
  byId("forget").addEventListener("click", () => {
    token.forget();
    location.reload();
  });
  byId("lost-button").addEventListener("click", () => link.resume?.());
  addEventListener("online", () => link.resume?.());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) link.resume?.();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    readColours();
    for (const camera of visible) camera.tile.stalePlot = true;
    if (detail.chart) {
      detail.chart.destroy();
      detail.chart = makeChart(window.Chart);
      dirty.detail = true;
    }
    schedule();
  });
}

/// What changes by itself: clocks, and plots that move.
function everySecond() {
  drawCountdown();
  if (document.hidden || !link.up) return;
  for (const camera of house.cameras.values()) {
    if (camera.tile && !camera.tile.plots.hidden) {
      if (recent(camera)) camera.tile.stalePlot = true;
      else changed(camera);
    }
  }
  dirty.state = true;
  if (detail.key) dirty.detail = true;
  schedule();
}

readColours();
wire();
setInterval(everySecond, 1000);
follow();
