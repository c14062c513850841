// Two providers of sign-in on this machine, made of oidc-provider (a certified implementation): one as a council's staff
// have it, one configured like GOV.UK One Login as its documentation describes it. Neither is the real one.

import { createServer } from "node:http";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import Provider from "oidc-provider";

// A key on P-256: its private half in PEM for the program, both as JWK for the provider.
export function newKey(kid) {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const named = { kid, alg: "ES256", use: "sig" };
  return {
    pem: privateKey.export({ type: "pkcs8", format: "pem" }),
    private: { ...privateKey.export({ format: "jwk" }), ...named },
    public: { ...publicKey.export({ format: "jwk" }), ...named },
  };
}

// What the providers know of people, by the name that is typed on their page.
const PEOPLE = {
  editor: { email: "estate.editor@ashmere.example", email_verified: true, name: "Ashmere estate editor" },
  newcomer: { email: "new@brackford.example", email_verified: true, name: "Nia Newcomer", groups: ["estate-editors"] },
  leaver: { email: "new@brackford.example", email_verified: true, name: "Nia Newcomer" },
  stranger: { email: "somebody@elsewhere.example", email_verified: true, name: "Sam Stranger" },
  unverified: { email: "estate.steward@ashmere.example", email_verified: false, name: "Uma Unverified" },
};

// What each has asked for, so that a test can look at it.
class Running {
  constructor(server, issuer) {
    this.server = server;
    this.issuer = issuer;
    this.groups = null;
    this.asked = [];
  }

  // Publishes and signs with another key from now on.
  rotate() {
    this.make([newKey(randomUUID()).private]);
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

const quiet = ["oidc-provider WARNING", "oidc-provider NOTICE"];
for (const name of ["warn", "info"]) {
  const original = console[name];
  console[name] = (...words) => { if (!quiet.some((word) => String(words[0]).includes(word))) original(...words); };
}

export async function start({ client, redirect, home, like }) {
  const server = createServer();
  await new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const running = new Running(server, issuer);
  const oneLogin = like === "one-login";
  const configuration = (keys) => ({
    clients: [{
      client_id: "commonhold",
      redirect_uris: [redirect],
      post_logout_redirect_uris: [home],
      response_types: ["code"],
      grant_types: ["authorization_code"],
      token_endpoint_auth_method: "private_key_jwt",
      token_endpoint_auth_signing_alg: "ES256",
      id_token_signed_response_alg: "ES256",
      jwks: { keys: [client] },
      ...(oneLogin ? { subject_type: "pairwise", sector_identifier_uri: undefined } : {}),
    }],
    jwks: { keys },
    cookies: { keys: ["a key of this test"] },
    pkce: { required: () => true },
    scopes: ["openid", "email", "profile"],
    subjectTypes: ["public", "pairwise"],
    pairwiseIdentifier: (_context, account) => `urn:fdc:example:${Buffer.from(account).toString("hex")}`,
    claims: { openid: ["sub", "vot"], email: ["email", "email_verified"], profile: ["name", "groups"] },
    extraParams: oneLogin ? ["vtr"] : [],
    features: { claimsParameter: { enabled: true }, devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
    findAccount: (context, id) => ({
      accountId: id,
      claims: () => {
        const person = { sub: id, ...PEOPLE[id.split("-")[0]] };
        if (running.groups) person.groups = running.groups;
        // The level of confidence that was asked for, as One Login states it.
        if (oneLogin) person.vot = running.weak ? "P0.Cl" : "P0.Cl.Cm";
        return person;
      },
    }),
  });
  running.make = (keys) => {
    const provider = new Provider(issuer, configuration(keys));
    provider.use(async (context, next) => {
      running.asked.push({ path: context.path, query: { ...context.query } });
      await next();
    });
    const answer = provider.callback();
    server.removeAllListeners("request");
    server.on("request", answer);
  };
  running.make([newKey(randomUUID()).private]);
  return running;
}
