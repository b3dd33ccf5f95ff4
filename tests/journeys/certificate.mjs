// A certificate for localhost that signed itself; Node.js cannot make one.

import fs from "node:fs/promises";
import path from "node:path";
import { run } from "./harness.mjs";

/** The files of the certificate and of its key, in `folder`. */
export async function selfSigned(folder) {
  const config = path.join(folder, "openssl.cnf");
  const lines = ["[req]", "distinguished_name = dn", "x509_extensions = ext", "[dn]", "[ext]"];
  await fs.writeFile(config, [...lines, "subjectAltName = DNS:localhost", "basicConstraints = CA:FALSE", ""].join("\n"));
  const files = ["cert.pem", "key.pem"].map((name) => path.join(folder, name));
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const asked = ["-x509", ...curve, "-days", "2", "-subj", "/CN=localhost", "-config", config];
  await run("openssl", ["req", ...asked, "-out", files[0], "-keyout", files[1]]);
  return files;
}
