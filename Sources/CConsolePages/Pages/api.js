// Every action is a request as any client sends it: signed, with AWS's names, refused in AWS's words.

import { current } from "./route.js";
import { settings } from "./settings.js";
import { queryText, sign } from "./sign.js";
import { readXML } from "./xml.js";

const text = new TextEncoder();
const TARGETS = { personalize: "AmazonPersonalize", kinesis: "Kinesis_20131202", ssm: "AmazonSSM", logs: "Logs_20140328" };
const VERSIONS = { cloudformation: "2010-05-15", sts: "2011-06-15", iam: "2010-05-08" };

/** A refusal in the service's words. */
export class ServiceFault extends Error {
    constructor(operation, status, code, message, requestId) {
        super(message);
        Object.assign(this, { name: "ServiceFault", operation, status, code, requestId });
    }
}

async function send(service, request) {
    const headers = await sign(request, settings.key, current().region, service);
    const address = request.path + (request.query ? "?" + request.query : "");
    const hasBody = request.body && request.method !== "GET" && request.method !== "HEAD";
    const answer = await fetch(address, {
        method: request.method, headers, body: hasBody ? request.body : undefined, signal: request.signal, cache: "no-store",
    });
    return answer;
}

function requestId(answer) {
    return answer.headers.get("x-amzn-requestid") || answer.headers.get("x-amz-request-id") || "";
}

async function parsed(operation, answer) {
    const body = await answer.text();
    let value = {};
    try { value = body ? JSON.parse(body) : {}; } catch { value = { message: body }; }
    if (answer.ok) return value;
    const type = answer.headers.get("x-amzn-errortype") || value.__type || value.code || "Fault";
    throw new ServiceFault(operation, answer.status, type.split("#").pop().split(":")[0], value.message || value.Message || "", requestId(answer));
}

/** An operation of the services that speak JSON. */
export async function call(service, operation, input = {}) {
    return parsed(operation, await send(service, {
        method: "POST", path: "/", body: text.encode(JSON.stringify(input)),
        headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": `${TARGETS[service]}.${operation}` },
    }));
}

/** An operation of Personalize. */
export const personalize = (operation, input) => call("personalize", operation, input);

/** Every page of a list. */
export async function all(service, operation, input, member, limits = {}) {
    const found = [];
    for (let page = { ...input, ...limits }; ;) {
        const answer = await call(service, operation, page);
        found.push(...(answer[member] || []));
        const token = answer.nextToken ?? answer.NextToken;
        if (!token) return found;
        page = { ...input, ...limits, [answer.nextToken ? "nextToken" : "NextToken"]: token };
    }
}

export const every = (operation, input, member) => all("personalize", operation, input, member, { maxResults: 100 });

/** The dataset groups that a screen shows: all of the region, or the one that its address names. */
export async function shownGroups() {
    const wanted = current().params.get("group");
    const groups = (await every("ListDatasetGroups", {}, "datasetGroups")).filter(one => !wanted || one.datasetGroupArn === wanted);
    return { groups, isOne: Boolean(wanted) };
}

/** An operation of Personalize's events and runtime, by its path. */
export async function rest(path, input) {
    return parsed(path.slice(1), await send("personalize", {
        method: "POST", path, body: text.encode(JSON.stringify(input)), headers: { "content-type": "application/json" },
    }));
}

/** An operation of the query protocol; the answer as a tree of its elements. */
export async function query(service, action, input = {}) {
    const form = new URLSearchParams({ Action: action, Version: VERSIONS[service], ...input }).toString();
    const answer = await send(service, {
        method: "POST", path: "/", body: text.encode(form), headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
    });
    return xml(action, answer);
}

async function xml(operation, answer) {
    const tree = readXML(await answer.text());
    if (answer.ok) return tree;
    const error = tree.one("Error") || tree;
    throw new ServiceFault(operation, answer.status, error.textOf("Code") || "Fault", error.textOf("Message") || "", requestId(answer));
}

/** A request to S3. @param path with its segments encoded; @param pairs of the query; @param body a text, bytes, or a file, which is not hashed. */
export async function s3(method, path, { pairs = [], body, headers = {}, raw = false, operation = `${method} ${path}` } = {}) {
    const payload = body instanceof Blob ? "UNSIGNED-PAYLOAD" : undefined;
    const answer = await send("s3", { method, path, query: queryText(pairs), body: typeof body === "string" ? text.encode(body) : body, headers, payload });
    if (raw && answer.ok) return answer;
    return xml(operation, answer);
}

/** An operation of Lambda, by its path. @param body an object, or a text that is sent as it is; @param raw for the answer itself. */
export async function lambda(method, path, { pairs = [], body, headers = {}, raw = false } = {}) {
    const answer = await send("lambda", { method, path, query: queryText(pairs), headers: body === undefined ? headers : { ...headers, "content-type": "application/json" },
        body: body === undefined ? undefined : text.encode(typeof body === "string" ? body : JSON.stringify(body)) });
    return raw && answer.ok ? answer : parsed(`${method} ${path}`, answer);
}

/** What the server says of itself, below `/_personalite/`; signed, so that it also answers pages that come from another machine. */
export async function admin(path, { method = "GET", pairs = [], body, signal, raw = false } = {}) {
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const bytes = body === undefined ? undefined : text.encode(JSON.stringify(body));
    const answer = await send("personalize", { method, path: `/_personalite/${path}`, query: queryText(pairs), body: bytes, headers, signal });
    return raw ? answer : parsed(path, answer);
}
