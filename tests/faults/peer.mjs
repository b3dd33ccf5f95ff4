// A relay that does what it is told, at the stage it is told, to as many connections as it is told,
// and is well otherwise. It counts what it has taken.

import net from "node:net";

export const STAGES = ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "content"];
const REPLIES = { greeting: "220 relay.example.org", EHLO: "250 relay.example.org", MAIL: "250 ok", RCPT: "250 ok", DATA: "354 go on", content: "250 taken" };

export class Peer {
  /** (recipient) → times that mail for it was taken. */
  mails = [];
  /** How each mail that reached its end went: for who wants to know what was cut off. */
  #fault;

  static async start(port) {
    const self = new Peer();
    self.server = net.createServer((socket) => self.#serve(socket));
    await new Promise((done) => self.server.listen(port, "127.0.0.1", done));
    return self;
  }

  /** Does something to the next connection that comes to this stage; resolves when it has, with the
   *  recipient, as far as that is known by then. */
  fault(stage, act) {
    return new Promise((done) => (this.#fault = { stage, act, done }));
  }

  heal() {
    this.#fault = undefined;
  }

  stop() {
    this.server.close();
  }

  #serve(socket) {
    socket.on("error", () => {});
    const mail = { to: [], lines: [] };
    let inContent = false;
    let pending = "";
    const say = (stage) => {
      if (this.#fault?.stage === stage) {
        const { act, done } = this.#fault;
        this.#fault = undefined;
        done(mail.to[0]);
        const taken = stage === "content" && act.endsWith("after taking it");
        if (taken) this.#take(mail);
        if (act.startsWith("hang")) return;
        if (act.startsWith("reset")) return socket.resetAndDestroy();
        if (act.startsWith("close")) return socket.end();
        socket.write(`${act}\r\n`);
        if (/^(421|554 no service)/.test(act)) socket.end();
        return;
      }
      if (stage === "content") this.#take(mail);
      socket.write(`${REPLIES[stage]}\r\n`);
    };
    say("greeting");
    socket.setEncoding("latin1").on("data", (text) => {
      const lines = (pending + text).split("\r\n");
      pending = lines.pop();
      for (const line of lines) {
        if (inContent) {
          if (line !== ".") mail.lines.push(line);
          else (inContent = false), say("content");
          continue;
        }
        const word = line.slice(0, 4).toUpperCase();
        if (word === "EHLO") say("EHLO");
        else if (word === "MAIL") (mail.to = []), (mail.lines = []), say("MAIL");
        else if (word === "RCPT") mail.to.push(/<(.*?)>/.exec(line)[1]), say("RCPT");
        else if (word === "DATA") (inContent = true), say("DATA");
        else if (word === "QUIT") socket.end("221 bye\r\n");
        else socket.write(word === "RSET" || word === "NOOP" ? "250 ok\r\n" : "502 what\r\n");
      }
    });
  }

  #take(mail) {
    const id = /^Message-ID: (.*)$/i.exec(mail.lines.find((line) => /^Message-ID:/i.test(line)) ?? "")?.[1];
    for (const to of mail.to) this.mails.push({ to, id });
  }
}
