// A line that breaks where a test wants it to: stands between readers and the viewer, lets everything through as it is,
// and drops the connection in the middle of an answer or of what is sent.

import http from "node:http";

export class Line {
  /** `(method, path) => ({ answer: octets } | { sent: octets } | undefined)`: where it breaks. */
  breaks = () => undefined;
  /** What was asked: method, path, Range and Content-Range. */
  asked = [];
  broken = 0;

  /** Listens on `at`, leads to `to`. */
  static async start(at, to) {
    const line = new Line();
    line.to = to;
    line.server = http.createServer((request, response) => line.#pass(request, response));
    await new Promise((done) => line.server.listen(at, "127.0.0.1", done));
    return line;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }

  #pass(request, response) {
    const { method, url, headers } = request;
    this.asked.push({ method, path: url, range: headers.range, piece: headers["content-range"] });
    const at = this.breaks(method, url);
    const drop = () => {
      this.broken += 1;
      upstream.destroy();
      request.socket.destroy();
    };
    const upstream = http.request({ host: "127.0.0.1", port: this.to, path: url, method, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      through(answer, response, at?.answer, drop);
    });
    upstream.on("error", () => request.socket.destroy());
    through(request, upstream, at?.sent, drop);
  }
}

/** Octets from one to the other, up to `most` of them. */
function through(from, to, most, drop) {
  let passed = 0;
  from.on("error", () => {});
  to.on("error", () => {});
  from.on("data", (octets) => {
    passed += octets.length;
    if (most === undefined || passed < most) return to.write(octets);
    to.write(octets.subarray(0, octets.length - (passed - most)));
    // What was written has to leave before the line breaks.
    setTimeout(drop, 50);
    from.removeAllListeners("data");
    from.resume();
  });
  from.on("end", () => (most === undefined || passed < most) && to.end());
}
