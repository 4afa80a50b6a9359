// The newest requests of all clients, each with all that is known of it; what failed on its signature with what this side signed.

import { ServiceFault, admin } from "./api.js";
import { controls } from "./controls.js";
import { copy, fault, field, h, replace, select, status, tell, time } from "./dom.js";
import "./list.js";
import { live } from "./live.js";
import { current, keep } from "./route.js";
import { settings } from "./settings.js";
import { sign } from "./sign.js";
import { quoted } from "./snippets.js";

const MOST = 1000;
const NOT_SENT = new Set(["authorization", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token", "host", "content-length", "user-agent", "accept-encoding",
    "accept", "connection", "origin", "referer", "expect", "amz-sdk-request", "amz-sdk-invocation-id", "accept-language"]);

class Requests extends HTMLElement {
    async connectedCallback() {
        const { params } = current();
        this.entries = [];
        this.text = h("input", { type: "search", value: params.get("text") || "", "data-focus": "text", oninput: () => this.filter() });
        this.status = select([["", "All"], ["ok", "Answered"], ["bad", "Refused"]], params.get("status") || "", { onchange: () => this.filter() });
        this.list = h("p-list", { id: "requests", "aria-label": "Requests, the newest first" });
        this.list.line = index => this.line(this.found[index]);
        this.list.choose = index => this.open(this.found[index].number);
        this.detail = h("div");
        this.summary = h("p", { class: "soft", role: "status" });
        replace(this,
            h("section", { "aria-label": "Requests" },
                h("div", { class: "row" }, field("Filter", this.text, "Service, operation, account, key, status or request id."), field("Status", this.status)),
                this.summary, this.list), this.detail, this.offerControls(params.has("controls")));
        this.onRequests = event => this.add(event.detail);
        live.addEventListener("requests", this.onRequests);
        try {
            this.add((await admin("requests")).requests);
        } catch (error) {
            replace(this.detail, fault(error));
        }
        if (params.get("number")) this.open(Number(params.get("number")));
    }

    offerControls(isOpen) {
        const { place, show } = controls();
        return h("details", { class: "controls", open: isOpen, ontoggle: event => { if (event.target.open) show(); } }, h("summary", {}, "Clock and faults on purpose"), place);
    }

    disconnectedCallback() { live.removeEventListener("requests", this.onRequests); }

    add(entries) {
        const known = new Set(this.entries.map(entry => entry.number));
        this.entries = [...this.entries, ...entries.filter(entry => !known.has(entry.number))].sort((one, other) => one.number - other.number).slice(-MOST);
        this.filter();
    }

    filter() {
        const wanted = this.text.value.toLowerCase().split(/\s+/).filter(Boolean);
        const kind = this.status.value;
        this.found = this.entries.filter(entry => {
            if (kind === "ok" && entry.status >= 400 || kind === "bad" && entry.status < 400) return false;
            const words = [entry.service, entry.operation, entry.account, entry.accessKey, entry.status, entry.requestId, entry.path, entry.region].join(" ").toLowerCase();
            return wanted.every(word => words.includes(word));
        }).reverse();
        this.summary.textContent = `${this.found.length} of ${this.entries.length} requests. The newest refusals are always kept; others while a console is open.`;
        this.list.update(this.found.length);
        keep({ text: this.text.value, status: kind, number: current().params.get("number") });
    }

    line(entry) {
        return [h("span", { class: "mono" }, time(entry.at).slice(11)), h("span", { class: `status ${entry.status < 400 ? "good" : "bad"}` }, entry.status),
            h("span", {}, `${entry.service} ${entry.operation || `${entry.method} ${entry.path}`}`), h("span", { class: "soft" }, entry.account || "not signed"),
            h("span", { class: "soft" }, `${entry.milliseconds.toFixed(1)} ms`)];
    }

