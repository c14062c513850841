// Makes and uses passkeys: hands what the page was given to the browser, and what comes of it to the page's form.
//
// The form is hidden until this runs, since without scripts no browser has passkeys. Nothing is sent but by the form.

const form = document.querySelector("form[data-ch-passkey]");
const words = (name) => document.querySelector(`[data-ch-passkey-${name}]`);

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

const text = (buffer) => {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};

const named = (list) => (list ?? []).map((key) => ({ ...key, id: bytes(key.id) }));

async function made(options) {
  const user = { ...options.user, id: bytes(options.user.id) };
  const publicKey = {
    ...options, user, challenge: bytes(options.challenge), excludeCredentials: named(options.excludeCredentials),
  };
  const { response } = await navigator.credentials.create({ publicKey });
  return { client_data: text(response.clientDataJSON), attestation: text(response.attestationObject) };
}

async function used(options) {
  const publicKey = {
    ...options, challenge: bytes(options.challenge), allowCredentials: named(options.allowCredentials),
  };
  const { rawId, response } = await navigator.credentials.get({ publicKey });
  return {
    credential: text(rawId),
    client_data: text(response.clientDataJSON),
    authenticator_data: text(response.authenticatorData),
    signature: text(response.signature),
    user_handle: response.userHandle ? text(response.userHandle) : "",
  };
}

function say(name) {
  for (const kind of ["failed", "known"]) words(kind)?.toggleAttribute("hidden", kind !== name);
}

let asking = false;

async function ask() {
  if (asking) return;
  asking = true;
  say(null);
  try {
    const options = JSON.parse(form.dataset.chOptions);
    const fields = await (form.dataset.chPasskey === "make" ? made(options) : used(options));
    for (const [name, value] of Object.entries(fields)) form.elements.namedItem(name).value = value;
    form.submit();
  } catch (error) {
    asking = false;
    say(error.name === "InvalidStateError" ? "known" : "failed");
  }
}

if (form && window.PublicKeyCredential && window.isSecureContext) {
  words("needs").hidden = true;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
  // Whoever came here to use one has asked for it already. Where a browser wants a press of the button, it stays.
  if (form.dataset.chPasskey === "use") ask();
}
