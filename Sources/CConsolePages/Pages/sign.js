// AWS signature version 4, by the browser's own cryptography.

const text = new TextEncoder();
const hex = buffer => Array.from(new Uint8Array(buffer), byte => byte.toString(16).padStart(2, "0")).join("");
const sha256 = async bytes => hex(await crypto.subtle.digest("SHA-256", bytes));

async function hmac(key, message) {
    const known = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    return crypto.subtle.sign("HMAC", known, text.encode(message));
}

/** Percent-encoded as AWS signs it. */
export const encode = value => encodeURIComponent(value).replace(/[!'()*]/g, mark => "%" + mark.charCodeAt(0).toString(16).toUpperCase());

/** The query of pairs as it is sent and signed. */
export const queryText = pairs => pairs.map(([name, value]) => [encode(name), encode(value)])
    .sort(([a, b], [c, d]) => a < c ? -1 : a > c ? 1 : b < d ? -1 : b > d ? 1 : 0).map(pair => pair.join("=")).join("&");

/** A browser offers its cryptography on https and on loopback addresses only. */
export const canSign = () => Boolean(globalThis.crypto?.subtle);

/**
 * The headers of a signed request.
 * @param request `{method, path, query, headers, body, payload}`: path and query as they are sent, the body as bytes; `payload` stands for the hash
 *   of a body that is not read.
 */
export async function sign({ method, path, query = "", headers = {}, body = new Uint8Array(), payload }, key, region, service) {
    if (!canSign()) throw new Error("This browser signs requests only on https or on a loopback address such as http://127.0.0.1.");
    const stamp = new Date().toISOString().replace(/[-:]|\.\d{3}/g, "");
    payload ??= await sha256(body);
    const all = { ...headers, "x-amz-date": stamp };
    if (service === "s3") all["x-amz-content-sha256"] = payload;
    if (key.token) all["x-amz-security-token"] = key.token;
    const signed = Object.fromEntries(Object.entries({ ...all, host: location.host }).map(([name, value]) => [name.toLowerCase(), value.trim()]));
    const names = Object.keys(signed).sort();
    const canonical = [method, path, query, ...names.map(name => `${name}:${signed[name]}`), "", names.join(";"), payload].join("\n");
    const scope = `${stamp.slice(0, 8)}/${region}/${service}/aws4_request`;
    const toSign = ["AWS4-HMAC-SHA256", stamp, scope, await sha256(text.encode(canonical))].join("\n");
    let derived = text.encode("AWS4" + key.secret);
    for (const part of scope.split("/")) derived = await hmac(derived, part);
    const signature = hex(await hmac(derived, toSign));
    return { ...all, authorization: `AWS4-HMAC-SHA256 Credential=${key.id}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}` };
}
