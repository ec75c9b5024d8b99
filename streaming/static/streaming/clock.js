/** Know the server's time: ages and latency are measured on its clock, not on this computer's. */

let offset = 0;

/** Return the server's time now, in milliseconds. */
export const serverNow = () => Date.now() + offset;

/** Set the clock by a frame that just arrived. It runs late by the way here, so a `pong` then refines it. */
export function setClock(serverTime) {
  offset = Date.parse(serverTime) - Date.now();
}

/** Set the clock by a `pong`: the server wrote its time half a round trip ago. */
export function refineClock(serverTime, sentAt) {
  const roundTrip = Date.now() - sentAt;
  offset = Date.parse(serverTime) + roundTrip / 2 - Date.now();
}