    async open(number) {
        keep({ text: this.text.value, status: this.status.value, number });
        try {
            const entry = await admin("requests", { pairs: [["number", String(number)]] });
            const signed = entry.canonicalRequest;
            replace(this.detail, h("section", { "aria-label": "One request" },
                h("h2", {}, `${entry.service} ${entry.operation}`),
                h("p", {}, status(entry.status < 400 ? "done" : "FAILED"), ` ${entry.status}, ${entry.milliseconds} ms, ${time(entry.at)}, account ${entry.account || "none"}, key `,
                    h("code", {}, entry.accessKey || "none"), `, region ${entry.region || "none"}, request `, h("code", {}, entry.requestId)),
                h("p", { class: "buttons" }, h("button", { type: "button", class: "main", onclick: () => this.replay(entry) }, "Send it again"),
                    copy(() => this.curl(entry), "Copy as curl")),
                signed ? [h("h3", {}, "What this side signed"), h("p", { class: "soft" }, "Compare it with the canonical request that your client logs: the first line that differs is the fault."),
                    h("pre", {}, signed)] : null,
                entry.answer ? [h("h3", {}, "Answer"), h("pre", {}, entry.answer)] : null,
                h("h3", {}, "Request"),
                h("pre", {}, `${entry.method} ${entry.path}${entry.query ? "?" + entry.query : ""}\n${Object.entries(entry.headers).map(([name, value]) => `${name}: ${value}`).join("\n")}\n\n${entry.body ?? `${entry.bodyBytes} bytes that are no text`}`),
                entry.body && entry.bodyBytes > new TextEncoder().encode(entry.body).length ? h("p", { class: "soft" }, `The first of ${entry.bodyBytes} bytes.`) : null));
        } catch (error) {
            replace(this.detail, h("section", {}, fault(error)));
        }
    }

    headers(entry) {
        return Object.entries(entry.headers).filter(([name]) => !NOT_SENT.has(name) && !name.startsWith("sec-"));
    }

    /** The name in the scope of a signature. */
    scope(entry) {
        return /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(entry.headers.authorization || "")?.[1] || entry.service.replace(/-(events|runtime)$/, "");
    }

    /** Whether the body that is shown is all that was sent. */
    isWhole(entry) {
        return entry.bodyBytes === new TextEncoder().encode(entry.body || "").length;
    }

    /** The query without the signature that a presigned address has in it. */
    query(entry) {
        return (entry.query || "").split("&").filter(pair => !/^X-Amz-(Algorithm|Credential|Date|Expires|SignedHeaders|Signature|Security-Token)=/i.test(pair)).join("&");
    }

    address(entry) {
        const query = this.query(entry);
        return entry.path + (query ? "?" + query : "");
    }

    /** The same request signed anew with the key of this page. */
    async replay(entry) {
        try {
            if (!this.isWhole(entry)) throw new Error("Its body was not kept as a whole, so it cannot be sent again.");
            if (Object.values(entry.headers).includes("…") && this.headers(entry).some(([, value]) => value === "…")) {
                throw new Error("One of its headers is a secret, which is not kept, so it cannot be sent again.");
            }
            const body = new TextEncoder().encode(entry.body || "");
            const region = entry.region || current().region;
            const request = { method: entry.method, path: entry.path, query: this.query(entry), body, headers: Object.fromEntries(this.headers(entry)) };
            const headers = await sign(request, settings.key, region, this.scope(entry));
            const answer = await fetch(this.address(entry), { method: entry.method, headers, body: /GET|HEAD/.test(entry.method) ? undefined : body });
            const text = await answer.text();
            if (!answer.ok) throw new ServiceFault(entry.operation, answer.status, "Refused again", text, answer.headers.get("x-amzn-requestid") || "");
            tell(`Answered with ${answer.status}.`);
            this.detail.append(h("section", { "aria-label": "The new answer" }, h("h2", {}, `The new answer: ${answer.status}`), h("pre", {}, text)));
        } catch (error) {
            this.detail.append(h("section", {}, fault(error)));
        }
    }

    curl(entry) {
        // Whatever a request said is quoted: anybody may have sent it.
        const signed = `aws:amz:${entry.region || current().region}:${this.scope(entry)}`;
        const body = !this.isWhole(entry) ? "--data-binary @BODY" : entry.body ? `--data-raw ${quoted(entry.body)}` : null;
        return [`curl -X ${quoted(entry.method)} ${quoted(location.origin + this.address(entry))} --aws-sigv4 ${quoted(signed)} --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"`,
            ...this.headers(entry).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`), body].filter(Boolean).join(" \\\n  ");
    }
}

customElements.define("p-requests", Requests);
