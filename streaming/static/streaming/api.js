/** Ask the REST API, and turn what goes wrong into a `Problem` that a panel can show. */

const ROOT = "/api/v1";

/** Say what failed: the HTTP status (0 when nothing answered), the stable code, the detail and the request's id. */
export class Problem extends Error {
  constructor(status, document, headers) {
    super(
      document.detail ??
        document.title ??
        (status ? `The server answered ${status}.` : "The server does not answer."),
    );
    this.status = status;
    this.code = document.code ?? (status ? "unexpected" : "unreachable");
    this.errors = document.errors ?? [];
    this.requestId = headers?.get("X-Request-ID") ?? "";
    this.retryAfter = Number(headers?.get("Retry-After")) || 0;
  }
}

async function bodyOf(answer) {
  try {
    return await answer.json();
  } catch {
    return {}; // A proxy's error page; its status still says what happened.
  }
}

/** GET a path of the API and return its JSON. Throws Problem; an aborted request throws its AbortError. */
export async function get(path, query = {}, signal = undefined) {
  const search = new URLSearchParams(query).toString();
  const address = ROOT + path + (search ? `?${search}` : "");
  let answer;
  try {
    answer = await fetch(address, { headers: { Accept: "application/json" }, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, {}, null);
  }
  if (!answer.ok) throw new Problem(answer.status, await bodyOf(answer), answer.headers);
  return answer.json();
}
