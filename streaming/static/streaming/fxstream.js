/**
 * Hold one connection to the rate stream, and get it back when it is lost.
 *
 * Dispatches `frame` for every frame, and `state` whenever one of these begins: `connecting`, `live`,
 * `reconnecting`, `offline` (eight attempts failed: one a minute from then on) and `refused` (the server
 * turned this page away). A reconnection resumes where the last one stopped; a hole in `prev` is healed
 * the same way, without a word.
 */

const WAITS = [500, 1000, 2000, 4000, 8000, 15_000];
const ATTEMPTS = 8;
const KNOCK = 60_000;
const HANDSHAKE = 10_000;
const SILENCE = 2.5;
const LOST = 1006;
const RESTARTS = new Set([1001, 1012]);
const TOO_MANY = 4429;
const REFUSALS = new Set([4400, 4401, 4403]);

export class RateStream extends EventTarget {
  #address;
  #socket = null;
  #position = null;
  #stream = "";
  #heartbeat = 5;
  #attempt = 0;
  #lostAt = null;
  #retryTimer = 0;
  #silenceTimer = 0;

  /** Take the stream's address (ws: or wss:); nothing is opened before `open`. */
  constructor(address) {
    super();
    this.#address = address;
    this.state = { name: "connecting" };
  }

  /** The last `seq` that arrived without a hole before it; null before the first snapshot. */
  get seq() {
    return this.#position?.seq ?? null;
  }

  /** Connect, or connect anew at once: a click, a network that is back, a tab that is looked at again. */
  open() {
    this.#drop();
    const address = new URL(this.#address);
    if (this.#position) {
      address.searchParams.set("stream", this.#position.stream);
      address.searchParams.set("since", this.#position.seq);
    }
    const socket = new WebSocket(address);
    socket.onmessage = (event) => this.#hear(JSON.parse(event.data));
    socket.onclose = (event) => this.#lose(event.code);
    this.#socket = socket;
    this.#expect(HANDSHAKE);
  }

  /** Start over from the first attempt; does nothing while the stream is live, or after a refusal. */
  retry() {
    if (this.state.name === "live" || this.state.name === "refused") return;
    this.#attempt = 0;
    this.open();
  }

  /** Let the connection go without calling it lost. */
  rest() {
    this.#drop();
    this.#become("connecting");
  }

  /** Send one frame; it is dropped when there is no open connection. */
  send(frame) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #hear(frame) {
    this.#expect(this.#heartbeat * SILENCE * 1000);
    const isHole = frame.type === "rates" && frame.prev !== this.#position?.seq;
    if (frame.type === "welcome") this.#greet(frame);
    else if (frame.type === "snapshot") this.#position = { stream: this.#stream, seq: frame.seq };
    else if (frame.type === "rates" && !isHole) this.#advance(frame.seq);
    else if (frame.type === "heartbeat") this.#attempt = 0;
    this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
    if (frame.type === "snapshot") this.#become("live");
    if (isHole) this.#heal();
  }

  // The position moves with the snapshot only: until then a lost connection must resume from the old one.
  #greet(welcome) {
    this.#heartbeat = welcome.heartbeat_s;
    this.#stream = welcome.stream;
  }

  // A whole step on this connection, not its snapshot, is what proves it good: attempts count from nought.
  #advance(seq) {
    this.#position.seq = seq;
    this.#attempt = 0;
  }

  #heal() {
    if (this.#attempt > 0) {
      this.#lose(LOST);
      return;
    }
    this.#attempt = 1;
    this.open();
  }

  #lose(code) {
    this.#drop();
    this.#lostAt ??= Date.now();
    if (REFUSALS.has(code)) {
      this.#become("refused", { code });
      return;
    }
    this.#attempt += 1;
    const wait = this.#wait(code);
    this.#retryTimer = setTimeout(() => this.open(), wait);
    const name = this.#attempt > ATTEMPTS ? "offline" : "reconnecting";
    this.#become(name, { code, attempt: this.#attempt, retryAt: Date.now() + wait });
  }

  // Full jitter: a thousand pages that lost the same server do not come back in step.
  #wait(code) {
    if (code === TOO_MANY || this.#attempt > ATTEMPTS) return KNOCK;
    if (RESTARTS.has(code)) return Math.random() * 5000;
    return Math.random() * WAITS[Math.min(this.#attempt, WAITS.length) - 1];
  }

  #expect(limit) {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = setTimeout(() => this.#lose(LOST), limit);
  }

  #drop() {
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#silenceTimer);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  #become(name, more = {}) {
    const before = this.state.name;
    if (name === "live" && before === "live") return;
    if (name === "live") this.#lostAt = null;
    const wasLive = this.#position !== null;
    this.state = { name, before, since: Date.now(), lostAt: this.#lostAt, wasLive, ...more };
    this.dispatchEvent(new CustomEvent("state", { detail: this.state }));
  }
}
