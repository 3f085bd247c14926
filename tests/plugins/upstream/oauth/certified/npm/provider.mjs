// An authorization server as an operator would set it up; its forms take any name and password.
// Its argument is the folder whose `node_modules` has it; it listens at PORT.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const folder = process.argv[2];
const { Provider } = await import(pathToFileURL(createRequire(`${folder}/`).resolve("oidc-provider")));

const key = (kid, type, options) => ({ ...generateKeyPairSync(type, options).privateKey.export({ format: "jwk" }), kid });
const resource = (_, audience) => ({
  audience,
  scope: "tools more",
  accessTokenFormat: "jwt",
  accessTokenTTL: 600,
  jwt: { sign: { alg: "ES256" } },
});

const server = createServer().listen(Number(process.env.PORT), "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "bot",
        client_secret: "hunter2hunter2",
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
      },
    ],
    features: {
      clientCredentials: { enabled: true },
      registration: { enabled: true },
      resourceIndicators: { enabled: true, getResourceServerInfo: resource, useGrantedResource: () => true },
      revocation: { enabled: true },
    },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    jwks: { keys: [key("rsa", "rsa", { modulusLength: 2048 }), key("ec", "ec", { namedCurve: "P-256" })] },
    scopes: ["openid", "offline_access"],
  });
  server.on("request", provider.callback());
  console.error(`running on ${issuer}`);
});
