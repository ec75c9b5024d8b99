/** Wire the page: the stream feeds the board, the board paints the panels, the reader picks and pauses. */

import { get } from "fx/api.js";
import { Badge } from "fx/badge.js";
import { Banner } from "fx/banner.js";
import { Board } from "fx/board.js";
import { refineClock, serverNow, setClock } from "fx/clock.js";
import { Converter } from "fx/converter.js";
import { byId, write } from "fx/dom.js";
import { clockTime, price as priceText } from "fx/format.js";
import { RateStream } from "fx/fxstream.js";
import { startKeys } from "fx/keys.js";
import { notify, say } from "fx/notice.js";
import { PairCard } from "fx/paircard.js";
import { showPanel, showTrouble } from "fx/panels.js";
import { count, showPulse } from "fx/pulse.js";
import { startTheme, switchTheme } from "fx/theme.js";
import { startView, view } from "fx/view.js";
import { Watchlist } from "fx/watchlist.js";
import { isGood } from "fx/words.js";

const FAVOURITE = "EUR/USD";
const RESTS_AFTER = 5 * 60_000;
const SPOKEN = {
  live: "Live",
  reconnecting: "Reconnecting",
  offline: "Offline",
  refused: "Offline",
  paused: "Paused",
};

const stream = new RateStream(`${location.origin.replace(/^http/, "ws")}/api/v1/ws/rates`);
const board = new Board(paint);
const watchlist = new Watchlist(choose);
const card = new PairCard();
const converter = new Converter();
const badge = new Badge(pressBadge);
const banner = new Banner(() => stream.retry());

let pairs = new Map();
let selected = null;
let isPaused = false;
let isLoading = false;
let pingedAt = 0;
let published = [];
let snapshot = null;
let restTimer = 0;

const linkName = () => (isPaused && stream.state.name === "live" ? "paused" : stream.state.name);
const isFlowing = () => stream.state.name === "live" || stream.state.name === "connecting";

const FRAMES = {
  welcome(frame) {
    setClock(frame.server_time);
    byId("demo").hidden = frame.environment !== "demo";
    pingedAt = Date.now();
    stream.send({ type: "ping", req_id: "clock" });
  },
  pong: (frame) => refineClock(frame.server_time, pingedAt),
  snapshot(frame) {
    snapshot = frame;
    if (frame.recovered || frame.reason === "gap") board.put(frame.rates);
    else board.replace(frame.rates);
    meetNewPairs(frame.rates);
  },
  rates(frame) {
    if (!isPaused && !document.hidden) published.push(Date.parse(frame.published_at));
    count(frame.rates.length);
    board.put(frame.rates);
    meetNewPairs(frame.rates);
  },
  heartbeat: (frame) => board.regrade(frame.stale, "stale"),
  status(frame) {
    if (frame.state === "stale" || frame.state === "fresh") board.regrade([frame.subject], frame.state);
  },
};

function paint(changes) {
  watchlist.paint(changes);
  const mine = changes.find(({ price }) => price.symbol === selected);
  if (mine && pairs.has(selected)) card.paint(mine.price, mine.before);
  for (const moment of published) badge.measure(serverNow() - moment);
  published = [];
  tickAges();
}

function tickAges() {
  watchlist.tick(serverNow(), isFlowing());
  card.tick(serverNow(), isFlowing());
}

function tick() {
  tickAges();
  badge.tick(linkName(), board.waiting);
  banner.tick();
  converter.tick(stream.seq, linkName() === "live");
  showPulse(board.all(), serverNow());
  write(byId("clock"), clockTime(serverNow()));
  showTitle();
}

function showTitle() {
  const price = board.get(selected);
  const pair = pairs.get(selected);
  if (!price || !pair) return;
  const warning = isGood(price) && isFlowing() ? "" : "\u26a0 ";
  const title = `${warning}${selected} ${priceText(price.mid, pair)} \u00b7 FX Engine`;
  if (document.title !== title) document.title = title;
}

function follow(state) {
  banner.show(state);
  badge.show(linkName(), state.since, stream.seq);
  if (SPOKEN[state.name]) say(SPOKEN[state.name]);
  if (state.name === "live") welcomeBack(state.before);
  tick();
}

function welcomeBack(before) {
  if (before === "reconnecting" || before === "offline") {
    const changed = snapshot.rates.length;
    notify(
      snapshot.recovered
        ? `Back live. ${changed} rates moved meanwhile.`
        : "Back live. All rates were reloaded.",
    );
  }
  if (before !== "connecting" || pairs.size === 0) load();
}

function pressBadge() {
  if (stream.state.name !== "live") {
    stream.retry();
    return;
  }
  isPaused = !isPaused;
  if (isPaused) board.pause();
  else board.resume();
  badge.show(linkName(), Date.now(), stream.seq);
  say(SPOKEN[linkName()]);
}

function choose(symbol, isClick) {
  select(symbol);
  const address = `?pair=${symbol.replace("/", "-")}`;
  if (isClick) {
    history.pushState(null, "", address);
    view("pair");
  } else {
    history.replaceState(null, "", address);
  }
}

function select(symbol) {
  selected = symbol;
  watchlist.select(symbol);
  card.show(pairs.get(symbol), board.get(symbol));
  tick();
}

/** Select what the address asks for, else the pair everyone looks at first, else the first there is. */
function selectFromAddress() {
  const asked = new URLSearchParams(location.search).get("pair")?.replace("-", "/").toUpperCase();
  const symbol = [asked, FAVOURITE, watchlist.first()].find((candidate) => pairs.has(candidate));
  if (symbol) select(symbol);
}

async function load() {
  if (isLoading) return;
  isLoading = true;
  try {
    const { results } = await get("/pairs");
    showPairs(results);
    const { results: currencies } = await get("/currencies");
    converter.fill(currencies, results);
  } catch (problem) {
    if (pairs.size === 0) showTrouble(problem);
  } finally {
    isLoading = false;
  }
}

function showPairs(results) {
  pairs = new Map(results.map((pair) => [pair.symbol, pair]));
  watchlist.build(results);
  showPanel(results.length ? "list" : "empty");
  board.repaint();
  selectFromAddress();
}

// A pair that staff tracked a moment ago: its decimals are not known yet, so the list is read again.
function meetNewPairs(prices) {
  if (pairs.size && prices.some(({ symbol }) => !pairs.has(symbol))) load();
}

// A tab nobody looks at keeps its connection for five minutes.
function followVisibility() {
  clearTimeout(restTimer);
  published = [];
  if (document.hidden) restTimer = setTimeout(() => stream.rest(), RESTS_AFTER);
  else stream.retry();
}

stream.addEventListener("frame", ({ detail }) => FRAMES[detail.type]?.(detail));
stream.addEventListener("state", ({ detail }) => follow(detail));
addEventListener("online", () => stream.retry());
addEventListener("popstate", selectFromAddress);
document.addEventListener("visibilitychange", followVisibility);
byId("reload-pairs").addEventListener("click", load);
startTheme();
startView();
startKeys({ j: () => watchlist.step(1), k: () => watchlist.step(-1), p: pressBadge, t: switchTheme });
setInterval(tick, 1000);
stream.open();
load();
